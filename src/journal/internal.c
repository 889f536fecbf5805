/* internal.c - see internal.h */
#include "journal/internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
journal_words(int failure)
{
	switch (failure) {
	case -EROFS:
		return "a journal could not be written or flushed and is not replaced yet (see "
		       "event=journal)";
	case -ESTALE:
		return "the journals were removed or replaced while in use (see "
		       "event=data-dir-lost)";
	case -EBADMSG:
		return "a journal or the session table is damaged (see event=journal)";
	default:
		return err_words(failure);
	}
}

__attribute__((format(printf, 3, 0))) static void
tell(const struct journal *journal, bool is_lasting, const char *fmt, va_list ap)
{
	char text[ERR_TEXT_MAX_BYTES];

	if (journal->config.notice == NULL)
		return;
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	journal->config.notice(journal->config.notice_arg, is_lasting, text);
}

void
jrn_internal_notice(const struct journal *journal, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(journal, false, fmt, ap);
	va_end(ap);
}

void
jrn_internal_notice_lasting(const struct journal *journal, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tell(journal, true, fmt, ap);
	va_end(ap);
}

void
jrn_internal_fail(struct journal *journal, const char *what, int error)
{
	if (atomic_exchange(&journal->control->has_failed, 1) == 0)
		jrn_internal_notice(journal,
		    "%s: %s: %s: nothing is acknowledged until a new file has been written",
		    journal->path, what, strerror(-error));
}
