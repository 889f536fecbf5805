/*
 * app.h - the application: what answers requests
 *
 * Purpose    Opens what a process works with (directories, key, session table, journals) and
 *            turns a request into a response: settings, filter, router, view.
 * Calling    app_open() in each process that answers; then dispatch.h.
 * Ownership  The app owns all it opened.
 * Errors     Opening: negative errno and a message for the operator.  Answering: never; every
 *            failure is an answer.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include <time.h>

#include "app/counters.h"
#include "app/dirs.h"
#include "auth/auth.h"
#include "conf/settings.h"
#include "server/handler.h"
#include "model/account.h"
#include "table/details.h"
#include "password/policy.h"

struct page_files;

#define APP_TABLE_FILE "sessions.table" /* in the run directory */

/* What stands in the place of the data directory, to see whether it is still being copied. */
struct journals_sight {
	struct dir_place place;
	off_t size[2];
	struct timespec changed[2];
};

struct app {
	const struct settings *settings;
	int data_dir_fd, run_dir_fd;
	struct dir_binding run_binding, journal_binding;
	struct dir_watch run_watch, data_watch; /* see housekeeping.h */
	struct journals_sight journals_sight;
	struct journal_config users_config, user_sessions_config;
	struct auth_env env;
	struct counters *counters;
	struct details *details;             /* of login sessions, for people */
	struct blocklist *blocklist;         /* NULL: none */
	const struct page_files *page_files; /* borrowed: read once, before the workers */
	bool is_clock_far; /* from the newest stored session: nothing is purged for a day */
};

/* Nothing is open: app_close() may be called. */
#define APP_NULL(its_settings)                     \
	((struct app){ .settings = (its_settings), \
	    .data_dir_fd = -1,                     \
	    .run_dir_fd = -1,                      \
	    .run_binding.fd = -1,                  \
	    .journal_binding.fd = -1 })

/*
 * at_start: once per start of the program, also walks the whole journal of sessions; workers
 * that come later do not need that.
 */
int app_open(struct app *app, const struct settings *settings, bool at_start, struct err *err);
void app_close(struct app *app);

/*
 * In a worker that is about to serve: what the first request would have to wait for is done.  What
 * cannot be read is told by each request.
 */
void app_warm(struct app *app);

/* In a worker that took the place of one that died. */
void app_count_replacement(struct app *app);

/*
 * Only the data directory, the key and the two journal_configs: for work on journals that cannot
 * be opened.  Ends with app_close() too.
 */
int app_open_data_dir(struct app *app, const struct settings *settings, struct err *err);

/*
 * Could a process that starts now open the run directory, and a session table in it?  Makes both
 * where they are absent, as a start does.
 */
int app_try_run_dir(const struct app *app, struct err *err);

/* How the parts are opened, from the settings, the key and the directories that are open. */
void app_configure_journals(struct app *app);
struct table_config app_table_config(const struct app *app);

/* What new passwords of a request with these settings must be. */
struct password_policy app_password_policy(
    const struct app *app, const struct request_settings *settings);

/* hashes: where passwords to be hashed are noted (hasher.h); NULL: they are hashed at once. */
struct account_env app_account_env(struct app *app, struct hasher_list *hashes);

#endif
