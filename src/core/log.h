/*
 * log.h - one line per event, for people and for machines
 *
 * Purpose    time=… level=… event=… key=value …  (logfmt), or the same as a JSON object, to
 *            standard error or syslog.  Untrusted text is escaped: no value can end a line
 *            or look like another key.  Secrets are never given to it.
 * Calling    log_info("login", log_z("user", id), log_i("ms", 31));
 *            Who knows the request sets its id and client once with log_context().
 * Ownership  Everything is borrowed for the duration of the call.
 * Threads    A line is written with one write(); the context belongs to the thread.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/str.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };
enum log_target { LOG_TARGET_STDERR, LOG_TARGET_SYSLOG };

struct log_field {
	enum {
		LOG_FIELD_END,
		LOG_FIELD_TEXT,
		LOG_FIELD_INT,
		LOG_FIELD_NONE,
		LOG_FIELD_READY
	} kind;
	const char *key;
	struct str text;
	int64_t number;
	bool is_detail; /* log_lasting.h */
};

static inline struct log_field
log_s(const char *key, struct str text)
{
	return (struct log_field){ LOG_FIELD_TEXT, key, text, 0, false };
}

static inline struct log_field
log_z(const char *key, const char *text)
{
	return log_s(key, str_of(text != NULL ? text : ""));
}

/* Absent text is no field. */
static inline struct log_field
log_opt(const char *key, struct str text)
{
	return (struct log_field){ str_is_null(text) ? LOG_FIELD_NONE : LOG_FIELD_TEXT, key,
		text, 0, false };
}

static inline struct log_field
log_i(const char *key, int64_t number)
{
	return (struct log_field){ LOG_FIELD_INT, key, STR_NULL, number, false };
}

/* What log_format_fields() has made; no key. */
static inline struct log_field
log_ready(struct str text)
{
	return (struct log_field){ LOG_FIELD_READY, NULL, text, 0, false };
}

/* Defaults without a call: INFO, logfmt, standard error. */
void log_configure(enum log_level least, enum log_format format, enum log_target target);

/*
 * From now on lines for syslog go there alone.  Before that they go to standard error too: whoever
 * starts the program looks there, and there may be no syslog.
 */
void log_started(void);

/*
 * "<3>", "<4>" and so on where standard error is the journal of systemd, which reads the severity of
 * a line from there (sd-daemon(3)); else "".  For lines that are not written by log_event().
 */
const char *log_prefix(enum log_level level);

/* The request that this thread works on; STR_NULL for both ends it.  Copied, cut at 64 bytes
 * each. */
void log_context(struct str request_id, struct str client);

bool log_is_on(enum log_level level);

#define log_debug(...) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__, LOG_END)
#define log_info(...)  log_event(LOG_LEVEL_INFO, __VA_ARGS__, LOG_END)
#define log_warn(...)  log_event(LOG_LEVEL_WARN, __VA_ARGS__, LOG_END)
#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__, LOG_END)

#define LOG_END ((struct log_field){ LOG_FIELD_END, 0, { 0, 0 }, 0, false })

/* event and then struct log_field values, the last one LOG_END: use the macros above. */
void log_event(enum log_level level, const char *event, ...);

/* The same of an array, its last one LOG_END; and what it adds to a line. */
void log_fields(enum log_level level, const char *event, const struct log_field *fields);
void log_format_fields(struct buf *out, const struct log_field *fields);

/* The values of a call like log_event(), the last one LOG_END; what is too much is left out. */
#define LOG_FIELDS_MAX 16
void log_collect(struct log_field ret_fields[LOG_FIELDS_MAX], va_list ap);

#endif
