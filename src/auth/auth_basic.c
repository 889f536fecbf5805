/* auth_basic.c - see auth_basic.h */
#include "auth/auth_basic.h"

#include <errno.h>

#include "auth/credentials.h"
#include "core/base64.h"
#include "core/utf8.h"

#define DECODED_MAX_BYTES 8192 /* web servers take no longer header lines */

const struct auth_ops auth_basic_ops = {
	.name = "basic_auth",
	.current_user = auth_basic_current_user,
	.create_session = auth_create_session,
	.user_id_for_session_id = auth_user_id_for_session_id,
	.end_session = auth_end_session,
	.destroy_session = auth_destroy_session,
};

void
auth_basic_init(
    struct auth *auth, struct auth_env *env, const struct request_settings *settings)
{
	auth_init(auth, env, settings);
	auth->ops = &auth_basic_ops;
}

struct str
auth_basic_extract_base64(struct str header)
{
	struct str scheme, rest;

	if (!str_split(header, ' ', &scheme, &rest) || !str_eq_nocase(scheme, STR_LIT("Basic")))
		return STR_NULL;
	return rest;
}

bool
auth_basic_decode_base64(struct str base64, struct buf *out)
{
	return !str_is_null(base64) && base64_decode(base64, out) == 0 &&
	       utf8_is_valid(buf_str(out));
}

bool
auth_basic_extract_credentials(
    struct str decoded, struct str *ret_email, struct str *ret_password)
{
	return str_split(decoded, ':', ret_email, ret_password);
}

/* 0 and views into memory, or AUTH_E_NONE. */
static int
credentials_of(const struct request *request, struct buf *memory, struct str *ret_email,
    struct str *ret_password)
{
	struct str header = auth_authorization_header(request);

	/* Two headers: which one a proxy in front believed cannot be known. */
	if (str_is_null(header) || request->has_two_authorizations ||
	    !auth_basic_decode_base64(auth_basic_extract_base64(header), memory) ||
	    !auth_basic_extract_credentials(buf_str(memory), ret_email, ret_password) ||
	    str_is_empty(*ret_email) || str_is_empty(*ret_password))
		return AUTH_E_NONE;
	return 0;
}

struct str
auth_basic_address(const struct request *request, struct buf *memory)
{
	struct str email, password;

	return credentials_of(request, memory, &email, &password) == 0 ? email : STR_NULL;
}

/* The user of credentials that are remembered, or AUTH_E_NONE. */
static int
recall(struct auth_env *env, struct str email, struct str password, struct user **ret_user)
{
	struct user *user;
	int r = users_find_by_email(env->users, email, &user);

	if (r != 0)
		return r < 0 ? r : AUTH_E_NONE;
	if (!credential_cache_has(env->verified, email, password, user->password_hash.p)) {
		user_unref(user);
		return AUTH_E_NONE;
	}
	*ret_user = user;
	return 0;
}

int
auth_basic_current_user(
    const struct auth *auth, const struct request *request, struct user **ret_user)
{
	struct auth_env *env = auth->env;
	struct str email, password;
	struct buf memory;
	int r;

	buf_init(&memory, DECODED_MAX_BYTES);
	r = credentials_of(request, &memory, &email, &password);
	if (r == 0 && (r = recall(env, email, password, ret_user)) == AUTH_E_NONE) {
		r = credentials_verify(env, email, password, true, ret_user);
		if (r == 0)
			credential_cache_add(
			    env->verified, email, password, (*ret_user)->password_hash.p);
		else if (r > 0)
			r = r == CREDENTIALS_E_UNKNOWN ? AUTH_E_UNKNOWN : AUTH_E_WRONG;
	}
	buf_wipe(&memory);
	return r;
}
