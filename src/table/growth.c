/* growth.c - see growth.h */
#include "table/growth.h"

#include <errno.h>
#include <fcntl.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/epoch.h"
#include "table/placement.h"
#include "table/sealed.h"
#include "table/step.h"

#define ALLOCATE_BYTES (UINT64_C(256) * 1024)
#define PUNCH_BYTES    (UINT64_C(4) * 1024 * 1024)

/*
 * prepared_bytes and moved: region 8 | value 40, sealed.  They need no reset when the region
 * changes: another number, and nonsense, read as 0, from where all may be done again.
 */
#define PROGRESS_BITS 40
#define PROGRESS_MASK ((UINT64_C(1) << PROGRESS_BITS) - 1)

static uint64_t
progress_get(const _Atomic uint64_t *word, unsigned region)
{
	uint64_t value;

	return tbl_sealed_unpack(WORD_LOAD(word), &value) && value >> PROGRESS_BITS == region
		   ? value & PROGRESS_MASK
		   : 0;
}

static void
progress_set(_Atomic uint64_t *word, unsigned region, uint64_t value, const char *step)
{
	(void)step;
	WORD_STORE(word, tbl_sealed_pack((uint64_t)region << PROGRESS_BITS | value), step);
}

/* ---------------------------------------------------------------------- storage */

static int
allocate(struct table *t, uint64_t offset, uint64_t n)
{
	int r;

	TABLE_STEP("fallocate region");
	do
		r = fallocate(t->fd, 0, (off_t)offset, (off_t)n);
	while (r == -1 && errno == EINTR);
	/* A limit on the size of files (ulimit -f) is as good as a full disk. */
	return r == 0 ? 0 : errno == EFBIG ? -ENOSPC : -errno;
}

enum {
	PREPARE_MORE = 1, /* some of it is there, not all */
};

/*
 * Storage of a region, counters first, then so many of its buckets: at most ALLOCATE_BYTES of
 * it.  Regions are used once only, so what is allocated here the first time is all zero.
 * 0; PREPARE_MORE; negative.
 */
static int
prepare(struct table *t, unsigned region, uint64_t n_buckets)
{
	const struct tbl_geometry *g = &t->regions[region];
	uint64_t owned = tbl_geometry_owned_bytes(g),
		 all = owned + n_buckets * sizeof(struct tbl_bucket);
	uint64_t done = progress_get(&t->control->prepared_bytes, region), from, end, n;
	int r;

	if (done >= all)
		return 0;
	from = done < owned ? g->offset + tbl_geometry_bucket_bytes(g) + done
			    : g->offset + done - owned;
	end = done < owned ? owned : all;
	n = end - done < ALLOCATE_BYTES ? end - done : ALLOCATE_BYTES;
	if ((r = allocate(t, from, n)) != 0)
		return r;
	progress_set(&t->control->prepared_bytes, region, done + n, "prepared_bytes");
	return done + n < all ? PREPARE_MORE : 0;
}

/* ------------------------------------------------------------------------ the cursor */

/*
 * To the next chunk.  Storage first, then the word that names it: nobody can be led to a page
 * that is not there.
 */
static int
advance(struct table *t, struct tbl_view *view)
{
	const struct tbl_geometry *old = &t->regions[view->d.region];
	struct tbl_descriptor d = view->d;
	struct tbl_view advanced;
	int r;

	if (d.region + 1 >= GEOMETRY_REGIONS)
		return -ENOSPC;
	d.generation++;
	d.cursor++;
	if ((r = prepare(t, d.region + 1, tbl_geometry_taken(old, old + 1, d.cursor))) != 0)
		return r == PREPARE_MORE ? 0 : r;
	/* Mapped before it is published: this process at least will not fail then. */
	if ((r = tbl_mapping_view(t, tbl_geometry_pack(&d), &advanced)) != 0)
		return r;
	tbl_change_descriptor(t, &d);
	*view = advanced;
	return 0;
}

static int
finish(struct table *t, struct tbl_view *view)
{
	struct tbl_descriptor d = {
		.generation = view->d.generation + 1,
		.region = view->d.region + 1,
		.cursor = 0,
	};

	tbl_change_descriptor(t, &d);
	tbl_placement_count(&t->control->counters.n_growths);
	return tbl_mapping_view(t, tbl_geometry_pack(&d), view);
}

/* ------------------------------------------------------------------------- move */

static bool
move_bucket(struct table *t, struct tbl_view *view, uint64_t bucket, int64_t now_ms)
{
	struct tbl_bucket *b = &view->areas[0].buckets[bucket];
	struct tbl_entry_words w;

	tbl_placement_sweep_bucket(t, view, &view->areas[0], bucket, now_ms);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		uint64_t to;

		if (tbl_bucket_state(b, i) != SLOT_LIVE)
			continue;
		tbl_bucket_read_fields(&b->slots[i], &w);
		to = tbl_placement_find_next(t, view, w.tag, now_ms);
		if (to == PLACE_NOWHERE)
			return false;
		tbl_change_apply(
		    t, view, to, &w, tbl_place_pack(view->areas[0].region, bucket, i));
	}
	return true;
}

uint64_t
tbl_growth_moved(const struct table *t, const struct tbl_view *view)
{
	const struct tbl_area *old = &view->areas[0];
	uint64_t at = progress_get(&t->control->moved, old->region);

	/* What lies before has no storage; what lies after has not begun. */
	return at >= old->first && at <= view->n_begun ? at : old->first;
}

static int
move(struct table *t, struct tbl_view *view, uint64_t n, int64_t now_ms)
{
	const struct tbl_area *old = &view->areas[0];
	uint64_t at = tbl_growth_moved(t, view);

	for (; n > 0 && at < view->n_begun; n--) {
		/* No place for an entry, and none of 16 others has another place either: not by
		 * chance.  It stays, is found, and is tried again. */
		if (!move_bucket(t, view, at, now_ms))
			return -ENOSPC;
		at++;
		progress_set(&t->control->moved, old->region, at, "moved");
	}
	if (at < view->n_begun)
		return 0;
	return view->n_begun < old->n_buckets ? advance(t, view) : finish(t, view);
}

/* Never for more entries than there may be, whatever the count says. */
static bool
is_due(struct table *t, const struct tbl_view *view)
{
	uint64_t grow_at = tbl_geometry_grow_at(view->areas[0].n_buckets);

	return WORD_LOAD(&t->control->n_entries) >= grow_at && grow_at < t->max_entries;
}

int
tbl_growth_step(
    struct table *t, struct tbl_view *view, uint64_t n_buckets, bool must_grow, int64_t now_ms)
{
	if (view->d.cursor != 0)
		return move(t, view, n_buckets, now_ms);
	if (must_grow || is_due(t, view))
		return advance(t, view);
	return GROWTH_IDLE;
}

/* -------------------------------------------------------------------- give back */

/*
 * How much of what has been left nobody can probe any more.  Where there is always some reader that
 * has not come to this generation yet, because the table grows fast or there are few processors:
 * as much as had been left when that was seen the last time, once all have come further.
 */
static uint64_t
passed_until(struct table *t, uint32_t generation, uint64_t until)
{
	uint64_t noted = atomic_load(&t->left_before),
		 noted_until = (noted & UINT32_MAX) * FORMAT_PAGE_BYTES;
	bool is_worth_it = noted_until > WORD_LOAD(&t->control->punched);

	if (tbl_epoch_all_passed(t, generation))
		return until;
	if (is_worth_it && !tbl_epoch_all_passed(t, (uint32_t)(noted >> 32)))
		return 0;
	atomic_store(&t->left_before, (uint64_t)generation << 32 | until / FORMAT_PAGE_BYTES);
	return noted_until;
}

bool
tbl_growth_give_back(struct table *t, uint64_t n_bytes)
{
	uint64_t start = (uint64_t)FORMAT_REGIONS_OFFSET, from, until;
	bool is_more = true;
	struct tbl_descriptor d;

	/* Everything below the oldest bucket in use, once nobody probes there any more. */
	if (!tbl_geometry_unpack(t->regions, WORD_LOAD(&t->control->descriptor), &d))
		return false;
	until = t->regions[d.region].offset +
		tbl_geometry_left(&t->regions[d.region], d.cursor) * sizeof(struct tbl_bucket);
	if (WORD_LOAD(&t->control->punched) >= until ||
	    WORD_LOAD(&t->control->punched) >= (until = passed_until(t, d.generation, until)))
		return false;
	while (is_more && n_bytes > 0 && tbl_change_lock(t, LOCK_READER_MS) == 0) {
		uint64_t n = n_bytes < PUNCH_BYTES ? n_bytes : PUNCH_BYTES;

		from = WORD_LOAD(&t->control->punched);
		if (from < start)
			from = start;
		if (from < until && n > until - from)
			n = until - from;
		TABLE_STEP("fallocate punch");
		if (from < until && fallocate(t->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					(off_t)from, (off_t)n) == 0)
			WORD_STORE(&t->control->punched, from + n, "punched");
		else
			n_bytes = n;
		is_more = from + n < until;
		n_bytes -= n;
		tbl_change_unlock(t);
	}
	return is_more;
}
