/* growth.c - see growth.h */
#include "shm/growth.h"

#include <errno.h>
#include <fcntl.h>

#include "shm/bucket.h"
#include "shm/change.h"
#include "shm/lock.h"
#include "shm/reader.h"
#include "shm/room.h"
#include "shm/step.h"

#define ALLOCATE_BYTES (UINT64_C(256) * 1024)
#define PUNCH_BYTES    (UINT64_C(4) * 1024 * 1024)

/*
 * prepared_bytes and moved carry the number of their region in the top byte, so that they
 * need no reset when the region changes: another number reads as 0.
 */
static uint64_t
progress_get(const _Atomic uint64_t *word, unsigned region)
{
	uint64_t w = WORD_LOAD(word);

	return place_region(w) == region ? w & (UINT64_MAX >> 8) : 0;
}

static void
progress_set(_Atomic uint64_t *word, unsigned region, uint64_t value, const char *step)
{
	(void)step;
	WORD_STORE(word, (uint64_t)region << 56 | value, step);
}

/* ------------------------------------------------------------------------ begin */

static int
allocate(struct table *t, const struct geometry *g, uint64_t from, uint64_t n)
{
	int r;

	TABLE_STEP("fallocate region");
	do
		r = fallocate(t->fd, 0, (off_t)(g->offset + from), (off_t)n);
	while (r == -1 && errno == EINTR);
	return r == -1 ? -errno : 0;
}

/*
 * Storage first, then the word that names it: nobody can be led to a page that is not there.
 * Regions are used once only, so what is allocated here has never been written: all zero.
 */
static int
prepare(struct table *t, struct view *view)
{
	unsigned next = view->d.region + 1;
	const struct geometry *g = &t->regions[next];
	uint64_t all = geometry_bytes(g), done, n;
	struct view grown;
	int r;

	if (next >= GEOMETRY_REGIONS)
		return -ENOSPC;
	done = progress_get(&t->control->prepared_bytes, next);
	if (done < all) {
		n = all - done < ALLOCATE_BYTES ? all - done : ALLOCATE_BYTES;
		if ((r = allocate(t, g, done, n)) != 0)
			return r;
		progress_set(&t->control->prepared_bytes, next, done + n, "prepared_bytes");
		if (done + n < all)
			return 0;
	}
	grown.d = view->d;
	grown.d.generation++;
	grown.d.is_growing = true;
	/* Mapped before it is published: this process at least will not fail then. */
	if ((r = handle_view(t, geometry_pack(&grown.d), &grown)) != 0)
		return r;
	change_descriptor(t, &grown.d);
	*view = grown;
	return 0;
}

/* ------------------------------------------------------------------------- move */

static bool
move_bucket(struct table *t, struct view *view, uint64_t bucket, int64_t now_ms)
{
	struct bucket *b = &view->areas[0].buckets[bucket];
	struct entry_words w;

	room_sweep_bucket(t, view, &view->areas[0], bucket, now_ms);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		uint64_t to;

		if (bucket_state(WORD_LOAD(&b->meta[i])) != SLOT_LIVE)
			continue;
		bucket_read_fields(&b->slots[i], &w);
		to = room_find(t, view, w.tag, now_ms);
		if (to == PLACE_NOWHERE)
			return false;
		change_apply(t, view, to, &w, place_pack(view->areas[0].region, bucket, i));
	}
	return true;
}

static int
finish(struct table *t, struct view *view)
{
	struct descriptor d = {
		.generation = view->d.generation + 1,
		.region = view->d.region + 1,
		.is_growing = false,
	};

	change_descriptor(t, &d);
	room_count(&t->control->counters.n_growths);
	return handle_view(t, geometry_pack(&d), view);
}

static int
move(struct table *t, struct view *view, uint64_t n, int64_t now_ms)
{
	const struct area *old = &view->areas[0];
	uint64_t at = progress_get(&t->control->moved, old->region);

	for (; n > 0 && at < old->n_buckets; n--) {
		/* Both buckets of an entry are full though less than half of the new area is:
		 * not by chance.  It stays, is found, and is tried again. */
		if (!move_bucket(t, view, at, now_ms))
			return -ENOSPC;
		at++;
		progress_set(&t->control->moved, old->region, at, "moved");
	}
	return at >= old->n_buckets ? finish(t, view) : 0;
}

static bool
is_due(struct table *t, const struct view *view)
{
	return WORD_LOAD(&t->control->n_entries) >= geometry_grow_at(view->areas[0].n_buckets);
}

int
growth_step(
    struct table *t, struct view *view, uint64_t n_buckets, bool must_grow, int64_t now_ms)
{
	if (view->d.is_growing)
		return move(t, view, n_buckets, now_ms);
	if (must_grow || is_due(t, view))
		return prepare(t, view);
	return GROWTH_IDLE;
}

/* -------------------------------------------------------------------- give back */

bool
growth_give_back(struct table *t, uint64_t n_bytes)
{
	uint64_t start = (uint64_t)FORMAT_REGIONS_OFFSET, from, until;
	bool is_more = true;
	struct descriptor d;

	/* Everything below the oldest region in use, once nobody probes there any more. */
	if (!geometry_unpack(WORD_LOAD(&t->control->descriptor), &d))
		return false;
	until = t->regions[d.region].offset;
	if (WORD_LOAD(&t->control->punched) >= until || !reader_all_passed(t, d.generation))
		return false;
	while (is_more && n_bytes > 0 && lock_take(t, LOCK_READER_MS) == 0) {
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
		lock_release(t);
	}
	return is_more;
}
