/* counters.c - see counters.h */
#include "app/counters.h"

#include <stdatomic.h>

#include "app/exchange.h"
#include "core/clock.h"
#include "core/shared_block.h"

struct counters {
	_Atomic int64_t last_due_ms; /* boot clock */
	_Atomic uint64_t values[COUNTER_N];
	_Atomic uint64_t told; /* counters_tell_once() */
	struct log_throttle notices[NOTICE_N];
};

int
counters_open(struct counters **ret, int run_dir_fd, const char *run_dir_path, struct err *err)
{
	const struct shared_block_spec spec = { COUNTERS_FILE, sizeof(struct counters), NULL };
	void *block;
	int r = shared_block_map(run_dir_fd, run_dir_path, &spec, &block, err);

	if (r == 0)
		*ret = block;
	return r;
}

void
counters_add(struct counters *counters, enum counter counter)
{
	counters_add_many(counters, counter, 1);
}

void
counters_add_many(struct counters *counters, enum counter counter, uint64_t n)
{
	atomic_fetch_add_explicit(&counters->values[counter], n, memory_order_relaxed);
}

uint64_t
counters_get(const struct counters *counters, enum counter counter)
{
	return atomic_load_explicit(&counters->values[counter], memory_order_relaxed);
}

struct log_throttle *
counters_notice(struct counters *counters, enum notice notice)
{
	return &counters->notices[notice];
}

void
counters_forget_notices(struct counters *counters)
{
	for (size_t i = 0; i < NOTICE_N; i++)
		log_throttle_reset(&counters->notices[i]);
}

bool
counters_tell_once(struct counters *counters, uint64_t state)
{
	return atomic_exchange(&counters->told, state) != state;
}

bool
counters_is_due(struct counters *counters, int64_t interval_ms)
{
	int64_t now_ms = clock_boot_ms();
	int64_t last_ms = atomic_load(&counters->last_due_ms);

	return now_ms - last_ms >= interval_ms &&
	       atomic_compare_exchange_strong(&counters->last_due_ms, &last_ms, now_ms);
}

void
counters_postpone(struct counters *counters, int64_t delay_ms)
{
	/* As if it had been done then: the interval comes on top. */
	atomic_store(&counters->last_due_ms, clock_boot_ms() + delay_ms);
}

/* ------------------------------------------------------------------ the page */

static void
add(struct buf *out, const char *name, const char *labels, const char *type, const char *help,
    uint64_t value)
{
	if (help != NULL)
		buf_addf(out, "# HELP sessiongate_%s %s\n# TYPE sessiongate_%s %s\n", name,
		    help, name, type);
	buf_addf(out, "sessiongate_%s%s %llu\n", name, labels, (unsigned long long)value);
}

static void
add_journal(
    struct buf *out, const char *labels, bool is_first, const struct journal_stats *stats)
{
	add(out, "journal_appends_total", labels, "counter",
	    is_first ? "Records appended to a journal." : NULL, stats->n_appended);
}

static void
add_journals(
    struct buf *out, const struct journal_stats *users, const struct journal_stats *sessions)
{
	add_journal(out, "{journal=\"User\"}", true, users);
	add_journal(out, "{journal=\"UserSession\"}", false, sessions);
	add(out, "journal_flushes_total", "{journal=\"User\"}", "counter",
	    "Flushes of a journal to the disk.", users->n_flushes);
	add(out, "journal_flushes_total", "{journal=\"UserSession\"}", NULL, NULL,
	    sessions->n_flushes);
	add(out, "journal_failed", "{journal=\"User\"}", "gauge",
	    "1 while a journal refuses changes.", users->has_failed);
	add(out, "journal_failed", "{journal=\"UserSession\"}", NULL, NULL,
	    sessions->has_failed);
	add(out, "ready", "", "gauge",
	    "1 while changes are taken: no journal has failed or lacks room.",
	    !users->has_failed && !sessions->has_failed);
}

static void
add_checks(struct buf *out, const struct counters *counters)
{
	static const char *const labels[GATE_VERDICT_N] = {
		[GATE_UNAVAILABLE] = "{verdict=\"unavailable\"}",
		[GATE_UNUSABLE] = "{verdict=\"unusable\"}",
		[GATE_THROTTLED] = "{verdict=\"throttled\"}",
		[GATE_CROSS_SITE] = "{verdict=\"cross-site\"}",
		[GATE_FORBIDDEN] = "{verdict=\"forbidden\"}",
		[GATE_SIGN_IN] = "{verdict=\"sign-in\"}",
		[GATE_ALLOW] = "{verdict=\"allow\"}",
	};

	for (int i = 0; i < GATE_VERDICT_N; i++)
		add(out, "checks_total", labels[i], "counter",
		    i == 0 ? "Checks of web servers by verdict." : NULL,
		    counters_get(counters, (enum counter)(COUNTER_CHECKS + i)));
}

void
counters_page(struct exchange *x)
{
	struct auth_env *env = &x->app->env;
	const struct counters *counters = x->app->counters;
	struct journal_stats users = { 0 }, sessions = { 0 };
	unsigned running, waiting;
	struct buf body;

	collection_stats(users_collection(env->users), &users);
	user_sessions_stats(env->user_sessions, &sessions);
	admission_count(&env->admission, &running, &waiting);
	buf_init(&body, 16384);
	add(&body, "requests_total", "{status=\"2xx\"}", "counter",
	    "Requests by kind of status.", counters_get(counters, COUNTER_REQUESTS_2XX));
	add(&body, "requests_total", "{status=\"4xx\"}", NULL, NULL,
	    counters_get(counters, COUNTER_REQUESTS_4XX));
	add(&body, "requests_total", "{status=\"5xx\"}", NULL, NULL,
	    counters_get(counters, COUNTER_REQUESTS_5XX));
	add(&body, "logins_total", "{outcome=\"ok\"}", "counter", "Logins by outcome.",
	    counters_get(counters, COUNTER_LOGINS));
	add(&body, "logins_total", "{outcome=\"failed\"}", NULL, NULL,
	    counters_get(counters, COUNTER_LOGINS_FAILED));
	add(&body, "logins_total", "{outcome=\"throttled\"}", NULL, NULL,
	    counters_get(counters, COUNTER_LOGINS_THROTTLED));
	add(&body, "logouts_total", "", "counter", "Logouts.",
	    counters_get(counters, COUNTER_LOGOUTS));
	add(&body, "permissions_denied_total", "", "counter", "Requests refused by USERS_API.",
	    counters_get(counters, COUNTER_DENIED));
	add(&body, "cross_site_requests_total", "", "counter",
	    "Changes and logins that pages of other sites asked for.",
	    counters_get(counters, COUNTER_CROSS_SITE));
	add_checks(&body, counters);
	add(&body, "sessions_ended_total", "", "counter",
	    "Login sessions that their user ended from the list of the own ones.",
	    counters_get(counters, COUNTER_SESSIONS_ENDED));
	add(&body, "sessions_expired_total", "{by=\"idle\"}", "counter",
	    "Login sessions that were not used for so long, or reached the end of their "
	    "duration.",
	    counters_get(counters, COUNTER_SESSIONS_IDLE));
	add(&body, "sessions_expired_total", "{by=\"duration\"}", NULL, NULL,
	    counters_get(counters, COUNTER_SESSIONS_PAST));
	add(&body, "password_changes_total", "", "counter", "Passwords that users changed.",
	    counters_get(counters, COUNTER_PASSWORD_CHANGES));
	add(&body, "sessions", "", "gauge", "Login sessions in the table.",
	    user_sessions_count(env->table));
	add(&body, "hashes_running", "", "gauge", "Password hashes running now.", running);
	add(&body, "hashes_waiting", "", "gauge", "Requests waiting to hash a password.",
	    waiting);
	add(&body, "worker_restarts_total", "", "counter",
	    "Workers that died and were replaced.",
	    counters_get(counters, COUNTER_WORKER_RESTARTS));
	add_journals(&body, &users, &sessions);
	x->response->status = 200;
	response_set_body(
	    x->response, STR_LIT("text/plain; version=0.0.4; charset=utf-8"), buf_str(&body));
	response_add_header(x->response, STR_LIT("X-Content-Type-Options"), STR_LIT("nosniff"));
	response_add_header(x->response, STR_LIT("Cache-Control"), STR_LIT("no-store"));
	if (buf_error(&body) != 0)
		x->response->error = buf_error(&body);
	buf_fini(&body);
}
