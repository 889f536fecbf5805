/* accepting.c - see accepting.h */
#include "server/accepting.h"

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
#include "server/connection.h"
#include "server/fd_passing.h"

/* After accept() failed for want of descriptors or memory. */
#define PAUSE_MS 100

/* As many as a backlog holds. */
#define DRAIN_MAX 4096

static int
listen_start(struct accepting *accepting)
{
	const struct worker_options *options = accepting->server->options;
	int r = 0;

	/* EPOLLEXCLUSIVE: what comes wakes one worker, not all. */
	for (unsigned i = 0; r == 0 && i < options->n_listen; i++)
		r = server_poll(
		    accepting->server, options->listen[i].fd, EPOLLEXCLUSIVE, TOKEN_LISTEN + i);
	return r;
}

static void
poll_end(struct accepting *accepting, int fd)
{
	if (fd != -1)
		(void)epoll_ctl(accepting->server->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void
listen_pause(struct accepting *accepting)
{
	const struct worker_options *options = accepting->server->options;

	for (unsigned i = 0; i < options->n_listen; i++)
		poll_end(accepting, options->listen[i].fd);
}

/*
 * No descriptor or no memory: leave new connections in the backlog, or to other workers, for a
 * moment.  Left in the epoll set, the sockets would wake us again and again.
 */
static void
pause_accepting(struct accepting *accepting, int error)
{
	listen_pause(accepting);
	accepting->paused_until_ms = clock_boot_ms() + PAUSE_MS;
	log_lasting_error("accept", log_z("problem", strerror(error)),
	    log_detail(log_i("connections", accepting->server->n_open)),
	    log_z("hint", "raise the limit of open files (ulimit -n, LimitNOFILE=)"));
}

static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Accept one connection and look at it.  False: none there. */
static bool
accept_one(struct accepting *accepting, const struct worker_listen *from)
{
	int fd = accept4(from->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1) {
		if (is_shortage(errno))
			pause_accepting(accepting, errno);
		/* Others: another worker was faster, or the peer has gone again. */
		return errno == EINTR || errno == ECONNABORTED;
	}
	if (connection_new(accepting->server, fd, from))
		return true;
	pause_accepting(accepting, EMFILE);
	return false;
}

/* Where one is there often come more: that saves waiting for each by itself. */
static void
accept_some(struct accepting *accepting, const struct worker_listen *from)
{
	for (int i = 0; i < ACCEPTING_MAX; i++)
		if (!accept_one(accepting, from))
			return;
}

static void
adopt_all(struct accepting *accepting)
{
	int fd;

	while ((fd = fd_passing_receive(accepting->server->options->handover_fds[0])) != -1)
		(void)connection_adopt(accepting->server, fd);
}

int
accepting_start(struct accepting *accepting, struct server *server)
{
	const struct worker_options *options = server->options;
	int handover_fd = options->handover_fds[0];
	int r;

	*accepting = (struct accepting){ .server = server };
	/* Those that are accepted inherit it; a unix socket knows nothing of it. */
	for (unsigned i = 0; i < options->n_listen; i++)
		(void)setsockopt(
		    options->listen[i].fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if ((r = listen_start(accepting)) != 0)
		return r;
	/* It wakes all: the one that it would wake may end too, and takes nothing. */
	return handover_fd != -1 ? server_poll(server, handover_fd, 0, TOKEN_HANDOVER) : 0;
}

void
accepting_take(struct accepting *accepting, unsigned token)
{
	/* The rest of a batch of events may come after the one that ended it. */
	if (accepting->server->phase != SERVER_RUNNING)
		return;
	if (token >= TOKEN_LISTEN)
		accept_some(
		    accepting, &accepting->server->options->listen[token - TOKEN_LISTEN]);
	else
		adopt_all(accepting);
}

void
accepting_look(struct accepting *accepting, int64_t now_ms)
{
	const struct worker_options *options = accepting->server->options;

	if (accepting->server->phase != SERVER_RUNNING)
		return;
	for (unsigned i = 0; accepting->paused_until_ms == 0 && i < options->n_listen; i++) {
		struct pollfd fd = { options->listen[i].fd, POLLIN, 0 };

		if (poll(&fd, 1, 0) > 0)
			accept_some(accepting, &options->listen[i]);
	}
	if (accepting->paused_until_ms != 0 && now_ms >= accepting->paused_until_ms) {
		accepting->paused_until_ms = 0;
		(void)listen_start(accepting);
	}
}

/*
 * The supervisor has unlinked the sockets, so the backlogs end; an inherited one is left to its
 * owner after as many as a backlog holds.
 */
void
accepting_drain(struct accepting *accepting)
{
	const struct worker_options *options = accepting->server->options;

	for (unsigned k = 0; k < options->n_listen; k++)
		for (int i = 0; i < DRAIN_MAX && accept_one(accepting, &options->listen[k]);
		     i++)
			;
	if (options->handover_fds[0] != -1)
		adopt_all(accepting);
}

void
accepting_stop(struct accepting *accepting)
{
	const struct worker_options *options = accepting->server->options;

	listen_pause(accepting);
	poll_end(accepting, options->handover_fds[0]);
	for (unsigned i = 0; i < options->n_listen; i++)
		(void)close(options->listen[i].fd);
}
