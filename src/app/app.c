/* app.c - see app.h: opening and closing; answering is in dispatch.c */
#include "app/app.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/expired.h"
#include "app/notice.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/host.h"
#include "core/log_lasting.h"
#include "model/users.h"

/* Nobody has signed in for so long: rather a wrong clock. */
#define MARKS_FILE "journals.lock" /* in the run directory: which journals who has */

#define CLOCK_FAR_MS       (INT64_C(30) * 24 * 60 * 60 * 1000)
#define PURGE_POSTPONED_MS (INT64_C(24) * 60 * 60 * 1000)

/* A table or a journal carries this: the digest of a fixed text tells keys apart, not the key.
 */
static struct digest_tag
key_check(const struct digest_key *key)
{
	const struct str parts[] = { STR_LIT("key check") };

	return digest_tag(key, parts, 1);
}

static void
log_notice(void *arg, bool is_lasting, const char *text)
{
	(void)arg;
	if (is_lasting)
		log_lasting_warn("journal", log_z("notice", text));
	else
		log_warn("journal", log_z("notice", text));
}

static struct journal_config
journal_config(const struct app *app, const char *name)
{
	struct journal_config config = {
		.dir_fd = app->data_dir_fd,
		.dir_path = app->settings->data_dir,
		.name = name,
		.notice = log_notice,
	};
	struct digest_tag check = key_check(&app->env.key);

	static_assert(sizeof(config.key_check) == sizeof(check.bytes), "one size of digest");
	memcpy(config.key_check, check.bytes, sizeof(check.bytes));
	return config;
}

void
app_configure_journals(struct app *app)
{
	app->users_config = journal_config(app, "User");
	app->user_sessions_config = journal_config(app, "UserSession");
}

struct table_config
app_table_config(const struct app *app)
{
	struct table_config config = { .dir_fd = app->run_dir_fd,
		.dir_path = app->settings->run_dir,
		.name = APP_TABLE_FILE,
		.max_entries = (uint64_t)app->settings->max_sessions +
			       1, /* user_sessions_restore() puts one of its own */
		.max_per_owner = app->settings->max_user_sessions,
		.replace_stale = true };
	struct digest_tag check = key_check(&app->env.key);

	memcpy(config.key_check, check.bytes, sizeof(check.bytes));
	return config;
}

static int
open_table(struct app *app, uint64_t n_expected, struct err *err)
{
	struct table_config config = app_table_config(app);

	config.n_expected = n_expected;
	return table_open(&config, &app->env.table, NULL, err);
}

/* Does the clock fit to what was written last?  After a boot it may not have been set yet. */
static void
judge_clock(struct app *app, const struct user_sessions_restored *restored)
{
	int64_t wall_ms = clock_wall_ms(), newest_ms = restored->newest_ms;
	char now[CLOCK_TEXT_BYTES], newest[CLOCK_TEXT_BYTES];

	app->is_clock_far = newest_ms != 0 && wall_ms - newest_ms > CLOCK_FAR_MS;
	if (!app->is_clock_far && restored->n_future == 0)
		return;
	clock_format_utc(wall_ms / 1000, now);
	clock_format_utc(newest_ms / 1000, newest);
	if (app->is_clock_far)
		log_warn("clock-ahead", log_z("now", now), log_z("newest_session", newest),
		    log_z("effect", "nothing is purged for a day"),
		    log_z("action",
			"if the clock is wrong, set it and restart the program with "
			"an empty run directory: the stored sessions are there"));
	else
		log_warn("clock-behind", log_z("now", now), log_z("newest_session", newest),
		    log_i("n", (int64_t)restored->n_future),
		    log_z("effect", "stored login sessions that began later than now count as "
				    "begun now"));
}

static int
restore(struct app *app, bool at_start, struct err *err)
{
	struct user_sessions_restored restored = { 0 };
	int r;

	if (!at_start && user_sessions_is_restored(&app->env.key, app->env.table))
		return 0;
	/* Only the program ends what is too much: the operator's command may have another limit. */
	r = user_sessions_restore(app->env.user_sessions, app->run_dir_fd, &app->env.key,
	    app->env.table, at_start, &restored, err);
	if (r == 0 && restored.n > 0)
		log_info("sessions-restored", log_i("n", (int64_t)restored.n));
	if (r == 0)
		judge_clock(app, &restored);
	return r;
}

int
app_open_data_dir(struct app *app, const struct settings *settings, struct err *err)
{
	int r;

	*app = APP_NULL(settings);
	if ((r = file_open_dir(settings->data_dir, true, &app->data_dir_fd, err)) != 0 ||
	    (r = digest_key_load(app->data_dir_fd, settings->data_dir, DIRS_KEY_FILE,
		 &app->env.key, err)) != 0) {
		app_close(app);
		return r;
	}
	app_configure_journals(app);
	return 0;
}

/* /run is empty after a reboot, and only root may make directories there. */
static void
name_way_out(const char *path, int code, struct err *err)
{
	const struct passwd *us = getpwuid(geteuid());
	const char *user = us != NULL ? us->pw_name : "USER";

	if (access(path, F_OK) == 0 || errno != ENOENT)
		return;
	err_set(err, code,
	    "%s is not there and cannot be made: %s; as root, after each boot: install -d -o "
	    "%s -m "
	    "700 %s, or once the line \"d %s 0700 %s - -\" in /etc/tmpfiles.d/sessiongate.conf",
	    path, strerror(-code), user, path, path, user);
}

static int
open_run_dir(struct app *app, struct err *err)
{
	const struct settings *settings = app->settings;
	int r = file_open_dir(settings->run_dir, true, &app->run_dir_fd, err);

	if (r == -EACCES || r == -ENOENT || r == -EROFS)
		name_way_out(settings->run_dir, r, err);
	return r != 0 ? r
		      : dir_binding_open(app->data_dir_fd, settings->data_dir, app->run_dir_fd,
			    &app->run_binding, err);
}

static int
open_admission(struct app *app, struct err *err)
{
	unsigned n = app->settings->hashes_at_once;

	if (n == 0)
		n = host_n_cpus();
	if (n > ADMISSION_SLOTS_MOST)
		n = ADMISSION_SLOTS_MOST;
	return admission_open(&app->env.admission, app->run_dir_fd, app->settings->run_dir, n,
	    app->settings->hash_wait_ms, err);
}

static int
open_throttle(struct app *app, struct err *err)
{
	const struct settings *settings = app->settings;
	struct throttle *throttle = &app->env.throttle;

	throttle->key = &app->env.key;
	throttle->limits = (struct throttle_limits){ .tries = settings->throttle_tries,
		.network_tries = settings->throttle_network_tries,
		.account_tries = settings->throttle_account_tries,
		.wait_s = settings->throttle_wait_s,
		.folds_case = settings->fold_email_case };
	return failures_open(&throttle->failures, app->run_dir_fd, settings->run_dir, err);
}

static int
open_users(struct app *app, struct err *err)
{
	int r = users_open(&app->env.users, &app->users_config, err);

	if (r == 0 && app->settings->fold_email_case &&
	    (r = users_fold_case(app->env.users)) != 0)
		return err_set(err, r, "no memory");
	return r;
}

/* From now on housekeeping.c watches both, and others see by the mark which journals we have. */
static int
watch_dirs(struct app *app, struct err *err)
{
	const struct settings *settings = app->settings;
	struct dir_watch *data = &app->data_watch;
	int r;

	*data = (struct dir_watch){ settings->data_dir,
		.files = { "User.jsonl.lock", "UserSession.jsonl.lock" } };
	app->run_watch = (struct dir_watch){ settings->run_dir, .files = { APP_TABLE_FILE } };
	/* What cannot be noted is told by the table alone. */
	(void)dir_watch_note(&app->run_watch, app->run_dir_fd);
	if ((r = dir_watch_note(data, app->data_dir_fd)) != 0)
		return err_set(err, r, "cannot look at %s: %s", data->path, strerror(-r));
	return dir_binding_mark(app->run_dir_fd, settings->run_dir, MARKS_FILE,
	    data->place.dev[1] ^ data->place.dev[2],
	    data->place.ino[1] * 31 + data->place.ino[2], &app->journal_binding, err);
}

static int
open_parts(struct app *app, bool at_start, struct err *err)
{
	struct auth_env *env = &app->env;
	struct journal_stats stored;
	int r;

	/* Who is open keeps the others from reading through the journal as well. */
	r = user_sessions_open(&env->user_sessions, &app->user_sessions_config, err);
	if (r != 0)
		return r;
	user_sessions_stats(env->user_sessions, &stored);
	/* And one that says that it was done. */
	if ((r = counters_open(&app->counters, app->run_dir_fd, app->settings->run_dir, err)) !=
		0 ||
	    (r = open_table(app, stored.n_live + 1, err)) != 0)
		return r;
	expired_watch(app);
	if ((r = restore(app, at_start, err)) != 0 || (r = open_users(app, err)) != 0 ||
	    (r = open_admission(app, err)) != 0 || (r = open_throttle(app, err)) != 0)
		return r;
	(void)counters_tell_once(app->counters, 0); /* the directories are ours */
	if (details_open(&app->details, app->run_dir_fd, app->settings->run_dir, &env->key,
		env->table) != 0)
		return err_set(err, -ENOMEM, "no memory");
	if (app->is_clock_far)
		counters_postpone(app->counters, PURGE_POSTPONED_MS);
	if (at_start) {
		counters_forget_notices(app->counters);
		notice_environment(app->counters);
		notice_hash_cost(app->settings->hash_cost);
	}
	if ((r = watch_dirs(app, err)) != 0)
		return r;
	if (*app->settings->password_blocklist != '\0' &&
	    (r = blocklist_open(app->settings->password_blocklist, &app->blocklist, err)) != 0)
		return r;
	env->hash_cost = app->settings->hash_cost;
	if ((env->verified = credential_cache_new(app->settings->basic_memory_s)) == NULL)
		return err_set(err, -ENOMEM, "no memory or no randomness");
	return 0;
}

int
app_open(struct app *app, const struct settings *settings, bool at_start, struct err *err)
{
	int r = app_open_data_dir(app, settings, err);
	struct stat st;
	bool is_new;

	if (r != 0)
		return r;
	is_new = at_start && fstatat(app->data_dir_fd, "User.jsonl", &st, 0) == -1 &&
		 errno == ENOENT;
	app->users_config.is_passing = app->user_sessions_config.is_passing = !at_start;
	if ((r = open_run_dir(app, err)) == 0 && at_start && app->run_binding.has_other_users)
		log_warn("data-dir-shared", log_z("dir", settings->data_dir),
		    log_z("effect",
			"another program uses it with another run directory: each has login "
			"sessions of its own, and ends no others"));
	if (r != 0 || (r = open_parts(app, at_start, err)) != 0)
		app_close(app);
	else if (is_new)
		log_info("data-dir-new", log_z("dir", settings->data_dir), log_i("users", 0),
		    log_z("action", "sessiongatectl user add, or user import, makes users"));
	return r;
}

void
app_close(struct app *app)
{
	blocklist_close(app->blocklist);
	credential_cache_free(app->env.verified);
	user_sessions_close(app->env.user_sessions);
	users_close(app->env.users);
	details_close(app->details);
	if (app->env.table != NULL)
		table_tell_expired(app->env.table);
	table_close(app->env.table);
	digest_key_wipe(&app->env.key);
	if (app->run_binding.fd != -1)
		(void)close(app->run_binding.fd);
	if (app->journal_binding.fd != -1)
		(void)close(app->journal_binding.fd);
	if (app->run_dir_fd != -1)
		(void)close(app->run_dir_fd);
	if (app->data_dir_fd != -1)
		(void)close(app->data_dir_fd);
	*app = APP_NULL(NULL);
}

void
app_warm(struct app *app)
{
	uint64_t n;

	(void)users_count(app->env.users, &n);
}

void
app_count_replacement(struct app *app)
{
	counters_add(app->counters, COUNTER_WORKER_RESTARTS);
}

int
app_try_run_dir(const struct app *app, struct err *err)
{
	struct app trial = APP_NULL(app->settings);
	int r = file_open_dir(app->settings->run_dir, true, &trial.run_dir_fd, err);

	trial.env.key = app->env.key;
	if (r == 0)
		r = open_table(&trial, 0, err);
	app_close(&trial);
	return r;
}

struct password_policy
app_password_policy(const struct app *app, const struct request_settings *settings)
{
	return (
	    struct password_policy){ settings->password_min, app->blocklist, settings->realm };
}

struct account_env
app_account_env(struct app *app, struct hasher_list *hashes)
{
	struct auth_env *env = &app->env;

	return (struct account_env){ env->users, env->user_sessions, env->table,
		{ &env->admission, env->hash_cost, hashes }, STR_NULL, false };
}
