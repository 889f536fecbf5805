/*
 * group_commit.h - group commit: one flush for all who wait for one
 *
 * Purpose    One process or thread at a time flushes, for everything that is appended at that
 *            moment; the others sleep and find their lines covered by it or the next one.
 *            Nothing needs repair when the one who flushes is killed: the number of what is
 *            flushed has not moved, and the next one begins anew.
 * Source     Linux: a failed write-back is told once to every open file that was open then;
 *            afterwards the pages count as clean.  So a failed flush is never tried again on
 *            the same file (see "Can Applications Recover from fsync Failures?", ATC 2020).
 * Errors     -EROFS: the journal has failed.  -ETIMEDOUT: somebody who flushes is stopped.
 * Threads    From any thread of any process.
 */
#ifndef JOURNAL_GROUP_COMMIT_H
#define JOURNAL_GROUP_COMMIT_H

#include "journal/internal.h"

int jrn_group_commit_wait(struct journal *journal, uint64_t seq);

/*
 * The last flush has no end: its process was killed in it.  If it was told of a failure, only
 * files that were open then will be told too, and this handle has none: what the file holds
 * may not be on the disk, however often it is flushed.  Waits for nobody.
 */
bool jrn_group_commit_is_in_doubt(struct journal *journal);

#endif
