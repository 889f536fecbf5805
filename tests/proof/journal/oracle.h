/*
 * oracle.h - which contents of the journal would break a promise
 *
 * Purpose    From a trace up to an event: what was acknowledged, what was attempted.  A
 *            recovered content keeps D1 and D2 if it is what some prefix of the appends makes,
 *            no shorter than the last acknowledged one; appends that failed, or whose process
 *            died in them, may be left out, and only they.
 * Threads    One oracle a thread.
 */
#ifndef PROOF_JOURNAL_ORACLE_H
#define PROOF_JOURNAL_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "replica.h"
#include "trace.h"

#define ORACLE_OPS_MAX   2048
#define ORACLE_MAYBE_MAX 16

struct oracle {
	uint32_t base[REPLICA_KEYS]; /* what was there before the first append */
	uint32_t n_ops, n_acked;     /* n_acked: one past the last acknowledged append */
	uint32_t n_maybe;
	struct {
		uint64_t number;
		struct change change;
		bool is_maybe;
	} op[ORACLE_OPS_MAX];
};

/* Read the whole trace for the fates of its appends; none has happened yet. */
void oracle_start(struct oracle *oracle, const struct trace *trace, const uint32_t *base);

/* The next event has happened. */
void oracle_step(struct oracle *oracle, const struct trace *trace, const struct trace_event *e);

/* Does this content keep the promises?  If not, why is filled. */
bool oracle_allows(
    const struct oracle *oracle, const struct replica *replica, char *why, size_t n_why);

#endif
