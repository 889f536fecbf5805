/* geometry.c - see geometry.h */
#include "shm/geometry.h"

#define FIRST_BUCKETS    8
#define BUCKETS_PER_PAGE (FORMAT_PAGE_BYTES / sizeof(struct bucket))

#define CHECK_FACTOR UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio */

void
geometry_fill(struct geometry ret_regions[GEOMETRY_REGIONS])
{
	uint64_t offset = (uint64_t)FORMAT_REGIONS_OFFSET, n = FIRST_BUCKETS;

	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		ret_regions[i].offset = offset;
		ret_regions[i].n_buckets = n;
		offset += geometry_bytes(&ret_regions[i]);
		/* Half as much again, whole pages, so that giving one region back leaves the
		 * next one's pages alone. */
		n += n / 2;
		n += (BUCKETS_PER_PAGE - n % BUCKETS_PER_PAGE) % BUCKETS_PER_PAGE;
	}
}

/* 16 bits that depend on all others: a descriptor hit by chance is noticed, not followed. */
static uint64_t
check_of(uint64_t word)
{
	return ((word ^ CHECK_FACTOR) * CHECK_FACTOR) >> 48;
}

uint64_t
geometry_pack(const struct descriptor *d)
{
	uint64_t word = (uint64_t)d->generation << 32 | (uint64_t)d->region << 24 |
			(uint64_t)d->is_growing << 16;

	return word | check_of(word);
}

bool
geometry_unpack(uint64_t word, struct descriptor *ret_d)
{
	uint64_t body = word & ~UINT64_C(0xffff);
	unsigned region = (unsigned)(word >> 24 & 0xff),
		 growing = (unsigned)(word >> 16 & 0xff);

	if (check_of(body) != (word & 0xffff) || growing > 1 ||
	    region + growing >= GEOMETRY_REGIONS)
		return false;
	ret_d->generation = (uint32_t)(word >> 32);
	ret_d->region = region;
	ret_d->is_growing = growing == 1;
	return true;
}
