/*
 * append.h - more lines at the end of the journal
 *
 * Errors     Negative errno; the file is then as it was before, or the journal has failed.
 */
#ifndef STORE_APPEND_H
#define STORE_APPEND_H

#include "store/inner.h"

/* See store_append(). */
int append_records(
    struct store *store, const struct store_record *records, size_t n, uint64_t *ret_seq);

/* After changes were refused for want of room: would one be taken now?  Without any lock. */
void append_look_for_room(struct store *store);

#endif
