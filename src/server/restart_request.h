/*
 * restart_request.h - a worker asks its supervisor that all workers begin anew
 *
 * Purpose    The one thing a worker ever says after it was ready.  The same pair of sockets tells
 *            the workers that their supervisor lives: its end is open as long as that.
 * Calling    restart_request_open(); the workers have ret_fds[0] and restart_request_send(), the supervisor has
 *            ret_fds[1] and restart_request_receive().
 * Errors     Nobody waits: what cannot be sent is lost, and sent again by who still wants it.
 */
#ifndef SERVER_RESTART_REQUEST_H
#define SERVER_RESTART_REQUEST_H

#include <sys/types.h>

/* 0 or negative errno. */
int restart_request_open(int ret_fds[2]);

void restart_request_send(int to_fd);

/* Whose it is; 0: there is none. */
pid_t restart_request_receive(int from_fd);

#endif
