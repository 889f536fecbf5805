/* check_fcgi_conn.c - tests of src/fcgi/stream.c */
#include "fcgi/stream.h"

#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fcgi/record.h"
#include "unit/fcgi/records.h"
#include "unit/unit.h"

Suite *check_stream_suite(void);

static int ours, theirs;

/*
 * The executable's write() takes precedence in libfcgi, too.  The nth write to ours fails, as on
 * a full socket; the next one would find room again.
 */
static int failing_write;
static bool do_all_fail;

ssize_t
write(int fd, const void *p, size_t n)
{
	if (do_all_fail || (fd == ours && failing_write > 0 && --failing_write == 0)) {
		errno = EAGAIN;
		return -1;
	}
	return syscall(SYS_write, fd, p, n);
}

static struct buf bytes, body;
static struct fcgi_stream conn;

static void
open_pair(int type)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, fds), 0);
	ours = fds[0];
	theirs = fds[1];
}

static void
setup(void)
{
	struct err err;

	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	buf_init(&bytes, 1024 * 1024);
	buf_init(&body, 1024 * 1024);
	fcgi_stream_init(&conn);
	open_pair(SOCK_STREAM);
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

START_TEST(another_one_is_told_apart)
{
	struct err err = { "" };

	do_all_fail = true;
	ck_assert_int_eq(fcgi_stream_self_check(&err), -ENOTSUP);
	do_all_fail = false;
	ck_assert_ptr_nonnull(strstr(err.text, "libfcgi does not write"));
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
	ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
	ck_assert_int_eq(fcgi_stream_read_body(&conn, body_cases[_i].max, &body, &is_over), 0);
	ck_assert_int_eq(is_over, body_cases[_i].want_over);
	ck_assert_uint_eq(body.n,
	    body_cases[_i].n < body_cases[_i].max ? body_cases[_i].n : body_cases[_i].max);
	ck_assert_int_eq(memcmp(buf_str(&body).p, text, body.n), 0);
	ck_assert_int_eq(recv(ours, &c, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(errno, EAGAIN);
	fcgi_stream_end(&conn);
	free(text);
}
END_TEST

START_TEST(an_answer_up_to_8_kib_is_one_write)
{
	static const size_t sizes[] = { 0, 1, 100, 8000, 8160 };
	char answer[8192], got[65536];
	bool is_over;

	(void)close(ours);
	(void)close(theirs);
	open_pair(SOCK_SEQPACKET); /* keeps writes apart */
	memset(answer, 'a', sizeof(answer));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ssize_t n;

		buf_clear(&bytes);
		send_request(STR_LIT("body"));
		ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
		ck_assert_int_eq(fcgi_stream_read_body(&conn, 10, &body, &is_over), 0);
		ck_assert_int_eq(fcgi_stream_answer(&conn, str_mem(answer, sizes[i])), 0);
		fcgi_stream_end(&conn);
		n = recv(theirs, got, sizeof(got), MSG_DONTWAIT);
		ck_assert_int_ge(n, (ssize_t)sizes[i] + 24);
		ck_assert_int_eq(got[n - 15], FCGI_END_REQUEST);
		ck_assert_int_eq(recv(theirs, got, sizeof(got), MSG_DONTWAIT), -1);
	}
	/* Ours still. */
	ck_assert_int_ne(fcntl(ours, F_GETFD), -1);
}
END_TEST

START_TEST(a_truncated_answer_has_no_end)
{
	size_t n_answer = 4 * 1024 * 1024, n_got = 0;
	char *answer = calloc(1, n_answer), got[65536];
	char last[16] = { 0 };
	bool is_over;
	ssize_t n;

	send_request(STR_LIT(""));
	ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
	ck_assert_int_eq(fcgi_stream_read_body(&conn, 10, &body, &is_over), 0);
	/* Nobody reads and the descriptor does not block: the buffer is full some time. */
	ck_assert_int_lt(fcgi_stream_answer(&conn, str_mem(answer, n_answer)), 0);
	fcgi_stream_end(&conn);
	ck_assert_int_ne(fcntl(ours, F_GETFD), -1);
	(void)close(ours);
	while ((n = recv(theirs, got, sizeof(got), 0)) > 0) {
		n_got += (size_t)n;
		if (n >= 16)
			memcpy(last, got + n - 16, 16);
	}
	ck_assert_uint_gt(n_got, 0);
	ck_assert_uint_lt(n_got, n_answer);
	ck_assert_int_ne(last[1], FCGI_END_REQUEST);
	ours = -1;
	free(answer);
}
END_TEST

/* Not even if there is room again a moment later. */
START_TEST(nothing_follows_a_write_that_failed)
{
	char answer[20000] = { 0 }, got[65536];
	bool is_over;

	send_request(STR_LIT(""));
	ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
	ck_assert_int_eq(fcgi_stream_read_body(&conn, 10, &body, &is_over), 0);
	failing_write = 2;
	ck_assert_int_lt(fcgi_stream_answer(&conn, str_mem(answer, sizeof(answer))), 0);
	ck_assert_int_eq(failing_write, 0);
	fcgi_stream_end(&conn);
	ck_assert_int_eq(recv(theirs, got, sizeof(got), 0), 8192); /* the first one */
	ck_assert_int_eq(recv(theirs, got, sizeof(got), 0), -1);
}
END_TEST

START_TEST(a_peer_that_has_gone)
{
	bool is_over;

	send_request(STR_LIT(""));
	ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
	ck_assert_int_eq(fcgi_stream_read_body(&conn, 10, &body, &is_over), 0);
	(void)close(theirs);
	ck_assert_int_lt(fcgi_stream_answer(&conn, STR_LIT("answer")), 0);
	fcgi_stream_end(&conn);
	ck_assert_int_ne(fcntl(ours, F_GETFD), -1);
	theirs = -1;
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
		if (result != FCGI_SCAN_COMPLETE || scan.is_untidy || used != bytes.n)
			continue;
		n_passed++;
		ck_assert_int_eq(send(theirs, bytes.p, bytes.n, 0), (ssize_t)bytes.n);
		ck_assert_int_eq(fcgi_stream_accept(&conn, ours, ours), 0);
		ck_assert_int_eq(fcgi_stream_read_body(&conn, 1000, &body, &is_over), 0);
		ck_assert_uint_eq(body.n, scan.n_stdin);
		ck_assert_int_eq(conn.request.requestId, scan.request_id);
		for (const char *const *p = fcgi_stream_params(&conn); *p != NULL; p++)
			n_left++;
		ck_assert_uint_eq(n_left, scan.n_pairs + 1); /* and FCGI_ROLE */
		ck_assert_int_eq(recv(ours, &c, 1, MSG_DONTWAIT), -1);
		fcgi_stream_end(&conn);
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
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, libfcgi_is_as_we_need_it);
	tcase_add_test(tc, another_one_is_told_apart);
	tcase_add_loop_test(
	    tc, the_body_is_read_to_its_end, 0, sizeof(body_cases) / sizeof(body_cases[0]));
	tcase_add_test(tc, an_answer_up_to_8_kib_is_one_write);
	tcase_add_test(tc, a_truncated_answer_has_no_end);
	tcase_add_test(tc, nothing_follows_a_write_that_failed);
	tcase_add_test(tc, a_peer_that_has_gone);
	tcase_add_test(tc, scan_and_libfcgi_agree);
	suite_add_tcase(s, tc);
	return s;
}
