/* check_worker.c - tests of src/server/worker.c */
#include "server/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/fd_passing.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_worker_suite(void);

#define EXIT_AND 90 /* and what worker_run() returned */

static struct worker_options options;
static char path[108];
static int ready_fds[2], parent_fds[2];

static void
setup(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	tmp_make();
	stage_app_make();
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	memcpy(un.sun_path, path, sizeof(path));
	options = worker_options_of(NULL);
	options.listen[0].fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(options.listen[0].fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(options.listen[0].fd, 100), 0);
	ck_assert_int_eq(fd_passing_open(options.handover_fds), 0);
	ck_assert_int_eq(pipe(ready_fds), 0);
	ck_assert_int_eq(pipe(parent_fds), 0);
	options.ready_fd = ready_fds[1];
	options.parent_fd = parent_fds[0];
}

static int
run(void *arg)
{
	struct err err = { "" };
	int r;

	(void)arg;
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	(void)close(parent_fds[1]);
	if (fcgi_stream_library_init(&err) != 0)
		return 2;
	if ((r = worker_run(&stage_app, &options, &err)) > 0)
		_exit(EXIT_AND + r);
	if (r != 0) {
		(void)printf("%d %s", r, err.text);
		(void)fflush(stdout);
		_exit(1); /* as documented, with all that it had begun */
	}
	return 0;
}

static pid_t
start(void)
{
	pid_t pid = proc_start(run, NULL);
	char byte;

	if (options.ready_fd != -1)
		ck_assert_int_eq(read(ready_fds[0], &byte, 1), 1);
	return pid;
}

static int
stop(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	return proc_wait(pid);
}

static int
connect_and_ask(const char *what, bool is_kept)
{
	int fd = peer_connect(path);

	ck_assert_int_ne(fd, -1);
	peer_ask(fd, what, is_kept);
	return fd;
}

START_TEST(it_says_when_it_serves)
{
	pid_t pid = start();
	int fd = connect_and_ask("/pid", true);
	char text[24];

	(void)snprintf(text, sizeof(text), "%d", (int)pid);
	for (int i = 0; i < 3; i++) {
		ck_assert(peer_has_answer(fd, text));
		peer_ask(fd, "/pid", true);
	}
	ck_assert(peer_has_answer(fd, text));
	ck_assert_int_eq(stop(pid), 0);
	ck_assert(peer_is_ended(fd));
	/* Once, in all. */
	(void)close(ready_fds[1]);
	ck_assert_int_eq(read(ready_fds[0], text, 1), 0);
}
END_TEST

START_TEST(nobody_asks)
{
	pid_t pid;
	int fd;

	options.ready_fd = _i == 0 ? -1 : ready_fds[1];
	options.parent_fd = -1;
	options.handover_fds[0] = options.handover_fds[1] = -1;
	if (_i == 1) {
		(void)close(ready_fds[0]); /* or not any more */
		pid = proc_start(run, NULL);
		peer_await(proc_has_said("the supervisor does not listen"));
	} else {
		pid = start();
	}
	fd = connect_and_ask("/a", false);
	ck_assert(peer_has_answer(fd, "n=0"));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(many_connections_at_once)
{
	pid_t pid = start();
	int fds[60];

	for (int i = 0; i < 60; i++)
		fds[i] = connect_and_ask("/a", true);
	for (int k = 0; k < 10; k++)
		for (int i = 0; i < 60; i++) {
			ck_assert(peer_has_answer(fds[i], "n=0"));
			peer_ask(fds[i], "/a", k < 9);
		}
	for (int i = 0; i < 60; i++) {
		ck_assert(peer_has_answer(fds[i], "n=0"));
		ck_assert(peer_is_ended(fds[i]));
	}
	ck_assert_int_eq(stop(pid), 0);
	ck_assert_int_eq(stage_counts->n_handled, 660);
}
END_TEST

START_TEST(slow_ones_do_not_hinder_others)
{
	int slow[5], fd;
	pid_t pid;

	pid = start();
	for (int i = 0; i < 5; i++)
		slow[i] = connect_and_ask("/slow", true);
	for (int i = 0; i < 5; i++)
		while (sem_wait(&stage_counts->entered) != 0)
			;
	fd = connect_and_ask("/a", true);
	ck_assert(peer_has_answer(fd, "n=0"));
	for (int i = 0; i < 5; i++)
		sem_post(&stage_counts->go);
	for (int i = 0; i < 5; i++)
		ck_assert(peer_has_answer(slow[i], "slow"));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(a_request_that_never_becomes_whole)
{
	pid_t pid;
	int fd;

	options.settings.read_deadline_ms = 10;
	pid = start();
	fd = peer_connect(path);
	peer_send(fd, STR_LIT("\1\1\0\1"));
	ck_assert(peer_is_ended(fd));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(it_keeps_house)
{
	pid_t pid = start();

	peer_await(stage_counts->n_ticks > 0);
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

/* SIGTERM, SIGINT: to stop. */
START_TEST(what_runs_is_answered_before_the_end)
{
	pid_t pid = start();
	int slow = connect_and_ask("/slow", true), idle = connect_and_ask("/a", true);

	ck_assert(peer_has_answer(idle, "n=0"));
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, _i == 0 ? SIGTERM : SIGINT), 0);
	ck_assert(peer_is_ended(idle));
	/* While it ends it does not hold the socket: the next program may have it. */
	(void)close(options.listen[0].fd);
	peer_await(peer_connect(path) == -1 && errno == ECONNREFUSED);
	ck_assert(peer_is_quiet(slow));
	ck_assert(proc_is_running(pid));
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	ck_assert(peer_is_ended(slow));
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert(proc_has_said("event=worker-ends phase=stopping connections=2"));
}
END_TEST

START_TEST(what_had_connected_is_answered_before_the_end)
{
	pid_t pid = start();
	int fds[10];

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	for (int i = 0; i < 10; i++)
		fds[i] = connect_and_ask("/a", i % 2 == 0);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert(peer_has_answer(fds[i], "n=0"));
		ck_assert(peer_is_ended(fds[i]));
	}
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

START_TEST(what_takes_too_long_is_cut_off)
{
	pid_t pid;
	int fd;

	options.settings.stop_deadline_ms = 50;
	pid = start();
	fd = connect_and_ask("/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	/* It says so: whoever called it must not close what a thread still uses. */
	ck_assert_int_eq(stop(pid), EXIT_AND + WORKER_E_CUT);
	ck_assert(peer_is_ended(fd));
}
END_TEST

START_TEST(without_its_supervisor)
{
	pid_t pid = start();
	int fd = connect_and_ask("/a", true);

	ck_assert(peer_has_answer(fd, "n=0"));
	(void)close(parent_fds[1]);
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert(peer_is_ended(fd));
	ck_assert(proc_has_said("phase=stopping"));
}
END_TEST

/* SIGUSR2: to retire. */
START_TEST(kept_ones_go_to_the_successor)
{
	pid_t pid = start();
	int kept = connect_and_ask("/a", true), slow = connect_and_ask("/slow", true);
	int handed, second;

	ck_assert(peer_has_answer(kept, "n=0"));
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, SIGUSR2), 0);
	peer_await((handed = fd_passing_receive(options.handover_fds[0])) != -1);
	ck_assert(peer_is_quiet(kept));
	peer_send(kept, STR_LIT("x"));
	ck_assert_int_eq(recv(handed, (char[1]){ 0 }, 1, 0), 1);
	/* What waits in the backlog is the successor's as well. */
	ck_assert_int_ne(second = peer_connect(path), -1);
	/* A slow one goes when it is answered. */
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert_int_ne(fd_passing_receive(options.handover_fds[0]), -1);
	ck_assert(peer_is_quiet(slow));
	ck_assert_int_ne(accept(options.listen[0].fd, NULL, NULL), -1);
	ck_assert(peer_is_quiet(second));
	ck_assert(proc_has_said("phase=retiring"));
}
END_TEST

/* It learns of both at once, of its end first. */
START_TEST(what_waits_in_the_backlog_is_the_successor_s)
{
	int waiting, fd;
	pid_t pid = start();

	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(kill(pid, SIGUSR2), 0);
	waiting = connect_and_ask("/a", false);
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert(peer_is_quiet(waiting));
	ck_assert_int_ne(fd = accept(options.listen[0].fd, NULL, NULL), -1);
	(void)close(fd);
}
END_TEST

START_TEST(a_successor_adopts_them)
{
	pid_t old = start(), new;
	int kept = connect_and_ask("/a", true);
	char text[24];

	ck_assert(peer_has_answer(kept, "n=0"));
	ck_assert_int_eq(kill(old, SIGUSR2), 0);
	ck_assert_int_eq(proc_wait(old), 0);
	new = start();
	(void)snprintf(text, sizeof(text), "%d", (int)new);
	peer_ask(kept, "/pid", true);
	ck_assert(peer_has_answer(kept, text));
	ck_assert_int_eq(stop(new), 0);
}
END_TEST

/* Has the process taken all signals it was sent? */
static bool
has_no_signal_pending(pid_t pid)
{
	char name[40], line[100];
	unsigned long mask = 1;
	FILE *file;

	(void)snprintf(name, sizeof(name), "/proc/%d/status", (int)pid);
	file = fopen(name, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "ShdPnd:", 7) == 0)
			mask = strtoul(line + 7, NULL, 16);
	(void)fclose(file);
	return mask == 0;
}

START_TEST(told_to_stop_while_it_retires)
{
	pid_t pid = start();
	int slow = connect_and_ask("/slow", true);

	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, SIGUSR2), 0);
	peer_await(proc_has_said("phase=retiring"));
	/* Taken, and acted upon: more than once round its loop. */
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(kill(pid, SIGTERM), 0);
		peer_await(has_no_signal_pending(pid));
		(void)usleep(10000);
	}
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(slow, "slow"));
	ck_assert(peer_is_ended(slow)); /* and not handed over */
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

START_TEST(signals_that_are_not_its_own)
{
	pid_t pid = start();
	int fd = connect_and_ask("/a", true);

	ck_assert(peer_has_answer(fd, "n=0"));
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	ck_assert_int_eq(kill(pid, SIGUSR1), 0);
	ck_assert_int_eq(kill(pid, SIGPIPE), 0);
	peer_ask(fd, "/a", true);
	ck_assert(peer_has_answer(fd, "n=0"));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

START_TEST(it_cannot_start)
{
	char *text;

	options.listen[0].fd = -1;
	ck_assert_int_eq(proc_wait(proc_start(run, NULL)), 1);
	text = tmp_read("out");
	ck_assert_int_eq(strtol(text, NULL, 10), -EBADF);
	ck_assert_ptr_nonnull(strstr(text, "cannot start a worker: "));
	free(text);
}
END_TEST

/* As at SIGTERM, and how it ends says why. */
START_TEST(it_leaves_when_the_application_says_so)
{
	pid_t pid = start();
	int fd = connect_and_ask("/slow", true);

	while (sem_wait(&stage_counts->entered) != 0)
		;
	stage_counts->does_tick_leave = true;
	peer_await(proc_has_said("event=worker-ends phase=stopping"));
	ck_assert(proc_is_running(pid));
	(void)sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(fd, "slow"));
	ck_assert_int_eq(proc_wait(pid), EXIT_AND + WORKER_E_LEFT);
}
END_TEST

START_TEST(cut_off_while_it_leaves)
{
	pid_t pid;

	options.settings.stop_deadline_ms = 20;
	pid = start();
	(void)connect_and_ask("/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	stage_counts->does_tick_leave = true;
	ck_assert_int_eq(proc_wait(pid), EXIT_AND + WORKER_E_CUT + WORKER_E_LEFT);
}
END_TEST

/* A worker that is told to end ends for that reason; one that may not leave yet does not. */
START_TEST(it_does_not_leave)
{
	pid_t pid;
	int n;

	options.may_leave_ms = INT64_MAX;
	stage_counts->does_tick_leave = true;
	pid = start();
	n = stage_counts->n_ticks;
	peer_await(stage_counts->n_ticks >= n + 10);
	ck_assert(peer_has_answer(connect_and_ask("/a", true), "n=0"));
	ck_assert_int_eq(stop(pid), 0);
}
END_TEST

Suite *
check_worker_suite(void)
{
	Suite *s = suite_create("server/worker");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, it_says_when_it_serves);
	tcase_add_loop_test(tc, nobody_asks, 0, 2);
	tcase_add_test(tc, many_connections_at_once);
	tcase_add_test(tc, slow_ones_do_not_hinder_others);
	tcase_add_test(tc, a_request_that_never_becomes_whole);
	tcase_add_test(tc, it_keeps_house);
	tcase_add_test(tc, it_leaves_when_the_application_says_so);
	tcase_add_test(tc, cut_off_while_it_leaves);
	tcase_add_test(tc, it_does_not_leave);
	tcase_add_test(tc, signals_that_are_not_its_own);
	tcase_add_test(tc, it_cannot_start);
	suite_add_tcase(s, tc);
	tc = tcase_create("end");
	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, what_runs_is_answered_before_the_end, 0, 2);
	tcase_add_test(tc, what_had_connected_is_answered_before_the_end);
	tcase_add_test(tc, what_takes_too_long_is_cut_off);
	tcase_add_test(tc, without_its_supervisor);
	tcase_add_test(tc, kept_ones_go_to_the_successor);
	tcase_add_test(tc, what_waits_in_the_backlog_is_the_successor_s);
	tcase_add_test(tc, a_successor_adopts_them);
	tcase_add_test(tc, told_to_stop_while_it_retires);
	suite_add_tcase(s, tc);
	return s;
}
