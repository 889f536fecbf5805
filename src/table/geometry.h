/*
 * geometry.h - where each region of the table lies, and how large it is
 *
 * Purpose    Sizes and offsets are computed, never stored: a region's number says all, so
 *            there is nothing in the file that could be half-written, change or be forged.
 *            A region is its buckets, and after them a counter of 64 bits for each bucket.
 * Threads    Pure functions.
 */
#ifndef TABLE_GEOMETRY_H
#define TABLE_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "table/format.h"

#define GEOMETRY_REGIONS    60  /* the last one holds two thousand million entries */
#define GEOMETRY_CHUNKS_MAX 254 /* their number fits a byte, with two to spare */

struct tbl_geometry {
	uint64_t offset;    /* in the file, bytes: of the first bucket */
	uint64_t n_buckets; /* a multiple of what fits a page, as all numbers of buckets here */
	uint64_t n_chunk;   /* buckets that move together when the table leaves this region */
};

void tbl_geometry_fill(struct tbl_geometry ret_regions[GEOMETRY_REGIONS]);

/* Of the buckets alone: where, from the region's start, the counters begin. */
static inline uint64_t
tbl_geometry_bucket_bytes(const struct tbl_geometry *region)
{
	return region->n_buckets * sizeof(struct tbl_bucket);
}

/* Of the counters, in whole pages. */
uint64_t tbl_geometry_owned_bytes(const struct tbl_geometry *region);

/* Of all. */
static inline uint64_t
tbl_geometry_bytes(const struct tbl_geometry *region)
{
	return tbl_geometry_bucket_bytes(region) + tbl_geometry_owned_bytes(region);
}

/* Entries at which a region of n buckets is full enough to grow: 72 in 100 slots. */
static inline uint64_t
tbl_geometry_grow_at(uint64_t n_buckets)
{
	return n_buckets * BUCKET_SLOTS * 72 / 100;
}

/* ---------------------------------------------------------------------- the descriptor */

/* The descriptor word, taken apart. */
struct tbl_descriptor {
	uint32_t generation; /* moves when an entry may have moved against the probe order */
	unsigned region;     /* where entries are; while growing, where they go away from */
	/*
	 * Of the migration.  0: not growing; k: chunks below k - 1 of the region have moved to the
	 * next one, chunk k - 1 is on its way, the others have not begun.
	 */
	unsigned cursor;
};

uint64_t tbl_geometry_pack(const struct tbl_descriptor *d);

/* false: no descriptor this program ever wrote. */
bool tbl_geometry_unpack(const struct tbl_geometry regions[GEOMETRY_REGIONS], uint64_t word,
    struct tbl_descriptor *ret_d);

/* The region that takes new entries: the last one that is in use. */
static inline unsigned
tbl_geometry_newest(const struct tbl_descriptor *d)
{
	return d->region + (d->cursor != 0);
}

/* The cursor of the last chunk. */
unsigned tbl_geometry_last_cursor(const struct tbl_geometry *region);

/* Buckets of the old region below the chunk of this cursor: nothing is in them any more. */
uint64_t tbl_geometry_left(const struct tbl_geometry *old, unsigned cursor);

/* Buckets of the old region up to the end of that chunk. */
uint64_t tbl_geometry_begun(const struct tbl_geometry *old, unsigned cursor);

/*
 * Buckets of the next region, from its start, that entries of the first tbl_geometry_begun()
 * buckets can go to: these have storage while that cursor stands.
 */
uint64_t tbl_geometry_taken(
    const struct tbl_geometry *old, const struct tbl_geometry *next, unsigned cursor);

#endif
