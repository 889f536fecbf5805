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
#include "server/handler.h"

struct exchange {
	struct app *app;
	const struct request *request;
	struct response *response;
	struct handler_permit permit;
	struct request_settings settings;
	struct auth auth;                /* of its AUTH_TYPE */
	struct throttle_attempt attempt; /* where the permit has none */
	struct str path; /* below API_PREFIX, without a slash at its end; or STR_NULL */
	const struct route *route; /* NULL: none has this path */
	struct str id;             /* of /users/<id> */
	bool is_cross_site;        /* cross_site.h */
	struct user *user;         /* the current user; NULL: none */
	enum handler_next next; /* else than HANDLER_ANSWERED: the response will be dropped */
};

#endif
