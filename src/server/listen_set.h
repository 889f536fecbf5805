/*
 * listen_set.h - all sockets that the web server connects to
 *
 * Purpose    The program serves one socket or several.  Apache asks its checks (http/request.h) over
 *            TCP alone, where every local user can connect: so TCP beside a unix socket is for
 *            checks of the role AUTHORIZER, and no way around the permissions of the other one.
 * Calling    listen_set_open(), or for inherited ones activation.h; listen_set_close().
 * Ownership  As listen.h.
 * Errors     As listen.h.
 */
#ifndef SERVER_LISTEN_SET_H
#define SERVER_LISTEN_SET_H

#include "server/listen.h"

#define LISTEN_MAX 8

struct listen_set {
	struct listen_socket sockets[LISTEN_MAX];
	unsigned n;
};

#define LISTEN_SET_EMPTY ((struct listen_set){ .n = 0 })

/* Each address of the options, which are parted by blanks.  All, or on failure none. */
int listen_set_open(
    const struct listen_options *options, struct listen_set *ret_set, struct err *err);

/* listen_check() of each. */
void listen_set_check(const struct listen_options *options, struct checklist *list);

/* Is that one for checks of the role AUTHORIZER alone? */
bool listen_set_is_for_checks(const struct listen_set *set, unsigned which);

/* A log line for each that every local user can connect to: for what. */
void listen_set_warn(const struct listen_set *set);

/* listen_end() and listen_close() of all. */
void listen_set_end(struct listen_set *set);
void listen_set_close(struct listen_set *set);

#endif
