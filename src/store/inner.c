/* inner.c - see inner.h */
#include "store/inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
inner_notice(const struct store *store, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX_BYTES];
	va_list ap;

	if (store->config.notice == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	store->config.notice(store->config.notice_arg, text);
}

void
inner_fail(struct store *store, const char *what, int error)
{
	if (atomic_exchange(&store->control->has_failed, 1) == 0)
		inner_notice(store,
		    "%s: %s: %s: nothing is acknowledged until a new file has been written",
		    store->path, what, strerror(-error));
}
