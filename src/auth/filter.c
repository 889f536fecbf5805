/* filter.c - see filter.h */
#include "auth/filter.h"

static const struct str excluded_paths[] = {
	STR_INIT(API_PREFIX "/status/"),
	STR_INIT(API_PREFIX "/unauthorized/"),
	STR_INIT(API_PREFIX "/forbidden/"),
	STR_INIT(API_PREFIX "/auth_session/login/"),
};

struct filter_outcome
filter_run(const struct auth *auth, const struct request *request)
{
	struct filter_outcome outcome = { 0, NULL, 0, 0 };
	int r;

	/* A type that nobody knows opens nothing, not even the public paths. */
	if (!auth->settings->is_usable) {
		outcome.status = 500;
		return outcome;
	}
	if (auth->settings->auth_type == SETTINGS_AUTH_NONE ||
	    !auth_require_auth(request->path, excluded_paths,
		sizeof(excluded_paths) / sizeof(excluded_paths[0]))) {
		outcome.status = FILTER_PASS;
		return outcome;
	}
	if (str_is_null(auth_authorization_header(request)) &&
	    str_is_null(auth_session_cookie(auth, request))) {
		outcome.status = 401;
		return outcome;
	}
	r = auth->ops->current_user(auth, request, &outcome.user);
	outcome.status = r == 0 ? FILTER_PASS : r > 0 ? 403 : 503;
	outcome.failure = r < 0 ? r : 0;
	outcome.refusal = r > 0 ? r : 0;
	return outcome;
}
