/*
 * lookup.h - look-ups without the lock
 *
 * Purpose    A hit is a hit wherever it is found.  A miss counts only when the descriptor is
 *            still the same afterwards: else the entry may have moved from where we had not
 *            looked yet to where we had.
 * Threads    Any.
 */
#ifndef TABLE_LOOKUP_H
#define TABLE_LOOKUP_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "table/bucket.h"
#include "table/mapping.h"
#include "table/epoch.h"

enum {
	LOOKUP_E_AGAIN = 2, /* not to be told so; most often the table has changed meanwhile */
};

/* What a look-up notes in the entry, in the order of time: a use too late is none. */
struct tbl_note {
	int64_t now_ms;
	bool is_use; /* else only that it has been unused for too long, if it has */
};

/*
 * 0; TABLE_E_ABSENT; negative.  After three rounds that the table changed under, once more
 * with the lock, for which it waits 50 ms.  *ret_words have what was noted.
 */
int tbl_lookup_entry(struct table *table, const uint64_t tag[2], const struct tbl_note *note,
    struct tbl_entry_words *ret_words);

/*
 * The two below are for between tbl_epoch_enter_again(), which was true, and tbl_epoch_leave():
 * where entries are is known.  Both copy an entry straight to where the caller wants it.
 */

/*
 * A slot to try before tbl_lookup_nearby(): in the first bucket the one that the tag wishes
 * for, where most entries lie.  So all addresses are known before the first load comes back,
 * and the processor goes on to the next look-up meanwhile; were the slot taken from the
 * fingerprints, it would always have to wait for them.
 */
static inline const struct tbl_slot *
tbl_lookup_likely_slot(const uint64_t tag[2])
{
	const struct tbl_area *area = &tbl_epoch_self.view.areas[0];
	const struct tbl_bucket *b = &area->buckets[tbl_entry_scale(tag[0], area->n_buckets)];
	const struct tbl_slot *s = &b->slots[tbl_entry_wanted_slot(tag)];

	/* An address, in one register, not two to be added each time. */
	__asm__("" : "+r"(s));
	return s;
}

/*
 * What the slot of this tag holds, word by word to where the caller wants it, so that few
 * registers are in use at once; the limits are judged while their words are there.  false: it
 * fails the check, or has ended.  In its place in any case: a call would take the tag through
 * memory.
 */
static inline __attribute__((always_inline)) bool
tbl_lookup_copy(const struct tbl_slot *s, const uint64_t tag[2], uint64_t salt, int64_t now_ms,
    struct table_entry *ret_entry)
{
	uint64_t owner[2], created, begun;
	uint32_t lifetime_s, wrong;
	int64_t ms;

	memcpy(ret_entry->tag.bytes, &tag[0], 8);
	owner[0] = WORD_LOAD_STEP(&s->owner[0], "read owner 0");
	memcpy(ret_entry->owner.bytes, &owner[0], 8);
	owner[1] = WORD_LOAD_STEP(&s->owner[1], "read owner 1");
	memcpy(ret_entry->owner.bytes + 8, &owner[1], 8);
	begun = tbl_entry_check_begun(tag, owner);
	__asm__("" : "+r"(begun));
	created = WORD_LOAD_STEP(&s->created, "read created");
	memcpy(ret_entry->tag.bytes + 8, &tag[1], 8);
	ret_entry->kind = tbl_entry_kind(created);
	ret_entry->is_remembered = (created & ENTRY_REMEMBERED_BIT) != 0;
	ret_entry->created_ms = ms = tbl_entry_created_ms(created);
	lifetime_s = WORD_LOAD_STEP(&s->lifetime_s, "read lifetime");
	ret_entry->lifetime_s = lifetime_s;
	wrong = lifetime_s != 0 && tbl_entry_has_passed(ms, lifetime_s, now_ms);
	ret_entry->last_seen_ms = ms = tbl_entry_seen_ms(WORD_LOAD_STEP(&s->seen, "read seen"));
	ret_entry->idle_s = 0;
	if ((created & ENTRY_IDLE_BITS) != 0) {
		ret_entry->idle_s = tbl_entry_idle_s(created);
		wrong |= tbl_entry_has_passed(ms, ret_entry->idle_s, now_ms);
	}
	wrong |= tbl_entry_check_done(begun, created, lifetime_s, salt) ^
		 WORD_LOAD_STEP(&s->check, "read check");
	return wrong == 0;
}

/* true: found there, whole, not ended; else ask tbl_lookup_nearby(), *ret_entry may be anything. */
static inline __attribute__((always_inline)) bool
tbl_lookup_guess(
    const struct table *t, const uint64_t tag[2], int64_t now_ms, struct table_entry *ret_entry)
{
	const struct tbl_slot *s = tbl_lookup_likely_slot(tag);
	uint32_t meta;

	return tbl_bucket_has_tag(s, tag, &meta) &&
	       tbl_lookup_copy(s, tag, t->salt, now_ms, ret_entry) &&
	       tbl_bucket_is_still(s, meta);
}

/* 0; TABLE_E_ABSENT: not in this bucket; LOOKUP_E_AGAIN: it needs a closer look. */
static inline int
tbl_lookup_in_bucket(const struct tbl_bucket *b, const uint64_t tag[2], uint64_t salt,
    int64_t now_ms, struct table_entry *ret_entry)
{
	for (uint64_t set = tbl_bucket_match(b, tag); set != 0; set &= set - 1) {
		const struct tbl_slot *s = &b->slots[tbl_bucket_set_first(set)];
		bool is_good;
		uint32_t meta;

		if (!tbl_bucket_has_tag(s, tag, &meta))
			continue;
		is_good = tbl_lookup_copy(s, tag, salt, now_ms, ret_entry);
		if (tbl_bucket_is_still(s, meta))
			return is_good ? 0 : LOOKUP_E_AGAIN;
	}
	return TABLE_E_ABSENT;
}

/*
 * 0; TABLE_E_ABSENT; LOOKUP_E_AGAIN: ask tbl_lookup_entry(), as the descriptor has changed, or the
 * entry is not whole, or has ended, which must be noted first.
 */
static inline int
tbl_lookup_nearby(
    const struct table *t, const uint64_t tag[2], int64_t now_ms, struct table_entry *ret_entry)
{
	const struct tbl_area *area = &tbl_epoch_self.view.areas[0];
	uint64_t at[2];
	int r;

	tbl_entry_buckets(tag, area->n_buckets, at);
	for (unsigned i = 0; i < 2; i++)
		if ((r = tbl_lookup_in_bucket(&area->buckets[at[i]], tag, t->salt, now_ms,
			 ret_entry)) != TABLE_E_ABSENT)
			return r;
	return WORD_LOAD_STEP(&t->control->descriptor, "read descriptor again") ==
		       tbl_epoch_self.word_alone
		   ? TABLE_E_ABSENT
		   : LOOKUP_E_AGAIN;
}

#endif
