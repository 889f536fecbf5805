/* intake.c - see intake.h */
#include "server/intake.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "server/fd_passing.h"
#include "server/drain.h"

/* After accept() failed for want of descriptors or memory. */
#define PAUSE_MS 100

/* As many as a backlog holds. */
#define DRAIN_MAX 4096

static int
poll_add(struct intake *intake, int fd, uint32_t events, uint64_t token)
{
	struct epoll_event event = { .events = EPOLLIN | events, .data.u64 = token };

	return epoll_ctl(intake->server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1 ? -errno
										    : 0;
}

static int
accept_start(struct intake *intake)
{
	/* EPOLLEXCLUSIVE: what comes wakes one worker, not all. */
	return poll_add(
	    intake, intake->server->options->listen_fd, EPOLLEXCLUSIVE, INTAKE_TOKEN_LISTEN);
}

static void
accept_end(struct intake *intake)
{
	(void)epoll_ctl(
	    intake->server->epoll_fd, EPOLL_CTL_DEL, intake->server->options->listen_fd, NULL);
}

/*
 * No descriptor or no memory: leave new connections in the backlog, or to other workers, for a
 * moment.  Left in the epoll set, the socket would wake us again and again.
 */
static void
accept_pause(struct intake *intake, int error)
{
	accept_end(intake);
	if (atomic_exchange(&intake->paused_until_ms, clock_boot_ms() + PAUSE_MS) == 0)
		log_lasting_error("accept", log_z("problem", strerror(error)),
		    log_detail(
			log_i("connections", atomic_load(&intake->server->table.n_open))),
		    log_z("hint", "raise the limit of open files (ulimit -n, LimitNOFILE=)"));
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Accept one connection and look at it.  False: none there. */
static bool
accept_one(struct intake *intake, struct connection_thread *thread)
{
	struct server *server = intake->server;
	struct conn *conn;
	int fd = accept4(server->options->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1) {
		if (is_shortage(errno))
			accept_pause(intake, errno);
		/* Others: another worker was faster, or the peer has gone again. */
		return errno == EINTR || errno == ECONNABORTED;
	}
	if (intake->is_tcp)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if ((conn = conn_open(&server->table, fd)) == NULL) {
		(void)close(fd);
		accept_pause(intake, EMFILE);
		return false;
	}
	connection_serve(thread, conn);
	return true;
}

static bool
is_running(const struct intake *intake)
{
	return atomic_load(&intake->server->phase) == SERVE_RUNNING;
}

/* Where one is there often come more: that saves waiting for each by itself. */
static void
accept_some(struct intake *intake, struct connection_thread *thread)
{
	for (int i = 0; i < INTAKE_ACCEPTS_MAX && is_running(intake); i++)
		if (!accept_one(intake, thread))
			return;
}

static void
adopt_all(struct intake *intake)
{
	int fd;

	while ((fd = fd_passing_receive(intake->server->options->handover_fds[0])) != -1)
		(void)drain_adopt(intake->server, fd);
}

static bool
is_tcp(int fd)
{
	int domain = AF_UNIX;
	socklen_t n = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 && domain != AF_UNIX;
}

int
intake_start(struct intake *intake, struct server *server)
{
	int handover_fd = server->options->handover_fds[0];
	int r;

	intake->server = server;
	intake->is_tcp = is_tcp(server->options->listen_fd);
	if ((r = accept_start(intake)) != 0)
		return r;
	/* It wakes all: the one that it would wake may end too, and takes nothing. */
	return handover_fd != -1 ? poll_add(intake, handover_fd, 0, INTAKE_TOKEN_HANDOVER) : 0;
}

/*
 * The process must not end while a descriptor is on its way to the table: hence the count,
 * raised before the phase is read.
 */
void
intake_take(struct intake *intake, struct connection_thread *thread, uint64_t token)
{
	atomic_fetch_add(&intake->n_taking, 1);
	if (token == INTAKE_TOKEN_LISTEN)
		accept_some(intake, thread);
	else if (is_running(intake))
		adopt_all(intake);
	atomic_fetch_sub(&intake->n_taking, 1);
}

void
intake_resume(struct intake *intake, int64_t now_ms)
{
	int64_t paused_ms = atomic_load(&intake->paused_until_ms);

	if (paused_ms != 0 && now_ms >= paused_ms && intake->server->phase == SERVE_RUNNING) {
		atomic_store(&intake->paused_until_ms, 0);
		(void)accept_start(intake);
	}
}

void
intake_look(struct intake *intake, struct connection_thread *thread)
{
	struct pollfd fd = { intake->server->options->listen_fd, POLLIN, 0 };

	if (is_running(intake) && atomic_load(&intake->paused_until_ms) == 0 &&
	    poll(&fd, 1, 0) > 0)
		intake_take(intake, thread, INTAKE_TOKEN_LISTEN);
}

void
intake_stop(struct intake *intake)
{
	int handover_fd = intake->server->options->handover_fds[0];

	accept_end(intake);
	if (handover_fd != -1)
		(void)epoll_ctl(intake->server->epoll_fd, EPOLL_CTL_DEL, handover_fd, NULL);
}

/*
 * The supervisor has unlinked the socket, so the backlog ends; an inherited one is left to its
 * owner after as many as a backlog holds.
 */
void
intake_drain(struct intake *intake, struct connection_thread *thread)
{
	for (int i = 0; i < DRAIN_MAX && accept_one(intake, thread); i++)
		;
	if (intake->server->options->handover_fds[0] != -1)
		adopt_all(intake);
}

bool
intake_close(struct intake *intake)
{
	if (intake->is_closed)
		return true;
	/* A thread that comes now finds that the worker ends, and takes nothing. */
	if (atomic_load(&intake->n_taking) != 0)
		return false;
	(void)close(intake->server->options->listen_fd);
	intake->is_closed = true;
	return true;
}
