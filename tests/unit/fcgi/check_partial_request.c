/* check_partial_request.c - tests of src/fcgi/partial_request.c */
#include "fcgi/partial_request.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgi/stream.h"
#include "http/request.h"
#include "unit/fcgi/records.h"
#include "unit/unit.h"

Suite *check_partial_request_suite(void);

static struct buf bytes;
static struct partial_request *partial;

static void
setup(void)
{
	struct err err;

	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	buf_init(&bytes, 64 * 1024 * 1024);
	partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
}

static void
teardown(void)
{
	partial_request_free(partial);
	partial_request_free(NULL);
	buf_fini(&bytes);
}

/* In pieces; the result when all of it has been taken. */
static enum fcgi_scan_result
take_all(size_t piece)
{
	enum fcgi_scan_result result = FCGI_SCAN_MORE;

	for (size_t at = 0; at < bytes.n && result == FCGI_SCAN_MORE; at += piece)
		result = partial_request_take(partial, (const uint8_t *)bytes.p + at,
		    bytes.n - at < piece ? bytes.n - at : piece);
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

START_TEST(what_was_taken_is_what_libfcgi_reads)
{
	size_t n = cases[_i].n_body;
	char *text = malloc(n + 1);
	struct fcgi_stream stream;
	struct buf body;
	bool is_over;
	int fd = -1;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i * 7);
	records_add_request(&bytes, true, str_mem(text, n), cases[_i].chunk);
	ck_assert_int_eq(take_all(cases[_i].piece), FCGI_SCAN_COMPLETE);
	ck_assert(!partial->scan.must_close);
	ck_assert_int_eq(partial_request_feed(partial, &fd), 0);
	/* Twice: a server uses one file for all. */
	ck_assert_int_eq(partial_request_feed(partial, &fd), 0);
	buf_init(&body, REQUEST_BODY_MAX_BYTES);
	ck_assert_int_eq(fcgi_stream_accept(&stream, fd), 0);
	ck_assert_int_eq(
	    fcgi_stream_read_body(&stream, REQUEST_BODY_MAX_BYTES, &body, &is_over), 0);
	ck_assert_int_eq(is_over, cases[_i].want_over);
	ck_assert_uint_eq(body.n, n < REQUEST_BODY_MAX_BYTES ? n : REQUEST_BODY_MAX_BYTES);
	ck_assert_int_eq(memcmp(buf_str(&body).p, text, body.n), 0);
	ck_assert_str_eq(FCGX_GetParam("REQUEST_METHOD", stream.request.envp), "POST");
	fcgi_stream_end(&stream);
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
	ck_assert_int_eq(take_all(60000), FCGI_SCAN_COMPLETE);
	ck_assert(partial->scan.must_close);
	ck_assert_uint_eq(partial->body.n, REQUEST_BODY_MAX_BYTES + 1);
	free(text);
}
END_TEST

START_TEST(the_next_request_behind_it_must_close)
{
	records_add_request(&bytes, true, STR_LIT("a"), 100);
	buf_add_z(&bytes, "more");
	ck_assert_int_eq(take_all(100000), FCGI_SCAN_COMPLETE);
	ck_assert(partial->scan.must_close);
}
END_TEST

START_TEST(an_abort_behind_it)
{
	records_add_request(&bytes, true, STR_LIT("a"), 100);
	records_add(&bytes, FCGI_ABORT_REQUEST, 1, STR_LIT(""), 0);
	ck_assert_int_eq(take_all(100000), FCGI_SCAN_ABORTED);
}
END_TEST

Suite *
check_partial_request_suite(void)
{
	Suite *s = suite_create("fcgi/partial_request");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, what_was_taken_is_what_libfcgi_reads, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, a_body_without_end_is_answered_all_the_same);
	tcase_add_test(tc, the_next_request_behind_it_must_close);
	tcase_add_test(tc, an_abort_behind_it);
	suite_add_tcase(s, tc);
	return s;
}
