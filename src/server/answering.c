/* answering.c - see answering.h */
#include "server/answering.h"

#include <sys/socket.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "server/dropped.h"
#include "server/queues.h"

/* Of a long answer at a time, so that a fast reader does not keep the loop for itself. */
#define SEND_AT_ONCE_BYTES (256 * 1024)

/* A check is answered in this time: some web servers would wait for ever. */
#define CHECK_MS 3000

/* For the peer to read the answer to a check, and close its end. */
#define LINGER_MS 5000

void
answering_forget_partial(struct conn *conn)
{
	partial_request_free(conn->partial);
	conn->partial = NULL;
}

/*
 * The end, for a peer that may be sending still.  Closed with something unread, or before it has
 * come, the connection would break, and the answer be lost with it where the peer notices that first.
 */
static enum step
linger(struct conn *conn)
{
	if (conn->is_read_shut || shutdown(conn->fd, SHUT_WR) == -1)
		return STEP_CLOSE;
	answering_forget_partial(conn);
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
	answering_forget_partial(conn);
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

enum step
answering_go_on(struct server *server, struct conn *conn, bool is_overdue)
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

enum step
answering_deliver(struct server *server, struct conn *conn, struct job *job)
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
	return answering_go_on(server, conn, false);
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

enum step
answering_start(struct server *server, struct conn *conn)
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
	return answering_deliver(server, conn, job);
}

enum step
answering_refuse(struct server *server, struct conn *conn)
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
