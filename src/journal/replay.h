/*
 * replay.h - bring a replica up to date
 *
 * Errors     Negative errno: -EBADMSG when the file no longer says what it said.  Otherwise
 *            what apply returned.
 * Threads    One at a time for a handle.
 */
#ifndef JOURNAL_REPLAY_H
#define JOURNAL_REPLAY_H

#include "journal/internal.h"

int jrn_replay_catch_up(struct journal *journal, journal_apply_fn apply, void *arg);

/* This handle has read up to here: it appended the rest itself, with the append lock held. */
void jrn_replay_skip_own(struct journal *journal, uint64_t good_len, uint64_t n);

/* Go over to a new generation if everything of the old one was read; no apply is needed. */
void jrn_replay_follow(struct journal *journal);

/* This handle has caught up at least once. */
bool jrn_replay_has_begun(const struct journal *journal);

/* Everything that is published was read. */
bool jrn_replay_is_at_end(const struct journal *journal);

#endif
