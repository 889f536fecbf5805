/*
 * replica.h - what a process knows of the journal: a value per key
 *
 * Purpose    The smallest model on top of src/journal, for the proofs: keys "k000" to "k255",
 *            values {"v":<number>,"pad":"..."} told apart by their number; 0 is absent.
 * Threads    None of its own.
 */
#ifndef PROOF_JOURNAL_REPLICA_H
#define PROOF_JOURNAL_REPLICA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

#define REPLICA_KEYS        256
#define REPLICA_NAME        "Proof"
#define REPLICA_FILE        REPLICA_NAME ".jsonl"
#define REPLICA_CHANGES_MAX 4

/* What one append does: all of it or nothing. */
struct change {
	uint32_t n;
	struct {
		uint32_t key;
		uint32_t value; /* 0: delete */
	} e[REPLICA_CHANGES_MAX];
};

struct replica {
	uint32_t value[REPLICA_KEYS];
	uint32_t n_resets;
	bool is_bad; /* something came that nobody wrote */
};

/* For journal_catch_up(). */
int replica_apply(void *arg, const struct journal_record *record);

void replica_change(struct replica *replica, const struct change *change);

/* Set it, and what the journal notices goes to stderr; where faults are put in, that is too much. */
extern bool replica_tells;

/*
 * journal_open() of the proofs' journal in dir_fd, messages to stderr if is_loud.  0 or negative.
 */
int replica_open(int dir_fd, struct journal **ret_journal, bool is_loud);

/* journal_append() of it, each value with about pad bytes of padding. */
int replica_append(
    struct journal *journal, const struct change *change, size_t pad, uint64_t *ret_seq);

/*
 * Every line of these bytes is a JSON object or empty; the last one may be anything if it has
 * no line feed.  Returns the offset of the first bad line, or -1.
 */
long replica_bad_line(const uint8_t *p, size_t n);

#endif
