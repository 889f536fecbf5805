/* failed_login.c - see failed_login.h */
#include "app/failed_login.h"

#include "core/log_lasting.h"

/* For the log; NULL: it is none. */
static const char *const reasons[AUTHN_N] = {
	[AUTHN_UNKNOWN_USER] = "no user found for this email",
	[AUTHN_WRONG_PASSWORD] = "wrong password",
	[AUTHN_DISABLED] = "the user is disabled",
};

bool
failed_login_is(int authn)
{
	return reasons[authn] != NULL || authn == AUTHN_THROTTLED;
}

/* NULL: no user has it. */
static struct user *
user_of(const struct exchange *x, struct str email)
{
	struct user *user;

	if (str_is_null(email) || users_find_by_email(x->app->env.users, email, &user) != 0)
		return NULL;
	return user;
}

static void
note_throttled(const struct exchange *x, struct str user_id)
{
	const struct throttle_attempt *attempt = x->auth.attempt;

	counters_add(x->app->counters, COUNTER_LOGINS_THROTTLED);
	log_lasting_warn("login-throttled", log_z("by", attempt->by),
	    log_detail(log_opt("user", user_id)), log_detail(log_i("wait_s", attempt->wait_s)));
}

void
failed_login_note(const struct exchange *x, struct str email, int authn)
{
	struct user *user = user_of(x, email);
	struct str user_id = user != NULL ? str_of(user->base.id) : STR_NULL;

	if (authn == AUTHN_THROTTLED) {
		note_throttled(x, user_id);
	} else {
		counters_add(x->app->counters, COUNTER_LOGINS_FAILED);
		/* The address if somebody wants it: people type passwords into the wrong field. */
		log_info("login-failed", log_z("reason", reasons[authn]),
		    log_opt("user", user_id),
		    log_opt("email", x->app->settings->log_email ? email : STR_NULL));
	}
	user_unref(user);
}
