/* scan.c - see scan.h */
#include "shm/scan.h"

#include "shm/bucket.h"
#include "shm/lock.h"
#include "shm/reader.h"

/* How far a step goes when it finds little: 100 us of reading. */
#define BUCKETS_PER_STEP 8192
#define ALL_SLOTS        (7 * BUCKET_LANES)

void
scan_begin(struct scan *scan, const struct table *t, const uint64_t owner[2])
{
	*scan = (struct scan){ .owner = owner };
	if (owner != NULL)
		scan->owner_print = entry_owner_print(entry_owner_hash(owner, t->salt));
}

static bool
is_wanted(const struct scan *scan, const struct entry_words *w)
{
	return scan->owner == NULL ||
	       (w->owner[0] == scan->owner[0] && w->owner[1] == scan->owner[1]);
}

static unsigned
read_bucket(const struct scan *scan, const struct bucket *b, struct entry_words *ret_entries)
{
	uint64_t set =
	    scan->owner != NULL ? bucket_match_owner(b, scan->owner_print) : ALL_SLOTS;
	unsigned n = 0;

	for (; set != 0; set &= set - 1)
		if (bucket_read(b, bucket_set_first(set), &ret_entries[n]) &&
		    is_wanted(scan, &ret_entries[n]))
			n++;
	return n;
}

/* Begin, or begin anew when the areas are other ones than those of the step before. */
static void
check_areas(struct scan *scan, const struct descriptor *d)
{
	scan->is_restarted = false;
	if (scan->is_begun && scan->region == d->region && scan->is_growing == d->is_growing)
		return;
	scan->is_restarted = scan->is_begun;
	scan->is_begun = true;
	scan->region = d->region;
	scan->is_growing = d->is_growing;
	scan->area = 0;
	scan->bucket = 0;
}

/* Has the table begun or ended to grow while the last step was reading? */
static bool
is_same_areas(struct table *t, const struct scan *scan)
{
	struct descriptor d;

	return geometry_unpack(WORD_LOAD(&t->control->descriptor), &d) &&
	       d.region == scan->region && d.is_growing == scan->is_growing;
}

static int
step(struct table *t, struct scan *scan, struct entry_words *ret_entries, unsigned *ret_n)
{
	unsigned n = 0;
	struct view view;
	int r = handle_view(t, WORD_LOAD(&t->control->descriptor), &view);

	if (r != 0)
		return r;
	check_areas(scan, &view.d);
	for (unsigned i = 0;
	     i < BUCKETS_PER_STEP && scan->area < view.n_areas && n + BUCKET_SLOTS <= SCAN_MAX;
	     i++) {
		const struct area *a = &view.areas[scan->area];

		n += read_bucket(scan, &a->buckets[scan->bucket], &ret_entries[n]);
		if (++scan->bucket < a->n_buckets)
			continue;
		scan->bucket = 0;
		scan->area++;
	}
	/* If not, the next step begins anew. */
	scan->is_done = scan->area == view.n_areas && is_same_areas(t, scan);
	*ret_n = n;
	return 0;
}

int
scan_step(struct table *t, struct scan *scan, struct entry_words ret_entries[SCAN_MAX],
    unsigned *ret_n)
{
	struct reader *line = scan->has_lock ? NULL : reader_enter(t);
	bool needs_lock = line == NULL && !scan->has_lock;
	int r;

	if (needs_lock && (r = lock_take(t, LOCK_READER_MS)) != 0)
		return r;
	r = step(t, scan, ret_entries, ret_n);
	if (line != NULL)
		reader_leave(line);
	if (needs_lock)
		lock_release(t);
	return r;
}
