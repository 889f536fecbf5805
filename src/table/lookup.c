/* lookup.c - see lookup.h */
#include "table/lookup.h"

#include "table/locate.h"
#include "table/change.h"
#include "table/step.h"

/* After that the lock: while a small table grows fast, its descriptor changes all the time. */
#define LOOKUP_ROUNDS 3

/*
 * Only the slot of this entry: the time may be that of another one too, which came into the slot
 * meanwhile.  Then the store is undone.  false: the entry has moved, or somebody else has noted
 * something.
 */
static bool
store_seen(struct tbl_slot *slot, struct tbl_entry_words *w, uint32_t fresh)
{
	uint32_t before = w->seen, meta;

	if (!tbl_bucket_has_tag(slot, w->tag, &meta))
		return false;
	TABLE_STEP("touch");
	if (!atomic_compare_exchange_strong(&slot->seen, &before, fresh))
		return false;
	if (!tbl_bucket_is_still(slot, meta)) {
		TABLE_STEP("touch undone");
		(void)atomic_compare_exchange_strong(&slot->seen, &fresh, w->seen);
		return false;
	}
	w->seen = fresh;
	return true;
}

static bool
write_note(struct tbl_slot *slot, struct tbl_entry_words *w, const struct tbl_note *note)
{
	uint32_t fresh = w->seen;

	if (tbl_entry_is_idle(w, note->now_ms))
		fresh = ENTRY_SEEN_ENDED;
	else if (note->is_use && tbl_entry_seen(note->now_ms) > fresh)
		fresh = tbl_entry_seen(note->now_ms);
	return fresh == w->seen || store_seen(slot, w, fresh);
}

/* 0; TABLE_E_ABSENT; LOOKUP_E_AGAIN: it is there, and the note is not. */
static int
probe(const struct tbl_view *view, const uint64_t tag[2], const struct tbl_note *note,
    struct tbl_entry_words *ret_words)
{
	uint64_t at = tbl_locate_tag(view, tag, ret_words);

	if (at == PLACE_NOWHERE)
		return TABLE_E_ABSENT;
	return note == NULL ||
		       write_note(&tbl_mapping_bucket(view, at)->slots[tbl_place_slot(at)],
			   ret_words, note)
		   ? 0
		   : LOOKUP_E_AGAIN;
}

static int
find_with_lock(struct table *t, const uint64_t tag[2], const struct tbl_note *note,
    struct tbl_entry_words *ret_words)
{
	struct tbl_view view;
	int r = tbl_change_lock(t, LOCK_READER_MS);

	if (r != 0)
		return r;
	/* Nothing moves now, and notes are rare: somebody else's comes once, not twice. */
	if ((r = tbl_mapping_view(t, WORD_LOAD(&t->control->descriptor), &view)) == 0)
		do
			r = probe(&view, tag, note, ret_words);
		while (r == LOOKUP_E_AGAIN);
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
tbl_lookup_entry(struct table *t, const uint64_t tag[2], const struct tbl_note *note,
    struct tbl_entry_words *ret_words)
{
	struct tbl_reader *line = tbl_epoch_enter(t);
	bool is_decided = false;
	int r = 0;

	if (line == NULL)
		return find_with_lock(t, tag, note, ret_words);
	for (unsigned i = 0; i < LOOKUP_ROUNDS && !is_decided; i++) {
		uint64_t word = WORD_LOAD_STEP(&t->control->descriptor, "read descriptor");

		if ((r = view_now(t, word)) != 0)
			break;
		r = probe(&tbl_epoch_self.view, tag, note, ret_words);
		is_decided =
		    r == 0 || (r == TABLE_E_ABSENT && WORD_LOAD_STEP(&t->control->descriptor,
							  "read descriptor again") == word);
	}
	tbl_epoch_leave(line);
	return is_decided || r < 0 ? r : find_with_lock(t, tag, note, ret_words);
}
