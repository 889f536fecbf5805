/*
 * serve.h - what a worker does with one connection
 *
 * Purpose    When a whole request is there (look.h), have it answered, and park or close the
 *            connection.  worker.h has the threads and the epoll set; intake.h and retire.h
 *            have the beginning and the end of connections.
 * Calling    By the owner of the connection (conn_table.h); ownership is given up in every
 *            case.
 * Threads    struct server is shared; each thread of the fast lane has its serve_thread.
 */
#ifndef GATEWAY_SERVE_H
#define GATEWAY_SERVE_H

#include "gateway/worker.h"

/* A request longer than this is gathered in pieces; nearly all are 1 to 2 KiB. */
#define SERVE_LOOK_BYTES (32 * 1024)

enum serve_phase {
	SERVE_RUNNING,
	SERVE_STOPPING, /* answer what has been accepted, then nothing */
	SERVE_RETIRING, /* the same, but kept connections go to the successors */
};

/* Where a request goes that must not be answered at once. */
enum serve_lane {
	SERVE_LANE_WAIT, /* flushes */
	SERVE_LANE_HASH, /* password hashes: nothing else ever waits behind one */
	SERVE_LANE_LONG, /* what takes long, and much memory: one at a time */
	SERVE_N_LANES
};

struct server {
	const struct gateway_app *app;
	const struct worker_options *options;
	int epoll_fd;
	struct conn_table table;
	struct lane lanes[SERVE_N_LANES];
	_Atomic(struct job *) hashed; /* jobs whose hash is over, the last one first */
	int hashed_fd;                /* readable when there are some */
	struct sender_budget budget;  /* of long answers */
	_Atomic int phase;            /* enum serve_phase */
};

struct serve_thread {
	struct server *server;
	struct job *job; /* an empty one at hand */
	int memory_fd;   /* where libfcgi reads gathered requests from; -1: not made yet */
	pthread_t id;
	uint8_t look[SERVE_LOOK_BYTES];
};

/* Something may have arrived, or the connection is new. */
void serve_connection(struct serve_thread *thread, struct conn *conn);

/* The same by a thread that has other things to do as a rule. */
void serve_in_passing(struct server *server, struct conn *conn);

/* The lanes of a server whose app and options are set.  0 or negative errno. */
int serve_lanes_init(struct server *server);

/* When nothing is in them. */
void serve_lanes_fini(struct server *server);

/* A job of each lane (struct lane_spec.run). */
void serve_job(void *server, struct job *job);
void serve_hash(void *server, struct job *job);
void serve_long(void *server, struct job *job);

/* Go on with those whose hash is over: how many there were. */
unsigned serve_hashed(struct server *server);

/* It waited too long in that lane: 503. */
void serve_job_expired(struct server *server, const struct lane *lane, struct job *job);

/* End it without an answer: the connection is closed. */
void serve_drop(struct server *server, struct job *job);

/* The connection's time is over: close it, unless its reader has just taken some more. */
void serve_overdue(struct server *server, struct conn *conn);

/* Have it wait for its peer, in the epoll set; look if something has happened meanwhile. */
void serve_let_go(struct server *server, struct conn *conn);

#endif
