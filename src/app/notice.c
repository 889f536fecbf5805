/* notice.c - see notice.h */
#include "app/notice.h"

#include <stdio.h>

#include "auth/registry.h"
#include "core/log.h"
#include "core/log_lasting.h"
#include "http/cookie.h"
#include "password/password.h"

/* What is no mistake on its own is told once a start, and once a day. */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

#define NEVER "sessions never end by time"

/* Sessions are to end by time, but those of this type do not. */
static bool
ignores_duration(const struct auth_ops *type, const struct request_settings *settings)
{
	return type != NULL && type->has_sessions && !type->heeds_duration &&
	       settings->session_duration_s > 0;
}

static void
notice_duration(struct counters *counters, const struct auth_ops *type,
    const struct request_settings *settings)
{
	if (!settings->is_duration_readable &&
	    log_throttle_pass(
		counters_notice(counters, NOTICE_DURATION_UNREADABLE), LOG_THROTTLE_MS))
		log_warn("setting-unreadable", log_z("setting", "SESSION_DURATION"),
		    log_s("value", settings->session_duration_text), log_z("effect", NEVER),
		    log_z("remedy", SETTINGS_DURATION_REMEDY));
	if (ignores_duration(type, settings) &&
	    log_throttle_pass(counters_notice(counters, NOTICE_DURATION_IGNORED), DAY_MS))
		log_warn("session-duration-ignored", log_s("AUTH_TYPE", settings->auth_type),
		    log_s("SESSION_DURATION", settings->session_duration_text),
		    log_z("effect", NEVER),
		    log_z("remedy", "AUTH_TYPE session_exp_auth or session_db_auth"));
}

void
notice_settings(struct counters *counters, const struct auth *auth)
{
	notice_duration(counters, auth->ops, auth->settings);
	if (str_is_empty(auth->settings->auth_type) &&
	    log_throttle_pass(counters_notice(counters, NOTICE_AUTH_TYPE), DAY_MS))
		log_warn("auth-type-unset",
		    log_z("effect", "nobody can sign in: only the open paths answer"),
		    log_z("remedy",
			"let the web server send AUTH_TYPE, such as session_exp_auth, or set "
			"it in the environment of the program; AUTH_TYPE auth means this"));
}

void
notice_unusable(const struct request_settings *settings)
{
	log_lasting_error("settings-unusable", log_z("problem", registry_problem(settings)),
	    log_opt("value", settings->wrong_value), log_s("AUTH_TYPE", settings->auth_type),
	    log_s("SESSION_NAME", settings->session_name));
}

void
notice_plain_http(void)
{
	log_lasting_warn("plain-http-refused",
	    log_z("remedy",
		"AUTH_PROFILE=strict: serve it over https alone; where something in front ends "
		"TLS, let the web server send HTTPS=on"));
}

void
notice_cookies(struct counters *counters, const struct auth *auth)
{
	const struct request_settings *settings = auth->settings;

	/* Never their values: the second may be a session that lives. */
	if (auth->ops != NULL && auth->ops->has_sessions &&

	    cookie_is_ambiguous(
		auth->request->cookies, settings->cookie_prefix, settings->session_name) &&
	    log_throttle_pass(counters_notice(counters, NOTICE_COOKIE), LOG_THROTTLE_MS))
		log_warn("cookie-ambiguous", log_s("cookie", settings->session_name),
		    log_z("effect",
			settings->has_one_cookie
			    ? "the client sent several of that name, so none of them counts"
			    : "the client sent several of that name, and the first opens "
			      "nothing"),
		    log_z("remedy",
			"delete the site's cookies in the browser, and see which path or other "
			"site of the domain sets a second one"));
}

#define COST_REMEDY                                                                      \
	"use 5, the default, or more; stored hashes are replaced when their users sign " \
	"in"

static void
cost_effect(unsigned cost, char ret_text[128])
{
	(void)snprintf(ret_text, 128,
	    "whoever gets the password hashes guesses %u times faster than at the default of "
	    "libxcrypt",
	    password_cost_weakness(cost));
}

void
notice_hash_cost(unsigned cost)
{
	char effect[128];

	if (password_cost_weakness(cost) == 0)
		return;
	cost_effect(cost, effect);
	log_warn("hash-cost-low", log_i("hash-cost", cost), log_z("effect", effect),
	    log_z("remedy", COST_REMEDY));
}

void
notice_hash_cost_in(struct checklist *list, unsigned cost)
{
	char effect[128];

	if (password_cost_weakness(cost) == 0)
		return;
	cost_effect(cost, effect);
	checklist_add(
	    list, true, "hash-cost", "warning: %u is low: %s: " COST_REMEDY, cost, effect);
}

static const struct auth_ops *
read_environment(struct request_settings *ret)
{
	request_settings_read(&(struct cgi_vars){ 0 }, ret);
	return registry_find(ret->auth_type);
}

void
notice_environment(struct counters *counters)
{
	struct request_settings settings;
	const struct auth_ops *type = read_environment(&settings);

	notice_duration(counters, type, &settings);
}

void
notice_environment_in(struct checklist *list)
{
	struct request_settings settings;
	const struct auth_ops *type = read_environment(&settings);

	if (!settings.is_duration_readable)
		checklist_remark(list, "SESSION_DURATION",
		    "\"%.*s\" cannot be read, and counts as: "
		    "never; " SETTINGS_DURATION_REMEDY,
		    STR_FMT(settings.session_duration_text));
	else if (ignores_duration(type, &settings))
		checklist_add(list, true, "SESSION_DURATION",
		    "%.*s, which %.*s ignores: its sessions never end by time; "
		    "session_exp_auth and session_db_auth heed it",
		    STR_FMT(settings.session_duration_text), STR_FMT(type->name));
}
