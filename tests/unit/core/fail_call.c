/* fail_call.c - see fail_call.h */
#include "unit/core/fail_call.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define FAULTS_MAX 4

static struct fault {
	const char *name;
	unsigned n_left; /* 0: happened */
	int how;
} faults[FAULTS_MAX];

char syslog_text[8192];
int syslog_priority;

void
fail_call(const char *name, unsigned nth, int how)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		if (faults[i].n_left > 0)
			continue;
		faults[i] = (struct fault){ name, nth, how };
		return;
	}
}

int
fail_call_is_done(void)
{
	for (size_t i = 0; i < FAULTS_MAX; i++)
		if (faults[i].n_left > 0)
			return 0;
	return 1;
}

static bool
is_due(const char *name, int *ret_how)
{
	for (size_t i = 0; i < FAULTS_MAX; i++) {
		if (faults[i].n_left == 0 || strcmp(faults[i].name, name) != 0)
			continue;
		if (--faults[i].n_left > 0)
			return false;
		*ret_how = faults[i].how;
		return true;
	}
	return false;
}

/* A call that returns 0 or -1. */
#define WRAP_INT(name, params, args)               \
	int __real_##name params;                  \
	int __wrap_##name params;                  \
	int __wrap_##name params                   \
	{                                          \
		int how;                           \
		if (!is_due(#name, &how))          \
			return __real_##name args; \
		errno = how;                       \
		return how == 0 ? 0 : -1;          \
	}

/* A call that returns how many bytes it handled. */
#define WRAP_BYTES(name, params, args, n)                        \
	ssize_t __real_##name params;                            \
	ssize_t __wrap_##name params;                            \
	ssize_t __wrap_##name params                             \
	{                                                        \
		int how;                                         \
		if (is_due(#name, &how)) {                       \
			errno = how;                             \
			if (how >= 0)                            \
				return how == 0 ? 0 : -1;        \
			n = (size_t)-how < n ? (size_t)-how : n; \
		}                                                \
		return __real_##name args;                       \
	}

WRAP_INT(fstat, (int fd, struct stat *st), (fd, st))
WRAP_INT(fsync, (int fd), (fd))
WRAP_INT(fchmod, (int fd, mode_t mode), (fd, mode))
WRAP_INT(linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e))
WRAP_INT(mkdir, (const char *path, mode_t mode), (path, mode))
WRAP_INT(flock, (int fd, int op), (fd, op))
WRAP_BYTES(read, (int fd, void *p, size_t n), (fd, p, n), n)
WRAP_BYTES(write, (int fd, const void *p, size_t n), (fd, p, n), n)
WRAP_BYTES(getrandom, (void *p, size_t n, unsigned flags), (p, n, flags), n)

int __real_openat(int dir_fd, const char *path, int flags, mode_t mode);
int __wrap_openat(int dir_fd, const char *path, int flags, mode_t mode);
int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_posix_fallocate(int fd, off_t from, off_t n);
int __real_posix_fallocate(int fd, off_t from, off_t n);
void *__real_mmap(void *at, size_t n, int prot, int flags, int fd, off_t from);
void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t from);
uid_t __real_geteuid(void);
uid_t __wrap_geteuid(void);
int __real_sched_getaffinity(pid_t pid, size_t n, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t n, cpu_set_t *set);
void __wrap_openlog(const char *ident, int option, int facility);
void __wrap_syslog(int priority, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void __wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

int
__wrap_openat(int dir_fd, const char *path, int flags, mode_t mode)
{
	int how;

	if (!is_due("openat", &how))
		return __real_openat(dir_fd, path, flags, mode);
	errno = how;
	return -1;
}

int
__wrap_open(const char *path, int flags, mode_t mode)
{
	int how;

	if (!is_due("open", &how))
		return __real_open(path, flags, mode);
	if (how < 0)
		return __real_open("/dev/zero", flags, mode);
	errno = how;
	return -1;
}

int
__wrap_posix_fallocate(int fd, off_t from, off_t n)
{
	int how;

	return is_due("posix_fallocate", &how) ? how : __real_posix_fallocate(fd, from, n);
}

void *
__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t from)
{
	int how;

	if (!is_due("mmap", &how))
		return __real_mmap(at, n, prot, flags, fd, from);
	errno = how;
	return MAP_FAILED;
}

/* Another user, who owns nothing here. */
uid_t
__wrap_geteuid(void)
{
	int how;

	return __real_geteuid() + (is_due("geteuid", &how) ? 1 : 0);
}

/* how 0: succeeds with no processor at all. */
int
__wrap_sched_getaffinity(pid_t pid, size_t n, cpu_set_t *set)
{
	int how;

	if (!is_due("sched_getaffinity", &how))
		return __real_sched_getaffinity(pid, n, set);
	memset(set, 0, n);
	errno = how;
	return how == 0 ? 0 : -1;
}

void
__wrap_openlog(const char *ident, int option, int facility)
{
	(void)ident;
	(void)option;
	(void)facility;
}

void
__wrap_syslog(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(syslog_text, sizeof(syslog_text), fmt, ap);
	va_end(ap);
	syslog_priority = priority;
}

/* What syslog() becomes with _FORTIFY_SOURCE. */
void
__wrap___syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	(void)vsnprintf(syslog_text, sizeof(syslog_text), fmt, ap);
	va_end(ap);
	syslog_priority = priority;
}
