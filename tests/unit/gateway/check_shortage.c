/* check_shortage.c - the gateway without memory, descriptors, or anybody at the other end */
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/log.h"
#include "gateway/conn_table.h"
#include "gateway/gather.h"
#include "gateway/handover.h"
#include "gateway/lane.h"
#include "gateway/listen.h"
#include "gateway/notify.h"
#include "gateway/trip.h"
#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_shortage_suite(void);

static enum gateway_next
handle(void *arg, const struct request *request, struct gateway_permit permit,
    struct response *response)
{
	(void)arg, (void)request, (void)permit;
	response_set_body(response, STR_LIT("text/plain"), STR_LIT("body"));
	response_add_header(response, STR_LIT("A"), STR_LIT("b"));
	return GATEWAY_ANSWERED;
}

/* Whichever allocation fails: a whole answer (200 or 500), or an error and none. */
START_TEST(a_request_without_memory)
{
	static const struct gateway_app app = { .handle = handle };
	const char *const params[] = { "REQUEST_METHOD=GET", "REQUEST_URI=/a%62c",
		"HTTP_COOKIE=a", "HTTP_COOKIE=b", NULL };
	unsigned n_failed = 0, n_served = 0;

	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	for (unsigned nth = 1; nth <= 40; nth++) {
		struct trip trip;
		int r;

		trip_init(&trip);
		fail_alloc_at(nth);
		if ((r = trip_begin(&trip, params)) == 0) {
			trip_body_done(&trip, STR_NULL, false);
			(void)trip_handle(&trip, &app, TRIP_MAY_ALL);
		}
		fail_alloc_at(0); /* check allocates, too */
		if (r != 0) {
			ck_assert_int_eq(r, -ENOMEM);
			n_failed++;
		} else if (str_starts_with(trip_answer(&trip), STR_LIT("Status: 200 "))) {
			ck_assert(str_ends_with(trip_answer(&trip), STR_LIT("\r\n\r\nbody")));
			n_served++;
		} else {
			ck_assert(str_starts_with(trip_answer(&trip), STR_LIT("Status: 500 ")));
			ck_assert(str_ends_with(trip_answer(&trip), STR_LIT("}\n")));
			n_failed++;
		}
		trip_fini(&trip);
	}
	ck_assert_uint_gt(n_failed, 2);
	ck_assert_uint_gt(n_served, 2);
}
END_TEST

/* Not even for the error: it is a 500 all the same, and whole. */
START_TEST(the_answer_of_last_resort)
{
	struct trip trip;
	struct str answer, head, body;

	trip_init(&trip);
	answer = trip_answer(&trip);
	ck_assert(str_starts_with(answer, STR_LIT("Status: 500 Internal Server Error\r\n")));
	buf_add_z(&trip.out, "Status: 200 OK\r\nContent-Le");
	trip.out.error = -ENOMEM;
	ck_assert_ptr_eq(trip_answer(&trip).p, answer.p);
	ck_assert(str_split(answer, '{', &head, &body));
	ck_assert_uint_eq(body.n, 38);
	trip_fini(&trip);
}
END_TEST

START_TEST(no_memory_for_connections_and_jobs)
{
	struct conn_table table;
	struct lane lane;
	struct conn *conn;
	struct gather *gather;
	struct job *job;
	int r;

	fail_alloc_at(1);
	r = conn_table_init(&table, 10);
	fail_alloc_at(0);
	ck_assert_int_eq(r, -ENOMEM);
	conn_table_fini(&table);
	ck_assert_int_eq(conn_table_init(&table, 10), 0);
	fail_alloc_at(1);
	conn = conn_open(&table, 5);
	fail_alloc_at(0);
	ck_assert_ptr_null(conn);
	ck_assert_int_eq(atomic_load(&table.n_open), 0);
	conn_table_fini(&table);
	fail_alloc_at(1);
	gather = gather_new();
	fail_alloc_at(0);
	ck_assert_ptr_null(gather);
	fail_alloc_at(1);
	job = job_new();
	fail_alloc_at(0);
	ck_assert_ptr_null(job);
	job_free(NULL);
	fail_alloc_at(1);
	r = lane_init(&lane, &(struct lane_spec){ .n_threads_max = 1, .n_waiting_max = 1 });
	fail_alloc_at(0);
	ck_assert_int_eq(r, -ENOMEM);
}
END_TEST

START_TEST(a_gathered_request_without_memory)
{
	struct gather *gather = gather_new();
	/* A begin record and some params. */
	static const char bytes[] = "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0\1\4\0\1\0\4\0\0\1\1ab";
	enum fcgi_scan_result result;
	uint8_t scratch[100];
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(send(fds[0], bytes, sizeof(bytes) - 1, 0), sizeof(bytes) - 1);
	fail_alloc_at(1);
	result = gather_read(gather, fds[1], scratch, sizeof(scratch));
	fail_alloc_at(0);
	ck_assert_int_eq(result, FCGI_SCAN_MALFORMED);
	gather_free(gather);
}
END_TEST

START_TEST(no_descriptor)
{
	struct rlimit limit, before;
	struct listen_options options = { "unix:/nonexistent/s", 0660, (uid_t)-1, (gid_t)-1,
		1024, false };
	struct listen_socket listen_socket;
	struct gather *gather = gather_new();
	struct err err = { "" };
	int fd = -1, fds[2];

	/* All that is open stays so. */
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	limit = before;
	limit.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(gather_feed(gather, &fd), -EMFILE);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(handover_open(fds), -EMFILE);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EMFILE);
	options.address = "tcp:127.0.0.1:1";
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	ck_assert_int_eq(listen_open(&options, &listen_socket, &err), -EMFILE);
	ck_assert_str_ne(err.text, "");
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", "/nonexistent", 1), 0);
	notify_manager("READY=1");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	gather_free(gather);
}
END_TEST

Suite *
check_shortage_suite(void)
{
	Suite *s = suite_create("gateway/shortage");
	TCase *tc = tcase_create("core");

	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, a_request_without_memory);
	tcase_add_test(tc, the_answer_of_last_resort);
	tcase_add_test(tc, no_memory_for_connections_and_jobs);
	tcase_add_test(tc, a_gathered_request_without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("descriptors");
	tcase_add_test(tc, no_descriptor);
	suite_add_tcase(s, tc);
	return s;
}
