/* check_group_commit_waiting.c - tests of src/journal/group_commit.c: waiting for another one's flush, and its death */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_group_commit_waiting_suite(void);

static void
raise_synced(void)
{
	jrn_control_raise_synced(one->control, one->control->appended);
}

START_TEST(waiting_for_a_flush)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	/* Another one flushes, and is done before we sleep, or while we took the lock. */
	fault_before("pthread_mutex_trylock", 1, raise_synced);
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	seq = fixture_put(one, a, "k3", "{}");
	fault_clear();
	fault_before("pthread_mutex_trylock", 1, raise_synced);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	/* Another one flushes and fails. */
	seq = fixture_put(one, a, "k4", "{}");
	one->control->has_failed = 1;
	fault_clear();
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	one->control->has_failed = 0;
	fault_clear();
	fault_set("pthread_mutex_trylock", 1, 1, EINVAL);
	ck_assert_int_eq(journal_sync(one, seq), -EINVAL);
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, EMFILE);
	ck_assert_int_eq(journal_sync(one, seq), -EMFILE);
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, 0);
	fault_set("jrn_recover_now", 1, 1, EINTR);
	ck_assert_int_eq(journal_sync(one, seq), -EINTR);
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, 0);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	pair_assert_works();
}
END_TEST

enum { N_WAITERS = 3 };

/* What is flushed while they come, and the last of all. */
static uint64_t flusher_seq, last_seq;

static void
flush_and_pause(struct journal *journal)
{
	fault_before("fdatasync", 1, pair_pause);
	(void)journal_sync(journal, flusher_seq);
}

static void
pause_and_fail(struct journal *journal)
{
	fault_before("fdatasync", 1, pair_pause);
	fault_set("fdatasync", 1, 1, EIO);
	_exit(journal_sync(journal, flusher_seq) == -EROFS ? 0 : 1);
}

static struct waiter {
	pthread_t thread;
	struct journal *journal;
	uint64_t seq;
	int result;
} waiters[N_WAITERS];

static void *
wait_for_flush(void *arg)
{
	struct waiter *waiter = arg;

	waiter->result = journal_sync(waiter->journal, waiter->seq);
	return NULL;
}

/* The flusher is in its flush, which takes the lines up to flusher_seq, and they wait for it. */
static pid_t
begin_waiting(void (*flusher)(struct journal *journal))
{
	pid_t pid;

	/* As long as it takes on a busy machine. */
	clock_freeze(1000000, 0);
	(void)fixture_put(one, a, "k2", "{}");
	flusher_seq = fixture_put(one, a, "k3", "{}");
	pid = pair_fork(flusher);
	last_seq = fixture_put(one, a, "k4", "{}");
	for (size_t i = 0; i < N_WAITERS; i++) {
		waiters[i].journal = i % 2 == 0 ? one : two;
		waiters[i].seq = last_seq - i;
		waiters[i].result = 1;
		ck_assert_int_eq(
		    pthread_create(&waiters[i].thread, NULL, wait_for_flush, &waiters[i]), 0);
	}
	while (one->control->sync_waiters[0] + one->control->sync_waiters[1] < N_WAITERS)
		(void)sched_yield();
	return pid;
}

static void
end_waiting(int want)
{
	for (size_t i = 0; i < N_WAITERS; i++) {
		(void)pthread_join(waiters[i].thread, NULL);
		ck_assert_int_eq(waiters[i].result, want);
	}
}

START_TEST(waiters_of_a_killed_flusher_go_on)
{
	pid_t pid = begin_waiting(flush_and_pause);

	ck_assert_uint_eq(one->control->synced, 0);
	/* Nothing was said about its end, and nothing is acknowledged by it. */
	ck_assert_uint_eq(one->control->flush_begun, one->control->flush_ended + 1);
	pair_kill(pid);
	end_waiting(0);
	ck_assert_uint_eq(one->control->synced, last_seq);
	ck_assert_uint_ge(one->control->n_flushes, 1);
	ck_assert_uint_eq(one->control->flush_begun, one->control->flush_ended);
	/* These had the file open when it began: they would have been told of a failure. */
	ck_assert_uint_eq(one->control->generation, 1);
	ck_assert_str_eq(f.notices, "");
	pair_assert_works();
}
END_TEST

START_TEST(a_failing_flush_refuses_everybody)
{
	struct journal_stats stats;
	pid_t pid = begin_waiting(pause_and_fail);
	int status;

	pair_resume();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	end_waiting(-EROFS);
	journal_stats(one, &stats);
	ck_assert(stats.has_failed);
	ck_assert_uint_eq(stats.n_flushes, 0);
	ck_assert_uint_eq(one->control->synced, 0);
	/* A thread that comes now is refused too, and its flush, which would succeed, is not even tried. */
	for (uint64_t i = 1; i <= last_seq; i++)
		ck_assert_int_eq(journal_sync(i % 2 == 0 ? one : two, i), -EROFS);
	ck_assert_uint_eq(one->control->n_flushes, 0);
	/* A whole new file makes up for it. */
	pair_assert_works();
	ck_assert_uint_eq(one->control->generation, 2);
	ck_assert_int_eq(journal_sync(two, last_seq), 0);
}
END_TEST

START_TEST(a_failed_journal_is_not_waited_for)
{
	pid_t pid = pair_fork(pair_hold_sync);
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	clock_freeze(1000000, 0);
	one->control->has_failed = 1;
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	pair_kill(pid);
}
END_TEST

START_TEST(somebody_killed_while_flushing_leaves_nothing_to_repair)
{
	pid_t pid = pair_fork(pair_hold_sync);
	uint64_t seq = fixture_put(one, a, "k2", "{}");

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(journal_sync(one, seq), -ETIMEDOUT);
	pair_kill(pid);
	ck_assert_int_eq(journal_sync(one, seq), 0);
}
END_TEST

START_TEST(a_flush_without_an_end_is_not_trusted_by_who_came_later)
{
	uint64_t seq = fixture_put(one, a, "k2", "{}");
	struct jrn_control *control = one->control;
	uint64_t generation = control->generation;
	struct journal *three;

	/* The kernel tells a process that had the file open then of a failure: it may flush. */
	control->flush_generation = control->generation;
	control->flush_begun++;
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_eq(control->flush_begun, control->flush_ended);
	ck_assert_uint_eq(control->generation, generation);
	/* For who opened it later there is a whole new file, and no refusal. */
	seq = fixture_put(one, a, "k3", "{}");
	control->flush_begun++;
	three = fixture_journal(&f);
	ck_assert_int_eq(journal_sync(three, seq), 0);
	ck_assert_uint_eq(control->generation, generation + 1);
	/* A writer finds it out, too. */
	seq = fixture_put(one, a, "k4", "{}");
	ck_assert_int_eq(journal_sync(one, seq), 0);
	control->flush_begun++;
	control->flush_generation = control->generation;
	journal_close(three);
	three = fixture_journal(&f);
	ck_assert_int_eq(journal_lock(three, 100), 0);
	ck_assert_uint_eq(control->generation, generation + 2);
	journal_unlock(three);
	journal_close(three);
}
END_TEST

START_TEST(a_flush_in_doubt)
{
	struct jrn_control *control = one->control;
	uint64_t seq = fixture_put(one, a, "k2", "{}");
	struct journal *three;
	pid_t pid;

	ck_assert(!jrn_group_commit_is_in_doubt(one));
	control->flush_generation = control->generation;
	control->flush_begun++;
	three = fixture_journal(&f);
	fault_set("pthread_mutex_trylock", 1, 1, EBUSY);
	ck_assert(!jrn_group_commit_is_in_doubt(three));
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, EMFILE);
	ck_assert(!jrn_group_commit_is_in_doubt(three));
	fault_clear();
	ck_assert(jrn_group_commit_is_in_doubt(three));
	ck_assert(!jrn_group_commit_is_in_doubt(one));
	if ((pid = fork()) == 0) {
		(void)pthread_mutex_lock(&control->sync_mutex);
		(void)kill(getpid(), SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(jrn_group_commit_is_in_doubt(three));
	ck_assert_int_eq(journal_sync(three, seq), 0);
	ck_assert_uint_eq(control->generation, 2);
	journal_close(three);
	pair_assert_works();
}
END_TEST

Suite *
check_group_commit_waiting_suite(void)
{
	Suite *s = suite_create("journal/group_commit_waiting");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, waiting_for_a_flush);
	tcase_add_test(tc, waiters_of_a_killed_flusher_go_on);
	tcase_add_test(tc, a_failing_flush_refuses_everybody);
	tcase_add_test(tc, a_failed_journal_is_not_waited_for);
	tcase_add_test(tc, somebody_killed_while_flushing_leaves_nothing_to_repair);
	tcase_add_test(tc, a_flush_without_an_end_is_not_trusted_by_who_came_later);
	tcase_add_test(tc, a_flush_in_doubt);
	suite_add_tcase(s, tc);
	return s;
}
