/*
 * geometry.h - where each region of the table lies, and how large it is
 *
 * Purpose    Sizes and offsets are computed, never stored: a region's number says all, so
 *            there is nothing in the file that could be half-written, change or be forged.
 * Threads    Pure functions.
 */
#ifndef SHM_GEOMETRY_H
#define SHM_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/format.h"

#define GEOMETRY_REGIONS 44 /* the last one holds two thousand million entries */

struct geometry {
	uint64_t offset;    /* in the file, bytes */
	uint64_t n_buckets; /* a multiple of what fits a page */
};

void geometry_fill(struct geometry ret_regions[GEOMETRY_REGIONS]);

static inline uint64_t
geometry_bytes(const struct geometry *region)
{
	return region->n_buckets * sizeof(struct bucket);
}

/* Entries at which a region of n buckets is full enough to grow: 70 in 100 slots. */
static inline uint64_t
geometry_grow_at(uint64_t n_buckets)
{
	return n_buckets * BUCKET_SLOTS / 10 * 7;
}

/* The descriptor word, taken apart. */
struct descriptor {
	uint32_t
	    generation;  /* moves whenever an entry may have moved against the probe order */
	unsigned region; /* where entries are; while growing, where they go away from */
	bool is_growing; /* entries go to region + 1 */
};

uint64_t geometry_pack(const struct descriptor *d);

/* false: no descriptor this program ever wrote. */
bool geometry_unpack(uint64_t word, struct descriptor *ret_d);

#endif
