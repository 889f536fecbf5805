/* change.c - see change.h */
#include "shm/change.h"

#include "shm/bucket.h"
#include "shm/step.h"

#define OWNED_CHANGE (UINT64_C(1) << 32)

static uint64_t
owner_place(const struct area *a, uint64_t owner_hash)
{
	return place_pack(a->region, entry_scale(owner_hash, a->n_buckets), 0);
}

uint64_t
change_owned(const struct area *a, uint64_t owner_hash)
{
	return WORD_LOAD(&a->owned[entry_scale(owner_hash, a->n_buckets)]);
}

static uint64_t
owned_plus(uint64_t owned)
{
	uint64_t n = change_owned_entries(owned);

	return (owned & ~(uint64_t)UINT32_MAX) + OWNED_CHANGE + (n < UINT32_MAX ? n + 1 : n);
}

static uint64_t
owned_minus(uint64_t owned)
{
	uint64_t n = change_owned_entries(owned);

	return (owned & ~(uint64_t)UINT32_MAX) + OWNED_CHANGE + (n > 0 ? n - 1 : 0);
}

static const struct area *
area_of(const struct view *view, uint64_t place)
{
	return &view->areas[place_region(place) == view->areas[0].region ? 0 : 1];
}

void
change_descriptor(struct table *t, const struct descriptor *d)
{
	WORD_STORE(&t->control->descriptor, geometry_pack(d), "descriptor");
}

/*
 * Readers probe the old area before the new one, so an entry that goes from old to new cannot
 * be missed.  Otherwise the new copy may lie where a reader has been already: the generation
 * moves between the copy's appearance and the original's end, and a reader that found nothing
 * sees that and looks again.
 */
static void
tell_readers(struct table *t, struct view *view, uint64_t to, uint64_t from)
{
	if (to == PLACE_NOWHERE || from == PLACE_NOWHERE ||
	    place_region(to) > place_region(from))
		return;
	/* A walk that found the original gone sees this; one that begins now sees the copy. */
	if (to < from)
		WORD_STORE(&t->control->n_set_back, WORD_LOAD(&t->control->n_set_back) + 1,
		    "n_set_back");
	view->d.generation++;
	change_descriptor(t, &view->d);
}

static void
set_counts(struct table *t, const struct view *view, bool is_done)
{
	struct intent *in = &t->control->intent;

	WORD_STORE(&t->control->n_entries, WORD_LOAD(is_done ? &in->n_after : &in->n_before),
	    "n_entries");
	for (unsigned i = 0; i < 2; i++) {
		_Atomic uint64_t *owned = handle_owned(view, WORD_LOAD(&in->owned[i].bucket));

		if (owned != NULL)
			WORD_STORE(owned,
			    WORD_LOAD(is_done ? &in->owned[i].after : &in->owned[i].before),
			    "owned");
	}
}

/*
 * Whose an old copy is that makes no sense is not known; that owner keeps a count too many, and
 * nobody has one too few.
 */
static void
write_intent(struct table *t, const struct view *view, uint64_t to,
    const struct entry_words *new_words, uint64_t from, const struct entry_words *old_words)
{
	struct intent *in = &t->control->intent;
	uint64_t n = WORD_LOAD(&t->control->n_entries), bucket[2], before[2], after[2];
	bool has_to = to != PLACE_NOWHERE, has_from = from != PLACE_NOWHERE;

	bucket[0] = bucket[1] = PLACE_NOWHERE;
	before[0] = before[1] = after[0] = after[1] = 0;
	if (has_to) {
		const struct area *a = area_of(view, to);
		uint64_t hash = entry_owner_hash(new_words->owner, t->salt);

		bucket[0] = owner_place(a, hash);
		before[0] = change_owned(a, hash);
		after[0] = owned_plus(before[0]);
	}
	if (has_from && entry_is_whole(old_words, t->salt)) {
		const struct area *a = area_of(view, from);
		uint64_t hash = entry_owner_hash(old_words->owner, t->salt);

		bucket[1] = owner_place(a, hash);
		if (bucket[1] == bucket[0]) {
			after[0] = owned_minus(after[0]);
			bucket[1] = PLACE_NOWHERE;
		} else {
			before[1] = change_owned(a, hash);
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

void
change_apply(struct table *t, struct view *view, uint64_t to, const struct entry_words *words,
    uint64_t from)
{
	struct bucket *to_bucket = to != PLACE_NOWHERE ? handle_bucket(view, to) : NULL;
	struct bucket *from_bucket = from != PLACE_NOWHERE ? handle_bucket(view, from) : NULL;
	struct counters *c = &t->control->counters;
	struct entry_words old_words = { 0 };

	if (from_bucket != NULL) {
		bucket_read_fields(&from_bucket->slots[place_slot(from)], &old_words);
		if (!entry_is_whole(&old_words, t->salt))
			WORD_STORE(&c->n_damaged, WORD_LOAD(&c->n_damaged) + 1, "n_damaged");
	}
	write_intent(t, view, to, words, from, &old_words);
	if (to_bucket != NULL)
		bucket_write(to_bucket, place_slot(to), words);
	tell_readers(t, view, to, from);
	if (from_bucket != NULL)
		bucket_clear(from_bucket, place_slot(from));
	set_counts(t, view, true);
	WORD_STORE(&t->control->intent.op, CHANGE_NONE, "intent done");
}

/*
 * The new copy's LIVE store decides: before it the change has not happened, after it the
 * change has.  A change without a new copy is a removal: it was decided when it was written
 * down.  Every store here may be repeated, so dying in here is the same case again.
 */
static void
finish_or_undo(struct table *t, struct view *view, uint64_t to, uint64_t from)
{
	struct bucket *to_bucket = handle_bucket(view, to);
	struct bucket *from_bucket = handle_bucket(view, from);
	bool is_done =
	    to_bucket == NULL || bucket_state(to_bucket, place_slot(to)) == SLOT_LIVE;

	if (!is_done) {
		bucket_clear(to_bucket, place_slot(to));
	} else if (from_bucket != NULL) {
		tell_readers(t, view, to, from);
		bucket_clear(from_bucket, place_slot(from));
	}
	set_counts(t, view, is_done);
}

int
change_recover(struct table *t)
{
	struct intent *in = &t->control->intent;
	struct counters *c = &t->control->counters;
	uint64_t op = WORD_LOAD(&in->op), to = WORD_LOAD(&in->to), from = WORD_LOAD(&in->from);
	struct view view;
	int r;

	if (op == CHANGE_NONE)
		return 0;
	if ((r = handle_view(t, WORD_LOAD(&t->control->descriptor), &view)) != 0)
		return r;
	if (op == CHANGE_COPY && (to == PLACE_NOWHERE || handle_bucket(&view, to) != NULL) &&
	    (from == PLACE_NOWHERE || handle_bucket(&view, from) != NULL))
		finish_or_undo(t, &view, to, from);
	else
		WORD_STORE(&c->n_damaged, WORD_LOAD(&c->n_damaged) + 1, "n_damaged");
	WORD_STORE(&in->op, CHANGE_NONE, "intent done");
	return 0;
}
