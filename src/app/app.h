/*
 * app.h - the application: what answers requests
 *
 * Purpose    Opens what a process works with (directories, key, session table, journals) and
 *            turns a request into a response: settings, filter, router, view.
 * Calling    app_open() in each process that answers; app_handler() goes to the server.
 * Ownership  The app owns all it opened.
 * Errors     Opening: negative errno and a message for the operator.  Answering: never; every
 *            failure is an answer.
 * Threads    app_handler()'s functions from many threads at once.
 */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/counters.h"
#include "app/datadir.h"
#include "app/dir_binding.h"
#include "app/rundir.h"
#include "auth/auth.h"
#include "conf/settings.h"
#include "server/handler.h"
#include "model/account.h"

#define APP_KEY_FILE   "key"            /* in the data directory */
#define APP_TABLE_FILE "sessions.table" /* in the run directory */

struct app {
	const struct settings *settings;
	int data_dir_fd, run_dir_fd;
	struct dir_binding pair, marks; /* see datadir.h */
	struct rundir rundir;
	struct datadir datadir;
	struct journal_config users_config, user_sessions_config;
	struct auth_env env;
	struct counters *counters;
	bool is_clock_far; /* from the newest stored session: nothing is purged for a day */
};

/* Nothing is open: app_close() may be called. */
#define APP_NULL(its_settings)                     \
	((struct app){ .settings = (its_settings), \
	    .data_dir_fd = -1,                     \
	    .run_dir_fd = -1,                      \
	    .pair.fd = -1,                         \
	    .marks.fd = -1 })

/*
 * at_start: once per start of the program, also walks the whole journal of sessions; workers
 * that come later do not need that.
 */
int app_open(struct app *app, const struct settings *settings, bool at_start, struct err *err);
void app_close(struct app *app);

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

/* What the server serves; valid as long as the app. */
struct handler app_handler(struct app *app);

/* hashes: where passwords to be hashed are noted (hasher.h); NULL: they are hashed at once. */
struct account_env app_account_env(struct app *app, struct hasher_list *hashes);

#endif
