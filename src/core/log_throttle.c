/* log_throttle.c - see log_throttle.h */
#include "core/log_throttle.h"

#include <stdatomic.h>

#include "core/clock.h"

bool
log_throttle_pass(struct log_throttle *throttle, int64_t interval_ms)
{
	int64_t now_ms = clock_boot_ms(), next_ms = atomic_load(&throttle->next_ms);

	return now_ms >= next_ms && atomic_compare_exchange_strong(
					&throttle->next_ms, &next_ms, now_ms + interval_ms);
}

void
log_throttle_reset(struct log_throttle *throttle)
{
	atomic_store(&throttle->next_ms, 0);
}
