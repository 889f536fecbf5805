/*
 * adopt.h - a listening socket that another program made
 *
 * Purpose    Examines what was inherited before anything is served on it: is it a stream socket
 *            that listens, and may only some connect to it?  FastCGI knows no passwords, so
 *            the permissions of the socket are all there is.
 * Source     unix(7): to connect needs write permission on the socket and search permission on
 *            each directory of its path; an abstract one has no permissions.
 * Calling    adopt_socket() with a descriptor of activation.h; ends with listen_close().
 * Errors     Negative errno with a message that names the way out: -EPERM for a socket that
 *            is open to every local user or to the network, -EINVAL for one that is of no use.
 */
#ifndef SERVER_ADOPT_H
#define SERVER_ADOPT_H

#include "server/listen.h"

/*
 * may_be_unsafe: asked for by name, whoever may connect.  Without it a door that cannot tell who
 * may (its path was removed, or is in another file system) is closed too.
 */
int adopt_socket(int fd, bool may_be_unsafe, struct listen_socket *ret_socket, struct err *err);

#endif
