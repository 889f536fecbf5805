/* log.c - see log.h */
#include "core/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

#define LOG_LINE_MAX_BYTES    4096
#define LOG_VALUE_MAX_BYTES   512 /* of one untrusted value, before escaping */
#define LOG_CONTEXT_MAX_BYTES 64

static struct {
	enum log_level least;
	enum log_format format;
	enum log_target target;
	bool is_started;
	enum { JOURNAL_UNKNOWN, JOURNAL_NO, JOURNAL_YES } journal;
} conf = { .least = LOG_LEVEL_INFO };

static _Thread_local struct {
	char request_id[LOG_CONTEXT_MAX_BYTES], client[LOG_CONTEXT_MAX_BYTES];
	size_t n_request_id, n_client;
} context;

static const struct {
	const char *name;
	int priority; /* of syslog(3) */
	const char *prefix;
} levels[] = {
	[LOG_LEVEL_DEBUG] = { "debug", LOG_DEBUG, "<7>" },
	[LOG_LEVEL_INFO] = { "info", LOG_INFO, "<6>" },
	[LOG_LEVEL_WARN] = { "warn", LOG_WARNING, "<4>" },
	[LOG_LEVEL_ERROR] = { "error", LOG_ERR, "<3>" },
};

void
log_configure(enum log_level least, enum log_format format, enum log_target target)
{
	conf.least = least;
	conf.format = format;
	conf.target = target;
	conf.journal = JOURNAL_UNKNOWN;
	if (target == LOG_TARGET_SYSLOG)
		openlog("sessiongate", LOG_PID, LOG_DAEMON);
}

void
log_started(void)
{
	conf.is_started = true;
}

/* systemd.exec(5): JOURNAL_STREAM is device and inode of the journal's stream. */
static bool
is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t dev, ino;
	struct stat st;

	return stream != NULL && sscanf(stream, "%ju:%ju", &dev, &ino) == 2 &&
	       fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev && st.st_ino == ino;
}

const char *
log_prefix(enum log_level level)
{
	if (conf.journal == JOURNAL_UNKNOWN)
		conf.journal = is_journal() ? JOURNAL_YES : JOURNAL_NO;
	return conf.journal == JOURNAL_YES ? levels[level].prefix : "";
}

static size_t
context_copy(char to[LOG_CONTEXT_MAX_BYTES], struct str from)
{
	size_t n = from.n < LOG_CONTEXT_MAX_BYTES ? from.n : LOG_CONTEXT_MAX_BYTES;

	if (n > 0)
		memcpy(to, from.p, n);
	return n;
}

void
log_context(struct str request_id, struct str client)
{
	context.n_request_id = context_copy(context.request_id, request_id);
	context.n_client = context_copy(context.client, client);
}

bool
log_is_on(enum log_level level)
{
	return level >= conf.least;
}

/*
 * Only printable ASCII passes as it is: control bytes could end the line, bytes above 0x7e
 * could drive a terminal (C1 controls) or turn the direction of the text.
 */
static void
add_escaped(struct buf *line, struct str text)
{
	for (size_t i = 0; i < text.n && i < LOG_VALUE_MAX_BYTES; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '"' || c == '\\')
			buf_addf(line, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			/* JSON knows no \x; a byte that is no ASCII is shown as its code point
			 * in Latin-1. */
			buf_addf(
			    line, conf.format == LOG_FORMAT_JSON ? "\\u%04x" : "\\x%02x", c);
		else
			buf_add_char(line, (char)c);
	}
	if (text.n > LOG_VALUE_MAX_BYTES)
		buf_add_z(line, "...");
}

static bool
needs_quotes(struct str text)
{
	if (text.n == 0)
		return true;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' || strchr("\"\\=", text.p[i]) != NULL)
			return true;
	return false;
}

/* Nothing but perhaps a prefix. */
static bool
is_first(const struct buf *line)
{
	return line->n == 0 || (line->n == 3 && line->p[0] == '<');
}

static void
add_key(struct buf *line, const char *key)
{
	if (conf.format == LOG_FORMAT_JSON)
		buf_addf(line, "%s\"%s\":", is_first(line) ? "{" : ",", key);
	else
		buf_addf(line, "%s%s=", is_first(line) ? "" : " ", key);
}

static void
add_text(struct buf *line, const char *key, struct str text)
{
	bool quoted = conf.format == LOG_FORMAT_JSON || needs_quotes(text);

	add_key(line, key);
	if (quoted)
		buf_add_char(line, '"');
	add_escaped(line, text);
	if (quoted)
		buf_add_char(line, '"');
}

static void
add_time(struct buf *line)
{
	char text[CLOCK_TEXT_BYTES];
	char stamp[40];
	int64_t ms = clock_wall_ms();

	clock_format_utc(ms / 1000, text);
	text[10] = 'T';
	(void)snprintf(stamp, sizeof(stamp), "%s.%03dZ", text, (int)(ms % 1000));
	add_text(line, "time", str_of(stamp));
}

static void
emit(enum log_level level, struct buf *line, size_t n_prefix)
{
	if (conf.target == LOG_TARGET_SYSLOG) {
		syslog(levels[level].priority, "%.*s", (int)(line->n - n_prefix),
		    line->p + n_prefix);
		if (conf.is_started)
			return;
	}
	buf_add_char(line, '\n');
	/* Nobody is left to tell when standard error cannot be written. */
	if (write(STDERR_FILENO, line->p, line->n) == -1)
		return;
}

void
log_format_fields(struct buf *out, const struct log_field *fields)
{
	for (const struct log_field *f = fields; f->kind != LOG_FIELD_END; f++) {
		if (f->kind == LOG_FIELD_TEXT) {
			add_text(out, f->key, f->text);
		} else if (f->kind == LOG_FIELD_INT) {
			add_key(out, f->key);
			buf_addf(out, "%lld", (long long)f->number);
		} else if (f->kind == LOG_FIELD_READY) {
			/* In JSON it begins as an object does. */
			buf_add_char(out, conf.format == LOG_FORMAT_JSON ? ',' : ' ');
			buf_add_str(out, f->text.p[0] == '{' ? str_skip(f->text, 1) : f->text);
		}
	}
}

void
log_collect(struct log_field ret_fields[LOG_FIELDS_MAX], va_list ap)
{
	size_t n = 0;
	struct log_field f;

	while ((f = va_arg(ap, struct log_field)).kind != LOG_FIELD_END)
		if (n < LOG_FIELDS_MAX - 1)
			ret_fields[n++] = f;
	ret_fields[n] = LOG_END;
}

void
log_fields(enum log_level level, const char *event, const struct log_field *fields)
{
	struct buf line;
	size_t n_prefix;

	if (!log_is_on(level))
		return;
	buf_init(&line, 4 * LOG_LINE_MAX_BYTES);
	buf_add_z(&line, log_prefix(level));
	n_prefix = line.n;
	if (conf.target != LOG_TARGET_SYSLOG)
		add_time(&line); /* syslog has its own */
	add_text(&line, "level", str_of(levels[level].name));
	add_text(&line, "event", str_of(event));
	if (context.n_request_id > 0)
		add_text(&line, "request", str_mem(context.request_id, context.n_request_id));
	if (context.n_client > 0)
		add_text(&line, "client", str_mem(context.client, context.n_client));
	log_format_fields(&line, fields);
	if (conf.format == LOG_FORMAT_JSON)
		buf_add_char(&line, '}');
	if (buf_error(&line) == 0)
		emit(level, &line, n_prefix);
	buf_fini(&line);
}

void
log_event(enum log_level level, const char *event, ...)
{
	struct log_field fields[LOG_FIELDS_MAX];
	va_list ap;

	if (!log_is_on(level))
		return;
	va_start(ap, event);
	log_collect(fields, ap);
	va_end(ap);
	log_fields(level, event, fields);
}
