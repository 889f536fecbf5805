/*
 * listen.h - the socket the web server connects to
 *
 * Purpose    Open a unix socket, or TCP on loopback; never steal one that somebody serves, and
 *            remove one that nobody does.  An inherited one: activation.h.
 * Calling    listen_open() or activation_adopt(); listen_close().
 * Ownership  listen_close() unlinks what listen_open() made, if it is still there.
 * Errors     Negative errno with a message: -EINVAL for an address that is none, -EADDRINUSE
 *            for one that is served, -EPERM for one that is refused as unsafe.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "conf/settings.h"
#include "core/checklist.h"
#include "core/err.h"

struct listen_options {
	const char *address; /* unix:/path or tcp:127.0.0.1:port or tcp:[::1]:port; listen_set.h
				has several of them */
	mode_t mode;         /* of a unix socket */
	uid_t uid;           /* (uid_t)-1: ours */
	gid_t gid;           /* (gid_t)-1: ours */
	int backlog;         /* nginx answers 500 at once when that of a unix socket is full */
	bool may_be_unsafe;  /* open to every local user: asked for by name */
};

/* The settings of those names. */
struct listen_options listen_options_of(const struct settings *settings);

struct listen_socket {
	int fd;
	int lock_fd;    /* held as long as the path is ours; -1: none */
	char path[108]; /* "" unless a unix socket whose path we know */
	dev_t dev;      /* of what is, or was, there */
	ino_t ino;
	bool is_borrowed; /* another program made it: the path is not ours to unlink */
};

#define LISTEN_SOCKET_NONE ((struct listen_socket){ .fd = -1, .lock_fd = -1 })

int listen_open(
    const struct listen_options *options, struct listen_socket *ret_socket, struct err *err);

/*
 * Would listen_open() succeed?  One line.  Changes nothing; what serves the address now gets a
 * connection that says nothing, and is no fault: it may be what is to be restarted.
 */
void listen_check(const struct listen_options *options, struct checklist *list);

/* Is it a socket that listens? */
bool listen_is_listening(int fd);

/* What every listening socket has: several processes wait for one connection, no child of theirs. */
int listen_set_flags(int fd);

bool listen_is_loopback(const struct sockaddr *address);

/* Is it no unix socket? */
bool listen_is_tcp(int fd);

/* -EINVAL, and what an address has to be. */
int listen_refuse_address(const char *address, struct err *err);

/* Is the path of a unix socket still there, and still ours?  True too where it is not known. */
bool listen_is_in_place(const struct listen_socket *listen_socket);

/*
 * The path of a unix socket that we made leads nowhere, or elsewhere: make another one there, which
 * takes the place of the one in listen_socket.  Connections to that are still there to be
 * accepted by who else has it.  On failure, as those of listen_open(), nothing has changed.
 */
int listen_again(
    const struct listen_options *options, struct listen_socket *listen_socket, struct err *err);

/*
 * Of a unix socket that we made: unlink the path and refuse new connections, in every process
 * that has the socket.  Those that have connected are still there to be accepted.
 */
void listen_end(struct listen_socket *listen_socket);

void listen_close(struct listen_socket *listen_socket);

#endif
