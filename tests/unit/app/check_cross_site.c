/* check_cross_site.c - tests of src/app/cross_site.c, asked for as a request is */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/log_lasting.h"
#include "unit/app/ask.h"

Suite *check_cross_site_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define EVIL     "HTTP_ORIGIN=https://evil.example"
#define OWN      "HTTP_ORIGIN=http://a.example"
#define CROSS    "HTTP_SEC_FETCH_SITE=cross-site"
#define SIBLING  "HTTP_SEC_FETCH_SITE=same-site"

/* Of a logout with a live session to http://a.example. */
static const struct {
	const char *params[3];
	bool is_refused;
} cases[] = {
	/* Programs, and browsers of before 2016. */
	{ { NULL }, false },
	{ { "HTTP_ORIGIN=" }, false },
	{ { "HTTP_SEC_FETCH_SITE=" }, false },
	{ { "HTTP_REFERER=https://evil.example/" }, false },
	/* What the browser says. */
	{ { "HTTP_SEC_FETCH_SITE=same-origin" }, false },
	{ { "HTTP_SEC_FETCH_SITE=none" }, false },
	{ { CROSS }, true },
	{ { SIBLING }, true },
	{ { CROSS, EVIL }, true },
	{ { SIBLING, EVIL }, true },
	{ { CROSS, "HTTP_ORIGIN=null" }, true },
	/* It says cross-site for our own origin after a redirect over another site. */
	{ { CROSS, OWN }, true },
	/* Something in front may have changed the host, which the browser knows. */
	{ { "HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ORIGIN=https://www.example" }, false },
	{ { "HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ORIGIN=null" }, false },
	/* Without its word, or with one that nobody knows: the origin. */
	{ { OWN }, false },
	{ { "HTTP_ORIGIN=https://a.example" }, false },
	{ { EVIL }, true },
	{ { "HTTP_ORIGIN=null" }, true },
	{ { "HTTP_ORIGIN=http://a.example:8080" }, true },
	{ { "HTTP_ORIGIN=http://b.a.example" }, true },
	{ { "HTTP_SEC_FETCH_SITE=Cross-Site" }, false },
	{ { "HTTP_SEC_FETCH_SITE=sideways" }, false },
	{ { "HTTP_SEC_FETCH_SITE=sideways", OWN }, false },
	{ { "HTTP_SEC_FETCH_SITE=sideways", EVIL }, true },
	{ { OWN, "HTTPS=on" }, true },
	{ { OWN, "REQUEST_SCHEME=https" }, true },
	{ { "HTTP_ORIGIN=https://a.example", "REQUEST_SCHEME=https" }, false },
	/* Whom the operator has named. */
	{ { CROSS, EVIL, "CORS_ORIGINS=https://evil.example" }, false },
	{ { SIBLING, EVIL, "CORS_ORIGINS=https://evil.example" }, false },
	{ { EVIL, "CORS_ORIGINS=https://b.example https://evil.example" }, false },
	{ { EVIL, "CORS_ORIGINS=https://b.example" }, true },
	{ { OWN, "CORS_ORIGINS=" }, false },
	{ { CROSS, "CORS_ORIGINS=https://evil.example" }, true },
	{ { CROSS, EVIL, "CORS_ORIGINS=" }, true },
	/* Hosts that get the cookie themselves. */
	{ { SIBLING, "HTTP_ORIGIN=http://b.example", "COOKIE_DOMAIN=a.example" }, true },
	{ { SIBLING, "HTTP_ORIGIN=http://www.a.example", "COOKIE_DOMAIN=a.example" }, false },
	{ { SIBLING, "HTTP_ORIGIN=http://www.a.example:8080", "COOKIE_DOMAIN=a.example" },
	    false },
	{ { SIBLING, OWN, "COOKIE_DOMAIN=a.example" }, false },
	{ { "HTTP_ORIGIN=http://www.a.example", "COOKIE_DOMAIN=a.example" }, false },
	{ { SIBLING, "COOKIE_DOMAIN=a.example" }, true },
	{ { SIBLING, "HTTP_ORIGIN=null", "COOKIE_DOMAIN=a.example" }, true },
	{ { SIBLING, "HTTP_ORIGIN=http://wwwa.example", "COOKIE_DOMAIN=a.example" }, true },
	{ { CROSS, "HTTP_ORIGIN=http://www.a.example", "COOKIE_DOMAIN=a.example" }, true },
	/* Switched off. */
	{ { CROSS, EVIL, "CSRF_CHECK=off" }, false },
	{ { CROSS, EVIL, "CSRF_CHECK=log" }, false },
	{ { CROSS, EVIL, "CSRF_CHECK=on" }, true },
};

static char session[IDENT_SESSION_BYTES];

static void
log_in(void)
{
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@hbtn.io&password=pwd" });
	answer_session_id(session);
	site_forget_log();
}

static void
open_site(void)
{
	site_open();
	log_lasting_every(0);
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	log_in();
}

/* With the session, to http://a.example. */
static int
send(const char *method, const char *path, const char *const *params, int n_params)
{
	struct ask request = {
		.method = method, .path = path, .auth_type = "session_auth", .cookie = session
	};

	for (int i = 0; i < n_params; i++)
		request.params[i] = params[i];
	for (int i = 0; i < ASK_PARAMS_MAX; i++)
		if (request.params[i] == NULL) {
			request.params[i] = "HTTP_HOST=a.example";
			break;
		}
	return ask(request);
}

START_TEST(a_logout)
{
	int status = send(
	    "DELETE", "/api/v1/auth_session/logout", cases[_i].params, N(cases[_i].params));

	if (cases[_i].is_refused)
		answer_is_error(403, "cross-site request");
	else
		ck_assert_int_eq(status, 200);
	/* What was refused has changed nothing. */
	ck_assert_int_eq(
	    send("GET", "/api/v1/users/me", NULL, 0), cases[_i].is_refused ? 200 : 403);
}
END_TEST

/* No session cookie is needed: it would sign the visitor in as somebody else. */
START_TEST(a_login)
{
	struct ask request = { .method = "POST",
		.path = "/api/v1/auth_session/login",
		.auth_type = "session_auth",
		.type = "application/x-www-form-urlencoded",
		.body = "email=bob@hbtn.io&password=pwd",
		.params = { "HTTP_HOST=a.example" } };

	for (int i = 0; i < N(cases[_i].params); i++)
		request.params[i + 1] = cases[_i].params[i];
	(void)ask(request);
	if (!cases[_i].is_refused) {
		ck_assert_int_eq(answer.status, 200);
		return;
	}
	answer_is_error(403, "cross-site request");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	/* The browser may add a password that it knows from elsewhere. */
	request.basic = "bob@hbtn.io:pwd";
	(void)ask(request);
	answer_is_error(403, "cross-site request");
}
END_TEST

START_TEST(what_changes_nothing_is_let_through)
{
	static const char *const methods[] = { "GET", "HEAD", "OPTIONS" };
	static const char *const params[] = { CROSS, EVIL };

	for (int i = 0; i < N(methods); i++)
		ck_assert_int_eq(send(methods[i], "/api/v1/users/me", params, 2), 200);
	ck_assert_int_eq(send("TRACE", "/api/v1/users/me", params, 2), 405);
	ck_assert_int_eq(send("BREW", "/api/v1/users/me", params, 2), 501);
}
END_TEST

START_TEST(what_changes_something_is_refused_on_every_path)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE" };
	static const char *const paths[] = { "/api/v1/users", "/api/v1/users/me",
		"/api/v1/auth_session/logout", "/api/v1/status", "/api/v1/nothing", "/" };
	static const char *const params[] = { CROSS };

	for (int m = 0; m < N(methods); m++)
		for (int p = 0; p < N(paths); p++) {
			(void)send(methods[m], paths[p], params, 1);
			answer_is_error(403, "cross-site request");
		}
}
END_TEST

/* The cookie alone is what browsers add to a request of somebody else. */
START_TEST(what_the_cookie_does_not_open_is_let_through)
{
	struct ask request = { .method = "POST",
		.path = "/api/v1/users",
		.auth_type = "basic_auth",
		.cookie = "x",
		.basic = "bob@hbtn.io:pwd",
		.params = { CROSS, EVIL, "HTTP_HOST=a.example" } };

	ck_assert_int_eq(ask(request), 400);
	request.cookie = NULL;
	ck_assert_int_eq(ask(request), 400);
	request.auth_type = "session_auth";
	ck_assert_int_eq(ask(request), 403);
	answer_is_error(403, "Forbidden");
	/* Beside a session, an Authorization opens nothing and excuses nothing. */
	request.cookie = session;
	ck_assert_int_eq(ask(request), 403);
	answer_is_error(403, "cross-site request");
}
END_TEST

START_TEST(bad_input_and_bad_settings_come_before)
{
	static const char *const too_long[] = { CROSS, "CONTENT_LENGTH=70000" };
	static const char *const unusable[] = { CROSS, "SESSION_NAME=a b" };
	static const char *const words[] = { CROSS, "CSRF_CHECK=On" };
	static const char *const empty[] = { "CSRF_CHECK=" };
	char *log;

	ck_assert_int_eq(send("DELETE", "/api/v1/users/me", too_long, 2), 413);
	ck_assert_int_eq(send("DELETE", "/api/v1/users/me", unusable, 2), 500);
	ck_assert_int_eq(send("DELETE", "/api/v1/users/me", words, 2), 500);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "CSRF_CHECK must be on, off or log"));
	ck_assert_ptr_nonnull(strstr(log, " value=On"));
	free(log);
	ck_assert_int_eq(send("GET", "/api/v1/status", empty, 1), 500);
}
END_TEST

START_TEST(it_is_logged_and_counted)
{
	static const char *const on[] = { CROSS, EVIL, "CSRF_CHECK=on" };
	static const char *const log_only[] = { CROSS, EVIL, "CSRF_CHECK=log" };
	static const char *const off[] = { CROSS, EVIL, "CSRF_CHECK=off" };
	char *log;

	ck_assert_int_eq(send("DELETE", "/api/v1/auth_session/logout", on, 3), 403);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=cross-site-refused"));
	ck_assert_ptr_nonnull(strstr(
	    log, "sec-fetch-site=cross-site origin=https://evil.example host=a.example"));
	free(log);
	site_forget_log();
	ck_assert_int_eq(send("DELETE", "/api/v1/auth_session/logout", log_only, 3), 200);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=cross-site-passed"));
	ck_assert_ptr_null(strstr(log, "cross-site-refused"));
	/* Once, though the request is looked at again by a thread that may wait. */
	ck_assert_ptr_null(strstr(strstr(log, "cross-site-passed") + 1, "cross-site-passed"));
	free(log);
	log_in();
	ck_assert_int_eq(send("DELETE", "/api/v1/auth_session/logout", off, 3), 200);
	log = site_log();
	ck_assert_ptr_null(strstr(log, "cross-site"));
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_CROSS_SITE), 2);
}
END_TEST

/* SPEC: `*` never carries credentials, and nothing else does. */
START_TEST(the_refusal_has_the_headers_of_every_answer)
{
	static const char *const params[] = { CROSS, EVIL };

	(void)send("DELETE", "/api/v1/users/me", params, 2);
	ck_assert_str_eq(answer_header("Access-Control-Allow-Origin"), "https://evil.example");
	ck_assert_str_eq(answer_header("Vary"), "Origin");
	ck_assert_ptr_null(answer_header("Access-Control-Allow-Credentials"));
}
END_TEST

Suite *
check_cross_site_suite(void)
{
	Suite *s = suite_create("app/cross_site");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_site, site_close);
	tcase_add_loop_test(tc, a_logout, 0, N(cases));
	tcase_add_loop_test(tc, a_login, 0, N(cases));
	tcase_add_test(tc, what_changes_nothing_is_let_through);
	tcase_add_test(tc, what_changes_something_is_refused_on_every_path);
	tcase_add_test(tc, what_the_cookie_does_not_open_is_let_through);
	tcase_add_test(tc, bad_input_and_bad_settings_come_before);
	tcase_add_test(tc, it_is_logged_and_counted);
	tcase_add_test(tc, the_refusal_has_the_headers_of_every_answer);
	suite_add_tcase(s, tc);
	return s;
}
