/*
 * exchange.h - one request on its way to its answer, as the views see it
 */
#ifndef APP_EXCHANGE_H
#define APP_EXCHANGE_H

#include "app/app.h"
#include "auth/auth.h"
#include "server/handler.h"

struct exchange {
	struct app *app;
	const struct request *request;
	const struct request_settings *settings;
	const struct auth *auth;
	const struct user *user; /* the current user; NULL: none */
	struct str id;           /* of /users/<id> */
	struct response *response;
	struct handler_permit permit;
	enum handler_next next; /* else than HANDLER_ANSWERED: the response will be dropped */
};

#endif
