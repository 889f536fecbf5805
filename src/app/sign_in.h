/*
 * sign_in.h - signing in and out, for the API and the pages alike
 *
 * Errors     enum authn, for the caller to answer and, where it is a failed login, to note
 *            (failed_login.h); negative errno, for 503, what failed: sign_in_failure().
 */
#ifndef APP_SIGN_IN_H
#define APP_SIGN_IN_H

#include "app/exchange.h"

struct sign_in {
	struct str email, password;
	bool hides_unknown; /* credentials.h */
	bool
	    ends_former; /* a live session of this request's cookie is gone then, whoever's it is */
};

/*
 * 0: the response sets the cookie of a new session, all is counted and logged, and *ret_user is a
 * reference.  x->auth.is_remembered says whether the session is.
 */
int sign_in(struct exchange *x, const struct sign_in *how, struct user **ret_user);

/* For the log. */
const char *sign_in_failure(const struct exchange *x, int r);

/* 0: the session of this request's cookie is gone in every process, and the response expires it. */
int sign_out(struct exchange *x);

#endif
