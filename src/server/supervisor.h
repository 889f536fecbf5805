/*
 * supervisor.h - the process that keeps the workers alive
 *
 * Purpose    Forks the workers, restarts what dies, stops and reloads.  It serves no request
 *            and touches neither the session table nor the journal.
 * Calling    supervisor_run(), single-threaded; it returns when everything has ended.  Signals:
 *            SIGTERM, SIGINT: stop; SIGHUP: become the program on the disk, if that would serve
 *            (candidate.h, takeover.h).  When a worker ends because what it has open is not what
 *            others would find, all of them end, and then new ones begin.  A unix socket whose path
 *            was removed is made again.
 * Errors     The exit status of the program, see enum supervisor_exit.
 */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include "server/listen.h"
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
	struct listen_options listen; /* to make a removed socket again; address NULL: never */
	const char *log_path; /* what standard error is, opened again at SIGHUP; or NULL */
};

/* Of the settings; without log_path. */
struct supervisor_settings supervisor_settings_of(const struct settings *settings);

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

/* takeover: of the program whose place this one took; NULL: this is a start. */
int supervisor_run(const struct supervisor_ops *ops, const struct supervisor_settings *settings,
    struct listen_socket *listen_socket, const struct takeover *takeover);

#endif
