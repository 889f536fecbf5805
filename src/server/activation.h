/*
 * activation.h - what the program was started with
 *
 * Purpose    A web server or service manager that starts the program gives it either a
 *            listening socket or one request to answer.
 * Source     RFC 3875 (CGI); FastCGI 1.0 section 2.2 (the socket is descriptor 0);
 *            sd_listen_fds(3).
 */
#ifndef SERVER_ACTIVATION_H
#define SERVER_ACTIVATION_H

#include <stdbool.h>

#include "core/err.h"

/* One request: this is a CGI program. */
bool activation_is_cgi(void);

/*
 * The descriptor of a listening socket, borrowed from whoever gave it; adopt.h says whether it is
 * of use.  -ENOENT: there is none, and err says why where it is known ("" where not); -EINVAL: more
 * than one.  From now on systemd's variables are gone: they are for this process, not for its
 * children.
 */
int activation_socket(struct err *err);

#endif
