/* bucket.c - see bucket.h */
#include "table/bucket.h"

/* Nearest first: processors fetch cache lines in pairs. */
int
tbl_bucket_free_slot(const struct tbl_bucket *b, unsigned wanted)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (tbl_bucket_state(b, wanted ^ i) != SLOT_LIVE)
			return (int)(wanted ^ i);
	return -1;
}

static void
set_meta(struct tbl_slot *s, enum tbl_slot_state state, const char *step)
{
	uint32_t version =
	    (WORD_LOAD(&s->meta) & ~BUCKET_STATE_MASK) + BUCKET_VERSION; /* may wrap */

	(void)step;
	WORD_STORE(&s->meta, version | state, step);
}

/* Slot i's byte in the fingerprints of another slot.  The whole word is stored: the other seven
 * keep theirs. */
static void
set_fingerprint(struct tbl_bucket *b, unsigned at, unsigned i, uint64_t fingerprint)
{
	_Atomic uint64_t *p = &b->slots[at].fingerprints;
	uint64_t before = WORD_LOAD(p);
	uint64_t after = (before & ~(BUCKET_BYTE_MASK << 8 * i)) | fingerprint << 8 * i;

	if (after != before)
		WORD_STORE(p, after, "fingerprint");
}

static void
set_fields(struct tbl_slot *s, const struct tbl_entry_words *w)
{
	WORD_STORE(&s->tag[0], w->tag[0], "tag 0");
	WORD_STORE(&s->tag[1], w->tag[1], "tag 1");
	WORD_STORE(&s->owner[0], w->owner[0], "owner 0");
	WORD_STORE(&s->owner[1], w->owner[1], "owner 1");
	WORD_STORE(&s->created, w->created, "created");
	WORD_STORE(&s->lifetime_s, w->lifetime_s, "lifetime");
	WORD_STORE(&s->seen, w->seen, "seen");
	WORD_STORE(&s->check, w->check, "check");
}

void
tbl_bucket_write(struct tbl_bucket *b, unsigned i, const struct tbl_entry_words *w)
{
	set_meta(&b->slots[i], SLOT_BUSY, "meta busy");
	set_fields(&b->slots[i], w);
	set_fingerprint(b, tbl_entry_wanted_slot(w->tag), i, tbl_entry_fingerprint(w->tag));
	set_meta(&b->slots[i], SLOT_LIVE, "meta live");
}

bool
tbl_bucket_repair_fingerprints(struct tbl_bucket *b)
{
	uint64_t want[BUCKET_SLOTS] = { 0 };
	bool is_repaired = false;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		uint64_t tag[2] = { WORD_LOAD(&b->slots[i].tag[0]),
			WORD_LOAD(&b->slots[i].tag[1]) };

		if (tbl_bucket_state(b, i) == SLOT_LIVE)
			want[tbl_entry_wanted_slot(tag)] |= tbl_entry_fingerprint(tag) << 8 * i;
	}
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		if (WORD_LOAD(&b->slots[i].fingerprints) == want[i])
			continue;
		WORD_STORE(&b->slots[i].fingerprints, want[i], "repair fingerprints");
		is_repaired = true;
	}
	return is_repaired;
}

/* The later time; that it has ended holds in any case. */
static void
merge_seen(struct tbl_slot *to, uint32_t seen)
{
	uint32_t has = WORD_LOAD(&to->seen);

	while (seen != ENTRY_SEEN_NOTHING && has != ENTRY_SEEN_ENDED &&
	       (seen > has || seen == ENTRY_SEEN_ENDED)) {
		TABLE_STEP("seen, to the copy");
		if (atomic_compare_exchange_strong(&to->seen, &has, seen))
			return;
	}
}

/* Whoever comes later fails to note anything here, and looks for the copy. */
static void
hand_down_seen(struct tbl_slot *from, struct tbl_slot *to)
{
	uint32_t seen = WORD_LOAD(&from->seen);

	do {
		merge_seen(to, seen);
		TABLE_STEP("seen, from the original");
	} while (
	    !atomic_compare_exchange_strong(&from->seen, &seen, (uint32_t)ENTRY_SEEN_NOTHING));
}

bool
tbl_bucket_end(struct tbl_slot *s, const struct tbl_entry_words *w)
{
	uint32_t seen = w->seen;

	TABLE_STEP("seen ended");
	return atomic_compare_exchange_strong(&s->seen, &seen, (uint32_t)ENTRY_SEEN_ENDED);
}

void
tbl_bucket_clear(struct tbl_bucket *b, unsigned i, struct tbl_slot *heir)
{
	static const struct tbl_entry_words nothing;

	set_meta(&b->slots[i], SLOT_EMPTY, "meta empty");
	if (heir != NULL)
		hand_down_seen(&b->slots[i], heir);
	/*
	 * Whose fingerprint it is cannot be told from fields that may be half-written: all of
	 * them.
	 */
	for (unsigned at = 0; at < BUCKET_SLOTS; at++)
		set_fingerprint(b, at, i, 0);
	set_fields(&b->slots[i], &nothing);
}
