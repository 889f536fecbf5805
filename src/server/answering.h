/*
 * answering.h - from a request that has been read to the end of its answer
 *
 * Purpose    Have the application answer, at once or from a queue, and send what it says.  Where
 *            that takes too long a check is told so without waiting for it.
 * Calling    Each says what is to be done with the connection next.
 * Threads    That of the loop.
 */
#ifndef SERVER_ANSWERING_H
#define SERVER_ANSWERING_H

#include "server/server.h"

/* What is to be done with a connection. */
enum step {
	STEP_LOOK,   /* there may be something to do at once */
	STEP_WAIT,   /* for its peer */
	STEP_PAUSE,  /* there is something to do, and it is the turn of others */
	STEP_QUEUED, /* for the queue that has its job */
	STEP_DRAIN,  /* it has been answered, and the worker ends */
	STEP_CLOSE,
};

/* server->job has a request of this connection. */
enum step answering_start(struct server *server, struct conn *conn);

/*
 * The job, which the connection alone has, has its answer.  A long one stays with the connection,
 * and the rest of it is sent when its reader has taken some.
 */
enum step answering_deliver(struct server *server, struct conn *conn, struct job *job);

/* Send on, as much as is taken at once.  is_overdue: or close, if nothing is. */
enum step answering_go_on(struct server *server, struct conn *conn, bool is_overdue);

/*
 * A check whose job is in a queue, where a thread may be at it for longer: the door is closed
 * without it.  A peer that cannot even be told so finds no end of an answer, which closes it too.
 */
enum step answering_refuse(struct server *server, struct conn *conn);

/* What has come of a request in pieces. */
void answering_forget_partial(struct conn *conn);

#endif
