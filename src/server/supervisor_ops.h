/*
 * supervisor_ops.h - what the supervisor and its processes are told by the program
 *
 * Purpose    The functions they call, the settings they heed, and the statuses they end with.
 */
#ifndef SERVER_SUPERVISOR_OPS_H
#define SERVER_SUPERVISOR_OPS_H

#include "server/listen_set.h"
#include "server/takeover.h"
#include "server/worker.h"

enum supervisor_exit {
	SUPERVISOR_EXIT_OK = 0,
	SUPERVISOR_EXIT_FAILURE = 1,
	SUPERVISOR_EXIT_USAGE = 2,
	SUPERVISOR_EXIT_CONFIG = 78, /* EX_CONFIG of sysexits.h */
};

struct supervisor_settings {
	unsigned n_workers;
	struct worker_options worker; /* without the descriptors */
	int64_t restart_pause_ms;     /* workers do not make all restart more often than that */
	int64_t kill_after_ms;        /* what a worker may take beyond its own deadline */
	int64_t trial_ms; /* in which the program on the disk has to show that it would serve */
	struct listen_options listen; /* to make a removed socket again */
	const char *log_path; /* what standard error is, opened again at SIGHUP; or NULL */
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
	int (*start)(void *arg, struct handler *ret_app, struct err *err);

	/* In a worker that took the place of one that died, after start().  NULL: nothing. */
	void (*replaced)(void *arg);

	/* In a worker that ends in good order. */
	void (*stop)(void *arg);

	/*
	 * In the supervisor, at SIGHUP: note what the next program has to know beside what the
	 * supervisor itself notes, and open the file of it.  0 or negative errno with a message.
	 */
	int (*record)(void *arg, struct takeover *takeover, struct err *err);

	/*
	 * Execute the program that record() has opened, which finds the record at record_fd: as
	 * a trial in a child, or in place of the supervisor.  It returns only on failure:
	 * negative errno and a message, and everything is as it was.
	 */
	int (*become)(void *arg, const struct takeover *takeover, int record_fd, bool is_trial,
	    struct err *err);

	void *arg;
};

#endif
