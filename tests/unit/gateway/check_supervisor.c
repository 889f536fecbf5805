/* check_supervisor.c - tests of src/gateway/supervisor.c */
#include "gateway/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "unit/gateway/peer.h"
#include "unit/gateway/proc.h"
#include "unit/gateway/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_supervisor_suite(void);

/* What the processes do, and what they have done: shared with them. */
static struct {
	int prepare_result, start_result, reload_result;
	unsigned n_workers_next; /* after a reload; 0: as before */
	bool does_prepare_wait, does_start_wait, does_start_crash;
	sem_t hold; /* what they wait for */
	_Atomic int n_prepared, n_started, n_replaced, n_stopped, n_reloaded;
	_Atomic pid_t prepare_pid;
	_Atomic pid_t first_ticks[64]; /* of whom app->tick() was called, in this order */
} * plan;

static char path[108], address[120];

static int
prepare(void *arg, struct err *err)
{
	(void)arg;
	plan->prepare_pid = getpid();
	/* Before the first worker. */
	atomic_fetch_add(&plan->n_prepared, plan->n_started == 0 ? 1 : 100);
	while (plan->does_prepare_wait && sem_wait(&plan->hold) != 0)
		;
	return plan->prepare_result == 0 ? 0 : err_set(err, plan->prepare_result, "as told");
}

static void
note_tick(void *arg)
{
	(void)arg;
	for (int i = 0; i < 64; i++) {
		pid_t nobody = 0;

		if (atomic_compare_exchange_strong(&plan->first_ticks[i], &nobody, getpid()) ||
		    nobody == getpid())
			return;
	}
}

static int
start(void *arg, struct gateway_app *ret_app, struct err *err)
{
	(void)arg;
	atomic_fetch_add(&plan->n_started, 1);
	if (plan->does_start_crash)
		(void)raise(SIGKILL);
	while (plan->does_start_wait && sem_wait(&plan->hold) != 0)
		;
	*ret_app = stage_app;
	ret_app->tick = note_tick;
	return plan->start_result == 0 ? 0 : err_set(err, plan->start_result, "as told");
}

static void
replaced(void *arg)
{
	(void)arg;
	atomic_fetch_add(&plan->n_replaced, 1);
}

static void
stop(void *arg)
{
	(void)arg;
	atomic_fetch_add(&plan->n_stopped, 1);
}

static int
reload(void *arg, struct supervisor_settings *ret_settings, struct err *err)
{
	(void)arg;
	atomic_fetch_add(&plan->n_reloaded, 1);
	if (plan->reload_result != 0) {
		ret_settings->n_workers = 9; /* not to be used */
		return err_set(err, plan->reload_result, "nothing new");
	}
	if (plan->n_workers_next != 0)
		ret_settings->n_workers = plan->n_workers_next;
	return 0;
}

static struct supervisor_ops ops;
static struct supervisor_settings settings;

static void
setup(void)
{
	tmp_make();
	stage_app_make();
	plan = mmap(
	    NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(plan, MAP_FAILED);
	ck_assert_int_eq(sem_init(&plan->hold, 1, 0), 0);
	ck_assert_int_eq(unsetenv("NOTIFY_SOCKET"), 0);
	ops = (struct supervisor_ops){ prepare, start, replaced, stop, reload, NULL };
	settings = (struct supervisor_settings){ 2, WORKER_OPTIONS_DEFAULT };
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	(void)snprintf(address, sizeof(address), "unix:%s", path);
}

static int
run(void *arg)
{
	struct listen_options options = { address, 0660, (uid_t)-1, (gid_t)-1, 1024, false };
	struct listen_socket listen_socket;
	struct err err = { "" };
	int r;

	(void)arg;
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if (listen_open(&options, &listen_socket, &err) != 0)
		return 99;
	r = supervisor_run(&ops, &settings, &listen_socket);
	listen_close(&listen_socket);
	/* Nobody is left behind. */
	return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? r : 98;
}

static pid_t
start_and_await_ready(void)
{
	pid_t pid = proc_start(run, NULL);

	peer_await(proc_has_said("event=ready"));
	return pid;
}

static int
tell(pid_t pid, int signal)
{
	ck_assert_int_eq(kill(pid, signal), 0);
	return proc_wait(pid);
}

/* Of the worker that answers on a connection, which stays open. */
static pid_t
pid_behind(int fd)
{
	const char *answer;

	peer_ask(fd, "/pid", true);
	ck_assert_ptr_nonnull(answer = peer_answer(fd));
	return (pid_t)strtol(strstr(answer, "\r\n\r\n") + 4, NULL, 10);
}

static pid_t
some_worker(void)
{
	int fd = peer_connect(path);
	pid_t pid;

	ck_assert_int_ne(fd, -1);
	pid = pid_behind(fd);
	(void)close(fd);
	return pid;
}

static bool
is_there(void)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

START_TEST(it_serves_until_it_is_told_to_stop)
{
	pid_t pid;

	settings.n_workers = 3;
	pid = start_and_await_ready();
	ck_assert(proc_has_said("event=ready workers=3"));
	ck_assert_int_ne(some_worker(), pid);
	ck_assert_int_eq(plan->n_prepared, 1);
	ck_assert_int_ne(plan->prepare_pid, pid); /* in a process of its own */
	ck_assert_int_eq(tell(pid, _i == 0 ? SIGTERM : SIGINT), SUPERVISOR_EXIT_OK);
	ck_assert(!is_there());
	ck_assert_int_eq(plan->n_started, 3);
	ck_assert_int_eq(plan->n_stopped, 3);
	ck_assert_int_eq(plan->n_replaced, 0);
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
	plan->does_start_wait = true;
	pid = proc_start(run, NULL);
	peer_await(plan->n_started == 2);
	(void)sem_post(&plan->hold);
	peer_await(plan->first_ticks[0] != 0);
	ck_assert(peer_is_quiet(fd)); /* one of two is ready */
	(void)sem_post(&plan->hold);
	peer_await(proc_has_said("event=ready"));
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 7);
	ck_assert_int_eq(memcmp(text, "READY=1", 7), 0);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(recv(fd, text, sizeof(text), 0), 10);
	ck_assert_int_eq(memcmp(text, "STOPPING=1", 10), 0);
	ck_assert(peer_is_quiet(fd));
}
END_TEST

START_TEST(without_what_is_optional)
{
	pid_t pid;

	ops.prepare = NULL;
	ops.replaced = NULL;
	ops.stop = NULL;
	ops.reload = NULL;
	pid = start_and_await_ready();
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	peer_await(plan->n_started == 3);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(plan->n_started == 5);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

static int
run_ignoring_children(void *arg)
{
	(void)signal(SIGCHLD, SIG_IGN);
	return run(arg);
}

/* Some parents ignore SIGCHLD, and pass that on. */
START_TEST(dead_ones_are_replaced)
{
	pid_t pid = proc_start(_i == 0 ? run : run_ignoring_children, NULL);

	peer_await(proc_has_said("event=ready"));
	for (int i = 1; i <= 3; i++) {
		ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
		peer_await(plan->n_replaced == i);
	}
	ck_assert_int_eq(plan->n_started, 5);
	ck_assert_int_eq(proc_n_said("event=worker-died signal=9"), 3);
	ck_assert_int_eq(proc_n_said("event=ready"), 1);
	(void)some_worker();
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(a_start_that_fails_is_seen_to_fail)
{
	plan->start_result = _i == 0 ? -EIO : -EINVAL;
	ck_assert_int_eq(proc_wait(proc_start(run, NULL)),
	    _i == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert(proc_has_said("event=worker-failed problem=\"as told\""));
	ck_assert_int_le(plan->n_started, 2); /* not tried again */
	ck_assert(!is_there());
}
END_TEST

START_TEST(what_comes_first_fails)
{
	plan->prepare_result = _i == 0 ? -EIO : -EINVAL;
	ck_assert_int_eq(proc_wait(proc_start(run, NULL)),
	    _i == 0 ? SUPERVISOR_EXIT_FAILURE : SUPERVISOR_EXIT_CONFIG);
	ck_assert(proc_has_said("event=start problem=\"as told\""));
	ck_assert_int_eq(plan->n_started, 0);
}
END_TEST

START_TEST(told_to_stop_before_the_first_worker)
{
	pid_t pid;

	plan->does_prepare_wait = true;
	pid = proc_start(run, NULL);
	peer_await(plan->n_prepared == 1);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_started, 0);
}
END_TEST

/* What they are told while they start is not lost, though libfcgi has handlers of its own. */
START_TEST(told_to_stop_while_workers_start)
{
	pid_t pid;

	settings.worker.stop_deadline_ms = 60 * 60 * 1000; /* nobody is killed */
	plan->does_start_wait = true;
	pid = proc_start(run, NULL);
	peer_await(plan->n_started == 2);
	ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
	peer_await(!is_there());
	peer_await(proc_has_said("event=stopping"));
	(void)usleep(20000); /* now or a little later they have been told */
	(void)sem_post(&plan->hold);
	(void)sem_post(&plan->hold);
	ck_assert_int_eq(proc_wait(pid), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_stopped, 2);
}
END_TEST

/* A crash says nothing about the settings: it goes on trying. */
START_TEST(workers_that_crash_at_the_start)
{
	pid_t pid;

	plan->does_start_crash = true;
	settings.n_workers = 1;
	pid = proc_start(run, NULL);
	peer_await(proc_has_said("event=worker-died signal=9 restart_ms=200"));
	ck_assert_int_eq(proc_n_said("restart_ms=100"), 1);
	plan->does_start_crash = false;
	peer_await(proc_has_said("event=ready"));
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

/* Once it has served, the program stays: it tries again, and longer and longer apart. */
START_TEST(workers_that_fail_later)
{
	pid_t pid;

	settings.n_workers = 1;
	pid = start_and_await_ready();
	plan->start_result = -EINVAL;
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	peer_await(proc_has_said("event=worker-died status=78 restart_ms=200"));
	ck_assert_int_eq(proc_n_said("event=worker-died status=78 restart_ms=100"), 1);
	ck_assert(proc_is_running(pid));
	ck_assert_int_eq(plan->n_started, 3);
	plan->start_result = 0;
	peer_await(plan->n_replaced == 1);
	(void)some_worker();
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
}
END_TEST

START_TEST(nobody_connects_after_the_stop)
{
	pid_t pid = start_and_await_ready();
	int fd = peer_connect(path);

	peer_ask(fd, "/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	peer_await(!is_there());
	ck_assert_int_eq(peer_connect(path), -1);
	/* What runs is answered. */
	ck_assert(proc_is_running(pid));
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(fd, "slow"));
	ck_assert_int_eq(proc_wait(pid), SUPERVISOR_EXIT_OK);
	/* Nobody has taken the place of those that ended. */
	ck_assert_int_eq(plan->n_started, 2);
}
END_TEST

/* It gets two seconds beyond its deadline: here nearly none. */
START_TEST(a_worker_that_does_not_end_is_killed)
{
	pid_t pid;

	settings.n_workers = 1;
	settings.worker.stop_deadline_ms = -1950;
	pid = start_and_await_ready();
	ck_assert_int_eq(kill(some_worker(), SIGSTOP), 0);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_stopped, 0);
}
END_TEST

START_TEST(workers_do_not_outlive_it)
{
	pid_t pid, worker;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid = start_and_await_ready();
	worker = some_worker();
	ck_assert_int_eq(tell(pid, SIGKILL), -SIGKILL);
	ck_assert_int_eq(proc_wait(worker), 0);
	ck_assert_int_gt(waitpid(-1, NULL, 0), 0); /* the other one */
	ck_assert_int_eq(plan->n_stopped, 2);
}
END_TEST

/*
 * Let the supervisor do all it has to do: it is told by SIGHUP to read settings that are wrong,
 * and says so after everything that came before.
 */
static void
await_all_done(pid_t pid)
{
	int n = proc_n_said("nothing new");

	/* Twice: what is ready and the first signal may be taken in the same round. */
	plan->reload_result = -EINVAL;
	for (int i = 1; i <= 2; i++) {
		ck_assert_int_eq(kill(pid, SIGHUP), 0);
		peer_await(proc_n_said("nothing new") == n + i);
	}
	plan->reload_result = 0;
}

/* The connections are still served by whom they were, for a while in which signals arrive. */
static bool
is_all_as_before(const int *fds, const pid_t *pids)
{
	for (int k = 0; k < 20; k++) {
		for (int i = 0; i < 4; i++)
			if (pid_behind(fds[i]) != pids[i])
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
	pid_t pid = start_and_await_ready(), pids[4];
	int fds[4];

	peer_await(plan->first_ticks[1] != 0);
	for (int i = 0; i < 4; i++) {
		ck_assert_int_ne(fds[i] = peer_connect(path), -1);
		pids[i] = pid_behind(fds[i]);
	}
	plan->does_start_wait = true;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(plan->n_started == 4);
	await_all_done(pid);
	ck_assert(is_all_as_before(fds, pids));
	/* One of two is not enough. */
	(void)sem_post(&plan->hold);
	peer_await(plan->first_ticks[2] != 0); /* it says that it is ready before that */
	await_all_done(pid);
	ck_assert(is_all_as_before(fds, pids));
	ck_assert_int_eq(plan->n_stopped, 0);
	/* Now they go, and nobody has noticed. */
	(void)sem_post(&plan->hold);
	peer_await(plan->n_stopped == 2);
	for (int i = 0; i < 4; i++) {
		pid_t now = pid_behind(fds[i]);

		ck_assert_int_ne(now, plan->first_ticks[0]);
		ck_assert_int_ne(now, plan->first_ticks[1]);
	}
	ck_assert_int_eq(proc_n_said("event=worker-ends phase=retiring"), 2);
	ck_assert_int_eq(proc_n_said("event=ready"), 1);
	ck_assert_int_eq(plan->n_replaced, 0); /* a new generation replaces nobody that died */
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_started, 4);
}
END_TEST

START_TEST(new_settings_are_for_new_workers)
{
	pid_t pid = start_and_await_ready();

	plan->n_workers_next = 3;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(plan->n_started == 5 && plan->n_stopped == 2);
	ck_assert(proc_has_said("event=reload generation=2"));
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	peer_await(plan->n_replaced == 1);
	ck_assert_int_eq(plan->n_prepared, 1);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_stopped, 5);
}
END_TEST

START_TEST(wrong_settings_change_nothing)
{
	pid_t pid = start_and_await_ready(), worker;
	int fd = peer_connect(path);

	worker = pid_behind(fd);
	await_all_done(pid);
	ck_assert_int_eq(plan->n_reloaded, 2);
	ck_assert(proc_has_said("event=reload problem=\"nothing new\" effect=none"));
	ck_assert_int_eq(plan->n_started, 2);
	ck_assert_int_eq(pid_behind(fd), worker);
	/* What dies is replaced as it was. */
	ck_assert_int_eq(kill(worker, SIGKILL), 0);
	peer_await(plan->n_replaced == 1);
	ck_assert_int_eq(plan->n_started, 3);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_stopped, 2);
}
END_TEST

/* An old worker that dies while the new ones start is missed by nobody. */
START_TEST(an_old_worker_dies_meanwhile)
{
	pid_t pid = start_and_await_ready();

	plan->does_start_wait = true;
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	peer_await(plan->n_started == 4);
	ck_assert_int_eq(kill(some_worker(), SIGKILL), 0);
	await_all_done(pid);
	ck_assert(!proc_has_said("event=worker-died"));
	(void)some_worker(); /* the other one */
	(void)sem_post(&plan->hold);
	(void)sem_post(&plan->hold);
	peer_await(plan->n_stopped == 1);
	ck_assert_int_eq(tell(pid, SIGTERM), SUPERVISOR_EXIT_OK);
	ck_assert_int_eq(plan->n_started, 4);
}
END_TEST

Suite *
check_supervisor_suite(void)
{
	Suite *s = suite_create("gateway/supervisor");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, it_serves_until_it_is_told_to_stop, 0, 2);
	tcase_add_test(tc, the_manager_is_told);
	tcase_add_test(tc, without_what_is_optional);
	tcase_add_loop_test(tc, dead_ones_are_replaced, 0, 2);
	tcase_add_loop_test(tc, a_start_that_fails_is_seen_to_fail, 0, 2);
	tcase_add_loop_test(tc, what_comes_first_fails, 0, 2);
	tcase_add_test(tc, told_to_stop_before_the_first_worker);
	tcase_add_loop_test(tc, told_to_stop_while_workers_start, 0, 2);
	tcase_add_test(tc, workers_that_crash_at_the_start);
	tcase_add_test(tc, workers_that_fail_later);
	tcase_add_test(tc, nobody_connects_after_the_stop);
	tcase_add_test(tc, a_worker_that_does_not_end_is_killed);
	tcase_add_test(tc, workers_do_not_outlive_it);
	suite_add_tcase(s, tc);
	tc = tcase_create("reload");
	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, old_workers_go_only_when_the_new_ones_are_ready);
	tcase_add_test(tc, new_settings_are_for_new_workers);
	tcase_add_test(tc, wrong_settings_change_nothing);
	tcase_add_test(tc, an_old_worker_dies_meanwhile);
	suite_add_tcase(s, tc);
	return s;
}
