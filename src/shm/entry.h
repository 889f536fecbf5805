/*
 * entry.h - an entry as the words of a slot
 *
 * Purpose    Packing, the hashes that say where an entry goes, the check that notices an
 *            entry hit by chance, and what expired means.  No shared memory here.
 * Threads    Pure functions; inline because every look-up passes through them.
 */
#ifndef SHM_ENTRY_H
#define SHM_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "shm/format.h"
#include "shm/table.h"

struct entry_words {
	uint64_t tag[2];
	uint64_t owner[2];
	uint64_t created;
	uint32_t lifetime_s;
	uint32_t seen;
};

#define ENTRY_CREATED_SHIFT 17
#define ENTRY_KIND_BIT      (UINT64_C(1) << 16)
#define ENTRY_CHECK_LO_MASK UINT64_C(0xffff)
#define ENTRY_SEEN_MASK     UINT32_C(0xfffff)
#define ENTRY_CREATED_MAX   ((INT64_C(1) << 46) - 1) /* 2230 years */
#define ENTRY_MS_PER_MINUTE 60000

void entry_pack(
    const struct table_entry *entry, uint64_t salt, int64_t now_ms, struct entry_words *ret);
void entry_unpack(const struct entry_words *w, struct table_entry *ret_entry);

static inline void
entry_pack_tag(const struct digest_tag *tag, uint64_t ret_words[2])
{
	memcpy(ret_words, tag->bytes, sizeof(tag->bytes));
}

/* Minutes of the boot clock, as kept in the low bits of seen. */
static inline uint32_t
entry_minute(int64_t now_ms)
{
	int64_t minute = now_ms / ENTRY_MS_PER_MINUTE;

	return minute < (int64_t)ENTRY_SEEN_MASK ? (uint32_t)minute : ENTRY_SEEN_MASK;
}

/*
 * The high product of a uniform hash and n is uniform below n; no division, and n need not be a
 * power of two.
 */
static inline uint64_t
entry_scale(uint64_t hash, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)hash * n) >> 64);
}

/*
 * The two buckets where a tag may lie: from the halves of the tag, which is a keyed digest
 * and therefore uniform and unknown to whoever picks session ids.
 */
static inline void
entry_buckets(const uint64_t tag[2], uint64_t n_buckets, uint64_t ret_buckets[2])
{
	ret_buckets[0] = entry_scale(tag[0], n_buckets);
	ret_buckets[1] = entry_scale(tag[1], n_buckets);
	/* n is even, so the neighbour exists. */
	if (ret_buckets[1] == ret_buckets[0])
		ret_buckets[1] ^= 1;
}

/* Bits that entry_scale() does not look at. */
static inline uint64_t
entry_tag_print(const uint64_t tag[2])
{
	return tag[0] & 0xfff;
}

/*
 * Which slot of its bucket a tag would like: nearly six in ten get it, and a look-up can have
 * it fetched together with the bucket's first line.  A hint, nothing depends on it.
 */
static inline unsigned
entry_wanted_slot(const uint64_t tag[2])
{
	return (unsigned)((tag[1] & 0xffff) * BUCKET_SLOTS >> 16);
}

/*
 * User ids need not be random, so they are mixed, with a number that differs from table to
 * table: nobody can choose ids that meet in one bucket.
 */
static inline uint64_t
entry_owner_hash(const uint64_t owner[2], uint64_t salt)
{
	uint64_t h = (owner[0] ^ salt) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (h >> 32) ^ owner[1]) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ (h >> 32);
}

static inline uint64_t
entry_owner_print(uint64_t owner_hash)
{
	return owner_hash & 0x1ff;
}

/*
 * 28 bits over everything but the time last seen.  Each word goes one to one into a factor
 * of an odd number, so that changing any one word always changes the sum.
 */
static inline uint32_t
entry_check(const struct entry_words *w, uint64_t salt)
{
	uint64_t h = salt;

	h += (w->tag[0] ^ (w->owner[0] << 21 | w->owner[0] >> 43)) *
	     UINT64_C(0x9e3779b97f4a7c15);
	h += (w->tag[1] ^ (w->owner[1] << 37 | w->owner[1] >> 27)) *
	     UINT64_C(0xbf58476d1ce4e5b9);
	h += ((w->created & ~ENTRY_CHECK_LO_MASK) ^ (uint64_t)w->lifetime_s << 11) *
	     UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ (h >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> 36);
}

static inline bool
entry_is_whole(const struct entry_words *w, uint64_t salt)
{
	return entry_check(w, salt) == ((w->seen & ~ENTRY_SEEN_MASK) >> 4 |
					   (uint32_t)(w->created & ENTRY_CHECK_LO_MASK));
}

static inline int64_t
entry_created_ms(const struct entry_words *w)
{
	return (int64_t)w->created >> ENTRY_CREATED_SHIFT;
}

/* Strictly past its lifetime.  Written so that nothing can overflow. */
static inline bool
entry_is_expired(const struct entry_words *w, int64_t now_ms)
{
	return w->lifetime_s != 0 &&
	       entry_created_ms(w) < now_ms - (int64_t)w->lifetime_s * 1000;
}

#endif
