/*
 * question.h - the request that a check asks about, as far as the answer depends on it
 *
 * Purpose    Its method, whether it is a preflight, whether a page of another site made the browser
 *            send it, and where to come back to after signing in.  Never its path: no rule, no
 *            exception goes by that, which web servers and applications read in different ways.
 * Ownership  Borrows from request and settings.
 * Threads    No state.
 */
#ifndef GATE_QUESTION_H
#define GATE_QUESTION_H

#include "conf/request_settings.h"
#include "gate/reply.h"
#include "http/request.h"

struct question {
	const struct request *request;
	const struct request_settings *settings;
	struct str method; /* Caddy asks with GET, and says the method in a header of its own */
};

struct question question_of(const struct request *request,
    const struct request_settings *settings, enum gate_family family);

/* A preflight of CORS that AUTH_PREFLIGHT lets pass: browsers send no cookie with one. */
bool question_is_free(const struct question *question);

/*
 * Is it a change, or a connection that stays (Upgrade), that a page of another site made a browser ask
 * for, and AUTH_CROSS_SITE does not let pass?  For who is known by a cookie, which browsers add
 * whoever wrote the page.  Programs send neither Sec-Fetch-Site nor Origin, and are not concerned.
 */
bool question_is_cross_site(const struct question *question);

/*
 * Append the URL of the login page, and in it where to come back to: what was asked for, if that was
 * GET or HEAD; else the page on this host that asked, or "/".
 */
void question_write_login(const struct question *question, struct buf *out);

#endif
