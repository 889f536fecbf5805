/*
 * reply.h - what a check has found, in the form that its web server understands
 *
 * Purpose    Three families.  All of them let pass for exactly 200, once and first, and close for
 *            what they do not know; but each has its own form for the rest, and holes of its own:
 *            nginx knows no 302, lighttpd takes an answer without a status for 200, Apache hands
 *            all other headers of a 200 to the visitor, Caddy passes on the text of a variable
 *            where a header is missing.
 * Source     ngx_http_auth_request_module; FastCGI 1.0 section 6.3 (Variable-NAME);
 *            Caddy's forward_auth with copy_headers.
 * Threads    No state.
 */
#ifndef GATE_REPLY_H
#define GATE_REPLY_H

#include <stdbool.h>

#include "core/str.h"
#include "http/response.h"

enum gate_family {
	GATE_AUTHORIZER, /* lighttpd, Apache */
	GATE_NGINX,
	GATE_CADDY,
};

/* What nobody has set denies. */
enum gate_verdict {
	GATE_UNAVAILABLE, /* a part fails: who it is cannot be told now */
	GATE_UNUSABLE,    /* the settings are wrong: nobody passes */
	GATE_THROTTLED,   /* the password was not looked at */
	GATE_CROSS_SITE,
	GATE_FORBIDDEN, /* known, and may not */
	GATE_SIGN_IN,   /* nobody */
	GATE_ALLOW,
	GATE_VERDICT_N,
};

struct gate_reply {
	enum gate_family family;
	enum gate_verdict verdict;
	bool is_browser; /* client.h */
	bool is_head;

	/* Of ALLOW: who; all may be empty. */
	struct str user, email, name;
	struct str groups; /* groups.h */

	struct str login;     /* of SIGN_IN: the page; empty: it is to be none */
	struct str challenge; /* of SIGN_IN without a page: of WWW-Authenticate */
	unsigned wait_s;      /* of THROTTLED and UNAVAILABLE */
};

/* The whole answer, into an empty response.  No cookie in any, no body where nobody would see it. */
void gate_reply_write(const struct gate_reply *reply, struct response *ret_response);

#endif
