/*
 * counters.h - what happened since boot, over all processes
 *
 * Purpose    For the operators' status page.  In a shared block of the run directory, so that
 *            a restart of a worker or of the program forgets nothing.
 * Threads    From any thread of any process.
 */
#ifndef APP_COUNTERS_H
#define APP_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/log_throttle.h"
#include "gate/reply.h"

#define COUNTERS_FILE "counters.6" /* in the run directory */

enum counter {
	COUNTER_REQUESTS_2XX,
	COUNTER_REQUESTS_4XX,
	COUNTER_REQUESTS_5XX,
	COUNTER_LOGINS,
	COUNTER_LOGINS_FAILED,
	COUNTER_LOGINS_THROTTLED,
	COUNTER_LOGOUTS,
	COUNTER_DENIED,
	COUNTER_CROSS_SITE,
	COUNTER_SESSIONS_IDLE,  /* unused for too long */
	COUNTER_SESSIONS_PAST,  /* at the end of their duration */
	COUNTER_SESSIONS_ENDED, /* by their user, from the list of the own ones */
	COUNTER_PASSWORD_CHANGES,
	COUNTER_WORKER_RESTARTS,
	COUNTER_CHECKS, /* and those that follow: one for each enum gate_verdict */
	COUNTER_CHECKS_LAST = COUNTER_CHECKS + GATE_VERDICT_N - 1,
	COUNTER_N,
};

/* Lines of the log that every request could cause: each now and then, from one of all processes. */
enum notice {
	NOTICE_AUTH_TYPE,
	NOTICE_DURATION_UNREADABLE,
	NOTICE_DURATION_IGNORED,
	NOTICE_COOKIE,
	NOTICE_N,
};

struct counters;

int counters_open(
    struct counters **ret, int run_dir_fd, const char *run_dir_path, struct err *err);

void counters_add(struct counters *counters, enum counter counter);
void counters_add_many(struct counters *counters, enum counter counter, uint64_t n);
uint64_t counters_get(const struct counters *counters, enum counter counter);

struct log_throttle *counters_notice(struct counters *counters, enum notice notice);

/* A start tells all again. */
void counters_forget_notices(struct counters *counters);

/*
 * Of several processes that find the same, one says so: true for the one that found the state
 * first.  It is 0 at first.
 */
bool counters_tell_once(struct counters *counters, uint64_t state);

/*
 * For work that one process should do every interval_ms: true for one caller, once the last
 * time is that long ago.
 */
bool counters_is_due(struct counters *counters, int64_t interval_ms);

/* It is due in delay_ms at the earliest, however often it was asked for before. */
void counters_postpone(struct counters *counters, int64_t delay_ms);

struct exchange;

/* The operators' page: Prometheus text exposition format 0.0.4. */
void counters_page(struct exchange *x);

#endif
