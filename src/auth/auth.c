/* auth.c - see auth.h */
#include "auth/auth.h"

#include "http/cookie.h"

const struct auth_ops auth_ops = {
	.name = "auth",
	.current_user = auth_current_user,
	.create_session = auth_create_session,
	.user_id_for_session_id = auth_user_id_for_session_id,
	.end_session = auth_end_session,
	.destroy_session = auth_destroy_session,
};

void
auth_init(struct auth *auth, struct auth_env *env, const struct request_settings *settings)
{
	*auth = (struct auth){ &auth_ops, env, settings };
}

/* One trailing slash more or less makes no difference. */
static struct str
without_slash(struct str path)
{
	return path.n > 1 && str_ends_with(path, STR_LIT("/")) ? str_take(path, path.n - 1)
							       : path;
}

bool
auth_require_auth(struct str path, const struct str *excluded, size_t n_excluded)
{
	if (str_is_null(path) || excluded == NULL)
		return true;
	for (size_t i = 0; i < n_excluded; i++) {
		if (str_ends_with(excluded[i], STR_LIT("*"))) {
			if (str_starts_with(path, str_take(excluded[i], excluded[i].n - 1)))
				return false;
		} else if (str_eq(without_slash(path), without_slash(excluded[i]))) {
			return false;
		}
	}
	return true;
}

struct str
auth_authorization_header(const struct request *request)
{
	if (request == NULL || str_is_empty(request->authorization))
		return STR_NULL;
	return request->authorization;
}

struct str
auth_session_cookie(const struct auth *auth, const struct request *request)
{
	struct str value;

	if (request == NULL || str_is_null(request->cookies) ||
	    cookie_find(request->cookies, auth->settings->session_name, &value) != 0 ||
	    str_is_empty(value))
		return STR_NULL;
	return value;
}

int
auth_current_user(
    const struct auth *auth, const struct request *request, struct user **ret_user)
{
	(void)auth;
	(void)request;
	(void)ret_user;
	return AUTH_E_NONE;
}

int
auth_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES])
{
	(void)auth;
	(void)user_id;
	(void)ret_session_id;
	return AUTH_E_NONE;
}

int
auth_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES])
{
	(void)auth;
	(void)session_id;
	(void)ret_user_id;
	return AUTH_E_NONE;
}

int
auth_end_session(const struct auth *auth, struct str session_id)
{
	(void)auth;
	(void)session_id;
	return AUTH_E_SESSIONLESS;
}

int
auth_destroy_session(const struct auth *auth, const struct request *request)
{
	(void)auth;
	(void)request;
	return AUTH_E_SESSIONLESS;
}
