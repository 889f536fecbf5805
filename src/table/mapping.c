/* mapping.c - see mapping.h */
#include "table/mapping.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table/step.h"

#ifdef TABLE_HOOKS
void (*table_step_hook)(const char *name);

void
table_step(const char *name)
{
	if (table_step_hook != NULL)
		table_step_hook(name);
}
#endif

/* Pages may be larger than ours: a mapping begins this many bytes before its region. */
static uint64_t
lead_of(const struct tbl_geometry *g)
{
	return g->offset & ((uint64_t)sysconf(_SC_PAGESIZE) - 1);
}

/*
 * Map region i.  Once per process and region: 40 times in the life of a table that grows to
 * its limit.  The file must reach to the region's end, or else touching it would be SIGBUS.
 */
static int
map_region(struct table *t, unsigned i, struct tbl_bucket **ret_buckets)
{
	const struct tbl_geometry *g = &t->regions[i];
	uint64_t lead = lead_of(g);
	size_t n = (size_t)(tbl_geometry_bytes(g) + lead);
	struct tbl_bucket *expected = NULL, *buckets;
	struct stat st;
	uint8_t *p;

	if (fstat(t->fd, &st) == -1)
		return -errno;
	if ((uint64_t)st.st_size < g->offset + tbl_geometry_bytes(g))
		return -EBADMSG;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, t->fd,
	    (off_t)(g->offset - lead));
	if (p == MAP_FAILED)
		return -errno;
	/* User ids do not belong in core files. */
	(void)madvise(p, n, MADV_DONTDUMP);
	buckets = (struct tbl_bucket *)(void *)(p + lead);
	if (!atomic_compare_exchange_strong(&t->buckets[i], &expected, buckets)) {
		/* Another thread was faster. */
		(void)munmap(p, n);
		buckets = expected;
	}
	*ret_buckets = buckets;
	return 0;
}

void
tbl_mapping_unmap(struct table *t)
{
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		uint8_t *p = (uint8_t *)WORD_LOAD(&t->buckets[i]);
		uint64_t lead = lead_of(&t->regions[i]);

		if (p != NULL)
			(void)munmap(
			    p - lead, (size_t)(tbl_geometry_bytes(&t->regions[i]) + lead));
	}
}

static inline int
find_area(struct table *t, unsigned region, struct tbl_area *ret_area)
{
	struct tbl_bucket *buckets = WORD_LOAD(&t->buckets[region]);
	uint64_t n = t->regions[region].n_buckets;
	int r;

	if (__builtin_expect(buckets == NULL, 0) && (r = map_region(t, region, &buckets)) != 0)
		return r;
	*ret_area = (struct tbl_area){
		.buckets = buckets,
		.owned = (_Atomic uint64_t *)(void *)(buckets + n),
		.n_buckets = n,
		.end = n,
		.region = region,
	};
	return 0;
}

int
tbl_mapping_view(struct table *t, uint64_t word, struct tbl_view *ret_view)
{
	struct tbl_view view = { .n_areas = 1 };
	const struct tbl_geometry *old;
	int r;

	if (!tbl_geometry_unpack(t->regions, word, &view.d))
		return -EBADMSG;
	if ((r = find_area(t, view.d.region, &view.areas[0])) != 0)
		return r;
	if (view.d.cursor != 0) {
		if ((r = find_area(t, view.d.region + 1, &view.areas[1])) != 0)
			return r;
		view.n_areas = 2;
		old = &t->regions[view.d.region];
		view.n_begun = tbl_geometry_begun(old, view.d.cursor);
		view.areas[0].first = tbl_geometry_left(old, view.d.cursor);
		view.areas[1].end = tbl_geometry_taken(old, old + 1, view.d.cursor);
	}
	*ret_view = view;
	return 0;
}

/* The area of a place; NULL: it is in none. */
static const struct tbl_area *
area_of(const struct tbl_view *view, uint64_t place)
{
	for (unsigned i = 0; i < view->n_areas; i++)
		if (tbl_place_region(place) == view->areas[i].region)
			return &view->areas[i];
	return NULL;
}

struct tbl_bucket *
tbl_mapping_bucket(const struct tbl_view *view, uint64_t place)
{
	const struct tbl_area *a = area_of(view, place);

	if (a == NULL || tbl_place_bucket(place) < a->first ||
	    tbl_place_bucket(place) >= a->end || tbl_place_slot(place) >= BUCKET_SLOTS)
		return NULL;
	return &a->buckets[tbl_place_bucket(place)];
}

_Atomic uint64_t *
tbl_mapping_owned(const struct tbl_view *view, uint64_t place)
{
	const struct tbl_area *a = area_of(view, place);

	return a != NULL && tbl_place_bucket(place) < a->n_buckets
		   ? &a->owned[tbl_place_bucket(place)]
		   : NULL;
}
