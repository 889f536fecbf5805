/* checklist.c - see checklist.h */
#include "core/checklist.h"

#include <stdarg.h>

__attribute__((format(printf, 4, 0))) static void
add(struct checklist *list, bool is_good, const char *what, const char *fmt, va_list ap)
{
	list->n++;
	(void)fprintf(list->to, "%s%s: ", is_good ? "ok      " : "not ok  ", what);
	(void)vfprintf(list->to, fmt, ap);
	(void)fputc('\n', list->to);
}

void
checklist_add(struct checklist *list, bool is_good, const char *what, const char *fmt, ...)
{
	va_list ap;

	list->n_bad += !is_good;
	va_start(ap, fmt);
	add(list, is_good, what, fmt, ap);
	va_end(ap);
}

void
checklist_remark(struct checklist *list, const char *what, const char *fmt, ...)
{
	va_list ap;

	list->n_remarks++;
	va_start(ap, fmt);
	add(list, false, what, fmt, ap);
	va_end(ap);
}
