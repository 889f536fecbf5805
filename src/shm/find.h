/*
 * find.h - look-ups without the lock
 *
 * Purpose    A hit is a hit wherever it is found.  A miss counts only when the descriptor is
 *            still the same afterwards: else the entry may have moved from where we had not
 *            looked yet to where we had.
 * Threads    Any.
 */
#ifndef SHM_FIND_H
#define SHM_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/bucket.h"
#include "shm/handle.h"
#include "shm/reader.h"

/*
 * 0; TABLE_E_ABSENT; negative.  After three rounds that the table changed under, once more
 * with the lock, for which it waits 50 ms.  touch_ms (may be NULL): note the entry as seen now.
 */
int find_entry(struct table *table, const uint64_t tag[2], const int64_t *touch_ms,
    struct entry_words *ret_words);

/*
 * The same for the commonest case, in a hundred instructions, few enough that the processor
 * overlaps the cache misses of neighbouring look-ups: one area, the descriptor known from
 * the last time, and a hit.  false: nothing is known, ask find_entry().
 */
static inline bool
find_quickly(struct table *t, const uint64_t tag[2], struct entry_words *ret)
{
	struct reader *line = reader_mine.line;
	const struct bucket *buckets = reader_mine.buckets;
	uint64_t n_buckets = reader_mine.n_buckets, i0, i1, print, set;
	bool is_found = false;

	if (__builtin_expect(!reader_is_mine(t), 0))
		return false;
	reader_show(t, line, reader_mine.word);
	if (__builtin_expect(
		WORD_LOAD_STEP(&t->control->descriptor, "read descriptor") != reader_mine.word,
		0)) {
		reader_leave(line);
		return false;
	}
	i0 = entry_scale(tag[0], n_buckets);
	i1 = entry_scale(tag[1], n_buckets);
	i1 ^= i0 == i1;
	print = entry_tag_print(tag);
	__builtin_prefetch(&buckets[i0].slots[entry_wanted_slot(tag)]);
	set = bucket_match_tag(&buckets[i0], print) | bucket_match_tag(&buckets[i1], print)
							  << BUCKET_N_PRINTS;
	if (__builtin_expect(set != 0, 1)) {
		uint64_t member = bucket_set_first(set), is_second = member >= BUCKET_SLOTS;

		/* Arithmetic, lest the compiler makes it a branch that nobody can predict. */
		i0 ^= (i0 ^ i1) & -is_second;
		member -= BUCKET_SLOTS & -is_second;
		is_found = bucket_read(&buckets[i0], (unsigned)member, ret) &&
			   ret->tag[0] == tag[0] && ret->tag[1] == tag[1];
	}
	reader_leave(line);
	return is_found;
}

#endif
