/*
 * request_settings.h - the settings that a web server may give with each request
 *
 * Purpose    the rows REQUEST of settings_list.h, AUTH_TYPE for one: FastCGI or CGI
 *            parameters of the request (fastcgi_param in nginx), else variables of the
 *            process's environment, else defaults.  One running program serves two
 *            locations with two AUTH_TYPEs.
 * Note       RFC 3875 section 4.1.1 also calls a variable AUTH_TYPE, which a web server may set
 *            to "Basic" after authenticating by itself.  The configurations in nginx/ and
 *            lighttpd/ never do both; "Basic" is no type of ours and opens nothing.
 * Ownership  Views are borrowed from the parameters or the environment.
 * Errors     Data, not codes: see is_usable.
 */
#ifndef CONF_REQUEST_SETTINGS_H
#define CONF_REQUEST_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/settings.h"
#include "core/cgi_vars.h"
#include "core/str.h"

/* Seconds; what does not fit is as good as for ever (136 years). */
#define SETTINGS_DURATION_MOST_S INT64_C(4294967295)

#define SETTINGS_MAX_PER_USER_MOST 50000000 /* as of --max-user-sessions */

enum csrf_check { CSRF_CHECK_ON, CSRF_CHECK_OFF, CSRF_CHECK_LOG }; /* as its words stand */
enum settings_same_site { SETTINGS_LAX, SETTINGS_STRICT, SETTINGS_NONE }; /* likewise */

/* As its words stand; see app/permission.h. */
enum users_api { USERS_API_OPEN, USERS_API_SELF, USERS_API_ADMIN, USERS_API_OFF };

struct request_settings {
	bool is_strict;                   /* AUTH_PROFILE */
	struct str auth_type;             /* see auth/registry.h */
	struct str session_name;          /* a cookie token, if is_usable */
	int64_t session_duration_s;       /* 0: sessions never expire */
	struct str session_duration_text; /* as given, for the log */
	bool is_duration_readable;        /* when not, session_duration_s is 0 */
	int64_t session_idle_s;        /* 0: a session may be unused for as long as it lives */
	uint32_t session_max_per_user; /* 0: --max-user-sessions alone counts */
	bool replaces_session;         /* at a login: that of the cookie that came with it */
	bool keeps_details;            /* of sessions that begin: see table/details.h */
	int64_t session_remember_s;    /* 0: no browser is told to keep the cookie */
	struct str cookie_prefix;      /* stands before session_name; may be empty */
	struct str cookie_domain;      /* empty: the host alone */
	enum settings_same_site cookie_same_site;
	bool has_one_cookie;     /* two with different values are none */
	struct str realm;        /* sites that share a program do not share sessions */
	bool is_throttled;       /* LOGIN_THROTTLE: who guesses is slowed */
	uint32_t password_min;   /* characters of a new password, at least */
	struct str cors_origins; /* STR_NULL: any; else a list, blank or comma separated */

	bool has_token_ids; /* SESSION_ID: of new login sessions */
	enum users_api users_api;
	struct str admin_group;     /* a group's name, if is_usable */
	enum csrf_check csrf_check; /* of what a page of another site asks for */

	/*
	 * SESSIONGATE_STATUS=on as a parameter of the request, never from the environment: the
	 * web server's location is the operators' page of counters, and says who may read it.
	 */
	bool is_status_page;

	/* No value is wrong; else every path is a 500, and the log says: */
	bool is_usable;
	const char *problem;    /* what is wrong, */
	const char *wrong_name; /* of which setting: NULL while is_usable */
	struct str wrong_value; /* and with which value; STR_NULL while is_usable */
};

/* Look the environment up once, before the first request: getenv() is slow and not for threads.
 */
void request_settings_prepare(void);

void request_settings_read(const struct cgi_vars *vars, struct request_settings *ret);

/*
 * As Python's int() reads it: white space around, a sign, digits, single underscores between
 * digits; and, beyond that, a unit after the last digit: s, m, h or d.  Zero and negative are
 * 0; large values are cut at SETTINGS_DURATION_MOST_S.  Absent and empty mean the default, 0.
 * False: unreadable, which is 0 too.  (int() also takes digits and blanks outside ASCII; here
 * they are unreadable, and told.)
 */
bool request_settings_duration(struct str text, int64_t *ret_s);

/* A longer minimum would keep out who uses as many characters as anybody has to take. */
#define SETTINGS_PASSWORD_MIN_MOST 64

#define SETTINGS_DURATION_REMEDY "give seconds, or a number and s, m, h or d, such as 8h"

#endif
