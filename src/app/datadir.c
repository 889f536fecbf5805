/* datadir.c - see datadir.h */
#include "app/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "app/app.h"
#include "core/file.h"
#include "core/log.h"

static const char *const locks[] = { "User.jsonl.lock", "UserSession.jsonl.lock" };
static const char *const journals[] = { "User.jsonl", "UserSession.jsonl" };

/* Beside enum rundir_state, in the word of counters_tell_once(). */
enum { STATE_OURS, STATE_LOST = 16, STATE_LEFT, STATE_BACK };

static void
set(struct datadir_place *place, int i, const struct stat *st)
{
	place->dev[i] = st->st_dev;
	place->ino[i] = st->st_ino;
}

/* What is absent has the inode 0. */
static int
look(int dir_fd, struct datadir_place *ret)
{
	struct stat st;

	*ret = (struct datadir_place){ .dev = { 0 } };
	if (fstat(dir_fd, &st) == -1)
		return -errno;
	set(ret, 0, &st);
	for (int i = 0; i < 2; i++)
		if (fstatat(dir_fd, locks[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			set(ret, i + 1, &st);
		else if (errno != ENOENT)
			return -errno;
	return 0;
}

static bool
is_same(const struct datadir_place *a, const struct datadir_place *b)
{
	for (int i = 0; i < DATADIR_N; i++)
		if (a->dev[i] != b->dev[i] || a->ino[i] != b->ino[i])
			return false;
	return true;
}

int
datadir_open(struct app *app, struct err *err)
{
	struct datadir *datadir = &app->datadir;
	int r = look(app->data_dir_fd, &datadir->place);

	if (r != 0)
		return err_set(
		    err, r, "cannot look at %s: %s", app->settings->data_dir, strerror(-r));
	datadir->is_noted = true;
	return dir_binding_mark(app->run_dir_fd, app->settings->run_dir, DATADIR_MARKS_FILE,
	    datadir->place.dev[1] ^ datadir->place.dev[2],
	    datadir->place.ino[1] * 31 + datadir->place.ino[2], &app->marks, err);
}

int
datadir_look(struct app *app, bool *ret_has_others)
{
	int r = dir_binding_look_again(&app->marks);

	*ret_has_others = app->marks.has_strangers;
	return r;
}

/* --------------------------------------------------------------------------- ticks */

static bool
is_ours(const struct datadir *datadir, const char *path)
{
	struct datadir_place now;
	int fd, r;

	fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = fd == -1 ? -errno : look(fd, &now);
	if (fd != -1)
		(void)close(fd);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return false;
	/* What cannot be looked at now counts as before. */
	return r != 0 || is_same(&now, &datadir->place);
}

static int
take_sight(int dir_fd, struct datadir_sight *ret)
{
	struct stat st;
	int r = look(dir_fd, &ret->place);

	for (int i = 0; r == 0 && i < 2; i++) {
		if (fstatat(dir_fd, journals[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			return -errno;
		ret->size[i] = st.st_size;
		ret->changed[i] = st.st_mtim;
	}
	return r;
}

static bool
is_same_sight(const struct datadir_sight *a, const struct datadir_sight *b)
{
	for (int i = 0; i < 2; i++)
		if (a->size[i] != b->size[i] || a->changed[i].tv_sec != b->changed[i].tv_sec ||
		    a->changed[i].tv_nsec != b->changed[i].tv_nsec)
			return false;
	return is_same(&a->place, &b->place);
}

/*
 * Would who starts now find journals that are ours?  Nothing is made: in the place of a
 * directory that is away for a moment an empty one would lose all users.
 */
static int
try_place(struct app *app, int dir_fd, struct err *err)
{
	struct app trial = APP_NULL(app->settings);
	struct journal_examination found;
	struct datadir_sight sight;
	const char *dir = app->settings->data_dir;
	int r;

	if ((r = digest_key_read(dir_fd, dir, APP_KEY_FILE, &trial.env.key, err)) != 0)
		return r == -ENOENT ? err_set(err, r, "%s/%s is absent", dir, APP_KEY_FILE) : r;
	r = sodium_memcmp(&trial.env.key, &app->env.key, sizeof(app->env.key));
	trial.data_dir_fd = dir_fd;
	app_configure_journals(&trial);
	digest_key_wipe(&trial.env.key);
	if (r != 0)
		return err_set(err, -EKEYREJECTED, "%s/%s is another key", dir, APP_KEY_FILE);
	if ((r = take_sight(dir_fd, &sight)) != 0)
		return err_set(err, r, "a journal is missing in %s", dir);
	if (!is_same_sight(&sight, &app->datadir.last)) {
		app->datadir.last = sight;
		return err_set(err, -EAGAIN, "it was just put there, or is being copied");
	}
	if ((r = journal_examine(&trial.users_config, &found, err)) == 0)
		r = journal_examine(&trial.user_sessions_config, &found, err);
	return r;
}

static bool
is_news(struct app *app, int state)
{
	bool is_change = app->datadir.state != state;

	app->datadir.state = state;
	return is_change && counters_tell_once(app->counters, (uint64_t)state);
}

/* reason: why nobody can begin anew now; NULL: all do. */
static void
tell(const struct app *app, const char *reason)
{
	static const char problem[] =
	    "the data directory, or a .lock file in it, was removed or replaced while in use";

	if (reason == NULL)
		log_error("data-dir-lost", log_z("dir", app->settings->data_dir),
		    log_z("problem", problem),
		    log_z("effect", "all workers begin anew with what is there"));
	else
		log_error("data-dir-lost", log_z("dir", app->settings->data_dir),
		    log_z("problem", problem),
		    log_z("effect",
			"changes may be refused; what sessiongatectl changes there is "
			"not seen here"),
		    log_z("reason", reason),
		    log_z("action", "put the directory back, or restart the program"));
}

bool
datadir_should_leave(struct app *app)
{
	const char *path = app->settings->data_dir;
	struct err err = { "" };
	int fd, r;

	if (!app->datadir.is_noted)
		return false;
	if (is_ours(&app->datadir, path)) {
		if (app->datadir.state != STATE_OURS && is_news(app, STATE_BACK))
			log_info("data-dir-back", log_z("dir", path));
		app->datadir.state = STATE_OURS;
		return false;
	}
	if ((r = file_open_dir(path, false, &fd, &err)) == 0) {
		r = try_place(app, fd, &err);
		(void)close(fd);
	}
	if (r == -EAGAIN)
		return false; /* the next tick knows more */
	if (r != 0) {
		if (is_news(app, STATE_LOST))
			tell(app, err.text);
		return false;
	}
	if (is_news(app, STATE_LEFT))
		tell(app, NULL);
	return true;
}
