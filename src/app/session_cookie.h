/*
 * session_cookie.h - the cookies that an answer sets
 */
#ifndef APP_SESSION_COOKIE_H
#define APP_SESSION_COOKIE_H

#include "app/exchange.h"

/* The session of that id is the client's from now on: the cookie has it, and the lists its details. */
void session_cookie_set(struct exchange *x, struct str session_id);

/* For an answer after which this request's session is no more. */
void session_cookie_expire(struct exchange *x);

/* The cookie that says, to the throttle alone, that the user has signed in here. */
void session_cookie_set_device(struct exchange *x, const struct user *user);

/*
 * One that lasts until the browser ends, and that no host but this one gets: under https its name
 * begins with __Host-, whatever the settings say.
 */
void session_cookie_set_own(struct exchange *x, struct str name, struct str value);
struct str session_cookie_find_own(const struct exchange *x, struct str name); /* or STR_NULL */

#endif
