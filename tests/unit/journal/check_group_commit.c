/* check_group_commit.c - tests of src/journal/group_commit.c: one flush for all who wait for one */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_group_commit_suite(void);

#define NS_PER_S 1000000000u

START_TEST(one_flush_is_for_all_that_is_appended)
{
	struct journal_stats before, after;
	uint64_t first = fixture_put(one, a, "k2", "{}"),
		 second = fixture_put(one, a, "k3", "{}");

	journal_stats(one, &before);
	/* Somebody who waited and was killed stays counted, and does no harm. */
	one->control->sync_waiters[0] = one->control->sync_waiters[1] = 1;
	ck_assert_int_eq(journal_sync(two, first), 0);
	ck_assert_int_eq(journal_sync(one, second), 0);
	journal_stats(one, &after);
	ck_assert_uint_eq(after.n_flushes, before.n_flushes + 1);
}
END_TEST

static uint64_t
n_flushes(void)
{
	return one->control->n_flushes;
}

START_TEST(what_is_flushed_is_not_flushed_again)
{
	uint64_t before, seq = fixture_put(one, a, "k2", "{}");

	ck_assert_int_eq(journal_sync(one, seq), 0);
	before = n_flushes();
	fault_set("fdatasync", 1, 1, EIO);
	fault_set("pthread_mutex_trylock", 1, 1, EINVAL);
	for (uint64_t i = 0; i <= seq; i++)
		ck_assert_int_eq(journal_sync(two, i), 0);
	ck_assert_uint_eq(fault_hits(), 0);
	ck_assert_uint_eq(n_flushes(), before);
	/* Not even a failure takes back what was acknowledged. */
	one->control->has_failed = 1;
	ck_assert_int_eq(journal_sync(one, seq), 0);
}
END_TEST

START_TEST(what_was_not_appended_is_not_waited_for)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	ck_assert_int_eq(journal_sync(one, seq + 1), -EINVAL);
	ck_assert_int_eq(journal_sync(one, UINT64_MAX), -EINVAL);
	ck_assert_uint_eq(n_flushes(), 0);
}
END_TEST

static uint64_t seq_during;

static void
append_during_the_flush(void)
{
	pair_append_elsewhere();
	seq_during = one->control->appended;
}

/* The flush may have begun before the line was written: a thread that waits for that needs another one. */
START_TEST(what_comes_during_a_flush_is_not_covered_by_it)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	fault_before("fdatasync", 1, append_during_the_flush);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(seq_during, seq + 1);
	ck_assert_uint_eq(one->control->synced, seq);
	ck_assert_uint_eq(n_flushes(), 1);
	ck_assert_int_eq(journal_sync(one, seq_during), 0);
	ck_assert_uint_eq(one->control->synced, seq_during);
	ck_assert_uint_eq(n_flushes(), 2);
}
END_TEST

START_TEST(a_failed_flush_is_told_once_and_names_the_file)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	fault_set("fdatasync", 1, 1, EIO);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_int_eq(strncmp(f.notices, one->path, strlen(one->path)), 0);
	ck_assert_ptr_nonnull(strstr(f.notices, "cannot flush: Input/output error"));
	ck_assert_ptr_eq(strchr(f.notices, '\n'), strrchr(f.notices, '\n'));
}
END_TEST

START_TEST(a_failed_flush_is_not_repeated_on_the_same_file)
{
	struct stat before, after;
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	clock_freeze(1000000, 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	fault_set("fdatasync", 1, 1, EIO);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	/* The next flush of this file would succeed, and mean nothing. */
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_int_eq(journal_sync(two, seq), -EROFS);
	/* Nor does a new file count whose flush, name or directory fails. */
	fault_clear();
	fault_set("fsync", 1, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	clock_freeze(1002000, 0);
	fault_clear();
	fault_set("renameat", 1, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	clock_freeze(1004000, 0);
	fault_clear();
	fault_set("fsync", 2, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	clock_freeze(1006000, 0);
	fault_clear();
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &after, 0), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
	pair_assert_works();
}
END_TEST

START_TEST(a_flush_that_fails_on_a_file_of_the_past_does_not_matter)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	fault_before("fdatasync", 1, pair_replace_file);
	fault_set("fdatasync", 1, 1, EIO);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(fault_hits(), 2);
	pair_assert_works();
}
END_TEST

/* As jrn_control_switch(control, false) leaves it. */
static void
replace_by_one_whose_name_is_not_flushed(void)
{
	uint64_t synced = one->control->synced;

	pair_replace_file();
	one->control->synced = synced;
	one->control->has_failed = 1;
}

START_TEST(a_file_whose_name_is_not_flushed_proves_nothing)
{
	uint64_t seq;

	one->control->batch_size = 1000;
	one->control->flush_ns = NS_PER_S;
	seq = fixture_put(one, a, "k2", "{}");
	fault_before("sched_yield", 1, replace_by_one_whose_name_is_not_flushed);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_uint_lt(one->control->synced, seq);
	pair_assert_works();
}
END_TEST

static void
always_append(void)
{
	pair_append_elsewhere();
	fault_clear();
	fault_before("sched_yield", 1, always_append);
}

/* One flush is measured to have taken so long, with so many lines. */
static uint64_t
after_a_flush(uint64_t batch_size, uint64_t flush_ns)
{
	one->control->batch_size = batch_size;
	one->control->flush_ns = flush_ns;
	fault_before("sched_yield", 1, always_append);
	return fixture_put(one, a, "k2", "{}");
}

START_TEST(when_all_are_here_nobody_is_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(2, NS_PER_S);

	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(fault_hits(), 0);
	ck_assert_uint_eq(one->control->synced, before + 2);
	fault_clear();
}
END_TEST

START_TEST(as_many_as_the_last_time_are_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(5, NS_PER_S);

	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(one->control->synced, before + 5);
	fault_clear();
	pair_assert_works();
}
END_TEST

START_TEST(who_does_not_come_is_not_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(1000, NS_PER_S);

	fault_clear();
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(one->control->synced, seq);
	/* And is not expected any more. */
	ck_assert_uint_eq(one->control->batch_size, seq - before);
}
END_TEST

START_TEST(gathering_takes_no_longer_than_a_flush)
{
	uint64_t seq = after_a_flush(UINT32_MAX, NS_PER_S / 1000);

	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_gt(one->control->synced, seq);
	fault_clear();
	pair_assert_works();
}
END_TEST

Suite *
check_group_commit_suite(void)
{
	Suite *s = suite_create("journal/group_commit");
	TCase *tc = tcase_create("core"), *gathering = tcase_create("gathering");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, one_flush_is_for_all_that_is_appended);
	tcase_add_test(tc, what_is_flushed_is_not_flushed_again);
	tcase_add_test(tc, what_was_not_appended_is_not_waited_for);
	tcase_add_test(tc, what_comes_during_a_flush_is_not_covered_by_it);
	tcase_add_test(tc, a_failed_flush_is_told_once_and_names_the_file);
	tcase_add_test(tc, a_failed_flush_is_not_repeated_on_the_same_file);
	tcase_add_test(tc, a_flush_that_fails_on_a_file_of_the_past_does_not_matter);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(gathering, pair_set_up, pair_tear_down);
	tcase_set_timeout(gathering, 60);
	tcase_add_test(gathering, a_file_whose_name_is_not_flushed_proves_nothing);
	tcase_add_test(gathering, when_all_are_here_nobody_is_waited_for);
	tcase_add_test(gathering, as_many_as_the_last_time_are_waited_for);
	tcase_add_test(gathering, who_does_not_come_is_not_waited_for);
	tcase_add_test(gathering, gathering_takes_no_longer_than_a_flush);
	suite_add_tcase(s, gathering);
	return s;
}
