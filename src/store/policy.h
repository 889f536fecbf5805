/*
 * policy.h - when a journal is worth compacting
 *
 * Purpose    The file must not exceed three times its live content plus 1 MiB.  Nobody keeps
 *            the keys in memory for that, so between two exact counts a lower bound of the
 *            live bytes serves: each change since then may have killed the longest line.
 *            When the bound is reached the file is counted, and rewritten if more is dead than
 *            alive.
 * Calling    With the append lock held, save policy_is_due(), which is only a hint.
 */
#ifndef STORE_POLICY_H
#define STORE_POLICY_H

#include "store/control.h"
#include "store/live.h"

#define POLICY_FLOOR_BYTES ((uint64_t)1024 * 1024)

/* One more record was appended, in a line of n_bytes. */
void policy_count_record(struct control *control, enum store_op op, uint64_t n_bytes);

/* An exact count: what follows is counted from len on. */
void policy_set_count(struct control *control, const struct live *live, uint64_t len,
    uint64_t live_bytes, bool is_rewritten);

/* store_tick() should count, and perhaps compact. */
bool policy_is_due(const struct control *control);

/* The file may have reached its limit: whoever holds the append lock must not leave it so. */
bool policy_is_over(const struct control *control);

/* After an exact count: rewriting is worth it. */
bool policy_is_worth_it(uint64_t len, uint64_t live_bytes);

#endif
