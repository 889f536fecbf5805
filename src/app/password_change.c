/* password_change.c - see password_change.h */
#include "app/password_change.h"

#include <sodium.h>

#include "app/answer.h"
#include "app/failed_login.h"
#include "app/session_cookie.h"
#include "auth/auth_session.h"
#include "auth/credentials.h"
#include "core/clock.h"

/* The session that goes on is for as long as the one that asks. */
static void
note_remembered(struct exchange *x)
{
	struct table_entry entry;

	if (x->auth.ops->has_sessions &&
	    auth_session_find(&x->auth, x->auth.session_id, clock_boot_ms(), &entry) == 0)
		x->auth.is_remembered = entry.is_remembered;
}

/*
 * All sessions of the user have ended, this one too: it goes on under another id, as if the user
 * had signed in with the new password.  Where none can begin, the user has to.
 */
static void
renew_session(struct exchange *x, const struct user *user, const char *hash)
{
	char session_id[IDENT_SESSION_BYTES];
	struct str id = str_of(user->base.id);
	int r = x->auth.ops->create_session(&x->auth, id, session_id);
	struct user *now = NULL;

	/* Yet another password, meanwhile, has ended all sessions, and cannot have seen this one. */
	if (r == 0 && ((r = users_get(x->app->env.users, id, &now)) != 0 ||
			  !str_eq_z(now->password_hash, hash))) {
		(void)x->auth.ops->end_session(&x->auth, str_of(session_id));
		r = r < 0 ? r : AUTHN_NO_SESSION;
	}
	user_unref(now);
	if (r < 0)
		log_warn("session-not-renewed", log_s("user", id),
		    log_z("reason", journal_words(r)),
		    log_z("effect", "the password is changed, and the user is signed out"));
	if (r == 0)
		session_cookie_set(x, str_of(session_id));
	else
		session_cookie_expire(x);
	sodium_memzero(session_id, sizeof(session_id));
}

/* Something failed: the answer is 503, and the log says whether the password is the new one already. */
static void
note_half_changed(const struct exchange *x, const struct user *before)
{
	struct user *now;

	if (users_get(x->app->env.users, str_of(before->base.id), &now) != 0)
		return;
	if (!str_eq(now->password_hash, before->password_hash))
		log_warn("password-changed", log_z("user", now->base.id), answer_actor(x),
		    log_z("effect", "not all of the user's login sessions could be ended"));
	user_unref(now);
}

static void
conclude(struct exchange *x, const struct user *user, const char *hash)
{
	counters_add(x->app->counters, COUNTER_PASSWORD_CHANGES);
	log_info("password-changed", log_z("user", user->base.id), answer_actor(x));
	if (x->auth.ops->has_sessions)
		renew_session(x, user, hash);
}

/* user: as it is now. */
static int
change(struct exchange *x, const struct user *user, struct str current, struct str new_password,
    struct user **ret_user)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	char hash[PASSWORD_HASH_BYTES] = "";
	struct user *now = NULL;
	bool is_changed;
	int r = credentials_check(&x->auth, user, current);

	if (r > 0) {
		r = r == AUTHN_THROTTLED ? r : AUTHN_WRONG_PASSWORD;
		failed_login_note(x, user->email, r);
		return r;
	}
	if (r == 0)
		r = account_change_password(&env, user, new_password, hash);
	if (r < 0) {
		if (r != HASHER_LATER)
			note_half_changed(x, user);
		return r;
	}
	is_changed = r == 0;
	r = users_get(env.users, str_of(user->base.id), &now);
	if (r == 0 && is_changed) {
		conclude(x, now, hash);
		*ret_user = now;
	}
	sodium_memzero(hash, sizeof(hash));
	if (r == 0 && !is_changed) {
		/* There is another hash, perhaps of the same password. */
		r = change(x, now, current, new_password, ret_user);
		user_unref(now);
		return r;
	}
	/* Deleted meanwhile, and the session with the user. */
	return r > 0 ? AUTHN_NO_SESSION : r;
}

int
password_change(
    struct exchange *x, struct str current, struct str new_password, struct user **ret_user)
{
	note_remembered(x);
	return change(x, x->user, current, new_password, ret_user);
}
