/* check_reload.c - tests of src/server/supervisor.c: a new generation of workers */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/staff.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_reload_suite(void);

/*
 * Let the supervisor do all it has to do: it is told by SIGHUP to read settings that are wrong,
 * and says so after everything that came before.
 */
static void
await_all_done(pid_t pid)
{
	int n = proc_n_said("nothing new");

	/* Twice: what is ready and the first signal may be taken in the same round. */
	staff->reload_result = -EINVAL;
	for (int i = 1; i <= 2; i++) {
		ck_assert_int_eq(kill(pid, SIGHUP), 0);
		peer_await(proc_n_said("nothing new") == n + i);
	}
	staff->reload_result = 0;
}

/* The connections are still served by whom they were, for a while in which signals arrive. */
static bool
is_all_as_before(const int *fds, const pid_t *pids)
{
	for (int k = 0; k < 20; k++) {
		for (int i = 0; i < 4; i++)
			if (staff_pid_behind(fds[i]) != pids[i])
				return false;
		(void)usleep(2000);
	}
	return !proc_has_said("event=worker-ends");
}

/*
 * The old ones serve until all of the new ones do: nobody who connects meanwhile waits, and
 * kept connections are handed over to somebody who is there.
 */
START_TEST(old_workers_go_only_when_the_new_ones_are_ready)
{
	pid_t pid = staff_start(), pids[4];
	int fds[4];

	peer_await(staff->first_ticks[1] != 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_ne(fds[i] = peer_connect(staff_path), -1);
		pids[i] = staff_pid_behind(fds[i]);
	}
	staff->does_start_wait = true;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(staff->n_started == 4);
	await_all_done(pid);
	ck_assert(is_all_as_before(fds, pids));
	/* One of two is not enough. */
	(void)sem_post(&staff->hold);
	peer_await(staff->first_ticks[2] != 0); /* it says that it is ready before that */
	await_all_done(pid);
	ck_assert(is_all_as_before(fds, pids));
	ck_assert_int_eq(staff->n_stopped, 0);
	/* Now they go, and nobody has noticed. */
	(void)sem_post(&staff->hold);
	peer_await(staff->n_stopped == 2);
	for (int i = 0; i < 4; i++) {
		pid_t now = staff_pid_behind(fds[i]);

		ck_assert_int_ne(now, staff->first_ticks[0]);
		ck_assert_int_ne(now, staff->first_ticks[1]);
	}
	ck_assert_int_eq(proc_n_said("event=worker-ends phase=retiring"), 2);
	ck_assert_int_eq(proc_n_said("event=ready"), 1);
	ck_assert_int_eq(staff->n_replaced, 0); /* a new generation replaces nobody that died */
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 4);
}
END_TEST

START_TEST(new_settings_are_for_new_workers)
{
	pid_t pid = staff_start();

	staff->n_workers_next = 3;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(staff->n_started == 5 && staff->n_stopped == 2);
	ck_assert(proc_has_said("event=reload generation=2"));
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(staff->n_replaced == 1);
	ck_assert_int_eq(staff->n_prepared, 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_stopped, 5);
}
END_TEST

START_TEST(wrong_settings_change_nothing)
{
	pid_t pid = staff_start(), worker;
	int fd = peer_connect(staff_path);

	worker = staff_pid_behind(fd);
	await_all_done(pid);
	ck_assert_int_eq(staff->n_reloaded, 2);
	ck_assert(
	    proc_has_said("event=reload problem=\"nothing new (status 1)\" effect=\"none"));
	ck_assert_int_eq(staff->n_started, 2);
	ck_assert_int_eq(staff_pid_behind(fd), worker);
	/* What dies is replaced as it was. */
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	peer_await(staff->n_replaced == 1);
	ck_assert_int_eq(staff->n_started, 3);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_stopped, 2);
}
END_TEST

/* An old worker that dies while the new ones start is missed by nobody. */
START_TEST(an_old_worker_dies_meanwhile)
{
	pid_t pid = staff_start();

	staff->does_start_wait = true;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(staff->n_started == 4);
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	await_all_done(pid);
	ck_assert(!proc_has_said("event=worker-died"));
	(void)staff_some_worker(); /* the other one */
	(void)sem_post(&staff->hold);
	(void)sem_post(&staff->hold);
	peer_await(staff->n_stopped == 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 4);
}
END_TEST

/* Those that are out of date before they serve are not cut off while they start. */
START_TEST(told_to_retire_while_workers_start)
{
	pid_t pid = staff_start();

	staff->does_start_wait = true;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(staff->n_started == 4);
	staff->does_start_wait = false;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	/* The first ones are told last. */
	peer_await(staff->n_stopped >= 2);
	ck_assert_int_eq(staff->n_started, 6);
	(void)sem_post(&staff->hold);
	(void)sem_post(&staff->hold);
	peer_await(staff->n_stopped == 4);
	(void)staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 6);
	ck_assert_int_eq(staff->n_stopped, 6);
}
END_TEST

/* Several old ones end at once, and each would hand its connections to any of the others. */
START_TEST(a_kept_connection_waits_for_nobody)
{
	pid_t pid;
	int fd;

	staff_settings.n_workers = 4;
	pid = staff_start();
	ck_assert_int_ne(fd = peer_connect(staff_path), -1);
	for (int i = 1; i <= 40; i++) {
		(void)staff_pid_behind(fd);
		ck_assert_int_eq(kill(pid, SIGHUP), 0);
		peer_await(staff->n_stopped == 4 * i);
	}
	(void)staff_pid_behind(fd);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

Suite *
check_reload_suite(void)
{
	Suite *s = suite_create("server/reload");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, staff_make, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, old_workers_go_only_when_the_new_ones_are_ready);
	tcase_add_test(tc, new_settings_are_for_new_workers);
	tcase_add_test(tc, wrong_settings_change_nothing);
	tcase_add_test(tc, an_old_worker_dies_meanwhile);
	tcase_add_test(tc, told_to_retire_while_workers_start);
	tcase_add_test(tc, a_kept_connection_waits_for_nobody);
	suite_add_tcase(s, tc);
	return s;
}
