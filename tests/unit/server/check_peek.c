/* check_look.c - tests of src/server/peek.c */
#include "server/peek.h"

#include <errno.h>
#include <fastcgi.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/fail_alloc.h"
#include "unit/server/peer.h"
#include "unit/fcgi/records.h"
#include "unit/server/stage.h"
#include "unit/unit.h"

Suite *check_peek_suite(void);

static struct conn *conn;
static int peer;
static struct buf bytes;
static struct fcgi_scan scan;

static void
setup(void)
{
	stage_make();
	conn = stage_connect(&peer);
	buf_init(&bytes, 1024 * 1024);
	peer_add_request(&bytes, "/a", true, STR_LIT("body"));
}

static void
teardown(void)
{
	(void)close(peer);
	buf_fini(&bytes);
	stage_remove();
}

static enum peek
look_now(void)
{
	enum peek result = peek(stage.thread, conn, &scan);

	/* Nothing of a request stays where the next one is looked at. */
	for (size_t i = 0; i < sizeof(stage.thread->look); i++)
		ck_assert_int_eq(stage.thread->look[i], 0);
	return result;
}

static struct str
part(size_t from, size_t n)
{
	return str_take(str_skip(buf_str(&bytes), from), n);
}

START_TEST(a_whole_request_stays_in_the_socket)
{
	uint8_t got[4096];

	peer_send(peer, buf_str(&bytes));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(look_now(), LOOK_REQUEST);
		ck_assert(scan.is_kept && !scan.is_untidy);
		ck_assert_int_eq(scan.role, FCGI_RESPONDER);
		ck_assert_ptr_null(conn->gather);
		ck_assert_int_eq(conn->deadline_ms, 0);
	}
	ck_assert_int_eq(recv(conn->fd, got, sizeof(got), 0), (ssize_t)bytes.n);
	ck_assert_int_eq(memcmp(got, bytes.p, bytes.n), 0);
}
END_TEST

START_TEST(a_new_connection_owes_a_request)
{
	int64_t before = clock_boot_ms() + stage.options.read_deadline_ms;

	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_int_ge(conn->deadline_ms, before);
	ck_assert_int_le(conn->deadline_ms, clock_boot_ms() + stage.options.read_deadline_ms);
	/* The clock is not wound up again by what comes. */
	conn->deadline_ms = 1;
	peer_send(peer, part(0, 10));
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_int_eq(conn->deadline_ms, 1);
}
END_TEST

START_TEST(a_kept_one_may_idle_until_its_first_byte)
{
	conn->has_answered = true;
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_int_eq(conn->deadline_ms, 0);
	ck_assert_uint_eq(conn->n_looks, 0);
	peer_send(peer, part(0, 1));
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_int_ne(conn->deadline_ms, 0);
	ck_assert_uint_eq(conn->n_looks, 1);
}
END_TEST

START_TEST(two_pieces_are_still_not_gathered)
{
	peer_send(peer, part(0, 20));
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	peer_send(peer, part(20, bytes.n));
	ck_assert_int_eq(look_now(), LOOK_REQUEST);
	ck_assert_ptr_null(conn->gather);
}
END_TEST

START_TEST(many_pieces_are_gathered)
{
	for (size_t at = 0; at < bytes.n - 1; at++) {
		peer_send(peer, part(at, 1));
		ck_assert_int_eq(look_now(), LOOK_WAIT);
		ck_assert_int_eq(conn->gather != NULL, at >= 2);
	}
	peer_send(peer, part(bytes.n - 1, 1));
	ck_assert_int_eq(look_now(), LOOK_REQUEST);
	ck_assert(conn->gather->scan.is_kept);
	unit_assert_str(buf_str(&conn->gather->body), "body");
	ck_assert(peer_is_quiet(conn->fd)); /* taken out */
}
END_TEST

/* More than one look shows is gathered at once: the socket might be full of it. */
START_TEST(a_long_one_is_gathered)
{
	char *body = calloc(1, 50000);

	buf_clear(&bytes);
	peer_add_request(&bytes, "/a", false, str_mem(body, 50000));
	peer_send(peer, part(0, SERVE_LOOK_BYTES));
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_ptr_nonnull(conn->gather);
	ck_assert_int_ne(conn->deadline_ms, 0);
	peer_send(peer, part(SERVE_LOOK_BYTES, bytes.n));
	ck_assert_int_eq(look_now(), LOOK_REQUEST);
	ck_assert(!conn->gather->scan.is_kept);
	ck_assert_uint_eq(conn->gather->body.n, 50000);
	free(body);
}
END_TEST

START_TEST(no_memory_to_gather)
{
	enum peek result;

	conn->n_looks = 100;
	peer_send(peer, part(0, 20));
	fail_alloc_at(1);
	result = look_now();
	fail_alloc_at(0);
	ck_assert_int_eq(result, LOOK_CLOSE);
}
END_TEST

START_TEST(what_follows_makes_it_untidy)
{
	peer_send(peer, buf_str(&bytes));
	peer_send(peer, part(0, 5));
	ck_assert_int_eq(look_now(), LOOK_REQUEST);
	ck_assert(scan.is_untidy);
}
END_TEST

START_TEST(given_up_in_the_same_breath)
{
	records_add(&bytes, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0);
	peer_send(peer, buf_str(&bytes));
	ck_assert_int_eq(look_now(), LOOK_CLOSE);
}
END_TEST

START_TEST(the_peer_has_gone)
{
	if (_i == 1)
		peer_send(peer, part(0, 10)); /* in the middle */
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	if (_i == 1)
		conn->gather = partial_request_new();
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_int_eq(look_now(), LOOK_CLOSE);
}
END_TEST

/* Bytes that are there hide the end behind them. */
START_TEST(the_peer_has_gone_in_the_middle)
{
	peer_send(peer, part(0, 1));
	if (_i == 0) {
		ck_assert_int_eq(look_now(), LOOK_WAIT);
		ck_assert_ptr_null(conn->gather);
	}
	if (_i == 2)
		peer_send(peer, part(1, bytes.n)); /* or rather, at the end */
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_int_eq(look_now(), _i == 2 ? LOOK_REQUEST : LOOK_CLOSE);
}
END_TEST

/* We let it send no more: that says nothing of it. */
START_TEST(what_was_on_its_way_when_we_ended)
{
	int64_t before_ms = clock_boot_ms();

	conn->has_answered = true;
	peer_send(peer, part(0, 10));
	ck_assert_int_eq(shutdown(conn->fd, SHUT_RD), 0);
	conn->is_read_shut = true;
	ck_assert_int_eq(look_now(), LOOK_WAIT);
	ck_assert_int_ge(conn->deadline_ms, before_ms);
	ck_assert_int_le(conn->deadline_ms, clock_boot_ms() + 1000);
	(void)close(peer);
	peer = -1;
	ck_assert_int_eq(look_now(), LOOK_CLOSE);
}
END_TEST

static const struct {
	const char *name;
	int type;
} refusals[] = {
	{ "management", FCGI_GET_VALUES },
	{ "stdin_before_its_begin", FCGI_STDIN },
	{ "unknown_type", 77 },
};

START_TEST(no_request_for_us)
{
	buf_clear(&bytes);
	records_add(&bytes, refusals[_i].type, refusals[_i].type == FCGI_GET_VALUES ? 0 : 1,
	    STR_LIT("12345678"), 0);
	peer_send(peer, buf_str(&bytes));
	ck_assert_int_eq(look_now(), LOOK_CLOSE);
	ck_assert(peer_is_quiet(peer)); /* and no word */
}
END_TEST

/* FastCGI 1.0 section 5.5: FCGI_UNKNOWN_ROLE. */
START_TEST(an_unknown_role_is_told_so)
{
	uint8_t got[100];

	buf_clear(&bytes);
	records_add_begin(&bytes, 9, FCGI_KEEP_CONN);
	peer_send(peer, buf_str(&bytes));
	ck_assert_int_eq(look_now(), LOOK_CLOSE);
	ck_assert_int_eq(recv(peer, got, sizeof(got), MSG_DONTWAIT), 16);
	ck_assert_int_eq(got[1], FCGI_END_REQUEST);
	ck_assert_int_eq(got[3], 1); /* the request's id */
	ck_assert_int_eq(got[12], FCGI_UNKNOWN_ROLE);
}
END_TEST

Suite *
check_peek_suite(void)
{
	Suite *s = suite_create("server/look");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_whole_request_stays_in_the_socket);
	tcase_add_test(tc, a_new_connection_owes_a_request);
	tcase_add_test(tc, a_kept_one_may_idle_until_its_first_byte);
	tcase_add_test(tc, two_pieces_are_still_not_gathered);
	tcase_add_test(tc, many_pieces_are_gathered);
	tcase_add_test(tc, a_long_one_is_gathered);
	tcase_add_test(tc, no_memory_to_gather);
	tcase_add_test(tc, what_follows_makes_it_untidy);
	tcase_add_test(tc, given_up_in_the_same_breath);
	tcase_add_loop_test(tc, the_peer_has_gone, 0, 2);
	tcase_add_loop_test(tc, the_peer_has_gone_in_the_middle, 0, 3);
	tcase_add_test(tc, what_was_on_its_way_when_we_ended);
	tcase_add_loop_test(tc, no_request_for_us, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, an_unknown_role_is_told_so);
	suite_add_tcase(s, tc);
	return s;
}
