/* worker.c - see worker.h */
#include "server/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/intake.h"
#include "server/drain.h"
#include "server/timeouts.h"

/* A few, so that a burst costs fewer calls, and no more, so that they do not wait long. */
#define EVENTS_MAX 4

/* More descriptors than this are no use to one process, and the table has room for each. */
#define CONNECTIONS_MAX 65536

#define TICK_MS 250

/* Beside those of intake.h. */
#define TOKEN_WAKE   UINT64_C(0x8000000000000003)
#define TOKEN_HASHED UINT64_C(0x8000000000000004)

struct worker {
	struct server server;
	struct intake intake;
	struct connection_thread **threads;
	unsigned n_threads;
	int wake_fd; /* readable when the threads shall end */
	int signal_fd;
	bool has_left; /* because tick() said so */
};

static void *
thread_main(void *arg)
{
	struct connection_thread *thread = arg;
	struct worker *worker = (struct worker *)thread->server; /* its first member */
	struct epoll_event events[EVENTS_MAX];

	for (;;) {
		int n = epoll_wait(worker->server.epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			struct conn *conn;

			switch (events[i].data.u64) {
			case TOKEN_WAKE:
				return NULL;
			case INTAKE_TOKEN_LISTEN:
			case INTAKE_TOKEN_HANDOVER:
				intake_take(&worker->intake, thread, events[i].data.u64);
				break;
			case TOKEN_HASHED:
				(void)connection_hashed(&worker->server);
				break;
			default:
				conn = conn_claim(&worker->server.table, events[i].data.u64);
				if (conn != NULL)
					connection_serve(thread, conn);
			}
		}
	}
}

static void
begin_to_end(struct worker *worker, enum connection_phase phase)
{
	struct server *server = &worker->server;

	log_info("worker-ends",
	    log_z("phase", phase == SERVE_STOPPING ? "stopping" : "retiring"),
	    log_i("connections", atomic_load(&server->table.n_open)));
	atomic_store(&server->phase, phase);
	intake_stop(&worker->intake);
	/* When retiring, the successors take what waits. */
	if (phase == SERVE_STOPPING)
		intake_drain(&worker->intake, worker->threads[worker->n_threads]);
}

static enum connection_phase
phase_asked_for(struct worker *worker)
{
	struct signalfd_siginfo info;
	enum connection_phase phase = SERVE_RUNNING;

	while (read(worker->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR2)
			phase = phase == SERVE_RUNNING ? SERVE_RETIRING : phase;
		else
			phase = SERVE_STOPPING;
	}
	return phase;
}

/* The main thread: signals and housekeeping, until everything is done. */
static void
housekeep(struct worker *worker)
{
	const struct worker_options *options = worker->server.options;
	const struct handler *app = worker->server.app;
	int64_t app_tick_ms = clock_boot_ms(), end_ms = INT64_MAX;
	const int pause_ms = options->tick_ms < TICK_MS ? (int)options->tick_ms : TICK_MS;
	bool is_closed = false; /* then no connection comes any more */
	bool should_leave = false;

	for (;;) {
		bool is_ending = worker->server.phase != SERVE_RUNNING;
		/* A dead supervisor is readable for ever. */
		struct pollfd fds[2] = { { worker->signal_fd, POLLIN, 0 },
			{ is_ending ? -1 : options->parent_fd, POLLIN, 0 } };
		enum connection_phase phase = SERVE_RUNNING;
		int64_t now_ms;

		(void)poll(fds, 2, is_ending ? 10 : pause_ms);
		if (fds[0].revents != 0)
			phase = phase_asked_for(worker);
		if (!is_ending && fds[1].revents != 0)
			phase = SERVE_STOPPING; /* the supervisor is dead */
		now_ms = clock_boot_ms();
		if (should_leave && !is_ending) {
			worker->has_left = true;
			phase = SERVE_STOPPING;
		}
		if (phase != SERVE_RUNNING && !is_ending) {
			end_ms = now_ms + options->stop_deadline_ms;
			begin_to_end(worker, phase);
		} else if (phase == SERVE_STOPPING) {
			worker->server.phase = phase; /* while retiring */
		}
		if (worker->server.phase != SERVE_RUNNING) {
			is_closed = intake_close(&worker->intake);
			drain_all(&worker->server);
		}
		timeouts_look(&worker->server, now_ms);
		intake_resume(&worker->intake, now_ms);
		intake_look(&worker->intake, worker->threads[worker->n_threads]);
		if (app->tick != NULL && now_ms >= app_tick_ms) {
			should_leave = app->tick(app->arg) && now_ms >= options->may_leave_ms;
			app_tick_ms = now_ms + options->tick_ms;
		}
		if ((is_closed && atomic_load(&worker->server.table.n_open) == 0) ||
		    now_ms >= end_ms)
			return;
	}
}

static struct connection_thread *
thread_new(struct server *server)
{
	struct connection_thread *thread = calloc(1, sizeof(*thread));

	if (thread == NULL)
		return NULL;
	thread->server = server;
	thread->memory_fd = -1;
	if ((thread->job = job_new()) == NULL) {
		free(thread);
		return NULL;
	}
	return thread;
}

static void
thread_free(struct connection_thread *thread)
{
	if (thread == NULL)
		return;
	job_free(thread->job);
	if (thread->memory_fd != -1)
		(void)close(thread->memory_fd);
	free(thread);
}

/* Their number, and one more for the main thread's own use. */
static int
threads_start(struct worker *worker, struct err *err)
{
	unsigned n = worker->server.options->n_threads;

	if ((worker->threads = calloc(n + 1, sizeof(worker->threads[0]))) == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i <= n; i++)
		if ((worker->threads[i] = thread_new(&worker->server)) == NULL)
			return -ENOMEM;
	for (; worker->n_threads < n; worker->n_threads++) {
		struct connection_thread *thread = worker->threads[worker->n_threads];
		int r = pthread_create(&thread->id, NULL, thread_main, thread);

		if (r != 0)
			return err_set(err, -r, "cannot start a thread: %s", strerror(r));
	}
	return 0;
}

static void
threads_end(struct worker *worker)
{
	uint64_t one = 1;

	if (write(worker->wake_fd, &one, sizeof(one)) != sizeof(one))
		return;
	for (unsigned i = 0; i < worker->n_threads; i++)
		(void)pthread_join(worker->threads[i]->id, NULL);
}

/* As many descriptors as we may have. */
static int
descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return 1024;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur < CONNECTIONS_MAX ? (int)limit.rlim_cur : CONNECTIONS_MAX;
}

static int
start(struct worker *worker, struct err *err)
{
	struct server *server = &worker->server;
	struct epoll_event wake = { .events = EPOLLIN, .data.u64 = TOKEN_WAKE };
	/* One thread at a time is woken for it. */
	struct epoll_event hashed = { .events = EPOLLIN | EPOLLET, .data.u64 = TOKEN_HASHED };
	sigset_t signals;
	int r;

	if ((r = conn_table_init(&server->table, descriptor_limit())) != 0 ||
	    (r = connection_queues_init(server)) != 0)
		return r;
	/* Blocked in all threads, read here; libfcgi's handlers never run. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR2);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* for the supervisor */
	(void)signal(SIGUSR1, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    (worker->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) == -1 ||
	    (worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    (server->epoll_fd = epoll_create1(EPOLL_CLOEXEC)) == -1)
		return err_set(err, -errno, "cannot start a worker: %s", strerror(errno));
	if (epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &wake) == -1 ||
	    epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->hashed_fd, &hashed) == -1)
		r = -errno;
	if (r != 0 || (r = intake_start(&worker->intake, server)) != 0)
		return err_set(err, r, "cannot start a worker: %s", strerror(-r));
	return threads_start(worker, err);
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		(void)close(fd);
}

static void
worker_free(struct worker *worker)
{
	if (worker->threads != NULL)
		for (unsigned i = 0; i <= worker->server.options->n_threads; i++)
			thread_free(worker->threads[i]);
	free(worker->threads);
	conn_table_fini(&worker->server.table);
	close_if_open(worker->server.epoll_fd);
	close_if_open(worker->wake_fd);
	close_if_open(worker->signal_fd);
	free(worker);
}

int
worker_run(const struct handler *app, const struct worker_options *options, struct err *err)
{
	struct worker *worker;
	int r, left;

	if ((worker = calloc(1, sizeof(*worker))) == NULL)
		return -ENOMEM;
	worker->server.app = app;
	worker->server.options = options;
	worker->server.epoll_fd = worker->wake_fd = worker->signal_fd = -1;
	if ((r = start(worker, err)) != 0)
		return r; /* the process ends */
	log_started();
	if (options->ready_fd != -1 && write(options->ready_fd, "", 1) != 1)
		log_warn("worker", log_z("problem", "the supervisor does not listen"));
	housekeep(worker);
	left = worker->has_left ? WORKER_E_LEFT : 0;
	/* What a lane still runs when the time is up ends with the process. */
	if (atomic_load(&worker->server.table.n_open) != 0) {
		log_warn("worker-cut-off", log_z("problem", "not all ended in time"),
		    log_i("connections", atomic_load(&worker->server.table.n_open)),
		    log_z("of", "--stop-deadline"));
		return left | WORKER_E_CUT;
	}
	threads_end(worker);
	connection_queues_fini(&worker->server);
	worker_free(worker);
	return left;
}
