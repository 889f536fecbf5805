/* credentials.c - see credentials.h */
#include "auth/credentials.h"

#include <sodium.h>

#include "core/err.h"
#include "core/log_lasting.h"
#include "password/hasher.h"

static int
verify(struct auth_env *env, const char *stored, struct str password)
{
	int r = hasher_verify(&env->admission, stored, password, env->hash_cost);

	return r == PASSWORD_E_MISMATCH ? CREDENTIALS_E_WRONG : r;
}

/* Costs what a real verification costs. */
static int
verify_nobody(struct auth_env *env, struct str password)
{
	int r = verify(env, "", password);

	return r < 0 ? r : CREDENTIALS_E_UNKNOWN;
}

/*
 * An unsalted hash of the original, or one of another cost: now that the password is known,
 * store it as we would today.  The login does not depend on it.  *user becomes the new one.
 * 0, or HASHER_LATER.
 */
static int
replace_hash(struct auth_env *env, struct user **user, struct str password)
{
	char hash[PASSWORD_HASH_BYTES];
	struct str id = str_of((*user)->base.id);
	struct user *now = NULL;
	int r = hasher_hash(&env->admission, password, env->hash_cost, hash);

	if (r == HASHER_LATER)
		return r;
	if (r == 0)
		r = users_set_password(env->users, id, (*user)->password_hash, str_of(hash));
	if (r == 0)
		log_info("password-rehashed", log_s("user", id), log_s("actor", id));
	else
		log_lasting_warn("password-rehash-failed", log_detail(log_s("user", id)),
		    log_z("reason", err_words(r)));
	/* Only with the hash made here: another one is not known to fit this password. */
	if (r == 0 && users_get(env->users, id, &now) == 0 &&
	    str_eq_z(now->password_hash, hash)) {
		struct user *old = *user;

		*user = now;
		now = old;
	}
	user_unref(now);
	sodium_memzero(hash, sizeof(hash));
	return 0;
}

int
credentials_verify(struct auth_env *env, struct str email, struct str password,
    bool hide_unknown, struct user **ret_user)
{
	struct user *user;
	int r;

	r = users_find_by_email(env->users, email, &user);
	if (r == USERS_E_ABSENT)
		return hide_unknown ? verify_nobody(env, password) : CREDENTIALS_E_UNKNOWN;
	if (r != 0)
		return r;
	if ((r = verify(env, user->password_hash.p, password)) != 0) {
		user_unref(user);
		return r;
	}
	if (password_needs_rehash(user->password_hash.p, env->hash_cost) &&
	    (r = replace_hash(env, &user, password)) != 0) {
		user_unref(user);
		return r;
	}
	*ret_user = user;
	return 0;
}

int
credentials_confirm(struct auth_env *env, const struct user *user, struct str password)
{
	struct user *now;
	int r = users_get(env->users, str_of(user->base.id), &now);

	if (r == USERS_E_ABSENT)
		return CREDENTIALS_E_UNKNOWN;
	if (r != 0)
		return r;
	/* Another hash may be of the same password: another login replaced an old one. */
	if (!str_eq(now->password_hash, user->password_hash))
		r = verify(env, now->password_hash.p, password);
	user_unref(now);
	return r;
}
