/* peek.c - see peek.h */
#include "server/peek.h"

#include <errno.h>
#include <fastcgi.h>
#include <poll.h>
#include <sodium.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/dropped.h"
#include "fcgi/record.h"

/* After so many looks at an incomplete request it is read in pieces: looking copies it. */
#define LOOKS_MAX 3

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

static enum peek
look_result(struct conn *conn, enum fcgi_scan_result result, const struct fcgi_scan *scan)
{
	static const char *const problems[] = {
		[FCGI_SCAN_MALFORMED] = "malformed",
		[FCGI_SCAN_MANAGEMENT] = "management record",
		[FCGI_SCAN_ABORTED] = "aborted",
		[FCGI_SCAN_ROLE] = "unknown role",
	};

	switch (result) {
	case FCGI_SCAN_COMPLETE:
		return LOOK_REQUEST;
	case FCGI_SCAN_MORE:
		return LOOK_WAIT;
	case FCGI_SCAN_ROLE:
		refuse_role(conn, scan->request_id);
		break;
	case FCGI_SCAN_MALFORMED:
	case FCGI_SCAN_MANAGEMENT:
	case FCGI_SCAN_ABORTED:
		break;
	}
	if (result == FCGI_SCAN_MALFORMED && scan->limit == FCGI_SCAN_PAIRS)
		dropped_note(DROPPED_VARIABLES, FCGI_SCAN_PAIRS_MAX);
	else if (result == FCGI_SCAN_MALFORMED && scan->limit == FCGI_SCAN_BYTES)
		dropped_note(DROPPED_VARIABLE_BYTES, FCGI_SCAN_PARAMS_MAX_BYTES);
	log_debug("connection-closed", log_z("problem", problems[result]));
	return LOOK_CLOSE;
}

/* The first piece of a request has come: the clock runs. */
static void
start_deadline(const struct server *server, struct conn *conn)
{
	int64_t wait_ms =
	    conn->is_read_shut ? LAST_BYTES_MS : server->options->read_deadline_ms;

	if (atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed) == 0)
		atomic_store_explicit(
		    &conn->deadline_ms, clock_boot_ms() + wait_ms, memory_order_relaxed);
}

/*
 * No more will come than what is there: the bytes hide the end from recv(2).  What was on its way
 * when we shut the reading side ourselves may still arrive, unless the peer has gone altogether.
 */
static bool
is_all_there(const struct conn *conn)
{
	struct pollfd peer = { conn->fd, POLLRDHUP, 0 };

	return poll(&peer, 1, 0) == 1 &&
	       (peer.revents & (conn->is_read_shut ? POLLHUP | POLLERR : ~0)) != 0;
}

static enum peek
look_gathering(struct connection_thread *thread, struct conn *conn)
{
	struct partial_request *gather = conn->gather;

	return look_result(conn,
	    partial_request_read(gather, conn->fd, thread->look, sizeof(thread->look)),
	    &gather->scan);
}

enum peek
peek(struct connection_thread *thread, struct conn *conn, struct fcgi_scan *ret_scan)
{
	enum fcgi_scan_result result;
	size_t used;
	ssize_t n;

	if (conn->gather != NULL)
		return look_gathering(thread, conn);
	do {
		n = recv(conn->fd, thread->look, sizeof(thread->look), MSG_PEEK | MSG_DONTWAIT);
	} while (n == -1 && errno == EINTR);
	if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		/* A new connection owes a request; a kept one may idle. */
		if (!conn->has_answered)
			start_deadline(thread->server, conn);
		return LOOK_WAIT;
	}
	if (n <= 0)
		return LOOK_CLOSE;
	fcgi_scan_init(ret_scan);
	result = fcgi_scan_feed(ret_scan, thread->look, (size_t)n, &used);
	if (result != FCGI_SCAN_MORE) {
		/*
		 * More behind the end: libfcgi reads ahead and forgets it.  No web server sends
		 * the next request before it has the answer.
		 */
		if (used < (size_t)n)
			ret_scan->is_untidy = true;
		if (result == FCGI_SCAN_COMPLETE &&
		    fcgi_scan_is_aborted_by(ret_scan, thread->look + used, (size_t)n - used))
			result = FCGI_SCAN_ABORTED;
	}
	sodium_memzero(thread->look, (size_t)n); /* cookies, passwords */
	if (result != FCGI_SCAN_MORE)
		return look_result(conn, result, ret_scan);
	start_deadline(thread->server, conn);
	if ((size_t)n < sizeof(thread->look) && ++conn->n_looks < LOOKS_MAX &&
	    !is_all_there(conn))
		return LOOK_WAIT;
	/* This reads to the end, if it has come. */
	if ((conn->gather = partial_request_new()) == NULL)
		return LOOK_CLOSE;
	return look_gathering(thread, conn);
}
