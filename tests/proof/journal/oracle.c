/* oracle.c - see oracle.h */
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
oracle_start(struct oracle *oracle, const struct trace *trace, const uint32_t *base)
{
	(void)trace;
	memset(oracle, 0, sizeof(*oracle));
	if (base != NULL)
		memcpy(oracle->base, base, sizeof(oracle->base));
}

/* Was this append neither refused nor cut short by death, nor its flush refused? */
static bool
is_certain(const struct trace *trace, const struct trace_event *intent)
{
	const struct trace_event *end = trace->event + trace->n_events;
	bool is_appended = false;

	for (const struct trace_event *e = intent; e < end; e++) {
		if (e->kind == TRACE_APPENDED && e->at == intent->at)
			is_appended = e->result >= 0;
		else if (e->kind == TRACE_ACK && e->at == intent->at && e->result < 0)
			return false;
	}
	return is_appended;
}

void
oracle_step(struct oracle *oracle, const struct trace *trace, const struct trace_event *e)
{
	if (e->kind == TRACE_INTENT) {
		uint32_t i = oracle->n_ops++;

		if (i == ORACLE_OPS_MAX)
			abort();
		oracle->op[i].number = e->at;
		memcpy(&oracle->op[i].change, trace_bytes(trace, e), sizeof(struct change));
		oracle->op[i].is_maybe = !is_certain(trace, e);
		oracle->n_maybe += oracle->op[i].is_maybe;
	} else if (e->kind == TRACE_ACK && e->result == 0) {
		for (uint32_t i = oracle->n_ops; i-- > 0;)
			if (oracle->op[i].number == e->at && i + 1 > oracle->n_acked)
				oracle->n_acked = i + 1;
	}
}

/* Does a value that only this append wrote stand in the content? */
static bool
is_visible(const struct change *change, const struct replica *replica)
{
	for (uint32_t j = 0; j < change->n; j++)
		if (change->e[j].value != 0 &&
		    replica->value[change->e[j].key] == change->e[j].value)
			return true;
	return false;
}

/*
 * The appends up to each point.  Of the doubtful ones those that show are in; the others are
 * in where their bit is set.
 */
static bool
allows(const struct oracle *oracle, const struct replica *replica, uint32_t maybes)
{
	uint32_t value[REPLICA_KEYS], n_different = 0;

	memcpy(value, oracle->base, sizeof(value));
	for (uint32_t k = 0; k < REPLICA_KEYS; k++)
		n_different += value[k] != replica->value[k];
	for (uint32_t i = 0;; i++) {
		const struct change *c = &oracle->op[i].change;

		if (i >= oracle->n_acked && n_different == 0)
			return true;
		if (i == oracle->n_ops)
			return false;
		if (oracle->op[i].is_maybe && !is_visible(c, replica)) {
			bool is_in = (maybes & 1) != 0;

			maybes >>= 1;
			if (!is_in)
				continue;
		}
		for (uint32_t j = 0; j < c->n; j++) {
			uint32_t k = c->e[j].key;

			n_different -= value[k] != replica->value[k];
			value[k] = c->e[j].value;
			n_different += value[k] != replica->value[k];
		}
	}
}

bool
oracle_allows(
    const struct oracle *oracle, const struct replica *replica, char *why, size_t n_why)
{
	uint32_t n_maybe = 0;
	uint32_t value[REPLICA_KEYS];
	int n;

	if (replica->is_bad) {
		(void)snprintf(why, n_why, "a record came that nobody wrote");
		return false;
	}
	for (uint32_t i = 0; i < oracle->n_ops && n_maybe < ORACLE_MAYBE_MAX; i++)
		n_maybe +=
		    oracle->op[i].is_maybe && !is_visible(&oracle->op[i].change, replica);
	for (uint32_t maybes = 0; maybes >> n_maybe == 0; maybes++)
		if (allows(oracle, replica, maybes))
			return true;
	memcpy(value, oracle->base, sizeof(value));
	for (uint32_t i = 0; i < oracle->n_acked; i++)
		for (uint32_t j = 0; j < oracle->op[i].change.n; j++)
			value[oracle->op[i].change.e[j].key] = oracle->op[i].change.e[j].value;
	n = snprintf(why, n_why,
	    "%u appends, %u acknowledged, %u doubtful; unlike the last "
	    "acknowledged state:",
	    oracle->n_ops, oracle->n_acked, oracle->n_maybe);
	for (uint32_t k = 0; k < REPLICA_KEYS && n > 0 && (size_t)n < n_why; k++)
		if (value[k] != replica->value[k])
			n += snprintf(why + n, n_why - (size_t)n, " k%03u=%u (want %u)", k,
			    replica->value[k], value[k]);
	return false;
}
