/* housekeeping.c - see housekeeping.h */
#include "app/housekeeping.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "core/file.h"
#include "core/log_lasting.h"

#define PURGE_INTERVAL_MS (10 * 60 * 1000)

static const char *const journals[] = { "User.jsonl", "UserSession.jsonl" };

/* Of both directories, in the one word of counters_tell_once(): of all workers one tells. */
enum {
	STATE_OURS,            /* so it begins */
	STATE_RUN_UNREACHABLE, /* and who starts now cannot begin */
	STATE_RUN_REPLACED,    /* and who starts now can */
	STATE_DATA_UNREACHABLE,
	STATE_DATA_REPLACED,
	STATE_DATA_OURS, /* again */
};

/* Once for all workers, and for each of them once. */
static bool
is_news(struct app *app, struct dir_watch *watch, int state)
{
	bool is_change = watch->state != state;

	watch->state = state;
	return is_change && counters_tell_once(app->counters, (uint64_t)state);
}

/* --------------------------------------------------------------- the run directory */

/* reason: why the workers cannot restart now; NULL: they do. */
static void
tell_run_dir(const struct app *app, const char *reason)
{
	static const char problem[] = "the session table was removed or replaced while in use";

	if (reason == NULL)
		log_error("session-table-lost", log_z("run_dir", app->settings->run_dir),
		    log_z("problem", problem),
		    log_z("effect", "all workers restart; login sessions end, except those of "
				    "session_db_auth"));
	else
		log_error("session-table-lost", log_z("run_dir", app->settings->run_dir),
		    log_z("problem", problem),
		    log_z("effect", "login sessions go on here, and are unknown to what starts "
				    "from now on"),
		    log_z("reason", reason),
		    log_z("action",
			"make the run directory again, or restart the program; "
			"then login sessions end, except those of session_db_auth"));
}

bool
housekeeping_should_leave_run_dir(struct app *app, bool is_lost)
{
	struct dir_watch *watch = &app->run_watch;
	struct err err = { "" };

	if (!is_lost) {
		if (is_news(app, watch, STATE_OURS))
			log_info("session-table-back", log_z("run_dir", watch->path));
		return false;
	}
	if (app_try_run_dir(app, &err) != 0) {
		if (is_news(app, watch, STATE_RUN_UNREACHABLE))
			tell_run_dir(app, err.text);
		return false;
	}
	if (is_news(app, watch, STATE_RUN_REPLACED))
		tell_run_dir(app, NULL);
	return true;
}

/* -------------------------------------------------------------- the data directory */

static int
take_sight(const struct dir_watch *watch, int dir_fd, struct journals_sight *ret)
{
	struct stat st;
	int r = dir_watch_look(watch, dir_fd, &ret->place);

	for (int i = 0; r == 0 && i < 2; i++) {
		if (fstatat(dir_fd, journals[i], &st, AT_SYMLINK_NOFOLLOW) == -1)
			return -errno;
		ret->size[i] = st.st_size;
		ret->changed[i] = st.st_mtim;
	}
	return r;
}

static bool
is_same_sight(const struct journals_sight *a, const struct journals_sight *b)
{
	for (int i = 0; i < 2; i++)
		if (a->size[i] != b->size[i] || a->changed[i].tv_sec != b->changed[i].tv_sec ||
		    a->changed[i].tv_nsec != b->changed[i].tv_nsec)
			return false;
	return dir_place_is_same(&a->place, &b->place);
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
	struct journals_sight sight;
	const char *dir = app->settings->data_dir;
	int r;

	if ((r = digest_key_read(dir_fd, dir, DIRS_KEY_FILE, &trial.env.key, err)) != 0)
		return r == -ENOENT ? err_set(err, r, "%s/%s is absent", dir, DIRS_KEY_FILE)
				    : r;
	r = sodium_memcmp(&trial.env.key, &app->env.key, sizeof(app->env.key));
	trial.data_dir_fd = dir_fd;
	app_configure_journals(&trial);
	digest_key_wipe(&trial.env.key);
	if (r != 0)
		return err_set(err, -EKEYREJECTED, "%s/%s is another key", dir, DIRS_KEY_FILE);
	if ((r = take_sight(&app->data_watch, dir_fd, &sight)) != 0)
		return err_set(err, r, "a journal is missing in %s", dir);
	if (!is_same_sight(&sight, &app->journals_sight)) {
		app->journals_sight = sight;
		return err_set(err, -EAGAIN, "it was just put there, or is being copied");
	}
	if ((r = journal_examine(&trial.users_config, &found, err)) == 0)
		r = journal_examine(&trial.user_sessions_config, &found, err);
	return r;
}

/* reason: why the workers cannot restart now; NULL: they do. */
static void
tell_data_dir(const struct app *app, const char *reason)
{
	static const char problem[] =
	    "the data directory, or a .lock file in it, was removed or replaced while in use";

	if (reason == NULL)
		log_error("data-dir-lost", log_z("dir", app->settings->data_dir),
		    log_z("problem", problem),
		    log_z("effect", "all workers restart with what is there"));
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
housekeeping_should_leave_data_dir(struct app *app)
{
	struct dir_watch *watch = &app->data_watch;
	struct err err = { "" };
	int fd, r;

	if (!watch->is_noted)
		return false;
	if (dir_watch_is_ours(watch)) {
		if (watch->state != STATE_OURS && is_news(app, watch, STATE_DATA_OURS))
			log_info("data-dir-back", log_z("dir", watch->path));
		watch->state = STATE_OURS;
		return false;
	}
	if ((r = file_open_dir(watch->path, false, &fd, &err)) == 0) {
		r = try_place(app, fd, &err);
		(void)close(fd);
	}
	if (r == -EAGAIN)
		return false; /* the next tick knows more */
	if (r != 0) {
		if (is_news(app, watch, STATE_DATA_UNREACHABLE))
			tell_data_dir(app, err.text);
		return false;
	}
	if (is_news(app, watch, STATE_DATA_REPLACED))
		tell_data_dir(app, NULL);
	return true;
}

/* ------------------------------------------------------------------------ all of it */

static void
warn_about(const char *what, int r)
{
	if (r < 0)
		log_lasting_warn("housekeeping-failed", log_z("what", what),
		    log_z("reason", journal_words(r)));
}

/*
 * Housekeeping waits 50 ms for the table's lock.  When others were faster for so long there is
 * nothing wrong: whoever changes the table does the same work, and the next tick is a second away.
 * When its holder is stopped, the changes that are refused meanwhile say so.
 */
static bool
tick_table(struct app *app)
{
	int r = table_tick(app->env.table);

	if (r == -ETIMEDOUT)
		log_debug("housekeeping-postponed", log_z("what", "session table"));
	else if (r != -ESTALE)
		warn_about("session table", r);
	return housekeeping_should_leave_run_dir(
	    app, r == -ESTALE || !dir_watch_is_ours(&app->run_watch));
}

/* One whose .lock file is gone is told by housekeeping_should_leave_data_dir(). */
static void
tick_journal(const char *what, int r)
{
	if (r != -ESTALE)
		warn_about(what, r);
}

bool
housekeeping_tick(void *arg)
{
	struct app *app = arg;
	bool should_leave = tick_table(app);
	size_t n = 0;

	should_leave = housekeeping_should_leave_data_dir(app) || should_leave;
	warn_about("session details", details_tick(app->details));
	tick_journal("users", collection_tick(users_collection(app->env.users)));
	tick_journal("user sessions", user_sessions_tick(app->env.user_sessions));
	if (!counters_is_due(app->counters, PURGE_INTERVAL_MS))
		return should_leave;
	warn_about("past sessions",
	    user_sessions_purge(app->env.user_sessions, app->env.table, &n, NULL));
	if (n > 0)
		log_info("past-sessions-purged", log_i("n", (int64_t)n));
	return should_leave;
}
