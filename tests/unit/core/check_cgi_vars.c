/* check_cgi_vars.c - tests of src/core/cgi_vars.c */
#include "core/cgi_vars.h"

#include <errno.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_cgi_vars_suite(void);

static struct cgi_vars vars;

static void
begin(void)
{
	cgi_vars_init(&vars);
}

static void
end(void)
{
	cgi_vars_fini(&vars);
	cgi_vars_fini(&vars);
}

static void
add(const char *name, const char *value)
{
	cgi_vars_add(&vars, str_of(name), str_of(value));
}

START_TEST(each_has_its_place)
{
	add(cgi_vars_name((enum cgi_var)_i), "x=y");
	for (enum cgi_var i = 0; i < CGI_VARS_N; i++) {
		unit_assert_str(vars.values[i], i == (enum cgi_var)_i ? "x=y" : NULL);
		ck_assert(!cgi_vars_is_repeated(&vars, i));
	}
}
END_TEST

#define REQUEST(scope, variable, ...) { #variable, CGI_##variable },
static const struct {
	const char *name;
	enum cgi_var var;
} settings[] = {
#include "core/request_settings_list.h"
};

START_TEST(each_setting_of_requests_is_known)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		add(settings[i].name, "x");
		unit_assert_str(vars.values[settings[i].var], "x");
		ck_assert_str_eq(cgi_vars_name(settings[i].var), settings[i].name);
	}
}
END_TEST

START_TEST(the_first_of_two_counts)
{
	const char *want = _i == CGI_HTTP_COOKIE ? "1; 2; 3" : "1";

	for (const char *const *value = (const char *const[]){ "1", "2", "3", NULL };
	     *value != NULL; value++)
		add(cgi_vars_name((enum cgi_var)_i), *value);
	for (enum cgi_var i = 0; i < CGI_VARS_N; i++) {
		unit_assert_str(vars.values[i], i == (enum cgi_var)_i ? want : NULL);
		ck_assert_int_eq(cgi_vars_is_repeated(&vars, i), i == (enum cgi_var)_i);
	}
	ck_assert_int_eq(cgi_vars_error(&vars), 0);
}
END_TEST

static const char *const unknown[] = { "", "X", "http_cookie", "HTTP_COOKIE2", "HTTP_COOKI",
	"TTTP_COOKIE", "HTTPX", "HTTP_HTTPS", "CONTENT_LENGTI" };

START_TEST(what_nobody_wants)
{
	add(unknown[_i], "1");
	for (enum cgi_var i = 0; i < CGI_VARS_N; i++)
		unit_assert_str(vars.values[i], NULL);
}
END_TEST

static const struct {
	const char *name;
	bool is_stranger;
} strangers[] = { { "SESSION_IDEL", true }, { "AUTH_TYP", true }, { "AUTH_TYPEE", true },
	{ "CORS_ORIGIN", true }, { "CSRF_", true }, { "LOGIN_X", true },
	{ "PASSWORD_MAX", true }, { "COOKIE_JAR", true }, { "USERS_APY", true },
	{ "AUTH_TYPE", false }, { "SESSION_NAME", false }, { "SESSIONS", false },
	{ "SESSION", false }, { "", false }, { "HTTP_SESSION_IDEL", false },
	{ "SSL_SESSION_ID", false }, { "SESSIONGATE_WORKERS", false }, { "REMOTE_USER", false },
	/* A check without AUTH_REQUIRE lets in whoever is signed in. */
	{ "REQUIRE", true }, { "AUTHREQUIRE", true }, { "AUTH-REQUIRE", true },
	{ "auth_require", true }, { "Auth_Require", true }, { "AUHT_REQUIRE", true },
	{ "gate_prefix", true }, { "GATES", true }, { "GATEWAY_INTERFACE", false },
	{ "AUTHORIZATION", false }, { "AUTHENTICATE_CN", false },
	{ "REDIRECT_AUTH_REQUIRE", false }, { "REMOTE_ADDRESS", false },
	{ "REQUEST_TIME", false }, { "HTTP_AUTH_REQUIRE", false }, { "HTTP_REQUIRE", false } };

START_TEST(what_looks_like_a_setting)
{
	add(strangers[_i].name, "1");
	unit_assert_str(vars.stranger, strangers[_i].is_stranger ? strangers[_i].name : NULL);
	add("LOGIN_Y", "1");
	/* The first. */
	unit_assert_str(
	    vars.stranger, strangers[_i].is_stranger ? strangers[_i].name : "LOGIN_Y");
}
END_TEST

START_TEST(what_looks_like_a_setting_of_a_check_comes_first)
{
	add("LOGIN_Y", "1");
	add("GATE_X", "1");
	unit_assert_str(vars.stranger, "GATE_X");
	add("AUTH_X", "1");
	add("LOGIN_Z", "1");
	unit_assert_str(vars.stranger, "GATE_X");
	ck_assert(cgi_vars_is_of_gate(STR_LIT("AUTH_")));
	ck_assert(!cgi_vars_is_of_gate(STR_LIT("GATE")));
	ck_assert(!cgi_vars_is_of_gate(STR_NULL));
}
END_TEST

START_TEST(an_array_of_them)
{
	const char *const params[] = { "HTTPS=on", "QUERY_STRING=", "REQUEST_URI=x=y",
		"=nameless", "no equal sign", "REQUEST_METHOD", "HTTPS=off", "https=lower",
		"HTTP_COOKIE=a=1", "HTTP_COOKIE=", "HTTP_COOKIE=b=2", NULL };

	cgi_vars_add_all(&vars, params);
	unit_assert_str(vars.values[CGI_HTTPS], "on");
	unit_assert_str(vars.values[CGI_QUERY_STRING], "");
	unit_assert_str(vars.values[CGI_REQUEST_URI], "x=y");
	unit_assert_str(vars.values[CGI_REQUEST_METHOD], NULL);
	unit_assert_str(vars.values[CGI_HTTP_COOKIE], "a=1; ; b=2");
	ck_assert(cgi_vars_is_repeated(&vars, CGI_HTTPS));
	ck_assert(!cgi_vars_is_repeated(&vars, CGI_QUERY_STRING));
}
END_TEST

/* Views need no NUL behind them. */
START_TEST(views_into_other_bytes)
{
	cgi_vars_add(&vars, str_mem("HTTPSx", 5), str_mem("onx", 2));
	cgi_vars_add(&vars, str_mem("PATH_INFO", 9), STR_NULL);
	unit_assert_str(vars.values[CGI_HTTPS], "on");
	unit_assert_str(vars.values[CGI_PATH_INFO], "");
}
END_TEST

START_TEST(no_memory_for_cookies)
{
	fail_alloc_at(1);
	add("HTTP_COOKIE", "a=1");
	add("HTTP_COOKIE", "b=2");
	fail_alloc_at(0);
	ck_assert_int_eq(cgi_vars_error(&vars), -ENOMEM);
}
END_TEST

Suite *
check_cgi_vars_suite(void)
{
	Suite *s = suite_create("core/cgi_vars");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, each_has_its_place, 0, CGI_VARS_N);
	tcase_add_test(tc, each_setting_of_requests_is_known);
	tcase_add_loop_test(tc, the_first_of_two_counts, 0, CGI_VARS_N);
	tcase_add_loop_test(tc, what_nobody_wants, 0, sizeof(unknown) / sizeof(unknown[0]));
	tcase_add_loop_test(
	    tc, what_looks_like_a_setting, 0, sizeof(strangers) / sizeof(strangers[0]));
	tcase_add_test(tc, what_looks_like_a_setting_of_a_check_comes_first);
	tcase_add_test(tc, an_array_of_them);
	tcase_add_test(tc, views_into_other_bytes);
	tcase_add_test(tc, no_memory_for_cookies);
	suite_add_tcase(s, tc);
	return s;
}
