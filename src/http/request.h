/*
 * request.h - one request, read from its CGI variables
 *
 * Purpose    What the floors above need to know of a request, parsed once: no transport, no
 *            settings, no routes.
 * Source     RFC 3875 section 4.1 (variables), RFC 9110.
 * Calling    request_init(); the server reads the body and says so with request_set_body();
 *            request_fini().
 * Ownership  Views are borrowed from the variables and the body, or point into memory that
 *            request_fini() frees.  They live until then.
 * Errors     A malformed request is data, not an error: see refusal.  Negative errno only
 *            without memory.
 * Threads    No global state.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/cgi_vars.h"
#include "core/str.h"
#include "http/path.h"

#define REQUEST_BODY_MAX_BYTES (64 * 1024)
#define REQUEST_PATH_MAX_BYTES PATH_MAX_BYTES

enum method {
	METHOD_UNKNOWN, /* answered with 501 */
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
	METHOD_OTHER, /* an RFC names it, and no route of ours has it: 405 */
};

/* What the web server asks for; the numbers of FastCGI 1.0 section 6. */
enum request_role {
	REQUEST_RESPONDER = 1, /* an answer; also by plain CGI */
	REQUEST_AUTHORIZER = 2,
	REQUEST_FILTER = 3,
};

struct request {
	enum request_role role; /* set by the server, before request_set_body() */
	/*
	 * Set by the server: any local user can ask on such a connection, and guess.  A check does
	 * not hear a password there.
	 */
	bool refuses_basic;

	enum method method;
	struct str method_text;

	struct str gate; /* the parameter GATE; STR_NULL: absent; "" where it came twice */

	/*
	 * SCRIPT_NAME + PATH_INFO where the server sets them (it has decoded them), else
	 * REQUEST_URI without its query, percent-decoded once.  "" when it cannot be a route
	 * of ours: a bad escape, an escaped NUL or '/' (%00, %2f), or a dot segment in what the
	 * client sent.  The rules, server by server: path.h.
	 */
	struct str path;
	struct str
	    asked_path;   /* the same before any rule: for what holds for routes and others */
	struct str query; /* not decoded */

	struct str authorization; /* the first one, blanks behind it trimmed; STR_NULL: none */
	bool has_two_authorizations; /* never a credential */
	struct str
	    cookies; /* all HTTP_COOKIE values, joined with "; "; STR_NULL: absent or empty */

	struct str content_type; /* STR_NULL: absent or empty */
	int64_t content_length;  /* bytes; 0 when there is no number */
	bool has_content_length; /* false: absent, empty or "-1" (Caddy, chunked): unknown */
	struct str body;         /* STR_NULL until request_set_body(), and when refused */

	struct str host;                           /* of the request; STR_NULL: absent */
	struct str origin;                         /* whose page sent it; STR_NULL: absent */
	struct str sec_fetch_site;                 /* STR_NULL: absent */
	struct str access_control_request_method;  /* STR_NULL: no preflight */
	struct str access_control_request_headers; /* STR_NULL: absent */

	struct str remote_addr; /* for the log, lists, the throttle, request_is_local() */
	struct str user_agent;  /* for lists; STR_NULL: absent or empty */
	struct str
	    request_id; /* REQUEST_ID of the web server (nginx $request_id), else STR_NULL */
	bool is_https;  /* HTTPS=on or REQUEST_SCHEME=https from the web server */

	/*
	 * 0, or the status this request must be answered with whatever its route:
	 * 400 (CONTENT_LENGTH is not a number of 63 bits, or not what arrived), 413 (body over
	 * the limit).  The first one found stays.
	 */
	int refusal;

	struct buf memory;    /* what had to be decoded or joined */
	struct cgi_vars vars; /* as they came, for the per-request settings */
};

/* Fill request from params (NULL-terminated "NAME=value").  0, or -ENOMEM. */
int request_init(struct request *request, const char *const *params);

/* The same in steps, for variables that stand elsewhere: cgi_vars_add() to vars in between. */
void request_begin(struct request *request);
int request_read(struct request *request);

/*
 * Is it a check: a question of the web server about another request?  By its role, or by the
 * parameter GATE whatever its value, so that a typing error does not make it something else.
 */
bool request_is_check(const struct request *request);

/*
 * The body as it arrived: borrowed, n bytes.  Sets refusal to 413 if is_over_limit (more
 * arrived than the caller kept) or n is over REQUEST_BODY_MAX_BYTES, else to 400 if n is not
 * CONTENT_LENGTH (when one was given: also when it promised a body and none came).
 * A check has none, whatever CONTENT_LENGTH says of the request it asks about: nothing is refused.
 */
void request_set_body(struct request *request, struct str body, bool is_over_limit);

/* Does the client run on this machine, by the addresses that the web server sends? */
bool request_is_local(const struct request *request);

/* Accepts a zeroed struct; may be called twice. */
void request_fini(struct request *request);

/* "GET"; "" for METHOD_UNKNOWN and METHOD_OTHER. */
const char *method_name(enum method method);

#endif
