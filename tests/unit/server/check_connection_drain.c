/* check_connection_drain.c - tests of src/server/connection.c when the worker ends */
#include "server/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "server/fd_passing.h"
#include "unit/server/peer.h"
#include "unit/server/stage.h"
#include "unit/unit.h"

Suite *check_connection_drain_suite(void);

static struct conn *conn;
static int peer;

static void
setup(void)
{
	stage_make();
	ck_assert_int_eq(fd_passing_open(stage.options.handover_fds), 0);
	conn = stage_connect(&peer);
}

static void
teardown(void)
{
	(void)close(peer);
	stage_remove();
}

/* A kept connection between two requests. */
static void
become_idle(void)
{
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(stage_is_idle(conn));
}

static void
retire_it(enum server_phase phase)
{
	stage.server.phase = phase;
	connections_drain(&stage.server);
}

START_TEST(stopping_ends_an_idle_one)
{
	become_idle();
	retire_it(SERVER_STOPPING);
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_int_eq(fd_passing_receive(stage.options.handover_fds[0]), -1);
}
END_TEST

/* It was sent before the peer could know. */
START_TEST(a_request_on_its_way_is_answered)
{
	become_idle();
	peer_ask(peer, "/a", true);
	retire_it(SERVER_STOPPING);
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(the_peer_can_send_no_more_meanwhile)
{
	become_idle();
	peer_ask(peer, "/slow", true);
	retire_it(SERVER_STOPPING);
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(send(peer, "x", 1, MSG_NOSIGNAL), -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert(conn->is_read_shut);
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
	peer_await(stage.server.n_open == 0);
}
END_TEST

START_TEST(retiring_hands_it_over)
{
	int fd;

	become_idle();
	retire_it(SERVER_RETIRING);
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert(peer_is_quiet(peer)); /* it has not noticed */
	/* The successor. */
	stage.server.phase = SERVER_RUNNING;
	ck_assert_int_ge(fd = fd_passing_receive(stage.options.handover_fds[0]), 0);
	ck_assert(connection_adopt(&stage.server, fd));
	ck_assert_uint_eq(stage.server.n_open, 1);
	ck_assert(stage_is_idle(stage.server.open));
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

/* What had arrived goes along. */
START_TEST(with_what_is_in_it)
{
	int fd;

	become_idle();
	peer_ask(peer, "/a", true);
	retire_it(SERVER_RETIRING);
	stage.server.phase = SERVER_RUNNING;
	ck_assert_int_ge(fd = fd_passing_receive(stage.options.handover_fds[0]), 0);
	ck_assert(connection_adopt(&stage.server, fd));
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

START_TEST(nobody_to_hand_it_to)
{
	become_idle();
	peer_ask(peer, "/a", true);
	stage.options.handover_fds[1] = -1;
	retire_it(SERVER_RETIRING);
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(all_that_are_idle)
{
	int busy_peer;

	become_idle();
	(void)stage_connect(&busy_peer);
	peer_ask(busy_peer, "/slow", true);
	stage_turn();
	while (sem_wait(&stage_counts->entered) != 0)
		;
	stage.server.phase = SERVER_STOPPING;
	connections_drain(&stage.server);
	ck_assert(peer_is_ended(peer));
	/* That whose request is in a queue is left to it. */
	ck_assert_uint_eq(stage.server.n_open, 1);
	ck_assert(peer_is_quiet(busy_peer));
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(busy_peer, "slow"));
	ck_assert(peer_is_ended(busy_peer));
}
END_TEST

START_TEST(a_new_one_without_a_byte_gets_a_moment)
{
	int64_t before_ms = clock_boot_ms();

	stage.server.phase = SERVER_STOPPING;
	connections_drain(&stage.server);
	ck_assert(stage_is_idle(conn));
	ck_assert(peer_is_quiet(peer));
	ck_assert_int_gt(conn->deadline_ms, before_ms);
	ck_assert_int_le(conn->deadline_ms, clock_boot_ms() + 500);
	/* Not another moment each time. */
	conn->deadline_ms = before_ms + 1;
	connections_drain(&stage.server);
	ck_assert_int_eq(conn->deadline_ms, before_ms + 1);
	/* And then its request is answered. */
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
}
END_TEST

START_TEST(one_that_has_begun_keeps_its_time)
{
	int64_t deadline_ms;
	struct buf bytes;

	if (_i == 1)
		become_idle(); /* before it */
	buf_init(&bytes, 4096);
	peer_add_request(&bytes, "/a", true, STR_LIT(""));
	peer_send(peer, str_take(buf_str(&bytes), 20));
	stage_turn();
	deadline_ms = conn->deadline_ms;
	ck_assert_int_gt(deadline_ms, clock_boot_ms() + 5000);
	stage.server.phase = SERVER_STOPPING;
	connections_drain(&stage.server);
	ck_assert_int_eq(conn->deadline_ms, deadline_ms);
	ck_assert(stage_is_idle(conn));
	peer_send(peer, str_skip(buf_str(&bytes), 20));
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	buf_fini(&bytes);
}
END_TEST

START_TEST(adopted_ones_may_idle)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert(connection_adopt(&stage.server, fds[0]));
	ck_assert(stage_is_idle(stage.server.open));
	ck_assert_int_eq(stage.server.open->deadline_ms, 0);
	ck_assert(stage.server.open->has_answered);
}
END_TEST

START_TEST(no_room_to_adopt)
{
	int fd = dup(peer);

	stage.server.n_open_max = 1;
	ck_assert(!connection_adopt(&stage.server, fd));
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_uint_eq(stage.server.n_open, 1);
}
END_TEST

Suite *
check_connection_drain_suite(void)
{
	Suite *s = suite_create("server/connection_drain");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, stopping_ends_an_idle_one);
	tcase_add_test(tc, a_request_on_its_way_is_answered);
	tcase_add_test(tc, the_peer_can_send_no_more_meanwhile);
	tcase_add_test(tc, retiring_hands_it_over);
	tcase_add_test(tc, with_what_is_in_it);
	tcase_add_test(tc, nobody_to_hand_it_to);
	tcase_add_test(tc, all_that_are_idle);
	tcase_add_test(tc, a_new_one_without_a_byte_gets_a_moment);
	tcase_add_loop_test(tc, one_that_has_begun_keeps_its_time, 0, 2);
	tcase_add_test(tc, adopted_ones_may_idle);
	tcase_add_test(tc, no_room_to_adopt);
	suite_add_tcase(s, tc);
	return s;
}
