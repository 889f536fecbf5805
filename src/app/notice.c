/* notice.c - see notice.h */
#include "app/notice.h"

#include "core/log.h"

/* What is no mistake on its own is told once a start, and once a day. */
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

#define NEVER "sessions never end by time"

static void
notice_duration(struct counters *counters, const struct settings_request *settings)
{
	if (!settings->is_duration_readable &&
	    log_throttle_pass(
		counters_notice(counters, NOTICE_DURATION_UNREADABLE), LOG_THROTTLE_MS))
		log_warn("setting-unreadable", log_z("setting", "SESSION_DURATION"),
		    log_s("value", settings->session_duration_text), log_z("effect", NEVER),
		    log_z("remedy", SETTINGS_DURATION_REMEDY));
	if (settings_request_ignores_duration(settings) &&
	    log_throttle_pass(counters_notice(counters, NOTICE_DURATION_IGNORED), DAY_MS))
		log_warn("session-duration-ignored",
		    log_s("AUTH_TYPE", settings->auth_type_text),
		    log_s("SESSION_DURATION", settings->session_duration_text),
		    log_z("effect", NEVER),
		    log_z("remedy", "AUTH_TYPE session_exp_auth or session_db_auth"));
}

void
notice_settings(struct counters *counters, const struct settings_request *settings)
{
	notice_duration(counters, settings);
	if (settings->auth_type == SETTINGS_AUTH_AUTH &&
	    str_is_empty(settings->auth_type_text) &&
	    log_throttle_pass(counters_notice(counters, NOTICE_AUTH_TYPE), DAY_MS))
		log_warn("auth-type-unset",
		    log_z("effect", "nobody can sign in: only the open paths answer"),
		    log_z("remedy",
			"let the web server send AUTH_TYPE, such as session_exp_auth, or set "
			"it in the environment of the program; AUTH_TYPE auth means this"));
}

void
notice_environment(struct counters *counters)
{
	const char *const nothing[] = { NULL };
	struct settings_request settings;

	settings_request_read(nothing, &settings);
	notice_duration(counters, &settings);
}
