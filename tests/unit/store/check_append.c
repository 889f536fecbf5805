/* check_append.c - tests of src/store/append.c and sync.c: writing and flushing when calls fail */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/place.h"
#include "store/sync.h"
#include "unit/store/fault.h"
#include "unit/store/pair.h"

Suite *check_append_suite(void);

#define NS_PER_S 1000000000u

START_TEST(a_failed_write_leaves_nothing)
{
	static const int errors[] = { ENOSPC, EDQUOT, EIO, EFBIG };
	uint64_t seq = 0;
	size_t n_before, n_after;

	free(fixture_read(&f, "User.jsonl", &n_before));
	pair_lock(one);
	fault_set("write", 1, 1, errors[_i]);
	fault_set("ftruncate", 1, 1, EINTR);
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -errors[_i]);
	ck_assert_uint_eq(seq, 0);
	store_unlock(one);
	free(fixture_read(&f, "User.jsonl", &n_after));
	ck_assert_uint_eq(n_before, n_after);
	pair_assert_works();
}
END_TEST

/* Who reads "No space left on device" must learn where, and what to do; once is enough. */
START_TEST(a_failed_write_names_the_file_and_the_way_out)
{
	static const struct {
		int error;
		const char *reason, *way_out;
	} cases[] = {
		{ ENOSPC, "No space left on device", "room on its file system" },
		{ EDQUOT, "Disk quota exceeded", "room on its file system" },
		{ EFBIG, "File too large", "ulimit -f" },
		{ EIO, "Input/output error", "the kernel's log" },
	};
	uint64_t seq;

	pair_lock(one);
	for (int i = 0; i < 2; i++) {
		fault_set("write", 1, 1, cases[_i].error);
		ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -cases[_i].error);
		fault_clear();
		ck_assert_int_eq(strncmp(f.notices, one->path, strlen(one->path)), 0);
		ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].reason));
		ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].way_out));
		ck_assert_ptr_eq(strchr(f.notices, '\n'), strrchr(f.notices, '\n'));
	}
	/* After a change that was written it is news again; so is another reason. */
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), 0);
	f.notices[0] = '\0';
	fault_set("write", 1, 1, cases[_i].error);
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -cases[_i].error);
	ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].reason));
	fault_clear();
	fault_set("write", 1, 1, ENOMEM);
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(f.notices, "Cannot allocate memory"));
	store_unlock(one);
}
END_TEST

START_TEST(what_cannot_be_taken_back_ends_the_file)
{
	struct stat before, after;
	uint64_t seq;

	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	pair_lock(one);
	fault_set("write", 1, 1, EIO);
	fault_set("ftruncate", 1, 1, EIO);
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -EROFS);
	ck_assert_int_eq(store_append(one, &put_k9, 1, &seq), -EROFS);
	store_unlock(one);
	pair_assert_works();
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &after, 0), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(who_never_reads_may_append)
{
	struct store *blind = fixture_store(&f);
	uint64_t seq;

	ck_assert_int_eq(store_lock(blind, 100), 0);
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(store_append(blind, &put_k9, 1, &seq), -EMFILE);
	fault_set("jfile_current", 1, 1, 0);
	ck_assert_int_eq(store_append(blind, &put_k9, 1, &seq), -ESTALE);
	fault_set("malloc", 1, 1, ENOMEM);
	ck_assert_int_eq(fault_end(store_append(blind, &put_k9, 1, &seq)), -ENOMEM);
	fault_clear();
	fault_set("fstat", 2, 1, EIO);
	ck_assert_int_eq(store_append(blind, &put_k9, 1, &seq), -EIO);
	fault_clear();
	ck_assert_int_eq(store_append(blind, &put_k9, 1, &seq), 0);
	store_close(blind);
	pair_assert_works();
}
END_TEST

START_TEST(a_failed_flush_is_not_repeated_on_the_same_file)
{
	struct stat before, after;
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	clock_freeze(1000000, 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	fault_set("fdatasync", 1, 1, EIO);
	ck_assert_int_eq(store_sync(one, seq), -EROFS);
	/* The next flush of this file would succeed, and mean nothing. */
	ck_assert_int_eq(store_sync(one, seq), -EROFS);
	ck_assert_int_eq(store_sync(two, seq), -EROFS);
	/* Nor does a new file count whose flush, name or directory fails. */
	fault_clear();
	fault_set("fsync", 1, 1, EIO);
	ck_assert_int_eq(store_lock(one, 100), -EROFS);
	ck_assert_int_eq(store_sync(one, seq), -EROFS);
	clock_freeze(1002000, 0);
	fault_clear();
	fault_set("renameat", 1, 1, EIO);
	ck_assert_int_eq(store_lock(one, 100), -EROFS);
	clock_freeze(1004000, 0);
	fault_clear();
	fault_set("fsync", 2, 1, EIO);
	ck_assert_int_eq(store_lock(one, 100), -EROFS);
	ck_assert_int_eq(store_sync(one, seq), -EROFS);
	clock_freeze(1006000, 0);
	fault_clear();
	ck_assert_int_eq(store_lock(one, 100), 0);
	store_unlock(one);
	ck_assert_int_eq(store_sync(one, seq), 0);
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
	ck_assert_int_eq(store_sync(one, seq), 0);
	ck_assert_uint_eq(fault_hits(), 2);
	pair_assert_works();
}
END_TEST

static void
raise_synced(void)
{
	control_raise_synced(one->control, one->control->appended);
}

START_TEST(waiting_for_a_flush)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	/* Another one flushes, and is done before we sleep, or while we took the lock. */
	fault_before("pthread_mutex_trylock", 1, raise_synced);
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert_int_eq(store_sync(one, seq), 0);
	seq = fixture_put(one, a, "k3", "{}");
	fault_clear();
	fault_before("pthread_mutex_trylock", 1, raise_synced);
	ck_assert_int_eq(store_sync(one, seq), 0);
	/* Another one flushes and fails. */
	seq = fixture_put(one, a, "k4", "{}");
	one->control->has_failed = 1;
	fault_clear();
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert_int_eq(store_sync(one, seq), -EROFS);
	one->control->has_failed = 0;
	fault_clear();
	fault_set("pthread_mutex_trylock", 1, 1, EINVAL);
	ck_assert_int_eq(store_sync(one, seq), -EINVAL);
	fault_clear();
	fault_set("jfile_current", 1, 1, EMFILE);
	ck_assert_int_eq(store_sync(one, seq), -EMFILE);
	fault_clear();
	fault_set("jfile_current", 1, 1, 0);
	fault_set("mend_now", 1, 1, EINTR);
	ck_assert_int_eq(store_sync(one, seq), -EINTR);
	fault_clear();
	fault_set("jfile_current", 1, 1, 0);
	ck_assert_int_eq(store_sync(one, seq), 0);
	pair_assert_works();
}
END_TEST

START_TEST(one_flush_is_for_all_that_is_appended)
{
	struct store_stats before, after;
	uint64_t first = fixture_put(one, a, "k2", "{}"),
		 second = fixture_put(one, a, "k3", "{}");

	store_stats(one, &before);
	/* Somebody who waited and was killed stays counted, and does no harm. */
	one->control->sync_waiters[0] = one->control->sync_waiters[1] = 1;
	ck_assert_int_eq(store_sync(two, first), 0);
	ck_assert_int_eq(store_sync(one, second), 0);
	store_stats(one, &after);
	ck_assert_uint_eq(after.n_flushes, before.n_flushes + 1);
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
after_a_flush(uint64_t company, uint64_t flush_ns)
{
	one->control->company = company;
	one->control->flush_ns = flush_ns;
	fault_before("sched_yield", 1, always_append);
	return fixture_put(one, a, "k2", "{}");
}

START_TEST(when_all_are_here_nobody_is_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(2, NS_PER_S);

	ck_assert_int_eq(store_sync(one, seq), 0);
	ck_assert_uint_eq(fault_hits(), 0);
	ck_assert_uint_eq(one->control->synced, before + 2);
	fault_clear();
}
END_TEST

START_TEST(as_many_as_the_last_time_are_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(5, NS_PER_S);

	ck_assert_int_eq(store_sync(one, seq), 0);
	ck_assert_uint_eq(one->control->synced, before + 5);
	fault_clear();
	pair_assert_works();
}
END_TEST

START_TEST(who_does_not_come_is_not_waited_for)
{
	uint64_t before = one->control->synced, seq = after_a_flush(1000, NS_PER_S);

	fault_clear();
	ck_assert_int_eq(store_sync(one, seq), 0);
	ck_assert_uint_eq(one->control->synced, seq);
	/* And is not expected any more. */
	ck_assert_uint_eq(one->control->company, seq - before);
}
END_TEST

START_TEST(gathering_takes_no_longer_than_a_flush)
{
	uint64_t seq = after_a_flush(UINT32_MAX, NS_PER_S / 1000);

	ck_assert_int_eq(store_sync(one, seq), 0);
	ck_assert_uint_gt(one->control->synced, seq);
	fault_clear();
	pair_assert_works();
}
END_TEST

START_TEST(a_flush_in_doubt)
{
	struct control *control = one->control;
	uint64_t seq = fixture_put(one, a, "k2", "{}");
	struct store *three;
	pid_t pid;

	ck_assert(!sync_is_in_doubt(one));
	control->flush_generation = control->generation;
	control->flush_begun++;
	three = fixture_store(&f);
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert(!sync_is_in_doubt(three));
	fault_clear();
	fault_set("jfile_current", 1, 1, EMFILE);
	ck_assert(!sync_is_in_doubt(three));
	fault_clear();
	ck_assert(sync_is_in_doubt(three));
	ck_assert(!sync_is_in_doubt(one));
	if ((pid = fork()) == 0) {
		(void)pthread_mutex_lock(&control->sync_mutex);
		(void)kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(sync_is_in_doubt(three));
	ck_assert_int_eq(store_sync(three, seq), 0);
	ck_assert_uint_eq(control->generation, 2);
	store_close(three);
	pair_assert_works();
}
END_TEST

Suite *
check_append_suite(void)
{
	Suite *s = suite_create("store/append");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_failed_write_leaves_nothing, 0, 4);
	tcase_add_loop_test(tc, a_failed_write_names_the_file_and_the_way_out, 0, 4);
	tcase_add_test(tc, what_cannot_be_taken_back_ends_the_file);
	tcase_add_test(tc, who_never_reads_may_append);
	tcase_add_test(tc, a_failed_flush_is_not_repeated_on_the_same_file);
	tcase_add_test(tc, a_flush_that_fails_on_a_file_of_the_past_does_not_matter);
	tcase_add_test(tc, waiting_for_a_flush);
	tcase_add_test(tc, one_flush_is_for_all_that_is_appended);
	tcase_add_test(tc, when_all_are_here_nobody_is_waited_for);
	tcase_add_test(tc, as_many_as_the_last_time_are_waited_for);
	tcase_add_test(tc, who_does_not_come_is_not_waited_for);
	tcase_add_test(tc, gathering_takes_no_longer_than_a_flush);
	tcase_add_test(tc, a_flush_in_doubt);
	suite_add_tcase(s, tc);
	return s;
}
