/*
 * bucket.h - nine slots: how they are read without a lock and written with it
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

/* Lanes of the print words: three of 21 bits in each. */
#define BUCKET_LANES      (UINT64_C(1) | UINT64_C(1) << 21 | UINT64_C(1) << 42)
#define BUCKET_LANE_BITS  21
#define BUCKET_LANE_MASK  UINT64_C(0x1fffff)
#define BUCKET_TAG_BITS   12
#define BUCKET_TAG_MASK   UINT64_C(0xfff)
#define BUCKET_OWNER_BITS 9
#define BUCKET_OWNER_MASK UINT64_C(0x1ff)
#define BUCKET_N_PRINTS   3
#define BUCKET_LANES_EACH 3

static inline enum slot_state
bucket_state(uint32_t meta)
{
	return (enum slot_state)(meta & BUCKET_STATE_MASK);
}

/*
 * The lowest bit of every lane whose bits under mask (n bits wide, from the lane's lowest) are
 * all zero.  Adding the mask carries into the bit above exactly when they are not; no lane
 * reaches the next.
 */
static inline uint64_t
bucket_zero_lanes(uint64_t x, uint64_t mask, unsigned n)
{
	return ~((x & BUCKET_LANES * mask) + BUCKET_LANES * mask) >> n & BUCKET_LANES;
}

/*
 * The slots that may hold this tag, as a set: slot 3 w + i is bit 21 i + w.  This is how the
 * lanes of the three words fall when they are laid over each other; bits w from 3 up are free
 * for a second bucket's set.
 */
static inline uint64_t
bucket_match_tag(const struct bucket *b, uint64_t print)
{
	uint64_t want = print * BUCKET_LANES;
	uint64_t w0 = WORD_LOAD_STEP(&b->prints[0], "read print 0");
	uint64_t w1 = WORD_LOAD_STEP(&b->prints[1], "read print 1");
	uint64_t w2 = WORD_LOAD_STEP(&b->prints[2], "read print 2");

	return bucket_zero_lanes(w0 ^ want, BUCKET_TAG_MASK, BUCKET_TAG_BITS) |
	       bucket_zero_lanes(w1 ^ want, BUCKET_TAG_MASK, BUCKET_TAG_BITS) << 1 |
	       bucket_zero_lanes(w2 ^ want, BUCKET_TAG_MASK, BUCKET_TAG_BITS) << 2;
}

/* The slots that may belong to this owner. */
static inline uint64_t
bucket_match_owner(const struct bucket *b, uint64_t print)
{
	uint64_t want = print * BUCKET_LANES, set = 0;

	for (unsigned w = 0; w < BUCKET_N_PRINTS; w++)
		set |= bucket_zero_lanes((WORD_LOAD(&b->prints[w]) >> BUCKET_TAG_BITS) ^ want,
			   BUCKET_OWNER_MASK, BUCKET_OWNER_BITS)
		       << w;
	return set;
}

/* The first member of a set that is not empty. */
static inline unsigned
bucket_set_first(uint64_t set)
{
	unsigned bit = (unsigned)__builtin_ctzll(set), i = bit * 49 >> 10; /* bit / 21 */

	return (bit - i * BUCKET_LANE_BITS) * BUCKET_LANES_EACH + i;
}

static inline void
bucket_read_fields(const struct slot *s, struct entry_words *ret)
{
	ret->tag[0] = WORD_LOAD_STEP(&s->tag[0], "read tag 0");
	ret->tag[1] = WORD_LOAD_STEP(&s->tag[1], "read tag 1");
	ret->owner[0] = WORD_LOAD_STEP(&s->owner[0], "read owner 0");
	ret->owner[1] = WORD_LOAD_STEP(&s->owner[1], "read owner 1");
	ret->created = WORD_LOAD_STEP(&s->created, "read created");
	ret->lifetime_s = WORD_LOAD_STEP(&s->lifetime_s, "read lifetime");
	ret->seen = WORD_LOAD_STEP(&s->seen, "read seen");
}

/* The content of slot i, whole; false when it holds nothing or changed meanwhile. */
static inline bool
bucket_read(const struct bucket *b, unsigned i, struct entry_words *ret)
{
	uint32_t meta = WORD_LOAD_STEP(&b->meta[i], "read meta");

	if (bucket_state(meta) != SLOT_LIVE)
		return false;
	bucket_read_fields(&b->slots[i], ret);
	return WORD_LOAD_STEP(&b->meta[i], "read meta again") == meta;
}

/* ------------------------------------------------------------- with the lock held */

/* Live slots, expired ones included. */
unsigned bucket_n_live(const struct bucket *b);

/* A slot that holds nothing, the wanted one if possible, or -1. */
int bucket_free_slot(const struct bucket *b, unsigned wanted);

/* Fill slot i, which holds nothing. */
void bucket_write(
    struct bucket *b, unsigned i, const struct entry_words *w, uint64_t owner_hash);

/* Empty slot i; the first store does it, the rest wipes what it held. */
void bucket_clear(struct bucket *b, unsigned i);

#endif
