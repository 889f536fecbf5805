/*
 * log_throttle.h - a log line that every request could cause, now and then only
 *
 * Purpose    A setting that is wrong, or a client that asks for trouble, is met with each
 *            request: the log needs one line, not thousands.
 * Calling    static struct log_throttle throttle;
 *            if (log_throttle_pass(&throttle, LOG_THROTTLE_MS))
 *                    log_warn(...);
 *            One throttle for each event.  Of zeros it is ready.  In shared memory it holds for
 *            all processes that map it, else for all threads of one.
 * Threads    From any thread; a line that is held back costs a clock and an atomic load.
 */
#ifndef CORE_LOG_THROTTLE_H
#define CORE_LOG_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_THROTTLE_MS INT64_C(60000) /* a line a minute */

struct log_throttle {
	_Atomic int64_t next_ms; /* boot clock: the next line is due */
};

/* True for one caller, at most once in interval_ms: that caller writes the line. */
bool log_throttle_pass(struct log_throttle *throttle, int64_t interval_ms);

/* The next one passes. */
void log_throttle_reset(struct log_throttle *throttle);

#endif
