/*
 * peek.h - what has arrived on a connection
 *
 * Purpose    Finds out whether a whole request is there without taking it: the bytes stay in
 *            the socket, where libfcgi reads them.  Only a request too long for one peek, or
 *            one that comes in many pieces, is gathered in memory instead.
 * Calling    peek() by the owner of the connection, when something may have arrived.
 * Ownership  Nothing changes hands; a gathered request is at conn->gather.
 * Threads    One per serve_thread, whose buffer it uses.
 */
#ifndef SERVER_PEEK_H
#define SERVER_PEEK_H

#include "server/connection.h"

enum peek {
	LOOK_REQUEST, /* a whole one is there */
	LOOK_WAIT,    /* for more, until conn->deadline_ms if one is set */
	LOOK_CLOSE,   /* the peer has gone, or what it sends is no request for us */
};

/*
 * LOOK_REQUEST: what it is, in conn->gather->scan if conn->gather is set, else in ret_scan.
 */
enum peek peek(struct connection_thread *thread, struct conn *conn, struct fcgi_scan *ret_scan);

#endif
