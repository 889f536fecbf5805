/* check_request_settings.c - tests of src/conf/request_settings.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "conf/request_settings.h"

Suite *check_request_settings_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* Each answer was compared with what int() of Python 3.11 says. */
static const struct {
	const char *text;
	int64_t want_s;
} duration_cases[] = {
	{ "60", 60 },
	{ "0", 0 },
	{ "1", 1 },
	{ "007", 7 },
	{ "+5", 5 },
	{ "-5", 0 },
	{ "-0", 0 },
	{ "+0", 0 },
	{ " 60", 60 },
	{ "60 ", 60 },
	{ "\t60\n", 60 },
	{ "\v\f\r 60 \r\f\v", 60 },
	{ " +60 ", 60 },
	{ "1_000", 1000 },
	{ "1_0_0", 100 },
	{ "0_7", 7 },
	{ "4294967295", 4294967295 },
	{ "4294967296", SETTINGS_DURATION_MOST_S },
	{ "99999999999999999999999999999999999999", SETTINGS_DURATION_MOST_S },
	{ "9223372036854775808", SETTINGS_DURATION_MOST_S },
	{ "-99999999999999999999999999999999999999", 0 },
	{ "00000000000000000000000000000000000060", 60 },
	/* Unset, as far as a web server can say that. */
	{ "", 0 },
	/* Beyond int(): a unit. */
	{ "60s", 60 },
	{ "5m", 300 },
	{ "8h", 28800 },
	{ "7d", 604800 },
	{ " +8h\n", 28800 },
	{ "1_0m", 600 },
	{ "0d", 0 },
	{ "-8h", 0 },
	{ "49710d", 4294944000 },
	{ "49711d", SETTINGS_DURATION_MOST_S },
	{ "99999999999999999999d", SETTINGS_DURATION_MOST_S },
};

START_TEST(duration)
{
	int64_t got_s = -1;

	ck_assert(request_settings_duration(str_of(duration_cases[_i].text), &got_s));
	ck_assert_msg(got_s == duration_cases[_i].want_s, "\"%s\" is %lld, not %lld",
	    duration_cases[_i].text, (long long)got_s, (long long)duration_cases[_i].want_s);
}
END_TEST

/* ValueError: no expiry. */
static const struct str unreadable_cases[] = {
	STR_INIT(" "), STR_INIT("+"), STR_INIT("-"), STR_INIT("--5"), STR_INIT("++5"),
	STR_INIT("+-5"), STR_INIT("-+5"), STR_INIT("+ 5"), STR_INIT("- 5"), STR_INIT("5 5"),
	STR_INIT("_5"), STR_INIT("5_"), STR_INIT("5__5"), STR_INIT("+_5"), STR_INIT("_"),
	STR_INIT("5.0"), STR_INIT("5."), STR_INIT(".5"), STR_INIT("1e3"), STR_INIT("0x10"),
	STR_INIT("0b1"), STR_INIT("0o7"), STR_INIT("1,000"), STR_INIT("s60"), STR_INIT("abc"),
	STR_INIT("None"), STR_INIT("nan"), STR_INIT("inf"),
	STR_INIT("\x1c"
		 "5"),
	STR_INIT("5\x1f"), STR_INIT("5\x01"), STR_INIT("60\0"),
	STR_INIT("6\0"
		 "0"),
	/* Not even here. */
	STR_INIT("h"), STR_INIT("-h"), STR_INIT("8 h"), STR_INIT("8H"), STR_INIT("8hh"),
	STR_INIT("8hs"), STR_INIT("1h30m"), STR_INIT("8_h"), STR_INIT("8.5h"), STR_INIT("8ms"),
	STR_INIT("8w"),
	/* int() reads these; here they are told as unreadable. */
	STR_INIT("\357\274\226\357\274\220"), /* fullwidth 60 */
	STR_INIT("\331\245"),                 /* Arabic-Indic 5 */
	STR_INIT("\302\240"
		 "60"),             /* no-break space */
	STR_INIT("60\343\200\200"), /* ideographic space */
};

START_TEST(unreadable_duration)
{
	int64_t got_s = -1;

	ck_assert(!request_settings_duration(unreadable_cases[_i], &got_s));
	ck_assert_int_eq(got_s, 0);
}
END_TEST

START_TEST(absent_duration)
{
	int64_t got_s = -1;

	ck_assert(request_settings_duration(STR_NULL, &got_s));
	ck_assert_int_eq(got_s, 0);
}
END_TEST

static struct request_settings
read_for(enum request_use use, const char *a, const char *b, const char *c)
{
	const char *const params[] = { "REQUEST_METHOD=GET",
		a != NULL ? a : "X=", b != NULL ? b : "X=", c != NULL ? c : "X=", NULL };
	struct request_settings s;
	struct cgi_vars vars;

	cgi_vars_init(&vars);
	cgi_vars_add_all(&vars, params);
	memset(&s, 0xa5, sizeof(s));
	request_settings_read_for(use, &vars, &s);
	cgi_vars_fini(&vars);
	return s;
}

static struct request_settings
read_params(const char *a, const char *b, const char *c)
{
	return read_for(REQUEST_OF_API, a, b, c);
}

/* A struct that nobody filled must open nothing. */
START_TEST(zero_opens_nothing)
{
	struct request_settings s = { 0 };

	ck_assert(!s.is_usable);
}
END_TEST

static const struct {
	const char *param;
	bool is_usable;
} name_cases[] = {
	{ "SESSION_NAME=_my_session_id", true },
	{ "SESSION_NAME=a", true },
	{ "SESSION_NAME=__Host-sid", true },
	{ "SESSION_NAME=!#$%&'*+-.^_`|~", true },
	{ "SESSION_NAME=", false },
	{ "SESSION_NAME= a", false },
	{ "SESSION_NAME=a b", false },
	{ "SESSION_NAME=a=b", false },
	{ "SESSION_NAME=a;b", false },
	{ "SESSION_NAME=a,b", false },
	{ "SESSION_NAME=a\"b", false },
	{ "SESSION_NAME=a/b", false },
	{ "SESSION_NAME=a:b", false },
	{ "SESSION_NAME=a<b", false },
	{ "SESSION_NAME=a>b", false },
	{ "SESSION_NAME=a?b", false },
	{ "SESSION_NAME=a@b", false },
	{ "SESSION_NAME=a[b", false },
	{ "SESSION_NAME=a]b", false },
	{ "SESSION_NAME=a\\b", false },
	{ "SESSION_NAME=a{b", false },
	{ "SESSION_NAME=a}b", false },
	{ "SESSION_NAME=a(b", false },
	{ "SESSION_NAME=a)b", false },
	{ "SESSION_NAME=a\tb", false },
	{ "SESSION_NAME=a\r\nSet-Cookie: x", false },
	{ "SESSION_NAME=a\x7f", false },
	{ "SESSION_NAME=na\xc3\xafve", false },
};

START_TEST(session_name)
{
	struct request_settings s =
	    read_params("AUTH_TYPE=session_auth", name_cases[_i].param, NULL);

	ck_assert_int_eq(s.is_usable, name_cases[_i].is_usable);
	if (!s.is_usable)
		ck_assert_str_eq(s.problem, "SESSION_NAME cannot be the name of a cookie");
	unit_assert_str(s.session_name, strchr(name_cases[_i].param, '=') + 1);
}
END_TEST

START_TEST(a_switch_is_on_or_off)
{
	static const struct {
		const char *param;
		bool is_on, is_usable;
	} cases[] = { { "LOGIN_THROTTLE=on", true, true },
		{ "LOGIN_THROTTLE=off", false, true }, { "LOGIN_THROTTLE=", true, false },
		{ "X=off", true, true }, { "LOGIN_THROTTLE=Off", true, false },
		{ "LOGIN_THROTTLE=0", true, false }, { "LOGIN_THROTTLE=off ", true, false } };

	for (int i = 0; i < N(cases); i++) {
		struct request_settings s = read_params(cases[i].param, NULL, NULL);

		ck_assert_int_eq(s.is_throttled, cases[i].is_on);
		ck_assert_int_eq(s.is_usable, cases[i].is_usable);
		if (s.is_usable)
			continue;
		ck_assert_str_eq(s.problem, "LOGIN_THROTTLE must be on or off");
		ck_assert_str_eq(s.wrong_name, "LOGIN_THROTTLE");
		unit_assert_str(s.wrong_value, strchr(cases[i].param, '=') + 1);
	}
}
END_TEST

static const struct {
	const char *param;
	bool is_usable;
	unsigned want;
} password_min_cases[] = {
	{ "PASSWORD_MIN=", false, 0 },
	{ "PASSWORD_MIN=0", true, 0 },
	{ "PASSWORD_MIN=8", true, 8 },
	{ "PASSWORD_MIN=015", true, 15 },
	{ "PASSWORD_MIN=64", true, 64 },
	{ "PASSWORD_MIN=65", false, 0 },
	{ "PASSWORD_MIN=4294967304", false, 0 },
	{ "PASSWORD_MIN=-1", false, 0 },
	{ "PASSWORD_MIN=+8", false, 0 },
	{ "PASSWORD_MIN= 8", false, 0 },
	{ "PASSWORD_MIN=8 ", false, 0 },
	{ "PASSWORD_MIN=8x", false, 0 },
	{ "PASSWORD_MIN=1.5", false, 0 },
	{ "PASSWORD_MIN=on", false, 0 },
};

/* A value that is none must not be taken for no minimum. */
START_TEST(password_min)
{
	struct request_settings s =
	    read_params("AUTH_TYPE=session_auth", password_min_cases[_i].param, NULL);

	ck_assert_int_eq(s.is_usable, password_min_cases[_i].is_usable);
	if (s.is_usable)
		ck_assert_uint_eq(s.password_min, password_min_cases[_i].want);
	else
		ck_assert_str_eq(s.problem, "PASSWORD_MIN is no number from 0 to 64");
}
END_TEST

START_TEST(unset_means_the_defaults)
{
	struct request_settings s = read_params(NULL, NULL, NULL);

	unit_assert_str(s.session_name, "_my_session_id");
	ck_assert_int_eq(s.session_duration_s, 0);
	ck_assert_uint_eq(s.password_min, 0);
	unit_assert_str(s.realm, NULL);
	unit_assert_str(s.cors_origins, NULL);
	ck_assert_int_eq((int)s.users_api, USERS_API_OPEN);
	unit_assert_str(s.admin_group, "admin");
	ck_assert(!s.is_status_page);
}
END_TEST

static const struct {
	const char *param;
	int want; /* -1: unusable */
} users_api_cases[] = {
	{ "USERS_API=open", USERS_API_OPEN },
	{ "USERS_API=self", USERS_API_SELF },
	{ "USERS_API=admin", USERS_API_ADMIN },
	{ "USERS_API=off", USERS_API_OFF },
	{ "USERS_API=", -1 },
	{ "USERS_API=Admin", -1 },
	{ "USERS_API=admin ", -1 },
	{ "USERS_API=on", -1 },
};

START_TEST(users_api)
{
	struct request_settings s = read_params(users_api_cases[_i].param, NULL, NULL);

	ck_assert_int_eq(s.is_usable, users_api_cases[_i].want != -1);
	if (s.is_usable) {
		ck_assert_int_eq((int)s.users_api, users_api_cases[_i].want);
		return;
	}
	ck_assert_str_eq(s.problem, "USERS_API must be open, self, admin or off");
	ck_assert_str_eq(s.wrong_name, "USERS_API");
	unit_assert_str(s.wrong_value, strchr(users_api_cases[_i].param, '=') + 1);
}
END_TEST

START_TEST(admin_group)
{
	static const char *const wrong[] = { "ADMIN_GROUP=", "ADMIN_GROUP=a b",
		"ADMIN_GROUP=admin,staff", "ADMIN_GROUP=\xc3\xbc" };
	struct request_settings s = read_params("ADMIN_GROUP=ops", NULL, NULL);

	ck_assert(s.is_usable);
	unit_assert_str(s.admin_group, "ops");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		s = read_params(wrong[i], NULL, NULL);
		ck_assert(!s.is_usable);
		ck_assert_str_eq(s.wrong_name, "ADMIN_GROUP");
		ck_assert_ptr_nonnull(strstr(s.problem, "ADMIN_GROUP must be 1 to 64 letters"));
	}
}
END_TEST

START_TEST(a_parameter_comes_before_the_environment)
{
	struct request_settings s;

	ck_assert_int_eq(setenv("AUTH_TYPE", "session_db_auth", 1), 0);
	ck_assert_int_eq(setenv("SESSION_NAME", "env", 1), 0);
	ck_assert_int_eq(setenv("SESSION_DURATION", "7", 1), 0);
	ck_assert_int_eq(setenv("AUTH_REALM", "shop", 1), 0);
	ck_assert_int_eq(setenv("CORS_ORIGINS", "https://a.example", 1), 0);
	request_settings_prepare();

	s = read_params(NULL, NULL, NULL);
	unit_assert_str(s.auth_type, "session_db_auth");
	unit_assert_str(s.session_name, "env");
	ck_assert_int_eq(s.session_duration_s, 7);
	unit_assert_str(s.realm, "shop");
	unit_assert_str(s.cors_origins, "https://a.example");

	s = read_params("AUTH_TYPE=basic_auth", "SESSION_DURATION=9", "AUTH_REALM=");
	unit_assert_str(s.auth_type, "basic_auth");
	unit_assert_str(s.session_name, "env");
	ck_assert_int_eq(s.session_duration_s, 9);
	unit_assert_str(s.realm, "");

	/* Given, if empty: the environment's type must not come back through it. */
	s = read_params("AUTH_TYPE=", "CORS_ORIGINS=", NULL);
	unit_assert_str(s.auth_type, "");
	unit_assert_str(s.cors_origins, "");
}
END_TEST

START_TEST(what_is_unreadable_is_kept_for_the_log)
{
	struct request_settings s =
	    read_params("AUTH_TYPE=session_exp_auth", "SESSION_DURATION=8 h", NULL);

	ck_assert(s.is_usable);
	ck_assert(!s.is_duration_readable);
	ck_assert_int_eq(s.session_duration_s, 0);
	unit_assert_str(s.session_duration_text, "8 h");
	s = read_params("AUTH_TYPE=session_exp_auth", "SESSION_DURATION=8h", NULL);
	ck_assert(s.is_duration_readable);
	ck_assert(read_params(NULL, NULL, NULL).is_duration_readable);
}
END_TEST

static const struct {
	const char *param;
	int want; /* -1: unusable */
} csrf_cases[] = {
	{ "X=", CSRF_CHECK_ON },
	{ "CSRF_CHECK=on", CSRF_CHECK_ON },
	{ "CSRF_CHECK=off", CSRF_CHECK_OFF },
	{ "CSRF_CHECK=log", CSRF_CHECK_LOG },
	{ "CSRF_CHECK=", -1 },
	{ "CSRF_CHECK=Off", -1 },
	{ "CSRF_CHECK=off ", -1 },
	{ "CSRF_CHECK=0", -1 },
	{ "CSRF_CHECK=no", -1 },
};

START_TEST(a_word_is_one_of_its_row)
{
	struct request_settings s = read_params(csrf_cases[_i].param, NULL, NULL);

	ck_assert_int_eq(s.is_usable, csrf_cases[_i].want != -1);
	if (s.is_usable) {
		ck_assert_int_eq((int)s.csrf_check, csrf_cases[_i].want);
		ck_assert_ptr_null(s.wrong_name);
		return;
	}
	ck_assert_str_eq(s.problem, "CSRF_CHECK must be on, off or log");
	ck_assert_str_eq(s.wrong_name, "CSRF_CHECK");
	unit_assert_str(s.wrong_value, strchr(csrf_cases[_i].param, '=') + 1);
}
END_TEST

START_TEST(session_ids_are_of_two_kinds)
{
	ck_assert(!read_params(NULL, NULL, NULL).has_token_ids);
	ck_assert(!read_params("SESSION_ID=uuid", NULL, NULL).has_token_ids);
	ck_assert(read_params("SESSION_ID=token", NULL, NULL).has_token_ids);
	ck_assert_str_eq(read_params("SESSION_ID=Token", NULL, NULL).problem,
	    "SESSION_ID must be uuid or token");
}
END_TEST

/* ----------------------------------------------------------------- of pages and checks */

#define TYPE "AUTH_TYPE=session_db_auth"

START_TEST(pages_and_checks_have_defaults_of_their_own)
{
	for (enum request_use use = REQUEST_OF_API; use <= REQUEST_OF_CHECK; use++) {
		bool is_api = use == REQUEST_OF_API;
		struct request_settings s = read_for(use, TYPE, NULL, NULL);

		ck_assert_msg(s.is_usable, "%s", s.problem);
		ck_assert_int_eq(s.session_duration_s, is_api ? 0 : 43200);
		ck_assert_int_eq(s.session_idle_s, 0);
		ck_assert_int_eq(s.prefixes_cookie, !is_api);
		ck_assert_int_eq(s.has_one_cookie, !is_api);
		unit_assert_str(s.auth_require, "any");
		unit_assert_str(s.gate_prefix, "/_gate/");
		unit_assert_str(s.gate_login_url, NULL);
		unit_assert_str(s.gate_return_hosts, NULL);
		ck_assert(!s.takes_basic && !s.passes_preflights && !s.shows_user_id);
		ck_assert_int_eq((int)s.auth_cross_site, AUTH_CROSS_SITE_REFUSE);
		s = read_for(use, TYPE, "HTTPS=on", NULL);
		unit_assert_str(s.cookie_prefix, is_api ? "" : "__Host-");
		/* What is given counts. */
		s = read_for(use, TYPE, "SESSION_DURATION=0", "COOKIE_PREFIX=none");
		ck_assert_msg(s.is_usable, "%s", s.problem);
		ck_assert_int_eq(s.session_duration_s, 0);
		ck_assert(!s.prefixes_cookie);
		ck_assert_int_eq(s.has_one_cookie, !is_api);
		s = read_for(use, TYPE, "AUTH_PROFILE=strict", NULL);
		ck_assert_int_eq(s.session_idle_s, 1800);
		ck_assert_int_eq(s.session_duration_s, 43200);
	}
}
END_TEST

START_TEST(the_environment_comes_before_the_defaults_of_pages)
{
	ck_assert_int_eq(setenv("SESSION_DURATION", "7", 1), 0);
	ck_assert_int_eq(setenv("GATE_PREFIX", "/sso/", 1), 0);
	ck_assert_int_eq(setenv("GATE", "nginx", 1), 0);
	request_settings_prepare();
	ck_assert_int_eq(read_for(REQUEST_OF_CHECK, TYPE, NULL, NULL).session_duration_s, 7);
	unit_assert_str(request_settings_gate_prefix(&(struct cgi_vars){ 0 }), "/sso/");
	unit_assert_str(read_params(NULL, NULL, NULL).gate, NULL);
	(void)unsetenv("SESSION_DURATION");
	(void)unsetenv("GATE_PREFIX");
	(void)unsetenv("GATE");
	request_settings_prepare();
	unit_assert_str(request_settings_gate_prefix(&(struct cgi_vars){ 0 }), "/_gate/");
}
END_TEST

static const struct {
	const char *param, *problem; /* what it has; NULL: it is good */
} gate_cases[] = {
	{ "AUTH_REQUIRE=group:admin user:bob@hbtn.io", NULL },
	{ "AUTH_REQUIRE=", "AUTH_REQUIRE must be 1 to 32 terms" },
	{ "AUTH_REQUIRE=admin", "AUTH_REQUIRE must be 1 to 32 terms" },
	{ "AUTH_BASIC=on", NULL },
	{ "AUTH_BASIC=On", "AUTH_BASIC must be on or off" },
	{ "AUTH_BASIC=", "AUTH_BASIC must be on or off" },
	{ "AUTH_PREFLIGHT=pass", NULL },
	{ "AUTH_PREFLIGHT=off", "AUTH_PREFLIGHT must be check or pass" },
	{ "AUTH_CROSS_SITE=same-origin", NULL },
	{ "AUTH_CROSS_SITE=allow", NULL },
	{ "AUTH_CROSS_SITE=off", "AUTH_CROSS_SITE must be refuse, same-origin or allow" },
	{ "AUTH_USER=id", NULL },
	{ "AUTH_USER=name", "AUTH_USER must be email or id" },
	{ "GATE_PREFIX=/sso/", NULL },
	{ "GATE_PREFIX=/sso", "GATE_PREFIX must be a path of 2 to 64" },
	{ "GATE_PREFIX=", "GATE_PREFIX must be a path of 2 to 64" },
	{ "GATE_LOGIN_URL=", NULL },
	{ "GATE_LOGIN_URL=https://login.example.org/_gate/login", NULL },
	{ "GATE_LOGIN_URL=/_gate/login", "GATE_LOGIN_URL must be empty, or a URL" },
	{ "GATE_RETURN_HOSTS=", NULL },
	{ "GATE_RETURN_HOSTS=a.example *.b.example:8443", NULL },
	{ "GATE_RETURN_HOSTS=*", "GATE_RETURN_HOSTS must be empty, or hosts" },
};

START_TEST(settings_of_the_gate)
{
	for (enum request_use use = REQUEST_OF_API; use <= REQUEST_OF_CHECK; use++) {
		struct request_settings s = read_for(use, TYPE, gate_cases[_i].param, NULL);

		ck_assert_msg(s.is_usable == (gate_cases[_i].problem == NULL), "%s: %s",
		    gate_cases[_i].param, s.problem);
		if (!s.is_usable) {
			ck_assert_msg(strstr(s.problem, gate_cases[_i].problem) != NULL,
			    "%s: %s", gate_cases[_i].param, s.problem);
			ck_assert_uint_eq(
			    strlen(s.wrong_name), strcspn(gate_cases[_i].param, "="));
		}
	}
}
END_TEST

/* Two lines of a web server's configuration, one of them in a file that is included. */
START_TEST(twice_is_once_too_often)
{
	struct request_settings s =
	    read_for(REQUEST_OF_CHECK, TYPE, "AUTH_REQUIRE=any", "AUTH_REQUIRE=group:admin");

	ck_assert(!s.is_usable);
	ck_assert_str_eq(s.wrong_name, "AUTH_REQUIRE");
	ck_assert_ptr_nonnull(strstr(s.problem, "twice"));
	ck_assert(!read_for(REQUEST_OF_PAGE, TYPE, TYPE, NULL).is_usable);
	/* The API, as ever: the first counts. */
	ck_assert(read_params(TYPE, "AUTH_TYPE=none", NULL).is_usable);
	/* What is no setting may come twice. */
	ck_assert(read_for(REQUEST_OF_CHECK, TYPE, "HTTPS=on", "HTTPS=on").is_usable);
}
END_TEST

static const struct {
	const char *type, *param;
	bool is_good[3]; /* for the API, a page, a check */
} use_cases[] = {
	{ TYPE, "X=", { true, true, true } },
	{ TYPE, "SESSION_DURATION=8x", { true, false, false } },
	{ "AUTH_TYPE=", "X=", { true, true, false } },
	{ "X=", "X=", { true, true, false } },
	{ "AUTH_TYPE=none", "X=", { true, true, true } },
	{ "AUTH_TYPE=none", "AUTH_REQUIRE=any", { true, true, false } },
	{ "AUTH_TYPE=none", "AUTH_REQUIRE=group:admin", { true, true, false } },
	{ "AUTH_TYPE=auth", "AUTH_REQUIRE=group:admin", { true, true, true } },
	/* A typing error is no requirement. */
	{ TYPE, "AUTH_REQUIRES=group:admin", { true, true, false } },
	{ TYPE, "AUTH_=", { true, true, false } },
	{ TYPE, "GATE_RETURN_HOST=a.example", { true, true, false } },
	{ TYPE, "SESSION_NAMES=sid", { true, true, true } },
	{ TYPE, "HTTP_AUTH_REQUIRES=group:admin", { true, true, true } },
};

START_TEST(what_a_page_or_a_check_must_have)
{
	for (enum request_use use = REQUEST_OF_API; use <= REQUEST_OF_CHECK; use++) {
		struct request_settings s =
		    read_for(use, use_cases[_i].type, use_cases[_i].param, NULL);

		ck_assert_msg(
		    s.is_usable == use_cases[_i].is_good[use], "%d: %s", use, s.problem);
	}
}
END_TEST

START_TEST(where_a_visitor_may_go_back_to)
{
	char room[SETTINGS_RETURN_HOSTS_BYTES], domain[300];
	struct request_settings s = read_for(REQUEST_OF_PAGE, TYPE, NULL, NULL);

	ck_assert(str_is_empty(request_settings_return_hosts(&s, room)));
	s = read_for(REQUEST_OF_PAGE, TYPE, "COOKIE_DOMAIN=example.org", NULL);
	unit_assert_str(request_settings_return_hosts(&s, room), "example.org *.example.org");
	s = read_for(REQUEST_OF_PAGE, TYPE, "COOKIE_DOMAIN=example.org", "GATE_RETURN_HOSTS=");
	ck_assert(str_is_empty(request_settings_return_hosts(&s, room)));
	s = read_for(REQUEST_OF_PAGE, TYPE, "COOKIE_DOMAIN=example.org",
	    "GATE_RETURN_HOSTS=www.example.org");
	unit_assert_str(request_settings_return_hosts(&s, room), "www.example.org");
	/* The longest there is. */
	(void)snprintf(domain, sizeof(domain), "COOKIE_DOMAIN=");
	for (int i = 0; i < 253; i++)
		(void)strcat(domain, i % 2 == 0 ? "a" : ".");
	s = read_for(REQUEST_OF_PAGE, TYPE, domain, NULL);
	ck_assert_msg(s.is_usable, "%s", s.problem);
	ck_assert_uint_eq(request_settings_return_hosts(&s, room).n, 253 + 3 + 253);
}
END_TEST

/* ------------------------------------------------------------------ AUTH_PROFILE=strict */

#define STRICT "AUTH_PROFILE=strict"

START_TEST(strict_is_asked_for)
{
	ck_assert(!read_params(NULL, NULL, NULL).is_strict);
	ck_assert(!read_params("AUTH_PROFILE=standard", NULL, NULL).is_strict);
	ck_assert(read_params(STRICT, "AUTH_TYPE=auth", NULL).is_strict);
	ck_assert_str_eq(read_params("AUTH_PROFILE=Strict", NULL, NULL).problem,
	    "AUTH_PROFILE must be standard or strict");
	ck_assert(!read_params("AUTH_PROFILE=", "AUTH_TYPE=auth", NULL).is_usable);
	ck_assert_int_eq(setenv("AUTH_PROFILE", "strict", 1), 0);
	request_settings_prepare();
	ck_assert(read_params("AUTH_TYPE=auth", NULL, NULL).is_strict);
	ck_assert(!read_params("AUTH_TYPE=auth", "AUTH_PROFILE=standard", NULL).is_strict);
}
END_TEST

START_TEST(strict_has_defaults_of_its_own)
{
	struct request_settings s = read_params(STRICT, "AUTH_TYPE=session_db_auth", NULL);

	ck_assert_msg(s.is_usable, "%s", s.problem);
	ck_assert_int_eq(s.session_duration_s, 43200);
	ck_assert_int_eq(s.session_idle_s, 1800);
	ck_assert_uint_eq(s.password_min, 15);
	ck_assert_int_eq((int)s.users_api, USERS_API_ADMIN);
	ck_assert(s.is_throttled && s.has_device_cookie);
	ck_assert(s.has_token_ids && s.replaces_session);
	unit_assert_str(s.cors_origins, "");
	ck_assert_int_eq((int)s.csrf_check, CSRF_CHECK_ON);
}
END_TEST

START_TEST(what_is_given_counts_under_strict_too)
{
	struct request_settings s =
	    read_params(STRICT " ", "AUTH_TYPE=session_db_auth", "SESSION_ID=uuid");

	ck_assert(!s.is_usable); /* "strict " is no word */
	s = read_params(STRICT, "AUTH_TYPE=auth", "SESSION_ID=uuid");
	ck_assert(s.is_usable && !s.has_token_ids);
	s = read_params(STRICT, "AUTH_TYPE=auth", "SESSION_DURATION=8h");
	ck_assert(s.is_usable);
	ck_assert_int_eq(s.session_duration_s, 28800);
	/* Nobody asked for an idle limit that is longer than that. */
	s = read_params(STRICT, "AUTH_TYPE=auth", "SESSION_DURATION=600");
	ck_assert(s.is_usable);
	ck_assert_int_eq(s.session_idle_s, 600);
	ck_assert(read_params(STRICT, "AUTH_TYPE=auth", "PASSWORD_MIN=8").is_usable);
	s = read_params(STRICT, "AUTH_TYPE=auth", "SESSION_IDLE=13h");
	ck_assert_str_eq(s.wrong_name, "SESSION_IDLE");
	s = read_params(STRICT, "AUTH_TYPE=auth", "HTTPS=on");
	unit_assert_str(s.cookie_prefix, "__Host-");
	s = read_params(STRICT, "AUTH_TYPE=auth", "CORS_ORIGINS=https://a.example");
	ck_assert(s.is_usable);
	unit_assert_str(s.cors_origins, "https://a.example");
	ck_assert_int_eq(setenv("SESSION_ID", "uuid", 1), 0);
	request_settings_prepare();
	ck_assert(!read_params(STRICT, "AUTH_TYPE=auth", NULL).has_token_ids);
	(void)unsetenv("SESSION_ID");
}
END_TEST

static const struct {
	const char *a, *b, *name, *value;
} unsafe_cases[] = {
	{ "AUTH_TYPE=none", NULL, "AUTH_TYPE", "none" },
	{ "AUTH_TYPE=", NULL, "AUTH_TYPE", "" },
	{ NULL, NULL, "AUTH_TYPE", NULL },
	{ "AUTH_TYPE=auth", "SESSION_DURATION=0", "SESSION_DURATION", "0" },
	{ "AUTH_TYPE=auth", "SESSION_DURATION=", "SESSION_DURATION", "" },
	{ "AUTH_TYPE=auth", "SESSION_DURATION=-8h", "SESSION_DURATION", "-8h" },
	{ "AUTH_TYPE=auth", "SESSION_DURATION=8 hours", "SESSION_DURATION", "8 hours" },
	{ "AUTH_TYPE=auth", "LOGIN_THROTTLE=off", "LOGIN_THROTTLE", "off" },
	{ "AUTH_TYPE=auth", "USERS_API=open", "USERS_API", "open" },
	{ "AUTH_TYPE=auth", "PASSWORD_MIN=7", "PASSWORD_MIN", "7" },
	{ "AUTH_TYPE=auth", "PASSWORD_MIN=0", "PASSWORD_MIN", "0" },
	{ "AUTH_TYPE=auth", "CSRF_CHECK=off", "CSRF_CHECK", "off" },
	{ "AUTH_TYPE=auth", "CSRF_CHECK=log", "CSRF_CHECK", "log" },
	/* Misspelt: its default would hold, and nobody know. */
	{ "AUTH_TYPE=auth", "SESSION_IDEL=60", "AUTH_PROFILE", "SESSION_IDEL" },
	{ "AUTH_TYPE=auth", "CORS_ORIGIN=x", "AUTH_PROFILE", "CORS_ORIGIN" },
	{ "AUTH_TYPE=auth", "AUTH_RALM=x", "AUTH_PROFILE", "AUTH_RALM" },
};

START_TEST(strict_refuses_what_is_not_safe)
{
	struct request_settings s = read_params(STRICT, unsafe_cases[_i].a, unsafe_cases[_i].b);

	ck_assert(!s.is_usable);
	ck_assert_str_eq(s.wrong_name, unsafe_cases[_i].name);
	unit_assert_str(s.wrong_value, unsafe_cases[_i].value);
	ck_assert(str_starts_with(str_of(s.problem), STR_LIT("under AUTH_PROFILE=strict ")));
	/* Otherwise all this is good. */
	ck_assert(read_params("AUTH_PROFILE=standard", unsafe_cases[_i].a, unsafe_cases[_i].b)
		      .is_usable);
}
END_TEST

/* A name that begins as one of ours does must be one. */
START_TEST(strict_knows_how_settings_begin)
{
	for (size_t i = 0; i < settings_n; i++) {
		const char *name = settings_table[i].name;
		char param[100];
		struct request_settings s;

		if (settings_table[i].scope != SETTINGS_REQUEST)
			continue;
		(void)snprintf(
		    param, sizeof(param), "%.*s_OTHER=x", (int)strcspn(name, "_"), name);
		s = read_params(STRICT, "AUTH_TYPE=auth", param);
		ck_assert_msg(!s.is_usable,
		    "%s is taken: is the name of %s as core/request_settings_list.h says "
		    "of names?",
		    param, name);
		ck_assert(str_starts_with(str_of(param), s.wrong_value));
	}
}
END_TEST

START_TEST(the_first_of_two_parameters_counts)
{
	struct request_settings s = read_params("AUTH_TYPE=basic_auth", "AUTH_TYPE=none", NULL);

	unit_assert_str(s.auth_type, "basic_auth");
}
END_TEST

/* A client can send any header: it arrives with HTTP_ in front. */
START_TEST(a_header_is_no_setting)
{
	struct request_settings s = read_params(
	    "HTTP_AUTH_TYPE=none", "HTTP_SESSIONGATE_STATUS=on", "HTTP_AUTH_REALM=other");

	unit_assert_str(s.auth_type, NULL);
	ck_assert(!s.is_status_page);
	unit_assert_str(s.realm, NULL);
}
END_TEST

START_TEST(the_status_page_is_asked_for_by_the_web_server_only)
{
	ck_assert_int_eq(setenv("SESSIONGATE_STATUS", "on", 1), 0);
	request_settings_prepare();
	ck_assert(!read_params(NULL, NULL, NULL).is_status_page);
	ck_assert(read_params("SESSIONGATE_STATUS=on", NULL, NULL).is_status_page);
	ck_assert(!read_params("SESSIONGATE_STATUS=off", NULL, NULL).is_status_page);
	ck_assert(!read_params("SESSIONGATE_STATUS=On", NULL, NULL).is_status_page);
	ck_assert(!read_params("SESSIONGATE_STATUS=", NULL, NULL).is_status_page);
}
END_TEST

/* --------------------------------------------------- how sessions end, and their cookie */

static const struct {
	const char *a, *b, *problem; /* begins so; NULL: it is none */
} value_cases[] = {
	{ "SESSION_IDLE=30m", NULL, NULL },
	{ "SESSION_IDLE=0", NULL, NULL },
	{ "SESSION_IDLE=60", "SESSION_DURATION=60", NULL },
	{ "SESSION_IDLE=60", "SESSION_DURATION=0", NULL },
	{ "SESSION_IDLE=61", "SESSION_DURATION=60", "SESSION_IDLE is longer than" },
	{ "SESSION_IDLE=", NULL, "SESSION_IDLE is no duration: give seconds" },
	{ "SESSION_IDLE=-5", NULL, "SESSION_IDLE is no duration: give seconds" },
	{ "SESSION_IDLE=5x", NULL, "SESSION_IDLE is no duration: give seconds" },
	{ "SESSION_IDLE=1 h", NULL, "SESSION_IDLE is no duration: give seconds" },
	{ "SESSION_MAX_PER_USER=0", NULL, NULL },
	{ "SESSION_MAX_PER_USER=50000000", NULL, NULL },
	{ "SESSION_MAX_PER_USER=50000001", NULL, "SESSION_MAX_PER_USER is no number" },
	{ "SESSION_MAX_PER_USER=99999999999999999999999", NULL,
	    "SESSION_MAX_PER_USER is no number" },
	{ "SESSION_MAX_PER_USER=", NULL, "SESSION_MAX_PER_USER is no number" },
	{ "SESSION_MAX_PER_USER=-1", NULL, "SESSION_MAX_PER_USER is no number" },
	{ "SESSION_MAX_PER_USER=5 ", NULL, "SESSION_MAX_PER_USER is no number" },
	{ "SESSION_REPLACE=on", NULL, NULL },
	{ "SESSION_REPLACE=On", NULL, "SESSION_REPLACE must be on or off" },
	{ "SESSION_REPLACE=", NULL, "SESSION_REPLACE must be on or off" },
	{ "SESSION_DETAILS=on", NULL, NULL },
	{ "SESSION_DETAILS=yes", NULL, "SESSION_DETAILS must be on or off" },
	{ "SESSION_DETAILS=", NULL, "SESSION_DETAILS must be on or off" },
	{ "SESSION_REMEMBER=30d", NULL, NULL },
	{ "SESSION_REMEMBER=30 d", NULL, "SESSION_REMEMBER is no duration: give seconds" },
	{ "SESSION_REMEMBER=-1", NULL, "SESSION_REMEMBER is no duration: give seconds" },
	{ "COOKIE_DOMAIN=", NULL, NULL },
	{ "COOKIE_DOMAIN=example.org", NULL, NULL },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=example.org", NULL },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=a.b.Example.ORG:8443", NULL },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=badexample.org",
	    "the host of the request is not below" },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=example.org.evil.net",
	    "the host of the request is not below" },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=org",
	    "the host of the request is not below" },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=", "the host of the request is not below" },
	{ "COOKIE_DOMAIN=example.org", "HTTP_HOST=[::1]:80",
	    "the host of the request is not below" },
	{ "COOKIE_DOMAIN=.example.org", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=example.org.", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=org", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=a..org", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=127.0.0.1", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=a_b.org", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=-a.org", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=a.org; Secure", NULL, "COOKIE_DOMAIN is no domain" },
	{ "COOKIE_DOMAIN=example.org", "SESSION_NAME=__Host-sid",
	    "COOKIE_DOMAIN does not go with a SESSION_NAME of __Host-" },
	{ "COOKIE_DOMAIN=example.org", "SESSION_NAME=__Secure-sid", NULL },
	{ "COOKIE_DOMAIN=", "SESSION_NAME=__Host-sid", NULL },
	{ "COOKIE_PREFIX=auto", NULL, NULL },
	{ "COOKIE_PREFIX=__Host-", NULL, "COOKIE_PREFIX must be none or auto" },
	{ "COOKIE_SAME_SITE=strict", NULL, NULL },
	{ "COOKIE_SAME_SITE=Strict", NULL, "COOKIE_SAME_SITE must be lax, strict or none" },
	{ "COOKIE_SAME_SITE=none", "HTTPS=on", NULL },
	{ "COOKIE_SAME_SITE=none", "REQUEST_SCHEME=https", NULL },
	{ "COOKIE_SAME_SITE=none", NULL, "COOKIE_SAME_SITE none needs https" },
};

START_TEST(a_wrong_value_opens_nothing)
{
	const char *a = value_cases[_i].a, *problem = value_cases[_i].problem;
	struct request_settings s = read_params(a, value_cases[_i].b, "REQUEST_METHOD=GET");

	ck_assert_msg(s.is_usable == (problem == NULL), "%s: %s", a, s.problem);
	if (problem == NULL)
		return;
	ck_assert_int_eq(strncmp(s.problem, problem, strlen(problem)), 0);
	ck_assert_int_eq(strncmp(s.wrong_name, a, strlen(s.wrong_name)), 0);
	unit_assert_str(s.wrong_value, strchr(a, '=') + 1);
}
END_TEST

/* Without a request, as at a start, nothing is known of host and scheme. */
START_TEST(the_environment_has_no_scheme_and_no_host)
{
	struct request_settings s;

	ck_assert_int_eq(setenv("COOKIE_SAME_SITE", "none", 1), 0);
	ck_assert_int_eq(setenv("COOKIE_DOMAIN", "example.org", 1), 0);
	request_settings_prepare();
	request_settings_read(&(struct cgi_vars){ 0 }, &s);
	ck_assert(s.is_usable);
	s = read_params(NULL, NULL, NULL);
	ck_assert(!s.is_usable);
	s = read_params("HTTPS=on", "HTTP_HOST=example.org", NULL);
	ck_assert(s.is_usable);
}
END_TEST

START_TEST(values_of_sessions_and_cookies)
{
	struct request_settings s = read_params(NULL, NULL, NULL);

	ck_assert_int_eq(s.session_idle_s, 0);
	ck_assert_uint_eq(s.session_max_per_user, 0);
	ck_assert(!s.replaces_session && !s.has_one_cookie && !s.keeps_details);
	ck_assert_int_eq(s.session_remember_s, 0);
	unit_assert_str(s.cookie_prefix, "");
	unit_assert_str(s.cookie_domain, "");
	ck_assert_int_eq(s.cookie_same_site, SETTINGS_LAX);

	s = read_params("SESSION_IDLE=30m", "SESSION_MAX_PER_USER=5", "SESSION_REPLACE=on");
	ck_assert_int_eq(s.session_idle_s, 1800);
	ck_assert_uint_eq(s.session_max_per_user, 5);
	ck_assert(s.replaces_session);
	ck_assert(read_params("SESSION_DETAILS=on", NULL, NULL).keeps_details);
	ck_assert(!read_params("SESSION_DETAILS=off", NULL, NULL).keeps_details);
	s = read_params("SESSION_REMEMBER=30d", "COOKIE_SAME_SITE=strict", NULL);
	ck_assert_int_eq(s.session_remember_s, 30 * 86400);
	ck_assert_int_eq(s.cookie_same_site, SETTINGS_STRICT);
	ck_assert(!s.has_one_cookie);

	/* The browser takes these prefixes over https alone. */
	s = read_params("COOKIE_PREFIX=auto", NULL, NULL);
	unit_assert_str(s.cookie_prefix, "");
	ck_assert(s.has_one_cookie);
	s = read_params("COOKIE_PREFIX=auto", "HTTPS=on", NULL);
	unit_assert_str(s.cookie_prefix, "__Host-");
	s = read_params("COOKIE_PREFIX=auto", "HTTPS=on", "COOKIE_DOMAIN=example.org");
	unit_assert_str(s.cookie_prefix, "__Secure-");
	unit_assert_str(s.cookie_domain, "example.org");
	s = read_params("COOKIE_PREFIX=none", "HTTPS=on", "COOKIE_DOMAIN=example.org");
	unit_assert_str(s.cookie_prefix, "");
	ck_assert(s.has_one_cookie);
}
END_TEST

static void
clean_environment(void)
{
	static const char *const names[] = { "AUTH_TYPE", "SESSION_NAME", "SESSION_DURATION",
		"AUTH_REALM", "CORS_ORIGINS", "CSRF_CHECK", "COOKIE_SAME_SITE", "COOKIE_DOMAIN",
		"SESSIONGATE_STATUS", "AUTH_PROFILE", "SESSION_ID" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
	request_settings_prepare();
}

Suite *
check_request_settings_suite(void)
{
	Suite *s = suite_create("conf/request_settings");
	TCase *tc = tcase_create("duration");

	tcase_add_loop_test(tc, duration, 0, N(duration_cases));
	tcase_add_loop_test(tc, unreadable_duration, 0, N(unreadable_cases));
	tcase_add_test(tc, absent_duration);
	suite_add_tcase(s, tc);

	tc = tcase_create("read");
	tcase_add_checked_fixture(tc, clean_environment, clean_environment);
	tcase_add_loop_test(tc, session_name, 0, N(name_cases));
	tcase_add_loop_test(tc, password_min, 0, N(password_min_cases));
	tcase_add_test(tc, zero_opens_nothing);
	tcase_add_test(tc, a_switch_is_on_or_off);
	tcase_add_loop_test(
	    tc, users_api, 0, (int)(sizeof(users_api_cases) / sizeof(users_api_cases[0])));
	tcase_add_test(tc, admin_group);
	tcase_add_test(tc, unset_means_the_defaults);
	tcase_add_test(tc, a_parameter_comes_before_the_environment);
	tcase_add_loop_test(tc, a_word_is_one_of_its_row, 0, N(csrf_cases));
	tcase_add_loop_test(tc, a_wrong_value_opens_nothing, 0, N(value_cases));
	tcase_add_test(tc, the_environment_has_no_scheme_and_no_host);
	tcase_add_test(tc, values_of_sessions_and_cookies);
	tcase_add_test(tc, session_ids_are_of_two_kinds);
	tcase_add_test(tc, pages_and_checks_have_defaults_of_their_own);
	tcase_add_test(tc, the_environment_comes_before_the_defaults_of_pages);
	tcase_add_loop_test(tc, settings_of_the_gate, 0, N(gate_cases));
	tcase_add_test(tc, twice_is_once_too_often);
	tcase_add_loop_test(tc, what_a_page_or_a_check_must_have, 0, N(use_cases));
	tcase_add_test(tc, where_a_visitor_may_go_back_to);
	tcase_add_test(tc, strict_is_asked_for);
	tcase_add_test(tc, strict_has_defaults_of_its_own);
	tcase_add_test(tc, what_is_given_counts_under_strict_too);
	tcase_add_loop_test(tc, strict_refuses_what_is_not_safe, 0, N(unsafe_cases));
	tcase_add_test(tc, strict_knows_how_settings_begin);
	tcase_add_test(tc, the_first_of_two_parameters_counts);
	tcase_add_test(tc, what_is_unreadable_is_kept_for_the_log);
	tcase_add_test(tc, a_header_is_no_setting);
	tcase_add_test(tc, the_status_page_is_asked_for_by_the_web_server_only);
	suite_add_tcase(s, tc);
	return s;
}
