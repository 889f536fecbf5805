/* scan.c - see scan.h */
#include "table/scan.h"

#include "table/bucket.h"
#include "table/change.h"
#include "table/epoch.h"

/* How far a step goes when it finds little: 100 us of reading. */
#define BUCKETS_PER_STEP 2048

void
tbl_scan_begin(struct tbl_scan *scan, const uint64_t owner[2])
{
	*scan = (struct tbl_scan){ .owner = owner };
}

static bool
is_wanted(const struct tbl_scan *scan, const struct tbl_slot *s)
{
	return scan->owner == NULL || (WORD_LOAD(&s->owner[0]) == scan->owner[0] &&
					  WORD_LOAD(&s->owner[1]) == scan->owner[1]);
}

static unsigned
read_bucket(const struct tbl_scan *scan, const struct tbl_bucket *b,
    struct tbl_entry_words *ret_entries)
{
	unsigned n = 0;

	/* Once before, which is quick, and once of what was read whole. */
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (is_wanted(scan, &b->slots[i]) && tbl_bucket_read(b, i, &ret_entries[n]) &&
		    (scan->owner == NULL || (ret_entries[n].owner[0] == scan->owner[0] &&
						ret_entries[n].owner[1] == scan->owner[1])))
			n++;
	return n;
}

/* Are these the areas of the steps before, and has nothing gone back in them? */
static bool
is_same_walk(struct table *t, const struct tbl_scan *scan, const struct tbl_descriptor *d)
{
	return scan->region == d->region && scan->is_growing == (d->cursor != 0) &&
	       scan->n_displaced == WORD_LOAD(&t->control->n_displaced);
}

/* Start, or restart. */
static void
check_areas(struct table *t, struct tbl_scan *scan, const struct tbl_descriptor *d)
{
	scan->is_restarted = false;
	if (scan->is_begun && is_same_walk(t, scan, d))
		return;
	scan->is_restarted = scan->is_begun;
	scan->is_begun = true;
	scan->region = d->region;
	scan->is_growing = d->cursor != 0;
	scan->n_displaced = WORD_LOAD(&t->control->n_displaced);
	scan->area = 0;
	scan->bucket = 0;
}

/*
 * Has the walk been a whole one, up to now?  Another cursor means that the new area is longer
 * than it was: entries may have gone there from where the walk had been.
 */
static bool
is_whole(struct table *t, const struct tbl_scan *scan, const struct tbl_descriptor *before)
{
	struct tbl_descriptor d;

	return tbl_geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d) &&
	       is_same_walk(t, scan, &d) && d.cursor == before->cursor;
}

static int
step(struct table *t, struct tbl_scan *scan, struct tbl_entry_words *ret_entries,
    unsigned *ret_n)
{
	unsigned n = 0;
	struct tbl_view view;
	int r = tbl_mapping_view(t, WORD_LOAD(&t->control->descriptor), &view);

	if (r != 0)
		return r;
	check_areas(t, scan, &view.d);
	for (unsigned i = 0; i < BUCKETS_PER_STEP && n + BUCKET_SLOTS <= SCAN_MAX; i++) {
		const struct tbl_area *a = &view.areas[scan->area];

		/* The cursor may have come by since the last step. */
		if (scan->bucket < a->first)
			scan->bucket = a->first;
		/*
		 * Every area has a bucket, and the new one is longer whenever the cursor is
		 * another.
		 */
		n += read_bucket(scan, &a->buckets[scan->bucket++], &ret_entries[n]);
		if (scan->bucket < a->end)
			continue;
		if (scan->area + 1 == view.n_areas) {
			/* If not, the next step goes on from here, or restarts the walk. */
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
tbl_scan_step(struct table *t, struct tbl_scan *scan,
    struct tbl_entry_words ret_entries[SCAN_MAX], unsigned *ret_n)
{
	struct tbl_reader *line = scan->has_lock ? NULL : tbl_epoch_enter(t);
	bool needs_lock = line == NULL && !scan->has_lock;
	int r;

	if (needs_lock && (r = tbl_change_lock(t, LOCK_READER_MS)) != 0)
		return r;
	r = step(t, scan, ret_entries, ret_n);
	if (line != NULL)
		tbl_epoch_leave(line);
	if (needs_lock)
		tbl_change_unlock(t);
	return r;
}
