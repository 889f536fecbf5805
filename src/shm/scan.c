/* scan.c - see scan.h */
#include "shm/scan.h"

#include "shm/bucket.h"
#include "shm/lock.h"
#include "shm/reader.h"

/* How far a step goes when it finds little: 100 us of reading. */
#define BUCKETS_PER_STEP 2048

void
scan_begin(struct scan *scan, const uint64_t owner[2])
{
	*scan = (struct scan){ .owner = owner };
}

static bool
is_wanted(const struct scan *scan, const struct slot *s)
{
	return scan->owner == NULL || (WORD_LOAD(&s->owner[0]) == scan->owner[0] &&
					  WORD_LOAD(&s->owner[1]) == scan->owner[1]);
}

static unsigned
read_bucket(const struct scan *scan, const struct bucket *b, struct entry_words *ret_entries)
{
	unsigned n = 0;

	/* Once before, which is quick, and once of what was read whole. */
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (is_wanted(scan, &b->slots[i]) && bucket_read(b, i, &ret_entries[n]) &&
		    (scan->owner == NULL || (ret_entries[n].owner[0] == scan->owner[0] &&
						ret_entries[n].owner[1] == scan->owner[1])))
			n++;
	return n;
}

/* Are these the areas of the steps before, and has nothing gone back in them? */
static bool
is_same_walk(struct table *t, const struct scan *scan, const struct descriptor *d)
{
	return scan->region == d->region && scan->is_growing == (d->front != 0) &&
	       scan->n_set_back == WORD_LOAD(&t->control->n_set_back);
}

/* Begin, or begin anew. */
static void
check_areas(struct table *t, struct scan *scan, const struct descriptor *d)
{
	scan->is_restarted = false;
	if (scan->is_begun && is_same_walk(t, scan, d))
		return;
	scan->is_restarted = scan->is_begun;
	scan->is_begun = true;
	scan->region = d->region;
	scan->is_growing = d->front != 0;
	scan->n_set_back = WORD_LOAD(&t->control->n_set_back);
	scan->area = 0;
	scan->bucket = 0;
}

/*
 * Has the walk been a whole one, up to now?  Another front means that the new area is longer
 * than it was: entries may have gone there from where the walk had been.
 */
static bool
is_whole(struct table *t, const struct scan *scan, const struct descriptor *before)
{
	struct descriptor d;

	return geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d) &&
	       is_same_walk(t, scan, &d) && d.front == before->front;
}

static int
step(struct table *t, struct scan *scan, struct entry_words *ret_entries, unsigned *ret_n)
{
	unsigned n = 0;
	struct view view;
	int r = handle_view(t, WORD_LOAD(&t->control->descriptor), &view);

	if (r != 0)
		return r;
	check_areas(t, scan, &view.d);
	for (unsigned i = 0; i < BUCKETS_PER_STEP && n + BUCKET_SLOTS <= SCAN_MAX; i++) {
		const struct area *a = &view.areas[scan->area];

		/* The front may have come by since the last step. */
		if (scan->bucket < a->first)
			scan->bucket = a->first;
		/* Every area has a bucket, and the new one is longer whenever the front is another. */
		n += read_bucket(scan, &a->buckets[scan->bucket++], &ret_entries[n]);
		if (scan->bucket < a->end)
			continue;
		if (scan->area + 1 == view.n_areas) {
			/* If not, the next step goes on from here, or begins anew. */
			scan->is_done = is_whole(t, scan, &view.d);
			break;
		}
		scan->bucket = 0;
		scan->area++;
	}
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
