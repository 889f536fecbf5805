/*
 * syslog.c - a syslog for the behaviour tests, who must not write into that of the machine
 *
 * A shared object for LD_PRELOAD: each line goes to the file that TEST_SYSLOG names, as
 * "ident facility priority text".  The file is open for all: root may have become somebody else.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

static const char *ident = "";
static int facility;

void
openlog(const char *its_ident, int option, int its_facility)
{
	(void)option;
	ident = its_ident;
	facility = its_facility;
}

static void
put(int priority, const char *format, va_list ap)
{
	const char *path = getenv("TEST_SYSLOG");
	char line[8192];
	int n = snprintf(line, sizeof(line), "%s %d %d ", ident, facility >> 3, priority);
	int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	line[n++] = '\n';
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		abort();
	(void)close(fd);
}

void
syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	put(priority, format, ap);
	va_end(ap);
}

/* What syslog() becomes with _FORTIFY_SOURCE. */
void __syslog_chk(int priority, int flag, const char *format, ...);
void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	put(priority, format, ap);
	va_end(ap);
}
