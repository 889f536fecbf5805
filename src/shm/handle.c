/* handle.c - see handle.h */
#include "shm/handle.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shm/step.h"

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
lead_of(const struct geometry *g)
{
	return g->offset & ((uint64_t)sysconf(_SC_PAGESIZE) - 1);
}

/*
 * Map region i.  Once per process and region: 40 times in the life of a table that grows to
 * its limit.  The file must reach to the region's end, or else touching it would be SIGBUS.
 */
static int
map_region(struct table *t, unsigned i, struct bucket **ret_buckets)
{
	const struct geometry *g = &t->regions[i];
	uint64_t lead = lead_of(g);
	size_t n = (size_t)(geometry_bytes(g) + lead);
	struct bucket *expected = NULL, *buckets;
	struct stat st;
	uint8_t *p;

	if (fstat(t->fd, &st) == -1)
		return -errno;
	if ((uint64_t)st.st_size < g->offset + geometry_bytes(g))
		return -EBADMSG;
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, t->fd,
	    (off_t)(g->offset - lead));
	if (p == MAP_FAILED)
		return -errno;
	/* User ids do not belong in core files. */
	(void)madvise(p, n, MADV_DONTDUMP);
	buckets = (struct bucket *)(void *)(p + lead);
	if (!atomic_compare_exchange_strong(&t->buckets[i], &expected, buckets)) {
		/* Another thread was faster. */
		(void)munmap(p, n);
		buckets = expected;
	}
	*ret_buckets = buckets;
	return 0;
}

void
handle_unmap(struct table *t)
{
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		uint8_t *p = (uint8_t *)WORD_LOAD(&t->buckets[i]);
		uint64_t lead = lead_of(&t->regions[i]);

		if (p != NULL)
			(void)munmap(p - lead, (size_t)(geometry_bytes(&t->regions[i]) + lead));
	}
}

static inline int
find_area(struct table *t, unsigned region, struct area *ret_area)
{
	struct bucket *buckets = WORD_LOAD(&t->buckets[region]);
	int r;

	if (__builtin_expect(buckets == NULL, 0) && (r = map_region(t, region, &buckets)) != 0)
		return r;
	ret_area->buckets = buckets;
	ret_area->n_buckets = t->regions[region].n_buckets;
	ret_area->region = region;
	return 0;
}

int
handle_view(struct table *t, uint64_t word, struct view *ret_view)
{
	int r;

	if (!geometry_unpack(word, &ret_view->d))
		return -EBADMSG;
	if ((r = find_area(t, ret_view->d.region, &ret_view->areas[0])) != 0)
		return r;
	ret_view->n_areas = 1;
	if (ret_view->d.is_growing) {
		if ((r = find_area(t, ret_view->d.region + 1, &ret_view->areas[1])) != 0)
			return r;
		ret_view->n_areas = 2;
	}
	return 0;
}

struct bucket *
handle_bucket(const struct view *view, uint64_t place)
{
	for (unsigned i = 0; i < view->n_areas; i++) {
		const struct area *a = &view->areas[i];

		if (place_region(place) == a->region && place_bucket(place) < a->n_buckets &&
		    place_slot(place) < BUCKET_SLOTS)
			return &a->buckets[place_bucket(place)];
	}
	return NULL;
}
