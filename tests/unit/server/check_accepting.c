/* check_accepting.c - tests of src/server/accepting.c */
#include "server/accepting.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/fd_passing.h"
#include "unit/server/peer.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_accepting_suite(void);

static struct accepting accepting;
static char path[108];

static void
setup(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	tmp_make();
	stage_make();
	(void)snprintf(path, sizeof(path), "%.90s/s", tmp_path);
	memcpy(un.sun_path, path, sizeof(path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	stage.options.listen[0].fd = fd;
	ck_assert_int_eq(fd_passing_open(stage.options.handover_fds), 0);
	ck_assert_int_eq(accepting_start(&accepting, &stage.server), 0);
}

static void
teardown(void)
{
	stage_remove();
	tmp_remove();
}

/* The token of what epoll has to tell at once; 0: nothing. */
static uint64_t
event(void)
{
	struct epoll_event got;

	return epoll_wait(stage.server.epoll_fd, &got, 1, 0) == 1 ? got.data.u64 : 0;
}

static void
send_connection(int *ret_peer)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert(fd_passing_send(stage.options.handover_fds[1], fds[0]));
	(void)close(fds[0]);
	*ret_peer = fds[1];
}

START_TEST(what_waits_is_taken_together)
{
	int first, second;

	ck_assert_uint_eq(event(), 0);
	ck_assert_int_ge(first = peer_connect(path), 0);
	ck_assert_int_ge(second = peer_connect(path), 0);
	peer_ask(first, "/a", true);
	ck_assert_uint_eq(event(), TOKEN_LISTEN);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert(peer_has_answer(first, "n=0")); /* at once, if it has come */
	ck_assert_uint_eq(stage.server.n_open, 2);
	ck_assert_uint_eq(event(), 0);
	/* Another worker was faster. */
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert_uint_eq(stage.server.n_open, 2);
	ck_assert_int_eq(accepting.paused_until_ms, 0);
	peer_ask(second, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(second, "n=0"));
}
END_TEST

START_TEST(but_no_more_than_some_at_a_time)
{
	for (int i = 0; i < ACCEPTING_MAX + 1; i++)
		ck_assert_int_ge(peer_connect(path), 0);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert_uint_eq(stage.server.n_open, ACCEPTING_MAX);
	ck_assert_uint_eq(event(), TOKEN_LISTEN);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert_uint_eq(stage.server.n_open, ACCEPTING_MAX + 1);
}
END_TEST

START_TEST(accepted_ones_do_not_block_and_are_not_inherited)
{
	int fd;

	ck_assert_int_ge(peer_connect(path), 0);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert(stage_is_idle(stage.server.open));
	fd = stage.server.open->fd;
	ck_assert((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	ck_assert((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
}
END_TEST

START_TEST(all_that_predecessors_sent)
{
	int peers[3];

	for (int i = 0; i < 3; i++)
		send_connection(&peers[i]);
	ck_assert_uint_eq(event(), TOKEN_HANDOVER);
	accepting_take(&accepting, TOKEN_HANDOVER);
	ck_assert_uint_eq(stage.server.n_open, 3);
	ck_assert_uint_eq(event(), 0);
	for (int i = 0; i < 3; i++) {
		peer_ask(peers[i], "/a", true);
		stage_turn();
		ck_assert(peer_has_answer(peers[i], "n=0"));
	}
}
END_TEST

START_TEST(nothing_when_the_worker_ends)
{
	int peer;

	ck_assert_int_ge(peer_connect(path), 0);
	send_connection(&peer);
	stage.server.phase = _i == 0 ? SERVER_STOPPING : SERVER_RETIRING;
	accepting_take(&accepting, TOKEN_LISTEN);
	accepting_take(&accepting, TOKEN_HANDOVER);
	ck_assert_uint_eq(stage.server.n_open, 0);
	/* A retiring one leaves it to the successors; a stopping one has none. */
	accepting_drain(&accepting);
	ck_assert_uint_eq(stage.server.n_open, 2);
}
END_TEST

START_TEST(draining_answers_what_waits)
{
	int peers[5];

	for (int i = 0; i < 5; i++) {
		ck_assert_int_ge(peers[i] = peer_connect(path), 0);
		peer_ask(peers[i], "/a", false);
	}
	stage.server.phase = SERVER_STOPPING;
	accepting_drain(&accepting);
	for (int i = 0; i < 5; i++) {
		ck_assert(peer_has_answer(peers[i], "n=0"));
		ck_assert(peer_is_ended(peers[i]));
	}
}
END_TEST

START_TEST(no_descriptor_left_means_a_pause)
{
	struct rlimit before, limit;
	int peer, n_next;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	ck_assert_int_ge(peer = peer_connect(path), 0);
	peer_ask(peer, "/a", true);
	n_next = dup(STDERR_FILENO);
	(void)close(n_next);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)n_next;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_uint_eq(stage.server.n_open, 0);
	/* It is not woken meanwhile ... */
	ck_assert_int_gt(accepting.paused_until_ms, clock_boot_ms() - 20000);
	ck_assert_uint_eq(event(), 0);
	accepting_look(&accepting, accepting.paused_until_ms - 1);
	ck_assert_uint_eq(event(), 0);
	/* ... but afterwards, and the connection is still there. */
	accepting_look(&accepting, accepting.paused_until_ms);
	ck_assert_int_eq(accepting.paused_until_ms, 0);
	ck_assert_uint_eq(event(), TOKEN_LISTEN);
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

START_TEST(no_pause_ends_when_the_worker_ends)
{
	ck_assert_int_ge(peer_connect(path), 0);
	accepting.paused_until_ms = 1;
	stage.server.phase = SERVER_STOPPING;
	accepting_stop(&accepting);
	accepting_look(&accepting, clock_boot_ms());
	ck_assert_uint_eq(event(), 0);
}
END_TEST

START_TEST(more_than_the_table_has_room_for)
{
	int peer;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	ck_assert_int_ge(peer = peer_connect(path), 0);
	stage.server.n_open_max = 0;
	accepting_take(&accepting, TOKEN_LISTEN);
	ck_assert(peer_is_ended(peer));
	ck_assert_int_ne(accepting.paused_until_ms, 0);
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(stopping_closes_the_socket_and_no_other)
{
	int listen_fd = stage.options.listen[0].fd, peer;

	stage.server.phase = SERVER_STOPPING;
	send_connection(&peer);
	accepting_stop(&accepting);
	ck_assert_int_eq(fcntl(listen_fd, F_GETFD), -1);
	ck_assert_int_ne(fcntl(stage.options.handover_fds[0], F_GETFD), -1);
	ck_assert_uint_eq(event(), 0);
	ck_assert_int_eq(peer_connect(path), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
}
END_TEST

/* Another one was woken for it, and has just begun to end. */
START_TEST(what_was_left_by_another)
{
	ck_assert_int_ge(peer_connect(path), 0);
	accepting_look(&accepting, clock_boot_ms());
	ck_assert_uint_eq(stage.server.n_open, 1);
}
END_TEST

static int
listen_at(const char *name, char ret_path[108])
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(ret_path, 108, "%.90s/%s", tmp_path, name);
	memcpy(un.sun_path, ret_path, 108);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 100), 0);
	return fd;
}

/* Each has a token of its own; all are paused, looked at, drained and closed. */
START_TEST(several_sockets)
{
	struct accepting other;
	char second[108];

	ck_assert_int_eq(
	    epoll_ctl(stage.server.epoll_fd, EPOLL_CTL_DEL, stage.options.listen[0].fd, NULL),
	    0);
	stage.options.handover_fds[0] = -1;
	stage.options.n_listen = 2;
	stage.options.listen[1].fd = listen_at("t", second);
	ck_assert_int_eq(accepting_start(&other, &stage.server), 0);
	ck_assert_int_ge(peer_connect(second), 0);
	ck_assert_uint_eq(event(), TOKEN_LISTEN + 1);
	accepting_take(&other, TOKEN_LISTEN + 1);
	ck_assert_uint_eq(stage.server.n_open, 1);
	ck_assert_uint_eq(event(), 0);
	ck_assert_int_ge(peer_connect(path), 0);
	ck_assert_uint_eq(event(), TOKEN_LISTEN);
	ck_assert_int_ge(peer_connect(second), 0);
	accepting_look(&other, clock_boot_ms());
	ck_assert_uint_eq(stage.server.n_open, 3);
	ck_assert_int_ge(peer_connect(path), 0);
	ck_assert_int_ge(peer_connect(second), 0);
	accepting_drain(&other);
	ck_assert_uint_eq(stage.server.n_open, 5);
	/* No room: both wait. */
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	stage.server.n_open_max = 5;
	ck_assert_int_ge(peer_connect(path), 0);
	accepting_take(&other, TOKEN_LISTEN);
	ck_assert_int_ge(peer_connect(second), 0);
	ck_assert_uint_eq(event(), 0);
	stage.server.n_open_max = 50;
	accepting_look(&other, other.paused_until_ms);
	ck_assert_uint_eq(event(), TOKEN_LISTEN + 1);
	accepting_stop(&other);
	ck_assert_int_eq(fcntl(stage.options.listen[0].fd, F_GETFD), -1);
	ck_assert_int_eq(fcntl(stage.options.listen[1].fd, F_GETFD), -1);
	ck_assert_int_eq(peer_connect(second), -1);
}
END_TEST

START_TEST(without_predecessors)
{
	struct accepting other;

	ck_assert_int_eq(
	    epoll_ctl(stage.server.epoll_fd, EPOLL_CTL_DEL, stage.options.listen[0].fd, NULL),
	    0);
	stage.options.handover_fds[0] = -1;
	ck_assert_int_eq(accepting_start(&other, &stage.server), 0);
	ck_assert_int_ge(peer_connect(path), 0);
	ck_assert_uint_eq(event(), TOKEN_LISTEN);
	accepting_drain(&other);
	accepting_stop(&other);
	ck_assert_uint_eq(stage.server.n_open, 1);
}
END_TEST

START_TEST(no_socket_to_wait_for)
{
	struct accepting other;

	stage.options.listen[0].fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (_i == 1)
		stage.options.listen[0].fd = -1;
	ck_assert_int_eq(accepting_start(&other, &stage.server), _i == 1 ? -EBADF : -EPERM);
}
END_TEST

START_TEST(tcp_answers_at_once)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t n = sizeof(in), n_value = sizeof(int);
	int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), value = 0, fd;
	struct accepting other;

	accepting_stop(&accepting);
	stage.options.handover_fds[0] = -1;
	stage.options.listen[0].fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(stage.options.listen[0].fd, (struct sockaddr *)&in, n), 0);
	ck_assert_int_eq(listen(stage.options.listen[0].fd, 5), 0);
	ck_assert_int_eq(
	    getsockname(stage.options.listen[0].fd, (struct sockaddr *)&in, &n), 0);
	ck_assert_int_eq(accepting_start(&other, &stage.server), 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&in, n), 0);
	accepting_take(&other, TOKEN_LISTEN);
	ck_assert_uint_eq(stage.server.n_open, 1);
	fd = stage.server.open->fd;
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &n_value), 0);
	ck_assert_int_ne(value, 0);
	(void)close(peer);
}
END_TEST

Suite *
check_accepting_suite(void)
{
	Suite *s = suite_create("server/accepting");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_waits_is_taken_together);
	tcase_add_test(tc, but_no_more_than_some_at_a_time);
	tcase_add_test(tc, accepted_ones_do_not_block_and_are_not_inherited);
	tcase_add_test(tc, all_that_predecessors_sent);
	tcase_add_loop_test(tc, nothing_when_the_worker_ends, 0, 2);
	tcase_add_test(tc, draining_answers_what_waits);
	tcase_add_test(tc, no_descriptor_left_means_a_pause);
	tcase_add_test(tc, no_pause_ends_when_the_worker_ends);
	tcase_add_test(tc, more_than_the_table_has_room_for);
	tcase_add_test(tc, stopping_closes_the_socket_and_no_other);
	tcase_add_test(tc, what_was_left_by_another);
	tcase_add_test(tc, several_sockets);
	tcase_add_test(tc, without_predecessors);
	tcase_add_loop_test(tc, no_socket_to_wait_for, 0, 2);
	tcase_add_test(tc, tcp_answers_at_once);
	suite_add_tcase(s, tc);
	return s;
}
