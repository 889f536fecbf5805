/*
 * bucket.h - eight slots: how they are read without a lock and written with it
 *
 * Purpose    The slot protocol.  Writer, lock held: meta := BUSY, fields, print, meta := LIVE.
 *            Reader: meta must be LIVE, fields, meta again; equal means that the fields are
 *            one version's, whole (the argument is in doc/session-table.md, section 4).
 * Threads    Readers any number; bucket_write() and bucket_clear() with the lock held.
 */
#ifndef SHM_BUCKET_H
#define SHM_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/entry.h"
#include "shm/format.h"
#include "shm/step.h"

#define BUCKET_STATE_MASK 3u
#define BUCKET_VERSION    4u /* what one change adds to meta */

static inline enum slot_state
bucket_state(const struct bucket *b, unsigned i)
{
	return (enum slot_state)(WORD_LOAD(&b->slots[i].meta) & BUCKET_STATE_MASK);
}

/* ------------------------------------------------------------------------- prints */

#define BUCKET_BYTES_LOW  UINT64_C(0x0101010101010101)
#define BUCKET_BYTES_HIGH UINT64_C(0x8080808080808080)
#define BUCKET_BYTE_MASK  UINT64_C(0xff)

/*
 * The slots that may hold this tag, as a set: the highest bit of byte i stands for slot i.
 * Adding all but the highest bit of a byte carries into that bit exactly when they are not
 * all zero; no byte reaches the next.
 */
static inline uint64_t
bucket_match(const struct bucket *b, const uint64_t tag[2])
{
	uint64_t prints =
	    WORD_LOAD_STEP(&b->slots[entry_wanted_slot(tag)].prints, "read prints");
	uint64_t x = prints ^ entry_tag_print(tag) * BUCKET_BYTES_LOW;

	return ~(((x & ~BUCKET_BYTES_HIGH) + ~BUCKET_BYTES_HIGH) | x) & BUCKET_BYTES_HIGH;
}

/* The first member of a set that is not empty.  set &= set - 1 takes it out. */
static inline unsigned
bucket_set_first(uint64_t set)
{
	return (unsigned)__builtin_ctzll(set) / 8;
}

/* ------------------------------------------------------------------------- fields */

/* What the tag is not. */
static inline void
bucket_read_rest(const struct slot *s, struct entry_words *ret)
{
	ret->owner[0] = WORD_LOAD_STEP(&s->owner[0], "read owner 0");
	ret->owner[1] = WORD_LOAD_STEP(&s->owner[1], "read owner 1");
	ret->created = WORD_LOAD_STEP(&s->created, "read created");
	ret->lifetime_s = WORD_LOAD_STEP(&s->lifetime_s, "read lifetime");
	ret->seen = WORD_LOAD_STEP(&s->seen, "read seen");
	ret->check = WORD_LOAD_STEP(&s->check, "read check");
}

static inline void
bucket_read_fields(const struct slot *s, struct entry_words *ret)
{
	ret->tag[0] = WORD_LOAD(&s->tag[0]);
	ret->tag[1] = WORD_LOAD(&s->tag[1]);
	bucket_read_rest(s, ret);
}

/* Then all that was read since meta is one version's. */
static inline bool
bucket_is_still(const struct slot *s, uint32_t meta)
{
	return WORD_LOAD_STEP(&s->meta, "read meta again") == meta;
}

/* The content of slot i, whole; false when it holds nothing or changed meanwhile. */
static inline bool
bucket_read(const struct bucket *b, unsigned i, struct entry_words *ret)
{
	const struct slot *s = &b->slots[i];
	uint32_t meta = WORD_LOAD_STEP(&s->meta, "read meta");

	if ((meta & BUCKET_STATE_MASK) != SLOT_LIVE)
		return false;
	bucket_read_fields(s, ret);
	return bucket_is_still(s, meta);
}

/* Whether slot s holds exactly this tag; *ret_meta for bucket_is_still(). */
static inline bool
bucket_has_tag(const struct slot *s, const uint64_t tag[2], uint32_t *ret_meta)
{
	*ret_meta = WORD_LOAD_STEP(&s->meta, "read meta");
	return WORD_LOAD_STEP(&s->tag[0], "read tag 0") == tag[0] &&
	       WORD_LOAD_STEP(&s->tag[1], "read tag 1") == tag[1] &&
	       (*ret_meta & BUCKET_STATE_MASK) == SLOT_LIVE;
}

/* The content of slot s, whole, if it holds exactly this tag. */
static inline bool
bucket_read_tag(const struct slot *s, const uint64_t tag[2], struct entry_words *ret)
{
	uint32_t meta;

	if (!bucket_has_tag(s, tag, &meta))
		return false;
	ret->tag[0] = tag[0];
	ret->tag[1] = tag[1];
	bucket_read_rest(s, ret);
	return bucket_is_still(s, meta);
}

/* ------------------------------------------------------------- with the lock held */

/* A slot that holds nothing, the wanted one or else one as near as possible, or -1. */
int bucket_free_slot(const struct bucket *b, unsigned wanted);

/* Fill slot i, which holds nothing. */
void bucket_write(struct bucket *b, unsigned i, const struct entry_words *w);

/* All prints as they must be; true: some were not. */
bool bucket_mend_prints(struct bucket *b);

/* Empty slot i; the first store does it, the rest wipes what it held. */
void bucket_clear(struct bucket *b, unsigned i);

#endif
