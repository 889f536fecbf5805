/* bucket.c - see bucket.h */
#include "shm/bucket.h"

unsigned
bucket_n_live(const struct bucket *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		n += bucket_state(WORD_LOAD(&b->meta[i])) == SLOT_LIVE;
	return n;
}

int
bucket_free_slot(const struct bucket *b, unsigned wanted)
{
	if (bucket_state(WORD_LOAD(&b->meta[wanted])) != SLOT_LIVE)
		return (int)wanted;
	for (int i = 0; i < BUCKET_SLOTS; i++)
		if (bucket_state(WORD_LOAD(&b->meta[i])) != SLOT_LIVE)
			return i;
	return -1;
}

static void
set_meta(struct bucket *b, unsigned i, enum slot_state state, const char *step)
{
	uint32_t version =
	    (WORD_LOAD(&b->meta[i]) & ~BUCKET_STATE_MASK) + BUCKET_VERSION; /* may wrap */

	(void)step;
	WORD_STORE(&b->meta[i], version | state, step);
}

/* The whole word is stored: the other two slots of it keep their bits. */
static void
set_print(struct bucket *b, unsigned i, uint64_t lane)
{
	unsigned shift = i % BUCKET_LANES_EACH * BUCKET_LANE_BITS;
	_Atomic uint64_t *p = &b->prints[i / BUCKET_LANES_EACH];

	WORD_STORE(p, (WORD_LOAD(p) & ~(BUCKET_LANE_MASK << shift)) | lane << shift, "print");
}

static void
set_fields(struct slot *s, const struct entry_words *w)
{
	WORD_STORE(&s->tag[0], w->tag[0], "tag 0");
	WORD_STORE(&s->tag[1], w->tag[1], "tag 1");
	WORD_STORE(&s->owner[0], w->owner[0], "owner 0");
	WORD_STORE(&s->owner[1], w->owner[1], "owner 1");
	WORD_STORE(&s->created, w->created, "created");
	WORD_STORE(&s->lifetime_s, w->lifetime_s, "lifetime");
	WORD_STORE(&s->seen, w->seen, "seen");
}

void
bucket_write(struct bucket *b, unsigned i, const struct entry_words *w, uint64_t owner_hash)
{
	set_meta(b, i, SLOT_BUSY, "meta busy");
	set_fields(&b->slots[i], w);
	set_print(
	    b, i, entry_owner_print(owner_hash) << BUCKET_TAG_BITS | entry_tag_print(w->tag));
	set_meta(b, i, SLOT_LIVE, "meta live");
}

void
bucket_clear(struct bucket *b, unsigned i)
{
	static const struct entry_words nothing;

	set_meta(b, i, SLOT_EMPTY, "meta empty");
	set_print(b, i, 0);
	set_fields(&b->slots[i], &nothing);
}
