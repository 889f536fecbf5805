/* check_log_throttle.c - tests of src/core/log_throttle.c */
#include "core/log_throttle.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/clock.h"
#include "unit/unit.h"

Suite *check_log_throttle_suite(void);

static struct log_throttle throttle;

static void
setup(void)
{
	throttle = (struct log_throttle){ 0 };
}

START_TEST(one_in_each_interval)
{
	clock_freeze(0, 0);
	ck_assert(log_throttle_pass(&throttle, 1000));
	ck_assert(!log_throttle_pass(&throttle, 1000));
	clock_freeze(999, 0);
	ck_assert(!log_throttle_pass(&throttle, 1000));
	clock_freeze(1000, 0);
	ck_assert(log_throttle_pass(&throttle, 1000));
	ck_assert(!log_throttle_pass(&throttle, 1000));
	/* A long silence saves nothing up. */
	clock_freeze(50000, 0);
	ck_assert(log_throttle_pass(&throttle, 1000));
	ck_assert(!log_throttle_pass(&throttle, 1000));
}
END_TEST

START_TEST(each_has_its_own_time)
{
	struct log_throttle other = { 0 };

	clock_freeze(5, 0);
	ck_assert(log_throttle_pass(&throttle, LOG_THROTTLE_MS));
	ck_assert(log_throttle_pass(&other, LOG_THROTTLE_MS));
	ck_assert(!log_throttle_pass(&throttle, LOG_THROTTLE_MS));
}
END_TEST

START_TEST(reset_lets_the_next_one_pass)
{
	clock_freeze(5, 0);
	ck_assert(log_throttle_pass(&throttle, 1000));
	log_throttle_reset(&throttle);
	ck_assert(log_throttle_pass(&throttle, 1000));
	ck_assert(!log_throttle_pass(&throttle, 1000));
}
END_TEST

static atomic_int n_passed;

static void *
try_often(void *arg)
{
	for (int i = 0; i < 1000; i++)
		if (log_throttle_pass(arg, INT64_C(1) << 60))
			atomic_fetch_add(&n_passed, 1);
	return NULL;
}

START_TEST(of_many_threads_one_passes)
{
	pthread_t threads[4];

	atomic_store(&n_passed, 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, try_often, &throttle), 0);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ck_assert_int_eq(atomic_load(&n_passed), 1);
}
END_TEST

Suite *
check_log_throttle_suite(void)
{
	Suite *s = suite_create("core/log_throttle");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, clock_thaw);
	tcase_add_test(tc, one_in_each_interval);
	tcase_add_test(tc, each_has_its_own_time);
	tcase_add_test(tc, reset_lets_the_next_one_pass);
	tcase_add_test(tc, of_many_threads_one_passes);
	suite_add_tcase(s, tc);
	return s;
}
