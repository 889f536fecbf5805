/*
 * live_index.h - which keys of a journal are alive, in the order of their creation
 *
 * Purpose    Compaction and counting: for each live key, where its newest line stands.  Keys
 *            are kept as 128-bit SipHash under a random key, so an entry has a fixed size
 *            whatever the keys are, and nobody can choose keys that fall together.
 * Ownership  The caller's struct; jrn_live_index_fini() frees what it grew.
 * Errors     -ENOMEM.
 */
#ifndef JOURNAL_LIVE_INDEX_H
#define JOURNAL_LIVE_INDEX_H

#include <stdint.h>

#include "journal/line.h"

#define LIVE_HASH_KEY_BYTES 16

struct jrn_live_index_entry {
	uint64_t hash[2];
	uint64_t offset;  /* of the newest line */
	uint32_t n_bytes; /* its length with the line feed; 0: deleted */
	uint32_t reserved;
};

struct jrn_live_index {
	uint8_t hash_key[LIVE_HASH_KEY_BYTES];
	struct jrn_live_index_entry *entries; /* in the order of the first PUT */
	size_t n_entries, entries_cap;
	uint64_t *table;  /* hash 32 | index of an entry plus 1, 32; 0: empty */
	size_t table_cap; /* a power of two */
	uint64_t n_live, live_bytes, n_records, max_line_bytes;
};

int jrn_live_index_init(struct jrn_live_index *live);
void jrn_live_index_fini(struct jrn_live_index *live); /* accepts a zeroed struct */

/* So many bytes of lines like this one will come: room for them at once. */
int jrn_live_index_expect(struct jrn_live_index *live, uint64_t n_bytes, size_t n_line);

int jrn_live_index_put(
    struct jrn_live_index *live, struct str key, uint64_t offset, uint32_t n_bytes);
void jrn_live_index_del(struct jrn_live_index *live, struct str key);

/* What the record of a line means: put or del.  n_bytes with the line feed. */
int jrn_live_index_note(
    struct jrn_live_index *live, const struct jrn_line *line, uint64_t offset, size_t n_bytes);

/* What is alive in [from, to) of a journal file.  -EBADMSG: these are not whole lines. */
int jrn_live_index_read(int fd, uint64_t from, uint64_t to, struct jrn_live_index *ret_live);

#endif
