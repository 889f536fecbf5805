/* check_admission.c - tests of src/password/admission.c */
#include "unit/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "password/admission.h"
#include "unit/tmp.h"

Suite *check_admission_suite(void);

#define LONG_MS 60000 /* never waited for: the test would be killed first */

static struct admission
open_slots(unsigned n_slots, unsigned wait_ms)
{
	struct admission a;
	struct err err = { "" };

	ck_assert_msg(
	    admission_open(&a, tmp_fd, tmp_path, n_slots, wait_ms, &err) == 0, "%s", err.text);
	return a;
}

START_TEST(as_many_as_there_are_slots_and_no_more)
{
	struct admission a = open_slots(3, 1);
	struct admission_ticket tickets[3], one_more;
	unsigned running, waiting;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(admission_enter(&a, &tickets[i]), 0);
	admission_count(&a, &running, &waiting);
	ck_assert_uint_eq(running, 3);
	ck_assert_uint_eq(waiting, 0);
	ck_assert_int_eq(admission_enter(&a, &one_more), -EBUSY);
	ck_assert_uint_ne(tickets[0].slot, tickets[1].slot);
	ck_assert_uint_ne(tickets[1].slot, tickets[2].slot);
	ck_assert_uint_ne(tickets[0].slot, tickets[2].slot);

	/* Whichever is left is found. */
	admission_leave(&a, tickets[1]);
	ck_assert_int_eq(admission_enter(&a, &one_more), 0);
	ck_assert_uint_eq(one_more.slot, tickets[1].slot);
	admission_leave(&a, one_more);
	admission_leave(&a, tickets[0]);
	admission_leave(&a, tickets[2]);
	admission_count(&a, &running, &waiting);
	ck_assert_uint_eq(running, 0);
	ck_assert_uint_eq(waiting, 0);
}
END_TEST

START_TEST(without_patience_it_is_busy_at_once)
{
	struct admission a = open_slots(1, 0);
	struct admission_ticket ticket, second;

	ck_assert_int_eq(admission_enter(&a, &ticket), 0);
	ck_assert_int_eq(admission_enter(&a, &second), -EBUSY);
	admission_leave(&a, ticket);
	ck_assert_int_eq(admission_enter(&a, &second), 0);
	admission_leave(&a, second);
}
END_TEST

START_TEST(the_most_slots_there_are)
{
	struct admission a = open_slots(ADMISSION_SLOTS_MOST, 0);
	struct admission_ticket tickets[ADMISSION_SLOTS_MOST], one_more;
	unsigned running, waiting;

	for (int i = 0; i < ADMISSION_SLOTS_MOST; i++)
		ck_assert_int_eq(admission_enter(&a, &tickets[i]), 0);
	ck_assert_int_eq(admission_enter(&a, &one_more), -EBUSY);
	admission_count(&a, &running, &waiting);
	ck_assert_uint_eq(running, ADMISSION_SLOTS_MOST);
	for (int i = 0; i < ADMISSION_SLOTS_MOST; i++)
		admission_leave(&a, tickets[i]);
}
END_TEST

/* A child that enters, says so, and waits to be killed. */
static pid_t
start_holder(void)
{
	int said[2];
	char byte = 0;
	pid_t pid;

	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		/* Unrelated processes map the block for themselves. */
		struct admission a;
		struct admission_ticket ticket;

		if (admission_open(&a, tmp_fd, tmp_path, 1, LONG_MS, NULL) != 0 ||
		    admission_enter(&a, &ticket) != 0 || write(said[1], "+", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(said[1]);
	ck_assert_int_eq(read(said[0], &byte, 1), 1);
	(void)close(said[0]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
}

START_TEST(a_killed_holder_frees_its_slot)
{
	struct admission a = open_slots(1, 0);
	struct admission_ticket ticket;
	unsigned running, waiting;

	for (int i = 0; i < 20; i++) {
		pid_t pid = start_holder();

		ck_assert_int_eq(admission_enter(&a, &ticket), -EBUSY);
		end_holder(pid);
		ck_assert_int_eq(admission_enter(&a, &ticket), 0);
		admission_count(&a, &running, &waiting);
		ck_assert_uint_eq(running, 1);
		admission_leave(&a, ticket);
	}
	admission_count(&a, &running, &waiting);
	ck_assert_uint_eq(running, 0);
}
END_TEST

static void *
enter_in_thread(void *arg)
{
	struct admission *a = arg;
	struct admission_ticket ticket;
	int r = admission_enter(a, &ticket);

	if (r == 0)
		admission_leave(a, ticket);
	return (void *)(intptr_t)r;
}

START_TEST(who_waits_behind_a_killed_holder_goes_on)
{
	struct admission a = open_slots(1, LONG_MS);
	unsigned running, waiting;
	pthread_t thread;
	void *r = NULL;
	pid_t pid = start_holder();

	ck_assert_int_eq(pthread_create(&thread, NULL, enter_in_thread, &a), 0);
	do
		admission_count(&a, &running, &waiting);
	while (waiting == 0);
	end_holder(pid);
	ck_assert_int_eq(pthread_join(thread, &r), 0);
	ck_assert_int_eq((intptr_t)r, 0);
	admission_count(&a, &running, &waiting);
	ck_assert_uint_eq(waiting, 0);
}
END_TEST

START_TEST(who_waits_behind_a_leaver_goes_on)
{
	struct admission a = open_slots(1, LONG_MS);
	struct admission_ticket ticket;
	unsigned running, waiting;
	pthread_t thread;
	void *r = NULL;

	ck_assert_int_eq(admission_enter(&a, &ticket), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, enter_in_thread, &a), 0);
	do
		admission_count(&a, &running, &waiting);
	while (waiting == 0);
	admission_leave(&a, ticket);
	ck_assert_int_eq(pthread_join(thread, &r), 0);
	ck_assert_int_eq((intptr_t)r, 0);
}
END_TEST

/* ------------------------------------------------- many processes and threads */

#define N_SLOTS    3
#define N_CHILDREN 6
#define N_ROUNDS   400

struct crowd {
	atomic_int n_inside, n_most, n_done;
	atomic_int slots[N_SLOTS];
};

static void
visit(struct admission *a, struct crowd *crowd)
{
	struct admission_ticket ticket;
	int n, most;

	if (admission_enter(a, &ticket) != 0 ||
	    atomic_fetch_add(&crowd->slots[ticket.slot], 1) != 0)
		_exit(1);
	n = atomic_fetch_add(&crowd->n_inside, 1) + 1;
	most = atomic_load(&crowd->n_most);
	while (n > most && !atomic_compare_exchange_weak(&crowd->n_most, &most, n))
		continue;
	/* Whoever comes first waits for the others: all slots are taken once. */
	while (atomic_load(&crowd->n_most) < N_SLOTS)
		(void)sched_yield();
	atomic_fetch_sub(&crowd->n_inside, 1);
	atomic_fetch_sub(&crowd->slots[ticket.slot], 1);
	atomic_fetch_add(&crowd->n_done, 1);
	admission_leave(a, ticket);
}

struct visitor {
	struct admission *a;
	struct crowd *crowd;
};

static void *
visit_often(void *arg)
{
	struct visitor *visitor = arg;

	for (int i = 0; i < N_ROUNDS; i++)
		visit(visitor->a, visitor->crowd);
	return NULL;
}

/* Two threads in each of six processes; a slot never has two inside. */
static void
child(struct crowd *crowd)
{
	struct admission a;
	struct visitor visitor = { &a, crowd };
	pthread_t thread;

	if (admission_open(&a, tmp_fd, tmp_path, N_SLOTS, LONG_MS, NULL) != 0 ||
	    pthread_create(&thread, NULL, visit_often, &visitor) != 0)
		_exit(1);
	(void)visit_often(&visitor);
	(void)pthread_join(thread, NULL);
	_exit(0);
}

START_TEST(a_crowd_of_processes_and_threads)
{
	struct crowd *crowd = mmap(
	    NULL, sizeof(*crowd), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	ck_assert_ptr_ne(crowd, MAP_FAILED);
	for (int i = 0; i < N_CHILDREN; i++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid == 0)
			child(crowd);
	}
	for (int i = 0; i < N_CHILDREN; i++) {
		ck_assert_int_ne(wait(&status), -1);
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	ck_assert_int_eq(crowd->n_done, N_CHILDREN * 2 * N_ROUNDS);
	ck_assert_int_eq(crowd->n_most, N_SLOTS);
	ck_assert_int_eq(crowd->n_inside, 0);
}
END_TEST

START_TEST(a_run_directory_that_cannot_be_used_is_an_error)
{
	struct admission a;
	struct err err = { "" };

	tmp_write("hash-slots.1", "", 0644);
	ck_assert_int_eq(admission_open(&a, tmp_fd, tmp_path, 1, 0, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "hash-slots.1 is open to other users"));
}
END_TEST

Suite *
check_admission_suite(void)
{
	Suite *s = suite_create("password/admission");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, as_many_as_there_are_slots_and_no_more);
	tcase_add_test(tc, without_patience_it_is_busy_at_once);
	tcase_add_test(tc, the_most_slots_there_are);
	tcase_add_test(tc, who_waits_behind_a_leaver_goes_on);
	tcase_add_test(tc, a_run_directory_that_cannot_be_used_is_an_error);
	suite_add_tcase(s, tc);

	tc = tcase_create("processes");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, a_killed_holder_frees_its_slot);
	tcase_add_test(tc, who_waits_behind_a_killed_holder_goes_on);
	tcase_add_test(tc, a_crowd_of_processes_and_threads);
	suite_add_tcase(s, tc);
	return s;
}
