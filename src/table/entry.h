/*
 * entry.h - an entry as the words of a slot
 *
 * Purpose    Packing, the hashes that say where an entry goes, the check that notices an
 *            entry hit by chance, and what expired means.  No shared memory here.
 * Threads    Pure functions; inline because every look-up passes through them.
 */
#ifndef TABLE_ENTRY_H
#define TABLE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "table/format.h"
#include "table/table.h"

struct tbl_entry_words {
	uint64_t tag[2];
	uint64_t owner[2];
	uint64_t created;
	uint32_t lifetime_s;
	uint32_t seen;
	uint32_t check;
};

/*
 * The word created: 44 bits of milliseconds, 139 years on either side of the boot, so that one
 * that had to be cut has outlived the longest lifetime; then mantissa and exponent of the idle
 * limit, and two flags.
 */
#define ENTRY_KIND_BIT       UINT64_C(1)
#define ENTRY_REMEMBERED_BIT UINT64_C(2)
#define ENTRY_EXPONENT_AT    2
#define ENTRY_EXPONENT_MAX   15u
#define ENTRY_MANTISSA_AT    6
#define ENTRY_MANTISSA_MAX   UINT32_C(0x3fff)
#define ENTRY_CREATED_AT     20
#define ENTRY_IDLE_BITS      (((UINT64_C(1) << ENTRY_CREATED_AT) - 1) & ~UINT64_C(3))
#define ENTRY_CREATED_MAX    ((INT64_C(1) << 43) - 1)

/*
 * The word seen: quarters of a second, so that boot is in the middle: 17 years on either side,
 * more than the longest idle limit.
 */
#define ENTRY_SEEN_NOTHING 0u /* of a slot that is being left */
#define ENTRY_SEEN_ENDED   1u /* found idle for too long: so it stays */
#define ENTRY_SEEN_FIRST   2u
#define ENTRY_SEEN_BOOT    (UINT32_C(1) << 31)
#define ENTRY_SEEN_BIAS_MS ((int64_t)ENTRY_SEEN_BOOT * TABLE_SEEN_MS)

/*
 * Words of 8 bytes, one by one.  Read as 16 bytes at once, right after they were stored as
 * twice 8, they would make the processor wait until both stores are done; the empty statement
 * keeps the compiler from doing that.
 */
static inline void
tbl_entry_copy(void *ret_bytes, const void *bytes)
{
	uint64_t words[2];

	memcpy(&words[0], bytes, 8);
	__asm__("" : "+r"(words[0]));
	memcpy(&words[1], (const uint8_t *)bytes + 8, 8);
	memcpy(ret_bytes, &words[0], 8);
	memcpy((uint8_t *)ret_bytes + 8, &words[1], 8);
}

static inline void
tbl_entry_pack_tag(const struct digest_tag *tag, uint64_t ret_words[2])
{
	tbl_entry_copy(ret_words, tag->bytes);
}

/* A time of the boot clock, as kept in seen. */
static inline uint32_t
tbl_entry_seen(int64_t ms)
{
	if (ms < (int64_t)ENTRY_SEEN_FIRST * TABLE_SEEN_MS - ENTRY_SEEN_BIAS_MS)
		return ENTRY_SEEN_FIRST;
	if (ms >= (int64_t)UINT32_MAX * TABLE_SEEN_MS - ENTRY_SEEN_BIAS_MS)
		return UINT32_MAX;
	return (uint32_t)((ms + ENTRY_SEEN_BIAS_MS) / TABLE_SEEN_MS);
}

/*
 * The high product of a uniform hash and n is uniform below n; no division, and n need not be a
 * power of two.
 */
static inline uint64_t
tbl_entry_scale(uint64_t hash, uint64_t n)
{
	return (uint64_t)(((unsigned __int128)hash * n) >> 64);
}

/*
 * The two buckets where a tag may lie: from the halves of the tag, which is a keyed digest
 * and therefore uniform and unknown to whoever picks session ids.
 */
static inline void
tbl_entry_buckets(const uint64_t tag[2], uint64_t n_buckets, uint64_t ret_buckets[2])
{
	ret_buckets[0] = tbl_entry_scale(tag[0], n_buckets);
	ret_buckets[1] = tbl_entry_scale(tag[1], n_buckets);
	/* n is even, so the neighbour exists. */
	if (ret_buckets[1] == ret_buckets[0])
		ret_buckets[1] ^= 1;
}

/* Bits that tbl_entry_scale() does not look at.  Never 0, which means that nothing is there. */
static inline uint64_t
tbl_entry_fingerprint(const uint64_t tag[2])
{
	return 1 + ((tag[0] & 0xff) * 255 >> 8);
}

/*
 * Which slot of its bucket a tag would like.  It gets it if it is free, and its fingerprint is
 * there in any case, so that one cache line tells all of one tag in one bucket.
 */
static inline unsigned
tbl_entry_wanted_slot(const uint64_t tag[2])
{
	return (unsigned)(tag[1] % BUCKET_SLOTS);
}

/*
 * User ids need not be random, so they are mixed, with a number that differs from table to
 * table: nobody can choose ids that meet in one bucket.
 */
static inline uint64_t
tbl_entry_owner_hash(const uint64_t owner[2], uint64_t salt)
{
	uint64_t h = (owner[0] ^ salt) * UINT64_C(0x9e3779b97f4a7c15);

	h = (h ^ (h >> 32) ^ owner[1]) * UINT64_C(0xd6e8feb86659fd93);
	h = (h ^ (h >> 32)) * UINT64_C(0xd6e8feb86659fd93);
	return h ^ (h >> 32);
}

/* Both halves of a product: each depends on all of one factor, and they on different bits. */
static inline uint64_t
tbl_entry_product(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * 32 bits over everything but the time last seen.  Damage, of however many bits, escapes with a
 * chance of 2^-32: the words are multiplied and not only added up, so that no damage to one
 * makes up for damage to another.  A tag and an owner may make up for each other; but a
 * look-up compares the tag, and no session has the damaged one.  Every look-up passes here,
 * between a load that may take long and the next look-up: hence so few steps.
 */
static inline uint64_t
tbl_entry_check_begun(const uint64_t tag[2], const uint64_t owner[2])
{
	return tbl_entry_product(owner[0] ^ tag[0], owner[1] ^ tag[1]);
}

static inline uint32_t
tbl_entry_check_done(uint64_t begun, uint64_t created, uint32_t lifetime_s, uint64_t salt)
{
	/* Inverted, so that a slot of zeros is none. */
	return (uint32_t)~tbl_entry_product(begun ^ created, salt ^ lifetime_s);
}

static inline uint32_t
tbl_entry_check(const struct tbl_entry_words *w, uint64_t salt)
{
	return tbl_entry_check_done(
	    tbl_entry_check_begun(w->tag, w->owner), w->created, w->lifetime_s, salt);
}

static inline bool
tbl_entry_is_whole(const struct tbl_entry_words *w, uint64_t salt)
{
	return tbl_entry_check(w, salt) == w->check;
}

/* An arithmetic shift, as gcc and clang make it: the sign stays. */
static inline int64_t
tbl_entry_created_ms(uint64_t created)
{
	return (int64_t)created >> ENTRY_CREATED_AT;
}

/* Rounded down, from four and a half hours on, by less than one in 8000; at most 17 years. */
static inline uint64_t
tbl_entry_pack_idle(uint32_t idle_s)
{
	unsigned exponent = 0;

	while (idle_s >> exponent > ENTRY_MANTISSA_MAX && exponent < ENTRY_EXPONENT_MAX)
		exponent++;
	idle_s >>= exponent;
	if (idle_s > ENTRY_MANTISSA_MAX)
		idle_s = ENTRY_MANTISSA_MAX;
	return (uint64_t)idle_s << ENTRY_MANTISSA_AT | (uint64_t)exponent << ENTRY_EXPONENT_AT;
}

static inline uint32_t
tbl_entry_idle_s(uint64_t created)
{
	return (uint32_t)(created >> ENTRY_MANTISSA_AT & ENTRY_MANTISSA_MAX)
	       << (created >> ENTRY_EXPONENT_AT & ENTRY_EXPONENT_MAX);
}

static inline enum table_kind
tbl_entry_kind(uint64_t created)
{
	return (created & ENTRY_KIND_BIT) != 0 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY;
}

static inline int64_t
tbl_entry_seen_ms(uint32_t seen)
{
	return (int64_t)seen * TABLE_SEEN_MS - ENTRY_SEEN_BIAS_MS;
}

/* Strictly past a lifetime that is not 0.  Written so that nothing can overflow. */
static inline bool
tbl_entry_has_passed(int64_t created_ms, uint32_t lifetime_s, int64_t now_ms)
{
	return created_ms < now_ms - (int64_t)lifetime_s * 1000;
}

/* Unused for longer than it may; ENTRY_SEEN_ENDED is longer ago than any limit. */
static inline bool
tbl_entry_is_idle(const struct tbl_entry_words *w, int64_t now_ms)
{
	uint32_t idle_s = tbl_entry_idle_s(w->created);

	return idle_s != 0 && tbl_entry_has_passed(tbl_entry_seen_ms(w->seen), idle_s, now_ms);
}

static inline bool
tbl_entry_is_expired(const struct tbl_entry_words *w, int64_t now_ms)
{
	return (w->lifetime_s != 0 && tbl_entry_has_passed(tbl_entry_created_ms(w->created),
					  w->lifetime_s, now_ms)) ||
	       tbl_entry_is_idle(w, now_ms);
}

static inline void
tbl_entry_pack(
    const struct table_entry *entry, uint64_t salt, int64_t now_ms, struct tbl_entry_words *ret)
{
	int64_t created_ms = entry->created_ms;

	/* Out of any calendar: keep the sign, not the digits. */
	if (created_ms > ENTRY_CREATED_MAX)
		created_ms = ENTRY_CREATED_MAX;
	if (created_ms < -ENTRY_CREATED_MAX)
		created_ms = -ENTRY_CREATED_MAX;
	tbl_entry_pack_tag(&entry->tag, ret->tag);
	memcpy(ret->owner, entry->owner.bytes, sizeof(ret->owner));
	ret->created = (uint64_t)created_ms << ENTRY_CREATED_AT |
		       tbl_entry_pack_idle(entry->idle_s) |
		       (entry->is_remembered ? ENTRY_REMEMBERED_BIT : 0) |
		       (entry->kind == TABLE_KIND_STORED ? ENTRY_KIND_BIT : 0);
	ret->lifetime_s = entry->lifetime_s;
	/* Nobody knows of a later use. */
	ret->seen = tbl_entry_seen(created_ms < now_ms ? created_ms : now_ms);
	ret->check = tbl_entry_check(ret, salt);
}

static inline void
tbl_entry_unpack(const struct tbl_entry_words *w, struct table_entry *ret_entry)
{
	tbl_entry_copy(ret_entry->tag.bytes, w->tag);
	tbl_entry_copy(ret_entry->owner.bytes, w->owner);
	ret_entry->created_ms = tbl_entry_created_ms(w->created);
	ret_entry->lifetime_s = w->lifetime_s;
	ret_entry->idle_s = tbl_entry_idle_s(w->created);
	ret_entry->is_remembered = (w->created & ENTRY_REMEMBERED_BIT) != 0;
	ret_entry->kind = tbl_entry_kind(w->created);
	ret_entry->last_seen_ms = tbl_entry_seen_ms(w->seen);
}

#endif
