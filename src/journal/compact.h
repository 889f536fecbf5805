/*
 * compact.h - the journal as a new file that holds only what is alive
 *
 * Purpose    Two ways: jrn_compact_tick() beside the writers, who go on appending; and
 *            jrn_compact_replace() while the append lock is held, when the old file is finished.
 * Errors     Negative errno.
 */
#ifndef JOURNAL_COMPACT_H
#define JOURNAL_COMPACT_H

#include "journal/internal.h"
#include "journal/live_index.h"
#include "journal/rewrite.h"

/* Count, and compact if it is worth it.  Without the append lock; from any thread. */
int jrn_compact_tick(struct journal *journal);

/*
 * With the append lock held: write what is alive in [scan->start, scan->good_len) of the file
 * fd into a new file and make that the journal.  Its numbers go on behind those of the old
 * file.  keeps_readers: what is read there is what is known to all who have read to the end;
 * otherwise everybody starts anew.
 */
int jrn_compact_replace(
    struct journal *journal, int fd, const struct jrn_scan *scan, bool keeps_readers);

/* With the append lock held and everything in order: see that the file is not too long. */
void jrn_compact_if_over(struct journal *journal, const struct jrn_generation *file);

/* Write and flush the lines of live, from the file fd, under a temporary name. */
int jrn_compact_write(struct journal *journal, int fd, const struct jrn_line_header *old,
    uint64_t base_n, const char *temp_name, const struct jrn_live_index *live,
    struct jrn_rewrite *ret_snap);

/* What is alive in [from, to) of a journal file. */
int jrn_compact_count(int fd, uint64_t from, uint64_t to, struct jrn_live_index *ret_live);

#endif
