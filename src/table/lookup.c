/* lookup.c - see lookup.h */
#include "table/lookup.h"

#include "table/locate.h"
#include "table/change.h"
#include "table/step.h"

/* After that the lock: while a small table grows fast, its descriptor changes all the time. */
#define LOOKUP_ROUNDS 3

/* last_seen := now, unless the slot has changed or was seen this minute. */
static void
touch(struct tbl_slot *slot, uint32_t seen, int64_t now_ms)
{
	uint32_t fresh = tbl_entry_minute(now_ms);

	/* If the slot has been used again this fails, or stamps an entry that was seen in the
	 * same minute: no harm. */
	if (fresh != seen) {
		TABLE_STEP("touch");
		(void)atomic_compare_exchange_strong(&slot->seen, &seen, fresh);
	}
}

static int
probe(const struct tbl_view *view, const uint64_t tag[2], const int64_t *touch_ms,
    struct tbl_entry_words *ret_words)
{
	uint64_t at = tbl_locate_tag(view, tag, ret_words);

	if (at == PLACE_NOWHERE)
		return TABLE_E_ABSENT;
	if (touch_ms != NULL)
		touch(&tbl_mapping_bucket(view, at)->slots[tbl_place_slot(at)], ret_words->seen,
		    *touch_ms);
	return 0;
}

static int
find_with_lock(struct table *t, const uint64_t tag[2], const int64_t *touch_ms,
    struct tbl_entry_words *ret_words)
{
	struct tbl_view view;
	int r = tbl_change_lock(t, LOCK_READER_MS);

	if (r != 0)
		return r;
	if ((r = tbl_mapping_view(t, WORD_LOAD(&t->control->descriptor), &view)) == 0)
		r = probe(&view, tag, touch_ms, ret_words);
	tbl_change_unlock(t);
	return r;
}

/* The view of now, which is nearly always that of the last time. */
static inline int
view_now(struct table *t, uint64_t word)
{
	int r;

	if (__builtin_expect(word == tbl_epoch_self.word, 1))
		return 0;
	tbl_epoch_self.word = tbl_epoch_self.word_alone = READER_NO_WORD;
	if ((r = tbl_mapping_view(t, word, &tbl_epoch_self.view)) != 0)
		return r;
	tbl_epoch_self.word = word;
	if (tbl_epoch_self.view.n_areas == 1 && t->has_membarrier) {
		tbl_epoch_self.word_alone = word;
		tbl_epoch_self.active_alone = tbl_epoch_active(word);
	}
	return 0;
}

int
tbl_lookup_entry(struct table *t, const uint64_t tag[2], const int64_t *touch_ms,
    struct tbl_entry_words *ret_words)
{
	struct tbl_reader *line = tbl_epoch_enter(t);
	bool is_decided = false;
	int r = 0;

	if (line == NULL)
		return find_with_lock(t, tag, touch_ms, ret_words);
	for (unsigned i = 0; i < LOOKUP_ROUNDS && !is_decided; i++) {
		uint64_t word = WORD_LOAD_STEP(&t->control->descriptor, "read descriptor");

		if ((r = view_now(t, word)) != 0)
			break;
		r = probe(&tbl_epoch_self.view, tag, touch_ms, ret_words);
		is_decided = r != TABLE_E_ABSENT || WORD_LOAD_STEP(&t->control->descriptor,
							"read descriptor again") == word;
	}
	tbl_epoch_leave(line);
	return is_decided || r < 0 ? r : find_with_lock(t, tag, touch_ms, ret_words);
}
