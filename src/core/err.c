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

const char *
err_words(int failure)
{
	switch (failure) {
	case -ETIMEDOUT:
		return "a lock was not free in time: its holder is stopped, or there are "
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
