/* receiving.c - see receiving.h */
#include "server/receiving.h"

#include <errno.h>
#include <fastcgi.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/dropped.h"

/* Of one request at a time, so that a fast sender does not keep the loop for itself. */
#define READS_MAX 8

/* For the rest of a request that was on its way when the worker was told to end. */
#define LAST_BYTES_MS 500

/* A role that nobody knows gets the answer of the protocol (FastCGI 1.0 section 5.5). */
static void
refuse_role(const struct conn *conn, uint16_t request_id)
{
	uint8_t record[16] = { 0 };

	fcgi_scan_header(record, FCGI_END_REQUEST, request_id, 8);
	record[12] = FCGI_UNKNOWN_ROLE;
	(void)send(conn->fd, record, sizeof(record), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* What is neither whole nor sound so far. */
static enum receiving
refuse(const struct conn *conn, enum fcgi_scan_result result, const struct fcgi_scan *scan)
{
	static const char *const problems[] = {
		[FCGI_SCAN_MALFORMED] = "malformed",
		[FCGI_SCAN_MANAGEMENT] = "management record",
		[FCGI_SCAN_ABORTED] = "aborted",
		[FCGI_SCAN_ROLE] = "unknown role",
	};

	if (result == FCGI_SCAN_ROLE)
		refuse_role(conn, scan->request_id);
	if (result == FCGI_SCAN_MALFORMED && scan->limit == FCGI_SCAN_PAIRS)
		dropped_note(DROPPED_VARIABLES, FCGI_SCAN_PAIRS_MAX);
	else if (result == FCGI_SCAN_MALFORMED && scan->limit == FCGI_SCAN_BYTES)
		dropped_note(DROPPED_VARIABLE_BYTES, FCGI_SCAN_PARAMS_MAX_BYTES);
	log_debug("connection-closed", log_z("problem", problems[result]));
	return RECEIVING_ENDS;
}

/* The first piece of a request has come: the clock runs. */
static void
start_deadline(const struct server *server, struct conn *conn)
{
	int64_t wait_ms =
	    conn->is_read_shut ? LAST_BYTES_MS : server->options->settings.read_deadline_ms;

	if (conn->deadline_ms == 0)
		conn->deadline_ms = clock_boot_ms() + wait_ms;
}

static ssize_t
read_some(const struct conn *conn, struct job *job)
{
	ssize_t n;

	do {
		n = recv(conn->fd, job->in, sizeof(job->in), MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	job->n_in = n > 0 ? (size_t)n : 0;
	return n;
}

/*
 * Nothing more is there.  When we shut the reading side ourselves, an end says nothing: what was
 * on its way may still arrive, unless the peer has gone altogether.
 */
static bool
may_follow(const struct conn *conn, ssize_t n)
{
	struct pollfd peer = { conn->fd, 0, 0 };

	return n == -1 ? errno == EAGAIN || errno == EWOULDBLOCK
		       : conn->is_read_shut && poll(&peer, 1, 0) == 0;
}

/* What there is of a request goes to conn->partial. */
static enum fcgi_scan_result
take(struct conn *conn, struct job *job)
{
	enum fcgi_scan_result result = partial_request_take(conn->partial, job->in, job->n_in);

	job_forget_input(job); /* cookies, passwords */
	return result;
}

static void
note_head(struct conn *conn, struct job *job, const struct fcgi_scan *scan)
{
	conn->will_keep = scan->is_kept && !scan->must_close;
	conn->peer_may_go_on = scan->may_go_on;
	job->request_id = scan->request_id;
	job->txn.request.role = (enum request_role)scan->role;
}

/* It is whole: have libfcgi read it. */
static enum receiving
read_by_libfcgi(struct server *server, struct conn *conn)
{
	const struct fcgi_scan *scan = &conn->partial->scan;
	struct job *job = server->job;
	struct txn *txn = &job->txn;
	bool is_over_limit = false;

	if (partial_request_feed(conn->partial, &server->memory_fd) != 0)
		return RECEIVING_ENDS;
	if (fcgi_stream_accept(&job->stream, server->memory_fd) != 0) {
		server->memory_fd = -1;
		return RECEIVING_ENDS;
	}
	job->is_streamed = true;
	if ((!fcgi_scan_is_check(scan) &&
		fcgi_stream_read_body(
		    &job->stream, REQUEST_BODY_MAX_BYTES, &txn->body, &is_over_limit) != 0) ||
	    txn_begin(txn, fcgi_stream_params(&job->stream)) != 0) {
		job_end(job, false);
		return RECEIVING_ENDS;
	}
	/* No password stays in the file that waits for the next one. */
	if (ftruncate(server->memory_fd, 0) == -1)
		log_debug("request-not-wiped", log_z("reason", strerror(errno)));
	note_head(conn, job, scan);
	txn_body_done(txn, buf_str(&txn->body), is_over_limit);
	return RECEIVED;
}

static enum receiving
receive_pieces(struct server *server, struct conn *conn, enum fcgi_scan_result result)
{
	ssize_t n = 0;

	for (int k = 0; result == FCGI_SCAN_MORE && k < READS_MAX; k++) {
		if ((n = read_some(conn, server->job)) <= 0)
			break;
		result = take(conn, server->job);
	}
	if (result == FCGI_SCAN_COMPLETE)
		return read_by_libfcgi(server, conn);
	if (result != FCGI_SCAN_MORE)
		return refuse(conn, result, &conn->partial->scan);
	if (n > 0)
		return RECEIVING_PAUSE;
	return may_follow(conn, n) ? RECEIVING_WAITS : RECEIVING_ENDS;
}

/* The first bytes of a request: as a rule all of them. */
static enum receiving
receive_first(struct server *server, struct conn *conn)
{
	struct job *job = server->job;
	struct fcgi_scan scan;
	struct str body = STR_NULL;
	enum fcgi_scan_result result =
	    fcgi_scan_whole(&scan, job->in, job->n_in, txn_vars(&job->txn), &body);

	if (result == FCGI_SCAN_COMPLETE && txn_read(&job->txn) == 0) {
		note_head(conn, job, &scan);
		txn_body_done(&job->txn, body, false);
		return RECEIVED;
	}
	if (result != FCGI_SCAN_MORE) {
		job_end(job, false);
		return result == FCGI_SCAN_COMPLETE ? RECEIVING_ENDS /* no memory */
						    : refuse(conn, result, &scan);
	}
	start_deadline(server, conn);
	if ((conn->partial = partial_request_new(REQUEST_BODY_MAX_BYTES)) == NULL) {
		job_forget_input(job);
		return RECEIVING_ENDS;
	}
	return receive_pieces(server, conn, take(conn, job));
}

enum receiving
receive_nothing(struct server *server, struct conn *conn)
{
	ssize_t n;

	for (int k = 0; k < READS_MAX; k++) {
		if ((n = read_some(conn, server->job)) <= 0)
			return may_follow(conn, n) ? RECEIVING_WAITS : RECEIVING_ENDS;
		job_forget_input(server->job);
	}
	return RECEIVING_PAUSE;
}

enum receiving
receive(struct server *server, struct conn *conn)
{
	ssize_t n;

	if (conn->partial != NULL)
		return receive_pieces(server, conn, FCGI_SCAN_MORE);
	if ((n = read_some(conn, server->job)) > 0)
		return receive_first(server, conn);
	if (n == 0 || !may_follow(conn, n))
		return RECEIVING_ENDS;
	/* A new connection owes a request; a kept one may idle. */
	if (!conn->has_answered)
		start_deadline(server, conn);
	return RECEIVING_WAITS;
}
