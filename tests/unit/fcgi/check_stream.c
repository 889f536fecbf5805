/* check_stream.c - tests of src/fcgi/stream.c */
#include "fcgi/stream.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fcgi/record.h"
#include "unit/fcgi/records.h"
#include "unit/unit.h"

Suite *check_stream_suite(void);

static int ours, theirs;

static struct buf bytes, body;
static struct fcgi_stream stream;

static void
setup(void)
{
	struct err err;
	int fds[2];

	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	buf_init(&bytes, 1024 * 1024);
	buf_init(&body, 1024 * 1024);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ours = fds[0];
	theirs = fds[1];
}

static void
teardown(void)
{
	(void)close(ours);
	(void)close(theirs);
	buf_fini(&bytes);
	buf_fini(&body);
}

static void
send_request(struct str request_body)
{
	records_add_request(&bytes, true, request_body, 60000);
	ck_assert_int_eq(send(theirs, bytes.p, bytes.n, 0), (ssize_t)bytes.n);
}

START_TEST(libfcgi_is_as_we_need_it)
{
	struct err err = { "" };

	ck_assert_msg(fcgi_stream_self_check(&err) == 0, "%s", err.text);
}
END_TEST

/*
 * The executable's function takes precedence over libfcgi's.  The program calls it nowhere but
 * where it looks whether libfcgi is as it should be.
 */
static bool is_libfcgi_odd;

char *
FCGX_GetParam(const char *name, FCGX_ParamArray params)
{
	size_t n = strlen(name);

	for (; *params != NULL && !is_libfcgi_odd; params++)
		if (strncmp(*params, name, n) == 0 && (*params)[n] == '=')
			return *params + n + 1;
	return NULL;
}

START_TEST(another_one_is_told_apart)
{
	struct err err = { "" };

	is_libfcgi_odd = true;
	ck_assert_int_eq(fcgi_stream_self_check(&err), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(err.text, "libfcgi reads the request wrongly"));
	ck_assert_ptr_nonnull(strstr(err.text, "2.4.5 of Debian 13"));
}
END_TEST

static const struct {
	size_t n, max;
	bool want_over;
} body_cases[] = {
	{ 0, 10, false },
	{ 9, 10, false },
	{ 10, 10, false },
	{ 11, 10, true },
	{ 0, 0, false },
	{ 1, 0, true },
	{ 4095, 65536, false },
	{ 4096, 65536, false },
	{ 8184, 65536, false },
	{ 8192, 65536, false },
	{ 65536, 65536, false },
	{ 65537, 65536, true },
	{ 100000, 65536, true },
};

/* After the body nothing of the request is left, whatever was kept of it. */
START_TEST(the_body_is_read_to_its_end)
{
	char *text = malloc(body_cases[_i].n + 1);
	bool is_over = !body_cases[_i].want_over;
	char c;

	memset(text, 'b', body_cases[_i].n);
	send_request(str_mem(text, body_cases[_i].n));
	ck_assert_int_eq(fcgi_stream_accept(&stream, ours), 0);
	ck_assert_int_eq(
	    fcgi_stream_read_body(&stream, body_cases[_i].max, &body, &is_over), 0);
	ck_assert_int_eq(is_over, body_cases[_i].want_over);
	ck_assert_uint_eq(body.n,
	    body_cases[_i].n < body_cases[_i].max ? body_cases[_i].n : body_cases[_i].max);
	ck_assert_int_eq(memcmp(buf_str(&body).p, text, body.n), 0);
	ck_assert_int_eq(recv(ours, &c, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	fcgi_stream_end(&stream);
	free(text);
}
END_TEST

/*
 * The gatekeeper and libfcgi read the same bytes alike: what fcgi_scan lets pass, libfcgi
 * takes, to the last byte and no further.
 */
START_TEST(scan_and_libfcgi_agree)
{
	unsigned n_passed = 0;

	srand(11);
	for (int k = 0; k < 20000; k++) {
		struct fcgi_scan scan;
		enum fcgi_scan_result result;
		size_t used, n_left = 0;
		bool is_over;
		char c;

		buf_clear(&bytes);
		records_add_request(&bytes, true, STR_LIT("some body"), k % 2 == 0 ? 100 : 9);
		for (int i = rand() % 3; i >= 0; i--)
			bytes.p[(size_t)rand() % bytes.n] =
			    (char)(rand() % 4 == 0 ? rand() : rand() % 10);
		fcgi_scan_init(&scan);
		result = fcgi_scan_feed(&scan, (uint8_t *)bytes.p, bytes.n, &used);
		if (result != FCGI_SCAN_COMPLETE || scan.must_close || used != bytes.n)
			continue;
		n_passed++;
		ck_assert_int_eq(send(theirs, bytes.p, bytes.n, 0), (ssize_t)bytes.n);
		ck_assert_int_eq(fcgi_stream_accept(&stream, ours), 0);
		ck_assert_int_eq(fcgi_stream_read_body(&stream, 1000, &body, &is_over), 0);
		ck_assert_uint_eq(body.n, scan.n_stdin);
		ck_assert_int_eq(stream.request.requestId, scan.request_id);
		for (const char *const *p = fcgi_stream_params(&stream); *p != NULL; p++)
			n_left++;
		ck_assert_uint_eq(n_left, scan.n_pairs + 1); /* and FCGI_ROLE */
		ck_assert_int_eq(recv(ours, &c, 1, MSG_DONTWAIT), -1);
		fcgi_stream_end(&stream);
	}
	ck_assert_uint_gt(n_passed, 2000);
}
END_TEST

Suite *
check_stream_suite(void)
{
	Suite *s = suite_create("fcgi/stream");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, libfcgi_is_as_we_need_it);
	tcase_add_test(tc, another_one_is_told_apart);
	tcase_add_loop_test(
	    tc, the_body_is_read_to_its_end, 0, sizeof(body_cases) / sizeof(body_cases[0]));
	tcase_add_test(tc, scan_and_libfcgi_agree);
	suite_add_tcase(s, tc);
	return s;
}
