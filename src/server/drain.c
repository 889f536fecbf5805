/* drain.c - see drain.h */
#include "server/drain.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "server/fd_passing.h"

/* A connection without a byte when the worker is told to stop: its request is on the way. */
#define FIRST_BYTE_MS 500

void
drain_connection(struct server *server, struct conn *conn)
{
	int phase = atomic_load_explicit(&server->phase, memory_order_relaxed);

	if (phase == SERVE_RETIRING &&
	    fd_passing_send(server->options->handover_fds[1], conn->fd)) {
		/* The successor has its own descriptor of it, with all that arrives. */
		if (conn->polled != 0)
			(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL);
		conn_close(&server->table, conn, true);
		return;
	}
	/*
	 * From here on the peer cannot send; what it has sent is still there to be read and is
	 * answered.  Closing at once would throw a request away that came a moment ago.
	 */
	if (shutdown(conn->fd, SHUT_RD) == -1) {
		conn_close(&server->table, conn, true);
		return;
	}
	conn->is_read_shut = true;
	connection_in_passing(server, conn);
}

void
drain_all(struct server *server)
{
	int n_used = atomic_load(&server->table.n_used);
	int64_t soon_ms = clock_boot_ms() + FIRST_BYTE_MS;

	for (int fd = 0; fd < n_used; fd++) {
		struct conn *conn = conn_claim_idle(&server->table, fd);

		if (conn == NULL)
			continue;
		if (conn->has_answered && conn->deadline_ms == 0) {
			drain_connection(server, conn);
		} else {
			if (conn->job == NULL && conn->n_looks == 0 && conn->gather == NULL &&
			    (conn->deadline_ms == 0 || conn->deadline_ms > soon_ms))
				conn->deadline_ms = soon_ms;
			connection_let_go(server, conn);
		}
	}
}

bool
drain_adopt(struct server *server, int fd)
{
	struct conn *conn = conn_open(&server->table, fd);

	if (conn == NULL) {
		(void)close(fd);
		return false;
	}
	conn->has_answered = true;
	connection_let_go(server, conn);
	return true;
}
