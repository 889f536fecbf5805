/*
 * lock.h - one writer at a time, over all processes, whatever happens to it
 *
 * Purpose    Two locks in a row.  The mutex in the control block makes those who want to
 *            write wait asleep and for a bounded time.  The lock of the open file behind it is
 *            the truth: the kernel keeps it, drops it when its holder dies, and it does not
 *            depend on numbers of threads that two containers may both have.
 * Source     fcntl(2), "Open file description locks": they belong to the open file, not to the
 *            process, so closing another descriptor does not drop them, and a child shares
 *            them.  A child is therefore given an open file of its own at its first lock.
 * Errors     Negative errno; -ETIMEDOUT: another holds the lock too long.
 * Threads    A struct lock is used by one thread at a time; others use another one.
 */
#ifndef STORE_LOCK_H
#define STORE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/control.h"

struct lock {
	int fd;    /* -1: not open */
	pid_t pid; /* who opened it */
};

#define LOCK_NULL ((struct lock){ .fd = -1 })

/* Bytes of the lock file, one for each use.  Only numbers: they are not read or written. */
enum lock_range {
	LOCK_APPEND,   /* held by the writer */
	LOCK_PRESENCE, /* shared by everybody who has the journal open */
	LOCK_COMPACT,  /* held by who writes a new file */
};

/* Open the lock file once more in this process. */
int lock_open(
    struct lock *lock, int dir_fd, const char *dir_path, const char *name, struct err *err);
void lock_close(struct lock *lock);

/* Without waiting: 0, -EAGAIN, or another error. */
int lock_try(struct lock *lock, enum lock_range range, bool is_shared);

/* lock_try(), exclusive, again and again until the time is over: -ETIMEDOUT. */
int lock_poll(struct lock *lock, enum lock_range range, int timeout_ms);

/* Does anybody hold it, in whatever way, this open file left out? */
bool lock_is_held(const struct lock *lock, enum lock_range range);

void lock_drop(struct lock *lock, enum lock_range range);

/* The append lock: first the mutex, then the range. */
int lock_append(struct lock *lock, struct control *control, int timeout_ms);
void lock_append_drop(struct lock *lock, struct control *control);

#endif
