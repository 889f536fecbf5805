/* usage.c - see usage.h */
#include "journal/usage.h"

#include "journal/internal.h"

void
jrn_usage_count_record(struct jrn_control *control, enum journal_op op, uint64_t n_bytes)
{
	if (op == JOURNAL_PUT) {
		control->put_bytes += n_bytes;
		control->n_live++;
		if (n_bytes > control->max_line_bytes)
			control->max_line_bytes = n_bytes;
	} else {
		/* The deletion itself is dead too. */
		control->n_dead += 2;
		if (control->n_live > 0)
			control->n_live--;
	}
	control->n_ops++;
}

void
jrn_usage_set_count(struct jrn_control *control, const struct jrn_live_index *live,
    uint64_t len, uint64_t live_bytes, bool is_rewritten)
{
	control->counted_len = len;
	control->counted_live_bytes = live_bytes;
	control->max_line_bytes = live->max_line_bytes;
	control->put_bytes = 0;
	control->n_ops = 0;
	control->n_live = live->n_live;
	control->n_dead = is_rewritten ? 0 : live->n_records - live->n_live;
}

static uint64_t
least_live_bytes(const struct jrn_control *control)
{
	uint64_t most_killed = control->n_ops * control->max_line_bytes;
	uint64_t seen = control->counted_live_bytes + control->put_bytes;

	return seen > most_killed ? seen - most_killed : 0;
}

static uint64_t
length(const struct jrn_control *control)
{
	return jrn_control_look(control).good_len;
}

bool
jrn_usage_is_due(const struct jrn_control *control)
{
	uint64_t len = length(control), at = control->counted_len;

	/* Not again for every little change while the bound is far below the truth. */
	return len > USAGE_FLOOR_BYTES && len > 2 * least_live_bytes(control) &&
	       (len > at + at / 16 || jrn_usage_is_worth_it(at, control->counted_live_bytes));
}

bool
jrn_usage_is_over(const struct jrn_control *control)
{
	return length(control) > 3 * least_live_bytes(control) + USAGE_FLOOR_BYTES;
}

bool
jrn_usage_is_worth_it(uint64_t len, uint64_t live_bytes)
{
	return len > USAGE_FLOOR_BYTES && len - live_bytes > live_bytes;
}

void
journal_stats(struct journal *journal, struct journal_stats *ret_stats)
{
	const struct jrn_control *control = journal->control;

	*ret_stats = (struct journal_stats){
		.n_live = control->n_live,
		.n_dead = control->n_dead,
		.file_bytes = jrn_control_look(control).good_len,
		.n_appended = control->n_appended,
		.n_flushes = control->n_flushes,
		.has_failed = control->has_failed != 0 || control->refused_with != 0,
	};
}
