/*
 * stream.h - libfcgi on a connection that is ours
 *
 * Purpose    The only file that touches libfcgi.  Left alone, libfcgi owns the connection: a
 *            kept one holds its thread while it is idle, and each one that is closed costs a
 *            shutdown, a poll and a drain.  So libfcgi is lent a descriptor that we accepted,
 *            with the whole request in it (see record.h), and gives it back.
 * Source     libfcgi 2.4.2 and later, fcgiapp.c.  FCGX_Request's members below its comment
 *            "Don't use anything below here" are used here and nowhere else: ipcFd and
 *            keepConnection.  configure looks for them; fcgi_stream_self_check() sees at start
 *            whether they still mean what they did.
 * Calling    fcgi_stream_init() once; then for each request fcgi_stream_accept(),
 *            fcgi_stream_read_body(), perhaps fcgi_stream_answer(), and fcgi_stream_end().
 * Ownership  The descriptor stays the caller's, unless a function says that it is closed.
 * Errors     Negative errno: the connection is of no use any more.
 * Threads    A connection belongs to one thread at a time.
 */
#ifndef FCGI_STREAM_H
#define FCGI_STREAM_H

#include <stdbool.h>
#include <fcgiapp.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

struct fcgi_stream {
	FCGX_Request request;
	int fd; /* where the answer goes; -1 between requests */
};

/*
 * libfcgi's own start, once per process.  It installs handlers for SIGPIPE, SIGUSR1 and
 * SIGTERM: the caller sets its own ones afterwards.
 */
int fcgi_stream_library_init(struct err *err);

/* 0: libfcgi does as this file needs.  Else the reason, and versions that do, in err. */
int fcgi_stream_self_check(struct err *err);

void fcgi_stream_init(struct fcgi_stream *conn);

/*
 * Let libfcgi read the head of one request from from_fd, which holds it whole: the connection
 * itself, or a file with the same bytes.  The answer will go to fd.  On failure from_fd has
 * been closed.
 */
int fcgi_stream_accept(struct fcgi_stream *conn, int fd, int from_fd);

/* What its records carry. */
uint16_t fcgi_stream_request_id(const struct fcgi_stream *conn);

/* The variables: borrowed, until fcgi_stream_end(). */
const char *const *fcgi_stream_params(const struct fcgi_stream *conn);

/*
 * The body rule: read the body to its end, and keep at most max_bytes of it in body (whose
 * content is replaced).  Bytes beyond are read and dropped, and ret_is_over_limit says so.
 */
int fcgi_stream_read_body(
    struct fcgi_stream *conn, size_t max_bytes, struct buf *body, bool *ret_is_over_limit);

/*
 * Send the answer and the end of the request: one write(2) for up to 8 KiB.  When a write
 * fails, nothing more is sent (a truncated answer must not look complete): the descriptor is
 * of no use then.
 */
int fcgi_stream_answer(struct fcgi_stream *conn, struct str answer);

/* Forget the request, answered or not. */
void fcgi_stream_end(struct fcgi_stream *conn);

#endif
