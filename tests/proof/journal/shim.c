/* shim.c - see shim.h: the plan, and the calls that leave no trace on the disk */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/host.h"
#include "shim_priv.h"

static struct shim_plan plan;
static bool is_armed, is_paused, has_struck;
static void (*flush_fn)(void *arg);
static void *flush_arg;
static unsigned n_seen;
static uint8_t fake_boot;
static unsigned flush_delay_us;

void
shim_arm(const struct shim_plan *new_plan)
{
	plan = *new_plan;
	n_seen = 0;
	has_struck = false;
	is_armed = true;
}

unsigned
shim_disarm(void)
{
	is_armed = false;
	return n_seen;
}

bool
shim_has_struck(void)
{
	return has_struck;
}

void
shim_pause(bool new_is_paused)
{
	is_paused = new_is_paused;
}

void
shim_strike_elsewhere(void)
{
	has_struck = true;
}

void
shim_before_next_flush(void (*fn)(void *arg), void *arg)
{
	flush_fn = fn;
	flush_arg = arg;
}

void
shim_set_flush_delay_us(unsigned most_us)
{
	flush_delay_us = most_us;
}

void
shim_set_boot(uint8_t boot)
{
	fake_boot = boot;
}

enum shim_verdict
shim_verdict(enum shim_call call)
{
	if (!is_armed || is_paused || (plan.calls & (unsigned)call) == 0)
		return SHIM_PASS;
	n_seen++;
	if (plan.nth == 0 || n_seen < plan.nth || (n_seen > plan.nth && !plan.is_sticky))
		return SHIM_PASS;
	/* The second and later strikes of SHIM_HALF are plain errors. */
	enum shim_how how = plan.how == SHIM_HALF && has_struck ? SHIM_FAIL : plan.how;

	has_struck = true;
	switch (how) {
	case SHIM_SHORT:
	case SHIM_HALF:
		return call == SHIM_WRITE || call == SHIM_READ ? SHIM_PART : SHIM_PASS;
	case SHIM_DIE:
		if (call == SHIM_WRITE)
			return SHIM_PART_AND_DIE;
		_exit(SHIM_DIED_STATUS);
	case SHIM_FAIL_AND_DIE:
		if (call == SHIM_FLUSH)
			return SHIM_REFUSE_AND_DIE;
		return SHIM_PASS;
	case SHIM_FAIL:
		break;
	}
	errno = plan.error;
	return SHIM_REFUSE;
}

void
shim_wait_before_flush(void)
{
	static _Atomic unsigned turn;
	void (*fn)(void *arg) = flush_fn;
	unsigned x = (atomic_fetch_add(&turn, 1) + (unsigned)getpid()) * 2654435761u;

	if (fn != NULL) {
		flush_fn = NULL;
		fn(flush_arg);
	}
	if (flush_delay_us != 0)
		(void)usleep((x >> 8) % flush_delay_us);
}

/* ------------------------------------------------------- calls without a trace */

#define WRAP(call, refused, type, name, params, args)                          \
	type __real_##name params;                                             \
	type __wrap_##name params;                                             \
	type __wrap_##name params                                              \
	{                                                                      \
		return shim_verdict(call) == SHIM_REFUSE ? (type)(refused)     \
							 : __real_##name args; \
	}

WRAP(SHIM_STAT, -1, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(SHIM_STAT, -1, int, stat, (const char *path, struct stat *st), (path, st))
WRAP(SHIM_STAT, -1, int, lstat, (const char *path, struct stat *st), (path, st))
WRAP(SHIM_STAT, -1, int, fstatat, (int fd, const char *path, struct stat *st, int flags),
    (fd, path, st, flags))
WRAP(SHIM_STAT, -1, int, fstatfs, (int fd, struct statfs *st), (fd, st))
WRAP(SHIM_STAT, -1, off_t, lseek, (int fd, off_t at, int whence), (fd, at, whence))
WRAP(SHIM_LOCK, -1, int, flock, (int fd, int op), (fd, op))
WRAP(SHIM_MEMORY, NULL, void *, malloc, (size_t n), (n))
WRAP(SHIM_MEMORY, NULL, void *, calloc, (size_t n, size_t size), (n, size))
WRAP(SHIM_MEMORY, NULL, void *, realloc, (void *p, size_t n), (p, n))
WRAP(SHIM_MEMORY, NULL, void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(SHIM_MEMORY, NULL, void *, aligned_alloc, (size_t align, size_t n), (align, n))
WRAP(SHIM_MEMORY, NULL, char *, strdup, (const char *s), (s))
WRAP(SHIM_RANDOM, -1, ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))
WRAP(SHIM_MAP, MAP_FAILED, void *, mmap,
    (void *p, size_t n, int prot, int flags, int fd, off_t at), (p, n, prot, flags, fd, at))

int __real_fcntl(int fd, int op, ...);
int __wrap_fcntl(int fd, int op, ...);
int
__wrap_fcntl(int fd, int op, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, op);
	arg = va_arg(ap, void *);
	va_end(ap);
	/* Giving a lock back needs nothing that could be missing. */
	if ((op == F_OFD_SETLK || op == F_SETLK) && ((struct flock *)arg)->l_type == F_UNLCK)
		return __real_fcntl(fd, op, arg);
	return shim_verdict(SHIM_LOCK) == SHIM_REFUSE ? -1 : __real_fcntl(fd, op, arg);
}

int __real_close(int fd);
int __wrap_close(int fd);
int
__wrap_close(int fd)
{
	int r = __real_close(fd);

	/* Linux gives the descriptor back whatever close() says. */
	return shim_verdict(SHIM_CLOSE) == SHIM_REFUSE ? -1 : r;
}

ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t
__wrap_read(int fd, void *p, size_t n)
{
	enum shim_verdict v = shim_verdict(SHIM_READ);

	if (v == SHIM_REFUSE)
		return -1;
	return __real_read(fd, p, v == SHIM_PART && n > 1 ? n / 2 : n);
}

ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
ssize_t
__wrap_pread(int fd, void *p, size_t n, off_t at)
{
	enum shim_verdict v = shim_verdict(SHIM_READ);

	if (v == SHIM_REFUSE)
		return -1;
	return __real_pread(fd, p, v == SHIM_PART && n > 1 ? n / 2 : n, at);
}

/* _FORTIFY_SOURCE renames the two where it cannot prove the size. */
ssize_t __wrap___read_chk(int fd, void *p, size_t n, size_t room);
ssize_t
__wrap___read_chk(int fd, void *p, size_t n, size_t room)
{
	if (n > room)
		abort();
	return __wrap_read(fd, p, n);
}

ssize_t __wrap___pread_chk(int fd, void *p, size_t n, off_t at, size_t room);
ssize_t
__wrap___pread_chk(int fd, void *p, size_t n, off_t at, size_t room)
{
	if (n > room)
		abort();
	return __wrap_pread(fd, p, n, at);
}

int __real_host_boot_id(uint8_t ret_id[HOST_BOOT_ID_BYTES]);
int __wrap_host_boot_id(uint8_t ret_id[HOST_BOOT_ID_BYTES]);
int
__wrap_host_boot_id(uint8_t ret_id[HOST_BOOT_ID_BYTES])
{
	if (fake_boot == 0)
		return __real_host_boot_id(ret_id);
	memset(ret_id, fake_boot, HOST_BOOT_ID_BYTES);
	return 0;
}
