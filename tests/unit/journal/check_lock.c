/* check_lock.c - tests of src/journal/control.c: one writer at a time, whatever happens to it */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/control.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_lock_suite(void);

#define LOCK_NAME "User.jsonl.lock"

static struct jrn_lock
open_lock(void)
{
	struct jrn_lock lock = LOCK_NULL;

	ck_assert_int_eq(jrn_lock_open(&lock, f.dir_fd, f.path, LOCK_NAME, NULL), 0);
	return lock;
}

/* ---------------------------------------------------------------- the lock of an open file */

START_TEST(opening)
{
	struct jrn_lock lock = LOCK_NULL;
	struct err err = { "" };
	struct stat st;

	umask(0);
	ck_assert_int_eq(jrn_lock_open(&lock, f.dir_fd, f.path, "new.lock", &err), 0);
	ck_assert_int_eq(lock.pid, getpid());
	ck_assert_int_eq(fcntl(lock.fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fstatat(f.dir_fd, "new.lock", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	jrn_lock_close(&lock);
	ck_assert_int_eq(lock.fd, -1);
	jrn_lock_close(&lock);
	ck_assert_int_eq(symlinkat("new.lock", f.dir_fd, "link.lock"), 0);
	ck_assert_int_eq(jrn_lock_open(&lock, f.dir_fd, f.path, "link.lock", &err), -ELOOP);
	ck_assert_ptr_nonnull(strstr(err.text, "link.lock is a symbolic link"));
	ck_assert_int_eq(lock.fd, -1);
}
END_TEST

START_TEST(shared_and_exclusive)
{
	struct jrn_lock first = open_lock(), second = open_lock();

	ck_assert_int_eq(jrn_lock_try(&first, LOCK_COMPACT, true), 0);
	ck_assert_int_eq(jrn_lock_try(&second, LOCK_COMPACT, true), 0);
	ck_assert_int_eq(jrn_lock_try(&second, LOCK_COMPACT, false), -EAGAIN);
	ck_assert(jrn_lock_is_held(&first, LOCK_COMPACT));
	ck_assert(!jrn_lock_is_held(&second, LOCK_APPEND));
	/* Each range is a lock of its own. */
	ck_assert_int_eq(jrn_lock_try(&second, LOCK_APPEND, false), 0);
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_APPEND, true), -EAGAIN);
	jrn_lock_drop(&first, LOCK_COMPACT);
	ck_assert_int_eq(jrn_lock_try(&second, LOCK_COMPACT, false), 0);
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_COMPACT, true), -EAGAIN);
	/* And from exclusive to shared. */
	ck_assert_int_eq(jrn_lock_try(&second, LOCK_COMPACT, true), 0);
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_COMPACT, true), 0);
	/* With its last descriptor all that an open file holds is gone. */
	jrn_lock_close(&second);
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_APPEND, false), 0);
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_COMPACT, false), 0);
	jrn_lock_close(&first);
}
END_TEST

START_TEST(failures_of_the_kernel)
{
	struct jrn_lock lock = open_lock();

	fault_set("fcntl-lock", 1, 1, EACCES);
	ck_assert_int_eq(jrn_lock_try(&lock, LOCK_COMPACT, false), -EAGAIN);
	fault_clear();
	fault_set("fcntl-lock", 1, 3, ENOLCK);
	ck_assert_int_eq(jrn_lock_try(&lock, LOCK_COMPACT, false), -ENOLCK);
	ck_assert_int_eq(jrn_lock_poll(&lock, LOCK_COMPACT, 1000), -ENOLCK);
	ck_assert_int_eq(jrn_lock_append(&lock, one->control, 1000), -ENOLCK);
	ck_assert_uint_eq(fault_hits(), 3);
	/* The mutex in front of it was given back. */
	ck_assert_int_eq(jrn_lock_append(&lock, one->control, 0), 0);
	jrn_lock_append_drop(&lock, one->control);
	jrn_lock_close(&lock);
}
END_TEST

START_TEST(waiting_is_bounded)
{
	struct jrn_lock first = open_lock(), second = open_lock();
	int64_t begin_ms = clock_boot_ms();

	ck_assert_int_eq(jrn_lock_poll(&first, LOCK_COMPACT, 0), 0);
	ck_assert_int_eq(jrn_lock_poll(&second, LOCK_COMPACT, 0), -ETIMEDOUT);
	ck_assert_int_eq(jrn_lock_poll(&second, LOCK_COMPACT, 30), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - begin_ms, 30);
	/* The append lock, behind its mutex, and then the mutex itself. */
	ck_assert_int_eq(jrn_lock_try(&first, LOCK_APPEND, false), 0);
	ck_assert_int_eq(jrn_lock_append(&second, one->control, 30), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - begin_ms, 60);
	jrn_lock_drop(&first, LOCK_APPEND);
	ck_assert_int_eq(jrn_lock_append(&first, one->control, 0), 0);
	ck_assert_int_eq(jrn_lock_append(&second, one->control, 30), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - begin_ms, 90);
	jrn_lock_append_drop(&first, one->control);
	ck_assert_int_eq(jrn_lock_append(&second, one->control, 0), 0);
	jrn_lock_append_drop(&second, one->control);
	jrn_lock_close(&first);
	jrn_lock_close(&second);
}
END_TEST

static void
drop_elsewhere(void)
{
	journal_unlock(two);
}

START_TEST(who_waits_gets_it_when_it_is_free)
{
	struct jrn_lock lock = open_lock();

	ck_assert_int_eq(jrn_lock_try(&two->lock, LOCK_COMPACT, false), 0);
	/* Freed just before the third attempt. */
	fault_set("fcntl-lock", 1, 2, EAGAIN);
	ck_assert_int_eq(jrn_lock_poll(&lock, LOCK_APPEND, 10000), 0);
	ck_assert_uint_eq(fault_hits(), 2);
	jrn_lock_drop(&lock, LOCK_APPEND);
	fault_clear();
	ck_assert_int_eq(journal_lock(two, 1000), 0);
	fault_before("fcntl-lock", 2, drop_elsewhere);
	ck_assert_int_eq(jrn_lock_poll(&lock, LOCK_APPEND, 10000), 0);
	ck_assert_uint_eq(fault_hits(), 1);
	jrn_lock_close(&lock);
}
END_TEST

/* ------------------------------------------------------------------- threads and processes */

enum { N_THREADS = 3, N_TURNS = 400 };

static int n_turns, n_inside;

static void *
take_turns(void *arg)
{
	struct jrn_lock lock = open_lock();

	(void)arg;
	for (int i = 0; i < N_TURNS; i++) {
		if (jrn_lock_append(&lock, one->control, 60000) != 0 || n_inside++ != 0)
			abort();
		n_turns++;
		n_inside--;
		jrn_lock_append_drop(&lock, one->control);
	}
	jrn_lock_close(&lock);
	return NULL;
}

START_TEST(threads_of_one_process_exclude_each_other)
{
	pthread_t threads[N_THREADS];

	n_turns = n_inside = 0;
	for (int i = 0; i < N_THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, take_turns, NULL), 0);
	for (int i = 0; i < N_THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	ck_assert_int_eq(n_turns, N_THREADS * N_TURNS);
}
END_TEST

START_TEST(the_lock_dies_with_its_holder)
{
	struct jrn_lock lock = open_lock();
	pid_t pid = pair_fork(pair_hold_append);

	ck_assert_int_eq(jrn_lock_append(&lock, one->control, 20), -ETIMEDOUT);
	pair_kill(pid);
	/* Not the time it would take to wait, and as often as one likes. */
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(jrn_lock_append(&lock, one->control, 60000), 0);
		jrn_lock_append_drop(&lock, one->control);
	}
	jrn_lock_close(&lock);
	pair_assert_works();
}
END_TEST

/* Nobody said that what it guards is in order again: then nobody writes. */
START_TEST(a_mutex_that_was_given_up_is_refused)
{
	struct jrn_control *control = one->control;
	pid_t pid = pair_fork(pair_hold_append);

	pair_kill(pid);
	ck_assert_int_eq(pthread_mutex_trylock(&control->append_mutex), EOWNERDEAD);
	ck_assert_int_eq(pthread_mutex_unlock(&control->append_mutex), 0);
	ck_assert_int_eq(jrn_lock_append(&one->lock, control, 1000), -ENOTRECOVERABLE);
}
END_TEST

START_TEST(handles_exclude_each_other)
{
	uint64_t seq;
	struct journal_record record = { JOURNAL_DEL, STR_LIT("k"), STR_NULL };
	int64_t begin_ms = clock_boot_ms();

	ck_assert_int_eq(journal_append(one, &record, 1, &seq), -EINVAL);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	ck_assert_int_eq(journal_lock(one, 100), -EDEADLK);
	ck_assert_int_eq(journal_lock(two, 50), -ETIMEDOUT);
	ck_assert_int_ge(clock_boot_ms() - begin_ms, 50);
	/* Behind, and it has read: it must read on before it decides. */
	journal_unlock(one);
	ck_assert_int_eq(journal_lock(two, 50), 0);
	ck_assert_int_eq(journal_append(two, &record, 1, &seq), -EINVAL);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_int_eq(journal_append(two, &record, 0, &seq), -EINVAL);
	record.key = STR_LIT("\"");
	ck_assert_int_eq(journal_append(two, &record, 1, &seq), -EINVAL);
	record.key = STR_LIT("k");
	ck_assert_int_eq(journal_append(two, &record, 1, &seq), 0);
	journal_unlock(two);
	journal_unlock(two);
	ck_assert_int_eq(journal_sync(two, seq + 1), -EINVAL);
}
END_TEST

START_TEST(a_stopped_writer_costs_a_refusal_and_no_more)
{
	pid_t pid = pair_fork(pair_hold_append);
	struct journal *three;
	struct replica *c = replica_new();

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(journal_lock(one, 50), -ETIMEDOUT);
	/* Readers, and those who come now, do not wait for it. */
	ck_assert(journal_is_current(one));
	three = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, c), 0);
	ck_assert_str_eq(replica_text(c), "k1={\"v\":1} ");
	pair_kill(pid);
	ck_assert_int_eq(journal_lock(one, 1000), 0);
	journal_close(three);
	replica_free(c);
}
END_TEST

START_TEST(a_child_excludes_its_parent)
{
	pid_t pid;
	int status;

	ck_assert_int_eq(journal_lock(one, 100), 0);
	if ((pid = fork()) == 0) {
		journal_unlock(one); /* not the child's to drop */
		_exit(journal_lock(one, 50) == -ETIMEDOUT && journal_lock(two, 50) == -ETIMEDOUT
			  ? 0
			  : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* The parent still has it, and the child's end has not dropped it. */
	ck_assert_int_eq(journal_lock(two, 50), -ETIMEDOUT);
	journal_unlock(one);
	if ((pid = fork()) == 0) {
		if (journal_lock(one, 100) != 0)
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(journal_lock(two, 50), 0);
	journal_unlock(two);
	if ((pid = fork()) == 0) {
		(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
		_exit(journal_lock(one, 50) == -ESTALE ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(closing_another_descriptor_does_not_drop_the_lock)
{
	int fd;

	ck_assert_int_eq(journal_lock(one, 100), 0);
	fd = openat(f.dir_fd, "User.jsonl.lock", O_RDWR | O_CLOEXEC);
	(void)close(fd);
	journal_close(fixture_journal(&f));
	ck_assert_int_eq(journal_lock(two, 50), -ETIMEDOUT);
	journal_unlock(one);
	ck_assert_int_eq(journal_lock(two, 50), 0);
}
END_TEST

START_TEST(the_kernels_lock_is_the_truth)
{
	struct jrn_lock other = LOCK_NULL;
	struct err err;

	ck_assert_int_eq(jrn_lock_open(&other, f.dir_fd, f.path, "User.jsonl.lock", &err), 0);
	ck_assert_int_eq(jrn_lock_try(&other, LOCK_APPEND, false), 0);
	ck_assert_int_eq(journal_lock(one, 50), -ETIMEDOUT);
	ck_assert_int_eq(jrn_recover_now(one, 50), -ETIMEDOUT);
	jrn_lock_close(&other);
	jrn_lock_close(&other);
	ck_assert_int_eq(journal_lock(one, 50), 0);
}
END_TEST

START_TEST(a_lock_of_its_own_after_a_fork)
{
	/* White box: what a child finds at its first lock. */
	one->lock.pid = 0;
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(journal_lock(one, 100), -EMFILE);
	fault_clear();
	fault_set("fstat", 2, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), -EIO);
	fault_clear();
	fault_set("fcntl-lock", 1, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), -EIO);
	fault_clear();
	ck_assert_int_eq(journal_lock(one, 100), 0);
	/* And it does not drop what is its parent's. */
	one->lock.pid = 0;
	journal_unlock(one);
	ck_assert_int_eq(journal_lock(two, 20), -ETIMEDOUT);
	one->lock.pid = getpid();
	journal_unlock(one);
	one->lock_inode++;
	one->lock.pid = 0;
	ck_assert_int_eq(journal_lock(one, 100), -ESTALE);
	one->lock_inode--;
	pair_assert_works();
}
END_TEST

Suite *
check_lock_suite(void)
{
	Suite *s = suite_create("journal/lock");
	TCase *tc = tcase_create("core"), *holders = tcase_create("holders");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_add_test(tc, opening);
	tcase_add_test(tc, shared_and_exclusive);
	tcase_add_test(tc, failures_of_the_kernel);
	tcase_add_test(tc, waiting_is_bounded);
	tcase_add_test(tc, who_waits_gets_it_when_it_is_free);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(holders, pair_set_up, pair_tear_down);
	tcase_set_timeout(holders, 60);
	tcase_add_test(holders, threads_of_one_process_exclude_each_other);
	tcase_add_test(holders, the_lock_dies_with_its_holder);
	tcase_add_test(holders, a_mutex_that_was_given_up_is_refused);
	tcase_add_test(holders, handles_exclude_each_other);
	tcase_add_test(holders, a_stopped_writer_costs_a_refusal_and_no_more);
	tcase_add_test(holders, a_child_excludes_its_parent);
	tcase_add_test(holders, closing_another_descriptor_does_not_drop_the_lock);
	tcase_add_test(holders, the_kernels_lock_is_the_truth);
	tcase_add_test(holders, a_lock_of_its_own_after_a_fork);
	suite_add_tcase(s, holders);
	return s;
}
