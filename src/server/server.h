/*
 * server.h - what the files that serve connections share
 *
 * Purpose    One thread, that of the loop (worker.h), owns all connections of a worker, and is
 *            the only one that touches this.  Threads of the queues get a job, and hand it back.
 *            accepting.h has the beginning of connections, connection.h what happens to them,
 *            receiving.h their requests, queues.h what must not be answered at once.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "fcgi/partial_request.h"
#include "server/work_queue.h"
#include "server/worker.h"

/* What the epoll set carries for descriptors that are no connections, in place of a pointer. */
enum server_token {
	TOKEN_HANDOVER = 1,
	TOKEN_RESULTS, /* of the queues */
	TOKEN_SIGNAL,
	TOKEN_PARENT,
	TOKEN_TIMER,
	TOKEN_LISTEN, /* the first of them; one for each */
	N_TOKENS = TOKEN_LISTEN + LISTEN_MAX
};

enum server_phase {
	SERVER_RUNNING,
	SERVER_STOPPING, /* answer what has been accepted, then nothing */
	SERVER_RETIRING, /* the same, but kept connections go to the successors */
};

/* Where a request goes that must not be answered at once. */
enum queue_kind {
	QUEUE_WAIT, /* flushes */
	QUEUE_HASH, /* password hashes: nothing else ever waits behind one */
	QUEUE_LONG, /* what takes long, and much memory: one at a time */
	N_QUEUES
};

struct conn {
	int fd;              /* -1: closed */
	uint32_t polled;     /* what the epoll set has it for; 0: it is not in */
	bool is_tcp;         /* any local user can connect so */
	bool is_for_checks;  /* of the role AUTHORIZER alone */
	bool has_answered;   /* a kept connection: between two requests it may idle for ever */
	bool will_keep;      /* after the answer at hand */
	bool peer_may_go_on; /* with a request that is answered already: a check */
	bool is_lingering;   /* closed for its peer, who may be sending still */
	bool is_read_shut;   /* we let the peer send no more: the worker ends */
	bool has_news;       /* something has happened while its job was in a queue */
	bool is_sending;     /* the answer of its job, bit by bit */
	int64_t deadline_ms; /* on the boot clock; 0: none */
	struct job *job;     /* NULL, or in a queue, or is_sending */
	struct partial_request *partial; /* NULL, or what has come of a request in pieces */
	struct conn *previous, *next;    /* of those that are open; next alone: of the others */
};

struct server {
	const struct handler *app;
	const struct worker_options *options;
	int epoll_fd;
	enum server_phase phase;

	struct conn *open;   /* connections, the last one first */
	struct conn *closed; /* memory for others: an event under way may still point there */
	unsigned n_open, n_open_max;
	unsigned n_for_checks; /* of them */

	struct job *job; /* for the request at hand; what must wait takes it along */
	int memory_fd;   /* where libfcgi reads requests from; -1: not made yet */

	struct work_queue queues[N_QUEUES];
	_Atomic(struct job *) results; /* jobs that the queues hand back, the last one first */
	int results_fd;                /* an event for each */
	struct sender_budget budget;   /* of long answers */
};

/* With its epoll set and queues.  0 or negative errno; server_fini() in both cases. */
int server_init(struct server *server, const struct handler *app,
    const struct worker_options *options, unsigned n_open_max);

/* Connections that are still open are closed; no job may be in a queue. */
void server_fini(struct server *server);

/* Into the epoll set, for EPOLLIN and these.  0 or negative errno. */
int server_poll(struct server *server, int fd, uint32_t events, unsigned token);

#endif
