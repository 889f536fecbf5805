/* clock.c - see clock.h */
#include "core/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define NS_PER_MS  INT64_C(1000000)
#define WALL_MAX_S INT64_C(253402300799) /* 9999-12-31 23:59:59 */

static struct {
	bool is_frozen;
	int64_t boot_ms, wall_ms;
} frozen;

static int64_t
now_ns(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 * NS_PER_MS + ts.tv_nsec;
}

int64_t
clock_boot_ns(void)
{
	return frozen.is_frozen ? frozen.boot_ms * NS_PER_MS : now_ns(CLOCK_BOOTTIME);
}

int64_t
clock_boot_ms(void)
{
	return clock_boot_ns() / NS_PER_MS;
}

int64_t
clock_wall_ms(void)
{
	return frozen.is_frozen ? frozen.wall_ms : now_ns(CLOCK_REALTIME) / NS_PER_MS;
}

int64_t
clock_wall_s(void)
{
	return clock_wall_ms() / 1000;
}

int64_t
clock_steady_ns(void)
{
	return now_ns(CLOCK_MONOTONIC);
}

void
clock_freeze(int64_t boot_ms, int64_t wall_ms)
{
	frozen.boot_ms = boot_ms;
	frozen.wall_ms = wall_ms;
	frozen.is_frozen = true;
}

void
clock_thaw(void)
{
	frozen.is_frozen = false;
}

void
clock_format_utc(int64_t wall_s, char ret_text[CLOCK_TEXT_BYTES])
{
	time_t t = (time_t)(wall_s < 0 ? 0 : wall_s > WALL_MAX_S ? WALL_MAX_S : wall_s);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)strftime(ret_text, CLOCK_TEXT_BYTES, "%Y-%m-%d %H:%M:%S", &tm);
}
