/* request_settings.c - see request_settings.h */
#include "conf/request_settings.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/domain.h"

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

/* ----------------------------------------------------------------------- the rows */

#define PROBLEM_BYTES 200

static const struct setting *rows[CGI_VARS_N];
static size_t n_rows;
static char problems[CGI_VARS_N][PROBLEM_BYTES]; /* of a variable */
static struct cgi_var_set all_rows;
/* What a request says that has none of them; of pages and checks; under AUTH_PROFILE=strict. */
static struct request_settings defaults[2][2];
static struct str environment[CGI_VARS_N];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* "on|off|log" as " must be on, off or log". */
static void
add_words(struct buf *text, const char *words)
{
	const char *last = strrchr(words, '|');

	buf_add_z(text, " must be ");
	for (; *words != '\0'; words++)
		if (*words == '|')
			buf_add_z(text, words == last ? " or " : ", ");
		else
			buf_add_char(text, *words);
}

static void
describe(const struct setting *row)
{
	struct buf text;

	buf_init(&text, PROBLEM_BYTES - 1);
	buf_add_z(&text, row->name);
	if (row->kind == SETTINGS_NUMBER)
		buf_addf(&text, " is no number from %u to %u", row->least, row->most);
	else if (row->kind == SETTINGS_DURATION)
		buf_add_z(&text, " is no duration: " SETTINGS_DURATION_REMEDY);
	else if (row->kind == SETTINGS_NAME)
		buf_add_z(&text, " cannot be the name of a cookie");
	else if (row->kind == SETTINGS_TEXT)
		buf_addf(&text, " must be %s", row->rule != NULL ? row->rule : "a text");
	else
		add_words(&text, row->argument);
	memcpy(problems[row->var], buf_str(&text).p, text.n);
	buf_fini(&text);
}

static bool
read_word(struct str text, const struct setting *row, unsigned *ret)
{
	int which = settings_word(row, text);

	if (which >= 0)
		*ret = (unsigned)which;
	return which >= 0;
}

static bool
read_number(struct str text, const struct setting *row, unsigned *ret)
{
	uint64_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9' || n > row->most)
			return false;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	if (text.n == 0 || n < row->least || n > row->most)
		return false;
	*ret = (unsigned)n;
	return true;
}

/* What is empty or negative opens nothing: nobody means "off" by it. */
static bool
read_duration(struct str text, int64_t *ret_s)
{
	return text.n > 0 && str_index(text, '-') < 0 && request_settings_duration(text, ret_s);
}

static bool
read_value(struct request_settings *settings, const struct setting *row, struct str text)
{
	void *member = (char *)settings + row->offset;
	unsigned which = 0;

	switch (row->kind) {
	case SETTINGS_WORD:
		return read_word(text, row, member);
	case SETTINGS_SWITCH:
		if (!read_word(text, row, &which))
			return false;
		*(bool *)member = which == 1;
		return true;
	case SETTINGS_NUMBER:
		return read_number(text, row, member);
	case SETTINGS_DURATION:
		return read_duration(text, member);
	case SETTINGS_NAME:
		*(struct str *)member = text;
		return str_is_token(text);
	default:
		*(struct str *)member = text;
		return row->is_valid == NULL || row->is_valid(text);
	}
}

static void
set(struct request_settings *settings, const struct setting *row, struct str text)
{
	cgi_var_set_put(&settings->wrong, row->var, !read_value(settings, row, text));
}

/* By the request, or the environment. */
static struct str
given(const struct cgi_vars *vars, enum cgi_var var)
{
	return str_is_null(vars->values[var]) ? environment[var] : vars->values[var];
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

/* ------------------------------------------------------- what no row alone can say */

static void
conclude_sessions(const struct cgi_vars *vars, struct request_settings *settings)
{
	settings->is_duration_readable = request_settings_duration(
	    settings->session_duration_text, &settings->session_duration_s);
	if (settings->session_duration_s == 0 ||
	    settings->session_idle_s <= settings->session_duration_s)
		return;
	if (str_is_null(given(vars, CGI_SESSION_IDLE)))
		settings->session_idle_s =
		    settings->session_duration_s; /* nobody asked for both */
	else
		refuse(settings, CGI_SESSION_IDLE, given(vars, CGI_SESSION_IDLE),
		    "SESSION_IDLE is longer than SESSION_DURATION, and would end nothing");
}

static void
conclude_domain(const struct cgi_vars *vars, struct request_settings *settings)
{
	struct str host = vars->values[CGI_HTTP_HOST];

	if (str_is_empty(settings->cookie_domain))
		settings->cookie_domain = STR_LIT("");
	else if (!domain_is_valid(settings->cookie_domain))
		refuse(settings, CGI_COOKIE_DOMAIN, settings->cookie_domain,
		    "COOKIE_DOMAIN is no domain of two labels or more, such as example.org, "
		    "without a dot before it");
	else if (!str_is_null(host) && !domain_has(settings->cookie_domain, host))
		refuse(settings, CGI_COOKIE_DOMAIN, settings->cookie_domain,
		    "the host of the request is not below COOKIE_DOMAIN");
	else if (str_starts_with(settings->session_name, STR_LIT("__Host-")))
		refuse(settings, CGI_COOKIE_DOMAIN, settings->cookie_domain,
		    "COOKIE_DOMAIN does not go with a SESSION_NAME of __Host-: browsers take "
		    "no "
		    "such cookie");
}

static void
conclude_cookie(const struct cgi_vars *vars, struct request_settings *settings)
{
	bool is_https = cgi_vars_is_https(vars);

	conclude_domain(vars, settings);
	settings->cookie_prefix = !settings->prefixes_cookie || !is_https ? STR_LIT("")
				  : str_is_empty(settings->cookie_domain)
				      ? STR_LIT("__Host-")
				      : STR_LIT("__Secure-");
	settings->has_one_cookie =
	    settings->prefixes_cookie || !str_is_empty(settings->cookie_domain);
	/* The environment comes without a request. */
	if (settings->cookie_same_site == SETTINGS_NONE && !is_https &&
	    !str_is_null(vars->values[CGI_REQUEST_METHOD]))
		refuse(settings, CGI_COOKIE_SAME_SITE, STR_LIT("none"),
		    "COOKIE_SAME_SITE none needs https: browsers take no such cookie without");
}

/* What counts for the API, as ever, must not be guessed where a door depends on it. */
static void
conclude_gate(const struct cgi_vars *vars, struct request_settings *settings)
{
	enum cgi_var repeated = cgi_var_set_first(&vars->repeated, &all_rows);

	settings->has_one_cookie = true;
	if (!settings->is_duration_readable)
		refuse(settings, CGI_SESSION_DURATION, settings->session_duration_text,
		    "SESSION_DURATION must be readable: " SETTINGS_DURATION_REMEDY);
	if (repeated != CGI_VARS_N)
		refuse(settings, repeated, vars->values[repeated],
		    "the web server sent a setting twice, and which of them counts nobody can "
		    "tell");
}

/* A web server whose settings do not arrive must not have a door that stands open. */
static void
conclude_check(const struct cgi_vars *vars, struct request_settings *settings)
{
	if (str_is_empty(settings->auth_type))
		refuse(settings, CGI_AUTH_TYPE, settings->auth_type,
		    "a check must have an AUTH_TYPE");
	/* AUTH_REQUIRES, say, would let everybody in who is signed in. */
	if (cgi_vars_is_of_gate(vars->stranger))
		refuse(settings, CGI_AUTH_REQUIRE, vars->stranger,
		    "a parameter of a check that looks like a setting must be one");
	if (str_eq(settings->auth_type, STR_LIT("none")) &&
	    !str_is_null(given(vars, CGI_AUTH_REQUIRE)))
		refuse(settings, CGI_AUTH_REQUIRE, settings->auth_require,
		    "with AUTH_TYPE none there are no users, and AUTH_REQUIRE asks for one");
}

/* Section 3.1.1.2, with a second factor that somebody else looks at; without one, 15. */
#define STRICT_PASSWORD_MIN_LEAST 8

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
	if (settings->password_min < STRICT_PASSWORD_MIN_LEAST)
		refuse(settings, CGI_PASSWORD_MIN, given(vars, CGI_PASSWORD_MIN),
		    UNDER_STRICT
		    "PASSWORD_MIN must be 8 or more, as NIST SP 800-63B-4 asks for");
	if (!settings->is_throttled)
		refuse(settings, CGI_LOGIN_THROTTLE, given(vars, CGI_LOGIN_THROTTLE),
		    UNDER_STRICT "LOGIN_THROTTLE must be on");
	if (settings->csrf_check != CSRF_CHECK_ON)
		refuse(settings, CGI_CSRF_CHECK, given(vars, CGI_CSRF_CHECK),
		    UNDER_STRICT "CSRF_CHECK must be on");
	if (settings->users_api == USERS_API_OPEN)
		refuse(settings, CGI_USERS_API, given(vars, CGI_USERS_API),
		    UNDER_STRICT "USERS_API must not be open: all could change all users");
	/* The last: at a start, the web server may still send one. */
	if (str_is_empty(type))
		refuse(settings, CGI_AUTH_TYPE, type, UNDER_STRICT "AUTH_TYPE must be set");
}

/* ------------------------------------------------------------------------ the whole */

static void
set_default(const struct setting *row, const char *value)
{
	environment[row->var] = str_of(value);
	for (int i = 0; i < 4; i++) {
		bool is_gate = i / 2 == 1, is_strict = i % 2 == 1;
		const char *text = value != NULL                      ? value
				   : is_strict && row->strict != NULL ? row->strict
				   : is_gate && row->gate != NULL     ? row->gate
				   : row->fallback[0] != '\0'         ? row->fallback
								      : NULL;

		if (text != NULL)
			set(&defaults[is_gate][is_strict], row, str_of(text));
	}
}

static void
begin(void)
{
	for (size_t i = 0; i < settings_n; i++)
		if (settings_is_of_request(&settings_table[i])) {
			rows[n_rows++] = &settings_table[i];
			cgi_var_set_put(&all_rows, settings_table[i].var, true);
			describe(&settings_table[i]);
			set_default(&settings_table[i], NULL);
		}
}

void
request_settings_prepare(void)
{
	(void)pthread_once(&once, begin);
	memset(defaults, 0, sizeof(defaults));
	for (size_t i = 0; i < n_rows; i++)
		set_default(
		    rows[i], rows[i]->scope == SETTINGS_REQUEST ? getenv(rows[i]->name) : NULL);
}

struct str
request_settings_gate_prefix(const struct cgi_vars *vars)
{
	struct str prefix;

	(void)pthread_once(&once, begin);
	prefix = given(vars, CGI_GATE_PREFIX);
	return str_is_null(prefix) ? defaults[0][0].gate_prefix : prefix;
}

struct str
request_settings_return_hosts(
    const struct request_settings *settings, char room[SETTINGS_RETURN_HOSTS_BYTES])
{
	struct str domain = settings->cookie_domain;

	if (!str_is_null(settings->gate_return_hosts) || str_is_empty(domain))
		return settings->gate_return_hosts;
	(void)snprintf(
	    room, SETTINGS_RETURN_HOSTS_BYTES, "%.*s *.%.*s", STR_FMT(domain), STR_FMT(domain));
	return str_of(room);
}

void
request_settings_read_for(
    enum request_use use, const struct cgi_vars *vars, struct request_settings *ret)
{
	enum cgi_var wrong;

	(void)pthread_once(&once, begin);
	*ret = defaults[use != REQUEST_OF_API]
		       [str_eq(given(vars, CGI_AUTH_PROFILE), STR_LIT("strict"))];
	for (size_t i = 0; i < n_rows; i++)
		if (!str_is_null(vars->values[rows[i]->var]))
			set(ret, rows[i], vars->values[rows[i]->var]);
	ret->is_usable = true;
	wrong = cgi_var_set_first(&ret->wrong, &all_rows);
	if (wrong != CGI_VARS_N)
		refuse(ret, wrong, given(vars, wrong), problems[wrong]);
	ret->is_status_page = str_eq_z(ret->status_page, "on");
	conclude_sessions(vars, ret);
	conclude_cookie(vars, ret);
	if (use != REQUEST_OF_API)
		conclude_gate(vars, ret);
	if (use == REQUEST_OF_CHECK)
		conclude_check(vars, ret);
	refuse_what_is_unsafe(vars, ret);
}

void
request_settings_read(const struct cgi_vars *vars, struct request_settings *ret)
{
	request_settings_read_for(REQUEST_OF_API, vars, ret);
}
