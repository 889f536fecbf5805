/*
 * connection.h - what a worker does with one connection
 *
 * Purpose    When a whole request is there (peek.h), have it answered, and park or close the
 *            connection.  worker.h has the threads and the epoll set; intake.h and drain.h
 *            have the beginning and the end of connections.
 * Calling    By the owner of the connection (conn_table.h); ownership is given up in every
 *            case.
 * Threads    struct server is shared; each thread of the fast lane has its serve_thread.
 */
#ifndef SERVER_CONNECTION_H
#define SERVER_CONNECTION_H

#include "server/worker.h"

/* A request longer than this is gathered in pieces; nearly all are 1 to 2 KiB. */
#define SERVE_LOOK_BYTES (32 * 1024)

enum connection_phase {
	SERVE_RUNNING,
	SERVE_STOPPING, /* answer what has been accepted, then nothing */
	SERVE_RETIRING, /* the same, but kept connections go to the successors */
};

/* Where a request goes that must not be answered at once. */
enum queue_kind {
	QUEUE_WAIT, /* flushes */
	QUEUE_HASH, /* password hashes: nothing else ever waits behind one */
	QUEUE_LONG, /* what takes long, and much memory: one at a time */
	N_QUEUES
};

struct server {
	const struct handler *app;
	const struct worker_options *options;
	int epoll_fd;
	struct conn_table table;
	struct work_queue lanes[N_QUEUES];
	_Atomic(struct job *) hashed; /* jobs whose hash is over, the last one first */
	int hashed_fd;                /* readable when there are some */
	struct sender_budget budget;  /* of long answers */
	_Atomic int phase;            /* enum connection_phase */
};

struct connection_thread {
	struct server *server;
	struct job *job; /* an empty one at hand */
	int memory_fd;   /* where libfcgi reads gathered requests from; -1: not made yet */
	pthread_t id;
	uint8_t look[SERVE_LOOK_BYTES];
};

/* Something may have arrived, or the connection is new. */
void connection_serve(struct connection_thread *thread, struct conn *conn);

/* The same by a thread that has other things to do as a rule. */
void connection_in_passing(struct server *server, struct conn *conn);

/* The lanes of a server whose app and options are set.  0 or negative errno. */
int connection_queues_init(struct server *server);

/* When nothing is in them. */
void connection_queues_fini(struct server *server);

/* A job of each lane (struct work_queue_spec.run). */
void connection_job(void *server, struct job *job);
void connection_hash(void *server, struct job *job);
void connection_long(void *server, struct job *job);

/* Go on with those whose hash is over: how many there were. */
unsigned connection_hashed(struct server *server);

/* It waited too long in that lane: 503. */
void connection_job_expired(
    struct server *server, const struct work_queue *lane, struct job *job);

/* End it without an answer: the connection is closed. */
void connection_drop(struct server *server, struct job *job);

/* The connection's time is over: close it, unless its reader has just taken some more. */
void connection_overdue(struct server *server, struct conn *conn);

/* Have it wait for its peer, in the epoll set; look if something has happened meanwhile. */
void connection_let_go(struct server *server, struct conn *conn);

#endif
