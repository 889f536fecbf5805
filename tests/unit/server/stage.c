/* stage.c - see stage.h */
#include "unit/server/stage.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "server/connection.h"
#include "server/queues.h"
#include "unit/server/peer.h"
#include "unit/tmp.h"
#include "unit/unit.h"

struct stage_counts *stage_counts;
struct stage stage;

static struct admission admission;

void
stage_open_admission(void)
{
	tmp_make();
	ck_assert_int_eq(admission_open(&admission, tmp_fd, tmp_path, 1, 0, NULL), 0);
}

void
stage_hold_hashes(struct admission_ticket *ret_ticket)
{
	ck_assert_int_eq(admission_enter(&admission, ret_ticket), 0);
}

void
stage_let_hash(struct admission_ticket ticket)
{
	admission_leave(&admission, ticket);
}

unsigned
stage_n_waiting_to_hash(void)
{
	unsigned running, waiting;

	admission_count(&admission, &running, &waiting);
	return waiting;
}

static int
hash(struct handler_permit permit)
{
	const struct hasher hasher = { &admission, PASSWORD_COST_LEAST, permit.hashes };
	int r = hasher_verify(&hasher, "no hash", STR_LIT("password"));

	return r;
}

static enum handler_next
handle(void *arg, const struct request *request, struct handler_permit permit,
    struct response *response)
{
	bool is_hash = str_eq_z(request->path, "/hash");
	char text[64];
	int r = 0;

	(void)arg;
	if (request->role != REQUEST_RESPONDER) {
		response->status = 501;
		return HANDLER_ANSWERED;
	}
	if (str_eq_z(request->path, "/slow") && !permit.may_wait)
		return HANDLER_WAIT;
	if (str_eq_z(request->path, "/list") && !permit.may_be_long)
		return HANDLER_LONG;
	if (is_hash && (r = hash(permit)) == HASHER_LATER)
		return HANDLER_HASH;
	atomic_fetch_add(&stage_counts->n_handled, 1);
	(void)snprintf(text, sizeof(text), "n=%zu", request->body.n);
	if (str_eq_z(request->path, "/pid"))
		(void)snprintf(text, sizeof(text), "%d", (int)getpid());
	if (str_eq_z(request->path, "/slow") || str_eq_z(request->path, "/block")) {
		stage_counts->who_entered = getpid();
		sem_post(&stage_counts->entered);
		while (sem_wait(&stage_counts->go) != 0)
			;
		(void)snprintf(text, sizeof(text), "slow");
	}
	if (str_eq_z(request->path, "/basic"))
		(void)snprintf(
		    text, sizeof(text), "basic %s", request->refuses_basic ? "off" : "on");
	if (is_hash)
		(void)snprintf(
		    text, sizeof(text), r == AUTHN_WRONG_PASSWORD ? "hashed" : "no hash");
	response_set_body(response, STR_LIT("text/plain"), str_of(text));
	if (str_eq_z(request->path, "/long") || str_eq_z(request->path, "/list")) {
		response_set_body(response, STR_LIT("text/plain"), STR_NULL);
		for (int i = 0; i < STAGE_LONG_BYTES; i++)
			buf_add_char(&response->body, 'l');
	}
	return HANDLER_ANSWERED;
}

static bool
tick(void *arg)
{
	(void)arg;
	atomic_fetch_add(&stage_counts->n_ticks, 1);
	return stage_counts->does_tick_leave;
}

const struct handler stage_app = { .handle = handle,
	.n_hashes_at_once = 1,
	.hash_wait_ms = STAGE_HASH_WAIT_MS,
	.tick = tick };

void
stage_app_make(void)
{
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	(void)signal(SIGPIPE, SIG_IGN);
	stage_counts = mmap(NULL, sizeof(*stage_counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(stage_counts, MAP_FAILED);
	ck_assert_int_eq(sem_init(&stage_counts->entered, 1, 0), 0);
	ck_assert_int_eq(sem_init(&stage_counts->go, 1, 0), 0);
}

void
stage_make(void)
{
	struct err err;

	stage_app_make();
	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	stage.options = worker_options_of(NULL);
	stage.options.settings.n_slow_threads = 2;
	stage.options.settings.n_slow_waiting = stage.options.settings.n_hash_waiting = 1;
	ck_assert_int_eq(server_init(&stage.server, &stage_app, &stage.options, 256), 0);
	peer_meanwhile = stage_turns;
}

void
stage_remove(void)
{
	peer_meanwhile = NULL;
	/* What still waits, to its end. */
	for (int i = 0; i < 16; i++)
		(void)sem_post(&stage_counts->go);
	queues_fini(&stage.server);
	for (struct conn *conn = stage.server.open; conn != NULL; conn = conn->next)
		if (!conn->is_sending)
			conn->job = NULL;
	for (struct job *job = stage.server.results, *next; job != NULL; job = next) {
		next = job->next;
		job_free(job);
	}
	server_fini(&stage.server);
	(void)munmap(stage_counts, sizeof(*stage_counts));
}

struct conn *
stage_connect(int *ret_peer_fd)
{
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	ck_assert(connection_new(&stage.server, fds[0], &stage.options.listen[0]));
	*ret_peer_fd = fds[1];
	return stage.server.open;
}

static bool
turn(int wait_ms)
{
	struct epoll_event event;

	if (epoll_wait(stage.server.epoll_fd, &event, 1, wait_ms) != 1)
		return false;
	if (event.data.u64 == TOKEN_RESULTS)
		connections_results(&stage.server);
	else if (event.data.u64 >= N_TOKENS)
		connection_serve(&stage.server, event.data.ptr);
	return event.data.u64 == TOKEN_RESULTS || event.data.u64 >= N_TOKENS;
}

void
stage_turn(void)
{
	ck_assert(turn(UNIT_PATIENCE_MS));
}

void
stage_turns(void)
{
	while (turn(0))
		;
}

bool
stage_is_idle(const struct conn *conn)
{
	return conn->fd != -1 && conn->job == NULL;
}
