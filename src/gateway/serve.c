/* serve.c - see serve.h */
#include "gateway/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "gateway/fcgi_scan.h"
#include "gateway/look.h"
#include "gateway/retire.h"

/*
 * Answers up to here fit into the socket's buffer even if the peer reads nothing, so that a
 * fast thread never waits for it.
 */
#define SHORT_ANSWER_BYTES (32 * 1024)

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
	if (!conn->is_polled) {
		struct epoll_event event = {
			.events = EPOLLIN | EPOLLRDHUP | EPOLLET,
			.data.u64 = conn_token(conn),
		};

		if (epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) == -1) {
			close_conn(server, conn);
			return true;
		}
		conn->is_polled = true;
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
	gather_free(conn->gather);
	conn->gather = NULL;
	if (phase != SERVE_RUNNING) {
		retire_connection(server, conn);
		return false;
	}
	return !park(server, conn);
}

static void
set_blocking(int fd, bool is_blocking)
{
	(void)fcntl(fd, F_SETFL, is_blocking ? 0 : O_NONBLOCK);
}

/* Send what has been built.  A long answer may wait for its reader: slow lane only. */
static void
send_answer(struct server *server, struct job *job)
{
	struct conn *conn = job->conn;
	bool is_long = job->trip.out.n > SHORT_ANSWER_BYTES;
	struct watch watch;
	int r;

	if (is_long) {
		set_blocking(conn->fd, true);
		watch_begin(&server->watches, &watch, conn->fd,
		    clock_boot_ms() + server->options->write_deadline_ms);
	}
	r = fcgi_conn_answer(&conn->fcgi, trip_answer(&job->trip));
	if (is_long) {
		watch_end(&server->watches, &watch);
		set_blocking(conn->fd, false);
	}
	if (r != 0)
		conn->will_keep = false;
	trip_end(&job->trip, r == 0); /* it borrows from the connection */
	fcgi_conn_end(&conn->fcgi);
}

static void
refuse_overload(struct server *server, const struct lane *lane, struct job *job, bool is_late)
{
	log_warn("overload",
	    log_z("problem", is_late ? "waited too long" : "too many requests wait"),
	    log_z("for", lane->spec.name));
	trip_refuse(&job->trip, server->app, 503);
}

/* The lane takes the job.  False: it is full, and the answer says so. */
static bool
push(struct server *server, struct job *job, enum serve_lane where)
{
	struct lane *lane = &server->lanes[where];

	bool has_waited = job->hash_end_ms != 0;

	if (where == SERVE_LANE_HASH && !has_waited)
		job->hash_end_ms = clock_boot_ms() + lane->spec.wait_ms;
	/* Whoever has waited for a hash is not sent away for want of room. */
	if (has_waited ? lane_push_on(lane, job) : lane_push(lane, job)) {
		trip_moved_away();
		return true;
	}
	refuse_overload(server, lane, job, false);
	return false;
}

/* The same with the thread's job, in whose place it gets another one. */
static bool
push_away(
    struct serve_thread *thread, struct conn *conn, enum job_stage stage, enum serve_lane where)
{
	struct job *job = thread->job, *next = job_new();

	if (next == NULL) {
		trip_refuse(&job->trip, thread->server->app, 503);
		return false;
	}
	job->conn = conn;
	job->stage = stage;
	job->hash_end_ms = 0;
	if (!push(thread->server, job, where)) {
		job_free(next);
		return false;
	}
	thread->job = next;
	return true;
}

/* libfcgi has read it: no password stays in the file that waits for the next one. */
static void
forget_gathered(const struct serve_thread *thread, const struct conn *conn)
{
	if (conn->gather != NULL && ftruncate(thread->memory_fd, 0) == -1)
		log_debug("request-not-wiped", log_z("reason", strerror(errno)));
}

/* Read the whole request through libfcgi.  False: the connection is of no use. */
static bool
receive(struct serve_thread *thread, struct conn *conn, bool has_body)
{
	struct trip *trip = &thread->job->trip;
	int from_fd = conn->fd;
	bool is_over_limit = false;

	if (conn->gather != NULL) {
		if (gather_feed(conn->gather, &thread->memory_fd) != 0)
			goto broken;
		from_fd = thread->memory_fd;
	}
	if (fcgi_conn_accept(&conn->fcgi, conn->fd, from_fd) != 0) {
		/* libfcgi has closed what it was lent. */
		if (from_fd == thread->memory_fd)
			thread->memory_fd = -1;
		conn_close(&thread->server->table, conn, from_fd != conn->fd);
		return false;
	}
	if ((has_body && fcgi_conn_read_body(&conn->fcgi, REQUEST_BODY_MAX_BYTES, &trip->body,
			     &is_over_limit) != 0) ||
	    trip_begin(trip, fcgi_conn_params(&conn->fcgi)) != 0) {
		trip_end(trip, false);
		fcgi_conn_end(&conn->fcgi);
		goto broken;
	}
	forget_gathered(thread, conn);
	trip_body_done(trip, buf_str(&trip->body), is_over_limit);
	return true;
broken:
	forget_gathered(thread, conn);
	close_conn(thread->server, conn);
	return false;
}

static enum serve_lane
lane_for(enum gateway_next next)
{
	return next == GATEWAY_HASH ? SERVE_LANE_HASH : SERVE_LANE_WAIT;
}

/* False: the connection is done with, or a lane's. */
static bool
answer(struct serve_thread *thread, struct conn *conn, const struct fcgi_scan *scan)
{
	struct server *server = thread->server;
	const struct gateway_app *app = server->app;
	struct trip *trip = &thread->job->trip;
	enum gateway_next next = GATEWAY_ANSWERED;

	conn->will_keep = scan->is_kept && !scan->is_untidy;
	atomic_store_explicit(&conn->deadline_ms, 0, memory_order_relaxed);
	/* An authorizer is sent no body (FastCGI 1.0 section 6.3). */
	if (!receive(thread, conn, scan->role != FCGI_SCAN_ROLE_AUTHORIZER))
		return false;
	if (scan->role != FCGI_SCAN_ROLE_RESPONDER)
		trip_refuse(trip, app, 501);
	else
		next = trip_handle(trip, app, TRIP_IN_HASTE(trip));
	if (next != GATEWAY_ANSWERED && push_away(thread, conn, JOB_HANDLE, lane_for(next)))
		return false;
	if (trip->out.n > SHORT_ANSWER_BYTES &&
	    push_away(thread, conn, JOB_SEND, SERVE_LANE_WAIT))
		return false;
	thread->job->conn = conn;
	send_answer(server, thread->job);
	return finish(server, conn);
}

void
serve_connection(struct serve_thread *thread, struct conn *conn)
{
	bool is_mine = true;

	while (is_mine) {
		struct fcgi_scan scan;

		switch (look(thread, conn, &scan)) {
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
serve_in_passing(struct server *server, struct conn *conn)
{
	struct serve_thread thread = { .server = server, .memory_fd = -1 };

	if ((thread.job = job_new()) == NULL) {
		close_conn(server, conn);
		return;
	}
	serve_connection(&thread, conn);
	job_free(thread.job);
	if (thread.memory_fd != -1)
		(void)close(thread.memory_fd);
}

static void
finish_job(struct server *server, struct job *job)
{
	struct conn *conn = job->conn;

	send_answer(server, job);
	job_free(job);
	if (finish(server, conn))
		serve_in_passing(server, conn);
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

void
serve_job(void *arg, struct job *job)
{
	struct server *server = arg;

	trip_move_here(&job->trip);
	if (job->stage == JOB_HANDLE) {
		const struct lane *lane = &server->lanes[SERVE_LANE_WAIT];

		if (is_given_up(job->conn)) {
			serve_drop(server, job);
			return;
		}
		if (clock_boot_ms() - job->pushed_ms > lane->spec.wait_ms) {
			serve_job_expired(server, lane, job);
			return;
		}
		if (trip_handle(&job->trip, server->app, TRIP_MAY_WAIT(&job->trip)) !=
			GATEWAY_ANSWERED &&
		    push(server, job, SERVE_LANE_HASH))
			return;
	}
	finish_job(server, job);
}

/*
 * The hash alone: what comes of it is the other lane's, whose threads have a priority and may
 * hold locks.
 */
void
serve_hash(void *arg, struct job *job)
{
	struct server *server = arg;
	const struct lane *lane = &server->lanes[SERVE_LANE_HASH];
	int64_t left_ms = job->hash_end_ms - clock_boot_ms();

	trip_move_here(&job->trip);
	if (is_given_up(job->conn)) {
		serve_drop(server, job);
		return;
	}
	/* Without patience: at once, or not at all. */
	if (left_ms <= 0 && lane->spec.wait_ms > 0) {
		serve_job_expired(server, lane, job);
		return;
	}
	hasher_run(&job->trip.hashes, left_ms > 0 ? (unsigned)left_ms : 0);
	if (!push(server, job, SERVE_LANE_WAIT))
		finish_job(server, job);
}

void
serve_job_expired(struct server *server, const struct lane *lane, struct job *job)
{
	trip_move_here(&job->trip);
	refuse_overload(server, lane, job, true);
	finish_job(server, job);
}

int
serve_lanes_init(struct server *server)
{
	const struct worker_options *options = server->options;
	const struct gateway_app *app = server->app;
	const struct lane_spec specs[SERVE_N_LANES] = {
		[SERVE_LANE_WAIT] = { .name = "the disk (--slow-waiting, --slow-wait)",
		    .n_threads_max = options->n_slow_threads,
		    .n_waiting_max = options->n_slow_waiting,
		    .wait_ms = options->slow_wait_ms,
		    .run = serve_job,
		    .arg = server },
		/* As many threads as may hash at once: the others would only wait for them. */
		[SERVE_LANE_HASH] = { .name = "a password hash (--hash-waiting, --hash-wait)",
		    .n_threads_max = app->n_hashes_at_once > 0 ? app->n_hashes_at_once : 1,
		    .n_waiting_max = options->n_hash_waiting,
		    .wait_ms = app->hash_wait_ms,
		    .has_no_priority = true,
		    .run = serve_hash,
		    .arg = server },
	};
	int r = 0;

	for (unsigned i = 0; i < SERVE_N_LANES && r == 0; i++)
		r = lane_init(&server->lanes[i], &specs[i]);
	return r;
}

void
serve_drop(struct server *server, struct job *job)
{
	trip_end(&job->trip, false);
	fcgi_conn_end(&job->conn->fcgi);
	close_conn(server, job->conn);
	job_free(job);
}

void
serve_let_go(struct server *server, struct conn *conn)
{
	if (!park(server, conn))
		serve_in_passing(server, conn);
}
