/* check_random.c - tests of src/core/random.c: it fails closed */
#include "core/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "unit/core/fail_call.h"
#include "unit/unit.h"

Suite *check_random_suite(void);

static const uint8_t zeros[64];

START_TEST(fills_all_and_differs)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	ck_assert_int_eq(random_fill(a, sizeof(a)), 0);
	ck_assert_int_eq(random_fill(b, sizeof(b)), 0);
	ck_assert_mem_ne(a, b, sizeof(a));
	/* 32 zero bytes in a row: 2^-256. */
	ck_assert_mem_ne(a, zeros, 32);
	ck_assert_mem_ne(a + 32, zeros, 32);
}
END_TEST

START_TEST(nothing_more_than_asked)
{
	uint8_t a[3] = { 1, 2, 3 };

	ck_assert_int_eq(random_fill(a, 0), 0);
	ck_assert_mem_eq(a, "\1\2\3", 3);
	ck_assert_int_eq(random_fill(a, 2), 0);
	ck_assert_int_eq(a[2], 3);
}
END_TEST

static const struct {
	int how, want;
} refusals[] = {
	{ EPERM, -EPERM },                                     /* seccomp */
	{ EAGAIN, -EAGAIN },                                   /* no entropy yet */
	{ ENOSYS, -ENOSYS }, { EFAULT, -EFAULT }, { 0, -EIO }, /* nothing, without an error */
};

START_TEST(a_refusal_is_an_error_and_leaves_zeros)
{
	uint8_t a[64];

	memset(a, 0xaa, sizeof(a));
	fail_call("getrandom", 1, refusals[_i].how);
	ck_assert_int_eq(random_fill(a, sizeof(a)), refusals[_i].want);
	ck_assert_mem_eq(a, zeros, sizeof(a));
}
END_TEST

START_TEST(a_refusal_half_way_leaves_no_half)
{
	uint8_t a[64];

	fail_call("getrandom", 1, -10);
	fail_call("getrandom", 1, refusals[_i].how);
	memset(a, 0xaa, sizeof(a));
	ck_assert_int_eq(random_fill(a, sizeof(a)), refusals[_i].want);
	ck_assert_mem_eq(a, zeros, sizeof(a));
}
END_TEST

START_TEST(short_and_interrupted_calls_go_on)
{
	uint8_t a[64] = { 0 };

	fail_call("getrandom", 1, -7);
	fail_call("getrandom", 1, EINTR);
	fail_call("getrandom", 1, -1);
	ck_assert_int_eq(random_fill(a, sizeof(a)), 0);
	ck_assert(fail_call_is_done());
	ck_assert_mem_ne(a + 32, zeros, 32);
}
END_TEST

Suite *
check_random_suite(void)
{
	Suite *s = suite_create("core/random");
	TCase *tc = tcase_create("core");
	const int n = sizeof(refusals) / sizeof(refusals[0]);

	tcase_add_test(tc, fills_all_and_differs);
	tcase_add_test(tc, nothing_more_than_asked);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_loop_test(tc, a_refusal_is_an_error_and_leaves_zeros, 0, n);
	tcase_add_loop_test(tc, a_refusal_half_way_leaves_no_half, 0, n);
	tcase_add_test(tc, short_and_interrupted_calls_go_on);
	suite_add_tcase(s, tc);
	return s;
}
