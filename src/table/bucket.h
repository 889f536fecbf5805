/*
 * bucket.h - eight slots: how they are read without a lock and written with it
 *
 * Purpose    The slot protocol.  Writer, lock held: meta := BUSY, fields, fingerprint, meta :=
 *            LIVE.  Reader: meta must be LIVE, fields, meta again; equal means that the fields
 *            are one version's, whole (the argument is in doc/session-table.md, section 4).
 * Threads    Readers any number; tbl_bucket_write() and tbl_bucket_clear() with the lock held.
 */
#ifndef TABLE_BUCKET_H
#define TABLE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"
#include "table/format.h"
#include "table/step.h"

#define BUCKET_STATE_MASK 3u
#define BUCKET_VERSION    4u /* what one change adds to meta */

static inline enum tbl_slot_state
tbl_bucket_state(const struct tbl_bucket *b, unsigned i)
{
	return (enum tbl_slot_state)(WORD_LOAD(&b->slots[i].meta) & BUCKET_STATE_MASK);
}

/* ------------------------------------------------------------------------- fingerprints */

#define BUCKET_BYTES_LOW  UINT64_C(0x0101010101010101)
#define BUCKET_BYTES_HIGH UINT64_C(0x8080808080808080)
#define BUCKET_BYTE_MASK  UINT64_C(0xff)

/*
 * The slots that may hold this tag, as a set: the highest bit of byte i stands for slot i.
 * Adding all but the highest bit of a byte carries into that bit exactly when they are not
 * all zero; no byte reaches the next.
 */
static inline uint64_t
tbl_bucket_match(const struct tbl_bucket *b, const uint64_t tag[2])
{
	uint64_t fingerprints = WORD_LOAD_STEP(
	    &b->slots[tbl_entry_wanted_slot(tag)].fingerprints, "read fingerprints");
	uint64_t x = fingerprints ^ tbl_entry_fingerprint(tag) * BUCKET_BYTES_LOW;

	return ~(((x & ~BUCKET_BYTES_HIGH) + ~BUCKET_BYTES_HIGH) | x) & BUCKET_BYTES_HIGH;
}

/* The first member of a set that is not empty.  set &= set - 1 takes it out. */
static inline unsigned
tbl_bucket_set_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set) / 8;
}

/* ------------------------------------------------------------------------- fields */

/* What the tag is not. */
static inline void
tbl_bucket_read_rest(const struct tbl_slot *s, struct tbl_entry_words *ret)
{
	ret->owner[0] = WORD_LOAD_STEP(&s->owner[0], "read owner 0");
	ret->owner[1] = WORD_LOAD_STEP(&s->owner[1], "read owner 1");
	ret->created = WORD_LOAD_STEP(&s->created, "read created");
	ret->lifetime_s = WORD_LOAD_STEP(&s->lifetime_s, "read lifetime");
	ret->seen = WORD_LOAD_STEP(&s->seen, "read seen");
	ret->check = WORD_LOAD_STEP(&s->check, "read check");
}

static inline void
tbl_bucket_read_fields(const struct tbl_slot *s, struct tbl_entry_words *ret)
{
	ret->tag[0] = WORD_LOAD(&s->tag[0]);
	ret->tag[1] = WORD_LOAD(&s->tag[1]);
	tbl_bucket_read_rest(s, ret);
}

/* Then all that was read since meta is one version's. */
static inline bool
tbl_bucket_is_still(const struct tbl_slot *s, uint32_t meta)
{
	return WORD_LOAD_STEP(&s->meta, "read meta again") == meta;
}

/* The content of slot i, whole; false when it holds nothing or changed meanwhile. */
static inline bool
tbl_bucket_read(const struct tbl_bucket *b, unsigned i, struct tbl_entry_words *ret)
{
	const struct tbl_slot *s = &b->slots[i];
	uint32_t meta = WORD_LOAD_STEP(&s->meta, "read meta");

	if ((meta & BUCKET_STATE_MASK) != SLOT_LIVE)
		return false;
	tbl_bucket_read_fields(s, ret);
	return tbl_bucket_is_still(s, meta);
}

/* Whether slot s holds exactly this tag; *ret_meta for tbl_bucket_is_still(). */
static inline bool
tbl_bucket_has_tag(const struct tbl_slot *s, const uint64_t tag[2], uint32_t *ret_meta)
{
	*ret_meta = WORD_LOAD_STEP(&s->meta, "read meta");
	return WORD_LOAD_STEP(&s->tag[0], "read tag 0") == tag[0] &&
	       WORD_LOAD_STEP(&s->tag[1], "read tag 1") == tag[1] &&
	       (*ret_meta & BUCKET_STATE_MASK) == SLOT_LIVE;
}

/* The content of slot s, whole, if it holds exactly this tag. */
static inline bool
tbl_bucket_read_tag(
    const struct tbl_slot *s, const uint64_t tag[2], struct tbl_entry_words *ret)
{
	uint32_t meta;

	if (!tbl_bucket_has_tag(s, tag, &meta))
		return false;
	ret->tag[0] = tag[0];
	ret->tag[1] = tag[1];
	tbl_bucket_read_rest(s, ret);
	return tbl_bucket_is_still(s, meta);
}

/* ------------------------------------------------------------- with the lock held */

/* A slot that holds nothing, the wanted one or else one as near as possible, or -1. */
int tbl_bucket_free_slot(const struct tbl_bucket *b, unsigned wanted);

/* Fill slot i, which holds nothing. */
void tbl_bucket_write(struct tbl_bucket *b, unsigned i, const struct tbl_entry_words *w);

/* All fingerprints as they must be; true: some were not. */
bool tbl_bucket_repair_fingerprints(struct tbl_bucket *b);

/*
 * Empty slot i; the first store does it, the rest wipes what it held.  heir (may be NULL): where
 * the same entry lies from now on; a note that came while it was copied goes there.
 */
void tbl_bucket_clear(struct tbl_bucket *b, unsigned i, struct tbl_slot *heir);

/* Said of an entry that was read so and is idle.  false: somebody has noted a use meanwhile. */
bool tbl_bucket_end(struct tbl_slot *s, const struct tbl_entry_words *w);

#endif
