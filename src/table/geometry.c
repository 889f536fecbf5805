/* geometry.c - see geometry.h */
#include "table/geometry.h"

#include "table/sealed.h"

#define FIRST_BUCKETS    8
#define BUCKETS_PER_PAGE (FORMAT_PAGE_BYTES / sizeof(struct tbl_bucket))

/* Whole pages, so that giving one part back leaves its neighbours' pages alone. */
static uint64_t
round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void
tbl_geometry_fill(struct tbl_geometry ret_regions[GEOMETRY_REGIONS])
{
	uint64_t offset = (uint64_t)FORMAT_REGIONS_OFFSET, n = FIRST_BUCKETS;

	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		ret_regions[i].offset = offset;
		ret_regions[i].n_buckets = n;
		ret_regions[i].n_chunk = round_up(
		    (n + GEOMETRY_CHUNKS_MAX - 1) / GEOMETRY_CHUNKS_MAX, BUCKETS_PER_PAGE);
		offset += tbl_geometry_bytes(&ret_regions[i]);
		n = round_up(n + n / 3, BUCKETS_PER_PAGE);
	}
}

uint64_t
tbl_geometry_owned_bytes(const struct tbl_geometry *region)
{
	return round_up(region->n_buckets * sizeof(uint64_t), FORMAT_PAGE_BYTES);
}

/* ---------------------------------------------------------------------- the descriptor */

uint64_t
tbl_geometry_pack(const struct tbl_descriptor *d)
{
	return tbl_sealed_pack(
	    (uint64_t)d->generation << 16 | (uint64_t)d->region << 8 | d->cursor);
}

bool
tbl_geometry_unpack(const struct tbl_geometry regions[GEOMETRY_REGIONS], uint64_t word,
    struct tbl_descriptor *ret_d)
{
	struct tbl_descriptor d;
	uint64_t value;

	if (!tbl_sealed_unpack(word, &value))
		return false;
	d = (struct tbl_descriptor){
		.generation = (uint32_t)(value >> 16),
		.region = (unsigned)(value >> 8 & 0xff),
		.cursor = (unsigned)(value & 0xff),
	};
	if (tbl_geometry_newest(&d) >= GEOMETRY_REGIONS ||
	    d.cursor > tbl_geometry_last_cursor(&regions[d.region]))
		return false;
	*ret_d = d;
	return true;
}

unsigned
tbl_geometry_last_cursor(const struct tbl_geometry *region)
{
	return (unsigned)((region->n_buckets + region->n_chunk - 1) / region->n_chunk);
}

uint64_t
tbl_geometry_left(const struct tbl_geometry *old, unsigned cursor)
{
	return cursor == 0 ? 0 : (cursor - 1) * old->n_chunk;
}

uint64_t
tbl_geometry_begun(const struct tbl_geometry *old, unsigned cursor)
{
	return least(cursor * old->n_chunk, old->n_buckets);
}

/*
 * tbl_entry_scale() is monotone, so what lies below a bucket of the old region lies below the
 * same fraction of the new one.  The bucket that this fraction falls into belongs to it too.
 */
uint64_t
tbl_geometry_taken(
    const struct tbl_geometry *old, const struct tbl_geometry *next, unsigned cursor)
{
	uint64_t n = tbl_geometry_begun(old, cursor);

	if (n == 0)
		return 0;
	return least(round_up(n * next->n_buckets / old->n_buckets + 1, BUCKETS_PER_PAGE),
	    next->n_buckets);
}
