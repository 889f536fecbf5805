/*
 * locate.h - where is the entry with this tag
 *
 * Purpose    The probe order: the old area before the new one.  With the lock held the answer
 *            is exact.  Without it a miss counts only when the descriptor has not changed
 *            meanwhile (table.c).
 */
#ifndef SHM_LOCATE_H
#define SHM_LOCATE_H

#include <stdint.h>

#include "shm/bucket.h"
#include "shm/handle.h"

/* The slot in bucket at[0] or at[1] of an area that holds exactly this tag. */
static inline bool
locate_in_area(const struct area *a, const uint64_t tag[2], struct entry_words *ret_words,
    uint64_t *ret_place)
{
	uint64_t print = entry_tag_print(tag), at[2], set;

	entry_buckets(tag, a->n_buckets, at);
	__builtin_prefetch(&a->buckets[at[0]].slots[entry_wanted_slot(tag)]);
	/*
	 * Both buckets are looked at before anything is decided: two independent loads, and
	 * no branch on which of them it is, which nobody could predict.
	 */
	set = bucket_match_tag(&a->buckets[at[0]], print) |
	      bucket_match_tag(&a->buckets[at[1]], print) << BUCKET_N_PRINTS;
	for (; set != 0; set &= set - 1) {
		unsigned member = bucket_set_first(set), is_second = member >= BUCKET_SLOTS;
		unsigned slot = member - is_second * BUCKET_SLOTS;

		if (bucket_read(&a->buckets[at[is_second]], slot, ret_words) &&
		    ret_words->tag[0] == tag[0] && ret_words->tag[1] == tag[1]) {
			*ret_place = place_pack(a->region, at[is_second], slot);
			return true;
		}
	}
	return false;
}

/* The place and content of the entry, or PLACE_NOWHERE. */
static inline uint64_t
locate_tag(const struct view *view, const uint64_t tag[2], struct entry_words *ret_words)
{
	uint64_t place;

	for (unsigned i = 0; i < view->n_areas; i++)
		if (locate_in_area(&view->areas[i], tag, ret_words, &place))
			return place;
	return PLACE_NOWHERE;
}

#endif
