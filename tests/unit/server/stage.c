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

const struct handler stage_app = {
	.handle = handle, .n_hashes_at_once = 1, .hash_wait_ms = 5000, .tick = tick
};

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
	struct server *server = &stage.server;
	struct err err;

	stage_app_make();
	ck_assert_int_eq(fcgi_stream_library_init(&err), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	stage.options = WORKER_OPTIONS_DEFAULT;
	server->app = &stage_app;
	server->options = &stage.options;
	ck_assert_int_ne(server->epoll_fd = epoll_create1(EPOLL_CLOEXEC), -1);
	ck_assert_int_eq(conn_table_init(&server->table, 256), 0);
	stage.options.n_slow_threads = 2;
	stage.options.n_slow_waiting = stage.options.n_hash_waiting = 1;
	ck_assert_int_eq(connection_queues_init(server), 0);
	server->phase = SERVE_RUNNING;
	stage.thread = calloc(1, sizeof(*stage.thread));
	stage.thread->server = server;
	stage.thread->memory_fd = -1;
	stage.thread->job = job_new();
}

void
stage_remove(void)
{
	struct server *server = &stage.server;

	connection_queues_fini(server);
	conn_table_fini(&server->table);
	(void)close(server->epoll_fd);
	job_free(stage.thread->job);
	if (stage.thread->memory_fd != -1)
		(void)close(stage.thread->memory_fd);
	free(stage.thread);
	(void)munmap(stage_counts, sizeof(*stage_counts));
}

struct conn *
stage_connect(int *ret_peer_fd)
{
	struct conn *conn;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	conn = conn_open(&stage.server.table, fds[0]);
	ck_assert_ptr_nonnull(conn);
	*ret_peer_fd = fds[1];
	return conn;
}

void
stage_turn(void)
{
	struct epoll_event event;
	struct conn *conn;

	ck_assert_int_eq(epoll_wait(stage.server.epoll_fd, &event, 1, UNIT_PATIENCE_MS), 1);
	if ((conn = conn_claim(&stage.server.table, event.data.u64)) != NULL)
		connection_serve(stage.thread, conn);
}

bool
stage_is_idle(int fd)
{
	struct conn *conn = conn_claim_idle(&stage.server.table, fd);

	if (conn == NULL)
		return false;
	ck_assert(conn_release(conn));
	return true;
}

int
stage_n_open(void)
{
	return atomic_load(&stage.server.table.n_open);
}
