/*
 * connection.h - what a worker does with one connection
 *
 * Purpose    When a whole request is there, have it answered; then wait for the next one, or
 *            close the connection.  When the worker ends, each connection goes to a successor,
 *            or the peer is let send no more and what it has sent is answered.
 * Calling    connection_new() and connection_adopt() for new ones; then connection_serve() for
 *            each event, connections_results() for those of the queues,
 *            connections_look() a few times per second, and connections_drain() while the worker
 *            ends.
 * Ownership  A descriptor is the connection's from connection_new() on.
 * Threads    That of the loop.
 */
#ifndef SERVER_CONNECTION_H
#define SERVER_CONNECTION_H

#include "server/server.h"

/*
 * One that has been accepted; its request may be there already.  False: no room; it is closed.
 * It is also closed, and that is no want of room, if it is one too many over TCP beside a unix socket.
 */
bool connection_new(struct server *server, int fd, const struct worker_listen *from);

/* A kept connection handed over by a predecessor.  False: no room; it is closed. */
bool connection_adopt(struct server *server, int fd);

/* Something has happened; the connection may be closed by now. */
void connection_serve(struct server *server, struct conn *conn);

/* The queues hand something back. */
void connections_results(struct server *server);

/*
 * End what is over its time: requests that do not become whole, jobs that wait in a queue, long
 * answers that nobody takes.
 */
void connections_look(struct server *server, int64_t now_ms);

/*
 * In any phase but running, now and then: all that are between two requests.  Those that have not
 * sent anything yet get a moment.
 */
void connections_drain(struct server *server);

/* At once; its job, if it has one, must not be in a queue. */
void connection_close(struct server *server, struct conn *conn);

#endif
