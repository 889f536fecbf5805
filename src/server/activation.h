/*
 * activation.h - what the program was started with
 *
 * Purpose    A web server or service manager that starts the program gives it either one request
 *            to answer or a listening socket.  That is examined before anything is served on it:
 *            is it a stream socket that listens, and may only some connect to it?  FastCGI knows
 *            no passwords, so the permissions of the socket are all there is.
 * Source     RFC 3875 (CGI); FastCGI 1.0 section 2.2 (the socket is descriptor 0);
 *            sd_listen_fds(3).  unix(7): to connect needs write permission on the socket and
 *            search permission on each directory of its path; an abstract one has no permissions.
 * Calling    activation_is_cgi(); else activation_open(), which ends with listen_close().
 * Errors     Negative errno with a message that names the way out: -EPERM for a socket that
 *            is open to every local user or to the network, -EINVAL for one that is of no use.
 */
#ifndef SERVER_ACTIVATION_H
#define SERVER_ACTIVATION_H

#include <stdbool.h>

#include "core/err.h"
#include "server/listen_set.h"

/* One request: this is a CGI program. */
bool activation_is_cgi(void);

/*
 * The sockets to serve: those of the options, or those that were inherited.  Errors beside those
 * of listen_open(): -EINVAL for both, -EDESTADDRREQ for neither.
 */
int activation_open(
    const struct listen_options *options, struct listen_set *ret_set, struct err *err);

/*
 * Its parts.  The first descriptor of ret_n listening sockets, borrowed from whoever gave them.
 * -ENOENT: there is none, and err says why where it is known ("" where not); -EINVAL: too many.
 * From now on systemd's variables are gone: they are for this process, not for its children.
 */
int activation_sockets(unsigned *ret_n, struct err *err);

/*
 * may_be_unsafe: asked for by name, whoever may connect.  Without it a door that cannot tell who
 * may (its path was removed, or is in another file system) is closed too.
 */
int activation_adopt(
    int fd, bool may_be_unsafe, struct listen_socket *ret_socket, struct err *err);

#endif
