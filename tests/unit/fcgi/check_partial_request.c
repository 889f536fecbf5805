/* check_partial_request.c - tests of src/fcgi/partial_request.c */
#include "fcgi/partial_request.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/stream.h"
#include "http/request.h"
#include "unit/fcgi/records.h"
#include "unit/unit.h"

Suite *check_partial_request_suite(void);

static int ours, theirs;
static struct buf bytes;
static struct partial_request *gather;
static uint8_t scratch[4096];

static void
setup(void)
{
	struct err err;
	int fds[2];

	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ours = fds[0];
	theirs = fds[1];
	buf_init(&bytes, 64 * 1024 * 1024);
	gather = partial_request_new();
	memset(scratch, 0, sizeof(scratch));
}

static void
teardown(void)
{
	partial_request_free(gather);
	partial_request_free(NULL);
	buf_fini(&bytes);
	(void)close(ours);
	(void)close(theirs);
}

/* Send it in pieces; the result when all of it is there. */
static enum fcgi_scan_result
gather_all(size_t piece)
{
	enum fcgi_scan_result result = FCGI_SCAN_MORE;

	for (size_t at = 0; at < bytes.n && result == FCGI_SCAN_MORE;) {
		size_t n = bytes.n - at < piece ? bytes.n - at : piece;
		ssize_t sent = send(theirs, bytes.p + at, n, MSG_NOSIGNAL);

		ck_assert_int_gt(sent, 0);
		at += (size_t)sent;
		result = partial_request_read(gather, ours, scratch, sizeof(scratch));
		/* Nothing of it stays where others read next. */
		for (size_t i = 0; i < sizeof(scratch); i++)
			ck_assert_int_eq(scratch[i], 0);
	}
	return result;
}

static const struct {
	size_t n_body, piece, chunk;
	bool want_over;
} cases[] = {
	{ 0, 1, 65535, false },
	{ 10, 1, 3, false },
	{ 8191, 1000, 8184, false },
	{ REQUEST_BODY_MAX_BYTES, 5000, 65535, false },
	{ REQUEST_BODY_MAX_BYTES + 1, 5000, 65535, true },
	{ 1024 * 1024, 60000, 65535, true },
};

START_TEST(what_was_gathered_is_what_libfcgi_reads)
{
	size_t n = cases[_i].n_body;
	char *text = malloc(n + 1);
	struct fcgi_stream conn;
	struct buf body;
	bool is_over;
	int fd = -1;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * 7);
	records_add_request(&bytes, true, str_mem(text, n), cases[_i].chunk);
	ck_assert_int_eq(gather_all(cases[_i].piece), FCGI_SCAN_COMPLETE);
	ck_assert(!gather->scan.is_untidy);
	ck_assert_int_eq(partial_request_feed(gather, &fd), 0);
	/* Twice: a thread uses one file for all. */
	ck_assert_int_eq(partial_request_feed(gather, &fd), 0);
	fcgi_stream_init(&conn);
	buf_init(&body, REQUEST_BODY_MAX_BYTES);
	ck_assert_int_eq(fcgi_stream_accept(&conn, ours, fd), 0);
	ck_assert_int_eq(
	    fcgi_stream_read_body(&conn, REQUEST_BODY_MAX_BYTES, &body, &is_over), 0);
	ck_assert_int_eq(is_over, cases[_i].want_over);
	ck_assert_uint_eq(body.n, n < REQUEST_BODY_MAX_BYTES ? n : REQUEST_BODY_MAX_BYTES);
	ck_assert_int_eq(memcmp(buf_str(&body).p, text, body.n), 0);
	ck_assert_str_eq(FCGX_GetParam("REQUEST_METHOD", conn.request.envp), "POST");
	ck_assert_int_eq(fcgi_stream_answer(&conn, STR_LIT("answer")), 0);
	fcgi_stream_end(&conn);
	ck_assert_int_gt(recv(theirs, scratch, sizeof(scratch), 0), 24); /* to the peer */
	buf_fini(&body);
	(void)close(fd);
	free(text);
}
END_TEST

START_TEST(a_body_without_end_is_answered_all_the_same)
{
	char *text = calloc(1, PARTIAL_REQUEST_BODY_MAX_BYTES + 70000);

	records_add_request(
	    &bytes, true, str_mem(text, PARTIAL_REQUEST_BODY_MAX_BYTES + 70000), 65535);
	ck_assert_int_eq(gather_all(60000), FCGI_SCAN_COMPLETE);
	ck_assert(gather->scan.is_untidy);
	ck_assert_uint_eq(gather->body.n, REQUEST_BODY_MAX_BYTES + 1);
	free(text);
}
END_TEST

START_TEST(the_next_request_behind_it_is_untidy)
{
	records_add_request(&bytes, true, STR_LIT("a"), 100);
	buf_add_z(&bytes, "more");
	ck_assert_int_eq(gather_all(100000), FCGI_SCAN_COMPLETE);
	ck_assert(gather->scan.is_untidy);
}
END_TEST

START_TEST(a_peer_that_hangs_up)
{
	records_add_request(&bytes, true, STR_LIT("a"), 100);
	bytes.n -= 3;
	ck_assert_int_eq(gather_all(100000), FCGI_SCAN_MORE);
	(void)shutdown(theirs, SHUT_WR);
	ck_assert_int_eq(
	    partial_request_read(gather, ours, scratch, sizeof(scratch)), FCGI_SCAN_MALFORMED);
}
END_TEST

START_TEST(an_abort_behind_it)
{
	records_add_request(&bytes, true, STR_LIT("a"), 100);
	records_add(&bytes, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0);
	ck_assert_int_eq(gather_all(100000), FCGI_SCAN_ABORTED);
}
END_TEST

Suite *
check_partial_request_suite(void)
{
	Suite *s = suite_create("fcgi/partial_request");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, what_was_gathered_is_what_libfcgi_reads, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, a_body_without_end_is_answered_all_the_same);
	tcase_add_test(tc, the_next_request_behind_it_is_untidy);
	tcase_add_test(tc, a_peer_that_hangs_up);
	tcase_add_test(tc, an_abort_behind_it);
	suite_add_tcase(s, tc);
	return s;
}
