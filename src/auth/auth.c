/* auth.c - see auth.h */
#include "auth/auth.h"

#include "http/cookie.h"

const struct auth_ops auth_ops = {
	.name = STR_INIT("auth"),
	.current_user = auth_current_user,
	.create_session = auth_create_session,
	.owner_of_session = auth_owner_of_session,
	.end_session = auth_end_session,
};

const struct auth_ops auth_none_ops = {
	.name = STR_INIT("none"),
	.admits_all = true,
	.current_user = auth_current_user,
	.create_session = auth_create_session,
	.owner_of_session = auth_owner_of_session,
	.end_session = auth_end_session,
};

static struct str
session_cookie(const struct request *request, const struct request_settings *settings)
{
	struct str prefix = settings->cookie_prefix, name = settings->session_name, value;

	if (request == NULL || str_is_null(request->cookies) ||
	    cookie_find(request->cookies, prefix, name, &value) != 0 || str_is_empty(value))
		return STR_NULL;
	/* A neighbour of the domain may have set one of them: which, nobody can tell. */
	return settings->has_one_cookie && cookie_is_ambiguous(request->cookies, prefix, name)
		   ? STR_NULL
		   : value;
}

void
auth_init(struct auth *auth, const struct auth_ops *ops, struct auth_env *env,
    const struct request_settings *settings, const struct request *request,
    struct hasher_list *hashes)
{
	*auth = (struct auth){ .ops = ops,
		.env = env,
		.settings = settings,
		.request = request,
		.session_id = session_cookie(request, settings),
		.hasher = { &env->admission, env->hash_cost, hashes } };
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

bool
auth_is_usable(const struct auth *auth)
{
	return auth->ops != NULL && auth->settings->is_usable;
}

int
auth_filter(const struct auth *auth, struct str path, const struct str *excluded,
    size_t n_excluded, struct user **ret_user)
{
	*ret_user = NULL;
	/* Then nothing opens, not even the public paths. */
	if (!auth_is_usable(auth))
		return AUTHN_MISCONFIGURED;
	if (auth->ops->admits_all || !auth_require_auth(path, excluded, n_excluded))
		return 0;
	if (str_is_null(auth_authorization_header(auth->request)) &&
	    str_is_null(auth->session_id))
		return AUTHN_NO_CREDENTIALS;
	return auth->ops->current_user(auth, ret_user);
}

struct str
auth_authorization_header(const struct request *request)
{
	if (request == NULL || str_is_empty(request->authorization))
		return STR_NULL;
	return request->authorization;
}

int
auth_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES])
{
	struct table_owner owner;
	int r = auth->ops->owner_of_session(auth, session_id, &owner);

	if (r == 0)
		user_session_unpack_owner(&owner, ret_user_id);
	return r;
}

int
auth_destroy_session(const struct auth *auth)
{
	return auth->ops->end_session(auth, auth->session_id);
}

int
auth_current_user(const struct auth *auth, struct user **ret_user)
{
	(void)auth;
	(void)ret_user;
	return AUTHN_BAD_CREDENTIALS;
}

int
auth_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES])
{
	(void)auth;
	(void)user_id;
	(void)ret_session_id;
	return AUTHN_SESSIONLESS;
}

int
auth_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner)
{
	(void)auth;
	(void)session_id;
	(void)ret_owner;
	return AUTHN_SESSIONLESS;
}

int
auth_end_session(const struct auth *auth, struct str session_id)
{
	(void)auth;
	(void)session_id;
	return AUTHN_SESSIONLESS;
}
