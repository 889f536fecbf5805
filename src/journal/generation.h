/*
 * generation.h - one generation of the journal file, open
 *
 * Purpose    A flush may run on a file while another thread goes over to the next generation:
 *            the last user closes the descriptor.
 * Ownership  Counted references.
 * Errors     Negative errno; JRN_E_MOVED.
 * Threads    jrn_generation_current(), jrn_generation_ref() and jrn_generation_unref() from any
 *            thread.
 */
#ifndef JOURNAL_GENERATION_H
#define JOURNAL_GENERATION_H

#include <stdatomic.h>
#include <stdint.h>

struct journal;

struct jrn_generation {
	int fd; /* read and append */
	_Atomic unsigned n_refs;
	uint64_t generation;
	/*
	 * How many flushes had begun when it was opened.  The kernel tells every open file of a
	 * failed write-back once, but only of those that failed after it was opened.
	 */
	uint64_t flush_begun;
};

enum {
	JRN_E_MOVED = 1, /* what has the journal's name is not the current generation */
};

/* The current generation: 0 and a reference for the caller, or JRN_E_MOVED. */
int jrn_generation_current(struct journal *journal, struct jrn_generation **ret_file);

struct jrn_generation *jrn_generation_ref(struct jrn_generation *file);
void jrn_generation_unref(struct jrn_generation *file); /* accepts NULL */

#endif
