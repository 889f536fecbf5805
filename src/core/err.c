/* err.c - see err.h */
#include "core/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

/* What the journals and the session table mean by it; strerror() would tell of other things. */
const char *
err_words(int failure)
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
	case -ETIMEDOUT:
		return "a lock was not to be had in time: its holder is stopped, or there are "
		       "too many";
	case -EFBIG:
		return "a file may not be longer (ulimit -f, LimitFSIZE)";
	case -ENOMEM:
		return "no memory";
	case -EMSGSIZE:
		return "longer than it may be";
	default:
		return strerror(-failure);
	}
}
