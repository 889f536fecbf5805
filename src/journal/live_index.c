/* live_index.c - see live_index.h */
#include "journal/live_index.h"

#include <errno.h>
#include <stdlib.h>

#include <sodium.h>

#include "core/random.h"

#define FIRST_CAP        1024
#define LINE_USUAL_BYTES 256 /* at least; a deletion is shorter */

_Static_assert(LIVE_HASH_KEY_BYTES == crypto_shorthash_siphashx24_KEYBYTES, "SipHash-2-4-128");

int
jrn_live_index_init(struct jrn_live_index *live)
{
	*live = (struct jrn_live_index){ 0 };
	return random_fill(live->hash_key, sizeof(live->hash_key));
}

void
jrn_live_index_fini(struct jrn_live_index *live)
{
	free(live->entries);
	free(live->table);
	*live = (struct jrn_live_index){ 0 };
}

static void
hash(const struct jrn_live_index *live, struct str key, uint64_t ret_hash[2])
{
	(void)crypto_shorthash_siphashx24(
	    (unsigned char *)ret_hash, (const unsigned char *)key.p, key.n, live->hash_key);
}

/* What a place holds for an entry: the part of its hash by which others are passed over. */
static uint64_t
place_word(const uint64_t key_hash[2], size_t index)
{
	return (key_hash[1] & ~(uint64_t)UINT32_MAX) | (uint64_t)(index + 1);
}

static struct jrn_live_index_entry *
entry_at(const struct jrn_live_index *live, uint64_t word)
{
	return &live->entries[(word & UINT32_MAX) - 1];
}

/*
 * The place of the key in the table, or the empty place where it would stand.  Entries of
 * deleted keys keep their places until the table grows, so a chain of places has no holes.
 */
static uint64_t *
place(const struct jrn_live_index *live, const uint64_t key_hash[2])
{
	size_t mask = live->table_cap - 1;

	for (size_t i = (size_t)key_hash[0] & mask;; i = (i + 1) & mask) {
		const struct jrn_live_index_entry *entry;

		if (live->table[i] == 0)
			return &live->table[i];
		/* Entries lie far away: only for one that is likely to be it. */
		if ((live->table[i] ^ key_hash[1]) >> 32 != 0)
			continue;
		entry = entry_at(live, live->table[i]);
		if (entry->n_bytes != 0 && entry->hash[0] == key_hash[0] &&
		    entry->hash[1] == key_hash[1])
			return &live->table[i];
	}
}

/* Entries of deleted keys go; then a table of at least twice as many places as entries. */
static int
grow(struct jrn_live_index *live, uint64_t n_wanted)
{
	size_t cap, n = 0;
	struct jrn_live_index_entry *entries;
	uint64_t *table;

	for (cap = FIRST_CAP; cap < n_wanted && cap <= UINT32_MAX; cap *= 2)
		;
	if (cap > UINT32_MAX)
		return -ENOMEM;
	if ((table = calloc(cap * 2, sizeof(*table))) == NULL)
		return -ENOMEM;
	if ((entries = malloc(cap * sizeof(*entries))) == NULL) {
		free(table);
		return -ENOMEM;
	}
	for (size_t i = 0; i < live->n_entries; i++)
		if (live->entries[i].n_bytes != 0)
			entries[n++] = live->entries[i];
	free(live->entries);
	free(live->table);
	live->entries = entries;
	live->entries_cap = cap;
	live->n_entries = n;
	live->table = table;
	live->table_cap = cap * 2;
	for (size_t i = 0; i < n; i++)
		*place(live, entries[i].hash) = place_word(entries[i].hash, i);
	return 0;
}

int
jrn_live_index_expect(struct jrn_live_index *live, uint64_t n_bytes, size_t n_line)
{
	uint64_t n = n_bytes / (n_line > LINE_USUAL_BYTES ? n_line : LINE_USUAL_BYTES);

	return n > live->entries_cap ? grow(live, n) : 0;
}

int
jrn_live_index_put(
    struct jrn_live_index *live, struct str key, uint64_t offset, uint32_t n_bytes)
{
	struct jrn_live_index_entry entry = { .offset = offset, .n_bytes = n_bytes };
	uint64_t *at;
	int r;

	if (live->n_entries == live->entries_cap && (r = grow(live, live->n_live * 2)) != 0)
		return r;
	live->n_records++;
	live->live_bytes += n_bytes;
	if (n_bytes > live->max_line_bytes)
		live->max_line_bytes = n_bytes;
	hash(live, key, entry.hash);
	at = place(live, entry.hash);
	if (*at != 0) {
		/* A new value keeps the place in the order. */
		live->live_bytes -= entry_at(live, *at)->n_bytes;
		*entry_at(live, *at) = entry;
		return 0;
	}
	live->n_live++;
	*at = place_word(entry.hash, live->n_entries);
	live->entries[live->n_entries++] = entry;
	return 0;
}

void
jrn_live_index_del(struct jrn_live_index *live, struct str key)
{
	uint64_t key_hash[2];
	uint64_t *at;

	live->n_records++;
	if (live->table_cap == 0)
		return;
	hash(live, key, key_hash);
	at = place(live, key_hash);
	if (*at == 0)
		return;
	live->n_live--;
	live->live_bytes -= entry_at(live, *at)->n_bytes;
	entry_at(live, *at)->n_bytes = 0;
}

int
jrn_live_index_note(
    struct jrn_live_index *live, const struct jrn_line *line, uint64_t offset, size_t n_bytes)
{
	if (line->record.op == JOURNAL_PUT)
		return jrn_live_index_put(live, line->record.key, offset, (uint32_t)n_bytes);
	jrn_live_index_del(live, line->record.key);
	return 0;
}

int
jrn_live_index_read(int fd, uint64_t from, uint64_t to, struct jrn_live_index *ret_live)
{
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	struct jrn_live_index live;
	uint64_t offset;
	int r, found;

	if ((r = jrn_live_index_init(&live)) != 0)
		return r;
	if ((r = jrn_lines_open(&lines, fd, from, to)) != 0)
		return r;
	while (r == 0 && (found = jrn_lines_next(&lines, &text, &offset)) != 0) {
		if (found < 0)
			r = found;
		else if (found != LINES_WHOLE || jrn_line_parse(text, &line) != 0)
			r = -EBADMSG;
		else {
			if (offset == from)
				r = jrn_live_index_expect(&live, to - from, text.n + 1);
			if (r == 0)
				r = jrn_live_index_note(&live, &line, offset, text.n + 1);
		}
	}
	if (r == 0 && jrn_lines_offset(&lines) != to)
		r = -EBADMSG;
	jrn_lines_close(&lines);
	if (r != 0)
		jrn_live_index_fini(&live);
	else
		*ret_live = live;
	return r;
}
