/* check_restart.c - tests of src/server/supervisor.c: all workers end, and then new ones begin */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "server/processes.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/staff.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_restart_suite(void);

START_TEST(new_ones_begin_when_all_old_ones_have_ended)
{
	pid_t pid;

	staff->n_who_leave = 2;
	pid = staff_start();
	peer_await(staff->n_started == 4 && proc_n_said("event=ready workers=2") == 2);
	ck_assert_int_eq(staff->n_stopped_before[0], 0);
	ck_assert_int_eq(staff->n_stopped_before[1], 0);
	ck_assert_int_eq(staff->n_stopped_before[2], 2);
	ck_assert_int_eq(staff->n_stopped_before[3], 2);
	/* Both left. */
	ck_assert_int_eq(proc_n_said("event=full-restart asked_by="), 1);
	ck_assert_int_eq(staff->n_replaced, 0);
	ck_assert_int_eq(staff->n_prepared, 1);
	ck_assert_int_eq(staff->n_reloaded, 0);
	(void)staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 4);
	ck_assert_int_eq(staff->n_stopped, 4);
}
END_TEST

/* What makes them leave may be there for ever. */
START_TEST(it_is_no_loop)
{
	int n_ticks;
	pid_t pid;

	staff_settings.restart_pause_ms = 3600 * 1000;
	staff->n_who_leave = 1000;
	pid = staff_start();
	peer_await(proc_n_said("event=ready workers=2") == 2);
	n_ticks = staff->n_ticks;
	peer_await(staff->n_ticks >= n_ticks + 25);
	(void)staff_some_worker();
	ck_assert_int_eq(staff->n_started, 4);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(proc_n_said("event=full-restart"), 1);
}
END_TEST

/* One request that is being answered, and a supervisor that waits for its end. */
static pid_t
begin(int *ret_fd)
{
	pid_t pid = staff_start();

	*ret_fd = peer_connect(staff_path);
	ck_assert_int_ne(*ret_fd, -1);
	peer_ask(*ret_fd, "/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	staff->n_who_leave = 2;
	peer_await(proc_has_said("event=full-restart"));
	peer_await(staff->n_stopped == 1); /* the idle one */
	ck_assert_int_eq(staff->n_started, 2);
	return pid;
}

START_TEST(no_request_is_lost)
{
	int slow, late;
	pid_t pid = begin(&slow);

	/* Whoever comes now waits for the new ones. */
	ck_assert_int_ne(late = peer_connect(staff_path), -1);
	peer_ask(late, "/a", false);
	(void)usleep(50000);
	ck_assert_int_eq(staff->n_started, 2);
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	ck_assert_ptr_nonnull(peer_answer(late));
	peer_await(staff->n_started == 4);
	ck_assert_int_eq(staff->n_stopped_before[2], 2);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(told_to_stop_meanwhile)
{
	int slow;
	pid_t pid = begin(&slow);

	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	peer_await(proc_has_said("event=stopping"));
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	ck_assert_int_eq(proc_wait(pid), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 2);
	ck_assert_int_eq(staff->n_stopped, 2);
}
END_TEST

/* They wait until there are workers again that others can take the place of. */
START_TEST(new_settings_meanwhile)
{
	int slow;
	pid_t pid = begin(&slow);

	staff->n_workers_next = 3;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	peer_await(staff->n_started == 2 + 2 + 3);
	ck_assert(proc_has_said("event=reload generation=4"));
	ck_assert_int_eq(staff->n_stopped_before[2], 2);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(one_that_is_killed_meanwhile)
{
	int slow;
	pid_t pid;

	staff_settings.worker.settings.stop_deadline_ms = 3600 * 1000;
	pid = begin(&slow);
	ck_assert_int_eq(kill(stage_counts->who_entered, SIGKILL), 0);
	peer_await(staff->n_started == 4);
	ck_assert(!proc_has_said("event=worker-died"));
	ck_assert_int_eq(staff->n_replaced, 0);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* What makes them leave may be what keeps another one from beginning. */
START_TEST(one_that_cannot_begin_holds_nobody_up)
{
	pid_t pid = staff_start();

	staff->start_result = -EIO;
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(proc_n_said("event=worker-failed") >= 2);
	staff->n_who_leave = 1000;
	peer_await(proc_has_said("event=full-restart"));
	staff->n_who_leave = 0;
	staff->start_result = 0;
	peer_await(proc_n_said("event=ready workers=2") == 2);
	(void)staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* Only one that has served can have left: the status alone says nothing. */
START_TEST(the_status_of_one_that_never_served)
{
	pid_t pid = staff_start();

	staff->start_exits = PROCESSES_EXIT_LEFT;
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(proc_has_said("event=worker-died status=87"));
	(void)staff_some_worker(); /* the other one */
	staff->start_exits = 0;
	peer_await(staff->n_replaced == 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert(!proc_has_said("event=full-restart"));
}
END_TEST

Suite *
check_restart_suite(void)
{
	Suite *s = suite_create("server/restart");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, staff_make, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, new_ones_begin_when_all_old_ones_have_ended);
	tcase_add_test(tc, it_is_no_loop);
	tcase_add_test(tc, no_request_is_lost);
	tcase_add_test(tc, told_to_stop_meanwhile);
	tcase_add_test(tc, new_settings_meanwhile);
	tcase_add_test(tc, one_that_is_killed_meanwhile);
	tcase_add_test(tc, one_that_cannot_begin_holds_nobody_up);
	tcase_add_test(tc, the_status_of_one_that_never_served);
	suite_add_tcase(s, tc);
	return s;
}
