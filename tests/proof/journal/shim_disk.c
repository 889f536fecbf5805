/* shim_disk.c - see shim.h: the calls that change the disk, recorded */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim_priv.h"
#include "trace.h"

/* The trace's own look at the files must neither fail nor be counted. */
int __real_fstat(int fd, struct stat *st);
int __real_fstatat(int fd, const char *path, struct stat *st, int flags);
off_t __real_lseek(int fd, off_t at, int whence);

/* --------------------------------------------------------------- whose file is it */

static uint32_t
inode_of(struct trace *trace, int fd)
{
	struct stat st;

	if (__real_fstat(fd, &st) == -1 || st.st_dev != trace->dev)
		return TRACE_NONE;
	return st.st_ino == trace->dir_ino ? TRACE_DIR : trace_inode_known(trace, st.st_ino);
}

/* The last component of path if it names something in our directory, else NULL. */
static const char *
name_in_dir(const struct trace *trace, int dir_fd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	struct stat st;

	if (slash == NULL)
		(void)snprintf(parent, sizeof(parent), ".");
	else
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path) + 1, path);
	if (__real_fstatat(dir_fd, parent, &st, 0) == -1 || st.st_dev != trace->dev ||
	    st.st_ino != trace->dir_ino)
		return NULL;
	return slash == NULL ? path : slash + 1;
}

static void
add_name(struct trace_names *names, const struct trace *trace, int dir_fd, const char *path)
{
	const char *name = name_in_dir(trace, dir_fd, path);
	struct stat st;

	if (name == NULL)
		return;
	(void)snprintf(names->e[names->n].name, TRACE_NAME_MAX, "%s", name);
	names->e[names->n].inode = __real_fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == -1
				       ? TRACE_NONE
				       : trace_inode_known(trace, st.st_ino);
	names->n++;
}

static void
record_names(struct trace *trace, int a_fd, const char *a, int b_fd, const char *b)
{
	struct trace_names names = { .n = 0 };

	if (a != NULL)
		add_name(&names, trace, a_fd, a);
	if (b != NULL)
		add_name(&names, trace, b_fd, b);
	if (names.n > 0)
		trace_add(trace, TRACE_NAME, TRACE_DIR, 0, 0, &names, sizeof(names));
}

/*
 * Linux tells a failed write-back once to every open file that was open then, and to none
 * that is opened later.  So many failures was each descriptor told of:
 */
#define FDS_MAX 1024
static uint32_t told[FDS_MAX];

static uint32_t
failures_of(const struct trace *trace, uint32_t inode)
{
	return inode < TRACE_NONE ? trace->inode[inode].n_failures : 0;
}

/* ------------------------------------------------------------------------ opening */

int __real_openat(int dir_fd, const char *path, int flags, ...);
int __wrap_openat(int dir_fd, const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);

static int
open_traced(struct trace *trace, int dir_fd, const char *path, int flags, mode_t mode)
{
	struct stat st;
	bool is_there, is_temporary = (flags & O_TMPFILE) == O_TMPFILE;
	int fd, saved;

	trace_lock(trace);
	is_there = __real_fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
	fd = __real_openat(dir_fd, path, flags, mode);
	saved = errno;
	if (fd != -1 && __real_fstat(fd, &st) == 0 && st.st_dev == trace->dev) {
		if (is_temporary) {
			(void)trace_inode_new(trace, st.st_ino);
		} else if ((flags & O_CREAT) != 0 && !is_there &&
			   name_in_dir(trace, dir_fd, path) != NULL) {
			(void)trace_inode_new(trace, st.st_ino);
			record_names(trace, dir_fd, path, AT_FDCWD, NULL);
		} else if ((flags & O_TRUNC) != 0 && inode_of(trace, fd) < TRACE_NONE) {
			trace_add(trace, TRACE_TRUNCATE, inode_of(trace, fd), 0, 0, NULL, 0);
		}
		if (fd < FDS_MAX)
			told[fd] = failures_of(trace, inode_of(trace, fd));
	}
	trace_unlock(trace);
	errno = saved;
	return fd;
}

int
__wrap_openat(int dir_fd, const char *path, int flags, ...)
{
	struct trace *trace = trace_current();
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (shim_verdict(SHIM_OPEN) == SHIM_REFUSE)
		return -1;
	return trace != NULL ? open_traced(trace, dir_fd, path, flags, mode)
			     : __real_openat(dir_fd, path, flags, mode);
}

int
__wrap_open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return __wrap_openat(AT_FDCWD, path, flags, mode);
}

/* ------------------------------------------------------------------------ writing */

ssize_t __real_pwritev(int fd, const struct iovec *iov, int n, off_t at);
ssize_t __real_writev(int fd, const struct iovec *iov, int n);
int __real_fcntl(int fd, int op, ...);

static void
record_write(struct trace *trace, uint32_t inode, off_t at, const struct iovec *iov, int n,
    size_t n_done)
{
	/* One entry a buffer: they follow each other, and a torn state may fall between. */
	for (int i = 0; i < n && n_done > 0; i++) {
		size_t here = iov[i].iov_len < n_done ? iov[i].iov_len : n_done;

		if (here > 0)
			trace_add(
			    trace, TRACE_WRITE, inode, (uint64_t)at, 0, iov[i].iov_base, here);
		at += (off_t)here;
		n_done -= here;
	}
}

/* at -1: where the descriptor stands. */
static ssize_t
write_any(int fd, const struct iovec *iov, int n, off_t at)
{
	enum shim_verdict v = shim_verdict(SHIM_WRITE);
	struct trace *trace = trace_current();
	struct iovec part = iov[0];
	uint32_t inode = TRACE_NONE;
	ssize_t r;
	int saved;

	if (v == SHIM_REFUSE)
		return -1;
	if (v != SHIM_PASS) {
		part.iov_len = part.iov_len > 1 ? part.iov_len / 2 : part.iov_len;
		iov = &part;
		n = 1;
	}
	if (trace != NULL) {
		struct stat st;

		trace_lock(trace);
		inode = inode_of(trace, fd);
		if (inode < TRACE_NONE && (__real_fcntl(fd, F_GETFL) & O_APPEND) != 0 &&
		    __real_fstat(fd, &st) == 0)
			at = st.st_size;
		else if (inode < TRACE_NONE && at == -1)
			at = __real_lseek(fd, 0, SEEK_CUR);
		if ((__real_fcntl(fd, F_GETFL) & O_APPEND) != 0)
			r = __real_writev(fd, iov, n);
		else
			r = at == -1 || inode >= TRACE_NONE ? __real_writev(fd, iov, n)
							    : __real_pwritev(fd, iov, n, at);
		saved = errno;
		if (r > 0 && inode < TRACE_NONE)
			record_write(trace, inode, at, iov, n, (size_t)r);
		trace_unlock(trace);
		errno = saved;
	} else {
		r = at == -1 ? __real_writev(fd, iov, n) : __real_pwritev(fd, iov, n, at);
	}
	if (v == SHIM_PART_AND_DIE)
		_exit(SHIM_DIED_STATUS);
	return r;
}

ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	struct iovec iov = { (void *)(uintptr_t)p, n };
	struct trace *trace = trace_current();
	ssize_t r = write_any(fd, &iov, 1, -1);

	/* write_any() used pwritev() where it had to know the place: move on as write() does.
	 */
	if (trace != NULL && r > 0 && (__real_fcntl(fd, F_GETFL) & O_APPEND) == 0 &&
	    inode_of(trace, fd) < TRACE_NONE)
		(void)__real_lseek(fd, r, SEEK_CUR);
	return r;
}

ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
ssize_t
__wrap_writev(int fd, const struct iovec *iov, int n)
{
	struct trace *trace = trace_current();
	ssize_t r = write_any(fd, iov, n, -1);

	if (trace != NULL && r > 0 && (__real_fcntl(fd, F_GETFL) & O_APPEND) == 0 &&
	    inode_of(trace, fd) < TRACE_NONE)
		(void)__real_lseek(fd, r, SEEK_CUR);
	return r;
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct iovec iov = { (void *)(uintptr_t)p, n };

	return write_any(fd, &iov, 1, at);
}

ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int n, off_t at);
ssize_t
__wrap_pwritev(int fd, const struct iovec *iov, int n, off_t at)
{
	return write_any(fd, iov, n, at);
}

/* ----------------------------------------------------------------------- flushing */

/* With the trace's lock held: does the flush of this descriptor end in a failure? */
static bool
is_to_fail(struct trace *trace, uint32_t inode, int fd, bool is_refused)
{
	if (inode >= TRACE_NONE || fd >= FDS_MAX)
		return is_refused;
	if (is_refused)
		trace->inode[inode].n_failures++;
	if (told[fd] == trace->inode[inode].n_failures)
		return false;
	told[fd] = trace->inode[inode].n_failures;
	return true;
}

static int
flush_traced(struct trace *trace, int fd, int (*real)(int), enum shim_verdict v, int error)
{
	uint32_t inode;
	uint64_t number = 0;
	int r;

	trace_lock(trace);
	if ((inode = inode_of(trace, fd)) != TRACE_NONE) {
		number = trace->n_syncs++;
		trace_add(trace, TRACE_SYNC_BEGIN, inode, number, 0, NULL, 0);
	}
	trace_unlock(trace);
	shim_wait_before_flush();
	/*
	 * Where the flush of a directory fails, file systems with a log stop altogether: nobody
	 * will be told that a later one worked.
	 */
	if (v == SHIM_REFUSE_AND_DIE && inode >= TRACE_NONE)
		_exit(SHIM_DIED_STATUS);
	r = v == SHIM_PASS && real(fd) == -1 ? -errno : 0;
	trace_lock(trace);
	if (is_to_fail(trace, inode, fd, v != SHIM_PASS))
		r = -error;
	if (inode != TRACE_NONE)
		trace_add(trace, TRACE_SYNC_END, inode, number, r, NULL, 0);
	trace_unlock(trace);
	if (v == SHIM_REFUSE_AND_DIE)
		_exit(SHIM_DIED_STATUS);
	errno = -r;
	return r == 0 ? 0 : -1;
}

static int
flush(int fd, int (*real)(int))
{
	enum shim_verdict v = shim_verdict(SHIM_FLUSH);
	int error = v == SHIM_REFUSE ? errno : EIO;
	struct trace *trace = trace_current();

	if (trace != NULL)
		return flush_traced(trace, fd, real, v, error);
	return v == SHIM_PASS ? real(fd) : -1;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int
__wrap_fsync(int fd)
{
	return flush(fd, __real_fsync);
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int
__wrap_fdatasync(int fd)
{
	return flush(fd, __real_fdatasync);
}

/* ---------------------------------------------------------------- length and names */

int __real_ftruncate(int fd, off_t n);
int __wrap_ftruncate(int fd, off_t n);
int
__wrap_ftruncate(int fd, off_t n)
{
	struct trace *trace = trace_current();
	uint32_t inode;
	int r, saved;

	if (shim_verdict(SHIM_TRUNCATE) == SHIM_REFUSE)
		return -1;
	if (trace == NULL)
		return __real_ftruncate(fd, n);
	trace_lock(trace);
	r = __real_ftruncate(fd, n);
	saved = errno;
	if (r == 0 && (inode = inode_of(trace, fd)) < TRACE_NONE)
		trace_add(trace, TRACE_TRUNCATE, inode, (uint64_t)n, 0, NULL, 0);
	trace_unlock(trace);
	errno = saved;
	return r;
}

int __real_fallocate(int fd, int mode, off_t at, off_t n);

static int
allocate_traced(int fd, int mode, off_t at, off_t n)
{
	struct trace *trace = trace_current();
	struct stat before, after;
	uint32_t inode;
	int r, saved;

	if (trace == NULL)
		return __real_fallocate(fd, mode, at, n);
	trace_lock(trace);
	(void)__real_fstat(fd, &before);
	r = __real_fallocate(fd, mode, at, n);
	saved = errno;
	if (r == 0 && __real_fstat(fd, &after) == 0 && after.st_size != before.st_size &&
	    (inode = inode_of(trace, fd)) < TRACE_NONE)
		trace_add(trace, TRACE_EXTEND, inode, (uint64_t)after.st_size, 0, NULL, 0);
	trace_unlock(trace);
	errno = saved;
	return r;
}

int __wrap_fallocate(int fd, int mode, off_t at, off_t n);
int
__wrap_fallocate(int fd, int mode, off_t at, off_t n)
{
	if (shim_verdict(SHIM_ALLOCATE) == SHIM_REFUSE)
		return -1;
	return allocate_traced(fd, mode, at, n);
}

int __wrap_posix_fallocate(int fd, off_t at, off_t n);
int
__wrap_posix_fallocate(int fd, off_t at, off_t n)
{
	if (shim_verdict(SHIM_ALLOCATE) == SHIM_REFUSE)
		return errno;
	return allocate_traced(fd, 0, at, n) == 0 ? 0 : errno;
}

#define NAMES_TRACED(done, a_fd, a, b_fd, b)           \
	struct trace *trace = trace_current();         \
	int r, saved;                                  \
	if (trace == NULL)                             \
		return done;                           \
	trace_lock(trace);                             \
	r = done;                                      \
	saved = errno;                                 \
	if (r == 0)                                    \
		record_names(trace, a_fd, a, b_fd, b); \
	trace_unlock(trace);                           \
	errno = saved;                                 \
	return r;

int __real_renameat2(int a_fd, const char *a, int b_fd, const char *b, unsigned flags);
int __wrap_renameat2(int a_fd, const char *a, int b_fd, const char *b, unsigned flags);
int
__wrap_renameat2(int a_fd, const char *a, int b_fd, const char *b, unsigned flags)
{
	if (shim_verdict(SHIM_RENAME) == SHIM_REFUSE)
		return -1;
	NAMES_TRACED(__real_renameat2(a_fd, a, b_fd, b, flags), a_fd, a, b_fd, b)
}

int __wrap_renameat(int a_fd, const char *a, int b_fd, const char *b);
int
__wrap_renameat(int a_fd, const char *a, int b_fd, const char *b)
{
	return __wrap_renameat2(a_fd, a, b_fd, b, 0);
}

int __wrap_rename(const char *a, const char *b);
int
__wrap_rename(const char *a, const char *b)
{
	return __wrap_renameat2(AT_FDCWD, a, AT_FDCWD, b, 0);
}

int __real_linkat(int a_fd, const char *a, int b_fd, const char *b, int flags);
int __wrap_linkat(int a_fd, const char *a, int b_fd, const char *b, int flags);
int
__wrap_linkat(int a_fd, const char *a, int b_fd, const char *b, int flags)
{
	if (shim_verdict(SHIM_RENAME) == SHIM_REFUSE)
		return -1;
	NAMES_TRACED(__real_linkat(a_fd, a, b_fd, b, flags), b_fd, b, AT_FDCWD, NULL)
}

int __real_unlinkat(int fd, const char *path, int flags);
int __wrap_unlinkat(int fd, const char *path, int flags);
int
__wrap_unlinkat(int fd, const char *path, int flags)
{
	if (shim_verdict(SHIM_UNLINK) == SHIM_REFUSE)
		return -1;
	NAMES_TRACED(__real_unlinkat(fd, path, flags), fd, path, AT_FDCWD, NULL)
}

int __wrap_unlink(const char *path);
int
__wrap_unlink(const char *path)
{
	return __wrap_unlinkat(AT_FDCWD, path, 0);
}
