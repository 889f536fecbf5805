/* request_settings.c - see request_settings.h */
#include "conf/request_settings.h"

#include <stdlib.h>

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
value_of(const struct cgi_vars *vars, enum cgi_var var)
{
	return str_is_null(vars->values[var]) ? environment.values[var] : vars->values[var];
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
	if (!str_is_token(ret->session_name))
		refuse(ret, CGI_SESSION_NAME, ret->session_name,
		    "SESSION_NAME cannot be the name of a cookie");
	ret->csrf_check = (enum csrf_check)word_of(
	    vars, CGI_CSRF_CHECK, "CSRF_CHECK must be on, off or log", ret);
}
