/*
 * request_settings.h - the settings that a web server may give with each request
 *
 * Purpose    The rows of core/request_settings_list.h, AUTH_TYPE for one: FastCGI or CGI
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

/* What the kinds of the list are. */
#define REQUEST_TEXT     struct str /* STR_NULL: not given, and there is no default */
#define REQUEST_NAME     struct str
#define REQUEST_WORD     unsigned /* the place of one of its words */
#define REQUEST_SWITCH   bool     /* is it the second of its words? */
#define REQUEST_NUMBER   unsigned
#define REQUEST_DURATION int64_t /* seconds */

enum csrf_check { CSRF_CHECK_ON, CSRF_CHECK_OFF, CSRF_CHECK_LOG }; /* as its words stand */
enum users_api { USERS_API_OPEN, USERS_API_SELF, USERS_API_ADMIN, USERS_API_OFF };
enum auth_cross_site {
	AUTH_CROSS_SITE_REFUSE,
	AUTH_CROSS_SITE_SAME_ORIGIN,
	AUTH_CROSS_SITE_ALLOW
};
enum settings_same_site { SETTINGS_LAX, SETTINGS_STRICT, SETTINGS_NONE }; /* likewise */

struct request_settings {
#define REQUEST(scope, variable, member, kind, ...) REQUEST_##kind member;
#include "core/request_settings_list.h"

	int64_t session_duration_s; /* 0: sessions never expire */
	bool is_duration_readable;  /* when not, session_duration_s is 0 */
	struct str cookie_prefix;   /* stands before session_name; may be empty */
	bool has_one_cookie;        /* two with different values are none */

	/*
	 * SESSIONGATE_STATUS=on as a parameter of the request, never from the environment: the
	 * web server's location is the operators' page of counters, and says who may read it.
	 */
	bool is_status_page;

	struct cgi_var_set wrong; /* the value is not what the row allows */

	/* No value is wrong; else every path is a 500, and the log says: */
	bool is_usable;
	const char *problem;    /* what is wrong, */
	const char *wrong_name; /* of which setting: NULL while is_usable */
	struct str wrong_value; /* and with which value; STR_NULL while is_usable */
};

/*
 * Look the environment up once, before the first request: getenv() is slow and not for threads.
 * Without it the environment says nothing.
 */
void request_settings_prepare(void);

void request_settings_read(const struct cgi_vars *vars, struct request_settings *ret);

/* What a request is decides what stands for what is not given, and what must be. */
enum request_use { REQUEST_OF_API, REQUEST_OF_PAGE, REQUEST_OF_CHECK };

/* The same for one that is not to the API. */
void request_settings_read_for(
    enum request_use use, const struct cgi_vars *vars, struct request_settings *ret);

/*
 * GATE_RETURN_HOSTS (host_list.h); where it is not given, COOKIE_DOMAIN and all below it, written to
 * room.
 */
#define SETTINGS_RETURN_HOSTS_BYTES 512
struct str request_settings_return_hosts(
    const struct request_settings *settings, char room[SETTINGS_RETURN_HOSTS_BYTES]);

/* GATE_PREFIX alone, right or wrong: it tells a page from a request to the API. */
struct str request_settings_gate_prefix(const struct cgi_vars *vars);

/*
 * As Python's int() reads it: white space around, a sign, digits, single underscores between
 * digits; and, beyond that, a unit after the last digit: s, m, h or d.  Zero and negative are
 * 0; large values are cut at SETTINGS_DURATION_MOST_S.  Absent and empty mean the default, 0.
 * False: unreadable, which is 0 too.  (int() also takes digits and blanks outside ASCII; here
 * they are unreadable, and told.)
 */
bool request_settings_duration(struct str text, int64_t *ret_s);

#define SETTINGS_DURATION_REMEDY "give seconds, or a number and s, m, h or d, such as 8h"

#endif
