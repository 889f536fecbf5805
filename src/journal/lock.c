/* lock.c - see lock.h */
#include "journal/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/robust.h"

#define NS_PER_MS   1000000L
#define POLL_MIN_NS 20000L
#define POLL_MAX_NS (2 * NS_PER_MS)

int
jrn_lock_open(
    struct jrn_lock *lock, int dir_fd, const char *dir_path, const char *name, struct err *err)
{
	int r = file_open(dir_fd, dir_path, name, O_RDWR | O_CREAT, 0600, &lock->fd, err);

	if (r == 0)
		lock->pid = getpid();
	return r;
}

void
jrn_lock_close(struct jrn_lock *lock)
{
	if (lock->fd != -1)
		(void)close(lock->fd);
	*lock = LOCK_NULL;
}

static int
set(struct jrn_lock *lock, enum jrn_lock_range range, short type)
{
	struct flock how = {
		.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)range, .l_len = 1
	};

	return fcntl(lock->fd, F_OFD_SETLK, &how) == -1 ? -errno : 0;
}

int
jrn_lock_try(struct jrn_lock *lock, enum jrn_lock_range range, bool is_shared)
{
	int r = set(lock, range, is_shared ? F_RDLCK : F_WRLCK);

	return r == -EACCES ? -EAGAIN : r;
}

bool
jrn_lock_is_held(const struct jrn_lock *lock, enum jrn_lock_range range)
{
	struct flock how = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)range, .l_len = 1
	};

	return fcntl(lock->fd, F_OFD_GETLK, &how) == 0 && how.l_type != F_UNLCK;
}

void
jrn_lock_drop(struct jrn_lock *lock, enum jrn_lock_range range)
{
	(void)set(lock, range, F_UNLCK);
}

static int64_t
deadline_in(int timeout_ms)
{
	return clock_steady_ns() + timeout_ms * NS_PER_MS;
}

static int
poll_until(struct jrn_lock *lock, enum jrn_lock_range range, int64_t deadline_ns)
{
	struct timespec pause = { 0, POLL_MIN_NS };
	int r;

	while ((r = jrn_lock_try(lock, range, false)) == -EAGAIN) {
		if (clock_steady_ns() >= deadline_ns)
			return -ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
		if (pause.tv_nsec < POLL_MAX_NS)
			pause.tv_nsec *= 2;
	}
	return r;
}

int
jrn_lock_poll(struct jrn_lock *lock, enum jrn_lock_range range, int timeout_ms)
{
	int64_t deadline_ns = deadline_in(timeout_ms);

	return poll_until(lock, range, deadline_ns);
}

int
jrn_lock_append(struct jrn_lock *lock, struct jrn_control *control, int timeout_ms)
{
	int64_t deadline_ns = deadline_in(timeout_ms);
	int r = robust_lock(&control->append_mutex, timeout_ms);

	/* Its owner died.  What it left in the block is finished by jrn_control_repair(). */
	if (r == EOWNERDEAD)
		r = pthread_mutex_consistent(&control->append_mutex);
	if (r != 0)
		return -r;
	/* Free as a rule, save while somebody opens the journal for the first time. */
	if ((r = poll_until(lock, LOCK_APPEND, deadline_ns)) != 0)
		(void)pthread_mutex_unlock(&control->append_mutex);
	return r;
}

void
jrn_lock_append_drop(struct jrn_lock *lock, struct jrn_control *control)
{
	jrn_lock_drop(lock, LOCK_APPEND);
	(void)pthread_mutex_unlock(&control->append_mutex);
}
