/* queues.c - see queues.h */
#include "server/queues.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"

static enum queue_kind
queue_for(enum handler_next why)
{
	return why == HANDLER_HASH ? QUEUE_HASH : why == HANDLER_LONG ? QUEUE_LONG : QUEUE_WAIT;
}

void
queues_refuse(struct server *server, struct job *job, const char *problem, const char *what)
{
	log_lasting_warn("overload", log_z("problem", problem), log_z("for", what));
	txn_refuse(&job->txn, server->app, 503);
}

bool
queues_push(struct server *server, struct job *job, enum handler_next why)
{
	enum queue_kind where = queue_for(why);
	struct work_queue *queue = &server->queues[where];
	bool has_waited = job->hash_end_ms != 0;

	job->queue = queue;
	if (where == QUEUE_HASH && !has_waited)
		job->hash_end_ms = clock_boot_ms() + queue->spec.wait_ms;
	txn_moved_away();
	/* Whoever has waited for a hash is not sent away for want of room. */
	if (has_waited ? work_queue_push_on(queue, job) : work_queue_push(queue, job))
		return true;
	txn_move_here(&job->txn);
	queues_refuse(server, job, "too many requests wait", queue->spec.name);
	return false;
}

/* ------------------------------------------------------------ threads of the queues */

/*
 * Has the web server given up while the request waited?  It closes the connection, or sends
 * FCGI_ABORT_REQUEST; either way something arrives that no sound web server sends now, but with
 * a check, whose body nobody reads.
 */
static bool
is_given_up(const struct job *job)
{
	const struct conn *conn = job->conn;
	struct pollfd peer = { conn->fd, 0, 0 };
	char c;

	if (job->is_answered)
		return true;
	/* We ended this direction ourselves: its end says nothing about the peer. */
	if (conn->is_read_shut)
		return poll(&peer, 1, 0) == 1;
	if (conn->peer_may_go_on) {
		peer.events = POLLRDHUP;
		return poll(&peer, 1, 0) == 1;
	}
	return recv(conn->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != -1 || errno != EAGAIN;
}

/* Somebody waits for it still, and not too long.  Else job->result says so. */
static bool
is_wanted(struct job *job)
{
	/* What a hash has told is to be remembered, though this check is over. */
	if (is_given_up(job) && !(job->is_answered && hasher_has_run(&job->txn.hashes)))
		job->result = JOB_GIVEN_UP;
	else if (clock_boot_ms() - job->pushed_ms > job->queue->spec.wait_ms)
		job->result = JOB_LATE;
	else
		return true;
	return false;
}

/*
 * Without a lock: a thread of the least priority that held one would make others wait.  Nobody reads
 * results_fd: each write is an event, and it never has too many.
 */
static void
hand_back(struct server *server, struct job *job)
{
	uint64_t one = 1;

	job->next = atomic_load(&server->results);
	while (!atomic_compare_exchange_weak(&server->results, &job->next, job))
		;
	(void)!write(server->results_fd, &one, sizeof(one));
}

/* Once more, where it may do more. */
static void
handle_again(struct server *server, struct job *job, struct handler_permit permit)
{
	txn_move_here(&job->txn);
	job->why = txn_handle(&job->txn, server->app, permit);
	job->result = job->why == HANDLER_ANSWERED ? JOB_ANSWERED : JOB_MOVES;
	txn_moved_away();
}

static void
run_waiting(void *arg, struct job *job)
{
	if (is_wanted(job))
		handle_again(arg, job, TXN_MAY_WAIT(&job->txn));
	hand_back(arg, job);
}

static void
run_long(void *arg, struct job *job)
{
	struct server *server = arg;

	/* Not to build what could not be kept. */
	if (is_wanted(job)) {
		if (sender_budget_is_used_up(&server->budget))
			job->result = JOB_NO_MEMORY;
		else
			handle_again(server, job, TXN_MAY_BE_LONG(&job->txn));
	}
	hand_back(server, job);
}

/*
 * The hash alone, or nothing if it is too late.  This thread has no priority: it holds no lock,
 * and starts no thread, that one with a priority would have to wait for.
 */
static void
run_hash(void *arg, struct job *job)
{
	int64_t left_ms = job->hash_end_ms - clock_boot_ms();
	/* Without patience: at once, or not at all. */
	bool is_late = left_ms <= 0 && job->queue->spec.wait_ms > 0;

	job->result = JOB_MOVES;
	job->why = HANDLER_WAIT;
	if (is_given_up(job))
		job->result = JOB_GIVEN_UP;
	else if (!is_late)
		hasher_run(&job->txn.hashes, left_ms > 0 ? (unsigned)left_ms : 0);
	if (job->result == JOB_MOVES && hasher_is_pending(&job->txn.hashes))
		job->result = JOB_LATE;
	hand_back(arg, job);
}

/* --------------------------------------------------------------- the thread of the loop */

/* False: it is in another queue. */
static bool
is_back(struct server *server, struct job *job)
{
	txn_move_here(&job->txn);
	switch (job->result) {
	case JOB_MOVES:
		return !queues_push(server, job, job->why);
	case JOB_LATE:
		queues_refuse(server, job, "waited too long", job->queue->spec.name);
		break;
	case JOB_NO_MEMORY:
		queues_refuse(server, job, "too many long answers wait",
		    "their readers (--answer-memory, --write-deadline)");
		break;
	case JOB_ANSWERED:
	case JOB_GIVEN_UP:
		break;
	}
	txn_moved_away();
	return true;
}

struct job *
queues_results(struct server *server)
{
	struct job *job = atomic_exchange(&server->results, NULL), *reversed = NULL;
	struct job *first = NULL, **last = &first;

	/* The last one is on top. */
	while (job != NULL) {
		struct job *next = job->next;

		job->next = reversed;
		reversed = job;
		job = next;
	}
	while ((job = reversed) != NULL) {
		reversed = job->next;
		job->next = NULL;
		if (is_back(server, job)) {
			*last = job;
			last = &job->next;
		}
	}
	return first;
}

struct job *
queues_next_expired(struct server *server, int64_t now_ms)
{
	for (unsigned i = 0; i < N_QUEUES; i++) {
		struct job *job = work_queue_take_expired(&server->queues[i], now_ms);

		if (job != NULL) {
			job->result = JOB_LATE;
			(void)is_back(server, job);
			return job;
		}
	}
	return NULL;
}

int
queues_init(struct server *server)
{
	const struct worker_options *options = server->options;
	const struct handler *app = server->app;
	const struct work_queue_spec specs[N_QUEUES] = {
		[QUEUE_WAIT] = { .name = "the disk (--slow-waiting, --slow-wait)",
		    .n_threads_max = options->settings.n_slow_threads,
		    .n_waiting_max = options->settings.n_slow_waiting,
		    .wait_ms = options->settings.slow_wait_ms,
		    .run = run_waiting,
		    .arg = server },
		/* As many threads as may hash at once: the others would only wait for them. */
		[QUEUE_HASH] = { .name = "a password hash (--hash-waiting, --hash-wait)",
		    .n_threads_max = app->n_hashes_at_once > 0 ? app->n_hashes_at_once : 1,
		    .n_waiting_max = options->settings.n_hash_waiting,
		    .wait_ms = app->hash_wait_ms,
		    .has_no_priority = true,
		    .run = run_hash,
		    .arg = server },
		/* One thread: so what it builds is in memory once, beside what waits for readers. */
		[QUEUE_LONG] = { .name = "a list (--slow-waiting, --slow-wait)",
		    .n_threads_max = 1,
		    .n_waiting_max = options->settings.n_slow_waiting,
		    .wait_ms = options->settings.slow_wait_ms,
		    .run = run_long,
		    .arg = server },
	};
	int r = 0;

	if ((server->results_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1)
		return -errno;
	for (unsigned i = 0; i < N_QUEUES && r == 0; i++)
		r = work_queue_init(&server->queues[i], &specs[i]);
	return r == 0 ? server_poll(server, server->results_fd, EPOLLET, TOKEN_RESULTS) : r;
}

void
queues_fini(struct server *server)
{
	if (server->results_fd == -1)
		return;
	for (unsigned i = 0; i < N_QUEUES; i++)
		work_queue_fini(&server->queues[i]);
	(void)close(server->results_fd);
	server->results_fd = -1;
}
