/*
 * log_lasting.h - a condition that lasts is said once, then once a minute, then that it is over
 *
 * Purpose    A full disk or a full queue is met with each request, a damaged journal each second:
 *            the log needs the first line, one a minute with how often it was met (n), and one
 *            when it is over: event=over was=EVENT, the fields, and the total.
 * Calling    log_lasting_warn("overload", log_z("for", what), log_detail(log_i("bytes", n)));
 *            Each time that it is met, in place of log_warn().  The event and the fields that are
 *            no detail say which condition it is.  log_lasting_tick() about once a second.
 * Limits     It is over when it has not been met for a minute: nothing for what is noticed once
 *            only, when it begins.  What was met once has had its line, and no second one.
 *            More than 32 at a time share the lines of one.
 * Threads    From any thread; after log_lasting_share() from any process forked since.
 */
#ifndef CORE_LOG_LASTING_H
#define CORE_LOG_LASTING_H

#include "core/log.h"

/* It does not tell conditions apart: another value of it is the same condition. */
static inline struct log_field
log_detail(struct log_field field)
{
	field.is_detail = true;
	return field;
}

#define log_lasting_warn(...)  log_lasting(LOG_LEVEL_WARN, __VA_ARGS__, LOG_END)
#define log_lasting_error(...) log_lasting(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_END)

/* As log_event(). */
void log_lasting(enum log_level level, const char *event, ...);

/* Say what is over, if anything is.  One process is enough. */
void log_lasting_tick(void);

/*
 * From now on what is met, which is nothing yet, is common to this process and those that it forks.
 * 0, or negative errno: then each has its own.
 */
int log_lasting_share(void);

/* Tests: a line each interval_ms in place of a minute; 0: each time. */
void log_lasting_every(int64_t interval_ms);

#endif
