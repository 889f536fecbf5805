/* site.c - see site.h */
#include "unit/site.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "auth/registry.h"
#include "core/clock.h"
#include "core/log.h"
#include "gate/page_files.h"
#include "unit/fail_part.h"
#include "unit/tmp.h"
#include "unit/unit.h"

struct site site;
static struct page_files *page_files; /* what is built in; as long as the process lives */

static void
open_pages(void)
{
	if (page_files == NULL)
		ck_assert_int_eq(page_files_open(NULL, true, &page_files, NULL), 0);
	site.app.page_files = page_files;
}

static void
open_app(bool at_start)
{
	struct err err = { "" };

	ck_assert_msg(app_open(&site.app, &site.settings, at_start, &err) == 0, "%s", err.text);
	site.accounts = app_account_env(&site.app, NULL);
	open_pages();
}

void
site_open(void)
{
	ck_assert_int_ne(sodium_init(), -1);
	tmp_make();
	(void)snprintf(site.data_dir, sizeof(site.data_dir), "%s/data", tmp_path);
	(void)snprintf(site.run_dir, sizeof(site.run_dir), "%s/run", tmp_path);
	settings_init(&site.settings);
	site.settings.data_dir = site.data_dir;
	site.settings.run_dir = site.run_dir;
	site.settings.hash_cost = 1;
	site.settings.max_sessions = 10000;
	site.stderr_fd = dup(STDERR_FILENO);
	site_forget_log();
	fail_part_none();
	open_app(true);
	site_forget_log(); /* of the start: the cost is low */
}

void
site_close(void)
{
	app_close(&site.app);
	clock_thaw();
	(void)dup2(site.stderr_fd, STDERR_FILENO);
	(void)close(site.stderr_fd);
	tmp_remove();
}

void
site_reopen(void)
{
	app_close(&site.app);
	open_app(true);
}

void
site_power_off(void)
{
	char command[400];

	app_close(&site.app);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", site.run_dir);
	ck_assert_int_eq(system(command), 0);
}

int
site_power_on(struct err *err)
{
	int r = app_open(&site.app, &site.settings, true, err);

	if (r == 0) {
		site.accounts = app_account_env(&site.app, NULL);
		open_pages();
	}
	return r;
}

void
site_reboot(void)
{
	struct err err = { "" };

	site_power_off();
	ck_assert_msg(site_power_on(&err) == 0, "%s", err.text);
}

void
site_forget_log(void)
{
	int fd =
	    openat(tmp_fd, "log", O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	(void)close(fd);
}

char *
site_log(void)
{
	char *text = tmp_read("log");

	ck_assert_ptr_nonnull(text);
	return text;
}

struct user *
site_add_user(const char *email, const char *password)
{
	const struct account account = { str_of(email), str_of(password), STR_NULL, STR_NULL };
	struct user *user = NULL;

	ck_assert_int_eq(account_add(&site.accounts, &account, &user), 0);
	return user;
}

struct request_settings
site_settings(const char *auth_type, const char *duration)
{
	char type[64], seconds[64];
	const char *const params[] = { type, seconds, NULL };
	struct request_settings settings;
	struct cgi_vars vars;

	(void)snprintf(type, sizeof(type), "AUTH_TYPE=%s", auth_type);
	(void)snprintf(
	    seconds, sizeof(seconds), "SESSION_DURATION=%s", duration != NULL ? duration : "");
	cgi_vars_init(&vars);
	cgi_vars_add_all(&vars, params);
	request_settings_read(&vars, &settings);
	settings.auth_type = registry_find(settings.auth_type)->name;
	settings.session_duration_text = STR_NULL; /* it was borrowed */
	return settings;
}

void
site_in_other_process(void (*fn)(struct app *app, void *arg), void *arg)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		struct app app;

		if (app_open(&app, &site.settings, false, NULL) != 0)
			_exit(100);
		fn(&app, arg);
		app_close(&app);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the other process ended with %x", (unsigned)status);
}

struct digest_tag
site_tag(int i)
{
	const struct digest_key key = { { 7 } };
	const struct str parts[] = { str_mem(&i, sizeof(i)) };

	return digest_tag(&key, parts, 1);
}

void
site_store(int i, const char *user_id, uint32_t duration_s)
{
	struct digest_tag tag = site_tag(i);
	struct user_session session;

	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &tag, duration_s), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
}

struct collection *
site_open_stored(void)
{
	struct collection *copy;

	ck_assert_int_eq(collection_open(&copy, &user_session_model,
			     user_sessions_config(site.app.env.user_sessions), NULL),
	    0);
	return copy;
}

bool
site_is_stored(int i)
{
	struct collection *copy = site_open_stored();
	struct digest_tag tag = site_tag(i);
	char key[USER_SESSION_KEY_BYTES];
	struct base *base = NULL;

	user_session_key(&tag, key);
	ck_assert_int_ge(collection_get(copy, str_of(key), &base), 0);
	base_unref(base);
	collection_close(copy);
	return base != NULL;
}

uint64_t
site_count_stored(void)
{
	struct collection *copy = site_open_stored();
	uint64_t n;

	ck_assert_int_eq(collection_count(copy, &n), 0);
	collection_close(copy);
	return n;
}

bool
site_has_session(int i)
{
	struct digest_tag tag = site_tag(i);
	struct table_entry entry;

	return table_find(site.app.env.table, &tag, &entry) == 0;
}
