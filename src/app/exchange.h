/*
 * exchange.h - one request on its way to its answer
 *
 * Purpose    dispatch.c prepares it once: settings, auth type, route are known before anything is
 *            decided.  The views see it so.
 */
#ifndef APP_EXCHANGE_H
#define APP_EXCHANGE_H

#include "app/app.h"
#include "auth/auth.h"
#include "gate/reply.h"
#include "server/handler.h"

/* What it is, decided once, by dispatch.c: a request that cannot be told is none of the first three. */
enum exchange_kind {
	EXCHANGE_API,
	EXCHANGE_PAGE,           /* pages.h */
	EXCHANGE_CHECK,          /* check.h */
	EXCHANGE_GATE_UNKNOWN,   /* a parameter GATE that names no web server, or several */
	EXCHANGE_GATE_FORGOTTEN, /* the path of a check, and nothing says that it is one */
};

struct exchange {
	enum exchange_kind kind;
	enum gate_family family; /* of a check */
	struct app *app;
	const struct request *request;
	struct response *response;
	struct handler_permit permit;
	struct request_settings settings;
	struct auth auth;                /* of its AUTH_TYPE */
	struct throttle_attempt attempt; /* where the permit has none */
	struct str path; /* below API_PREFIX, without a slash at its end; of a page: below
	                    GATE_PREFIX, "" for itself; else STR_NULL */
	const struct route *route; /* NULL: none has this path */
	struct str id;             /* of /users/<id> */
	bool is_cross_site;        /* cross_site.h; of a check: question.h */
	bool is_in_clear;          /* under strict, where that is answered to nobody else */
	struct user *user;         /* the current user; NULL: none */
	enum handler_next next; /* else than HANDLER_ANSWERED: the response will be dropped */
};

#endif
