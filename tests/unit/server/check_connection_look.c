/* check_connection_look.c - tests of src/server/connection.c: what has waited too long */
#include "server/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/server/peer.h"
#include "unit/server/stage.h"
#include "unit/unit.h"

Suite *check_connection_look_suite(void);

static struct conn *conn;
static int peer;

static void
setup(void)
{
	stage_make();
	conn = stage_connect(&peer);
}

static void
teardown(void)
{
	(void)close(peer);
	stage_remove();
}

START_TEST(a_request_that_does_not_become_whole)
{
	if (_i == 1) {
		peer_send(peer, STR_LIT("\1\1\0\1")); /* a piece of it */
		stage_turn();
	}
	connections_look(&stage.server, conn->deadline_ms); /* not before it is over */
	ck_assert(peer_is_quiet(peer));
	ck_assert(stage_is_idle(conn));
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
	connections_look(&stage.server, INT64_MAX / 2); /* nobody is there */
}
END_TEST

START_TEST(a_kept_one_may_idle_for_ever)
{
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	connections_look(&stage.server, INT64_MAX / 2);
	ck_assert(peer_is_quiet(peer));
	ck_assert(stage_is_idle(conn));
}
END_TEST

START_TEST(not_from_under_a_queue)
{
	peer_ask(peer, "/slow", true);
	stage_turn();
	while (sem_wait(&stage_counts->entered) != 0)
		;
	connections_look(&stage.server, INT64_MAX / 2);
	ck_assert(peer_is_quiet(peer));
	ck_assert_uint_eq(stage.server.n_open, 1);
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
}
END_TEST

START_TEST(others_are_left_alone)
{
	struct conn *other;
	int other_peer;

	other = stage_connect(&other_peer);
	conn->deadline_ms = 1;
	connections_look(&stage.server, clock_boot_ms());
	ck_assert(peer_is_ended(peer));
	ck_assert(peer_is_quiet(other_peer));
	ck_assert(stage_is_idle(other));
}
END_TEST

START_TEST(jobs_that_wait_too_long_are_503)
{
	int64_t before_ms = clock_boot_ms();
	const char *answer;
	int peers[3];

	for (int i = 0; i < 3; i++) {
		(void)stage_connect(&peers[i]);
		peer_ask(peers[i], "/slow", true);
		stage_turn();
		while (i < 2 && sem_wait(&stage_counts->entered) != 0)
			;
	}
	connections_look(&stage.server, before_ms + stage.options.settings.slow_wait_ms);
	ck_assert(peer_is_quiet(peers[2]));
	connections_look(
	    &stage.server, clock_boot_ms() + stage.options.settings.slow_wait_ms + 1);
	answer = peer_answer(peers[2]);
	ck_assert_int_eq(strncmp(answer, "Status: 503 ", 12), 0);
	/* Those that run are left to run. */
	ck_assert(peer_is_quiet(peers[0]) && peer_is_quiet(peers[1]));
}
END_TEST

/* Nobody reads it: cut off, when its time is over. */
START_TEST(long_answers_are_cut_off)
{
	peer_ask(peer, "/long", true);
	stage_turn();
	connections_look(&stage.server, conn->deadline_ms);
	ck_assert_uint_eq(stage.server.n_open, 1);
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_ptr_null(peer_answer(peer));
}
END_TEST

/* Not one byte of it is taken: the peer has not read what was sent before. */
START_TEST(long_answers_that_cannot_begin_are_cut_off)
{
	static const char before[4096];

	while (send(conn->fd, before, sizeof(before), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	peer_ask(peer, "/long", true);
	stage_turn();
	ck_assert(conn->is_sending);
	connections_look(
	    &stage.server, clock_boot_ms() + stage.options.settings.write_deadline_ms + 1);
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_uint_eq(stage.server.budget.n_taken, 0);
}
END_TEST

Suite *
check_connection_look_suite(void)
{
	Suite *s = suite_create("server/connection_look");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_request_that_does_not_become_whole, 0, 2);
	tcase_add_test(tc, a_kept_one_may_idle_for_ever);
	tcase_add_test(tc, not_from_under_a_queue);
	tcase_add_test(tc, others_are_left_alone);
	tcase_add_test(tc, jobs_that_wait_too_long_are_503);
	tcase_add_test(tc, long_answers_are_cut_off);
	tcase_add_test(tc, long_answers_that_cannot_begin_are_cut_off);
	suite_add_tcase(s, tc);
	return s;
}
