/*
 * clock.h - what time it is, for machines and for people
 *
 * Purpose    Expiry is measured on CLOCK_BOOTTIME, which counts suspend and does not step
 *            when somebody sets the clock.  Wall time is for what people read and for what
 *            must mean something after a reboot.
 * Units      In the name: _ms milliseconds, _s seconds, _ns nanoseconds.
 * Errors     None: these clocks cannot fail on Linux.
 * Threads    clock_freeze() is for single-threaded tests; the rest from anywhere.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

int64_t clock_boot_ms(void); /* since boot, suspend included */
int64_t clock_boot_ns(void);
int64_t clock_wall_ms(void); /* since 1970-01-01 00:00:00 UTC */
int64_t clock_wall_s(void);

/* For how long something takes or is waited for; clock_freeze() does not stop it. */
int64_t clock_steady_ns(void);

/* Tests: from now on the clocks stand at these values, until clock_thaw(). */
void clock_freeze(int64_t boot_ms, int64_t wall_ms);
void clock_thaw(void);

#define CLOCK_TEXT_BYTES sizeof("2017-10-16 04:23:04")

/* "2017-10-16 04:23:04" in UTC; years 1970 to 9999, clamped. */
void clock_format_utc(int64_t wall_s, char ret_text[CLOCK_TEXT_BYTES]);

#endif
