/* preflight.c - see preflight.h */
#include "app/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/notice.h"
#include "app/pages.h"
#include "core/file.h"
#include "core/random.h"

/* May a file be made in that directory?  As root always, save on a file system that is read-only. */
static int
check_writable(int at_fd, const char *path, struct err *err)
{
	if (faccessat(at_fd, path, W_OK | X_OK, AT_EACCESS) == 0)
		return 0;
	return err_set(err, -errno, "cannot write in %s: %s", path, strerror(errno));
}

/* Could the directory be made?  Its parent must be there. */
static int
check_makeable(const char *path, struct err *err)
{
	char *parent = strdup(path);
	size_t n = strlen(path);
	int r;

	if (parent == NULL)
		return err_set(err, -ENOMEM, "no memory");
	while (n > 1 && parent[n - 1] == '/')
		n--;
	while (n > 0 && parent[n - 1] != '/')
		n--;
	while (n > 1 && parent[n - 1] == '/')
		n--;
	parent[n] = '\0';
	if ((r = check_writable(AT_FDCWD, n > 0 ? parent : ".", err)) != 0) {
		struct err why = *err;

		(void)err_set(err, r, "%s is absent and cannot be made: %s", path, why.text);
	}
	free(parent);
	return r;
}

static void
add(struct checklist *list, int r, const char *what, const char *good, const struct err *err)
{
	checklist_add(list, r == 0, what, "%s", r == 0 ? good : err->text);
}

enum state { REFUSED, ABSENT, THERE };

/* THERE: *ret_fd is open. */
static enum state
examine_dir(struct checklist *list, const char *what, const char *path, int *ret_fd)
{
	struct err err = { "" };
	struct stat st;
	int fd, r;

	if (lstat(path, &st) == -1 && errno == ENOENT) {
		if ((r = check_makeable(path, &err)) == 0)
			checklist_add(list, true, what, "%s is absent: a start makes it", path);
		else
			add(list, r, what, "", &err);
		return r == 0 ? ABSENT : REFUSED;
	}
	if ((r = file_open_dir(path, false, &fd, &err)) == 0 &&
	    (r = check_writable(AT_FDCWD, path, &err)) != 0)
		(void)close(fd);
	add(list, r, what, path, &err);
	if (r != 0)
		return REFUSED;
	*ret_fd = fd;
	return THERE;
}

static void
examine_journal(struct checklist *list, const struct journal_config *config)
{
	struct journal_examination found;
	struct err err = { "" };
	int r = journal_examine(config, &found, &err);

	if (r != 0)
		add(list, r, "journal", "", &err);
	else if (found.is_absent)
		checklist_add(list, true, "journal",
		    "%s/%s.jsonl is absent: a start makes it%s", config->dir_path, config->name,
		    strcmp(config->name, "User") == 0 ? " (new, 0 users)" : "");
	else if (found.n_torn_bytes != 0)
		checklist_add(list, true, "journal",
		    "%s/%s.jsonl: lines: %llu, and %llu bytes that a crash has torn off or "
		    "that "
		    "are just being written",
		    config->dir_path, config->name, (unsigned long long)found.n_lines,
		    (unsigned long long)found.n_torn_bytes);
	else
		checklist_add(list, true, "journal", "%s/%s.jsonl: %llu line%s",
		    config->dir_path, config->name, (unsigned long long)found.n_lines,
		    found.n_lines == 1 ? "" : "s");
}

/* One that is absent is made at the start, and fits to nothing that is there. */
static enum state
examine_key(struct checklist *list, struct app *app)
{
	const char *dir = app->settings->data_dir;
	struct err err = { "" };
	int r = digest_key_read(app->data_dir_fd, dir, DIRS_KEY_FILE, &app->env.key, &err);

	if (r == -ENOENT)
		checklist_add(
		    list, true, "key", "%s/%s is absent: a start makes it", dir, DIRS_KEY_FILE);
	else
		checklist_add(list, r == 0, "key", "%s%s", r == 0 ? dir : err.text,
		    r == 0 ? "/" DIRS_KEY_FILE : "");
	return r == -ENOENT ? ABSENT : r == 0 ? THERE : REFUSED;
}

static void
examine_use(struct checklist *list, const struct app *app)
{
	const char *dir = app->settings->data_dir;
	struct err err = { "" };
	struct dir_binding binding;
	int r = dir_binding_look(app->data_dir_fd, dir, app->run_dir_fd, &binding, &err);

	if (r != 0)
		add(list, r, "use", "", &err);
	else if (binding.has_other_users)
		checklist_add(list, true, "use",
		    "%s is in use with another run directory: each has login sessions of its "
		    "own, and ends no others",
		    dir);
	else
		checklist_add(list, true, "use",
		    binding.has_users ? "a running program has both directories open"
				      : "no program has the directories open");
}

/* The table that is there: opened as a start does, which writes nothing, and closed. */
static void
examine_table(struct checklist *list, struct app *app)
{
	struct table_config config = app_table_config(app);
	struct err err = { "" };
	struct stat st;
	bool is_there;
	int r;

	config.replace_stale = false;
	is_there = fstatat(app->run_dir_fd, config.name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	/*
	 * Under a name in a directory that is not there, everything is tried that a start does
	 * to make one, the name excepted: it is the last step, and without it nothing is left.
	 */
	if (!is_there)
		config.name = "absent/" APP_TABLE_FILE;
	r = table_open(&config, &app->env.table, NULL, &err);
	if (!is_there && r == -ENOENT)
		checklist_add(list, true, "session table", "%s/%s is absent: a start makes it",
		    config.dir_path, APP_TABLE_FILE);
	else if (r == 0)
		checklist_add(
		    list, true, "session table", "%s/%s", config.dir_path, config.name);
	else if (r == -ESTALE || r == -EBADMSG)
		checklist_add(list, true, "session table",
		    "%s: a start makes a new one, if no running process uses this one",
		    err.text);
	else
		add(list, r, "session table", "", &err);
}

/* The small files that processes share. */
static void
examine_shared(struct checklist *list, const struct app *app)
{
	static const char *const names[] = { USER_SESSIONS_RESTORE_LOCK, ADMISSION_FILE,
		COUNTERS_FILE };
	const char *dir = app->settings->run_dir;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct err err = { "" };
		int fd = -1,
		    r = file_open(app->run_dir_fd, dir, names[i], O_RDWR, 0, &fd, &err);

		if (r != -ENOENT)
			checklist_add(list, r == 0, "shared file", "%s%s%s", r == 0 ? dir : "",
			    r == 0 ? "/" : "", r == 0 ? names[i] : err.text);
		if (fd != -1)
			(void)close(fd);
	}
}

static void
examine_blocklist(struct checklist *list, const char *path)
{
	struct blocklist *blocklist;
	struct err err = { "" };
	int r;

	if (*path == '\0')
		return;
	if ((r = blocklist_open(path, &blocklist, &err)) != 0) {
		add(list, r, "password-blocklist", "", &err);
		return;
	}
	checklist_add(list, true, "password-blocklist", "%s: %zu passwords", path,
	    blocklist_count(blocklist));
	blocklist_close(blocklist);
}

static void
examine_pages(struct checklist *list, const struct settings *settings)
{
	unsigned n_templates, n_languages, n_read;
	struct page_files *files;
	struct err err = { "" };
	int r = pages_open(settings, &files, &err);

	if (r != 0) {
		add(list, r, "pages", "", &err);
		return;
	}
	page_files_count(files, &n_templates, &n_languages, &n_read);
	checklist_add(list, true, "pages", "%s: %u files; templates: %u, languages: %u",
	    settings->pages_dir, n_read, n_templates, n_languages);
	page_files_close(files);
}

void
preflight(const struct settings *settings, struct checklist *list)
{
	struct app app = APP_NULL(settings);
	enum state data, key, run;

	notice_environment_in(list);
	notice_hash_cost_in(list, settings->hash_cost);
	examine_blocklist(list, settings->password_blocklist);
	examine_pages(list, settings);
	data = key = examine_dir(list, "data directory", settings->data_dir, &app.data_dir_fd);
	if (data == THERE)
		key = examine_key(list, &app);
	if (key == ABSENT && random_fill(&app.env.key, sizeof(app.env.key)) != 0) {
		checklist_add(list, false, "key", "there is no randomness");
		key = REFUSED;
	}
	if (data == THERE && key != REFUSED) {
		app_configure_journals(&app);
		examine_journal(list, &app.users_config);
		examine_journal(list, &app.user_sessions_config);
	}
	run = examine_dir(list, "run directory", settings->run_dir, &app.run_dir_fd);
	if (run == THERE && key != REFUSED)
		examine_table(list, &app);
	if (run == THERE)
		examine_shared(list, &app);
	if (data == THERE && key == THERE)
		examine_use(list, &app);
	app_close(&app);
}
