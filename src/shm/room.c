/* room.c - see room.h */
#include "shm/room.h"

#include "shm/bucket.h"
#include "shm/change.h"
#include "shm/locate.h"
#include "shm/step.h"

void
room_count(_Atomic uint64_t *counter)
{
	WORD_STORE(counter, WORD_LOAD(counter) + 1, "counter");
}

void
room_mend(struct table *t, struct bucket *b)
{
	if (bucket_mend_prints(b))
		room_count(&t->control->counters.n_damaged);
}

void
room_sweep_bucket(struct table *t, struct view *view, const struct area *area, uint64_t bucket,
    int64_t now_ms)
{
	struct counters *c = &t->control->counters;
	struct bucket *b = &area->buckets[bucket];
	struct entry_words w;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		enum slot_state state = bucket_state(b, i);

		if (state == SLOT_EMPTY)
			continue;
		if (state != SLOT_LIVE) {
			/* Recovery left none: this slot was hit by chance. */
			bucket_clear(b, i);
			room_count(&c->n_damaged);
			continue;
		}
		bucket_read_fields(&b->slots[i], &w);
		if (entry_is_whole(&w, t->salt)) {
			if (!entry_is_expired(&w, now_ms))
				continue;
			room_count(&c->n_expired);
		}
		change_apply(t, view, PLACE_NOWHERE, NULL, place_pack(area->region, bucket, i));
	}
	room_mend(t, b);
}

/* The hand goes over both areas: growth may stand still, and so would what is not reached. */
void
room_sweep(struct table *t, struct view *view, uint64_t n_buckets, int64_t now_ms)
{
	const struct area *old = &view->areas[0], *next = handle_newest(view);
	uint64_t n_old = old->end - old->first, n = n_old, hand;

	if (view->n_areas == 2)
		n += next->end;
	hand = WORD_LOAD(&t->control->hand) % n;
	if (n_buckets > n)
		n_buckets = n;
	for (; n_buckets > 0; n_buckets--) {
		if (hand < n_old)
			room_sweep_bucket(t, view, old, old->first + hand, now_ms);
		else
			room_sweep_bucket(t, view, next, hand - n_old, now_ms);
		hand = (hand + 1) % n;
	}
	WORD_STORE(&t->control->hand, hand, "hand");
}

/* ------------------------------------------------------------------------- a place */

static uint64_t
free_place(const struct spot *spot, const uint64_t tag[2])
{
	int slot = bucket_free_slot(locate_bucket(spot), entry_wanted_slot(tag));

	return slot >= 0 ? place_pack(spot->area->region, spot->bucket, (unsigned)slot)
			 : PLACE_NOWHERE;
}

/* The second bucket is for what the first has no room for: look-ups begin with the first. */
static uint64_t
find_free(const struct spot spots[2], const uint64_t tag[2])
{
	uint64_t place = free_place(&spots[0], tag);

	return place != PLACE_NOWHERE ? place : free_place(&spots[1], tag);
}

/* A free slot in the other bucket of an entry that lies in this one. */
static uint64_t
other_place(const struct view *view, const struct spot *spot, const struct entry_words *w)
{
	struct spot spots[2];

	locate_targets(view, w->tag, spots);
	return free_place(spots[0].area == spot->area && spots[0].bucket == spot->bucket
			      ? &spots[1]
			      : &spots[0],
	    w->tag);
}

/*
 * An entry of a full bucket goes to its other bucket, that of the wanted slot before any
 * other.  Returns the place that it leaves, or PLACE_NOWHERE.  A walk over the table (scan.c)
 * meets whatever goes forward; when something must go back it has to know.
 */
static uint64_t
make_room_in(struct table *t, struct view *view, const struct spot *spot, unsigned wanted,
    bool may_go_back)
{
	struct bucket *b = locate_bucket(spot);

	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		unsigned slot = (wanted + i) % BUCKET_SLOTS;
		uint64_t from = place_pack(spot->area->region, spot->bucket, slot), to;
		struct entry_words w;

		bucket_read_fields(&b->slots[slot], &w);
		to = other_place(view, spot, &w);
		if (to == PLACE_NOWHERE || (to < from && !may_go_back))
			continue;
		change_apply(t, view, to, &w, from);
		return from;
	}
	return PLACE_NOWHERE;
}

static uint64_t
make_room(struct table *t, struct view *view, const struct spot spots[2], unsigned wanted)
{
	uint64_t place = PLACE_NOWHERE;

	for (unsigned i = 0; i < 4 && place == PLACE_NOWHERE; i++)
		place = make_room_in(t, view, &spots[i % 2], wanted, i >= 2);
	return place;
}

static uint64_t
find_place(struct table *t, struct view *view, const struct spot spots[2],
    const uint64_t tag[2], int64_t now_ms)
{
	uint64_t place = find_free(spots, tag);

	if (place != PLACE_NOWHERE)
		return place;
	for (unsigned i = 0; i < 2; i++)
		room_sweep_bucket(t, view, spots[i].area, spots[i].bucket, now_ms);
	place = find_free(spots, tag);
	return place != PLACE_NOWHERE ? place
				      : make_room(t, view, spots, entry_wanted_slot(tag));
}

uint64_t
room_find(struct table *t, struct view *view, const uint64_t tag[2], int64_t now_ms)
{
	struct spot spots[2];

	locate_targets(view, tag, spots);
	return find_place(t, view, spots, tag, now_ms);
}

uint64_t
room_find_next(struct table *t, struct view *view, const uint64_t tag[2], int64_t now_ms)
{
	struct spot spots[2], first;

	locate_targets(view, tag, spots);
	/* Whatever stays in the old area has to move again. */
	if (spots[0].area->region < spots[1].area->region) {
		first = spots[0];
		spots[0] = spots[1];
		spots[1] = first;
	}
	return find_place(t, view, spots, tag, now_ms);
}
