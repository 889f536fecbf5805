/* lookup.c - see lookup.h; and table_find() and table_touch(), see table.h */
#include "table/lookup.h"

#include "core/clock.h"
#include "table/change.h"
#include "table/locate.h"
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
	return write_note(
		   &tbl_mapping_bucket(view, at)->slots[tbl_place_slot(at)], ret_words, note)
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

/* ---------------------------------------------------------------------- for callers */

static int
find_and_note(struct table *t, const struct digest_tag *tag, const struct tbl_note *note,
    struct table_entry *ret_entry)
{
	struct tbl_entry_words w;
	uint64_t words[2];
	int r;

	tbl_entry_pack_tag(tag, words);
	if ((r = tbl_lookup_entry(t, words, note, &w)) != 0)
		return r;
	if (!tbl_entry_is_whole(&w, t->salt))
		return -EBADMSG;
	tbl_entry_unpack(&w, ret_entry);
	return tbl_entry_is_expired(&w, note->now_ms) ? TABLE_E_ABSENT : 0;
}

/*
 * Nothing is known about where the entry is, or it may have ended.  Said once, it holds: a use
 * that was found in time, and not yet noted, is refused.
 */
static __attribute__((noinline)) int
find_from_scratch(struct table *t, const struct digest_tag *tag, int64_t now_ms,
    struct table_entry *ret_entry)
{
	const struct tbl_note note = { now_ms, false };

	return find_and_note(t, tag, &note, ret_entry);
}

/* The guess was wrong. */
static __attribute__((noinline, no_stack_protector)) int
find_elsewhere(struct table *t, const struct digest_tag *tag, int64_t now_ms,
    struct table_entry *ret_entry)
{
	uint64_t words[2];
	int r;

	tbl_entry_pack_tag(tag, words);
	r = tbl_lookup_nearby(t, words, now_ms, ret_entry);
	tbl_epoch_leave(tbl_epoch_self.line);
	return r == LOOKUP_E_AGAIN ? find_from_scratch(t, tag, now_ms, ret_entry) : r;
}

/*
 * How many look-ups a processor has under way at once, while it waits for memory, depends on
 * how few instructions each has.  So here nothing but a right guess; no call but at the end, so
 * that little need be saved; and no guard of the stack, on which nothing lies.
 */
__attribute__((no_stack_protector)) int
table_find_at(struct table *t, const struct digest_tag *tag, int64_t now_ms,
    struct table_entry *ret_entry)
{
	uint64_t words[2];

	if (!tbl_epoch_enter_again(t))
		return find_from_scratch(t, tag, now_ms, ret_entry);
	tbl_entry_pack_tag(tag, words);
	if (!tbl_lookup_guess(t, words, now_ms, ret_entry))
		return find_elsewhere(t, tag, now_ms, ret_entry);
	tbl_epoch_leave(tbl_epoch_self.line);
	return 0;
}

int
table_find(struct table *t, const struct digest_tag *tag, struct table_entry *ret_entry)
{
	return table_find_at(t, tag, clock_boot_ms(), ret_entry);
}

int
table_touch(struct table *t, const struct digest_tag *tag)
{
	const struct tbl_note note = { clock_boot_ms(), true };
	struct table_entry entry;

	return find_and_note(t, tag, &note, &entry);
}
