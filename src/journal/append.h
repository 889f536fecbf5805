/*
 * append.h - more lines at the end of the journal
 *
 * Errors     Negative errno; the file is then as it was before, or the journal has failed.
 */
#ifndef JOURNAL_APPEND_H
#define JOURNAL_APPEND_H

#include "journal/internal.h"

/* See journal_append(). */
int jrn_append_records(
    struct journal *journal, const struct journal_record *records, size_t n, uint64_t *ret_seq);

/* After changes were refused for want of room: would one be taken now?  Without any lock. */
void jrn_append_look_for_room(struct journal *journal);

#endif
