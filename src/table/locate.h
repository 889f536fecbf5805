/*
 * locate.h - where may the entry with this tag lie, and where does it
 *
 * Purpose    The two buckets of a tag, and while the table grows the two of the next region
 *            instead or besides: those of buckets whose chunk has begun to move.  The probe
 *            order is the old area before the new one.  With the lock held the answer is
 *            exact.  Without it a miss counts only when the descriptor has not changed
 *            meanwhile (lookup.c).
 */
#ifndef TABLE_LOCATE_H
#define TABLE_LOCATE_H

#include <stdint.h>

#include "table/bucket.h"
#include "table/mapping.h"

#define LOCATE_SPOTS_MAX 4

/* A bucket where an entry may lie. */
struct tbl_spot {
	const struct tbl_area *area;
	uint64_t bucket;
};

/* In probe order; returns their number. */
static inline unsigned
tbl_locate_spots(const struct tbl_view *view, const uint64_t tag[2],
    struct tbl_spot ret_spots[LOCATE_SPOTS_MAX])
{
	const struct tbl_area *old = &view->areas[0], *next = &view->areas[1];
	uint64_t at[2], at_next[2];
	unsigned n = 0;

	tbl_entry_buckets(tag, old->n_buckets, at);
	for (unsigned i = 0; i < 2; i++)
		if (at[i] >= old->first)
			ret_spots[n++] = (struct tbl_spot){ old, at[i] };
	if (view->n_areas == 1)
		return n;
	tbl_entry_buckets(tag, next->n_buckets, at_next);
	for (unsigned i = 0; i < 2; i++)
		if (at[i] < view->n_begun)
			ret_spots[n++] = (struct tbl_spot){ next, at_next[i] };
	return n;
}

/* The two buckets where a new entry with this tag would go, the better one first. */
static inline void
tbl_locate_targets(
    const struct tbl_view *view, const uint64_t tag[2], struct tbl_spot ret_spots[2])
{
	const struct tbl_area *old = &view->areas[0], *next = &view->areas[1];
	uint64_t at[2], at_next[2];

	tbl_entry_buckets(tag, old->n_buckets, at);
	for (unsigned i = 0; i < 2; i++)
		ret_spots[i] = (struct tbl_spot){ old, at[i] };
	if (view->n_areas == 1)
		return;
	tbl_entry_buckets(tag, next->n_buckets, at_next);
	for (unsigned i = 0; i < 2; i++)
		if (at[i] < view->n_begun)
			ret_spots[i] = (struct tbl_spot){ next, at_next[i] };
}

static inline struct tbl_bucket *
tbl_locate_bucket(const struct tbl_spot *spot)
{
	return &spot->area->buckets[spot->bucket];
}

/* The slot of a bucket that holds exactly this tag, or -1. */
static inline int
tbl_locate_in_bucket(
    const struct tbl_bucket *b, const uint64_t tag[2], struct tbl_entry_words *ret_words)
{
	for (uint64_t set = tbl_bucket_match(b, tag); set != 0; set &= set - 1) {
		unsigned slot = tbl_bucket_set_first(set);

		if (tbl_bucket_read_tag(&b->slots[slot], tag, ret_words))
			return (int)slot;
	}
	return -1;
}

/* The place and content of the entry, or PLACE_NOWHERE. */
static inline uint64_t
tbl_locate_tag(
    const struct tbl_view *view, const uint64_t tag[2], struct tbl_entry_words *ret_words)
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	unsigned n = tbl_locate_spots(view, tag, spots);

	for (unsigned i = 0; i < n; i++) {
		int slot = tbl_locate_in_bucket(tbl_locate_bucket(&spots[i]), tag, ret_words);

		if (slot >= 0)
			return tbl_place_pack(
			    spots[i].area->region, spots[i].bucket, (unsigned)slot);
	}
	return PLACE_NOWHERE;
}

/*
 * The same with the lock held, for changes: fingerprints may have been hit by
 * chance, and nothing that a look-up might find without them may stay.
 */
static inline uint64_t
tbl_locate_surely(
    const struct tbl_view *view, const uint64_t tag[2], struct tbl_entry_words *ret_words)
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	unsigned n = tbl_locate_spots(view, tag, spots);

	for (unsigned i = 0; i < n; i++) {
		const struct tbl_bucket *b = tbl_locate_bucket(&spots[i]);

		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++) {
			const struct tbl_slot *s = &b->slots[slot];

			if (WORD_LOAD(&s->tag[0]) != tag[0] ||
			    WORD_LOAD(&s->tag[1]) != tag[1] ||
			    tbl_bucket_state(b, slot) != SLOT_LIVE)
				continue;
			tbl_bucket_read_fields(s, ret_words);
			return tbl_place_pack(spots[i].area->region, spots[i].bucket, slot);
		}
	}
	return PLACE_NOWHERE;
}

#endif
