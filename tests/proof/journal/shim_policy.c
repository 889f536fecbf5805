/* shim_policy.c - see shim.h: a clock that can be moved, compaction of small files */
#include "core/clock.h"
#include "shim.h"
#include "journal/usage.h"

static int64_t ahead_ms;
static uint64_t floor_bytes, due_after, over_after;

void
shim_advance_clock_ms(int64_t ms)
{
	ahead_ms += ms;
}

void
shim_set_compaction(uint64_t floor, uint64_t due_ops, uint64_t over_ops)
{
	floor_bytes = floor;
	due_after = due_ops;
	over_after = over_ops;
}

int64_t __real_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void);
int64_t
__wrap_clock_boot_ms(void)
{
	return __real_clock_boot_ms() + ahead_ms;
}

static bool
is_long(const struct jrn_control *control, uint64_t n_ops)
{
	return jrn_control_look(control).good_len > floor_bytes && control->n_ops > n_ops;
}

bool __real_jrn_usage_is_due(const struct jrn_control *control);
bool __wrap_jrn_usage_is_due(const struct jrn_control *control);
bool
__wrap_jrn_usage_is_due(const struct jrn_control *control)
{
	return floor_bytes == 0 ? __real_jrn_usage_is_due(control)
				: is_long(control, due_after);
}

bool __real_jrn_usage_is_over(const struct jrn_control *control);
bool __wrap_jrn_usage_is_over(const struct jrn_control *control);
bool
__wrap_jrn_usage_is_over(const struct jrn_control *control)
{
	return floor_bytes == 0 ? __real_jrn_usage_is_over(control)
				: is_long(control, over_after);
}

bool __real_jrn_usage_is_worth_it(uint64_t len, uint64_t live_bytes);
bool __wrap_jrn_usage_is_worth_it(uint64_t len, uint64_t live_bytes);
bool
__wrap_jrn_usage_is_worth_it(uint64_t len, uint64_t live_bytes)
{
	return floor_bytes == 0 ? __real_jrn_usage_is_worth_it(len, live_bytes)
				: len > floor_bytes;
}
