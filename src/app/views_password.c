/* views_password.c - the user's own password; see views.h */
#include "app/views.h"

#include <sodium.h>

#include "app/answer.h"
#include "app/session_cookie.h"
#include "auth/auth_session.h"
#include "auth/credentials.h"
#include "core/clock.h"
#include "http/fields.h"

struct passwords {
	struct str current, new;
};

/* All members, or the answer says which is not there. */
static bool
find(struct exchange *x, const struct fields *fields, const char *name, struct str *ret_text)
{
	int r = fields_find(fields, name, ret_text);
	struct err text;

	if (r == 0)
		return true;
	(void)err_set(
	    &text, r, "%s %s", name, r == FIELDS_E_ABSENT ? "missing" : "is not a string");
	answer_error(x, 400, str_of(text.text));
	return false;
}

/* ---------------------------------------------------------------------- change */

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

static void
answer_changed(struct exchange *x, const struct user *user, const char *hash)
{
	counters_add(x->app->counters, COUNTER_PASSWORD_CHANGES);
	log_info("password-changed", log_z("user", user->base.id), answer_actor(x));
	answer_user(x, 200, user);
	if (x->auth.ops->has_sessions)
		renew_session(x, user, hash);
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

/* user: as it is now. */
static void
change(struct exchange *x, const struct user *user, const struct passwords *passwords)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	char hash[PASSWORD_HASH_BYTES] = "";
	struct str id = str_of(user->base.id);
	struct user *now = NULL;
	bool is_changed;
	int r = credentials_check(&x->auth, user, passwords->current);

	if (r == AUTHN_THROTTLED) {
		answer_refused(x, r, user->email);
		return;
	}
	if (r > 0) {
		answer_wrong_password(x, user);
		return;
	}
	if (r == 0)
		r = account_change_password(&env, user, passwords->new, hash);
	if (r < 0) {
		if (r != HASHER_LATER)
			note_half_changed(x, user);
		answer_unavailable(x, "password", r);
		return;
	}
	is_changed = r == 0;
	if ((r = users_get(env.users, id, &now)) > 0)
		answer_status(x, 403); /* deleted meanwhile, and the session with the user */
	else if (r < 0)
		answer_unavailable(x, "password", r);
	else if (is_changed)
		answer_changed(x, now, hash);
	else
		change(x, now,
		    passwords); /* there is another hash, perhaps of the same password */
	user_unref(now);
	sodium_memzero(hash, sizeof(hash));
}

/* ------------------------------------------------------------------------ ask */

static void
change_from_fields(struct exchange *x, const struct fields *fields)
{
	struct passwords passwords;
	struct err why;

	if (!find(x, fields, "current_password", &passwords.current) ||
	    !find(x, fields, "new_password", &passwords.new))
		return;
	if (answer_takes_password(x, passwords.new, x->user->email, &why)) {
		change(x, x->user, &passwords);
	} else {
		struct buf text;

		buf_init(&text, sizeof(why.text) + 4);
		buf_addf(&text, "new_%s", why.text);
		answer_error(x, 400, buf_str(&text));
		buf_fini(&text);
	}
}

/* The session that goes on is for as long as the one that asks. */
static void
note_remembered(struct exchange *x)
{
	struct table_entry entry;

	if (x->auth.ops->has_sessions &&
	    auth_session_find(&x->auth, x->auth.session_id, clock_boot_ms(), &entry) == 0)
		x->auth.is_remembered = entry.is_remembered;
}

static void
put_password(struct exchange *x)
{
	struct fields fields;
	int r;

	if (x->user == NULL) {
		answer_status(x, 404);
		return;
	}
	note_remembered(x);
	if ((r = fields_init(&fields, x->request)) < 0)
		answer_unavailable(x, "memory", r);
	else if (r == FIELDS_E_TOO_MANY)
		answer_error(x, 400, STR_LIT("more than 1000 form fields"));
	else if (r != 0)
		answer_error(x, 400, STR_LIT("Wrong format"));
	else
		change_from_fields(x, &fields);
	fields_wipe(&fields);
}

const struct route views_password_routes[] = {
	{ STR_INIT("/users/me/password"), .is_of_users = true,
	    .on = { [METHOD_PUT] = { .view = put_password } } },
	{ .path = STR_INIT("") },
};
