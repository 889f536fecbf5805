/* change.c - see change.h */
#include "table/change.h"

#include <errno.h>

#include "core/robust.h"
#include "table/bucket.h"
#include "table/step.h"

#define OWNED_CHANGE (UINT64_C(1) << 32)

static uint64_t
owner_place(const struct tbl_area *a, uint64_t owner_hash)
{
	return tbl_place_pack(a->region, tbl_entry_scale(owner_hash, a->n_buckets), 0);
}

uint64_t
tbl_change_owned(const struct tbl_area *a, uint64_t owner_hash)
{
	return WORD_LOAD(&a->owned[tbl_entry_scale(owner_hash, a->n_buckets)]);
}

static uint64_t
owned_plus(uint64_t owned)
{
	uint64_t n = tbl_change_owned_entries(owned);

	return (owned & ~(uint64_t)UINT32_MAX) + OWNED_CHANGE + (n < UINT32_MAX ? n + 1 : n);
}

static uint64_t
owned_minus(uint64_t owned)
{
	uint64_t n = tbl_change_owned_entries(owned);

	return (owned & ~(uint64_t)UINT32_MAX) + OWNED_CHANGE + (n > 0 ? n - 1 : 0);
}

static const struct tbl_area *
area_of(const struct tbl_view *view, uint64_t place)
{
	return &view->areas[tbl_place_region(place) == view->areas[0].region ? 0 : 1];
}

void
tbl_change_descriptor(struct table *t, const struct tbl_descriptor *d)
{
	WORD_STORE(&t->control->descriptor, tbl_geometry_pack(d), "descriptor");
}

/*
 * Readers probe the old area before the new one, so an entry that goes from old to new cannot
 * be missed.  Otherwise the new copy may lie where a reader has been already: the generation
 * moves between the copy's appearance and the original's end, and a reader that found nothing
 * sees that and looks again.
 */
static void
tell_readers(struct table *t, struct tbl_view *view, uint64_t to, uint64_t from)
{
	if (to == PLACE_NOWHERE || from == PLACE_NOWHERE ||
	    tbl_place_region(to) > tbl_place_region(from))
		return;
	/* A walk that found the original gone sees this; one that begins now sees the copy. */
	if (to < from)
		WORD_STORE(&t->control->n_displaced, WORD_LOAD(&t->control->n_displaced) + 1,
		    "n_displaced");
	view->d.generation++;
	tbl_change_descriptor(t, &view->d);
}

static void
set_counts(struct table *t, const struct tbl_view *view, bool is_done)
{
	struct tbl_intent *in = &t->control->intent;

	WORD_STORE(&t->control->n_entries, WORD_LOAD(is_done ? &in->n_after : &in->n_before),
	    "n_entries");
	for (unsigned i = 0; i < 2; i++) {
		_Atomic uint64_t *owned =
		    tbl_mapping_owned(view, WORD_LOAD(&in->owned[i].bucket));

		if (owned != NULL)
			WORD_STORE(owned,
			    WORD_LOAD(is_done ? &in->owned[i].after : &in->owned[i].before),
			    "owned");
	}
}

/*
 * The owner of an old copy that makes no sense is not known.  That owner keeps a count too many,
 * and no owner has one too few.
 */
static void
write_intent(struct table *t, const struct tbl_view *view, uint64_t to,
    const struct tbl_entry_words *new_words, uint64_t from,
    const struct tbl_entry_words *old_words)
{
	struct tbl_intent *in = &t->control->intent;
	uint64_t n = WORD_LOAD(&t->control->n_entries), bucket[2], before[2], after[2];
	bool has_to = to != PLACE_NOWHERE, has_from = from != PLACE_NOWHERE;

	bucket[0] = bucket[1] = PLACE_NOWHERE;
	before[0] = before[1] = after[0] = after[1] = 0;
	if (has_to) {
		const struct tbl_area *a = area_of(view, to);
		uint64_t hash = tbl_entry_owner_hash(new_words->owner, t->salt);

		bucket[0] = owner_place(a, hash);
		before[0] = tbl_change_owned(a, hash);
		after[0] = owned_plus(before[0]);
	}
	if (has_from && tbl_entry_is_whole(old_words, t->salt)) {
		const struct tbl_area *a = area_of(view, from);
		uint64_t hash = tbl_entry_owner_hash(old_words->owner, t->salt);

		bucket[1] = owner_place(a, hash);
		if (bucket[1] == bucket[0]) {
			after[0] = owned_minus(after[0]);
			bucket[1] = PLACE_NOWHERE;
		} else {
			before[1] = tbl_change_owned(a, hash);
			after[1] = owned_minus(before[1]);
		}
	}
	WORD_STORE(&in->to, to, "intent to");
	WORD_STORE(&in->from, from, "intent from");
	WORD_STORE(&in->n_before, n, "intent n_before");
	WORD_STORE(&in->n_after, n + has_to - (has_from && n + has_to > 0), "intent n_after");
	for (unsigned i = 0; i < 2; i++) {
		WORD_STORE(&in->owned[i].bucket, bucket[i], "intent owned bucket");
		WORD_STORE(&in->owned[i].before, before[i], "intent owned before");
		WORD_STORE(&in->owned[i].after, after[i], "intent owned after");
	}
	WORD_STORE(&in->op, CHANGE_COPY, "intent op");
}

/* The old copy goes.  Is the new one the same entry, which has moved? */
static void
clear_old(
    struct tbl_bucket *to_bucket, uint64_t to, struct tbl_bucket *from_bucket, uint64_t from)
{
	struct tbl_slot *new_slot =
	    to_bucket != NULL ? &to_bucket->slots[tbl_place_slot(to)] : NULL;
	const struct tbl_slot *old_slot = &from_bucket->slots[tbl_place_slot(from)];

	/* Equal checks alone may be by chance, for the next session with this tag. */
	if (new_slot != NULL &&
	    (WORD_LOAD(&new_slot->check) != WORD_LOAD(&old_slot->check) ||
		WORD_LOAD(&new_slot->created) != WORD_LOAD(&old_slot->created)))
		new_slot = NULL;
	tbl_bucket_clear(from_bucket, tbl_place_slot(from), new_slot);
}

void
tbl_change_apply(struct table *t, struct tbl_view *view, uint64_t to,
    const struct tbl_entry_words *words, uint64_t from)
{
	struct tbl_bucket *to_bucket =
	    to != PLACE_NOWHERE ? tbl_mapping_bucket(view, to) : NULL;
	struct tbl_bucket *from_bucket =
	    from != PLACE_NOWHERE ? tbl_mapping_bucket(view, from) : NULL;
	struct tbl_counters *c = &t->control->counters;
	struct tbl_entry_words old_words = { 0 };

	if (from_bucket != NULL) {
		tbl_bucket_read_fields(&from_bucket->slots[tbl_place_slot(from)], &old_words);
		if (!tbl_entry_is_whole(&old_words, t->salt))
			WORD_STORE(&c->n_damaged, WORD_LOAD(&c->n_damaged) + 1, "n_damaged");
	}
	write_intent(t, view, to, words, from, &old_words);
	if (to_bucket != NULL)
		tbl_bucket_write(to_bucket, tbl_place_slot(to), words);
	tell_readers(t, view, to, from);
	if (from_bucket != NULL)
		clear_old(to_bucket, to, from_bucket, from);
	set_counts(t, view, true);
	WORD_STORE(&t->control->intent.op, CHANGE_NONE, "intent done");
}

/*
 * The new copy's LIVE store decides: before it the change has not happened, after it the
 * change has.  A change without a new copy is a removal: it was decided when it was written
 * down.  Every store here may be repeated, so dying in here is the same case again.
 */
static void
finish_or_undo(struct table *t, struct tbl_view *view, uint64_t to, uint64_t from)
{
	struct tbl_bucket *to_bucket = tbl_mapping_bucket(view, to);
	struct tbl_bucket *from_bucket = tbl_mapping_bucket(view, from);
	bool is_done =
	    to_bucket == NULL || tbl_bucket_state(to_bucket, tbl_place_slot(to)) == SLOT_LIVE;

	if (!is_done) {
		tbl_bucket_clear(to_bucket, tbl_place_slot(to), NULL);
	} else if (from_bucket != NULL) {
		tell_readers(t, view, to, from);
		clear_old(to_bucket, to, from_bucket, from);
	}
	set_counts(t, view, is_done);
}

/* Finish or undo what a dead writer left.  0, or negative: try again later. */
static int
recover(struct table *t)
{
	struct tbl_intent *in = &t->control->intent;
	struct tbl_counters *c = &t->control->counters;
	uint64_t op = WORD_LOAD(&in->op), to = WORD_LOAD(&in->to), from = WORD_LOAD(&in->from);
	struct tbl_view view;
	int r;

	if (op == CHANGE_NONE)
		return 0;
	if ((r = tbl_mapping_view(t, WORD_LOAD(&t->control->descriptor), &view)) != 0)
		return r;
	if (op == CHANGE_COPY &&
	    (to == PLACE_NOWHERE || tbl_mapping_bucket(&view, to) != NULL) &&
	    (from == PLACE_NOWHERE || tbl_mapping_bucket(&view, from) != NULL))
		finish_or_undo(t, &view, to, from);
	else
		WORD_STORE(&c->n_damaged, WORD_LOAD(&c->n_damaged) + 1, "n_damaged");
	WORD_STORE(&in->op, CHANGE_NONE, "intent done");
	return 0;
}

/* ----------------------------------------------------------------------- the lock */

int
tbl_change_lock_init(struct tbl_control *control)
{
	return -robust_init(&control->lock);
}

/*
 * The C library goes by the kind that the mutex itself names, and aborts the process for some
 * that a stray write may leave there.  So: only the kind that tbl_change_lock_init() makes.
 */
#ifdef __GLIBC__
static bool
is_sound(const pthread_mutex_t *lock)
{
	static _Atomic int kind; /* 0: not known yet; a robust mutex has another */
	int expected = atomic_load_explicit(&kind, memory_order_relaxed);

	if (expected == 0) {
		struct tbl_control fresh = { .descriptor = 0 };

		if (tbl_change_lock_init(&fresh) != 0)
			return false;
		expected = fresh.lock.__data.__kind;
		(void)pthread_mutex_destroy(&fresh.lock);
		atomic_store_explicit(&kind, expected, memory_order_relaxed);
	}
	return lock->__data.__kind == expected;
}
#else
static bool
is_sound(const pthread_mutex_t *lock)
{
	(void)lock;
	return true;
}
#endif

int
tbl_change_lock(struct table *t, int timeout_ms)
{
	struct tbl_control *c = t->control;
	int r, repaired;

	if (!is_sound(&c->lock))
		return -EBADMSG;
	r = robust_lock(&c->lock, timeout_ms);
	if (r != 0 && r != EOWNERDEAD)
		return -r;
	/* An intent also stays when a repair failed because there was no memory: try again. */
	repaired = recover(t);
	if (r == EOWNERDEAD) {
		WORD_STORE(&c->counters.n_recoveries, WORD_LOAD(&c->counters.n_recoveries) + 1,
		    "n_recoveries");
		TABLE_STEP("lock consistent");
		(void)pthread_mutex_consistent(&c->lock);
	}
	if (repaired != 0)
		tbl_change_unlock(t);
	return repaired;
}

void
tbl_change_unlock(struct table *t)
{
	TABLE_STEP("unlock");
	(void)pthread_mutex_unlock(&t->control->lock);
}
