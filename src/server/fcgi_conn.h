/*
 * fcgi_conn.h - libfcgi on a connection that is ours
 *
 * Purpose    The only file that touches libfcgi.  Left alone, libfcgi owns the connection: a
 *            kept one holds its thread while it is idle, and each one that is closed costs a
 *            shutdown, a poll and a drain.  So libfcgi is lent a descriptor that we accepted,
 *            with the whole request in it (see fcgi_scan.h), and gives it back.
 * Source     libfcgi 2.4.2 and later, fcgiapp.c.  FCGX_Request's members below its comment
 *            "Don't use anything below here" are used here and nowhere else: ipcFd and
 *            keepConnection.  configure looks for them; fcgi_conn_self_check() sees at start
 *            whether they still mean what they did.  Where they do not, worker.h goes on with
 *            the documented functions alone (fcgi_conn_plain_*).
 * Calling    fcgi_conn_init() once; then for each request fcgi_conn_accept(),
 *            fcgi_conn_read_body(), perhaps fcgi_conn_answer(), and fcgi_conn_end().
 * Ownership  The descriptor stays the caller's, unless a function says that it is closed.
 * Errors     Negative errno: the connection is of no use any more.
 * Threads    A connection belongs to one thread at a time.
 */
#ifndef SERVER_FCGI_CONN_H
#define SERVER_FCGI_CONN_H

#include <stdbool.h>
#include <fcgiapp.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

struct fcgi_conn {
	FCGX_Request request;
	int fd; /* where the answer goes; -1 between requests */
};

/*
 * libfcgi's own start, once per process.  It installs handlers for SIGPIPE, SIGUSR1 and
 * SIGTERM: the caller sets its own ones afterwards.
 */
int fcgi_conn_library_init(struct err *err);

/* 0: libfcgi does as this file needs.  Else -ENOTSUP and the reason in err. */
int fcgi_conn_self_check(struct err *err);

void fcgi_conn_init(struct fcgi_conn *conn);

/*
 * Let libfcgi read the head of one request from from_fd, which holds it whole: the connection
 * itself, or a file with the same bytes.  The answer will go to fd.  On failure from_fd has
 * been closed.
 */
int fcgi_conn_accept(struct fcgi_conn *conn, int fd, int from_fd);

/* What its records carry. */
uint16_t fcgi_conn_request_id(const struct fcgi_conn *conn);

/* The variables: borrowed, until fcgi_conn_end(). */
const char *const *fcgi_conn_params(const struct fcgi_conn *conn);

/*
 * The body rule: read the body to its end, and keep at most max_bytes of it in body (whose
 * content is replaced).  Bytes beyond are read and dropped, and ret_is_over_limit says so.
 */
int fcgi_conn_read_body(
    struct fcgi_conn *conn, size_t max_bytes, struct buf *body, bool *ret_is_over_limit);

/*
 * Send the answer and the end of the request: one write(2) for up to 8 KiB.  When a write
 * fails, nothing more is sent (a truncated answer must not look complete): the descriptor is
 * of no use then.
 */
int fcgi_conn_answer(struct fcgi_conn *conn, struct str answer);

/* Forget the request, answered or not. */
void fcgi_conn_end(struct fcgi_conn *conn);

/*
 * The same with libfcgi's documented functions alone: it accepts from listen_fd, and closes the
 * connection or keeps it and reads on.
 */
void fcgi_conn_plain_init(struct fcgi_conn *conn, int listen_fd);
int fcgi_conn_plain_accept(struct fcgi_conn *conn);
int fcgi_conn_plain_answer(struct fcgi_conn *conn, struct str answer);

/* is_sound: the request was read to its end and answered; else the connection is closed. */
void fcgi_conn_plain_end(struct fcgi_conn *conn, bool is_sound);

#endif
