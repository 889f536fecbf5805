/*
 * filter.h - does this request get in?
 *
 * Purpose    The original's before_request: runs before routing, for every method.  The one
 *            place where a verdict becomes a status.
 */
#ifndef AUTH_FILTER_H
#define AUTH_FILTER_H

#include "auth/auth.h"

struct filter_outcome {
	/*
	 * FILTER_PASS, or the status of the refusal: 401 without a credential, 403 with a bad
	 * one, 500 for unusable settings, 503 when there is no verdict.  Zero is no value: an
	 * outcome that nobody filled lets nobody in.
	 */
	int status;
	struct user *user; /* a reference of the caller's; NULL: no current user */
	int failure;       /* the negative errno behind a 503, for the log */
	int refusal;       /* the AUTH_E_* behind a 403, for the log: the answer is the same */
};

#define FILTER_PASS 1

#define API_PREFIX "/api/v1" /* every route of ours begins so */

/* auth belongs to the request's settings (registry.h). */
struct filter_outcome filter_run(const struct auth *auth, const struct request *request);

#endif
