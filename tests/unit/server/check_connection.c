/* check_connection.c - tests of src/server/connection.c */
#include "server/connection.h"

#include <fastcgi.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/fail_alloc.h"
#include "unit/server/peer.h"
#include "unit/fcgi/records.h"
#include "unit/server/stage.h"
#include "unit/head.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_connection_suite(void);

static struct conn *conn;
static int peer;
static struct buf bytes;

static void
setup(void)
{
	stage_make();
	conn = stage_connect(&peer);
	buf_init(&bytes, 1024 * 1024);
}

static void
teardown(void)
{
	(void)close(peer);
	buf_fini(&bytes);
	stage_remove();
}

/* Like "Status: 503 "; answers of the gateway's own. */
static bool
has_status(int fd, const char *status)
{
	const char *answer = peer_answer(fd);

	return answer != NULL && strncmp(answer, "Status: ", 8) == 0 &&
	       strncmp(answer + 8, status, 3) == 0;
}

static void
await_entered(int n)
{
	for (; n > 0; n--)
		while (sem_wait(&stage_counts->entered) != 0)
			;
}

/* A request that has been read and waits in the queue, whose threads are busy. */
static void
make_it_wait(void)
{
	static int busy_peers[2];

	for (int i = 0; i < 2; i++) {
		(void)stage_connect(&busy_peers[i]);
		peer_ask(busy_peers[i], "/slow", true);
		stage_turn();
		await_entered(1);
	}
	peer_ask(peer, "/slow", true);
	stage_turn();
	ck_assert_uint_eq(work_queue_n_waiting(&stage.server.queues[QUEUE_WAIT]), 1);
}

/* Of a job that is still in it. */
static void
set_in_queue(enum queue_kind kind, int64_t *what, int64_t value)
{
	pthread_mutex_lock(&stage.server.queues[kind].lock);
	*what = value;
	pthread_mutex_unlock(&stage.server.queues[kind].lock);
}

/* One of the busy threads is free again, and takes what waits. */
static void
let_one_go(void)
{
	sem_post(&stage_counts->go);
	peer_await(work_queue_n_waiting(&stage.server.queues[QUEUE_WAIT]) == 0);
}

START_TEST(a_kept_connection_is_parked_and_served_again)
{
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	for (int i = 0; i < 3; i++) {
		ck_assert(stage_is_idle(conn));
		ck_assert(conn->has_answered);
		ck_assert_int_eq(conn->deadline_ms, 0);
		peer_ask(peer, "/a", true);
		stage_turn();
		ck_assert(peer_has_answer(peer, "n=0"));
	}
	ck_assert(peer_is_quiet(peer));
}
END_TEST

START_TEST(another_one_is_closed)
{
	peer_ask(peer, "/a", false);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(a_request_in_pieces)
{
	char *body = calloc(1, 50000);

	peer_add_request(&bytes, "/a", true, str_mem(body, 50000));
	for (struct str rest = buf_str(&bytes); rest.n > 0; rest = str_skip(rest, 7000)) {
		ck_assert(stage_is_idle(conn));
		ck_assert_int_ne(conn->deadline_ms, 0);
		peer_send(peer, str_take(rest, 7000));
		stage_turn();
	}
	ck_assert(peer_has_answer(peer, "n=50000"));
	/* Nothing of it is left for the next one. */
	ck_assert_ptr_null(conn->partial);
	ck_assert_int_eq(conn->deadline_ms, 0);
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	free(body);
}
END_TEST

START_TEST(two_pieces_at_a_time)
{
	peer_add_request(&bytes, "/a", true, STR_LIT(""));
	for (int i = 0; i < 4; i++) {
		peer_send(peer, str_take(buf_str(&bytes), 20));
		stage_turn();
		ck_assert_ptr_nonnull(conn->partial);
		peer_send(peer, str_skip(buf_str(&bytes), 20));
		stage_turn();
		ck_assert(peer_has_answer(peer, "n=0"));
		ck_assert_ptr_null(conn->partial);
	}
}
END_TEST

START_TEST(garbage_ends_the_connection)
{
	peer_send(peer, STR_LIT("GET / HTTP/1.1\r\n\r\n"));
	stage_turn();
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_int_eq(stage_counts->n_handled, 0);
}
END_TEST

/* No web server sends the next request before it has the answer. */
START_TEST(two_at_once_get_one_answer)
{
	peer_ask(peer, "/a", true);
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
}
END_TEST

START_TEST(a_role_that_is_not_ours)
{
	records_add_begin(&bytes, FCGI_AUTHORIZER, FCGI_KEEP_CONN);
	records_add_stream(&bytes, FCGI_PARAMS, STR_LIT("\1\1ab"), 100);
	peer_send(peer, buf_str(&bytes));
	stage_turn();
	ck_assert(has_status(peer, "501"));
	ck_assert(peer_is_ended(peer));
	ck_assert_int_eq(stage_counts->n_handled, 0);
}
END_TEST

START_TEST(slow_ones_leave_the_loop)
{
	struct job *before = stage.server.job;
	int other_peer;

	peer_ask(peer, "/slow", true);
	stage_turn();
	await_entered(1);
	ck_assert_ptr_ne(stage.server.job, before);
	ck_assert_ptr_eq(conn->job, before);
	/* Meanwhile it serves others. */
	(void)stage_connect(&other_peer);
	peer_ask(other_peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(other_peer, "n=0"));
	ck_assert(peer_is_quiet(peer));
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
	/* And it is kept like any other. */
	ck_assert(stage_is_idle(conn));
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

/* What is an event while its request is in a queue is none any more afterwards. */
START_TEST(an_event_while_it_waits_is_not_lost)
{
	peer_ask(peer, "/a", true);
	stage_turn(); /* from now on it is in the epoll set */
	ck_assert(peer_has_answer(peer, "n=0"));
	peer_ask(peer, "/slow", true);
	stage_turn();
	await_entered(1);
	peer_ask(peer, "/a", true);
	stage_turns();
	ck_assert(peer_is_quiet(peer));
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

/* The rest of a batch of events may speak of a connection that has been closed. */
START_TEST(a_late_event_finds_nobody)
{
	peer_ask(peer, "/a", false);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	connection_serve(&stage.server, conn);
	ck_assert_uint_eq(stage.server.n_open, 0);
	/* Or of its memory, in use again. */
	(void)close(peer);
	ck_assert_ptr_eq(stage_connect(&peer), conn);
	connection_serve(&stage.server, conn);
	ck_assert(stage_is_idle(conn));
	ck_assert(!conn->has_answered);
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
}
END_TEST

START_TEST(no_room_for_it)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	if (_i == 0)
		stage.server.n_open_max = 1;
	else
		fail_alloc_at(1);
	ck_assert(!connection_new(&stage.server, fds[0], &stage.options.listen[0]));
	fail_alloc_at(0);
	ck_assert(peer_is_ended(fds[1]));
	ck_assert_uint_eq(stage.server.n_open, 1);
	(void)close(fds[1]);
}
END_TEST

START_TEST(a_full_queue_is_503)
{
	int peers[4];

	for (int i = 0; i < 4; i++) {
		(void)stage_connect(&peers[i]);
		peer_ask(peers[i], "/slow", true);
		stage_turn();
		if (i < 2)
			await_entered(1);
	}
	/* Two run, one waits. */
	ck_assert_str_eq(head_value(peer_answer(peers[3]), "Retry-After"), "2");
	ck_assert_int_eq(stage_counts->n_handled, 2);
	/* The connection itself is sound. */
	peer_ask(peers[3], "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peers[3], "n=0"));
	for (int i = 0; i < 3; i++)
		sem_post(&stage_counts->go);
	for (int i = 0; i < 3; i++)
		ck_assert(peer_has_answer(peers[i], "slow"));
}
END_TEST

START_TEST(no_memory_for_it_to_wait)
{
	peer_ask(peer, "/slow", true);
	fail_alloc_at(1);
	stage_turn();
	fail_alloc_at(0);
	ck_assert(has_status(peer, "503"));
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
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
ask_for_hashes(int n, int *ret_peers)
{
	for (int i = 0; i < n; i++) {
		(void)stage_connect(&ret_peers[i]);
		peer_ask(ret_peers[i], "/hash", true);
		stage_turn();
		if (i == 0) /* it has a thread, and waits for its turn there */
			peer_await(
			    work_queue_n_waiting(&stage.server.queues[QUEUE_HASH]) == 0 &&
			    stage_n_waiting_to_hash() == 1);
	}
}

/* Whatever waits for a hash, and be the queue full: the others are served. */
START_TEST(nobody_waits_behind_a_hash)
{
	struct admission_ticket ticket;
	int peers[4], other_peer;

	stage_hold_hashes(&ticket);
	ask_for_hashes(4, peers);
	/* One waits for its turn, one for the thread: no room. */
	ck_assert_uint_eq(stage_n_waiting_to_hash(), 2);
	for (int i = 2; i < 4; i++) {
		ck_assert(has_status(peers[i], "503"));
		/* The connection itself is sound. */
		peer_ask(peers[i], "/a", true);
		stage_turn();
		ck_assert(peer_has_answer(peers[i], "n=0"));
	}
	(void)stage_connect(&other_peer);
	sem_post(&stage_counts->go);
	peer_ask(other_peer, "/slow", true);
	stage_turn();
	ck_assert(peer_has_answer(other_peer, "slow"));
	ck_assert(peer_is_quiet(peers[0]) && peer_is_quiet(peers[1]));
	stage_let_hash(ticket);
	for (int i = 0; i < 2; i++)
		ck_assert(peer_has_answer(peers[i], "hashed"));
	ck_assert_uint_eq(stage_n_waiting_to_hash(), 0);
}
END_TEST

/* One deadline, from its first wish for a hash, over all that it waits for. */
START_TEST(no_hash_in_time)
{
	struct admission_ticket ticket;
	int64_t before_ms = clock_boot_ms();
	int peers[2];

	stage_hold_hashes(&ticket);
	ask_for_hashes(2, peers);
	if (_i == 0)
		connections_look(&stage.server, before_ms + STAGE_HASH_WAIT_MS * 2);
	else
		set_in_queue(QUEUE_HASH, &stage.server.open->job->hash_end_ms, before_ms - 1);
	if (_i == 1)
		stage_let_hash(ticket);
	ck_assert(has_status(peers[1], "503"));
	if (_i == 0) {
		ck_assert_uint_eq(stage_n_waiting_to_hash(), 1);
		stage_let_hash(ticket);
	}
	ck_assert(peer_has_answer(peers[0], "hashed"));
}
END_TEST

START_TEST(given_up_before_its_hash)
{
	struct admission_ticket ticket;
	int peers[2];

	stage_hold_hashes(&ticket);
	ask_for_hashes(2, peers);
	(void)shutdown(peers[1], SHUT_WR);
	stage_let_hash(ticket);
	ck_assert(peer_has_answer(peers[0], "hashed"));
	ck_assert(peer_is_ended(peers[1]));
	ck_assert_int_eq(stage_counts->n_handled, 1);
}
END_TEST

/* --------------------------------------------------------------- long answers */

static size_t
n_held(void)
{
	return atomic_load(&stage.server.budget.n_taken);
}

static bool
is_long_answer(int fd)
{
	const char *answer = peer_answer(fd), *body;

	if (answer == NULL || strncmp(answer, "Status: 200 ", 12) != 0)
		return false;
	body = head_body(answer);
	return strspn(body, "l") == STAGE_LONG_BYTES && body[STAGE_LONG_BYTES] == '\0';
}

static const char *const long_paths[] = { "/long", "/list" };

/* The loop has done what there is to do: its queue, too. */
static void
await_sending(const struct conn *one)
{
	peer_await(one->is_sending);
	stage_turns();
	ck_assert(one->is_sending);
}

START_TEST(a_long_answer_waits_for_its_reader_and_keeps_nobody)
{
	int64_t before_ms = clock_boot_ms();

	peer_ask(peer, long_paths[_i], true);
	stage_turn(); /* returns, though nobody reads */
	await_sending(conn);
	ck_assert_uint_ge(n_held(), STAGE_LONG_BYTES);
	ck_assert_uint_le(n_held(), STAGE_LONG_BYTES + sizeof(struct job) + 8192);
	ck_assert_int_ge(
	    conn->deadline_ms, before_ms + stage.options.settings.write_deadline_ms);
	for (unsigned i = 0; i < N_QUEUES; i++)
		ck_assert_uint_eq(work_queue_n_waiting(&stage.server.queues[i]), 0);
	ck_assert(is_long_answer(peer));
	peer_await(n_held() == 0);
	ck_assert(stage_is_idle(conn));
	ck_assert_int_eq(conn->deadline_ms, 0);
	/* And it is a connection like any other. */
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(stage_is_idle(conn));
}
END_TEST

/* Take what has come, and say how much that was. */
static size_t
take(int fd, size_t n_most)
{
	static char taken[65536];
	size_t n_all = 0;
	ssize_t n = 0;

	while (n_all < n_most && (n = recv(fd, taken, sizeof(taken), MSG_DONTWAIT)) > 0)
		n_all += (size_t)n;
	return n_all;
}

/* Little by little, each time when its time is over: it comes to its end. */
START_TEST(a_slow_reader_gets_it_all)
{
	size_t n_all = 0, n;

	peer_ask(peer, "/long", false);
	stage_turn();
	for (int i = 0; conn->job != NULL; i++) {
		uint64_t n_sent = conn->job->sender.n_sent;

		ck_assert_int_lt(i, 1000);
		ck_assert_uint_gt(n = take(peer, 1), 0);
		n_all += n;
		conn->deadline_ms = 1;
		connections_look(&stage.server, clock_boot_ms());
		if (conn->job != NULL) {
			ck_assert_uint_gt(conn->job->sender.n_sent, n_sent);
			ck_assert_int_gt(conn->deadline_ms, 1);
		}
	}
	ck_assert_uint_eq(stage.server.n_open, 0);
	while ((n = take(peer, 1)) > 0)
		n_all += n;
	ck_assert_uint_gt(n_all, STAGE_LONG_BYTES);
	ck_assert_uint_eq(n_held(), 0);
}
END_TEST

START_TEST(a_reader_that_stops_is_cut_off)
{
	peer_ask(peer, "/long", true);
	stage_turn();
	connections_look(&stage.server, conn->deadline_ms + 1);
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_uint_eq(n_held(), 0);
	ck_assert_ptr_null(peer_answer(peer)); /* not even an end that looks whole */
}
END_TEST

START_TEST(a_reader_that_goes)
{
	peer_ask(peer, "/long", true);
	if (_i == 0)
		ck_assert_int_eq(shutdown(peer, SHUT_WR), 0); /* half: it still reads */
	stage_turn();
	ck_assert(conn->is_sending);
	if (_i == 0) {
		struct epoll_event event;

		/* No event for ever. */
		ck_assert_int_eq(epoll_wait(stage.server.epoll_fd, &event, 1, 0), 0);
	}
	(void)close(peer);
	peer = -1;
	stage_turn();
	ck_assert_uint_eq(stage.server.n_open, 0);
	ck_assert_uint_eq(n_held(), 0);
}
END_TEST

START_TEST(more_than_the_memory_is_503)
{
	struct conn *other;
	int other_peer;

	stage.server.budget.n_max = STAGE_LONG_BYTES * 3 / 2;
	peer_ask(peer, "/long", true);
	stage_turn();
	other = stage_connect(&other_peer);
	peer_ask(other_peer, long_paths[_i], true);
	stage_turn();
	ck_assert(has_status(other_peer, "503"));
	/* What would not be kept is not made. */
	ck_assert_int_eq(stage_counts->n_handled, _i == 0 ? 2 : 1);
	ck_assert(stage_is_idle(other));
	/* It is sound, and there is room again when the first one has gone. */
	(void)close(peer);
	peer = -1;
	stage_turn();
	ck_assert_uint_eq(n_held(), 0);
	peer_ask(other_peer, long_paths[_i], true);
	stage_turn();
	await_sending(other);
	ck_assert_uint_gt(n_held(), 0);
	(void)close(other_peer);
	peer_await(stage.server.n_open == 0);
	ck_assert_uint_eq(n_held(), 0);
}
END_TEST

/* When the worker ends it goes on being sent. */
START_TEST(being_sent_while_the_worker_ends)
{
	int64_t deadline_ms;

	peer_ask(peer, "/long", true);
	stage_turn();
	deadline_ms = conn->deadline_ms;
	stage.server.phase = SERVER_STOPPING;
	connections_drain(&stage.server);
	ck_assert(conn->is_sending);
	ck_assert_int_eq(conn->deadline_ms, deadline_ms);
	ck_assert(is_long_answer(peer));
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(closed_in_the_middle)
{
	peer_ask(peer, "/long", true);
	stage_turn();
	connection_close(&stage.server, conn);
	ck_assert_uint_eq(n_held(), 0);
}
END_TEST

START_TEST(given_up_while_it_waited)
{
	make_it_wait();
	if (_i == 0)
		(void)shutdown(peer, SHUT_WR);
	else
		peer_send(peer, STR_LIT("x")); /* FCGI_ABORT_REQUEST begins so, too */
	let_one_go();
	ck_assert(peer_is_ended(peer));
	ck_assert_int_eq(stage_counts->n_handled, 2);
	ck_assert_uint_eq(stage.server.n_open, 2);
}
END_TEST

/* When the worker ends it shuts the reading side itself: that is nobody's giving up. */
START_TEST(ended_by_ourselves_and_not_given_up)
{
	make_it_wait();
	ck_assert_int_eq(shutdown(conn->fd, SHUT_RD), 0);
	conn->is_read_shut = true;
	let_one_go();
	sem_post(&stage_counts->go);
	sem_post(&stage_counts->go);
	ck_assert(peer_has_answer(peer, "slow"));
}
END_TEST

START_TEST(gone_after_we_ended_it_ourselves)
{
	make_it_wait();
	ck_assert_int_eq(shutdown(conn->fd, SHUT_RD), 0);
	conn->is_read_shut = true;
	(void)close(peer);
	peer = -1;
	let_one_go();
	peer_await(stage.server.n_open == 2);
	ck_assert_int_eq(stage_counts->n_handled, 2);
}
END_TEST

START_TEST(too_late_is_503)
{
	make_it_wait();
	if (_i == 0) {
		set_in_queue(QUEUE_WAIT, &conn->job->pushed_ms,
		    clock_boot_ms() - stage.options.settings.slow_wait_ms - 1);
		let_one_go();
	} else {
		connections_look(
		    &stage.server, clock_boot_ms() + stage.options.settings.slow_wait_ms + 1);
	}
	ck_assert(has_status(peer, "503"));
	ck_assert_int_eq(stage_counts->n_handled, 2);
	ck_assert(stage_is_idle(conn));
}
END_TEST

/* Then the answer says no later one is welcome, by ending the connection. */
START_TEST(the_last_answer_of_a_worker_that_ends)
{
	stage.server.phase = SERVER_STOPPING;
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert(peer_has_answer(peer, "n=0"));
	ck_assert(peer_is_ended(peer));
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

START_TEST(what_cannot_be_waited_for_is_closed)
{
	int epoll_fd = stage.server.epoll_fd, fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	stage.server.epoll_fd = -1;
	ck_assert(connection_new(&stage.server, fds[0], &stage.options.listen[0]));
	stage.server.epoll_fd = epoll_fd;
	ck_assert(peer_is_ended(fds[1]));
	ck_assert_uint_eq(stage.server.n_open, 1);
	(void)close(fds[1]);
}
END_TEST

/* A peer that asks and does not read what it asked for: nothing that looks like an answer follows. */
START_TEST(a_socket_without_room_for_the_answer)
{
	static char before[4096], got[65536];
	size_t n_before = 0, n_got = 0;
	ssize_t n;

	while ((n = send(conn->fd, before, sizeof(before), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		n_before += (size_t)n;
	peer_ask(peer, "/a", true);
	stage_turn();
	ck_assert_uint_eq(stage.server.n_open, 0);
	while ((n = recv(peer, got, sizeof(got), 0)) > 0) {
		n_got += (size_t)n;
		if (n_got > n_before) /* a piece of it may have left, and no end */
			ck_assert_int_ne(got[n - 15], FCGI_END_REQUEST);
	}
	ck_assert_uint_ge(n_got, n_before);
}
END_TEST

START_TEST(the_peer_does_not_stay_for_the_answer)
{
	peer_ask(peer, "/a", true);
	(void)close(peer);
	peer = -1;
	stage_turn();
	ck_assert_uint_eq(stage.server.n_open, 0);
}
END_TEST

Suite *
check_connection_suite(void)
{
	Suite *s = suite_create("server/connection");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_kept_connection_is_parked_and_served_again);
	tcase_add_test(tc, another_one_is_closed);
	tcase_add_test(tc, a_request_in_pieces);
	tcase_add_test(tc, two_pieces_at_a_time);
	tcase_add_test(tc, garbage_ends_the_connection);
	tcase_add_test(tc, two_at_once_get_one_answer);
	tcase_add_test(tc, a_role_that_is_not_ours);
	tcase_add_test(tc, a_late_event_finds_nobody);
	tcase_add_loop_test(tc, no_room_for_it, 0, 2);
	tcase_add_test(tc, the_last_answer_of_a_worker_that_ends);
	tcase_add_test(tc, what_cannot_be_waited_for_is_closed);
	tcase_add_test(tc, a_socket_without_room_for_the_answer);
	tcase_add_test(tc, the_peer_does_not_stay_for_the_answer);
	suite_add_tcase(s, tc);
	tc = tcase_create("slow");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, slow_ones_leave_the_loop);
	tcase_add_test(tc, an_event_while_it_waits_is_not_lost);
	tcase_add_test(tc, no_memory_for_it_to_wait);
	tcase_add_test(tc, a_full_queue_is_503);
	tcase_add_loop_test(tc, given_up_while_it_waited, 0, 2);
	tcase_add_test(tc, ended_by_ourselves_and_not_given_up);
	tcase_add_test(tc, gone_after_we_ended_it_ourselves);
	tcase_add_loop_test(tc, too_late_is_503, 0, 2);
	suite_add_tcase(s, tc);
	tc = tcase_create("long");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_long_answer_waits_for_its_reader_and_keeps_nobody, 0, 2);
	tcase_add_test(tc, a_slow_reader_gets_it_all);
	tcase_add_test(tc, a_reader_that_stops_is_cut_off);
	tcase_add_loop_test(tc, a_reader_that_goes, 0, 2);
	tcase_add_loop_test(tc, more_than_the_memory_is_503, 0, 2);
	tcase_add_test(tc, being_sent_while_the_worker_ends);
	tcase_add_test(tc, closed_in_the_middle);
	suite_add_tcase(s, tc);
	tc = tcase_create("hashes");
	tcase_add_checked_fixture(tc, setup_with_hashes, teardown_with_hashes);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, nobody_waits_behind_a_hash);
	tcase_add_loop_test(tc, no_hash_in_time, 0, 2);
	tcase_add_test(tc, given_up_before_its_hash);
	suite_add_tcase(s, tc);
	return s;
}
