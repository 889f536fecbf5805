/*
 * placement.h - a place for a new entry, and places that need not be kept
 *
 * Purpose    Choosing the slot of an entry that comes; freeing slots whose entry has expired
 *            or makes no sense.  Expiry is a predicate: an expired entry is never found, and
 *            its slot is as good as free.  Sweeping only stops old user ids from lying about,
 *            and keeps the counts honest.
 * Calling    Everything with the lock held.
 */
#ifndef TABLE_PLACEMENT_H
#define TABLE_PLACEMENT_H

#include <stdint.h>

#include "table/entry.h"
#include "table/mapping.h"

/*
 * A free slot for tag, or PLACE_NOWHERE.  When both buckets are full an entry of theirs makes
 * room: it goes to its own other bucket.  That is a change, so the view's generation may move.
 */
uint64_t tbl_placement_find(
    struct table *table, struct tbl_view *view, const uint64_t tag[2], int64_t now_ms);

/* The same for an entry on its way from the old area to the new one. */
uint64_t tbl_placement_find_next(
    struct table *table, struct tbl_view *view, const uint64_t tag[2], int64_t now_ms);

/* Prints of a bucket that have been hit by chance. */
void tbl_placement_repair(struct table *table, struct tbl_bucket *bucket);

/* Free what has expired or is damaged in one bucket of an area, and repair its fingerprints. */
void tbl_placement_sweep_bucket(struct table *table, struct tbl_view *view,
    const struct tbl_area *area, uint64_t bucket, int64_t now_ms);

/* The clock hand: the same for the next n buckets. */
void tbl_placement_sweep(
    struct table *table, struct tbl_view *view, uint64_t n_buckets, int64_t now_ms);

/* Counters change with the lock held only, so a plain addition will do. */
void tbl_placement_count(_Atomic uint64_t *counter);

#endif
