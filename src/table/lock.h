/*
 * lock.h - the writers' lock
 *
 * Purpose    One robust mutex for all changes.  Whoever gets it from a dead owner repairs what
 *            was begun before the lock is declared good.  Waiting is bounded on a clock that
 *            does not step: a stopped owner delays writers, never readers, never forever.
 *            It is not fair: who waits is woken, and may find that somebody else was faster.
 * Source     pthread_mutexattr_setrobust(3), pthread_mutex_clocklock(3).
 */
#ifndef TABLE_LOCK_H
#define TABLE_LOCK_H

#include "table/mapping.h"

#define LOCK_WRITER_MS 2000
#define LOCK_READER_MS 50 /* a look-up that has run out of its lock-free attempts */

/* Make the mutex in a fresh file. */
int tbl_lock_init(struct tbl_control *control);

/*
 * 0; -ETIMEDOUT: others had it all the time; negative: it cannot be had, or what a dead owner left
 * cannot be repaired now.
 */
int tbl_lock_take(struct table *table, int timeout_ms);
void tbl_lock_release(struct table *table);

#endif
