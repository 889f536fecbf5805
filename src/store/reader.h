/*
 * reader.h - bring a replica up to date
 *
 * Errors     Negative errno: -EBADMSG when the file no longer says what it said.  Otherwise
 *            what apply returned.
 * Threads    One at a time for a handle.
 */
#ifndef STORE_READER_H
#define STORE_READER_H

#include "store/inner.h"

int reader_catch_up(struct store *store, store_apply_fn apply, void *arg);

/* This handle has read up to here: it appended the rest itself, with the append lock held. */
void reader_skip_own(struct store *store, uint64_t good_len, uint64_t n);

/* Go over to a new generation if everything of the old one was read; no apply is needed. */
void reader_follow(struct store *store);

/* This handle has caught up at least once. */
bool reader_has_begun(const struct store *store);

/* Everything that is published was read. */
bool reader_is_at_end(const struct store *store);

#endif
