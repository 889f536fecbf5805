/* placement.c - see placement.h */
#include "table/placement.h"

#include "table/bucket.h"
#include "table/change.h"
#include "table/locate.h"
#include "table/step.h"

void
tbl_placement_count(_Atomic uint64_t *counter)
{
	WORD_STORE(counter, WORD_LOAD(counter) + 1, "counter");
}

void
tbl_placement_repair(struct table *t, struct tbl_bucket *b)
{
	if (tbl_bucket_repair_fingerprints(b))
		tbl_placement_count(&t->control->counters.n_damaged);
}

void
tbl_placement_sweep_bucket(struct table *t, struct tbl_view *view, const struct tbl_area *area,
    uint64_t bucket, int64_t now_ms)
{
	struct tbl_counters *c = &t->control->counters;
	struct tbl_bucket *b = &area->buckets[bucket];
	struct tbl_entry_words w;
	bool is_whole;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		enum tbl_slot_state state = tbl_bucket_state(b, i);

		if (state == SLOT_EMPTY)
			continue;
		if (state != SLOT_LIVE) {
			/* Recovery left none: this slot was hit by chance. */
			tbl_bucket_clear(b, i, NULL);
			tbl_placement_count(&c->n_damaged);
			continue;
		}
		tbl_bucket_read_fields(&b->slots[i], &w);
		is_whole = tbl_entry_is_whole(&w, t->salt);
		if (is_whole) {
			if (!tbl_entry_is_expired(&w, now_ms) ||
			    (tbl_entry_is_idle(&w, now_ms) &&
				!tbl_bucket_end(&b->slots[i], &w)))
				continue;
			tbl_placement_count(&c->n_expired);
		}
		tbl_change_apply(
		    t, view, PLACE_NOWHERE, NULL, tbl_place_pack(area->region, bucket, i));
		if (is_whole)
			tbl_expired_note(t, &w);
	}
	tbl_placement_repair(t, b);
}

/* The hand goes over both areas: growth may stand still, and so would what is not reached. */
void
tbl_placement_sweep(struct table *t, struct tbl_view *view, uint64_t n_buckets, int64_t now_ms)
{
	const struct tbl_area *old = &view->areas[0], *next = tbl_mapping_newest(view);
	uint64_t n_old = old->end - old->first, n = n_old, clock_hand;

	if (view->n_areas == 2)
		n += next->end;
	clock_hand = WORD_LOAD(&t->control->clock_hand) % n;
	if (n_buckets > n)
		n_buckets = n;
	for (; n_buckets > 0; n_buckets--) {
		if (clock_hand < n_old)
			tbl_placement_sweep_bucket(
			    t, view, old, old->first + clock_hand, now_ms);
		else
			tbl_placement_sweep_bucket(t, view, next, clock_hand - n_old, now_ms);
		clock_hand = (clock_hand + 1) % n;
	}
	WORD_STORE(&t->control->clock_hand, clock_hand, "clock hand");
}

/* ------------------------------------------------------------------------- a place */

static uint64_t
free_place(const struct tbl_spot *spot, const uint64_t tag[2])
{
	int slot = tbl_bucket_free_slot(tbl_locate_bucket(spot), tbl_entry_wanted_slot(tag));

	return slot >= 0 ? tbl_place_pack(spot->area->region, spot->bucket, (unsigned)slot)
			 : PLACE_NOWHERE;
}

/* The second bucket is for what the first has no room for: look-ups begin with the first. */
static uint64_t
find_free(const struct tbl_spot spots[2], const uint64_t tag[2])
{
	uint64_t place = free_place(&spots[0], tag);

	return place != PLACE_NOWHERE ? place : free_place(&spots[1], tag);
}

/* A free slot in the other bucket of an entry that lies in this one. */
static uint64_t
other_place(
    const struct tbl_view *view, const struct tbl_spot *spot, const struct tbl_entry_words *w)
{
	struct tbl_spot spots[2];

	tbl_locate_targets(view, w->tag, spots);
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
make_room_in(struct table *t, struct tbl_view *view, const struct tbl_spot *spot,
    unsigned wanted, bool may_go_back)
{
	struct tbl_bucket *b = tbl_locate_bucket(spot);

	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		unsigned slot = (wanted + i) % BUCKET_SLOTS;
		uint64_t from = tbl_place_pack(spot->area->region, spot->bucket, slot), to;
		struct tbl_entry_words w;

		tbl_bucket_read_fields(&b->slots[slot], &w);
		to = other_place(view, spot, &w);
		if (to == PLACE_NOWHERE || (to < from && !may_go_back))
			continue;
		tbl_change_apply(t, view, to, &w, from);
		return from;
	}
	return PLACE_NOWHERE;
}

static uint64_t
make_room(
    struct table *t, struct tbl_view *view, const struct tbl_spot spots[2], unsigned wanted)
{
	uint64_t place = PLACE_NOWHERE;

	for (unsigned i = 0; i < 4 && place == PLACE_NOWHERE; i++)
		place = make_room_in(t, view, &spots[i % 2], wanted, i >= 2);
	return place;
}

static uint64_t
find_place(struct table *t, struct tbl_view *view, const struct tbl_spot spots[2],
    const uint64_t tag[2], int64_t now_ms)
{
	uint64_t place = find_free(spots, tag);

	if (place != PLACE_NOWHERE)
		return place;
	for (unsigned i = 0; i < 2; i++)
		tbl_placement_sweep_bucket(t, view, spots[i].area, spots[i].bucket, now_ms);
	place = find_free(spots, tag);
	return place != PLACE_NOWHERE ? place
				      : make_room(t, view, spots, tbl_entry_wanted_slot(tag));
}

uint64_t
tbl_placement_find(
    struct table *t, struct tbl_view *view, const uint64_t tag[2], int64_t now_ms)
{
	struct tbl_spot spots[2];

	tbl_locate_targets(view, tag, spots);
	return find_place(t, view, spots, tag, now_ms);
}

uint64_t
tbl_placement_find_next(
    struct table *t, struct tbl_view *view, const uint64_t tag[2], int64_t now_ms)
{
	struct tbl_spot spots[2], first;

	tbl_locate_targets(view, tag, spots);
	/* Whatever stays in the old area has to move again. */
	if (spots[0].area->region < spots[1].area->region) {
		first = spots[0];
		spots[0] = spots[1];
		spots[1] = first;
	}
	return find_place(t, view, spots, tag, now_ms);
}
