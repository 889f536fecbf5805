/* check_connection_check.c - tests of src/server/connection.c: checks */
#include "server/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fastcgi.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/fail_alloc.h"
#include "unit/fcgi/records.h"
#include "unit/server/peer.h"
#include "unit/server/stage.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_connection_check_suite(void);

static struct conn *conn;
static int peer;
static struct buf bytes;

static void
setup(void)
{
	stage_make();
	conn = stage_connect(&peer);
	buf_init(&bytes, 4 * 1024 * 1024);
}

static void
teardown(void)
{
	(void)close(peer);
	buf_fini(&bytes);
	stage_remove();
}

/* What a web server sends to ask about a POST with a body: the variables, and no FCGI_STDIN. */
static void
make_check(const char *path, size_t n_cookie)
{
	static char cookie[100 * 1024];
	struct buf params;

	memset(cookie, 'c', sizeof(cookie));
	buf_init(&params, 200 * 1024);
	records_add_pair(&params, STR_LIT("REQUEST_METHOD"), STR_LIT("POST"));
	records_add_pair(&params, STR_LIT("SCRIPT_NAME"), str_of(path));
	records_add_pair(&params, STR_LIT("CONTENT_LENGTH"), STR_LIT("1048576"));
	records_add_pair(&params, STR_LIT("HTTP_COOKIE"), str_mem(cookie, n_cookie));
	records_add_pair(&params, STR_LIT("GATE"), STR_LIT("nginx"));
	buf_clear(&bytes);
	records_add_begin(&bytes, FCGI_RESPONDER, FCGI_KEEP_CONN);
	records_add_stream(&bytes, FCGI_PARAMS, buf_str(&params), 65535);
	buf_fini(&params);
}

/* So many bytes of a body, of which nobody wants one. */
static void
add_stdin(size_t n)
{
	char *body = calloc(1, n + 1);

	records_add_stream(&bytes, FCGI_STDIN, str_mem(body, n), 65535);
	free(body);
}

static bool
has_status(int fd, const char *status)
{
	const char *answer = peer_answer(fd);

	return answer != NULL && strncmp(answer, "Status: ", 8) == 0 &&
	       strncmp(answer + 8, status, 3) == 0;
}

/* The end, and no reset. */
static bool
has_ended_well(int fd)
{
	char c;

	return peer_has_something(fd) && recv(fd, &c, 1, 0) == 0;
}

/* A pair of connected TCP sockets, the first one served. */
static void
connect_by_tcp(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int listen_fd = socket(AF_INET, SOCK_STREAM, 0), fd;
	socklen_t n = sizeof(in);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listen_fd, (struct sockaddr *)&in, n), 0);
	ck_assert_int_eq(listen(listen_fd, 1), 0);
	ck_assert_int_eq(getsockname(listen_fd, (struct sockaddr *)&in, &n), 0);
	(void)close(peer);
	stage_turns();
	ck_assert_int_ge(peer = socket(AF_INET, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&in, n), 0);
	ck_assert_int_ge(fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK), 0);
	(void)close(listen_fd);
	ck_assert(connection_new(&stage.server, fd, &stage.options.listen[0]));
	conn = stage.server.open;
}

/* Its variables are all of it; it is not kept, whatever was asked. */
START_TEST(it_is_answered_without_a_body)
{
	make_check("/a", 10);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
	/* It is closed when its peer has closed. */
	ck_assert_uint_eq(stage.server.n_open, 1);
	(void)close(peer);
	peer = -1;
	stage_turn();
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

/* And at once if the end of a body has come with it, as nginx and Caddy send it. */
START_TEST(nothing_can_follow_the_end_of_a_body)
{
	make_check("/a", 10);
	add_stdin(_i == 0 ? 0 : 100);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
}
END_TEST

/* In pieces: with its last variable, and not before. */
START_TEST(in_pieces)
{
	make_check("/a", 90000);
	add_stdin(_i == 0 ? 0 : 100);
	for (struct str rest = buf_str(&bytes); rest.n > 0; rest = str_skip(rest, 20000)) {
		ck_assert(peer_is_quiet(peer));
		peer_send(peer, str_take(rest, 20000));
		stage_turn();
	}
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(variables_that_are_cut)
{
	make_check("/a", 10);
	peer_send(peer, str_take(buf_str(&bytes), bytes.n - 1));
	stage_turn();
	ck_assert(peer_is_quiet(peer));
	ck_assert_int_ne(conn->deadline_ms, 0);
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert(peer_is_ended(peer));
	ck_assert_int_eq(stage_counts->n_handled, 0);
}
END_TEST

/* What its peer sends for nothing, before the answer and after it, breaks nothing. */
START_TEST(a_body_that_nobody_reads)
{
	size_t n_check, n_stdin = 300000, n;
	bool is_tcp = (_i & 1) != 0, comes_after = (_i & 2) != 0;

	if (is_tcp)
		connect_by_tcp();
	make_check("/a", 10);
	n_check = bytes.n;
	add_stdin(n_stdin);
	/* As much as the socket takes before anybody reads, or the check alone. */
	ck_assert_int_eq(fcntl(peer, F_SETFL, O_NONBLOCK), 0);
	n = (size_t)send(peer, bytes.p, comes_after ? n_check : bytes.n, MSG_NOSIGNAL);
	ck_assert_uint_ge(n, n_check);
	stage_turn();
	/* The peer goes on with what it has begun, and only then reads. */
	for (ssize_t sent; n < bytes.n; n += (size_t)sent) {
		sent = send(peer, bytes.p + n, bytes.n - n, MSG_NOSIGNAL);
		if (sent == -1) {
			ck_assert_int_eq(errno, EAGAIN);
			sent = 0;
		}
		stage_turns();
	}
	stage_turns();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
	(void)close(peer);
	peer = -1;
	peer_await(stage.server.n_open == 0);
}
END_TEST

/* One that never closes is not waited for. */
START_TEST(a_peer_that_stays)
{
	make_check("/a", 10);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert_int_gt(conn->deadline_ms, clock_boot_ms());
	connections_look(&stage.server, conn->deadline_ms);
	ck_assert_uint_eq(stage.server.n_open, 1);
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(nor_by_a_worker_that_ends)
{
	make_check("/a", 10);
	peer_send(peer, str_take(buf_str(&bytes), _i >= 2 ? 20 : 0));
	stage_turns();
	peer_send(peer, str_skip(buf_str(&bytes), _i >= 2 ? 20 : 0));
	stage_turn();
	stage.server.phase = (_i & 1) == 0 ? SERVER_STOPPING : SERVER_RETIRING;
	connections_drain(&stage.server);
	connections_look(&stage.server, clock_boot_ms() + 1000);
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

/* No second request after a check, nor a second check. */
START_TEST(what_follows_is_no_request)
{
	make_check("/a", 10);
	if (_i == 1)
		add_stdin(0);
	peer_add_request(&bytes, "/a", true, STR_LIT(""));
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	stage_turns();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
	ck_assert_int_eq(stage_counts->n_handled, 1);
}
END_TEST

/* A kept connection may end with one. */
START_TEST(on_a_kept_connection)
{
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	make_check("/a", 10);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(has_ended_well(peer));
}
END_TEST

/* Its connection, its job and its buffers are those of others before it. */
START_TEST(it_allocates_nothing)
{
	void *first;

	for (int i = 0; i < 3; i++) {
		make_check("/a", 10);
		add_stdin(0);
		if (i > 0)
			(void)stage_connect(&peer);
		peer_send(peer, buf_str(&bytes));
		if (i == 2)
			fail_alloc_at(1);
		stage_turn();
		if (i < 2) {
			ck_assert(peer_has_answer(peer, "n=0"));
			(void)close(peer);
		}
	}
	first = malloc(1); /* the first since then */
	fail_alloc_at(0);
	ck_assert_ptr_null(first);
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

static struct str
asked(int role, bool has_gate)
{
	buf_clear(&bytes);
	records_add_begin(&bytes, role, FCGI_KEEP_CONN);
	records_add_stream(
	    &bytes, FCGI_PARAMS, has_gate ? STR_LIT("\4\5GATEnginx") : STR_LIT("\1\1ab"), 100);
	records_add_stream(&bytes, FCGI_STDIN, STR_NULL, 100);
	return buf_str(&bytes);
}

/* TCP beside a unix socket: an authorizer is answered, and nobody else. */
START_TEST(where_checks_alone_are_answered)
{
	stage.options.listen[0].is_for_checks = stage.options.listen[0].is_tcp = true;
	for (int role = FCGI_RESPONDER; role <= FCGI_FILTER; role++)
		for (int has_gate = 0; has_gate < 2; has_gate++) {
			(void)stage_connect(&peer);
			peer_send(peer, asked(role, has_gate));
			stage_turn();
			/* The stage knows no authorizer. */
			ck_assert(has_status(peer, role == FCGI_AUTHORIZER ? "501" : "403"));
			(void)close(peer);
		}
	ck_assert_int_eq(stage_counts->n_handled, 0);
	peer = -1;
}
END_TEST

/* Nor do they fill the room of those who come by the other socket. */
START_TEST(half_of_the_room_is_for_others)
{
	struct worker_listen tcp = { -1, true, true }, other = { -1, false, false };
	int fds[6][2];

	stage.server.n_open_max = 6; /* one is there */
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(
		    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds[i]), 0);
	for (int i = 0; i < 4; i++)
		ck_assert(connection_new(&stage.server, fds[i][0], &tcp));
	ck_assert_uint_eq(stage.server.n_open, 4);
	ck_assert(peer_is_ended(fds[3][1]));
	ck_assert(peer_is_quiet(fds[2][1]));
	ck_assert(connection_new(&stage.server, fds[4][0], &other));
	/* One goes, another one may come. */
	(void)close(fds[0][1]);
	stage_turns();
	ck_assert_uint_eq(stage.server.n_for_checks, 2);
	ck_assert(connection_new(&stage.server, fds[5][0], &tcp));
	ck_assert(peer_is_quiet(fds[5][1]));
	ck_assert_uint_eq(stage.server.n_for_checks, 3);
}
END_TEST

/* Whether passwords count is the operator's choice. */
START_TEST(passwords_over_tcp)
{
	stage.options.listen[0].is_tcp = (_i & 1) != 0;
	stage.options.settings.tcp_basic = (_i & 2) != 0;
	(void)close(peer);
	(void)stage_connect(&peer);
	peer_ask(peer, "/basic", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, _i == 1 ? "basic off" : "basic on"));
}
END_TEST

static void
ask_slowly(void)
{
	make_check("/slow", 10);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	while (sem_wait(&stage_counts->entered) != 0)
		;
}

/* While it waits its body may come: that is nobody's giving up. */
START_TEST(slow_ones_leave_the_loop_too)
{
	ask_slowly();
	bytes.n = 0;
	add_stdin(100);
	peer_send(peer, buf_str(&bytes));
	stage_turns();
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
	ck_assert(has_ended_well(peer));
}
END_TEST

START_TEST(given_up_while_it_waits)
{
	int busy[2];

	for (int i = 0; i < 2; i++) {
		(void)stage_connect(&busy[i]);
		peer_ask(busy[i], "/slow", true);
		stage_turn();
		while (sem_wait(&stage_counts->entered) != 0)
			;
	}
	make_check("/slow", 10);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	bytes.n = 0;
	add_stdin(100);
	peer_send(peer, buf_str(&bytes));
	(void)close(peer);
	peer = -1;
	for (int i = 0; i < 2; i++)
		sem_post(&stage_counts->go);
	for (int i = 0; i < 2; i++)
		ck_assert(peer_has_answer(busy[i], "slow"));
	peer_await(stage.server.n_open == 2);
	ck_assert_int_eq(stage_counts->n_handled, 2);
}
END_TEST

/* Its time is over, and a thread is at it: the door is closed without that. */
START_TEST(three_seconds_and_no_longer)
{
	int64_t before_ms = clock_boot_ms();

	ask_slowly();
	ck_assert_int_ge(conn->deadline_ms, before_ms + 3000);
	ck_assert_int_le(conn->deadline_ms, clock_boot_ms() + 3000);
	connections_look(&stage.server, conn->deadline_ms);
	ck_assert(peer_is_quiet(peer));
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert(has_status(peer, "503"));
	ck_assert(has_ended_well(peer));
	/* Once. */
	connections_look(&stage.server, INT64_MAX / 2);
	ck_assert_uint_eq(stage.server.n_open, 1);
	/* The loop serves others; what the thread comes to is nobody's. */
	sem_post(&stage_counts->go);
	if (_i == 0) {
		(void)close(peer);
		peer = -1;
	}
	peer_await(conn->job == NULL);
	connections_look(&stage.server, INT64_MAX / 2);
	ck_assert_uint_eq(stage.server.n_open, 0);
	conn = stage_connect(&peer);
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

/* Other requests have the time of their queue. */
START_TEST(no_other_request_has_that_deadline)
{
	peer_ask(peer, "/slow", true);
	stage_turn();
	while (sem_wait(&stage_counts->entered) != 0)
		;
	ck_assert_int_eq(conn->deadline_ms, 0);
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
}
END_TEST

/* Where not even that can be said there is no end of an answer, which would open doors. */
START_TEST(a_refusal_that_the_socket_does_not_take)
{
	static char before[4096], got[65536];
	size_t n_got = 0;
	ssize_t n;

	ask_slowly();
	while (send(conn->fd, before, sizeof(before), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	connections_look(&stage.server, conn->deadline_ms + 1);
	while ((n = recv(peer, got, sizeof(got), 0)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			ck_assert_int_ne(got[i], FCGI_END_REQUEST);
		n_got += (size_t)n;
	}
	ck_assert_uint_gt(n_got, 0);
	ck_assert_int_eq(n, 0);
	sem_post(&stage_counts->go);
	(void)close(peer);
	peer = -1;
	peer_await(stage.server.n_open == 0);
}
END_TEST

static void
setup_with_hashes(void)
{
	stage_open_admission();
	setup();
}

static void
teardown_with_hashes(void)
{
	teardown();
	tmp_remove();
}

static void
ask_for_a_hash(void)
{
	make_check("/hash", 10);
	add_stdin(0);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
}

START_TEST(a_hash_included)
{
	struct admission_ticket ticket;

	stage_hold_hashes(&ticket);
	ask_for_a_hash();
	peer_await(stage_n_waiting_to_hash() == 1);
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert(has_status(peer, "503"));
	ck_assert(has_ended_well(peer));
	stage_let_hash(ticket);
	peer_await(stage.server.n_open == 0);
}
END_TEST

/* What a hash has told is heard, too late for this check: the next one need not wait for it. */
START_TEST(a_hash_that_was_in_vain)
{
	int busy[2];

	for (int i = 0; i < 2; i++) {
		(void)stage_connect(&busy[i]);
		peer_ask(busy[i], "/slow", true);
		stage_turn();
		while (sem_wait(&stage_counts->entered) != 0)
			;
	}
	ask_for_a_hash();
	peer_await(work_queue_n_waiting(&stage.server.queues[QUEUE_WAIT]) == 1);
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert(has_status(peer, "503"));
	ck_assert(has_ended_well(peer));
	ck_assert_int_eq(stage_counts->n_handled, 2);
	for (int i = 0; i < 2; i++)
		sem_post(&stage_counts->go);
	peer_await(stage.server.n_open == 2);
	ck_assert_int_eq(stage_counts->n_handled, 3);
}
END_TEST

Suite *
check_connection_check_suite(void)
{
	Suite *s = suite_create("server/connection_check");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, it_is_answered_without_a_body);
	tcase_add_loop_test(tc, nothing_can_follow_the_end_of_a_body, 0, 2);
	tcase_add_loop_test(tc, in_pieces, 0, 2);
	tcase_add_test(tc, variables_that_are_cut);
	tcase_add_loop_test(tc, a_body_that_nobody_reads, 0, 4);
	tcase_add_test(tc, a_peer_that_stays);
	tcase_add_loop_test(tc, nor_by_a_worker_that_ends, 0, 4);
	tcase_add_loop_test(tc, what_follows_is_no_request, 0, 2);
	tcase_add_test(tc, on_a_kept_connection);
	tcase_add_test(tc, it_allocates_nothing);
	tcase_add_test(tc, where_checks_alone_are_answered);
	tcase_add_test(tc, half_of_the_room_is_for_others);
	tcase_add_loop_test(tc, passwords_over_tcp, 0, 4);
	suite_add_tcase(s, tc);
	tc = tcase_create("slow");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, slow_ones_leave_the_loop_too);
	tcase_add_test(tc, given_up_while_it_waits);
	tcase_add_loop_test(tc, three_seconds_and_no_longer, 0, 2);
	tcase_add_test(tc, no_other_request_has_that_deadline);
	tcase_add_test(tc, a_refusal_that_the_socket_does_not_take);
	suite_add_tcase(s, tc);
	tc = tcase_create("hashes");
	tcase_add_checked_fixture(tc, setup_with_hashes, teardown_with_hashes);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_hash_included);
	tcase_add_test(tc, a_hash_that_was_in_vain);
	suite_add_tcase(s, tc);
	return s;
}
