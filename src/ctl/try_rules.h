/*
 * try_rules.h - which line of the recipe is missing where a door is open
 *
 * Threads    No state.
 */
#ifndef CTL_TRY_RULES_H
#define CTL_TRY_RULES_H

#include "core/str.h"

enum try_rule {
	TRY_SITE_OPEN,    /* everything is */
	TRY_ADDRESS_OPEN, /* others are not */
	TRY_FORM_OPEN,    /* written otherwise it is */
	TRY_METHOD_OPEN,
	TRY_TRACE_OPEN,
	TRY_HEADERS_OPEN, /* to who sends certain headers */
	TRY_SHUT,         /* the gate or the server has failed */
	TRY_CHECK_OPEN,   /* a check can be asked for from outside */
	TRY_NO_PAGE,
	TRY_COOKIE_WEAK,
	TRY_RULE_N
};

enum try_server { TRY_NGINX, TRY_LIGHTTPD, TRY_APACHE, TRY_CADDY, TRY_ANY, TRY_SERVER_N };

/* By its header Server. */
enum try_server try_server_of(struct str header);

const char *try_server_name(enum try_server server);

const char *try_rule_text(enum try_rule rule, enum try_server server);

#endif
