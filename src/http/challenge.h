/*
 * challenge.h - the value of a WWW-Authenticate header
 *
 * Source     RFC 9110 sections 5.6.4 (quoted strings) and 11.6.1; RFC 7617 section 2.1 (Basic);
 *            draft-broyer-http-cookie-auth (Cookie), on which browsers open no dialogue.
 * Threads    No state.
 */
#ifndef HTTP_CHALLENGE_H
#define HTTP_CHALLENGE_H

#include "core/buf.h"

/* What no quoted string can hold of a realm is left out; an empty one is "sessiongate". */
void challenge_basic(struct buf *out, struct str realm);
void challenge_cookie(struct buf *out, struct str realm);

/* Another parameter, `, name="value"`. */
void challenge_add(struct buf *out, const char *name, struct str value);

#endif
