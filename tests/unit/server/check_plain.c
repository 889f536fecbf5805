/* check_plain.c - tests of src/server/plain.c */
#include "server/plain.h"

#include <errno.h>
#include <fastcgi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/log.h"
#include "server/restart_request.h"
#include "unit/server/peer.h"
#include "unit/server/proc.h"
#include "unit/fcgi/records.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_plain_suite(void);

static struct worker_options options;
static char path[108];
static int ready_fds[2], parent_fds[2];
static bool is_by_worker; /* worker_run() is what is called, as a rule */

static void
setup(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	tmp_make();
	stage_app_make();
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	memcpy(un.sun_path, path, sizeof(path));
	options = WORKER_OPTIONS_DEFAULT;
	options.is_plain = true;
	options.n_threads = 1;
	options.n_slow_threads = 2;
	options.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(options.listen_fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(options.listen_fd, 100), 0);
	ck_assert_int_eq(pipe(ready_fds), 0);
	ck_assert_int_eq(restart_request_open(parent_fds), 0);
	options.ready_fd = ready_fds[1];
	options.parent_fd = parent_fds[0];
}

static int
run(void *arg)
{
	struct err err = { "" };

	(void)arg;
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	(void)close(parent_fds[1]);
	if (fcgi_stream_library_init(&err) != 0)
		return 2;
	return (is_by_worker ? worker_run : plain_run)(&stage_app, &options, &err) == 0 ? 0 : 1;
}

static pid_t
start(void)
{
	pid_t pid = proc_start(run, NULL);
	char byte;

	ck_assert_int_eq(read(ready_fds[0], &byte, 1), 1);
	return pid;
}

static int
connect_and_ask(const char *what, bool is_kept)
{
	int fd = peer_connect(path);

	ck_assert_int_ne(fd, -1);
	peer_ask(fd, what, is_kept);
	return fd;
}

/* libfcgi waits two seconds for a peer that stays after the end. */
static void
hang_up(int fd)
{
	ck_assert(peer_is_ended(fd));
	(void)close(fd);
}

START_TEST(requests_are_answered)
{
	pid_t pid;
	int fd;

	is_by_worker = _i == 1;
	pid = start();
	fd = connect_and_ask("/a", false);
	ck_assert(peer_has_answer(fd, "n=0"));
	hang_up(fd);
	fd = connect_and_ask("/a", true);
	for (int i = 0; i < 5; i++) {
		ck_assert(peer_has_answer(fd, "n=0"));
		peer_ask(fd, "/a", true);
	}
	ck_assert(peer_has_answer(fd, "n=0"));
	ck_assert(peer_is_quiet(fd));
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

/* Kept connections occupy threads; the slow lane's serve, too. */
START_TEST(as_many_as_there_are_threads)
{
	pid_t pid = start();
	int fds[4];

	for (int i = 0; i < 3; i++) {
		fds[i] = connect_and_ask("/a", true);
		ck_assert(peer_has_answer(fds[i], "n=0"));
	}
	fds[3] = connect_and_ask("/a", true);
	ck_assert(peer_is_quiet(fds[3]));
	(void)close(fds[0]);
	ck_assert(peer_has_answer(fds[3], "n=0"));
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

START_TEST(bodies_and_long_answers)
{
	pid_t pid = start();
	int fd = peer_connect(path);
	char *body = calloc(1, 60000);
	const char *answer;
	struct buf bytes;

	buf_init(&bytes, 1024 * 1024);
	peer_add_request(&bytes, "/a", true, str_mem(body, 60000));
	peer_send(fd, buf_str(&bytes));
	ck_assert(peer_has_answer(fd, "n=60000"));
	peer_ask(fd, "/long", true);
	answer = peer_answer(fd);
	ck_assert_ptr_nonnull(answer);
	ck_assert_uint_eq(strspn(strstr(answer, "\r\n\r\n") + 4, "l"), STAGE_LONG_BYTES);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
	buf_fini(&bytes);
	free(body);
}
END_TEST

START_TEST(a_role_that_is_not_ours)
{
	pid_t pid = start();
	int fd = peer_connect(path);
	const char *answer;
	struct buf bytes;

	buf_init(&bytes, 4096);
	/* It sends no FCGI_STDIN, not even an empty one. */
	records_add_begin(&bytes, FCGI_AUTHORIZER, FCGI_KEEP_CONN);
	records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\1\1ab"), 100);
	peer_send(fd, buf_str(&bytes));
	ck_assert_ptr_nonnull(answer = peer_answer(fd));
	ck_assert_int_eq(strncmp(answer, "Status: 501 ", 12), 0);
	hang_up(fd);
	ck_assert_int_eq(stage_counts->n_handled, 0);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
	buf_fini(&bytes);
}
END_TEST

START_TEST(a_broken_request_costs_its_connection)
{
	pid_t pid = start();
	int fd = peer_connect(path), next;

	peer_send(fd, STR_LIT("\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\5")); /* and no more */
	(void)close(fd);
	next = connect_and_ask("/a", false);
	ck_assert(peer_has_answer(next, "n=0"));
	hang_up(next);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

START_TEST(what_runs_is_answered_before_the_end)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR2 };
	pid_t pid = start();
	int fd = connect_and_ask("/slow", true);

	while (sem_wait(&stage_counts->entered) != 0)
		;
	if (_i == 3)
		(void)close(parent_fds[1]); /* its supervisor has died */
	else
		ck_assert_int_eq(kill(pid, signals[_i]), 0);
	ck_assert(proc_is_running(pid));
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(fd, "slow"));
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert(peer_is_ended(fd));
}
END_TEST

START_TEST(what_takes_too_long_is_cut_off)
{
	pid_t pid;
	int fd;

	options.stop_deadline_ms = 50;
	pid = start();
	fd = connect_and_ask("/slow", true);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
	ck_assert(peer_is_ended(fd));
}
END_TEST

START_TEST(what_the_application_wishes_is_passed_on_too)
{
	pid_t pid, who = 0;

	stage_counts->does_tick_wish = true;
	pid = start();
	peer_await((who = restart_request_receive(parent_fds[1])) != 0);
	ck_assert_int_eq(who, pid);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(proc_wait(pid), 0);
}
END_TEST

Suite *
check_plain_suite(void)
{
	Suite *s = suite_create("server/plain");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, requests_are_answered, 0, 2);
	tcase_add_test(tc, as_many_as_there_are_threads);
	tcase_add_test(tc, bodies_and_long_answers);
	tcase_add_test(tc, a_role_that_is_not_ours);
	tcase_add_test(tc, a_broken_request_costs_its_connection);
	tcase_add_loop_test(tc, what_runs_is_answered_before_the_end, 0, 4);
	tcase_add_test(tc, what_the_application_wishes_is_passed_on_too);
	tcase_add_test(tc, what_takes_too_long_is_cut_off);
	suite_add_tcase(s, tc);
	return s;
}
