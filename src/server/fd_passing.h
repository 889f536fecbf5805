/*
 * fd_passing.h - kept connections go from one generation of workers to the next
 *
 * Purpose    A web server may send its next request on a kept connection at any moment, so a
 *            worker that leaves cannot close one without the risk of losing a request.  It
 *            passes the descriptor on instead.
 * Source     SCM_RIGHTS, unix(7).
 * Ownership  fd_passing_send() copies; the caller still closes its own.
 */
#ifndef SERVER_FD_PASSING_H
#define SERVER_FD_PASSING_H

#include <stdbool.h>

/* A pair of sockets that all workers share: [0] to receive from, [1] to send to. */
int fd_passing_open(int ret_fds[2]);

/* False: not taken. */
bool fd_passing_send(int to_fd, int fd);

/* A descriptor, or -1: none there. */
int fd_passing_receive(int from_fd);

#endif
