/*
 * expired.h - entries that this handle has swept, until somebody is told of them
 *
 * Purpose    Whoever sweeps holds the lock, where nobody may be told anything: a note is made, and read
 *            later without the lock.  It is of this process alone.  Who looks up has no part in it.
 * Calling    tbl_expired_note() with the lock held, table_on_expired() and table_tell_expired() (table.h).
 */
#ifndef TABLE_EXPIRED_H
#define TABLE_EXPIRED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"

struct table;

#define EXPIRED_NOTES 1024 /* between two ticks; beyond that they are only counted */

struct tbl_expired {
	table_expired_fn *fn; /* NULL: nobody wants to know */
	void *arg;
	_Atomic bool is_telling;
	_Atomic uint64_t n_noted, n_told; /* notes n_told to n_noted - 1 are to be told */
	_Atomic uint64_t n_beyond;        /* for which there was no room */
	struct tbl_entry_words notes[EXPIRED_NOTES];
};

void tbl_expired_note(struct table *table, const struct tbl_entry_words *words);

#endif
