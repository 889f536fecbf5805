/* connection.c - see connection.h */
#include "server/connection.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "server/dropped.h"
#include "server/fd_passing.h"
#include "server/queues.h"
#include "server/receiving.h"

/* Of a long answer at a time, so that a fast reader does not keep the loop for itself. */
#define SEND_AT_ONCE_BYTES (256 * 1024)

/* A connection without a byte when the worker is told to stop: its request is on the way. */
#define FIRST_BYTE_MS 500

/* A check is answered in this time: some web servers would wait for ever. */
#define CHECK_MS 3000

/* For the peer to read the answer to a check, and close its end. */
#define LINGER_MS 5000

/* What is to be done with a connection. */
enum step {
	STEP_LOOK,   /* there may be something to do at once */
	STEP_WAIT,   /* for its peer */
	STEP_PAUSE,  /* there is something to do, and it is the turn of others */
	STEP_QUEUED, /* for the queue that has its job */
	STEP_DRAIN,  /* it has been answered, and the worker ends */
	STEP_CLOSE,
};

/* ------------------------------------------------------------- beginning and end */

static struct conn *
conn_open(struct server *server, int fd)
{
	struct conn *conn = server->closed;

	if (server->n_open >= server->n_open_max)
		conn = NULL;
	else if (conn != NULL)
		server->closed = conn->next;
	else
		conn = malloc(sizeof(*conn));
	if (conn == NULL) {
		(void)close(fd);
		return NULL;
	}
	*conn = (struct conn){ .fd = fd, .next = server->open };
	if (conn->next != NULL)
		conn->next->previous = conn;
	server->open = conn;
	server->n_open++;
	return conn;
}

static void
forget_partial(struct conn *conn)
{
	partial_request_free(conn->partial);
	conn->partial = NULL;
}

void
connection_close(struct server *server, struct conn *conn)
{
	forget_partial(conn);
	job_free(conn->job);
	conn->job = NULL;
	(void)close(conn->fd);
	conn->fd = -1;
	if (conn->previous != NULL)
		conn->previous->next = conn->next;
	else
		server->open = conn->next;
	if (conn->next != NULL)
		conn->next->previous = conn->previous;
	conn->next = server->closed;
	server->closed = conn;
	server->n_open--;
}

/* The epoll set tells when something happens.  False: it cannot. */
static bool
park(struct server *server, struct conn *conn, bool looks_again)
{
	/*
	 * While an answer is being sent nothing else counts: a peer that ended its direction
	 * would be an event for ever.
	 */
	uint32_t events =
	    (conn->is_sending ? EPOLLOUT : (uint32_t)EPOLLIN | EPOLLRDHUP) | EPOLLET;
	struct epoll_event event = { .events = events, .data.ptr = conn };
	int op = conn->polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	/* EPOLL_CTL_MOD looks again, so that one who was only interrupted goes on. */
	if (conn->polled == events && !looks_again)
		return true;
	if (epoll_ctl(server->epoll_fd, op, conn->fd, &event) == -1)
		return false;
	conn->polled = events;
	return true;
}

/* ------------------------------------------------------------------------ answers */

/*
 * The end, for a peer that may be sending still.  Closed with something unread, or before it has
 * come, the connection would break, and the answer be lost with it where the peer notices that first.
 */
static enum step
linger(struct conn *conn)
{
	if (conn->is_read_shut || shutdown(conn->fd, SHUT_WR) == -1)
		return STEP_CLOSE;
	forget_partial(conn);
	conn->is_lingering = true;
	conn->deadline_ms = clock_boot_ms() + LINGER_MS;
	/* One that enters the epoll set only now is told of what is there. */
	return conn->polled == 0 ? STEP_WAIT : STEP_LOOK;
}

/* The request is answered, or will_keep is false. */
static enum step
finish(struct server *server, struct conn *conn)
{
	if (!conn->will_keep)
		return conn->peer_may_go_on ? linger(conn) : STEP_CLOSE;
	conn->has_answered = true;
	conn->will_keep = false;
	conn->deadline_ms = 0;
	forget_partial(conn);
	if (server->phase != SERVER_RUNNING)
		return STEP_DRAIN;
	/* What happened while it was answered is no event any more. */
	return conn->has_news ? STEP_LOOK : STEP_WAIT;
}

/* False: the answer has gone only in part, or not at all. */
static bool
send_whole(const struct conn *conn, struct job *job)
{
	uint8_t head[SENDER_HEAD_BYTES], tail[SENDER_TAIL_BYTES];
	struct str answer = txn_answer(&job->txn), all = STR_NULL;

	if (answer.n <= UINT16_MAX) {
		sender_frame(job->request_id, answer.n, head, tail);
		all = txn_framed(&job->txn, head, str_mem(tail, sizeof(tail)));
	}
	if (!str_is_null(all))
		return send(conn->fd, all.p, all.n, MSG_NOSIGNAL | MSG_DONTWAIT) ==
		       (ssize_t)all.n;
	sender_init(&job->sender, job->request_id, answer, STR_NULL);
	return sender_go_on(&job->sender, conn->fd, SEND_AT_ONCE_BYTES) == SENDER_DONE;
}

/* What the socket takes at once: all of it, or the peer has not read earlier answers. */
static enum step
send_short(struct server *server, struct conn *conn, struct job *job)
{
	bool is_sent = send_whole(conn, job);

	if (!is_sent)
		conn->will_keep = false;
	job_end(job, is_sent);
	return finish(server, conn);
}

/* Send on, as much as is taken at once.  is_overdue: or close, if nothing is. */
static enum step
send_on(struct server *server, struct conn *conn, bool is_overdue)
{
	struct job *job = conn->job;
	uint64_t n_sent = job->sender.n_sent;
	enum sender_result result = sender_go_on(&job->sender, conn->fd, SEND_AT_ONCE_BYTES);

	if (job->sender.n_sent != n_sent) {
		conn->deadline_ms =
		    clock_boot_ms() + server->options->settings.write_deadline_ms;
	} else if (is_overdue) {
		dropped_note(DROPPED_UNTAKEN, server->options->settings.write_deadline_ms);
		result = SENDER_BROKEN;
	}
	if (result == SENDER_MORE)
		return STEP_PAUSE;
	txn_move_here(&job->txn);
	job_end(job, result == SENDER_DONE);
	job_free(job);
	conn->job = NULL;
	conn->is_sending = false;
	if (result != SENDER_DONE)
		conn->will_keep = false;
	return finish(server, conn);
}

/* Room for a long answer.  False: there is none, and the answer says so. */
static bool
take_memory(struct server *server, struct job *job)
{
	struct txn *txn = &job->txn;

	/* What lies behind the end of the body has been allocated and never touched. */
	job->n_budgeted = txn->response.body.n + txn->out.n + sizeof(*job);
	if (sender_budget_take(&server->budget, job->n_budgeted)) {
		job->budget = &server->budget;
		return true;
	}
	queues_refuse(server, job, "too many long answers wait",
	    "their readers (--answer-memory, --write-deadline)");
	return false;
}

/*
 * The job, which the connection alone has, has its answer.  A long one stays with the connection,
 * and the rest of it is sent when its reader has taken some.
 */
static enum step
deliver(struct server *server, struct conn *conn, struct job *job)
{
	struct txn *txn = &job->txn;
	enum step step;

	if (job->is_answered) {
		conn->job = NULL;
		job_free(job);
		return finish(server, conn);
	}
	txn_move_here(txn);
	if (txn_rest(txn).n == 0 || !take_memory(server, job)) {
		step = send_short(server, conn, job);
		conn->job = NULL;
		job_free(job);
		return step;
	}
	sender_init(&job->sender, job->request_id, txn_answer(txn), txn_rest(txn));
	conn->job = job;
	conn->is_sending = true;
	/* From here on: a peer that left the answer before unread takes not a byte of this one. */
	conn->deadline_ms = clock_boot_ms() + server->options->settings.write_deadline_ms;
	txn_moved_away();
	return send_on(server, conn, false);
}

/* The server's job, in whose place it gets another one; NULL: no memory, and it stays. */
static struct job *
take_away(struct server *server)
{
	struct job *job = server->job, *fresh = job_new();

	if (fresh == NULL) {
		log_lasting_error("answer", log_z("problem", "no memory"));
		txn_refuse(&job->txn, server->app, 503);
		return NULL;
	}
	server->job = fresh;
	return job;
}

/* Over TCP beside a unix socket (listen_set.h). */
static enum step
refuse_over_tcp(struct server *server, struct conn *conn)
{
	log_lasting_warn("tcp-refused",
	    log_z("problem", "over TCP came what is no check of the role AUTHORIZER"),
	    log_z("action", "let the web server ask for everything else at the unix socket"));
	txn_refuse(&server->job->txn, server->app, 403);
	conn->will_keep = false;
	return send_short(server, conn, server->job);
}

/* server->job has a request of this connection. */
static enum step
answer(struct server *server, struct conn *conn)
{
	struct job *job = server->job;
	enum handler_next next;

	conn->deadline_ms = 0;
	conn->has_news = false;
	job->conn = conn;
	if (conn->is_for_checks && job->txn.request.role != REQUEST_AUTHORIZER)
		return refuse_over_tcp(server, conn);
	job->txn.request.refuses_basic = conn->is_tcp && !server->options->settings.tcp_basic;
	next = txn_handle(&job->txn, server->app, TXN_IN_HASTE(&job->txn));
	/* Nearly all end here. */
	if ((next == HANDLER_ANSWERED && txn_rest(&job->txn).n == 0) ||
	    (job = take_away(server)) == NULL)
		return send_short(server, conn, server->job);
	conn->job = job;
	if (request_is_check(&job->txn.request))
		conn->deadline_ms = clock_boot_ms() + CHECK_MS;
	if (next != HANDLER_ANSWERED && queues_push(server, job, next))
		return STEP_QUEUED;
	return deliver(server, conn, job);
}

/* ---------------------------------------------------------------------- the loop of one */

/* It has been answered: hand it over or let its peer send no more, according to the phase. */
static enum step
drain(struct server *server, struct conn *conn)
{
	if (server->phase == SERVER_RETIRING &&
	    fd_passing_send(server->options->handover_fds[1], conn->fd)) {
		/* The successor has its own descriptor of it, with all that arrives. */
		if (conn->polled != 0)
			(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL);
		return STEP_CLOSE;
	}
	/*
	 * From here on the peer cannot send; what it has sent is still there to be read and is
	 * answered.  Closing at once would throw a request away that came a moment ago.
	 */
	if (shutdown(conn->fd, SHUT_RD) == -1)
		return STEP_CLOSE;
	conn->is_read_shut = true;
	return STEP_LOOK;
}

static enum step
look(struct server *server, struct conn *conn)
{
	if (conn->is_sending)
		return send_on(server, conn, false);
	switch (conn->is_lingering ? receive_nothing(server, conn) : receive(server, conn)) {
	case RECEIVED:
		return answer(server, conn);
	case RECEIVING_WAITS:
		return STEP_WAIT;
	case RECEIVING_PAUSE:
		return STEP_PAUSE;
	case RECEIVING_ENDS:
		break;
	}
	return STEP_CLOSE;
}

static void
go_on(struct server *server, struct conn *conn, enum step step)
{
	for (;;) {
		switch (step) {
		case STEP_LOOK:
			step = look(server, conn);
			break;
		case STEP_DRAIN:
			step = drain(server, conn);
			break;
		case STEP_WAIT:
		case STEP_PAUSE:
			if (park(server, conn, step == STEP_PAUSE))
				return;
			step = STEP_CLOSE;
			break;
		case STEP_QUEUED:
			return;
		case STEP_CLOSE:
			connection_close(server, conn);
			return;
		}
	}
}

bool
connection_new(struct server *server, int fd, const struct worker_listen *from)
{
	struct conn *conn = conn_open(server, fd);

	if (conn == NULL)
		return false;
	conn->is_tcp = from->is_tcp;
	conn->is_for_checks = from->is_for_checks;
	go_on(server, conn, STEP_LOOK);
	return true;
}

bool
connection_adopt(struct server *server, int fd)
{
	struct conn *conn = conn_open(server, fd);

	if (conn == NULL)
		return false;
	conn->has_answered = true;
	conn->is_tcp = listen_is_tcp(fd); /* one for checks alone is never kept */
	go_on(server, conn, STEP_WAIT);
	return true;
}

void
connection_serve(struct server *server, struct conn *conn)
{
	if (conn->fd == -1)
		return;
	if (conn->job != NULL && !conn->is_sending)
		conn->has_news = true;
	else
		go_on(server, conn, STEP_LOOK);
}

/* ------------------------------------------------------------------------- all of them */

void
connections_results(struct server *server)
{
	struct job *job = queues_results(server);

	while (job != NULL) {
		struct job *next = job->next;
		struct conn *conn = job->conn;

		go_on(server, conn,
		    job->result == JOB_GIVEN_UP && !job->is_answered
			? STEP_CLOSE
			: deliver(server, conn, job));
		job = next;
	}
}

/*
 * A check whose job is in a queue, where a thread may be at it for longer: the door is closed
 * without it.  A peer that cannot even be told so finds no end of an answer, which closes it too.
 */
static enum step
refuse_in_place(struct server *server, struct conn *conn)
{
	struct job *late = conn->job, *job = server->job;

	txn_move_here(&late->txn);
	log_lasting_warn("overload", log_z("problem", "a check waited too long"),
	    log_z("for", late->queue->spec.name));
	txn_refuse_other(&job->txn, &late->txn.request, server->app, 503);
	job->request_id = late->request_id;
	(void)send_whole(conn, job);
	(void)shutdown(conn->fd, SHUT_WR);
	txn_moved_away();
	conn->deadline_ms = 0;
	late->is_answered = true;
	return STEP_QUEUED;
}

static enum step
overdue(struct server *server, struct conn *conn)
{
	if (conn->job != NULL && !conn->is_sending)
		return refuse_in_place(server, conn);

	/* The socket tells of room when much of it is free; a slow reader frees a little. */
	if (conn->is_sending)
		return send_on(server, conn, true);
	if (conn->is_lingering)
		return STEP_CLOSE;
	/* One that has not begun is owed no answer. */
	if (conn->partial != NULL)
		dropped_note(DROPPED_SLOW, server->options->settings.read_deadline_ms);
	log_debug("connection-closed", log_z("problem", "request not whole in time"));
	return STEP_CLOSE;
}

void
connections_look(struct server *server, int64_t now_ms)
{
	struct job *job;

	for (struct conn *conn = server->open, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->deadline_ms != 0 && now_ms > conn->deadline_ms)
			go_on(server, conn, overdue(server, conn));
	}
	while ((job = queues_next_expired(server, now_ms)) != NULL) {
		struct conn *conn = job->conn;

		go_on(server, conn, deliver(server, conn, job));
	}
}

void
connections_drain(struct server *server)
{
	int64_t soon_ms = clock_boot_ms() + FIRST_BYTE_MS;

	for (struct conn *conn = server->open, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->job != NULL || conn->partial != NULL)
			continue;
		if (conn->has_answered)
			go_on(server, conn, STEP_DRAIN);
		else if (conn->deadline_ms == 0 || conn->deadline_ms > soon_ms)
			conn->deadline_ms = soon_ms;
	}
}
