/* check_shortage.c - the gateway without memory, descriptors, or anybody at the other end */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "core/log.h"
#include "fcgi/partial_request.h"
#include "server/fd_passing.h"
#include "server/work_queue.h"
#include "server/listen.h"
#include "server/notify.h"
#include "server/txn.h"
#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_shortage_suite(void);

static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *response)
{
	(void)arg, (void)request, (void)permit;
	response_set_body(response, STR_LIT("text/plain"), STR_LIT("body"));
	response_add_header(response, STR_LIT("A"), STR_LIT("b"));
	return HANDLER_ANSWERED;
}

/* Whichever allocation fails: a whole answer (200 or 500), or an error and none. */
START_TEST(a_request_without_memory)
{
	static const struct handler app = { .handle = handle };
	const char *const params[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/a%62c",
		"HTTP_COOKIE=a", "HTTP_COOKIE=b", NULL };
	unsigned n_failed = 0, n_served = 0;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	for (unsigned nth = 1; nth <= 40; nth++) {
		struct txn txn;
		int r;

		txn_init(&txn);
		fail_alloc_at(nth);
		if ((r = txn_begin(&txn, params)) == 0) {
			txn_body_done(&txn, STR_NULL, false);
			(void)txn_handle(&txn, &app, TXN_MAY_ALL);
		}
		fail_alloc_at(0); /* check allocates, too */
		if (r != 0) {
			ck_assert_int_eq(r, -ENOMEM);
			n_failed++;
		} else if (str_starts_with(txn_answer(&txn), STR_LIT("Status: 200 "))) {
			ck_assert(str_ends_with(txn_answer(&txn), STR_LIT("\r\n\r\nbody")));
			n_served++;
		} else {
			ck_assert(str_starts_with(txn_answer(&txn), STR_LIT("Status: 500 ")));
			ck_assert(str_ends_with(txn_answer(&txn), STR_LIT("}\n")));
			n_failed++;
		}
		txn_fini(&txn);
	}
	ck_assert_uint_gt(n_failed, 2);
	ck_assert_uint_gt(n_served, 2);
}
END_TEST

/* Not even for the error: it is a 500 all the same, and whole. */
START_TEST(the_answer_of_last_resort)
{
	struct txn txn;
	struct str answer, head, body;

	txn_init(&txn);
	answer = txn_answer(&txn);
	ck_assert(str_starts_with(answer, STR_LIT("Status: 500 Internal Server Error\r\n")));
	buf_add_z(&txn.out, "Status: 200 OK\r\nContent-Le");
	txn.out.error = -ENOMEM;
	ck_assert_ptr_eq(txn_answer(&txn).p, answer.p);
	ck_assert(str_split(answer, '{', &head, &body));
	ck_assert_uint_eq(body.n, 38);
	txn_fini(&txn);
}
END_TEST

START_TEST(no_memory_for_requests_and_jobs)
{
	struct work_queue queue;
	struct partial_request *partial;
	struct job *job;
	int r;

	fail_alloc_at(1);
	partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
	fail_alloc_at(0);
	ck_assert_ptr_null(partial);
	fail_alloc_at(1);
	job = job_new();
	fail_alloc_at(0);
	ck_assert_ptr_null(job);
	job_free(NULL);
	fail_alloc_at(1);
	r = work_queue_init(
	    &queue, &(struct work_queue_spec){ .n_threads_max = 1, .n_waiting_max = 1 });
	fail_alloc_at(0);
	ck_assert_int_eq(r, -ENOMEM);
}
END_TEST

START_TEST(a_request_in_pieces_without_memory)
{
	struct partial_request *partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
	/* A begin record and some params. */
	static const char bytes[] = "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\4\0\0\1\1ab";
	enum fcgi_scan_result result;

	fail_alloc_at(1);
	result = partial_request_take(partial, (const uint8_t *)bytes, sizeof(bytes) - 1);
	fail_alloc_at(0);
	ck_assert_int_eq(result, FCGI_SCAN_MALFORMED);
	partial_request_free(partial);
}
END_TEST

START_TEST(no_descriptor)
{
	struct rlimit limit, before;
	struct listen_options options = { "unix:/nonexistent/s", 0660, (uid_t)-1, (gid_t)-1,
		1024, false };
	struct listen_socket listen_socket;
	struct partial_request *partial = partial_request_new(REQUEST_BODY_MAX_BYTES);
	struct err err = { "" };
	int fd = -1, fds[2];

	/* All that is open stays so. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(partial_request_feed(partial, &fd), -EMFILE);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(fd_passing_open(fds), -EMFILE);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EMFILE);
	options.address = "tcp:127.0.0.1:1";
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EMFILE);
	ck_assert_str_ne(err.text, "");
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "/nonexistent", 1), 0);
	notify_manager("READY=1");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	partial_request_free(partial);
}
END_TEST

Suite *
check_shortage_suite(void)
{
	Suite *s = suite_create("server/shortage");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, a_request_without_memory);
	tcase_add_test(tc, the_answer_of_last_resort);
	tcase_add_test(tc, no_memory_for_requests_and_jobs);
	tcase_add_test(tc, a_request_in_pieces_without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("descriptors");
	tcase_add_test(tc, no_descriptor);
	suite_add_tcase(s, tc);
	return s;
}
