/* counters.c - see counters.h */
#include "app/counters.h"

#include <stdatomic.h>

#include "core/clock.h"
#include "core/shared_block.h"

struct counters {
	_Atomic int64_t last_due_ms; /* boot clock */
	_Atomic uint64_t values[COUNTER_N];
	_Atomic uint64_t told; /* counters_tell_once() */
	struct log_throttle notices[NOTICE_N];
};

int
counters_open(struct counters **ret, int run_dir_fd, const char *run_dir_path, struct err *err)
{
	const struct shared_block_spec spec = { COUNTERS_FILE, sizeof(struct counters), NULL };
	void *block;
	int r = shared_block_map(run_dir_fd, run_dir_path, &spec, &block, err);

	if (r == 0)
		*ret = block;
	return r;
}

void
counters_add(struct counters *counters, enum counter counter)
{
	atomic_fetch_add_explicit(&counters->values[counter], 1, memory_order_relaxed);
}

uint64_t
counters_get(const struct counters *counters, enum counter counter)
{
	return atomic_load_explicit(&counters->values[counter], memory_order_relaxed);
}

struct log_throttle *
counters_notice(struct counters *counters, enum notice notice)
{
	return &counters->notices[notice];
}

void
counters_forget_notices(struct counters *counters)
{
	for (size_t i = 0; i < NOTICE_N; i++)
		log_throttle_reset(&counters->notices[i]);
}

bool
counters_tell_once(struct counters *counters, uint64_t state)
{
	return atomic_exchange(&counters->told, state) != state;
}

bool
counters_is_due(struct counters *counters, int64_t interval_ms)
{
	int64_t now_ms = clock_boot_ms();
	int64_t last_ms = atomic_load(&counters->last_due_ms);

	return now_ms - last_ms >= interval_ms &&
	       atomic_compare_exchange_strong(&counters->last_due_ms, &last_ms, now_ms);
}

void
counters_postpone(struct counters *counters, int64_t delay_ms)
{
	/* As if it had been done then: the interval comes on top. */
	atomic_store(&counters->last_due_ms, clock_boot_ms() + delay_ms);
}
