/* connection.c - see connection.h */
#include "server/connection.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "server/answering.h"
#include "server/dropped.h"
#include "server/fd_passing.h"
#include "server/queues.h"
#include "server/receiving.h"

/* A connection without a byte when the worker is told to stop: its request is on the way. */
#define FIRST_BYTE_MS 500

/* ------------------------------------------------------------- beginning and end */

static struct conn *
conn_open(struct server *server, int fd)
{
	struct conn *conn = server->closed;

	if (server->n_open >= server->n_open_max)
		conn = NULL;
	else if (conn != NULL)
		server->closed = conn->next;
	else
		conn = malloc(sizeof(*conn));
	if (conn == NULL) {
		(void)close(fd);
		return NULL;
	}
	*conn = (struct conn){ .fd = fd, .next = server->open };
	if (conn->next != NULL)
		conn->next->previous = conn;
	server->open = conn;
	server->n_open++;
	return conn;
}

void
connection_close(struct server *server, struct conn *conn)
{
	answering_forget_partial(conn);
	job_free(conn->job);
	conn->job = NULL;
	(void)close(conn->fd);
	conn->fd = -1;
	if (conn->previous != NULL)
		conn->previous->next = conn->next;
	else
		server->open = conn->next;
	if (conn->next != NULL)
		conn->next->previous = conn->previous;
	conn->next = server->closed;
	server->closed = conn;
	server->n_open--;
	server->n_for_checks -= conn->is_for_checks;
}

/* The epoll set tells when something happens.  False: it cannot. */
static bool
park(struct server *server, struct conn *conn, bool looks_again)
{
	/*
	 * While an answer is being sent nothing else counts: a peer that ended its direction
	 * would be an event for ever.
	 */
	uint32_t events =
	    (conn->is_sending ? EPOLLOUT : (uint32_t)EPOLLIN | EPOLLRDHUP) | EPOLLET;
	struct epoll_event event = { .events = events, .data.ptr = conn };
	int op = conn->polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	/* EPOLL_CTL_MOD looks again, so that one who was only interrupted goes on. */
	if (conn->polled == events && !looks_again)
		return true;
	if (epoll_ctl(server->epoll_fd, op, conn->fd, &event) == -1)
		return false;
	conn->polled = events;
	return true;
}

/* ---------------------------------------------------------------------- the loop of one */

/* It has been answered: hand it over or let its peer send no more, according to the phase. */
static enum step
drain(struct server *server, struct conn *conn)
{
	if (server->phase == SERVER_RETIRING &&
	    fd_passing_send(server->options->handover_fds[1], conn->fd)) {
		/* The successor has its own descriptor of it, with all that arrives. */
		if (conn->polled != 0)
			(void)epoll_ctl(server->epoll_fd, EPOLL_CTL_DEL, conn->fd, NULL);
		return STEP_CLOSE;
	}
	/*
	 * From here on the peer cannot send; what it has sent is still there to be read and is
	 * answered.  Closing at once would throw a request away that came a moment ago.
	 */
	if (shutdown(conn->fd, SHUT_RD) == -1)
		return STEP_CLOSE;
	conn->is_read_shut = true;
	return STEP_LOOK;
}

static enum step
look(struct server *server, struct conn *conn)
{
	if (conn->is_sending)
		return answering_go_on(server, conn, false);
	switch (conn->is_lingering ? receive_nothing(server, conn) : receive(server, conn)) {
	case RECEIVED:
		return answering_start(server, conn);
	case RECEIVING_WAITS:
		return STEP_WAIT;
	case RECEIVING_PAUSE:
		return STEP_PAUSE;
	case RECEIVING_ENDS:
		break;
	}
	return STEP_CLOSE;
}

static void
go_on(struct server *server, struct conn *conn, enum step step)
{
	for (;;) {
		switch (step) {
		case STEP_LOOK:
			step = look(server, conn);
			break;
		case STEP_DRAIN:
			step = drain(server, conn);
			break;
		case STEP_WAIT:
		case STEP_PAUSE:
			if (park(server, conn, step == STEP_PAUSE))
				return;
			step = STEP_CLOSE;
			break;
		case STEP_QUEUED:
			return;
		case STEP_CLOSE:
			connection_close(server, conn);
			return;
		}
	}
}

/* Any local user can open as many: half of the room is for who comes by a unix socket. */
static bool
is_too_much_tcp(const struct server *server, const struct worker_listen *from)
{
	return from->is_for_checks && server->n_for_checks >= server->n_open_max / 2;
}

bool
connection_new(struct server *server, int fd, const struct worker_listen *from)
{
	struct conn *conn;

	if (is_too_much_tcp(server, from)) {
		log_lasting_warn("overload", log_z("problem", "too many connections over TCP"),
		    log_z("for", "the limit of open files, of which they may take half"));
		(void)close(fd);
		return true;
	}
	if ((conn = conn_open(server, fd)) == NULL)
		return false;
	conn->is_tcp = from->is_tcp;
	conn->is_for_checks = from->is_for_checks;
	server->n_for_checks += conn->is_for_checks;
	go_on(server, conn, STEP_LOOK);
	return true;
}

bool
connection_adopt(struct server *server, int fd)
{
	struct conn *conn = conn_open(server, fd);

	if (conn == NULL)
		return false;
	conn->has_answered = true;
	conn->is_tcp = listen_is_tcp(fd); /* one for checks alone is never kept */
	go_on(server, conn, STEP_WAIT);
	return true;
}

void
connection_serve(struct server *server, struct conn *conn)
{
	if (conn->fd == -1)
		return;
	if (conn->job != NULL && !conn->is_sending)
		conn->has_news = true;
	else
		go_on(server, conn, STEP_LOOK);
}

/* ------------------------------------------------------------------------- all of them */

void
connections_results(struct server *server)
{
	struct job *job = queues_results(server);

	while (job != NULL) {
		struct job *next = job->next;
		struct conn *conn = job->conn;

		go_on(server, conn,
		    job->result == JOB_GIVEN_UP && !job->is_answered
			? STEP_CLOSE
			: answering_deliver(server, conn, job));
		job = next;
	}
}

static enum step
overdue(struct server *server, struct conn *conn)
{
	if (conn->job != NULL && !conn->is_sending)
		return answering_refuse(server, conn);

	/* The socket tells of room when much of it is free; a slow reader frees a little. */
	if (conn->is_sending)
		return answering_go_on(server, conn, true);
	if (conn->is_lingering)
		return STEP_CLOSE;
	/* One that has not begun is owed no answer. */
	if (conn->partial != NULL)
		dropped_note(DROPPED_SLOW, server->options->settings.read_deadline_ms);
	log_debug("connection-closed", log_z("problem", "request not whole in time"));
	return STEP_CLOSE;
}

void
connections_look(struct server *server, int64_t now_ms)
{
	struct job *job;

	for (struct conn *conn = server->open, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->deadline_ms != 0 && now_ms > conn->deadline_ms)
			go_on(server, conn, overdue(server, conn));
	}
	while ((job = queues_next_expired(server, now_ms)) != NULL) {
		struct conn *conn = job->conn;

		go_on(server, conn, answering_deliver(server, conn, job));
	}
}

void
connections_drain(struct server *server)
{
	int64_t soon_ms = clock_boot_ms() + FIRST_BYTE_MS;

	for (struct conn *conn = server->open, *next; conn != NULL; conn = next) {
		next = conn->next;
		if (conn->job != NULL || conn->partial != NULL)
			continue;
		if (conn->has_answered)
			go_on(server, conn, STEP_DRAIN);
		else if (conn->deadline_ms == 0 || conn->deadline_ms > soon_ms)
			conn->deadline_ms = soon_ms;
	}
}
