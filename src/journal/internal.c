/* internal.c - see internal.h */
#include "journal/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
jrn_internal_notice(const struct journal *journal, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX_BYTES];
	va_list ap;

	if (journal->config.notice == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	journal->config.notice(journal->config.notice_arg, text);
}

void
jrn_internal_fail(struct journal *journal, const char *what, int error)
{
	if (atomic_exchange(&journal->control->has_failed, 1) == 0)
		jrn_internal_notice(journal,
		    "%s: %s: %s: nothing is acknowledged until a new file has been written",
		    journal->path, what, strerror(-error));
}
