/* session_cookie.c - see session_cookie.h */
#include "app/session_cookie.h"

#include "auth/auth_session.h"
#include "auth/known_device.h"
#include "core/log_lasting.h"
#include "http/cookie.h"

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
put(struct exchange *x, const struct cookie *cookie)
{
	struct buf text;

	buf_init(&text, COOKIE_MAX_BYTES);
	cookie_format(&text, cookie);
	if (buf_error(&text) == 0)
		response_add_header(x->response, STR_LIT("Set-Cookie"), buf_str(&text));
	else
		x->response->error = buf_error(&text);
	buf_wipe(&text);
}

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

	put(x, &cookie);
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
void
session_cookie_set_device(struct exchange *x, const struct user *user)
{
	char room[KNOWN_DEVICE_NAME_BYTES], text[DEVICE_TEXT_BYTES];
	struct str name = known_device_name(&x->settings, room);

	if (!str_is_null(name) &&
	    device_make(&x->app->env.key, str_of(user->base.id), text) == 0)
		put_cookie(x, name, str_of(text), DEVICE_LIFE_S);
}

void
session_cookie_expire(struct exchange *x)
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
session_cookie_set(struct exchange *x, struct str session_id)
{
	note_details(x, session_id);
	set_cookie(x, session_id);
}

static struct str
own_prefix(const struct exchange *x)
{
	return x->request->is_https ? STR_LIT("__Host-") : STR_LIT("");
}

void
session_cookie_set_own(struct exchange *x, struct str name, struct str value)
{
	const struct cookie cookie = { .prefix = own_prefix(x),
		.name = name,
		.value = value,
		.path = STR_LIT("/"),
		.http_only = true,
		.secure = x->request->is_https,
		.same_site = COOKIE_SAME_SITE_LAX,
		.max_age_s = -1 };

	put(x, &cookie);
}

struct str
session_cookie_find_own(const struct exchange *x, struct str name)
{
	struct str value;

	return !str_is_null(x->request->cookies) &&
		       cookie_find(x->request->cookies, own_prefix(x), name, &value) == 0
		   ? value
		   : STR_NULL;
}
