/*
 * socket_watch.h - can the web server still find the socket?
 *
 * Purpose    A unix socket whose path was removed or replaced goes on listening, and nobody can
 *            connect: the web server answers 502, and nothing says why.  One of our own is made
 *            again; of an inherited one the log says what to do.
 * Calling    socket_watch_look() now and then; watch.look_ms says when the next one is due.
 * Units      Milliseconds on the boot clock.
 */
#ifndef SERVER_SOCKET_WATCH_H
#define SERVER_SOCKET_WATCH_H

#include <stdint.h>

#include "server/listen.h"

struct socket_watch {
	int64_t look_ms;
	bool is_lost; /* and it has been said */
};

/*
 * True: there is another socket now, and workers that serve it should begin.  again() is
 * listen_again() with the settings in force.
 */
bool socket_watch_look(struct socket_watch *watch, struct listen_socket *listen_socket,
    int (*again)(void *arg, struct listen_socket *listen_socket, struct err *err), void *arg,
    int64_t now_ms);

#endif
