/* plain.c - see plain.h */
#include "server/plain.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/txn.h"
#include "fcgi/record.h"
#include "server/restart_request.h"

#define TICK_MS 1000

struct plain {
	const struct handler *app;
	const struct worker_options *options;
	_Atomic bool is_ending;
	_Atomic unsigned n_busy;
};

static void
serve_one(struct plain *plain, struct fcgi_stream *conn, struct txn *txn)
{
	int role = conn->request.role;
	bool is_over_limit = false;
	int r;

	buf_clear(&txn->body);
	/* An authorizer is sent no body (FastCGI 1.0 section 6.3): there is no end to wait for. */
	if ((role != FCGI_SCAN_ROLE_AUTHORIZER &&
		fcgi_stream_read_body(
		    conn, REQUEST_BODY_MAX_BYTES, &txn->body, &is_over_limit) != 0) ||
	    txn_begin(txn, fcgi_stream_params(conn)) != 0) {
		fcgi_stream_plain_end(conn, false);
		return;
	}
	txn_body_done(txn, buf_str(&txn->body), is_over_limit);
	if (role == FCGI_SCAN_ROLE_RESPONDER)
		(void)txn_handle(txn, plain->app, TRIP_MAY_ALL);
	else
		txn_refuse(txn, plain->app, 501);
	r = fcgi_stream_plain_answer(conn, txn_answer(txn));
	txn_end(txn, r == 0);
	/* Of the other roles it is not sure where the next request begins. */
	fcgi_stream_plain_end(conn, r == 0 && role == FCGI_SCAN_ROLE_RESPONDER);
}

static void *
thread_main(void *arg)
{
	struct plain *plain = arg;
	struct txn txn;
	struct fcgi_stream conn;

	txn_init(&txn);
	fcgi_stream_plain_init(&conn, plain->options->listen_fd);
	while (!plain->is_ending) {
		struct pollfd ready = { plain->options->listen_fd, POLLIN, 0 };

		/* Reads on while the connection is kept, else accepts; nobody there: EAGAIN. */
		if (fcgi_stream_plain_accept(&conn) != 0) {
			(void)poll(&ready, 1, TICK_MS);
			continue;
		}
		atomic_fetch_add(&plain->n_busy, 1);
		serve_one(plain, &conn, &txn);
		atomic_fetch_sub(&plain->n_busy, 1);
	}
	txn_fini(&txn);
	return NULL;
}

static void
housekeep(struct plain *plain, int signal_fd)
{
	int64_t end_ms;

	for (;;) {
		struct pollfd fds[2] = { { signal_fd, POLLIN, 0 },
			{ plain->options->parent_fd, POLLIN, 0 } };

		if (poll(fds, 2, TICK_MS) > 0)
			break;
		if (plain->app->tick != NULL && plain->app->tick(plain->app->arg))
			restart_request_send(plain->options->parent_fd);
	}
	plain->is_ending = true;
	end_ms = clock_boot_ms() + plain->options->stop_deadline_ms;
	while (plain->n_busy > 0 && clock_boot_ms() < end_ms)
		(void)poll(NULL, 0, 10);
}

int
plain_run(const struct handler *app, const struct worker_options *options, struct err *err)
{
	/* The threads outlive this call: they end with the process. */
	static struct plain plain;
	unsigned n = options->n_threads + options->n_slow_threads;
	sigset_t signals;
	int signal_fd;

	plain.app = app;
	plain.options = options;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR2);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    (signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) == -1)
		return err_set(err, -errno, "cannot start a worker: %s", strerror(errno));
	for (unsigned i = 0; i < n; i++) {
		pthread_t id;
		int r = pthread_create(&id, NULL, thread_main, &plain);

		if (r != 0)
			return err_set(err, -r, "cannot start a thread: %s", strerror(r));
		(void)pthread_detach(id);
	}
	log_started();
	if (options->ready_fd != -1 && write(options->ready_fd, "", 1) != 1)
		log_warn("worker", log_z("problem", "the supervisor does not listen"));
	housekeep(&plain, signal_fd);
	(void)close(signal_fd);
	return 0;
}
