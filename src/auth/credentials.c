/* credentials.c - see credentials.h */
#include "auth/credentials.h"

#include <sodium.h>

#include "auth/known_device.h"
#include "core/err.h"
#include "core/log_lasting.h"

/* Costs what a real verification costs. */
static int
verify_nobody(const struct auth *auth, struct str password)
{
	int r = hasher_verify(&auth->hasher, "", password);

	return r < 0 ? r : AUTHN_UNKNOWN_USER;
}

/*
 * An unsalted hash of the original, or one of another cost: now that the password is known,
 * store it as we would today.  The login does not depend on it.  *user becomes the new one.
 * 0, or HASHER_LATER.
 */
static int
replace_hash(const struct auth *auth, struct user **user, struct str password)
{
	char hash[PASSWORD_HASH_BYTES];
	struct users *users = auth->env->users;
	struct str id = str_of((*user)->base.id);
	struct user *now = NULL;
	int r = hasher_hash(&auth->hasher, password, hash);

	if (r == HASHER_LATER)
		return r;
	if (r == 0)
		r = users_set_password(users, id, (*user)->password_hash, str_of(hash));
	if (r == 0)
		log_info("password-rehashed", log_s("user", id), log_s("actor", id));
	else
		log_lasting_warn("password-rehash-failed", log_detail(log_s("user", id)),
		    log_z("reason", journal_words(r)));
	/* Only with the hash made here: another one is not known to fit this password. */
	if (r == 0 && users_get(users, id, &now) == 0 && str_eq_z(now->password_hash, hash)) {
		struct user *old = *user;

		*user = now;
		now = old;
	}
	user_unref(now);
	sodium_memzero(hash, sizeof(hash));
	return 0;
}

/*
 * Costs what a wrong password costs, whatever is stored and given, for it is one: the hash is not
 * that of any password.
 */
static int
verify_disabled(const struct auth *auth, const struct user *user, struct str password)
{
	struct str stored = user->password_hash;
	char hash[PASSWORD_HASH_BYTES];
	int r;

	/* What is longer is no hash anyway. */
	if (stored.n == 0 || stored.n >= sizeof(hash)) {
		r = hasher_verify(&auth->hasher, stored.p, password);
	} else {
		memcpy(hash, stored.p, stored.n + 1);
		hash[stored.n - 1] = hash[stored.n - 1] == '0' ? '1' : '0';
		r = hasher_verify(&auth->hasher, hash, password);
		sodium_memzero(hash, sizeof(hash));
	}
	return r < 0 ? r : AUTHN_DISABLED;
}

static int
check(const struct auth *auth, const struct user *user, struct str password)
{
	return user_is_disabled(user)
		   ? verify_disabled(auth, user, password)
		   : hasher_verify(&auth->hasher, user->password_hash.p, password);
}

/* user NULL: nobody has the address.  It goes, or becomes *ret_user. */
static int
verify(const struct auth *auth, struct user *user, struct str password, bool hide_unknown,
    struct user **ret_user)
{
	int r;

	if (user == NULL)
		return hide_unknown ? verify_nobody(auth, password) : AUTHN_UNKNOWN_USER;
	r = check(auth, user, password);
	if (r == 0 && password_needs_rehash(user->password_hash.p, auth->env->hash_cost))
		r = replace_hash(auth, &user, password);
	if (r == 0)
		*ret_user = user;
	else
		user_unref(user);
	return r;
}

/*
 * May a password for that address be looked at?  0, AUTHN_THROTTLED, negative errno.  user: who has the
 * address; NULL: nobody.
 */
static int
begin(const struct auth *auth, struct str email, const struct user *user)
{
	struct device device;
	int r;

	if (auth->attempt == NULL)
		return 0;
	r = throttle_begin(&auth->env->throttle, email, auth->request->remote_addr,
	    known_device_find(auth, str_of(user != NULL ? user->base.id : ""), &device)
		? str_mem(device.bytes, sizeof(device.bytes))
		: STR_NULL,
	    auth->attempt);
	return r > 0 ? AUTHN_THROTTLED : r;
}

/* It was, and r came of it. */
static int
end(const struct auth *auth, int r)
{
	/* Until the hash is there, the try counts. */
	if (auth->attempt != NULL && r != HASHER_LATER)
		throttle_end(auth->attempt, r == 0  ? THROTTLE_PASSED
					    : r > 0 ? THROTTLE_REFUSED
						    : THROTTLE_NOT_TRIED);
	return r;
}

int
credentials_verify(const struct auth *auth, struct str email, struct str password,
    bool hide_unknown, struct user **ret_user)
{
	struct user *user = NULL;
	int r = users_find_by_email(auth->env->users, email, &user);

	if (r == USERS_E_ABSENT)
		user = NULL;
	else if (r != 0)
		return r;
	if ((r = begin(auth, email, user)) != 0) {
		user_unref(user);
		return r;
	}
	return end(auth, verify(auth, user, password, hide_unknown, ret_user));
}

int
credentials_check(const struct auth *auth, const struct user *user, struct str password)
{
	int r = begin(auth, user->email, user);

	return r != 0 ? r : end(auth, check(auth, user, password));
}

int
credentials_confirm(const struct auth *auth, const struct user *user, struct str password)
{
	struct user *now;
	int r = users_get(auth->env->users, str_of(user->base.id), &now);

	if (r == USERS_E_ABSENT)
		return AUTHN_UNKNOWN_USER;
	if (r != 0)
		return r;
	if (user_is_disabled(now))
		r = AUTHN_DISABLED;
	/* Another hash may be of the same password: another login replaced an old one. */
	else if (!str_eq(now->password_hash, user->password_hash))
		r = hasher_verify(&auth->hasher, now->password_hash.p, password);
	user_unref(now);
	return r;
}
