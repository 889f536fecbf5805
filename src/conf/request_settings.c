/* request_settings.c - see request_settings.h */
#include "conf/request_settings.h"

#include <stdlib.h>

#include "core/groups.h"

/* What it says in the place of a request that does not. */
static struct cgi_vars environment;

void
request_settings_prepare(void)
{
	for (size_t i = 0; i < settings_n; i++)
		if (settings_table[i].scope == SETTINGS_REQUEST)
			environment.values[settings_table[i].var] =
			    str_of(getenv(settings_table[i].name));
}

/* What int() takes for white space, within ASCII; str.strip() takes 0x1c to 0x1f too. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const struct {
	char letter;
	int64_t s;
} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 60 * 60 }, { 'd', 24 * 60 * 60 } };

/* The unit at the end of text, which goes; seconds without one. */
static int64_t
take_unit(struct str *text)
{
	for (size_t i = 0; text->n > 0 && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text->p[text->n - 1] == units[i].letter) {
			text->n--;
			return units[i].s;
		}
	}
	return 1;
}

static int64_t
cut(int64_t n)
{
	return n > SETTINGS_DURATION_MOST_S ? SETTINGS_DURATION_MOST_S : n;
}

bool
request_settings_duration(struct str text, int64_t *ret_s)
{
	bool is_negative, after_digit = false;
	int64_t n = 0, unit;

	*ret_s = 0;
	if (text.n == 0)
		return true;
	while (text.n > 0 && is_space(text.p[0]))
		text = str_skip(text, 1);
	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	unit = take_unit(&text);
	is_negative = str_starts_with(text, STR_LIT("-"));
	if (is_negative || str_starts_with(text, STR_LIT("+")))
		text = str_skip(text, 1);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '_' && after_digit) {
			after_digit = false;
			continue;
		}
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		after_digit = true;
		n = cut(n * 10 + (text.p[i] - '0'));
	}
	/* Nothing, or "1_": no number. */
	if (!after_digit)
		return false;
	*ret_s = is_negative ? 0 : cut(n * unit);
	return true;
}

static struct str
given(const struct cgi_vars *vars, enum cgi_var var)
{
	return str_is_null(vars->values[var]) ? environment.values[var] : vars->values[var];
}

/* What is given, else what AUTH_PROFILE=strict says; STR_NULL: the default. */
static struct str
value_of(const struct cgi_vars *vars, enum cgi_var var)
{
	struct str value = given(vars, var);

	if (str_is_null(value) && str_eq(given(vars, CGI_AUTH_PROFILE), STR_LIT("strict")))
		value = str_of(settings_of_request(var)->strict);
	return value;
}

/* The first that is wrong is told. */
static void
refuse(
    struct request_settings *settings, enum cgi_var var, struct str value, const char *problem)
{
	if (!settings->is_usable)
		return;
	settings->is_usable = false;
	settings->problem = problem;
	settings->wrong_name = cgi_vars_name(var);
	settings->wrong_value = value;
}

/* One of the words of its row, by its place.  What is none, an empty text too, opens nothing. */
static int
word_of(const struct cgi_vars *vars, enum cgi_var var, const char *problem,
    struct request_settings *settings)
{
	const struct setting *setting = settings_of_request(var);
	struct str value = value_of(vars, var);
	int which;

	if (str_is_null(value))
		value = str_of(setting->fallback);
	if ((which = settings_word(setting, value)) < 0)
		refuse(settings, var, value, problem);
	return which < 0 ? 0 : which;
}

/* A duration, but what is none, empty or negative opens nothing: nobody means "off" by it. */
static int64_t
limit_of(const struct cgi_vars *vars, enum cgi_var var, const char *problem,
    struct request_settings *settings)
{
	struct str value = value_of(vars, var);
	int64_t s = 0;

	if (!str_is_null(value) && (value.n == 0 || str_index(value, '-') >= 0 ||
				       !request_settings_duration(value, &s)))
		refuse(settings, var, value, problem);
	return s;
}

static uint32_t
number_of(const struct cgi_vars *vars, enum cgi_var var, uint32_t most, const char *problem,
    struct request_settings *settings)
{
	struct str value = value_of(vars, var);
	uint64_t n = 0;
	bool is_number = str_is_null(value) || value.n > 0;

	for (size_t i = 0; i < value.n && is_number; i++) {
		is_number = value.p[i] >= '0' && value.p[i] <= '9';
		n = n * 10 + (uint64_t)(value.p[i] - '0');
		is_number = is_number && n <= most;
	}
	if (!is_number)
		refuse(settings, var, value, problem);
	return is_number ? (uint32_t)n : 0;
}

static void
read_sessions(const struct cgi_vars *vars, struct request_settings *ret)
{
	ret->session_idle_s = limit_of(vars, CGI_SESSION_IDLE,
	    "SESSION_IDLE is no limit: " SETTINGS_DURATION_REMEDY "; 0: none", ret);
	if (str_is_null(given(vars, CGI_SESSION_IDLE)) && ret->session_duration_s > 0 &&
	    ret->session_idle_s > ret->session_duration_s)
		ret->session_idle_s = ret->session_duration_s; /* nobody asked for both */
	else if (ret->session_duration_s > 0 && ret->session_idle_s > ret->session_duration_s)
		refuse(ret, CGI_SESSION_IDLE, value_of(vars, CGI_SESSION_IDLE),
		    "SESSION_IDLE is longer than SESSION_DURATION, and would end nothing");
	ret->session_max_per_user =
	    number_of(vars, CGI_SESSION_MAX_PER_USER, SETTINGS_MAX_PER_USER_MOST,
		"SESSION_MAX_PER_USER is no number from 0 to 50000000", ret);
	ret->replaces_session =
	    word_of(vars, CGI_SESSION_REPLACE, "SESSION_REPLACE must be on or off", ret) == 0;
	ret->keeps_details =
	    word_of(vars, CGI_SESSION_DETAILS, "SESSION_DETAILS must be on or off", ret) == 0;
	ret->session_remember_s = limit_of(vars, CGI_SESSION_REMEMBER,
	    "SESSION_REMEMBER is no duration: " SETTINGS_DURATION_REMEDY "; 0: never", ret);
}

/* ------------------------------------------------------------------------- the cookie */

#define LABEL_MOST  63
#define DOMAIN_MOST 253

static bool
is_digits(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return true;
}

static bool
is_label(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = (char)(text.p[i] | 0x20);

		if ((c < 'a' || c > 'z') && (text.p[i] < '0' || text.p[i] > '9') &&
		    text.p[i] != '-')
			return false;
	}
	return text.n > 0 && text.n <= LABEL_MOST && text.p[0] != '-' &&
	       text.p[text.n - 1] != '-';
}

/* Two labels or more, and no address of IPv4. */
static bool
is_domain(struct str text)
{
	struct str label = STR_NULL;
	unsigned n_labels = 0;

	if (text.n > DOMAIN_MOST)
		return false;
	for (; !str_is_null(text); n_labels++) {
		(void)str_split(text, '.', &label, &text);
		if (!is_label(label))
			return false;
	}
	return n_labels >= 2 && !is_digits(label);
}

/* The host of a request is the domain or below it: else its browser takes no such cookie. */
static bool
is_below(struct str host, struct str domain)
{
	ptrdiff_t port = str_index(host, ':');

	if (port >= 0)
		host = str_take(host, (size_t)port);
	if (host.n > domain.n && host.p[host.n - domain.n - 1] == '.')
		host = str_skip(host, host.n - domain.n);
	return str_eq_nocase(host, domain);
}

static void
read_domain(const struct cgi_vars *vars, struct request_settings *ret)
{
	struct str domain = value_of(vars, CGI_COOKIE_DOMAIN);
	struct str host = vars->values[CGI_HTTP_HOST];

	ret->cookie_domain = STR_LIT("");
	if (str_is_empty(domain))
		return;
	if (!is_domain(domain))
		refuse(ret, CGI_COOKIE_DOMAIN, domain,
		    "COOKIE_DOMAIN is no domain of two labels or more, such as example.org, "
		    "without a dot before it");
	else if (!str_is_null(host) && !is_below(host, domain))
		refuse(ret, CGI_COOKIE_DOMAIN, domain,
		    "the host of the request is not below COOKIE_DOMAIN");
	else if (str_starts_with(ret->session_name, STR_LIT("__Host-")))
		refuse(ret, CGI_COOKIE_DOMAIN, domain,
		    "COOKIE_DOMAIN does not go with a SESSION_NAME of __Host-: browsers take no "
		    "such cookie");
	ret->cookie_domain = domain;
}

static void
read_cookie(const struct cgi_vars *vars, struct request_settings *ret)
{
	bool is_https = cgi_vars_is_https(vars);
	bool has_prefix;

	read_domain(vars, ret);
	has_prefix =
	    word_of(vars, CGI_COOKIE_PREFIX, "COOKIE_PREFIX must be none or auto", ret) == 1;
	ret->cookie_prefix = !has_prefix || !is_https           ? STR_LIT("")
			     : str_is_empty(ret->cookie_domain) ? STR_LIT("__Host-")
								: STR_LIT("__Secure-");
	ret->has_one_cookie = has_prefix || !str_is_empty(ret->cookie_domain);
	ret->cookie_same_site = (enum settings_same_site)word_of(
	    vars, CGI_COOKIE_SAME_SITE, "COOKIE_SAME_SITE must be lax, strict or none", ret);
	/* The environment comes without a request. */
	if (ret->cookie_same_site == SETTINGS_NONE && !is_https &&
	    !str_is_null(vars->values[CGI_REQUEST_METHOD]))
		refuse(ret, CGI_COOKIE_SAME_SITE, STR_LIT("none"),
		    "COOKIE_SAME_SITE none needs https: browsers take no such cookie without");
}

#define UNDER_STRICT "under AUTH_PROFILE=strict "

/* Under strict, what is given counts if it is safe. */
static void
refuse_what_is_unsafe(const struct cgi_vars *vars, struct request_settings *settings)
{
	struct str type = settings->auth_type;

	if (!settings->is_strict)
		return;
	if (!str_is_null(vars->stranger))
		refuse(settings, CGI_AUTH_PROFILE, vars->stranger,
		    UNDER_STRICT "a parameter that looks like a setting must be one");
	if (str_eq(type, STR_LIT("none")))
		refuse(settings, CGI_AUTH_TYPE, type,
		    UNDER_STRICT "AUTH_TYPE must not be none: it lets everybody in");
	if (!settings->is_duration_readable)
		refuse(settings, CGI_SESSION_DURATION, settings->session_duration_text,
		    UNDER_STRICT
		    "SESSION_DURATION must be readable: " SETTINGS_DURATION_REMEDY);
	else if (settings->session_duration_s == 0)
		refuse(settings, CGI_SESSION_DURATION, settings->session_duration_text,
		    UNDER_STRICT "SESSION_DURATION must not be 0: sessions must end");
	if (!settings->is_throttled)
		refuse(settings, CGI_LOGIN_THROTTLE, value_of(vars, CGI_LOGIN_THROTTLE),
		    UNDER_STRICT "LOGIN_THROTTLE must be on");
	if (settings->csrf_check != CSRF_CHECK_ON)
		refuse(settings, CGI_CSRF_CHECK, value_of(vars, CGI_CSRF_CHECK),
		    UNDER_STRICT "CSRF_CHECK must be on");
	if (settings->users_api == USERS_API_OPEN)
		refuse(settings, CGI_USERS_API, value_of(vars, CGI_USERS_API),
		    UNDER_STRICT "USERS_API must not be open: all could change all users");
	/* The last: at a start, the web server may still send one. */
	if (str_is_empty(type))
		refuse(settings, CGI_AUTH_TYPE, type, UNDER_STRICT "AUTH_TYPE must be set");
}

void
request_settings_read(const struct cgi_vars *vars, struct request_settings *ret)
{
	struct str session_name = value_of(vars, CGI_SESSION_NAME);

	*ret = (struct request_settings){
		.auth_type = value_of(vars, CGI_AUTH_TYPE),
		.session_name = str_is_null(session_name)
				    ? STR_LIT(SETTINGS_SESSION_NAME_DEFAULT)
				    : session_name,
		.session_duration_text = value_of(vars, CGI_SESSION_DURATION),
		.realm = value_of(vars, CGI_AUTH_REALM),
		.cors_origins = value_of(vars, CGI_CORS_ORIGINS),
		.is_usable = true,
		.is_status_page = str_eq(vars->values[CGI_SESSIONGATE_STATUS], STR_LIT("on")),
	};
	ret->is_duration_readable =
	    request_settings_duration(ret->session_duration_text, &ret->session_duration_s);
	ret->is_strict = word_of(vars, CGI_AUTH_PROFILE,
			     "AUTH_PROFILE must be standard or strict", ret) == 1;
	if (!str_is_token(ret->session_name))
		refuse(ret, CGI_SESSION_NAME, ret->session_name,
		    "SESSION_NAME cannot be the name of a cookie");
	read_sessions(vars, ret);
	read_cookie(vars, ret);
	ret->is_throttled =
	    word_of(vars, CGI_LOGIN_THROTTLE, "LOGIN_THROTTLE must be on or off", ret) == 0;
	ret->has_token_ids =
	    word_of(vars, CGI_SESSION_ID, "SESSION_ID must be uuid or token", ret) == 1;
	ret->csrf_check = (enum csrf_check)word_of(
	    vars, CGI_CSRF_CHECK, "CSRF_CHECK must be on, off or log", ret);
	ret->users_api = (enum users_api)word_of(
	    vars, CGI_USERS_API, "USERS_API must be open, self, admin or off", ret);
	ret->admin_group = value_of(vars, CGI_ADMIN_GROUP);
	if (str_is_null(ret->admin_group))
		ret->admin_group = str_of(settings_of_request(CGI_ADMIN_GROUP)->fallback);
	if (!groups_is_name(ret->admin_group))
		refuse(ret, CGI_ADMIN_GROUP, ret->admin_group,
		    "ADMIN_GROUP must be " GROUPS_NAME_RULE);
	ret->password_min = number_of(vars, CGI_PASSWORD_MIN, SETTINGS_PASSWORD_MIN_MOST,
	    "PASSWORD_MIN is no number from 0 to 64", ret);
	refuse_what_is_unsafe(vars, ret);
}
