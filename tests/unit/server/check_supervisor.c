/* check_supervisor.c - tests of src/server/supervisor.c; those of reloading: check_reload.c */
#include "server/supervisor.h"

#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/stage.h"
#include "unit/server/staff.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_supervisor_suite(void);

START_TEST(it_serves_until_it_is_told_to_stop)
{
	pid_t pid;

	staff_settings.n_workers = 3;
	pid = staff_start();
	ck_assert(proc_has_said("event=ready workers=3"));
	ck_assert_int_ne(staff_some_worker(), pid);
	ck_assert_int_eq(staff->n_prepared, 1);
	ck_assert_int_ne(staff->prepare_pid, pid); /* in a process of its own */
	ck_assert_int_eq(staff_tell(pid, _i == 0 ? SIGTERM : SIGINT), SUPERVISOR_EXIT_OK);
	ck_assert(!staff_is_socket_there());
	ck_assert_int_eq(staff->n_started, 3);
	ck_assert_int_eq(staff->n_stopped, 3);
	ck_assert_int_eq(staff->n_replaced, 0);
	ck_assert(proc_has_said("event=stopped status=0"));
}
END_TEST

START_TEST(the_manager_is_told)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char text[40];
	pid_t pid;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.90s/n", tmp_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", un.sun_path, 1), 0);
	staff->does_start_wait = true;
	pid = proc_start(staff_run, NULL);
	peer_await(staff->n_started == 2);
	(void)sem_post(&staff->hold);
	peer_await(staff->first_ticks[0] != 0);
	ck_assert(peer_is_quiet(fd)); /* one of two is ready */
	(void)sem_post(&staff->hold);
	peer_await(proc_has_said("event=ready"));
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 7);
	ck_assert_int_eq(memcmp(text, "READY=1", 7), 0);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 10);
	ck_assert_int_eq(memcmp(text, "STOPPING=1", 10), 0);
	ck_assert(peer_is_quiet(fd));
}
END_TEST

START_TEST(without_what_is_optional)
{
	pid_t pid;

	staff_ops.prepare = NULL;
	staff_ops.replaced = NULL;
	staff_ops.stop = NULL;
	pid = staff_start();
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(staff->n_started == 3);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(staff->n_started == 5);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

static int
run_ignoring_children(void *arg)
{
	(void)signal(SIGCHLD, SIG_IGN);
	return staff_run(arg);
}

/* Some parents ignore SIGCHLD, and pass that on. */
START_TEST(dead_ones_are_replaced)
{
	pid_t pid = proc_start(_i == 0 ? staff_run : run_ignoring_children, NULL);

	peer_await(proc_has_said("event=ready"));
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
		peer_await(staff->n_replaced == i);
	}
	ck_assert_int_eq(staff->n_started, 5);
	ck_assert_int_eq(proc_n_said("event=worker-died signal=9"), 3);
	ck_assert_int_eq(proc_n_said("event=ready"), 1);
	(void)staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* As many as die: the lines are bounded, and all are counted. */
START_TEST(deaths_that_go_on_are_told_once_a_minute)
{
	pid_t pid;

	staff->log_every_ms = INT64_C(60) * 60 * 1000;
	pid = proc_start(staff_run, NULL);
	peer_await(proc_has_said("event=ready"));
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
		peer_await(staff->n_replaced == i);
	}
	ck_assert_int_eq(proc_n_said("event=worker-died"), 1);
	ck_assert_int_eq(proc_n_said("event=worker-died signal=9 restart_ms="), 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* The reason that a worker gives, each in its own process, is said once for all of them. */
START_TEST(starts_that_go_on_failing_are_told_once_a_minute)
{
	pid_t pid;

	staff->log_every_ms = INT64_C(60) * 60 * 1000;
	staff_settings.n_workers = 1;
	pid = proc_start(staff_run, NULL);
	peer_await(proc_has_said("event=ready"));
	staff->start_result = -EIO;
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(staff->n_started == 4);
	staff->start_result = 0;
	peer_await(staff->n_replaced == 1);
	ck_assert_int_eq(proc_n_said("event=worker-failed"), 1);
	ck_assert_int_eq(proc_n_said("event=worker-failed problem=\"as told\" n=1"), 1);
	ck_assert_int_eq(proc_n_said("event=worker-died signal=9"), 1);
	ck_assert_int_eq(proc_n_said("event=worker-died status=1"), 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(a_start_that_fails_is_seen_to_fail)
{
	staff->start_result = _i == 0 ? -EIO : -EINVAL;
	ck_assert_int_eq(proc_wait(proc_start(staff_run, NULL)),
	    _i == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert(proc_has_said("event=worker-failed problem=\"as told\""));
	ck_assert_int_le(staff->n_started, 2); /* not tried again */
	ck_assert(!staff_is_socket_there());
}
END_TEST

/*
 * The executable's function takes precedence over libfcgi's.  The program calls it nowhere but
 * where it looks whether libfcgi is as it should be.
 */
static bool is_libfcgi_odd;

char *
FCGX_GetParam(const char *name, FCGX_ParamArray params)
{
	size_t n = strlen(name);

	for (; *params != NULL && !is_libfcgi_odd; params++)
		if (strncmp(*params, name, n) == 0 && (*params)[n] == '=')
			return *params + n + 1;
	return NULL;
}

START_TEST(another_libfcgi_is_refused)
{
	is_libfcgi_odd = true;
	ck_assert_int_eq(proc_wait(proc_start(staff_run, NULL)), SUPERVISOR_EXIT_FAILURE);
	ck_assert(proc_has_said("event=worker-failed problem=\"libfcgi reads"));
	ck_assert(proc_has_said("2.4.5 of Debian 13"));
	ck_assert_int_eq(staff->n_started, 0);
	ck_assert(!staff_is_socket_there());
}
END_TEST

START_TEST(what_comes_first_fails)
{
	staff->prepare_result = _i == 0 ? -EIO : -EINVAL;
	ck_assert_int_eq(proc_wait(proc_start(staff_run, NULL)),
	    _i == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert(proc_has_said("event=start problem=\"as told\""));
	ck_assert_int_eq(staff->n_started, 0);
}
END_TEST

START_TEST(told_to_stop_before_the_first_worker)
{
	pid_t pid;

	staff->does_prepare_wait = true;
	pid = proc_start(staff_run, NULL);
	peer_await(staff->n_prepared == 1);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_started, 0);
}
END_TEST

/* What they are told while they start is not lost, though libfcgi has handlers of its own. */
START_TEST(told_to_stop_while_workers_start)
{
	pid_t pid;

	staff_settings.worker.settings.stop_deadline_ms = 60 * 60 * 1000; /* nobody is killed */
	staff->does_start_wait = true;
	pid = proc_start(staff_run, NULL);
	peer_await(staff->n_started == 2);
	ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
	peer_await(!staff_is_socket_there());
	peer_await(proc_has_said("event=stopping"));
	(void)usleep(20000); /* now or a little later they have been told */
	(void)sem_post(&staff->hold);
	(void)sem_post(&staff->hold);
	ck_assert_int_eq(proc_wait(pid), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_stopped, 2);
}
END_TEST

/* A crash says nothing about the settings: it goes on trying. */
START_TEST(workers_that_crash_at_the_start)
{
	pid_t pid;

	staff->does_start_crash = true;
	staff_settings.n_workers = 1;
	pid = proc_start(staff_run, NULL);
	peer_await(proc_has_said("event=worker-died signal=9 restart_ms=200"));
	ck_assert_int_eq(proc_n_said("restart_ms=100"), 1);
	staff->does_start_crash = false;
	peer_await(proc_has_said("event=ready"));
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* Once it has served, the program stays: it tries again, and longer and longer apart. */
START_TEST(workers_that_fail_later)
{
	pid_t pid;

	staff_settings.n_workers = 1;
	pid = staff_start();
	staff->start_result = -EINVAL;
	staff->n_who_fail = 2;
	ck_assert_int_eq(kill(staff_some_worker(), SIGKILL), 0);
	peer_await(staff->n_replaced == 1);
	ck_assert_int_eq(proc_n_said("event=worker-died status=78"), 2);
	ck_assert_int_eq(proc_n_said("event=worker-died status=78 restart_ms=100"), 1);
	ck_assert_int_eq(proc_n_said("event=worker-died status=78 restart_ms=200"), 1);
	ck_assert(proc_is_running(pid));
	ck_assert_int_eq(staff->n_started, 4);
	(void)staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(nobody_connects_after_the_stop)
{
	pid_t pid = staff_start();
	int fd = peer_connect(staff_path);

	peer_ask(fd, "/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	peer_await(!staff_is_socket_there());
	ck_assert_int_eq(peer_connect(staff_path), -1);
	/* What runs is answered. */
	ck_assert(proc_is_running(pid));
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(fd, "slow"));
	ck_assert_int_eq(proc_wait(pid), SUPERVISOR_EXIT_OK);
	/* Nobody has taken the place of those that ended. */
	ck_assert_int_eq(staff->n_started, 2);
}
END_TEST

/* It gets two seconds beyond its deadline: here nearly none. */
START_TEST(a_worker_that_does_not_end_is_killed)
{
	pid_t pid;

	staff_settings.n_workers = 1;
	staff_settings.worker.settings.stop_deadline_ms = 0;
	staff_settings.kill_after_ms = 50;
	pid = staff_start();
	ck_assert_int_eq(kill(staff_some_worker(), SIGSTOP), 0);
	ck_assert_int_eq(staff_tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(staff->n_stopped, 0);
}
END_TEST

START_TEST(workers_do_not_outlive_it)
{
	pid_t pid, worker;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = staff_start();
	worker = staff_some_worker();
	ck_assert_int_eq(staff_tell(pid, SIGKILL), -SIGKILL);
	ck_assert_int_eq(proc_wait(worker), 0);
	ck_assert_int_gt(waitpid(-1, NULL, 0), 0); /* the other one */
	ck_assert_int_eq(staff->n_stopped, 2);
}
END_TEST

Suite *
check_supervisor_suite(void)
{
	Suite *s = suite_create("server/supervisor");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, staff_make, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, it_serves_until_it_is_told_to_stop, 0, 2);
	tcase_add_test(tc, the_manager_is_told);
	tcase_add_test(tc, without_what_is_optional);
	tcase_add_loop_test(tc, dead_ones_are_replaced, 0, 2);
	tcase_add_test(tc, deaths_that_go_on_are_told_once_a_minute);
	tcase_add_test(tc, starts_that_go_on_failing_are_told_once_a_minute);
	tcase_add_loop_test(tc, a_start_that_fails_is_seen_to_fail, 0, 2);
	tcase_add_test(tc, another_libfcgi_is_refused);
	tcase_add_loop_test(tc, what_comes_first_fails, 0, 2);
	tcase_add_test(tc, told_to_stop_before_the_first_worker);
	tcase_add_loop_test(tc, told_to_stop_while_workers_start, 0, 2);
	tcase_add_test(tc, workers_that_crash_at_the_start);
	tcase_add_test(tc, workers_that_fail_later);
	tcase_add_test(tc, nobody_connects_after_the_stop);
	tcase_add_test(tc, a_worker_that_does_not_end_is_killed);
	tcase_add_test(tc, workers_do_not_outlive_it);
	suite_add_tcase(s, tc);
	return s;
}
