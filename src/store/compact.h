/*
 * compact.h - the journal as a new file that holds only what is alive
 *
 * Purpose    Two ways: compact_tick() beside the writers, who go on appending; and
 *            compact_replace() while the append lock is held, when the old file is finished.
 * Errors     Negative errno.
 */
#ifndef STORE_COMPACT_H
#define STORE_COMPACT_H

#include "store/inner.h"
#include "store/live.h"
#include "store/snapshot.h"

/* Count, and compact if it is worth it.  Without the append lock; from any thread. */
int compact_tick(struct store *store);

/*
 * With the append lock held: write what is alive in [scan->start, scan->good_len) of the file
 * fd into a new file and make that the journal.  Its numbers go on behind those of the old
 * file.  keeps_readers: what is read there is what is known to all who have read to the end;
 * otherwise everybody starts anew.
 */
int compact_replace(struct store *store, int fd, const struct scan *scan, bool keeps_readers);

/* With the append lock held and everything in order: see that the file is not too long. */
void compact_if_over(struct store *store, const struct jfile *file);

/* Write and flush the lines of live, from the file fd, under a temporary name. */
int compact_write(struct store *store, int fd, const struct line_header *old, uint64_t base_n,
    const char *temp_name, const struct live *live, struct snapshot *ret_snap);

/* What is alive in [from, to) of a journal file. */
int compact_count(int fd, uint64_t from, uint64_t to, struct live *ret_live);

#endif
