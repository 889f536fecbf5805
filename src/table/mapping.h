/*
 * mapping.h - one process's view of the mapped table
 *
 * Purpose    What the files of this folder share: struct table, and the view of the regions
 *            that a descriptor names.  Nothing outside src/table includes it, save tests.
 */
#ifndef TABLE_MAPPING_H
#define TABLE_MAPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "table/expired.h"
#include "table/format.h"
#include "table/geometry.h"
#include "table/table.h"

struct table {
	struct tbl_header *header; /* start of the mapping of header, control and readers */
	struct tbl_control *control;
	struct tbl_reader *readers;
	struct tbl_geometry regions[GEOMETRY_REGIONS];
	/* Mapped when first needed, unmapped by table_close() only. */
	_Atomic(struct tbl_bucket *) buckets[GEOMETRY_REGIONS];
	/* Holds this handle's number; the kernel wipes it in children (epoch.c). */
	_Atomic uint64_t *fork_mark;
	/* Generation 32 | pages 32: what had been left of the file when readers were last found to be
	 * behind (growth.c). */
	_Atomic uint64_t left_before;
	uint64_t salt;
	uint64_t max_entries;
	uint32_t max_per_owner;
	int fd;
	bool has_membarrier;
	struct tbl_expired expired;
};

/* A region, as far as it is in use. */
struct tbl_area {
	struct tbl_bucket *buckets;
	_Atomic uint64_t *owned; /* a counter for each bucket of the region */
	uint64_t n_buckets;      /* of the region: what tbl_entry_scale() goes by */
	uint64_t first, end;     /* only buckets first to end - 1 may be touched */
	unsigned region;
};

/* Where entries are now: one area, or while growing the old one and then the new one. */
struct tbl_view {
	struct tbl_descriptor d;
	uint64_t
	    n_begun; /* buckets of the old area below this one go, or have gone, to the new */
	unsigned n_areas;
	struct tbl_area areas[2];
};

/*
 * The view that descriptor word names.  0; -EBADMSG: no valid descriptor, or a region
 * beyond the end of the file; -ENOMEM: it cannot be mapped.
 */
int tbl_mapping_view(struct table *table, uint64_t word, struct tbl_view *ret_view);

/* table_close(): unmap all regions. */
void tbl_mapping_unmap(struct table *table);

/* The new area while growing, else the only one. */
static inline const struct tbl_area *
tbl_mapping_newest(const struct tbl_view *view)
{
	return &view->areas[view->n_areas - 1];
}

/* ------------------------------------------------------------------------- places */

/* A slot, or a bucket (slot 0), as one word: region 8 | bucket 48 | slot 8. */
#define PLACE_NOWHERE UINT64_MAX

static inline uint64_t
tbl_place_pack(unsigned region, uint64_t bucket, unsigned slot)
{
	return (uint64_t)region << 56 | bucket << 8 | slot;
}

static inline unsigned
tbl_place_region(uint64_t place)
{
	return (unsigned)(place >> 56);
}

static inline uint64_t
tbl_place_bucket(uint64_t place)
{
	return place >> 8 & ((UINT64_C(1) << 48) - 1);
}

static inline unsigned
tbl_place_slot(uint64_t place)
{
	return (unsigned)(place & 0xff);
}

/* The bucket of a place, or NULL when the view has no such slot. */
struct tbl_bucket *tbl_mapping_bucket(const struct tbl_view *view, uint64_t place);

/* The counter of a place (slot 0), or NULL when the view has no such bucket. */
_Atomic uint64_t *tbl_mapping_owned(const struct tbl_view *view, uint64_t place);

#endif
