/*
 * growth.h - from one region to the next, a few buckets at a time
 *
 * Purpose    When 72 in 100 slots of a region are used its entries move to the next one, in the
 *            order of their buckets, chunk by chunk: storage for a chunk is taken, the
 *            descriptor says that it is on its way, whoever changes the table moves some of
 *            it, and what it leaves is given back.  So there are never many more buckets than
 *            entries need, and no operation waits for more than a bounded part of that.
 * Calling    tbl_growth_step() with the lock held, tbl_growth_give_back() without.
 */
#ifndef TABLE_GROWTH_H
#define TABLE_GROWTH_H

#include <stdbool.h>
#include <stdint.h>

#include "table/mapping.h"

#define GROWTH_BUCKETS_PER_CHANGE 8

enum {
	GROWTH_IDLE = 1, /* nothing to do */
};

/*
 * Some work: move up to n buckets, allocate some storage, go on to the next chunk.
 * must_grow: begin although there are few entries.  0 and the view brought up to date;
 * GROWTH_IDLE; -ENOSPC: disk full, last region, or stuck; other negative errno.
 */
int tbl_growth_step(struct table *table, struct tbl_view *view, uint64_t n_buckets,
    bool must_grow, int64_t now_ms);

/* While growing: buckets of the old area up to this one have moved, as far as is known. */
uint64_t tbl_growth_moved(const struct table *table, const struct tbl_view *view);

/* Give storage that has been left back, at most n bytes; true: there is more. */
bool tbl_growth_give_back(struct table *table, uint64_t n_bytes);

#endif
