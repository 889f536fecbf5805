/* fault.c - see fault.h */
#include "unit/journal/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "journal/generation.h"
#include "journal/control.h"

#define PLANS_MAX 8

static struct plan {
	const char *name;
	unsigned first, count, n_calls;
	int error;
	void (*run)(void);
} plans[PLANS_MAX];
static size_t n_plans;
static unsigned n_hits;
static long fs_type;
static const char *mounts;
static bool is_running; /* a hook: its own calls are not counted */

static void
add(struct plan plan)
{
	if (n_plans < PLANS_MAX)
		plans[n_plans++] = plan;
}

void
fault_set(const char *name, unsigned first, unsigned count, int error)
{
	add((struct plan){ .name = name, .first = first, .count = count, .error = error });
}

void
fault_before(const char *name, unsigned nth, void (*run)(void))
{
	add((struct plan){ .name = name, .first = nth, .count = 1, .run = run });
}

void
fault_clear(void)
{
	n_plans = 0;
	n_hits = 0;
	fs_type = 0;
	mounts = NULL;
}

int
fault_end(int result)
{
	n_plans = 0;
	return result;
}

unsigned
fault_hits(void)
{
	return n_hits;
}

void
fault_set_fs(long type)
{
	fs_type = type;
}

void
fault_set_mounts(const char *text)
{
	mounts = text;
}

/* True, with errno set, when this call must fail. */
static bool
fails(const char *name)
{
	bool does = false;
	int error = 0;

	if (is_running)
		return false;
	for (size_t i = 0; i < n_plans; i++) {
		struct plan *plan = &plans[i];

		if (strcmp(plan->name, name) != 0)
			continue;
		plan->n_calls++;
		if (plan->n_calls < plan->first || plan->n_calls >= plan->first + plan->count)
			continue;
		n_hits++;
		if (plan->run != NULL) {
			is_running = true;
			plan->run();
			is_running = false;
		} else {
			does = true;
			error = plan->error;
		}
	}
	if (does)
		errno = error;
	return does;
}

/* WRAP(result, name, parameters, arguments, result of a failure) */
#define WRAP(type, name, parameters, arguments, failure)                   \
	type __real_##name parameters;                                     \
	type __wrap_##name parameters;                                     \
	type __wrap_##name parameters                                      \
	{                                                                  \
		return fails(#name) ? (failure) : __real_##name arguments; \
	}                                                                  \
	struct swallow_semicolon

WRAP(int, fsync, (int fd), (fd), -1);
WRAP(int, fdatasync, (int fd), (fd), -1);
WRAP(int, ftruncate, (int fd, off_t n), (fd, n), -1);
WRAP(int, fstat, (int fd, struct stat *st), (fd, st), -1);
WRAP(int, fstatat, (int fd, const char *name, struct stat *st, int flags),
    (fd, name, st, flags), -1);
WRAP(int, renameat, (int from_fd, const char *from, int to_fd, const char *to),
    (from_fd, from, to_fd, to), -1);
WRAP(int, unlinkat, (int fd, const char *name, int flags), (fd, name, flags), -1);
WRAP(ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n), -1);
WRAP(
    ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at), errno == 0 ? 0 : -1);
WRAP(ssize_t, __pread_chk, (int fd, void *p, size_t n, off_t at, size_t size),
    (fd, p, n, at, size), errno == 0 ? 0 : -1);
WRAP(int, posix_fallocate, (int fd, off_t at, off_t n), (fd, at, n), errno);
WRAP(void *, mmap, (void *p, size_t n, int prot, int flags, int fd, off_t at),
    (p, n, prot, flags, fd, at), (void *)-1);
WRAP(void *, malloc, (size_t n), (n), NULL);
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL);
WRAP(char *, strdup, (const char *z), (z), NULL);
WRAP(int, sched_yield, (void), (), -1);
WRAP(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex), errno);
WRAP(int, host_boot_id, (uint8_t ret_id[16]), (ret_id), -errno);
WRAP(int, random_fill, (void *p, size_t n), (p, n), -errno);
WRAP(int, jrn_lock_append,
    (struct jrn_lock * lock, struct jrn_control *control, int timeout_ms),
    (lock, control, timeout_ms), -errno);
WRAP(int, jrn_generation_current, (struct journal * journal, struct jrn_generation **ret),
    (journal, ret), errno == 0 ? JRN_E_MOVED : -errno);
WRAP(int, jrn_recover_now, (struct journal * journal, int timeout_ms), (journal, timeout_ms),
    -errno);

/* Those with arguments of any number take one more at most, as everywhere in src/. */
int __real_openat(int fd, const char *name, int flags, ...);
int __wrap_openat(int fd, const char *name, int flags, ...);
int
__wrap_openat(int fd, const char *name, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return fails("openat") ? -1 : __real_openat(fd, name, flags, mode);
}

int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);
int
__wrap_fcntl(int fd, int command, ...)
{
	va_list ap;
	void *p;

	va_start(ap, command);
	p = va_arg(ap, void *);
	va_end(ap);
	return fails(command == F_OFD_SETLK ? "fcntl-lock" : "fcntl")
		   ? -1
		   : __real_fcntl(fd, command, p);
}

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int
__wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;
	int *p;

	va_start(ap, request);
	p = va_arg(ap, int *);
	va_end(ap);
	if (fails("ioctl"))
		return -1;
	if (!fails("ioctl-nocow"))
		return __real_ioctl(fd, request, p);
	*p = 0x00800000; /* FS_NOCOW_FL */
	return 0;
}

int __real_fstatfs(int fd, struct statfs *fs);
int __wrap_fstatfs(int fd, struct statfs *fs);
int
__wrap_fstatfs(int fd, struct statfs *fs)
{
	int r = fails("fstatfs") ? -1 : __real_fstatfs(fd, fs);

	if (r == 0 && fs_type != 0)
		fs->f_type = fs_type;
	return r;
}

FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
FILE *
__wrap_fopen(const char *path, const char *mode)
{
	if (fails("fopen"))
		return NULL;
	if (mounts != NULL)
		return fmemopen((void *)(uintptr_t)mounts, strlen(mounts), "r");
	return __real_fopen(path, mode);
}
