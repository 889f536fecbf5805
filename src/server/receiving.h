/*
 * receiving.h - from the bytes on a connection to a request
 *
 * Purpose    A request that comes in one piece, as nearly all do, is read with one call into the
 *            job at hand and parsed there.  What comes in pieces is gathered in memory and
 *            occupies nobody; when it is whole, libfcgi reads it.
 * Calling    When something may have arrived on a connection that has no job.
 */
#ifndef SERVER_RECEIVING_H
#define SERVER_RECEIVING_H

#include "server/server.h"

enum receiving {
	RECEIVED,        /* server->job has it, with its body; conn->will_keep is set */
	RECEIVING_WAITS, /* for more, until conn->deadline_ms if one is set */
	RECEIVING_PAUSE, /* more is there, and it is the turn of others */
	RECEIVING_ENDS,  /* the peer has gone, or what it sends is no request for us */
};

enum receiving receive(struct server *server, struct conn *conn);

/* Drop what has arrived: RECEIVING_ENDS when its peer has gone. */
enum receiving receive_nothing(struct server *server, struct conn *conn);

#endif
