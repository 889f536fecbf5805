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
 * Threads    A struct jrn_lock is used by one thread at a time; others use another one.
 */
#ifndef JOURNAL_LOCK_H
#define JOURNAL_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "journal/control.h"

struct jrn_lock {
	int fd;    /* -1: not open */
	pid_t pid; /* who opened it */
};

#define LOCK_NULL ((struct jrn_lock){ .fd = -1 })

/* Bytes of the lock file, one for each use.  Only numbers: they are not read or written. */
enum jrn_lock_range {
	LOCK_APPEND,   /* held by the writer */
	LOCK_PRESENCE, /* shared by everybody who has the journal open */
	LOCK_COMPACT,  /* held by who writes a new file */
};

/* Open the lock file once more in this process. */
int jrn_lock_open(
    struct jrn_lock *lock, int dir_fd, const char *dir_path, const char *name, struct err *err);
void jrn_lock_close(struct jrn_lock *lock);

/* Without waiting: 0, -EAGAIN, or another error. */
int jrn_lock_try(struct jrn_lock *lock, enum jrn_lock_range range, bool is_shared);

/* jrn_lock_try(), exclusive, again and again until the time is over: -ETIMEDOUT. */
int jrn_lock_poll(struct jrn_lock *lock, enum jrn_lock_range range, int timeout_ms);

/* Does anybody hold it, in whatever way, this open file left out? */
bool jrn_lock_is_held(const struct jrn_lock *lock, enum jrn_lock_range range);

void jrn_lock_drop(struct jrn_lock *lock, enum jrn_lock_range range);

/* The append lock: first the mutex, then the range. */
int jrn_lock_append(struct jrn_lock *lock, struct jrn_control *control, int timeout_ms);
void jrn_lock_append_drop(struct jrn_lock *lock, struct jrn_control *control);

#endif
