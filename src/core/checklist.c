/* checklist.c - see checklist.h */
#include "core/checklist.h"

#include <stdarg.h>

void
checklist_add(struct checklist *list, bool is_good, const char *what, const char *fmt, ...)
{
	va_list ap;

	list->n++;
	list->n_bad += !is_good;
	(void)fprintf(list->to, "%s%s: ", is_good ? "ok      " : "not ok  ", what);
	va_start(ap, fmt);
	(void)vfprintf(list->to, fmt, ap);
	va_end(ap);
	(void)fputc('\n', list->to);
}
