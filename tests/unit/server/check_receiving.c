/* check_receiving.c - tests of src/server/receiving.c */
#include "server/receiving.h"

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

Suite *check_receiving_suite(void);

static struct conn *conn;
static int peer;
static struct buf bytes;

static void
setup(void)
{
	stage_make();
	conn = stage_connect(&peer);
	conn->deadline_ms = 0; /* as if nobody had looked at it */
	memset(stage.server.job->in, 0, JOB_INPUT_BYTES);
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

static enum receiving
receive_now(void)
{
	enum receiving result = receive(&stage.server, conn);
	size_t n_left = 0;

	/* Nothing of a request stays, but where it is answered from. */
	ck_assert_int_eq(stage.server.job->n_in > 0, result == RECEIVED && !conn->partial);
	for (size_t i = stage.server.job->n_in; i < 4096; i++)
		n_left += stage.server.job->in[i] != 0;
	ck_assert_uint_eq(n_left, 0);
	return result;
}

static struct str
part(size_t from, size_t n)
{
	return str_take(str_skip(buf_str(&bytes), from), n);
}

START_TEST(a_whole_request_is_read_at_once)
{
	struct job *job = stage.server.job;

	peer_send(peer, buf_str(&bytes));
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(receive_now(), RECEIVED);
		ck_assert(conn->will_keep);
		ck_assert_int_eq(job->txn.request.role, REQUEST_RESPONDER);
		ck_assert_int_eq(job->request_id, 1);
		ck_assert_ptr_null(conn->partial);
		ck_assert_int_eq(conn->deadline_ms, 0);
		unit_assert_str(job->txn.request.path, "/a");
		unit_assert_str(job->txn.request.body, "body");
		/* Where it was read to. */
		ck_assert(job->txn.request.body.p > (char *)job->in &&
			  job->txn.request.body.p < (char *)job->in + JOB_INPUT_BYTES);
		job_end(job, true);
		ck_assert(peer_is_quiet(conn->fd)); /* taken out */
		peer_send(peer, buf_str(&bytes));
	}
}
END_TEST

START_TEST(a_new_connection_owes_a_request)
{
	int64_t before = clock_boot_ms() + stage.options.settings.read_deadline_ms;

	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_ge(conn->deadline_ms, before);
	ck_assert_int_le(
	    conn->deadline_ms, clock_boot_ms() + stage.options.settings.read_deadline_ms);
	/* The clock is not wound up again by what comes. */
	conn->deadline_ms = 1;
	peer_send(peer, part(0, 10));
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_eq(conn->deadline_ms, 1);
}
END_TEST

START_TEST(a_kept_one_may_idle_until_its_first_byte)
{
	conn->has_answered = true;
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_eq(conn->deadline_ms, 0);
	ck_assert_ptr_null(conn->partial);
	peer_send(peer, part(0, 1));
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_ne(conn->deadline_ms, 0);
	ck_assert_ptr_nonnull(conn->partial);
}
END_TEST

START_TEST(many_pieces)
{
	for (size_t at = 0; at < bytes.n - 1; at++) {
		peer_send(peer, part(at, 1));
		ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
		ck_assert_ptr_nonnull(conn->partial);
	}
	peer_send(peer, part(bytes.n - 1, 1));
	ck_assert_int_eq(receive_now(), RECEIVED);
	ck_assert(conn->will_keep);
	unit_assert_str(stage.server.job->txn.request.path, "/a");
	unit_assert_str(stage.server.job->txn.request.body, "body");
	ck_assert(peer_is_quiet(conn->fd)); /* taken out */
}
END_TEST

/* More than one read takes. */
START_TEST(a_long_one)
{
	char *body = calloc(1, 50000);

	buf_clear(&bytes);
	peer_add_request(&bytes, "/a", false, str_mem(body, 50000));
	peer_send(peer, part(0, JOB_INPUT_BYTES));
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_ptr_nonnull(conn->partial);
	ck_assert_int_ne(conn->deadline_ms, 0);
	peer_send(peer, part(JOB_INPUT_BYTES, bytes.n));
	ck_assert_int_eq(receive_now(), RECEIVED);
	ck_assert(!conn->will_keep);
	ck_assert_uint_eq(stage.server.job->txn.request.body.n, 50000);
	free(body);
}
END_TEST

/* Whoever sends fast does not keep the loop for itself: others have their turn in between. */
START_TEST(a_very_long_one)
{
	char *body = calloc(1, 1024 * 1024);
	enum receiving result = RECEIVING_PAUSE;
	unsigned n_pauses = 0;
	int room = 1024 * 1024;

	ck_assert_int_eq(setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	buf_fini(&bytes);
	buf_init(&bytes, 2 * 1024 * 1024);
	peer_add_request(&bytes, "/a", false, str_mem(body, 1024 * 1024));
	for (struct str rest = buf_str(&bytes); result != RECEIVED;) {
		ssize_t n = send(peer, rest.p, rest.n, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			rest = str_skip(rest, (size_t)n);
		result = receive_now();
		ck_assert_int_ne(result, RECEIVING_ENDS);
		n_pauses += result == RECEIVING_PAUSE;
	}
	ck_assert_uint_gt(n_pauses, 0);
	ck_assert_int_eq(stage.server.job->txn.request.refusal, 413);
	free(body);
}
END_TEST

START_TEST(no_memory_to_gather)
{
	enum receiving result;

	peer_send(peer, part(0, 20));
	fail_alloc_at(1);
	result = receive(&stage.server, conn);
	fail_alloc_at(0);
	ck_assert_int_eq(result, RECEIVING_ENDS);
}
END_TEST

START_TEST(after_what_follows_it_is_closed)
{
	peer_send(peer, buf_str(&bytes));
	peer_send(peer, part(0, 5));
	ck_assert_int_eq(receive_now(), RECEIVED);
	ck_assert(!conn->will_keep);
}
END_TEST

START_TEST(given_up_in_the_same_breath)
{
	records_add(&bytes, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0);
	peer_send(peer, buf_str(&bytes));
	ck_assert_int_eq(receive_now(), RECEIVING_ENDS);
}
END_TEST

START_TEST(the_peer_has_gone)
{
	if (_i == 1)
		peer_send(peer, part(0, 10)); /* in the middle */
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_int_eq(receive_now(), RECEIVING_ENDS);
}
END_TEST

/* Bytes that are there hide the end behind them. */
START_TEST(the_peer_has_gone_in_the_middle)
{
	peer_send(peer, part(0, 1));
	if (_i == 0)
		ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	if (_i == 2)
		peer_send(peer, part(1, bytes.n)); /* or rather, at the end */
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	ck_assert_int_eq(receive_now(), _i == 2 ? RECEIVED : RECEIVING_ENDS);
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
	ck_assert_int_eq(receive_now(), RECEIVING_WAITS);
	ck_assert_int_ge(conn->deadline_ms, before_ms);
	ck_assert_int_le(conn->deadline_ms, clock_boot_ms() + 1000);
	(void)close(peer);
	peer = -1;
	ck_assert_int_eq(receive_now(), RECEIVING_ENDS);
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
	ck_assert_int_eq(receive_now(), RECEIVING_ENDS);
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
	ck_assert_int_eq(receive_now(), RECEIVING_ENDS);
	ck_assert_int_eq(recv(peer, got, sizeof(got), MSG_DONTWAIT), 16);
	ck_assert_int_eq(got[1], FCGI_END_REQUEST);
	ck_assert_int_eq(got[3], 1); /* the request's id */
	ck_assert_int_eq(got[12], FCGI_UNKNOWN_ROLE);
}
END_TEST

/* A check is read as far as it goes; the rest of the bytes, and more, are dropped unseen. */
START_TEST(a_check_and_what_nobody_reads)
{
	static char more[100000];

	buf_clear(&bytes);
	records_add_begin(&bytes, FCGI_RESPONDER, FCGI_KEEP_CONN);
	records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\4\5GATEnginx"), 100);
	records_add(&bytes, FCGI_STDIN, 1, STR_LIT("password"), 0);
	peer_send(peer, buf_str(&bytes));
	ck_assert_int_eq(receive_now(), RECEIVED);
	ck_assert(!conn->will_keep);
	ck_assert(conn->peer_may_go_on);
	unit_assert_str(stage.server.job->txn.request.gate, "nginx");
	unit_assert_str(stage.server.job->txn.request.body, NULL);
	job_end(stage.server.job, true);
	ck_assert_int_eq(receive_nothing(&stage.server, conn), RECEIVING_WAITS);
	memset(more, 'p', sizeof(more));
	peer_send(peer, str_mem(more, sizeof(more)));
	ck_assert_int_eq(receive_nothing(&stage.server, conn), RECEIVING_WAITS);
	for (size_t i = 0; i < JOB_INPUT_BYTES; i++)
		ck_assert_int_eq(stage.server.job->in[i], 0);
	(void)shutdown(peer, SHUT_WR);
	ck_assert_int_eq(receive_nothing(&stage.server, conn), RECEIVING_ENDS);
}
END_TEST

Suite *
check_receiving_suite(void)
{
	Suite *s = suite_create("server/receiving");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_whole_request_is_read_at_once);
	tcase_add_test(tc, a_new_connection_owes_a_request);
	tcase_add_test(tc, a_kept_one_may_idle_until_its_first_byte);
	tcase_add_test(tc, many_pieces);
	tcase_add_test(tc, a_long_one);
	tcase_add_test(tc, a_very_long_one);
	tcase_add_test(tc, no_memory_to_gather);
	tcase_add_test(tc, after_what_follows_it_is_closed);
	tcase_add_test(tc, given_up_in_the_same_breath);
	tcase_add_loop_test(tc, the_peer_has_gone, 0, 2);
	tcase_add_loop_test(tc, the_peer_has_gone_in_the_middle, 0, 3);
	tcase_add_test(tc, what_was_on_its_way_when_we_ended);
	tcase_add_loop_test(tc, no_request_for_us, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, an_unknown_role_is_told_so);
	tcase_add_test(tc, a_check_and_what_nobody_reads);
	suite_add_tcase(s, tc);
	return s;
}
