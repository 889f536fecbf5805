/* views_session.c - signing in and out; see views.h */
#include "app/views.h"

#include <assert.h>
#include <errno.h>

#include <sodium.h>

#include "app/answer.h"
#include "auth/auth_session.h"
#include "auth/credentials.h"
#include "auth/known_device.h"
#include "core/log.h"
#include "core/log_lasting.h"
#include "http/cookie.h"
#include "http/form.h"

static_assert(FORM_FIELDS_MAX == 1000, "the text of the refusal says so");

#define COOKIE_MAX_BYTES 4096 /* RFC 6265 section 6.1 */

/* For how long a browser is to keep the cookie: no longer than the session lives. */
static int64_t
max_age_s(const struct exchange *x)
{
	int64_t s = x->settings.session_remember_s;

	if (!x->auth.is_remembered || s == 0)
		return -1;
	return x->auth.ops->heeds_duration && x->settings.session_duration_s > 0 &&
		       x->settings.session_duration_s < s
		   ? x->settings.session_duration_s
		   : s;
}

static const enum cookie_same_site same_sites[] = {
	[SETTINGS_LAX] = COOKIE_SAME_SITE_LAX,
	[SETTINGS_STRICT] = COOKIE_SAME_SITE_STRICT,
	[SETTINGS_NONE] = COOKIE_SAME_SITE_NONE,
};

static void
put_cookie(struct exchange *x, struct str name, struct str value, int64_t its_max_age_s)
{
	const struct cookie cookie = { .prefix = x->settings.cookie_prefix,
		.name = name,
		.value = value,
		.path = STR_LIT("/"),
		.http_only = true,
		.secure = x->request->is_https,
		.same_site = same_sites[x->settings.cookie_same_site],
		.max_age_s = its_max_age_s,
		.domain = x->settings.cookie_domain };
	struct buf text;

	buf_init(&text, COOKIE_MAX_BYTES);
	cookie_format(&text, &cookie);
	if (buf_error(&text) == 0)
		response_add_header(x->response, STR_LIT("Set-Cookie"), buf_str(&text));
	else
		x->response->error = buf_error(&text);
	buf_wipe(&text);
}

/* value STR_NULL: expire the cookie. */
static void
set_cookie(struct exchange *x, struct str value)
{
	bool expires = str_is_null(value);

	put_cookie(x, x->settings.session_name, expires ? STR_LIT("") : value,
	    expires ? 0 : max_age_s(x));
}

/* A sign-in without it is one. */
static void
set_device_cookie(struct exchange *x, const struct user *user)
{
	char room[KNOWN_DEVICE_NAME_BYTES], text[DEVICE_TEXT_BYTES];
	struct str name = known_device_name(&x->settings, room);

	if (!str_is_null(name) &&
	    device_make(&x->app->env.key, str_of(user->base.id), text) == 0)
		put_cookie(x, name, str_of(text), DEVICE_LIFE_S);
}

void
views_session_expire_cookie(struct exchange *x)
{
	set_cookie(x, STR_NULL);
}

/* For lists alone: a login without them is one. */
static void
note_details(struct exchange *x, struct str session_id)
{
	struct digest_tag tag;
	int r;

	if (!x->settings.keeps_details)
		return;
	tag = auth_session_tag(&x->auth, session_id);
	r = details_put(x->app->details, &tag, x->request->remote_addr, x->request->user_agent);
	if (r != 0)
		log_lasting_warn("session-details-lost", log_z("reason", journal_words(r)));
}

void
views_hand_out_session(struct exchange *x, struct str session_id)
{
	note_details(x, session_id);
	set_cookie(x, session_id);
}

/* What credentials_verify() or credentials_confirm() says, when it is not 0. */
static void
refuse_credentials(struct exchange *x, struct str email, int r)
{
	if (r > 0)
		answer_refused(x, r, email);
	else
		answer_unavailable(x, "login", r);
}

/* The session is there: hand it out, if the user and the password still are. */
static void
welcome(struct exchange *x, const struct user *user, struct str password, struct str session_id)
{
	int r = credentials_confirm(&x->auth, user, password);

	if (r != 0) {
		/* Nobody knows its id, whether it can be ended or not. */
		(void)x->auth.ops->end_session(&x->auth, session_id);
		refuse_credentials(x, user->email, r);
		return;
	}
	answer_user(x, 200, user);
	views_hand_out_session(x, session_id);
	set_device_cookie(x, user);
	counters_add(x->app->counters, COUNTER_LOGINS);
	log_info("login", log_z("user", user->base.id));
}

/* For the log: where no room for a session was.  The table holds one entry of its own. */
static const char *
what_is_full(const struct exchange *x)
{
	return table_count(x->app->env.table) > x->app->settings->max_sessions
		   ? "login: there are --max-sessions login sessions"
		   : "login: the disk of the data or the run directory is full, or a limit on "
		     "the size of files is reached";
}

static bool
is_full(int r)
{
	return r == -ENOSPC || r == -EDQUOT || r == -EFBIG;
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

static void
start_session(struct exchange *x, const struct user *user, struct str password)
{
	char session_id[IDENT_SESSION_BYTES];
	int r = x->settings.replaces_session ? end_former_session(x) : 0;

	if (r == 0)
		r = x->auth.ops->create_session(&x->auth, str_of(user->base.id), session_id);
	if (r == 0) {
		welcome(x, user, password, str_of(session_id));
	} else if (r > 0) {
		answer_refused(x, r, STR_NULL);
	} else {
		answer_unavailable(x, is_full(r) ? what_is_full(x) : "login", r);
	}
	sodium_memzero(session_id, sizeof(session_id));
}

static void
login(struct exchange *x, struct str email, struct str password)
{
	struct user *user;
	int r = credentials_verify(&x->auth, email, password, x->settings.is_strict, &user);

	if (r != 0) {
		refuse_credentials(x, email, r);
		return;
	}
	start_session(x, user, password);
	user_unref(user);
}

static void
log_in(struct exchange *x)
{
	struct str email, password, remember;
	struct form form;
	int r = form_init(&form, x->request->content_type, x->request->body);

	if (r < 0)
		answer_unavailable(x, "memory", r);
	else if (r == FORM_E_TOO_MANY)
		answer_error(x, 400, STR_LIT("more than 1000 form fields"));
	/* What is no form has no fields. */
	else if (form_find(&form, STR_LIT("email"), &email) != 0 || str_is_empty(email))
		answer_error(x, 400, STR_LIT("email missing"));
	else if (form_find(&form, STR_LIT("password"), &password) != 0 ||
		 str_is_empty(password))
		answer_error(x, 400, STR_LIT("password missing"));
	else {
		x->auth.is_remembered = x->settings.session_remember_s > 0 &&
					form_find(&form, STR_LIT("remember"), &remember) == 0 &&
					str_eq(remember, STR_LIT("1"));
		login(x, email, password);
	}
	form_wipe(&form);
}

static void
log_out(struct exchange *x)
{
	int r = auth_destroy_session(&x->auth);

	/* One that ended after the filter saw it gets what the filter says of such a session. */
	if (r > 0) {
		answer_refused(x, r, STR_NULL);
	} else if (r != 0) {
		answer_unavailable(x, "logout", r);
	} else {
		answer_json(x, 200, STR_LIT("{}\n"));
		views_session_expire_cookie(x);
		counters_add(x->app->counters, COUNTER_LOGOUTS);
		log_info("logout", log_z("user", x->user != NULL ? x->user->base.id : ""));
	}
}

const struct route views_session_routes[] = {
	{ STR_INIT("/auth_session/login"), .is_public = true, .is_login = true,
	    .on = { [METHOD_POST] = { .view = log_in } } },
	{ STR_INIT("/auth_session/logout"),
	    .on = { [METHOD_DELETE] = { .view = log_out, .needs = HANDLER_WAIT } } },
	{ .path = STR_INIT("") },
};
