/*
 * robust.h - a lock that processes share and that outlives its holder
 *
 * Purpose    A mutex in shared memory.  When its holder is killed the next one gets it, and is
 *            told: EOWNERDEAD.  It repairs what the lock guards and then says
 *            pthread_mutex_consistent().
 * Source     pthread_mutexattr_setrobust(3), pthread_mutex_clocklock(3).
 * Errors     Positive error numbers, like the functions of pthread.h.
 * Note       The memory must stay mapped as long as the process uses it: the kernel walks the
 *            list of held locks when a process dies (glibc bug 14485).
 */
#ifndef CORE_ROBUST_H
#define CORE_ROBUST_H

#include <pthread.h>

/* In memory of zeros that nobody else uses yet. */
int robust_init(pthread_mutex_t *mutex);

/* 0, EOWNERDEAD (locked too), ETIMEDOUT, ENOTRECOVERABLE.  The clock does not step. */
int robust_lock(pthread_mutex_t *mutex, int timeout_ms);

#endif
