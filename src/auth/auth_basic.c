/* auth_basic.c - see auth_basic.h */
#include "auth/auth_basic.h"

#include <errno.h>

#include "auth/credentials.h"
#include "core/base64.h"
#include "core/utf8.h"

#define DECODED_MAX_BYTES 8192 /* web servers take no longer header lines */

const struct auth_ops auth_basic_ops = {
	.name = STR_INIT("basic_auth"),
	.challenge = AUTH_CHALLENGE_BASIC,
	.current_user = auth_basic_current_user,
	.create_session = auth_create_session,
	.owner_of_session = auth_owner_of_session,
	.end_session = auth_end_session,
};

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

/* 0 and views into memory, or AUTHN_BAD_CREDENTIALS. */
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
		return AUTHN_BAD_CREDENTIALS;
	return 0;
}

struct str
auth_basic_address(const struct request *request, struct buf *memory)
{
	struct str email, password;

	return credentials_of(request, memory, &email, &password) == 0 ? email : STR_NULL;
}

/* 0 and the user of credentials that are remembered; 1: they are not. */
static int
recall(struct auth_env *env, struct str email, struct str password, struct user **ret_user)
{
	struct user *user;
	int r = users_find_by_email(env->users, email, &user);

	if (r != 0)
		return r < 0 ? r : 1;
	if (user_is_disabled(user) ||
	    !credential_cache_has(env->verified, email, password, user->password_hash.p)) {
		user_unref(user);
		return 1;
	}
	*ret_user = user;
	return 0;
}

static int
verify(const struct auth *auth, struct str email, struct str password, struct user **ret_user)
{
	int r = recall(auth->env, email, password, ret_user);

	if (r != 1)
		return r;
	if ((r = credentials_verify(auth, email, password, true, ret_user)) == 0)
		credential_cache_add(
		    auth->env->verified, email, password, (*ret_user)->password_hash.p);
	return r;
}

int
auth_basic_current_user(const struct auth *auth, struct user **ret_user)
{
	struct str email, password;
	struct buf memory;
	int r;

	buf_init(&memory, DECODED_MAX_BYTES);
	if ((r = credentials_of(auth->request, &memory, &email, &password)) == 0)
		r = verify(auth, email, password, ret_user);
	buf_wipe(&memory);
	return r;
}
