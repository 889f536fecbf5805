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

enum {
	FIND_E_UNKNOWN = 2, /* of find_nearby() */
};

/*
 * The same for one area that is known from the last time: 0; TABLE_E_ABSENT; FIND_E_UNKNOWN:
 * it is not, or no longer: ask find_entry().
 */
int find_nearby(struct table *table, const uint64_t tag[2], struct entry_words *ret_words);

/*
 * The same for the commonest case, or false: nothing is known, ask find_nearby().
 *
 * It guesses that the descriptor is the one of the last time, and that the entry lies in its
 * first bucket and there in the slot its tag wishes for, as most do.  So all addresses are
 * known before the first load comes back, and the processor goes on to the next look-up
 * meanwhile; were the slot taken from the prints, it would always have to wait for them.
 */
static inline bool
find_guess(struct table *t, const uint64_t tag[2], struct entry_words *ret)
{
	struct reader *line = reader_mine.line;
	uint64_t word = reader_mine.word_alone, set;
	const struct area *area = &reader_mine.view.areas[0];
	bool is_found = false;

	if (__builtin_expect(!reader_is_mine(t), 0))
		return false;
	reader_show(t, line, word);
	if (__builtin_expect(
		WORD_LOAD_STEP(&t->control->descriptor, "read descriptor") == word, 1)) {
		const struct bucket *b = &area->buckets[entry_scale(tag[0], area->n_buckets)];

		is_found = bucket_read_tag(b, entry_wanted_slot(tag), tag, ret);
		if (!is_found && (set = bucket_match(b, tag)) != 0)
			is_found = bucket_read_tag(b, bucket_set_first(set), tag, ret);
	}
	reader_leave(line);
	return is_found;
}

#endif
