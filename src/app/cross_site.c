/* cross_site.c - see cross_site.h */
#include "app/cross_site.h"

#include "app/router.h"
#include "core/log_lasting.h"
#include "http/origin.h"

#define LOGGED_MAX_BYTES 256

static bool
changes_state(enum method method)
{
	return method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH ||
	       method == METHOD_DELETE;
}

/*
 * Does it do what a browser can be made to do?  A login needs no cookie: it would sign the visitor in
 * as somebody else.  Where sessions are what counts, an Authorization beside the cookie changes
 * nothing: browsers send one on their own, too.
 */
static bool
is_at_risk(const struct exchange *x)
{
	if (x->route != NULL && x->route->is_login)
		return true;
	return !str_is_null(x->auth.session_id) &&
	       (x->auth.ops->has_sessions ||
		   str_is_null(auth_authorization_header(x->request)));
}

/* One that the operator has named. */
static bool
is_named(const struct exchange *x)
{
	return !str_is_null(x->request->origin) &&
	       origin_is_listed(x->settings.cors_origins, x->request->origin);
}

/* One that gets the cookie itself. */
static bool
shares_cookie(const struct exchange *x)
{
	return !str_is_null(x->request->origin) &&
	       origin_is_below(
		   x->request->origin, x->settings.cookie_domain, x->request->is_https);
}

static bool
comes_from_elsewhere(const struct exchange *x)
{
	const struct request *request = x->request;
	struct str site = request->sec_fetch_site;

	if (str_eq(site, STR_LIT("same-origin")) || str_eq(site, STR_LIT("none")))
		return false;
	if (str_eq(site, STR_LIT("cross-site")))
		return !is_named(x);
	if (str_eq(site, STR_LIT("same-site")))
		return !is_named(x) && !shares_cookie(x);
	/* No browser of today, or not over https: then there is the Origin alone. */
	return !str_is_null(request->origin) && !is_named(x) && !shares_cookie(x) &&
	       !origin_is_host(request->origin, request->host, request->is_https);
}

bool
cross_site_is(const struct exchange *x)
{
	return x->settings.csrf_check != CSRF_CHECK_OFF && changes_state(x->request->method) &&
	       auth_is_usable(&x->auth) && is_at_risk(x) && comes_from_elsewhere(x);
}

static struct log_field
detail(const char *key, struct str text)
{
	return log_detail(
	    log_opt(key, text.n > LOGGED_MAX_BYTES ? str_take(text, LOGGED_MAX_BYTES) : text));
}

void
cross_site_note(const struct exchange *x)
{
	const struct request *request = x->request;
	struct log_field site = detail("sec-fetch-site", request->sec_fetch_site);
	struct log_field origin = detail("origin", request->origin);
	struct log_field host = detail("host", request->host);

	counters_add(x->app->counters, COUNTER_CROSS_SITE);
	if (x->kind == EXCHANGE_CHECK)
		log_lasting_warn("cross-site-refused", site, origin, host,
		    log_z("remedy", "if that is a page of yours, name its host in "
				    "GATE_RETURN_HOSTS, or see "
				    "AUTH_CROSS_SITE"));
	else if (x->settings.csrf_check == CSRF_CHECK_ON)
		log_lasting_warn("cross-site-refused", site, origin, host,
		    log_z("remedy",
			"if that is a page of yours, name its origin in CORS_ORIGINS"));
	else
		log_lasting_warn("cross-site-passed", site, origin, host,
		    log_z("effect", "CSRF_CHECK=on would refuse it"));
}
