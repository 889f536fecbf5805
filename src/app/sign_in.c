/* sign_in.c - see sign_in.h */
#include "app/sign_in.h"

#include <errno.h>

#include <sodium.h>

#include "app/session_cookie.h"
#include "auth/credentials.h"
#include "core/log.h"

/* The session is there: hand it out, if the user and the password still are. */
static int
welcome(struct exchange *x, const struct user *user, struct str password, struct str session_id)
{
	int r = credentials_confirm(&x->auth, user, password);

	if (r != 0) {
		/* Nobody knows its id, whether it can be ended or not. */
		(void)x->auth.ops->end_session(&x->auth, session_id);
		return r;
	}
	session_cookie_set(x, session_id);
	session_cookie_set_device(x, user);
	counters_add(x->app->counters, COUNTER_LOGINS);
	log_info("login", log_z("user", user->base.id));
	return 0;
}

/* Whoever's it is: from now on this browser is somebody else, or the same under a new id. */
static int
end_former_session(const struct exchange *x)
{
	int r =
	    str_is_null(x->auth.session_id) ? AUTHN_NO_SESSION : auth_destroy_session(&x->auth);

	if (r == 0)
		log_info("session-replaced");
	return r < 0 ? r : 0;
}

int
sign_in(struct exchange *x, const struct sign_in *how, struct user **ret_user)
{
	char session_id[IDENT_SESSION_BYTES];
	struct user *user;
	int r =
	    credentials_verify(&x->auth, how->email, how->password, how->hides_unknown, &user);

	if (r != 0)
		return r;
	r = how->ends_former ? end_former_session(x) : 0;
	if (r == 0)
		r = x->auth.ops->create_session(&x->auth, str_of(user->base.id), session_id);
	if (r == 0)
		r = welcome(x, user, how->password, str_of(session_id));
	sodium_memzero(session_id, sizeof(session_id));
	if (r == 0)
		*ret_user = user;
	else
		user_unref(user);
	return r;
}

static bool
is_full(int r)
{
	return r == -ENOSPC || r == -EDQUOT || r == -EFBIG;
}

const char *
sign_in_failure(const struct exchange *x, int r)
{
	if (!is_full(r))
		return "login";
	/* The table holds one entry of its own. */
	return table_count(x->app->env.table) > x->app->settings->max_sessions
		   ? "login: there are --max-sessions login sessions"
		   : "login: the disk of the data or the run directory is full, or a limit on "
		     "the size of files is reached";
}

int
sign_out(struct exchange *x)
{
	int r = auth_destroy_session(&x->auth);

	if (r == 0) {
		session_cookie_expire(x);
		counters_add(x->app->counters, COUNTER_LOGOUTS);
		log_info("logout", log_z("user", x->user != NULL ? x->user->base.id : ""));
	}
	return r;
}
