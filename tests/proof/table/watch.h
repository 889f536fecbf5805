/*
 * watch.h - was it right to give up waiting for the table's lock
 *
 * Purpose    A thread that waits for a lock in vain must have had a reason: all the while somebody alive
 *            held it, or it went from one to the next and he came too late each time (a mutex is
 *            not fair; with more processes than processors that happens).  Giving up late,
 *            or because of a dead holder, or while the lock was free and nobody on his way
 *            to it, is a violation.
 * Calling    watch_init() before the first fork(); watch_as() in each process, with a number of
 *            its own.  The lock's functions are wrapped (local.mk), and judged by themselves.
 */
#ifndef PROOF_TABLE_WATCH_H
#define PROOF_TABLE_WATCH_H

#include <stdint.h>

#define WATCH_MAX 16

void watch_init(void);
void watch_as(unsigned number);

/* How often this process has had to wait for the lock. */
uint64_t watch_n_waits(void);

/* All these waits: how long it was told to wait at most, and how long it did. */
struct watch_sum {
	int64_t told_ms, waited_ns;
};

struct watch_sum watch_sum(void);

/*
 * How often it gave up although the lock went from hand to hand and the machine gave it its turns:
 * on a machine with enough processors that is rare.
 */
uint64_t watch_n_unlucky(void);

#endif
