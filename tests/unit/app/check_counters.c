/* check_counters.c - tests of src/app/counters.c */
#include "unit/unit.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/counters.h"
#include "core/clock.h"
#include "unit/tmp.h"

Suite *check_counters_suite(void);

static struct counters *
open_counters(void)
{
	struct counters *c = NULL;

	ck_assert_int_eq(counters_open(&c, tmp_fd, tmp_path, NULL), 0);
	return c;
}

START_TEST(each_counts_for_itself)
{
	struct counters *c = open_counters();

	for (int i = 0; i < COUNTER_N; i++)
		for (int n = 0; n <= i; n++)
			counters_add(c, (enum counter)i);
	for (int i = 0; i < COUNTER_N; i++)
		ck_assert_uint_eq(counters_get(c, (enum counter)i), (uint64_t)i + 1);
}
END_TEST

START_TEST(shared_by_processes_and_kept_over_restarts)
{
	struct counters *c = open_counters();

	for (int p = 0; p < 4; p++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0) {
			struct counters *mine = NULL;

			if (counters_open(&mine, tmp_fd, tmp_path, NULL) != 0)
				_exit(1);
			for (int i = 0; i < 20000; i++)
				counters_add(mine, COUNTER_LOGINS);
			_exit(0);
		}
	}
	for (int p = 0; p < 4; p++) {
		int status;

		ck_assert_int_ne(wait(&status), -1);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(counters_get(c, COUNTER_LOGINS), 80000);
	ck_assert_uint_eq(counters_get(c, COUNTER_LOGOUTS), 0);
	ck_assert_uint_eq(counters_get(open_counters(), COUNTER_LOGINS), 80000);
}
END_TEST

START_TEST(told_once_by_whoever_finds_it_first)
{
	struct counters *c = open_counters(), *other = open_counters();

	ck_assert(!counters_tell_once(c, 0)); /* so it was */
	ck_assert(counters_tell_once(c, 1));
	ck_assert(!counters_tell_once(other, 1));
	ck_assert(!counters_tell_once(c, 1));
	ck_assert(counters_tell_once(other, 2));
	ck_assert(counters_tell_once(c, 0));
	ck_assert(!counters_tell_once(other, 0));
}
END_TEST

START_TEST(due_once_an_interval_for_one_caller)
{
	struct counters *c = open_counters();

	clock_freeze(5000, 0);
	ck_assert(!counters_is_due(c, 10000)); /* not in the first seconds after boot */
	clock_freeze(10000, 0);
	ck_assert(counters_is_due(c, 10000));
	ck_assert(!counters_is_due(c, 10000));
	clock_freeze(19999, 0);
	ck_assert(!counters_is_due(c, 10000));
	clock_freeze(20000, 0);
	ck_assert(counters_is_due(c, 10000));
	ck_assert(!counters_is_due(open_counters(), 10000));
	clock_thaw();
}
END_TEST

START_TEST(of_all_processes_one_gives_notice)
{
	struct counters *c = open_counters(), *other = open_counters();

	clock_freeze(1000, 0);
	for (int i = 0; i < NOTICE_N; i++) {
		ck_assert(log_throttle_pass(counters_notice(c, (enum notice)i), 1000));
		ck_assert(!log_throttle_pass(counters_notice(other, (enum notice)i), 1000));
	}
	counters_forget_notices(other);
	for (int i = 0; i < NOTICE_N; i++)
		ck_assert(log_throttle_pass(counters_notice(c, (enum notice)i), 1000));
	clock_thaw();
}
END_TEST

START_TEST(a_file_of_others_is_refused)
{
	struct counters *c = NULL;
	struct err err = { "" };

	tmp_write("counters.6", "", 0666);
	ck_assert_int_eq(counters_open(&c, tmp_fd, tmp_path, &err), -EPERM);
	ck_assert_ptr_null(c);
	ck_assert_ptr_nonnull(strstr(err.text, "counters.6"));
}
END_TEST

Suite *
check_counters_suite(void)
{
	Suite *s = suite_create("app/counters");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, each_counts_for_itself);
	tcase_add_test(tc, shared_by_processes_and_kept_over_restarts);
	tcase_add_test(tc, told_once_by_whoever_finds_it_first);
	tcase_add_test(tc, due_once_an_interval_for_one_caller);
	tcase_add_test(tc, of_all_processes_one_gives_notice);
	tcase_add_test(tc, a_file_of_others_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
