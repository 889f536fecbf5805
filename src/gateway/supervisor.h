/*
 * supervisor.h - the process that keeps the workers alive
 *
 * Purpose    Forks the workers, restarts what dies, stops and reloads.  It serves no request
 *            and touches neither the session table nor the journal.
 * Calling    supervisor_run(), single-threaded; it returns when everything has ended.  Signals:
 *            SIGTERM, SIGINT: stop; SIGHUP: take new settings.  When a worker wishes so
 *            (wish.h), all of them end, and then new ones begin.
 * Errors     The exit status of the program, see enum supervisor_exit.
 */
#ifndef GATEWAY_SUPERVISOR_H
#define GATEWAY_SUPERVISOR_H

#include "gateway/listen.h"
#include "gateway/worker.h"

enum supervisor_exit {
	SUPERVISOR_EXIT_OK = 0,
	SUPERVISOR_EXIT_FAILURE = 1,
	SUPERVISOR_EXIT_USAGE = 2,
	SUPERVISOR_EXIT_CONFIG = 78, /* EX_CONFIG of sysexits.h */
};

struct supervisor_settings {
	unsigned n_workers;
	struct worker_options worker; /* without the descriptors */
	/* Workers that keep wishing for new ones get them not more often than that. */
	int64_t renewal_pause_ms;
};

struct supervisor_ops {
	/*
	 * In a process of its own before the first worker: what has to be done once per start.
	 * A failure ends the program.  NULL: nothing.
	 */
	int (*prepare)(void *arg, struct err *err);

	/*
	 * In a new worker: make the application.  On failure the worker ends; -EINVAL means
	 * that the settings are wrong and trying again is of no use.
	 */
	int (*start)(void *arg, struct gateway_app *ret_app, struct err *err);

	/* In a worker that took the place of one that died, after start().  NULL: nothing. */
	void (*replaced)(void *arg);

	/* In a worker that ends in good order. */
	void (*stop)(void *arg);

	/*
	 * In the supervisor, at SIGHUP: read the settings again, for workers started from now
	 * on.  On failure everything stays as it was.
	 */
	int (*reload)(void *arg, struct supervisor_settings *ret_settings, struct err *err);

	void *arg;
};

int supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_socket *listen_socket);

#endif
