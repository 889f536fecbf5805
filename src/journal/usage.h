/*
 * usage.h - when a journal is worth compacting
 *
 * Purpose    The file must not exceed three times its live content plus 1 MiB.  Nobody keeps
 *            the keys in memory for that, so between two exact counts a lower bound of the
 *            live bytes serves: each change since then may have killed the longest line.
 *            When the bound is reached the file is counted, and rewritten if more is dead than
 *            alive.
 * Calling    With the append lock held, save jrn_usage_is_due(), which is only a hint.
 */
#ifndef JOURNAL_USAGE_H
#define JOURNAL_USAGE_H

#include "journal/control.h"
#include "journal/live_index.h"

#define USAGE_FLOOR_BYTES ((uint64_t)1024 * 1024)

/* One more record was appended, in a line of n_bytes. */
void jrn_usage_count_record(struct jrn_control *control, enum journal_op op, uint64_t n_bytes);

/* An exact count: what follows is counted from len on. */
void jrn_usage_set_count(struct jrn_control *control, const struct jrn_live_index *live,
    uint64_t len, uint64_t live_bytes, bool is_rewritten);

/* journal_tick() should count, and perhaps compact. */
bool jrn_usage_is_due(const struct jrn_control *control);

/* The file may have reached its limit: whoever holds the append lock must not leave it so. */
bool jrn_usage_is_over(const struct jrn_control *control);

/* After an exact count: rewriting is worth it. */
bool jrn_usage_is_worth_it(uint64_t len, uint64_t live_bytes);

#endif
