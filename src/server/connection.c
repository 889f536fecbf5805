/* connection.c - see connection.h */
#include "server/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "server/dropped.h"
#include "fcgi/record.h"
#include "server/peek.h"
#include "server/drain.h"

/* Of a long answer at a time, so that a fast reader does not keep a thread for itself. */
#define SEND_AT_ONCE_BYTES (256 * 1024)

static void
close_conn(struct server *server, struct conn *conn)
{
	conn_close(&server->table, conn, true);
}

/*
 * Let go of a connection that waits for its peer.  False: something has happened meanwhile and
 * the caller still owns it.
 */
static bool
park(struct server *server, struct conn *conn)
{
	/*
	 * While an answer is being sent nothing else counts: a peer that ended its direction
	 * would be an event for ever.
	 */
	uint32_t events =
	    (conn->job != NULL ? EPOLLOUT : (uint32_t)EPOLLIN | EPOLLRDHUP) | EPOLLET;

	/* EPOLL_CTL_MOD looks anew, so that one who was only interrupted goes on. */
	if (conn->polled != events || conn->job != NULL) {
		struct epoll_event event = { .events = events, .data.u64 = conn_token(conn) };
		int op = conn->polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

		if (epoll_ctl(server->epoll_fd, op, conn->fd, &event) == -1) {
			close_conn(server, conn);
			return true;
		}
		conn->polled = events;
	}
	return conn_release(conn);
}

/*
 * The request is answered (or not: then will_keep is false).  False: done with; true: something
 * has happened meanwhile and the caller still owns the connection.
 */
static bool
finish(struct server *server, struct conn *conn)
{
	int phase = atomic_load_explicit(&server->phase, memory_order_relaxed);

	if (!conn->will_keep) {
		close_conn(server, conn);
		return false;
	}
	conn->has_answered = true;
	conn->will_keep = false;
	conn->n_looks = 0;
	atomic_store_explicit(&conn->deadline_ms, 0, memory_order_relaxed);
	partial_request_free(conn->gather);
	conn->gather = NULL;
	if (phase != SERVE_RUNNING) {
		drain_connection(server, conn);
		return false;
	}
	return !park(server, conn);
}

/* Send a short answer. */
static void
send_short(struct job *job)
{
	struct conn *conn = job->conn;
	int r = fcgi_stream_answer(&conn->fcgi, txn_answer(&job->txn));

	if (r != 0)
		conn->will_keep = false;
	txn_end(&job->txn, r == 0); /* it borrows from the connection */
	fcgi_stream_end(&conn->fcgi);
}

/*
 * Send on, as much as is taken at once.  is_overdue: or close, if nothing is.  True: the caller
 * still owns the connection.
 */
static bool
send_on(struct server *server, struct conn *conn, bool is_overdue)
{
	struct job *job = conn->job;
	uint64_t n_sent = job->sender.n_sent;
	enum sender_result result = sender_go_on(&job->sender, conn->fd, SEND_AT_ONCE_BYTES);

	if (job->sender.n_sent != n_sent)
		atomic_store_explicit(&conn->deadline_ms,
		    clock_boot_ms() + server->options->write_deadline_ms, memory_order_relaxed);
	else if (is_overdue) {
		dropped_note(DROPPED_UNTAKEN, server->options->write_deadline_ms);
		result = SENDER_BROKEN;
	}
	if (result == SENDER_MORE)
		return !park(server, conn);
	txn_move_here(&job->txn);
	txn_end(&job->txn, result == SENDER_DONE);
	job_free(job);
	conn->job = NULL;
	fcgi_stream_end(&conn->fcgi);
	if (result == SENDER_DONE)
		return finish(server, conn);
	close_conn(server, conn);
	return false;
}

static void
refuse_overload(struct server *server, struct job *job, const char *problem, const char *what)
{
	log_lasting_warn("overload", log_z("problem", problem), log_z("for", what));
	txn_refuse(&job->txn, server->app, 503);
}

/* Room for a long answer.  False: there is none, and the answer says so. */
static bool
take_memory(struct server *server, struct job *job)
{
	struct txn *txn = &job->txn;

	job->budget = &server->budget;
	/* What lies behind the end of the body has been allocated and never touched. */
	job->n_taken = txn->response.body.n + txn->out.n;
	if (sender_budget_take(job->budget, job->n_taken))
		return true;
	job->n_taken = 0;
	refuse_overload(server, job, "too many long answers wait",
	    "their readers (--answer-memory, --write-deadline)");
	return false;
}

/*
 * The job has its answer.  A long one stays with the connection, and the rest of it is sent when
 * its reader has taken some.  True: the caller still owns the connection.
 */
static bool
deliver(struct server *server, struct job *job)
{
	struct conn *conn = job->conn;
	struct txn *txn = &job->txn;

	if (txn_rest(txn).n == 0 || !take_memory(server, job)) {
		send_short(job);
		job_free(job);
		return finish(server, conn);
	}
	sender_init(
	    &job->sender, fcgi_stream_request_id(&conn->fcgi), txn_answer(txn), txn_rest(txn));
	conn->job = job;
	/* From here on: a peer that left the answer before unread takes not a byte of this one. */
	atomic_store_explicit(&conn->deadline_ms,
	    clock_boot_ms() + server->options->write_deadline_ms, memory_order_relaxed);
	txn_moved_away();
	return send_on(server, conn, false);
}

/* The lane takes the job.  False: it is full, and the answer says so. */
static bool
push(struct server *server, struct job *job, enum queue_kind where)
{
	struct work_queue *lane = &server->lanes[where];

	bool has_waited = job->hash_end_ms != 0;

	if (where == QUEUE_HASH && !has_waited)
		job->hash_end_ms = clock_boot_ms() + lane->spec.wait_ms;
	/* Whoever has waited for a hash is not sent away for want of room. */
	if (has_waited ? work_queue_push_on(lane, job) : work_queue_push(lane, job)) {
		txn_moved_away();
		return true;
	}
	refuse_overload(server, job, "too many requests wait", lane->spec.name);
	return false;
}

/* The thread's job, in whose place it gets another one; NULL: no memory, and it stays. */
static struct job *
take_away(struct connection_thread *thread, struct conn *conn)
{
	struct job *job = thread->job, *next = job_new();

	job->conn = conn;
	job->hash_end_ms = 0;
	if (next == NULL) {
		log_lasting_error("answer", log_z("problem", "no memory"));
		txn_refuse(&job->txn, thread->server->app, 503);
		return NULL;
	}
	thread->job = next;
	return job;
}

/* libfcgi has read it: no password stays in the file that waits for the next one. */
static void
forget_gathered(const struct connection_thread *thread, const struct conn *conn)
{
	if (conn->gather != NULL && ftruncate(thread->memory_fd, 0) == -1)
		log_debug("request-not-wiped", log_z("reason", strerror(errno)));
}

/* Read the whole request through libfcgi.  False: the connection is of no use. */
static bool
receive(struct connection_thread *thread, struct conn *conn, bool has_body)
{
	struct txn *txn = &thread->job->txn;
	int from_fd = conn->fd;
	bool is_over_limit = false;

	if (conn->gather != NULL) {
		if (partial_request_feed(conn->gather, &thread->memory_fd) != 0)
			goto broken;
		from_fd = thread->memory_fd;
	}
	if (fcgi_stream_accept(&conn->fcgi, conn->fd, from_fd) != 0) {
		/* libfcgi has closed what it was lent. */
		if (from_fd == thread->memory_fd)
			thread->memory_fd = -1;
		conn_close(&thread->server->table, conn, from_fd != conn->fd);
		return false;
	}
	if ((has_body && fcgi_stream_read_body(&conn->fcgi, REQUEST_BODY_MAX_BYTES, &txn->body,
			     &is_over_limit) != 0) ||
	    txn_begin(txn, fcgi_stream_params(&conn->fcgi)) != 0) {
		txn_end(txn, false);
		fcgi_stream_end(&conn->fcgi);
		goto broken;
	}
	forget_gathered(thread, conn);
	txn_body_done(txn, buf_str(&txn->body), is_over_limit);
	return true;
broken:
	forget_gathered(thread, conn);
	close_conn(thread->server, conn);
	return false;
}

static enum queue_kind
lane_for(enum handler_next next)
{
	return next == HANDLER_HASH   ? QUEUE_HASH
	       : next == HANDLER_LONG ? QUEUE_LONG
				      : QUEUE_WAIT;
}

/* False: the connection is done with, or somebody else's. */
static bool
answer(struct connection_thread *thread, struct conn *conn, const struct fcgi_scan *scan)
{
	struct server *server = thread->server;
	struct txn *txn = &thread->job->txn;
	enum handler_next next = HANDLER_ANSWERED;
	struct job *job;

	conn->will_keep = scan->is_kept && !scan->is_untidy;
	atomic_store_explicit(&conn->deadline_ms, 0, memory_order_relaxed);
	/* An authorizer is sent no body (FastCGI 1.0 section 6.3). */
	if (!receive(thread, conn, scan->role != FCGI_SCAN_ROLE_AUTHORIZER))
		return false;
	if (scan->role != FCGI_SCAN_ROLE_RESPONDER)
		txn_refuse(txn, server->app, 501);
	else
		next = txn_handle(txn, server->app, TRIP_IN_HASTE(txn));
	/* Nearly all end here: with the thread's own job. */
	if (next == HANDLER_ANSWERED && txn_rest(txn).n == 0) {
		thread->job->conn = conn;
	} else if ((job = take_away(thread, conn)) != NULL) {
		if (next != HANDLER_ANSWERED && push(server, job, lane_for(next)))
			return false;
		return deliver(server, job);
	}
	send_short(thread->job);
	return finish(server, conn);
}

void
connection_serve(struct connection_thread *thread, struct conn *conn)
{
	bool is_mine = true;

	while (is_mine) {
		struct fcgi_scan scan;

		if (conn->job != NULL) {
			is_mine = send_on(thread->server, conn, false);
			continue;
		}
		switch (peek(thread, conn, &scan)) {
		case LOOK_REQUEST:
			is_mine = answer(
			    thread, conn, conn->gather != NULL ? &conn->gather->scan : &scan);
			break;
		case LOOK_WAIT:
			is_mine = !park(thread->server, conn);
			break;
		case LOOK_CLOSE:
			close_conn(thread->server, conn);
			is_mine = false;
			break;
		}
	}
}

void
connection_in_passing(struct server *server, struct conn *conn)
{
	struct connection_thread thread = { .server = server, .memory_fd = -1 };

	if ((thread.job = job_new()) == NULL) {
		close_conn(server, conn);
		return;
	}
	connection_serve(&thread, conn);
	job_free(thread.job);
	if (thread.memory_fd != -1)
		(void)close(thread.memory_fd);
}

static void
finish_job(struct server *server, struct job *job)
{
	struct conn *conn = job->conn;

	if (deliver(server, job))
		connection_in_passing(server, conn);
}

/*
 * Has the web server given up while the request waited?  It closes the connection, or sends
 * FCGI_ABORT_REQUEST; either way something arrives that no sound web server sends now.
 */
static bool
is_given_up(const struct conn *conn)
{
	struct pollfd peer = { conn->fd, 0, 0 };
	char c;

	/* We ended this direction ourselves: its end says nothing about the peer. */
	if (conn->is_read_shut)
		return poll(&peer, 1, 0) == 1;
	return recv(conn->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN;
}

/* Once more, where it may do more.  False: it waits again, elsewhere. */
static bool
handle_again(struct server *server, struct job *job, struct handler_permit permit)
{
	enum handler_next next = txn_handle(&job->txn, server->app, permit);

	return next == HANDLER_ANSWERED || !push(server, job, lane_for(next));
}

/* Somebody waits for it still, and not too long.  Else it is ended. */
static bool
is_wanted(struct server *server, const struct work_queue *lane, struct job *job)
{
	txn_move_here(&job->txn);
	if (is_given_up(job->conn)) {
		connection_drop(server, job);
		return false;
	}
	if (clock_boot_ms() - job->pushed_ms > lane->spec.wait_ms) {
		connection_job_expired(server, lane, job);
		return false;
	}
	return true;
}

void
connection_job(void *arg, struct job *job)
{
	struct server *server = arg;

	if (is_wanted(server, &server->lanes[QUEUE_WAIT], job) &&
	    handle_again(server, job, TRIP_MAY_WAIT(&job->txn)))
		finish_job(server, job);
}

void
connection_long(void *arg, struct job *job)
{
	struct server *server = arg;

	if (!is_wanted(server, &server->lanes[QUEUE_LONG], job))
		return;
	/* Not to build what could not be kept. */
	if (sender_budget_is_used_up(&server->budget))
		refuse_overload(server, job, "too many long answers wait",
		    "their readers (--answer-memory, --write-deadline)");
	else if (!handle_again(server, job, TRIP_MAY_BE_LONG(&job->txn)))
		return;
	finish_job(server, job);
}

/*
 * The hash alone, or nothing if it is too late.  This thread has no priority: it holds no lock,
 * and starts no thread, that one with a priority would have to wait for.
 */
void
connection_hash(void *arg, struct job *job)
{
	struct server *server = arg;
	int64_t left_ms = job->hash_end_ms - clock_boot_ms();
	/* Without patience: at once, or not at all. */
	bool is_late = left_ms <= 0 && server->lanes[QUEUE_HASH].spec.wait_ms > 0;
	uint64_t one = 1;

	if (!is_late && !is_given_up(job->conn))
		hasher_run(&job->txn.hashes, left_ms > 0 ? (unsigned)left_ms : 0);
	job->next = atomic_load(&server->hashed);
	while (!atomic_compare_exchange_weak(&server->hashed, &job->next, job))
		;
	(void)!write(server->hashed_fd, &one, sizeof(one));
}

static void
serve_hashed_job(struct server *server, struct job *job)
{
	txn_move_here(&job->txn);
	if (!hasher_is_pending(&job->txn.hashes)) {
		if (!push(server, job, QUEUE_WAIT))
			finish_job(server, job);
	} else if (is_given_up(job->conn)) {
		connection_drop(server, job);
	} else {
		connection_job_expired(server, &server->lanes[QUEUE_HASH], job);
	}
}

unsigned
connection_hashed(struct server *server)
{
	struct job *job, *first = NULL;
	uint64_t unused;
	unsigned n = 0;

	(void)!read(server->hashed_fd, &unused, sizeof(unused));
	/* The last one is on top. */
	for (job = atomic_exchange(&server->hashed, NULL); job != NULL;) {
		struct job *next = job->next;

		job->next = first;
		first = job;
		job = next;
	}
	for (; first != NULL; n++) {
		job = first;
		first = job->next;
		serve_hashed_job(server, job);
	}
	return n;
}

void
connection_job_expired(struct server *server, const struct work_queue *lane, struct job *job)
{
	txn_move_here(&job->txn);
	refuse_overload(server, job, "waited too long", lane->spec.name);
	finish_job(server, job);
}

int
connection_queues_init(struct server *server)
{
	const struct worker_options *options = server->options;
	const struct handler *app = server->app;
	const struct work_queue_spec specs[N_QUEUES] = {
		[QUEUE_WAIT] = { .name = "the disk (--slow-waiting, --slow-wait)",
		    .n_threads_max = options->n_slow_threads,
		    .n_waiting_max = options->n_slow_waiting,
		    .wait_ms = options->slow_wait_ms,
		    .run = connection_job,
		    .arg = server },
		/* As many threads as may hash at once: the others would only wait for them. */
		[QUEUE_HASH] = { .name = "a password hash (--hash-waiting, --hash-wait)",
		    .n_threads_max = app->n_hashes_at_once > 0 ? app->n_hashes_at_once : 1,
		    .n_waiting_max = options->n_hash_waiting,
		    .wait_ms = app->hash_wait_ms,
		    .has_no_priority = true,
		    .run = connection_hash,
		    .arg = server },
		/* One thread: so what it builds is in memory once, beside what waits for readers. */
		[QUEUE_LONG] = { .name = "a list (--slow-waiting, --slow-wait)",
		    .n_threads_max = 1,
		    .n_waiting_max = options->n_slow_waiting,
		    .wait_ms = options->slow_wait_ms,
		    .run = connection_long,
		    .arg = server },
	};
	int r = 0;

	atomic_store(&server->hashed, NULL);
	if ((server->hashed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return -errno;
	server->budget = (struct sender_budget){ .n_max = options->answer_memory };
	for (unsigned i = 0; i < N_QUEUES && r == 0; i++)
		r = work_queue_init(&server->lanes[i], &specs[i]);
	return r;
}

void
connection_queues_fini(struct server *server)
{
	for (unsigned i = 0; i < N_QUEUES; i++)
		work_queue_fini(&server->lanes[i]);
	(void)close(server->hashed_fd);
}

void
connection_drop(struct server *server, struct job *job)
{
	txn_end(&job->txn, false);
	fcgi_stream_end(&job->conn->fcgi);
	close_conn(server, job->conn);
	job_free(job);
}

void
connection_overdue(struct server *server, struct conn *conn)
{
	if (conn->job == NULL) {
		/* One that has not begun is owed no answer. */
		if (conn->n_looks > 0 || conn->gather != NULL)
			dropped_note(DROPPED_SLOW, server->options->read_deadline_ms);
		log_debug("connection-closed", log_z("problem", "request not whole in time"));
		close_conn(server, conn);
		return;
	}
	/* The socket tells of room when much of it is free; a slow reader frees a little. */
	if (send_on(server, conn, true))
		connection_in_passing(server, conn);
}

void
connection_let_go(struct server *server, struct conn *conn)
{
	if (!park(server, conn))
		connection_in_passing(server, conn);
}
