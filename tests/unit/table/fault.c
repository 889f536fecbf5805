/* fault.c - system calls that fail on order: see fixture.h */
#include "unit/table/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

void (*fault_action)(void);
const char *fault_text;

_Atomic int fault_timeout_ms;
_Atomic int fault_told_ms;

static const char *armed;
static unsigned calls_until, times_left;
static int armed_error;

void
fault_arm(const char *function, unsigned nth, unsigned times, int error)
{
	armed = function;
	calls_until = nth;
	times_left = times;
	armed_error = error;
}

void
fault_disarm(void)
{
	armed = NULL;
	fault_action = NULL;
	fault_text = NULL;
	fault_timeout_ms = 0;
}

static bool
strikes(const char *function)
{
	if (armed == NULL || strcmp(armed, function) != 0 || times_left == 0)
		return false;
	if (calls_until > 1) {
		calls_until--;
		return false;
	}
	times_left--;
	if (fault_action != NULL)
		fault_action();
	errno = armed_error;
	return armed_error != 0;
}

/* clang-format off */
#define WRAP(type, fail, name, params, args)   \
	type __real_##name params;             \
	type __wrap_##name params;             \
	type __wrap_##name params              \
	{                                      \
		return strikes(#name) ? (fail) : __real_##name args; \
	}

WRAP(int, -1, fallocate, (int fd, int mode, off_t at, off_t n), (fd, mode, at, n))
WRAP(int, -1, fstat, (int fd, struct stat *st), (fd, st))
WRAP(int, -1, flock, (int fd, int op), (fd, op))
WRAP(int, -1, linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
WRAP(int, -1, unlinkat, (int a, const char *b, int c), (a, b, c))
WRAP(int, -1, madvise, (void *p, size_t n, int advice), (p, n, advice))
WRAP(int, -1, kill, (pid_t pid, int sig), (pid, sig))
WRAP(void *, MAP_FAILED, mmap, (void *a, size_t b, int c, int d, int e, off_t f), (a, b, c, d, e, f))
WRAP(void *, NULL, calloc, (size_t n, size_t size), (n, size))
WRAP(ssize_t, -1, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
WRAP(ssize_t, -1, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))
WRAP(int, (errno = 0, armed_error), pthread_mutexattr_init, (pthread_mutexattr_t *a), (a))
WRAP(int, (errno = 0, armed_error), pthread_mutexattr_setpshared, (pthread_mutexattr_t *a, int v), (a, v))
WRAP(int, (errno = 0, armed_error), pthread_mutexattr_setrobust, (pthread_mutexattr_t *a, int v), (a, v))

/* Can also read something made up. */
ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t
__wrap_read(int fd, void *p, size_t n)
{
	if (!strikes("read"))
		return __real_read(fd, p, n);
	if (fault_text == NULL)
		return -1;
	memcpy(p, fault_text, strlen(fault_text));
	return (ssize_t)strlen(fault_text);
}

/* Can also look elsewhere. */
int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int
__wrap_stat(const char *path, struct stat *st)
{
	if (!strikes("stat"))
		return __real_stat(path, st);
	return fault_text != NULL ? __real_stat(fault_text, st) : -1;
}

/* The tests make thousands of tables, and no power fails: never the real one. */
int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	(void)fd;
	return strikes("fsync") ? -1 : 0;
}

/* With optional arguments. */
int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int
__wrap_openat(int fd, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return strikes("openat") ? -1 : __real_openat(fd, path, flags, mode);
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int
__wrap_open(const char *path, int flags, ...)
{
	return strikes("open") ? -1 : __real_open(path, flags);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long
__wrap_syscall(long number, ...)
{
	va_list ap;
	long a, b, c;

	va_start(ap, number);
	a = va_arg(ap, int);
	b = va_arg(ap, int);
	c = va_arg(ap, int);
	va_end(ap);
	return strikes("syscall") ? -1 : __real_syscall(number, a, b, c);
}
/* clang-format on */

int __real_robust_lock(pthread_mutex_t *mutex, int timeout_ms);
int __wrap_robust_lock(pthread_mutex_t *mutex, int timeout_ms);
int
__wrap_robust_lock(pthread_mutex_t *mutex, int timeout_ms)
{
	fault_told_ms = timeout_ms;
	if (fault_timeout_ms > 0 && timeout_ms > fault_timeout_ms)
		timeout_ms = fault_timeout_ms;
	return __real_robust_lock(mutex, timeout_ms);
}
