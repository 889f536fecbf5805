/*
 * growth.h - from one region to the next, a few buckets at a time
 *
 * Purpose    When a region is seven tenths full the next one is allocated piece by piece,
 *            published, filled from the old one by whoever changes the table, and then
 *            takes over.  No operation waits for more than a bounded piece of that.
 * Calling    growth_step() with the lock held, growth_give_back() without.
 */
#ifndef SHM_GROWTH_H
#define SHM_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"

#define GROWTH_BUCKETS_PER_CHANGE 8

enum {
	GROWTH_IDLE = 1, /* nothing to do */
};

/*
 * A piece of work: move up to n buckets, or allocate a piece of the next region, or
 * publish it.  must_grow: begin although there are few entries.  0 and the view brought up to
 * date; GROWTH_IDLE; -ENOSPC: disk full, last region, or stuck; other negative errno.
 */
int growth_step(
    struct table *table, struct view *view, uint64_t n_buckets, bool must_grow, int64_t now_ms);

/* Give storage of abandoned regions back, at most n bytes; true: there is more. */
bool growth_give_back(struct table *table, uint64_t n_bytes);

#endif
