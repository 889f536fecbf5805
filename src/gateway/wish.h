/*
 * wish.h - a worker asks its supervisor that all workers begin anew
 *
 * Purpose    The one thing a worker ever says after it was ready.  The same pair of sockets tells
 *            the workers that their supervisor lives: its end is open as long as that.
 * Calling    wish_open(); the workers have ret_fds[0] and wish_send(), the supervisor has
 *            ret_fds[1] and wish_receive().
 * Errors     Nobody waits: what cannot be sent is lost, and sent again by who still wants it.
 */
#ifndef GATEWAY_WISH_H
#define GATEWAY_WISH_H

#include <sys/types.h>

/* 0 or negative errno. */
int wish_open(int ret_fds[2]);

void wish_send(int to_fd);

/* Whose it is; 0: there is none. */
pid_t wish_receive(int from_fd);

#endif
