/*
 * handover.h - kept connections go from one generation of workers to the next
 *
 * Purpose    A web server may send its next request on a kept connection at any moment, so a
 *            worker that leaves cannot close one without the risk of losing a request.  It
 *            passes the descriptor on instead.
 * Source     SCM_RIGHTS, unix(7).
 * Ownership  handover_send() copies; the caller still closes its own.
 */
#ifndef GATEWAY_HANDOVER_H
#define GATEWAY_HANDOVER_H

#include <stdbool.h>

/* A pair of sockets that all workers share: [0] to receive from, [1] to send to. */
int handover_open(int ret_fds[2]);

/* False: not taken. */
bool handover_send(int to_fd, int fd);

/* A descriptor, or -1: none there. */
int handover_receive(int from_fd);

#endif
