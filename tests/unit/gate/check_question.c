/* check_question.c - tests of src/gate/question.c */
#include "gate/question.h"

#include <stdio.h>

#include "unit/unit.h"

Suite *check_question_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define PARAMS_MAX 6

static struct request request;
static struct request_settings settings;
static struct buf out;

/* To http://a.example, if nothing else is said. */
static struct question
about(enum gate_family family, const char *const params[PARAMS_MAX])
{
	const char *all[PARAMS_MAX + 3] = { "AUTH_TYPE=session_auth" };
	int n = 1;

	for (int i = 0; i < PARAMS_MAX && params[i] != NULL; i++)
		all[n++] = params[i];
	all[n++] = "HTTP_HOST=a.example";
	ck_assert_int_eq(request_init(&request, all), 0);
	request_settings_read_for(REQUEST_OF_CHECK, &request.vars, &settings);
	ck_assert_msg(settings.is_usable, "%s", settings.problem);
	return question_of(&request, &settings, family);
}

static void
setup(void)
{
	buf_init(&out, 20000);
}

static void
teardown(void)
{
	request_fini(&request);
	buf_fini(&out);
}

/* ------------------------------------------------------------------------- the method */

START_TEST(caddy_says_the_method_in_a_header_of_its_own)
{
	const char *const params[PARAMS_MAX] = { "REQUEST_METHOD=GET",
		"HTTP_X_FORWARDED_METHOD=DELETE", "HTTP_X_HTTP_METHOD_OVERRIDE=PUT" };
	const char *const silent[PARAMS_MAX] = { "REQUEST_METHOD=GET" };

	unit_assert_str(about(GATE_CADDY, params).method, "DELETE");
	request_fini(&request);
	unit_assert_str(about(GATE_NGINX, params).method, "GET");
	request_fini(&request);
	unit_assert_str(about(GATE_AUTHORIZER, params).method, "GET");
	request_fini(&request);
	/* Not said: then it may be anything. */
	ck_assert(str_is_empty(about(GATE_CADDY, silent).method));
}
END_TEST

#define PASS   "AUTH_PREFLIGHT=pass"
#define ORIGIN "HTTP_ORIGIN=https://b.example"
#define WANTS  "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT"

static const struct {
	const char *params[PARAMS_MAX];
	bool is_free;
} preflights[] = {
	{ { "REQUEST_METHOD=OPTIONS", PASS, ORIGIN, WANTS }, true },
	{ { "REQUEST_METHOD=OPTIONS", ORIGIN, WANTS }, false },
	{ { "REQUEST_METHOD=OPTIONS", "AUTH_PREFLIGHT=check", ORIGIN, WANTS }, false },
	{ { "REQUEST_METHOD=OPTIONS", PASS, WANTS }, false },
	{ { "REQUEST_METHOD=OPTIONS", PASS, ORIGIN }, false },
	{ { "REQUEST_METHOD=OPTIONS", PASS }, false },
	{ { "REQUEST_METHOD=OPTIONS", PASS, "HTTP_ORIGIN=", WANTS }, false },
	{ { "REQUEST_METHOD=OPTIONS", PASS, ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD=" },
	    false },
	{ { "REQUEST_METHOD=GET", PASS, ORIGIN, WANTS }, false },
	{ { "REQUEST_METHOD=POST", PASS, ORIGIN, WANTS }, false },
	{ { "REQUEST_METHOD=options", PASS, ORIGIN, WANTS }, false },
	{ { PASS, ORIGIN, WANTS }, false },
};

START_TEST(preflights_that_pass)
{
	const struct question question = about(GATE_NGINX, preflights[_i].params);

	ck_assert_int_eq(question_is_free(&question), preflights[_i].is_free);
}
END_TEST

/* -------------------------------------------------------------------- other sites' pages */

#define POST    "REQUEST_METHOD=POST"
#define EVIL    "HTTP_ORIGIN=https://evil.example"
#define OWN     "HTTP_ORIGIN=http://a.example"
#define CROSS   "HTTP_SEC_FETCH_SITE=cross-site"
#define SIBLING "HTTP_SEC_FETCH_SITE=same-site"
#define SAME    "HTTP_SEC_FETCH_SITE=same-origin"
#define STRICT  "AUTH_CROSS_SITE=same-origin"
#define SOCKET  "HTTP_UPGRADE=websocket"
#define B_HOST  "GATE_RETURN_HOSTS=b.example:8443 *.c.example"
#define NAMED   "HTTP_ORIGIN=https://b.example:8443"
#define BELOW   "HTTP_ORIGIN=https://x.c.example"

static const struct {
	const char *params[PARAMS_MAX];
	bool is_refused;
} sites[] = {
	/* Programs. */
	{ { POST }, false },
	{ { POST, STRICT }, false },
	{ { "REQUEST_METHOD=DELETE" }, false },
	{ { POST, "HTTP_ORIGIN=", "HTTP_SEC_FETCH_SITE=" }, false },
	{ { POST, "HTTP_REFERER=https://evil.example/" }, false },
	/* What the browser says. */
	{ { POST, CROSS }, true },
	{ { POST, CROSS, EVIL }, true },
	{ { POST, CROSS, OWN }, true },
	{ { POST, CROSS, NAMED, B_HOST }, true },
	{ { POST, SAME }, false },
	{ { POST, SAME, EVIL }, false },
	{ { POST, SAME, EVIL, STRICT }, false },
	{ { POST, "HTTP_SEC_FETCH_SITE=none" }, false },
	{ { POST, "HTTP_SEC_FETCH_SITE=none", STRICT }, false },
	{ { POST, SIBLING }, false },
	{ { POST, SIBLING, EVIL }, false },
	{ { POST, SIBLING, STRICT }, true },
	{ { POST, CROSS, "AUTH_CROSS_SITE=allow" }, false },
	{ { POST, EVIL, "AUTH_CROSS_SITE=allow" }, false },
	{ { POST, CROSS, "AUTH_CROSS_SITE=refuse" }, true },
	/* Every method but three, known or not. */
	{ { "REQUEST_METHOD=PUT", CROSS }, true },
	{ { "REQUEST_METHOD=PATCH", CROSS }, true },
	{ { "REQUEST_METHOD=DELETE", CROSS }, true },
	{ { "REQUEST_METHOD=PROPFIND", CROSS }, true },
	{ { "REQUEST_METHOD=BREW", CROSS }, true },
	{ { "REQUEST_METHOD=get", CROSS }, true },
	{ { "REQUEST_METHOD=", CROSS }, true },
	{ { CROSS }, true },
	{ { "REQUEST_METHOD=GET", CROSS, EVIL }, false },
	{ { "REQUEST_METHOD=HEAD", CROSS, EVIL }, false },
	{ { "REQUEST_METHOD=OPTIONS", CROSS, EVIL }, false },
	{ { "REQUEST_METHOD=GET", CROSS, EVIL, STRICT }, false },
	/* A WebSocket: a GET that stays. */
	{ { "REQUEST_METHOD=GET", SOCKET, EVIL }, true },
	{ { "REQUEST_METHOD=GET", SOCKET, CROSS }, true },
	{ { "REQUEST_METHOD=GET", "HTTP_SEC_WEBSOCKET_VERSION=13", EVIL }, true },
	{ { "REQUEST_METHOD=GET", "HTTP_SEC_WEBSOCKET_VERSION=13", OWN }, false },
	{ { "REQUEST_METHOD=GET", SOCKET, OWN }, false },
	{ { "REQUEST_METHOD=GET", SOCKET }, false },
	{ { "REQUEST_METHOD=GET", "HTTP_UPGRADE=", EVIL }, false },
	/* The Origin alone. */
	{ { POST, OWN }, false },
	{ { POST, OWN, STRICT }, false },
	{ { POST, EVIL }, true },
	{ { POST, "HTTP_ORIGIN=null" }, true },
	{ { POST, "HTTP_ORIGIN=http://a.example:8080" }, true },
	{ { POST, "HTTP_ORIGIN=http://a.example.evil.example" }, true },
	{ { POST, "HTTP_ORIGIN=http://b.a.example" }, true },
	{ { POST, OWN, "HTTPS=on" }, true },
	{ { POST, OWN, "REQUEST_SCHEME=https" }, true },
	{ { POST, "HTTP_ORIGIN=https://a.example", "HTTPS=on" }, false },
	{ { POST, "HTTP_SEC_FETCH_SITE=sideways", EVIL }, true },
	{ { POST, "HTTP_SEC_FETCH_SITE=Cross-Site", OWN }, false },
	/* Hosts that the operator has named. */
	{ { POST, NAMED, B_HOST }, false },
	{ { POST, BELOW, B_HOST }, false },
	{ { POST, NAMED, B_HOST, STRICT }, true },
	{ { POST, NAMED }, true },
	{ { POST, "HTTP_ORIGIN=https://b.example", B_HOST }, true },
	{ { POST, "HTTP_ORIGIN=https://c.example", B_HOST }, true },
	{ { POST, "HTTP_ORIGIN=b.example:8443", B_HOST }, true },
	{ { POST, "HTTP_ORIGIN=http://w.a.example", "COOKIE_DOMAIN=a.example" }, false },
	{ { POST, "HTTP_ORIGIN=http://wa.example", "COOKIE_DOMAIN=a.example" }, true },
	{ { POST, "HTTP_ORIGIN=http://w.a.example", "COOKIE_DOMAIN=a.example",
	      "GATE_RETURN_HOSTS=" },
	    true },
};

START_TEST(pages_of_other_sites)
{
	const struct question question = about(GATE_NGINX, sites[_i].params);

	ck_assert_int_eq(question_is_cross_site(&question), sites[_i].is_refused);
}
END_TEST

/* The method that Caddy's own request has is none that a page asked for. */
START_TEST(the_method_of_caddy_is_not_the_pages)
{
	const char *const change[PARAMS_MAX] = { "REQUEST_METHOD=GET",
		"HTTP_X_FORWARDED_METHOD=POST", CROSS };
	const char *const silent[PARAMS_MAX] = { "REQUEST_METHOD=GET", CROSS };
	struct question question = about(GATE_CADDY, change);

	ck_assert(question_is_cross_site(&question));
	request_fini(&request);
	question = about(GATE_CADDY, silent);
	ck_assert(question_is_cross_site(&question));
}
END_TEST

/* ------------------------------------------------------------------- where to come back to */

#define GET  "REQUEST_METHOD=GET"
#define PAGE "GATE_LOGIN_URL=https://login.example.org/_gate/login"

static const struct {
	const char *params[PARAMS_MAX], *want;
} logins[] = {
	{ { GET, "REQUEST_URI=/a.txt?q=1&b=%2F%26" },
	    "/_gate/login?rd=/a.txt%3Fq%3D1%26b%3D%252F%2526" },
	{ { "REQUEST_METHOD=HEAD", "REQUEST_URI=/a-b._~" }, "/_gate/login?rd=/a-b._~" },
	{ { GET, "REQUEST_URI=/a b\r\nSet-Cookie: x" },
	    "/_gate/login?rd=/a%20b%0D%0ASet-Cookie%3A%20x" },
	{ { GET, "REQUEST_URI=/\xc3\xbc" }, "/_gate/login?rd=/%C3%BC" },
	{ { GET, "REQUEST_URI=//evil.example/a" }, "/_gate/login?rd=/evil.example/a" },
	{ { GET, "REQUEST_URI=/\\/evil.example" }, "/_gate/login?rd=/evil.example" },
	{ { GET, "REQUEST_URI=\\evil.example" }, "/_gate/login?rd=/evil.example" },
	{ { GET, "REQUEST_URI=http://a.example/b?c" }, "/_gate/login?rd=/b%3Fc" },
	{ { GET, "REQUEST_URI=http://evil.example" }, "/_gate/login?rd=/" },
	{ { GET, "REQUEST_URI=*" }, "/_gate/login?rd=/" },
	{ { GET, "REQUEST_URI=" }, "/_gate/login?rd=/" },
	{ { GET }, "/_gate/login?rd=/" },
	{ { GET, "REQUEST_URI=/a", "QUERY_STRING=b", "SCRIPT_NAME=/_gate/check" },
	    "/_gate/login?rd=/a" },
	{ { GET, "REQUEST_URI=/a", "GATE_PREFIX=/sso/" }, "/sso/login?rd=/a" },
	/* What was sent is lost: back to where it was written. */
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=http://a.example/form?x=1" },
	    "/_gate/login?rd=/form%3Fx%3D1" },
	{ { POST, "REQUEST_URI=/save" }, "/_gate/login?rd=/" },
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=http://a.example" }, "/_gate/login?rd=/" },
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=https://evil.example/form" },
	    "/_gate/login?rd=/" },
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=http://a.example.evil/form" },
	    "/_gate/login?rd=/" },
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=http://a.example@evil/form" },
	    "/_gate/login?rd=/" },
	{ { POST, "REQUEST_URI=/save", "HTTP_REFERER=/form" }, "/_gate/login?rd=/" },
	{ { "REQUEST_METHOD=OPTIONS", "REQUEST_URI=/save" }, "/_gate/login?rd=/" },
	/* A login page on another host must be told which one this is. */
	{ { GET, "REQUEST_URI=/a?b", PAGE },
	    "https://login.example.org/_gate/login?rd=http%3A//a.example/a%3Fb" },
	{ { GET, "REQUEST_URI=/a", PAGE, "REQUEST_SCHEME=https" },
	    "https://login.example.org/_gate/login?rd=https%3A//a.example/a" },
	{ { GET, "REQUEST_URI=/a", PAGE, "HTTP_HOST=b.example:8443" },
	    "https://login.example.org/_gate/login?rd=http%3A//b.example%3A8443/a" },
	{ { GET, "REQUEST_URI=/a", PAGE, "HTTP_HOST=" },
	    "https://login.example.org/_gate/login" },
	{ { GET, "REQUEST_URI=/a", PAGE, "HTTP_HOST=evil.example/@b" },
	    "https://login.example.org/_gate/login" },
};

START_TEST(where_to_come_back_to)
{
	const struct question question = about(GATE_NGINX, logins[_i].params);

	question_write_login(&question, &out);
	ck_assert_int_eq(buf_error(&out), 0);
	unit_assert_str(buf_str(&out), logins[_i].want);
}
END_TEST

/* nginx would answer 500 for a header that does not fit in its buffer. */
START_TEST(what_is_too_long_is_forgotten)
{
	char uri[4000] = "REQUEST_URI=/";
	const char *const params[PARAMS_MAX] = { GET, uri };
	struct question question;

	memset(uri + strlen(uri), '+', 900);
	question = about(GATE_NGINX, params);
	question_write_login(&question, &out);
	ck_assert_uint_eq(out.n, strlen("/_gate/login?rd=/") + 3 * 900);
	request_fini(&request);
	buf_clear(&out);
	memset(uri + strlen(uri), '+', 200);
	question = about(GATE_NGINX, params);
	question_write_login(&question, &out);
	unit_assert_str(buf_str(&out), "/_gate/login?rd=/");
}
END_TEST

Suite *
check_question_suite(void)
{
	Suite *s = suite_create("gate/question");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, caddy_says_the_method_in_a_header_of_its_own);
	tcase_add_loop_test(tc, preflights_that_pass, 0, N(preflights));
	tcase_add_loop_test(tc, pages_of_other_sites, 0, N(sites));
	tcase_add_test(tc, the_method_of_caddy_is_not_the_pages);
	tcase_add_loop_test(tc, where_to_come_back_to, 0, N(logins));
	tcase_add_test(tc, what_is_too_long_is_forgotten);
	suite_add_tcase(s, tc);
	return s;
}
