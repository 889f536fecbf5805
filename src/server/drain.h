/*
 * drain.h - connections when a worker ends, and when its successor begins
 *
 * Purpose    A web server may use a kept connection at any moment, so none is closed under a
 *            request: it goes to a successor, or the peer is let send no more and what it has
 *            sent is answered.
 * Calling    drain_all() again and again while the worker ends: a thread may let go of a
 *            connection at any moment.  drain_adopt() for what a predecessor sent.
 * Ownership  Ownership of the connection is given up in every case; so is that of an adopted
 *            descriptor.
 * Threads    drain_all() from the main thread, the others from all.
 */
#ifndef SERVER_DRAIN_H
#define SERVER_DRAIN_H

#include "server/connection.h"

/* One that has been answered: close it or hand it over, according to the phase. */
void drain_connection(struct server *server, struct conn *conn);

/* All that are idle.  Those that have not sent anything yet get a moment. */
void drain_all(struct server *server);

/* A kept connection handed over by a predecessor.  False: no room; it is closed. */
bool drain_adopt(struct server *server, int fd);

#endif
