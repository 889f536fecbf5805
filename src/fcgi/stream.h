/*
 * stream.h - libfcgi reads a request that we have in a file
 *
 * Purpose    The only file that touches libfcgi.  Left alone, libfcgi owns the connection: a
 *            kept one holds its thread while it is idle, and each one that is closed costs a
 *            shutdown, a poll and a drain.  So libfcgi is lent a descriptor with the whole
 *            request in it (see record.h, partial_request.h), and gives it back.
 * Source     libfcgi 2.4.2 and later, fcgiapp.c.  FCGX_Request's members below its comment
 *            "Don't use anything below here" are used here and nowhere else: ipcFd and
 *            keepConnection.  configure looks for them; fcgi_stream_self_check() sees at start
 *            whether they still mean what they did.
 * Calling    For each request fcgi_stream_accept(), fcgi_stream_read_body() and
 *            fcgi_stream_end().
 * Ownership  The descriptor stays the caller's, unless a function says that it is closed.
 * Errors     Negative errno: it cannot be read.
 * Threads    A request belongs to one thread at a time.
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
};

/*
 * libfcgi's own start, once per process.  It installs handlers for SIGPIPE, SIGUSR1 and
 * SIGTERM: the caller sets its own ones afterwards.
 */
int fcgi_stream_library_init(struct err *err);

/* 0: libfcgi does as this file needs.  Else the reason, and versions that do, in err. */
int fcgi_stream_self_check(struct err *err);

/* Let libfcgi read the head of one request from fd, which holds it whole.  On failure fd is closed. */
int fcgi_stream_accept(struct fcgi_stream *stream, int fd);

/* The variables: borrowed, until fcgi_stream_end(). */
const char *const *fcgi_stream_params(const struct fcgi_stream *stream);

/*
 * The body rule: read the body to its end, and keep at most max_bytes of it in body (whose
 * content is replaced).  Bytes beyond are read and dropped, and ret_is_over_limit says so.
 */
int fcgi_stream_read_body(
    struct fcgi_stream *stream, size_t max_bytes, struct buf *body, bool *ret_is_over_limit);

/* Forget the request. */
void fcgi_stream_end(struct fcgi_stream *stream);

#endif
