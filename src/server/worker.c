/* worker.c - see worker.h */
#include "server/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "server/accepting.h"
#include "server/connection.h"

/* So that a burst costs fewer calls. */
#define EVENTS_MAX 64

/* More descriptors than this are no use to one process. */
#define CONNECTIONS_MAX 65536

/* Between two looks at what has waited too long; and when the worker ends. */
#define LOOK_MS   250
#define ENDING_MS 10

/* The application's tick() may take long, so it has a thread of its own. */
struct ticker {
	pthread_t id;
	bool is_started, is_told_to_end;
	_Atomic bool should_leave; /* it said so */
	_Atomic bool has_ended;
	pthread_mutex_t lock; /* of is_told_to_end */
	pthread_cond_t end;
};

struct worker_options
worker_options_of(const struct settings *settings)
{
	struct worker_options options = {
		.n_listen = 1,
		.listen = { { .fd = -1 } },
		.handover_fds = { -1, -1 },
		.ready_fd = -1,
		.parent_fd = -1,
		.tick_ms = 1000,
	};

	if (settings != NULL)
		options.settings = *settings;
	else
		settings_init(&options.settings);
	return options;
}

struct worker {
	struct server server;
	struct accepting accepting;
	struct ticker ticker;
	int signal_fd, timer_fd;
	int64_t end_ms; /* then what still runs is cut off */
	bool has_left;  /* because tick() said so */
};

/* ------------------------------------------------------------------------ tick() */

/* False: it is time to end. */
static bool
ticker_wait(struct ticker *ticker, int64_t ms)
{
	struct timespec until;
	bool is_time;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_mutex_lock(&ticker->lock);
	while (!ticker->is_told_to_end && r == 0)
		r = pthread_cond_timedwait(&ticker->end, &ticker->lock, &until);
	is_time = !ticker->is_told_to_end;
	pthread_mutex_unlock(&ticker->lock);
	return is_time;
}

static void *
ticker_main(void *arg)
{
	struct worker *worker = arg;
	const struct handler *app = worker->server.app;
	const struct worker_options *options = worker->server.options;

	while (ticker_wait(&worker->ticker, options->tick_ms))
		worker->ticker.should_leave =
		    app->tick(app->arg) && clock_boot_ms() >= options->may_leave_ms;
	worker->ticker.has_ended = true;
	return NULL;
}

static int
ticker_start(struct worker *worker)
{
	struct ticker *ticker = &worker->ticker;
	pthread_condattr_t attr;

	ticker->has_ended = true;
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ticker->end, &attr);
	pthread_condattr_destroy(&attr);
	if (worker->server.app->tick == NULL)
		return 0;
	ticker->has_ended = false;
	ticker->is_started = true;
	return -pthread_create(&ticker->id, NULL, ticker_main, worker);
}

static void
ticker_end(struct ticker *ticker)
{
	pthread_mutex_lock(&ticker->lock);
	ticker->is_told_to_end = true;
	pthread_mutex_unlock(&ticker->lock);
	pthread_cond_signal(&ticker->end);
}

/* --------------------------------------------------------------------------- phases */

static void
set_timer(struct worker *worker, int64_t ms)
{
	struct timespec interval = { ms / 1000, ms % 1000 * 1000000 };

	(void)timerfd_settime(worker->timer_fd, 0,
	    &(struct itimerspec){ .it_interval = interval, .it_value = interval }, NULL);
}

static void
begin_to_end(struct worker *worker, enum server_phase phase)
{
	struct server *server = &worker->server;
	int parent_fd = server->options->parent_fd;

	log_info("worker-ends",
	    log_z("phase", phase == SERVER_STOPPING ? "stopping" : "retiring"),
	    log_i("connections", server->n_open));
	server->phase = phase;
	worker->end_ms = clock_boot_ms() + server->options->settings.stop_deadline_ms;
	/* A dead supervisor is an event for ever. */
	if (parent_fd != -1)
		(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, parent_fd, NULL);
	ticker_end(&worker->ticker);
	/* When retiring, the successors take what waits. */
	if (phase == SERVER_STOPPING)
		accepting_drain(&worker->accepting);
	accepting_stop(&worker->accepting);
	set_timer(worker, ENDING_MS);
	connections_drain(server);
}

static void
change_phase(struct worker *worker, enum server_phase phase)
{
	if (worker->server.phase == SERVER_RUNNING && phase != SERVER_RUNNING)
		begin_to_end(worker, phase);
	else if (phase == SERVER_STOPPING)
		worker->server.phase = phase; /* while retiring */
}

static enum server_phase
phase_asked_for(struct worker *worker)
{
	struct signalfd_siginfo info;
	enum server_phase phase = SERVER_RUNNING;

	while (read(worker->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGUSR2)
			phase = phase == SERVER_RUNNING ? SERVER_RETIRING : phase;
		else
			phase = SERVER_STOPPING;
	}
	return phase;
}

/* A few times per second, and more often when the worker ends. */
static void
look(struct worker *worker)
{
	int64_t now_ms = clock_boot_ms();
	uint64_t unused;

	(void)!read(worker->timer_fd, &unused, sizeof(unused));
	if (worker->ticker.should_leave && worker->server.phase == SERVER_RUNNING) {
		worker->has_left = true;
		change_phase(worker, SERVER_STOPPING);
	}
	if (worker->server.phase != SERVER_RUNNING)
		connections_drain(&worker->server);
	connections_look(&worker->server, now_ms);
	accepting_look(&worker->accepting, now_ms);
}

/* ----------------------------------------------------------------------------- the loop */

static void
take(struct worker *worker, const struct epoll_event *event)
{
	switch (event->data.u64) {
	case TOKEN_HANDOVER:
		accepting_take(&worker->accepting, TOKEN_HANDOVER);
		break;
	case TOKEN_RESULTS:
		connections_results(&worker->server);
		break;
	case TOKEN_SIGNAL:
		change_phase(worker, phase_asked_for(worker));
		break;
	case TOKEN_PARENT: /* the supervisor is dead */
		change_phase(worker, SERVER_STOPPING);
		break;
	case TOKEN_TIMER:
		look(worker);
		break;
	default:
		if (event->data.u64 < N_TOKENS)
			accepting_take(&worker->accepting, (enum server_token)event->data.u64);
		else
			connection_serve(&worker->server, event->data.ptr);
	}
}

static bool
is_over(const struct worker *worker)
{
	if (worker->server.phase == SERVER_RUNNING)
		return false;
	return (worker->server.n_open == 0 && worker->ticker.has_ended) ||
	       clock_boot_ms() >= worker->end_ms;
}

static void
serve(struct worker *worker)
{
	struct epoll_event events[EVENTS_MAX];

	while (!is_over(worker)) {
		int n = epoll_wait(worker->server.epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++)
			take(worker, &events[i]);
	}
}

/* As many descriptors as we may have. */
static unsigned
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
	return limit.rlim_cur < CONNECTIONS_MAX ? (unsigned)limit.rlim_cur : CONNECTIONS_MAX;
}

static int
block_signals(struct worker *worker)
{
	sigset_t signals;

	/* Blocked in all threads, read by the loop; libfcgi's handlers never run. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR2);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN); /* for the supervisor */
	(void)signal(SIGUSR1, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1 ||
	    (worker->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK)) == -1 ||
	    (worker->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) ==
		-1)
		return -errno;
	return 0;
}

static int
start(struct worker *worker, const struct handler *app, const struct worker_options *options)
{
	struct server *server = &worker->server;
	int r;

	if ((r = server_init(server, app, options, descriptor_limit())) != 0 ||
	    (r = block_signals(worker)) != 0 ||
	    (r = server_poll(server, worker->signal_fd, 0, TOKEN_SIGNAL)) != 0 ||
	    (r = server_poll(server, worker->timer_fd, 0, TOKEN_TIMER)) != 0 ||
	    (options->parent_fd != -1 &&
		(r = server_poll(server, options->parent_fd, 0, TOKEN_PARENT)) != 0) ||
	    (r = accepting_start(&worker->accepting, server)) != 0)
		return r;
	set_timer(worker, options->tick_ms < LOOK_MS ? options->tick_ms : LOOK_MS);
	return ticker_start(worker);
}

static void
worker_free(struct worker *worker)
{
	if (worker->ticker.is_started)
		(void)pthread_join(worker->ticker.id, NULL);
	server_fini(&worker->server);
	(void)close(worker->signal_fd);
	(void)close(worker->timer_fd);
	free(worker);
}

int
worker_run(const struct handler *app, const struct worker_options *options, struct err *err)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r, left;

	if (worker == NULL)
		return -ENOMEM;
	if ((r = start(worker, app, options)) != 0) /* the process ends */
		return err_set(err, r, "cannot start a worker: %s", strerror(-r));
	log_started();
	if (options->ready_fd != -1 && write(options->ready_fd, "", 1) != 1)
		log_warn("worker", log_z("problem", "the supervisor does not listen"));
	serve(worker);
	left = worker->has_left ? WORKER_E_LEFT : 0;
	/* What a thread still runs when the time is up ends with the process. */
	if (worker->server.n_open != 0 || !worker->ticker.has_ended) {
		log_warn("worker-cut-off", log_z("problem", "not all ended in time"),
		    log_i("connections", worker->server.n_open),
		    log_z("of", "--stop-deadline"));
		if (worker->ticker.is_started)
			(void)pthread_detach(worker->ticker.id);
		return left | WORKER_E_CUT;
	}
	worker_free(worker);
	return left;
}
