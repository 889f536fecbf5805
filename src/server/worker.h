/*
 * worker.h - one process that serves FastCGI connections
 *
 * Purpose    One thread waits on one epoll set that holds the listening socket and all
 *            connections, and takes what is ready, one request at a time per connection.
 *            Idle kept connections occupy nobody; a request that has not arrived whole
 *            occupies nobody; what has to wait goes to the threads of a queue (queues.h).  More
 *            processors are for more workers.
 * Calling    worker_run() in a process of its own, single-threaded until then, after
 *            fcgi_stream_library_init().  It returns when told to end by a signal:
 *            SIGTERM or SIGINT: stop; what has been accepted is answered.
 *            SIGUSR2: retire; idle kept connections are handed to the successors.
 *            Or because the application's tick() said so: then as by SIGTERM.
 * Units      Milliseconds where the name says _ms.
 * Errors     Negative errno when it cannot start.  Else the sum of enum worker_end, which says
 *            how it ended.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "conf/settings.h"
#include "core/err.h"
#include "server/handler.h"
#include "server/listen_set.h"

struct worker_listen {
	int fd; /* non-blocking */
	bool is_tcp;
	bool is_for_checks; /* of the role AUTHORIZER alone: listen_set.h */
};

struct worker_options {
	struct worker_listen listen[LISTEN_MAX];
	unsigned n_listen;
	int handover_fds[2]; /* a pair of sockets: [0] to receive from, [1] to send to; or -1 */
	int ready_fd;        /* gets one byte when the worker serves; -1: nobody asks */
	int parent_fd;       /* readable when the supervisor is gone; -1: there is none */
	struct settings settings;
	int64_t tick_ms;      /* between two calls of the application's tick() */
	int64_t may_leave_ms; /* when tick() may end it, not before, on the boot clock */
};

/* Without descriptors.  NULL: the defaults of the settings. */
struct worker_options worker_options_of(const struct settings *settings);

enum worker_end {
	/*
	 * The time to stop is over, and threads still run with what the application has open:
	 * the process must end without closing it.
	 */
	WORKER_E_CUT = 1,
	WORKER_E_LEFT = 2, /* tick() said so */
};

int worker_run(
    const struct handler *app, const struct worker_options *options, struct err *err);

#endif
