/*
 * intake.h - how connections come into a worker
 *
 * Purpose    Accepts new connections and adopts kept ones from predecessors, unless the worker
 *            ends; leaves them to others for a moment when descriptors or memory run short.
 * Calling    intake_start(); intake_take() for every event of its tokens; intake_resume() now
 *            and then.  At the end intake_stop(), intake_drain() if nobody else is there to
 *            take what waits, and intake_close() until it is true.
 * Ownership  intake_close() closes the listening socket; of the others it closes none.
 * Errors     Negative errno from intake_start().
 * Threads    intake_take() from all threads; the others from the main thread.
 */
#ifndef SERVER_INTAKE_H
#define SERVER_INTAKE_H

#include "server/connection.h"

/* What epoll carries for its descriptors; tokens of connections are below 2^63. */
#define INTAKE_TOKEN_LISTEN   UINT64_C(0x8000000000000001)
#define INTAKE_TOKEN_HANDOVER UINT64_C(0x8000000000000002)

/* At a time, so that those who have connected before do not wait long. */
#define INTAKE_ACCEPTS_MAX 8

struct intake {
	struct server *server;
	bool is_tcp;
	bool is_closed;       /* main thread only */
	_Atomic int n_taking; /* threads between a new descriptor and its place in the table */
	_Atomic int64_t paused_until_ms; /* 0: accepting */
};

/* Into the epoll set of the server with the descriptors its options name. */
int intake_start(struct intake *intake, struct server *server);

/* Something has come for that token; in any phase but running it is left alone. */
void intake_take(struct intake *intake, struct connection_thread *thread, uint64_t token);

/* Accept again if a pause is over. */
void intake_resume(struct intake *intake, int64_t now_ms);

/*
 * Now and then, from the main thread: a connection wakes one worker, and if that one has just begun
 * to end it is left to the others, whom nothing has woken.
 */
void intake_look(struct intake *intake, struct connection_thread *thread);

/* Out of the epoll set: intake_take() is called no more, but for calls under way. */
void intake_stop(struct intake *intake);

/* Take what waits: in the backlog, and from predecessors. */
void intake_drain(struct intake *intake, struct connection_thread *thread);

/*
 * Close the listening socket.  A worker that ends holds it no longer than it must: as long as
 * one process has it open, it looks served to the next start of the program.  False: a thread
 * is just taking something; call again.
 */
bool intake_close(struct intake *intake);

#endif
