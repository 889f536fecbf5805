/*
 * jfile.h - one generation of the journal file, open
 *
 * Purpose    A flush may run on a file while another thread goes over to the next generation:
 *            the descriptor is closed by the last who uses it.
 * Ownership  Counted references.
 * Errors     Negative errno; JFILE_E_MOVED.
 * Threads    jfile_current(), jfile_ref() and jfile_unref() from any thread.
 */
#ifndef STORE_JFILE_H
#define STORE_JFILE_H

#include <stdatomic.h>
#include <stdint.h>

struct store;

struct jfile {
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
	JFILE_E_MOVED = 1, /* what has the journal's name is not the current generation */
};

/* The current generation: 0 and a reference for the caller, or JFILE_E_MOVED. */
int jfile_current(struct store *store, struct jfile **ret_file);

struct jfile *jfile_ref(struct jfile *file);
void jfile_unref(struct jfile *file); /* accepts NULL */

#endif
