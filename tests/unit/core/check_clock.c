/* check_clock.c - tests of src/core/clock.c */
#include "core/clock.h"

#include <time.h>
#include <unistd.h>

#include "unit/unit.h"

Suite *check_clock_suite(void);

/* Between two readings of the kernel's clock. */
START_TEST(reads_the_right_clocks)
{
	struct timespec a, b;
	int64_t boot_ns, wall_ms;

	(void)clock_gettime(CLOCK_BOOTTIME, &a);
	boot_ns = clock_boot_ns();
	(void)clock_gettime(CLOCK_BOOTTIME, &b);
	ck_assert_int_ge(boot_ns, a.tv_sec * INT64_C(1000000000) + a.tv_nsec);
	ck_assert_int_le(boot_ns, b.tv_sec * INT64_C(1000000000) + b.tv_nsec);
	(void)clock_gettime(CLOCK_REALTIME, &a);
	wall_ms = clock_wall_ms();
	(void)clock_gettime(CLOCK_REALTIME, &b);
	ck_assert_int_ge(wall_ms, a.tv_sec * INT64_C(1000) + a.tv_nsec / 1000000);
	ck_assert_int_le(wall_ms, b.tv_sec * INT64_C(1000) + b.tv_nsec / 1000000);
}
END_TEST

START_TEST(stands_when_frozen)
{
	int64_t steady_ns;

	clock_freeze(1234, 5678901);
	ck_assert_int_eq(clock_boot_ms(), 1234);
	ck_assert_int_eq(clock_boot_ns(), 1234000000);
	ck_assert_int_eq(clock_wall_ms(), 5678901);
	ck_assert_int_eq(clock_wall_s(), 5678);
	/* What measures a wait goes on, or the wait would never end. */
	steady_ns = clock_steady_ns();
	(void)usleep(1000);
	ck_assert_int_ge(clock_steady_ns() - steady_ns, 1000000);
	clock_thaw();
	ck_assert_int_ne(clock_wall_ms(), 5678901);
}
END_TEST

static const struct {
	int64_t wall_s;
	const char *want;
} format_cases[] = {
	{ 0, "1970-01-01 00:00:00" },
	{ 1508127784, "2017-10-16 04:23:04" },
	{ 951782400, "2000-02-29 00:00:00" },
	{ INT64_C(4102444800), "2100-01-01 00:00:00" },
	{ INT64_C(2147483648), "2038-01-19 03:14:08" },
	{ INT64_C(253402300799), "9999-12-31 23:59:59" },
	{ INT64_C(253402300800), "9999-12-31 23:59:59" },
	{ INT64_MAX, "9999-12-31 23:59:59" },
	{ -1, "1970-01-01 00:00:00" },
	{ INT64_MIN, "1970-01-01 00:00:00" },
};

START_TEST(format)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_utc(format_cases[_i].wall_s, text);
	ck_assert_str_eq(text, format_cases[_i].want);
}
END_TEST

Suite *
check_clock_suite(void)
{
	Suite *s = suite_create("core/clock");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, reads_the_right_clocks);
	tcase_add_test(tc, stands_when_frozen);
	tcase_add_loop_test(tc, format, 0, sizeof(format_cases) / sizeof(format_cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
