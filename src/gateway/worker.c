/* worker.c - see worker.h */
#include "gateway/worker.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "gateway/handover.h"
#include "gateway/plain.h"
#include "gateway/serve.h"

/* A few, so that a burst costs fewer calls, and no more, so that they do not wait long. */
#define EVENTS_MAX 4

/* More descriptors than this are no use to one process, and the table has room for each. */
#define CONNECTIONS_MAX 65536

#define TICK_MS     250
#define APP_TICK_MS 1000

/* After accept() failed for want of descriptors or memory. */
#define ACCEPT_PAUSE_MS 100

/* A connection without a byte when the worker is told to stop: its request is on the way. */
#define STOP_FIRST_BYTE_MS 500

/* Tokens of what is no connection; those of connections are below 2^63. */
#define TOKEN_LISTEN   UINT64_C(0x8000000000000001)
#define TOKEN_HANDOVER UINT64_C(0x8000000000000002)
#define TOKEN_WAKE     UINT64_C(0x8000000000000003)

struct worker {
	struct server server;
	struct serve_thread **threads;
	unsigned n_threads;
	int wake_fd; /* readable when the threads shall end */
	int signal_fd;
	bool is_tcp;
	bool is_listen_closed; /* main thread only */
	_Atomic int n_taking;  /* threads between a new descriptor and its place in the table */
	_Atomic bool is_told_about_pause;
	_Atomic int64_t accept_paused_until_ms; /* 0: accepting */
};

static int
poll_add(struct worker *worker, int fd, uint32_t events, uint64_t token)
{
	struct epoll_event event = { .events = events, .data.u64 = token };

	return epoll_ctl(worker->server.epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1 ? -errno : 0;
}

/* EPOLLEXCLUSIVE: a new connection wakes one worker, not all. */
static int
accept_start(struct worker *worker)
{
	return poll_add(
	    worker, worker->server.options->listen_fd, EPOLLIN | EPOLLEXCLUSIVE, TOKEN_LISTEN);
}

static void
accept_end(struct worker *worker)
{
	(void)epoll_ctl(
	    worker->server.epoll_fd, EPOLL_CTL_DEL, worker->server.options->listen_fd, NULL);
}

/*
 * No descriptor or no memory: leave new connections in the backlog, or to other workers, for a
 * moment.  Left in the epoll set, the socket would wake us again and again.
 */
static void
accept_pause(struct worker *worker, int error)
{
	accept_end(worker);
	if (atomic_exchange(
		&worker->accept_paused_until_ms, clock_boot_ms() + ACCEPT_PAUSE_MS) == 0 &&
	    !worker->is_told_about_pause) {
		worker->is_told_about_pause = true;
		log_error("accept", log_z("problem", strerror(error)),
		    log_i("connections", atomic_load(&worker->server.table.n_open)),
		    log_z("hint", "raise the limit of open files (ulimit -n, LimitNOFILE=)"));
	}
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Accept one connection and look at it.  False: none there. */
static bool
accept_one(struct worker *worker, struct serve_thread *thread)
{
	struct conn *conn;
	int fd = accept4(
	    worker->server.options->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1) {
		if (is_shortage(errno))
			accept_pause(worker, errno);
		/* Others: another worker was faster, or the peer has gone again. */
		return errno == EINTR || errno == ECONNABORTED;
	}
	if (worker->is_tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if ((conn = conn_open(&worker->server.table, fd)) == NULL) {
		(void)close(fd);
		accept_pause(worker, EMFILE);
		return false;
	}
	serve_connection(thread, conn);
	return true;
}

static void
adopt_all(struct worker *worker)
{
	int fd;

	while ((fd = handover_receive(worker->server.options->handover_fds[0])) != -1)
		(void)serve_adopt(&worker->server, fd);
}

/*
 * Take new connections, unless this worker ends.  The process must not end while a
 * descriptor is on its way to the table: hence the count, raised before the phase is read.
 */
static void
take(struct worker *worker, struct serve_thread *thread, uint64_t token)
{
	atomic_fetch_add(&worker->n_taking, 1);
	if (atomic_load(&worker->server.phase) == SERVE_RUNNING) {
		if (token == TOKEN_LISTEN)
			(void)accept_one(worker, thread);
		else
			adopt_all(worker);
	}
	atomic_fetch_sub(&worker->n_taking, 1);
}

static bool
is_done(struct worker *worker)
{
	/* In this order: nobody begins to take any more, so none can appear in between. */
	return atomic_load(&worker->n_taking) == 0 &&
	       atomic_load(&worker->server.table.n_open) == 0;
}

static void *
thread_main(void *arg)
{
	struct serve_thread *thread = arg;
	struct worker *worker = (struct worker *)thread->server; /* its first member */
	struct epoll_event events[EVENTS_MAX];

	for (;;) {
		int n = epoll_wait(worker->server.epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			struct conn *conn;

			switch (events[i].data.u64) {
			case TOKEN_WAKE:
				return NULL;
			case TOKEN_LISTEN:
			case TOKEN_HANDOVER:
				take(worker, thread, events[i].data.u64);
				break;
			default:
				conn = conn_claim(&worker->server.table, events[i].data.u64);
				if (conn != NULL)
					serve_connection(thread, conn);
			}
		}
	}
}

static void
close_overdue(struct server *server, int64_t now_ms)
{
	int n_used = atomic_load(&server->table.n_used);

	for (int fd = 0; fd < n_used; fd++) {
		struct conn *conn = atomic_load(&server->table.slots[fd]);
		int64_t deadline_ms;

		if (conn == NULL)
			continue;
		deadline_ms = atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed);
		if (deadline_ms == 0 || now_ms <= deadline_ms ||
		    (conn = conn_claim_idle(&server->table, fd)) == NULL)
			continue;
		/* Look again, now that nobody else can change it. */
		deadline_ms = atomic_load_explicit(&conn->deadline_ms, memory_order_relaxed);
		if (deadline_ms != 0 && now_ms > deadline_ms) {
			log_debug(
			    "connection-closed", log_z("problem", "request not whole in time"));
			conn_close(&server->table, conn, true);
		} else {
			serve_let_go(server, conn);
		}
	}
}

static void
tick(struct worker *worker, int64_t now_ms)
{
	struct server *server = &worker->server;
	int64_t paused_ms = atomic_load(&worker->accept_paused_until_ms);
	struct job *job;

	close_overdue(server, now_ms);
	serve_expire_watches(server, now_ms);
	while ((job = lane_take_expired(
		    &server->lane, now_ms - server->options->slow_wait_ms)) != NULL) {
		if (job->stage == JOB_HANDLE)
			serve_job_expired(server, job);
		else
			serve_drop(server, job);
	}
	if (paused_ms != 0 && now_ms >= paused_ms && server->phase == SERVE_RUNNING) {
		atomic_store(&worker->accept_paused_until_ms, 0);
		(void)accept_start(worker);
	} else if (paused_ms == 0) {
		worker->is_told_about_pause = false;
	}
}

/* Connections that have not sent anything get a moment; idle kept ones go at once. */
static void
retire_connections(struct server *server)
{
	int n_used = atomic_load(&server->table.n_used);
	int64_t soon_ms = clock_boot_ms() + STOP_FIRST_BYTE_MS;

	for (int fd = 0; fd < n_used; fd++) {
		struct conn *conn = conn_claim_idle(&server->table, fd);

		if (conn == NULL)
			continue;
		if (conn->has_answered && conn->deadline_ms == 0) {
			serve_retire(server, conn);
		} else {
			if (conn->n_looks == 0 && conn->gather == NULL &&
			    (conn->deadline_ms == 0 || conn->deadline_ms > soon_ms))
				conn->deadline_ms = soon_ms;
			serve_let_go(server, conn);
		}
	}
}

static void
begin_to_end(struct worker *worker, enum serve_phase phase)
{
	struct server *server = &worker->server;

	log_info("worker-ends",
	    log_z("phase", phase == SERVE_STOPPING ? "stopping" : "retiring"),
	    log_i("connections", atomic_load(&server->table.n_open)));
	atomic_store(&server->phase, phase);
	accept_end(worker);
	if (server->options->handover_fds[0] != -1)
		(void)epoll_ctl(
		    server->epoll_fd, EPOLL_CTL_DEL, server->options->handover_fds[0], NULL);
	if (phase == SERVE_STOPPING) {
		/*
		 * Nobody else will take what waits in the backlog.  The supervisor has unlinked
		 * the socket, so it ends; an inherited one is left to its owner after as many
		 * as a backlog holds.
		 */
		struct serve_thread *thread = worker->threads[worker->n_threads];

		for (int i = 0; i < 4096 && accept_one(worker, thread); i++)
			;
		/* Nor what a predecessor has handed over a moment ago. */
		if (server->options->handover_fds[0] != -1)
			adopt_all(worker);
	}
}

/*
 * A worker that ends holds the socket no longer than it must: as long as one process has it
 * open, it looks served to the next start of the program.
 */
static void
close_listen_fd(struct worker *worker)
{
	if (worker->is_listen_closed || atomic_load(&worker->n_taking) != 0)
		return;
	(void)close(worker->server.options->listen_fd);
	worker->is_listen_closed = true;
}

static enum serve_phase
phase_asked_for(struct worker *worker)
{
	struct signalfd_siginfo info;
	enum serve_phase phase = SERVE_RUNNING;

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
	const struct gateway_app *app = worker->server.app;
	int64_t app_tick_ms = clock_boot_ms(), end_ms = INT64_MAX;

	for (;;) {
		bool is_ending = worker->server.phase != SERVE_RUNNING;
		/* A dead supervisor is readable for ever. */
		struct pollfd fds[2] = { { worker->signal_fd, POLLIN, 0 },
			{ is_ending ? -1 : options->parent_fd, POLLIN, 0 } };
		enum serve_phase phase = SERVE_RUNNING;
		int64_t now_ms;

		(void)poll(fds, 2, is_ending ? 10 : TICK_MS);
		if (fds[0].revents != 0)
			phase = phase_asked_for(worker);
		if (!is_ending && fds[1].revents != 0)
			phase = SERVE_STOPPING; /* the supervisor is dead */
		now_ms = clock_boot_ms();
		if (phase != SERVE_RUNNING && !is_ending) {
			end_ms = now_ms + options->stop_deadline_ms;
			begin_to_end(worker, phase);
		} else if (phase == SERVE_STOPPING) {
			worker->server.phase = phase; /* while retiring */
		}
		/* Again and again: a thread may park one at this very moment. */
		if (worker->server.phase != SERVE_RUNNING) {
			close_listen_fd(worker);
			retire_connections(&worker->server);
		}
		tick(worker, now_ms);
		if (app->tick != NULL && now_ms >= app_tick_ms) {
			app->tick(app->arg);
			app_tick_ms = now_ms + APP_TICK_MS;
		}
		if (worker->server.phase != SERVE_RUNNING &&
		    (is_done(worker) || now_ms >= end_ms))
			return;
	}
}

static struct serve_thread *
thread_new(struct server *server)
{
	struct serve_thread *thread = calloc(1, sizeof(*thread));

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
thread_free(struct serve_thread *thread)
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
		struct serve_thread *thread = worker->threads[worker->n_threads];
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

static bool
is_tcp(int fd)
{
	int domain = AF_UNIX;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain != AF_UNIX;
}

static int
start(struct worker *worker, struct err *err)
{
	struct server *server = &worker->server;
	const struct worker_options *options = server->options;
	sigset_t signals;
	int r;

	if ((r = conn_table_init(&server->table, descriptor_limit())) != 0 ||
	    (r = lane_init(&server->lane, options->n_slow_threads, options->n_slow_waiting,
		 serve_job, server)) != 0)
		return r;
	pthread_mutex_init(&server->watch_lock, NULL);
	worker->is_tcp = is_tcp(options->listen_fd);
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
	if ((r = poll_add(worker, worker->wake_fd, EPOLLIN, TOKEN_WAKE)) != 0 ||
	    (r = accept_start(worker)) != 0 ||
	    (options->handover_fds[0] != -1 &&
		(r = poll_add(worker, options->handover_fds[0], EPOLLIN | EPOLLEXCLUSIVE,
		     TOKEN_HANDOVER)) != 0))
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
worker_run(const struct gateway_app *app, const struct worker_options *options, struct err *err)
{
	struct worker *worker;
	int r;

	if (options->is_plain)
		return plain_run(app, options, err);
	if ((worker = calloc(1, sizeof(*worker))) == NULL)
		return -ENOMEM;
	worker->server.app = app;
	worker->server.options = options;
	worker->server.epoll_fd = worker->wake_fd = worker->signal_fd = -1;
	if ((r = start(worker, err)) != 0)
		return r; /* the process ends */
	if (options->ready_fd != -1 && write(options->ready_fd, "", 1) != 1)
		log_warn("worker", log_z("problem", "the supervisor does not listen"));
	housekeep(worker);
	/* What the slow lane still runs when the time is up ends with the process. */
	if (atomic_load(&worker->server.table.n_open) != 0)
		return 0;
	threads_end(worker);
	lane_fini(&worker->server.lane);
	worker_free(worker);
	return 0;
}
