/*
 * accepting.h - how connections come into a worker
 *
 * Purpose    Accepts new connections and adopts kept ones from predecessors, unless the worker
 *            ends; leaves them to others for a moment when descriptors or memory run short.
 * Calling    accepting_start(); accepting_take() for every event of its tokens;
 *            accepting_look() now and then.  At the end accepting_stop(), and accepting_drain()
 *            before it if nobody else is there to take what waits.
 * Ownership  accepting_stop() closes the listening sockets; of the others it closes none.
 * Errors     Negative errno from accepting_start().
 */
#ifndef SERVER_ACCEPTING_H
#define SERVER_ACCEPTING_H

#include "server/server.h"

/* At a time, so that those who have connected before do not wait long. */
#define ACCEPTING_MAX 8

struct accepting {
	struct server *server;
	int64_t paused_until_ms; /* 0: accepting */
};

/* Into the epoll set of the server with the descriptors its options name. */
int accepting_start(struct accepting *accepting, struct server *server);

/* Something has come for that token. */
void accepting_take(struct accepting *accepting, unsigned token);

/*
 * Accept again if a pause is over.  And a connection wakes one worker: if that one has just begun
 * to end it is left to the others, whom nothing has woken.
 */
void accepting_look(struct accepting *accepting, int64_t now_ms);

/* Take what waits: in the backlog, and from predecessors. */
void accepting_drain(struct accepting *accepting);

/*
 * accepting_take() is called no more.  A worker that ends holds a listening socket no longer than
 * it must: as long as one process has it open, it looks served to the next start of the program.
 */
void accepting_stop(struct accepting *accepting);

#endif
