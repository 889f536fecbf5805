/* check_pages.c - tests of src/app/pages.c and page_*.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/dispatch.h"
#include "app/pages.h"
#include "core/clock.h"
#include "server/txn.h"
#include "unit/app/ask.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"

Suite *check_pages_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FORM     "application/x-www-form-urlencoded"
#define P        "/_gate/"
#define HOST     "HTTP_HOST=www.example.org"
#define TYPE     "session_db_auth"
#define ROOM     8192

/* ------------------------------------------------------------------------- a browser */

/* What a browser keeps of the answers. */
static struct browser {
	char session[100], form[100]; /* the values of its cookies */
	char token[100];              /* of the page it shows */
} browser;

static void
new_browser(void)
{
	browser = (struct browser){ "", "", "" };
}

/* The value of that cookie in the answer, of which there may be several; NULL: it is not set. */
static const char *
set_cookie(const char *name)
{
	static char value[300];
	char want[200];
	const char *at;

	(void)snprintf(want, sizeof(want), "\r\nSet-Cookie: %s=", name);
	if ((at = strstr(answer.text.p, want)) == NULL)
		return NULL;
	at += strlen(want);
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
	return value;
}

static void
keep_cookie(const char *name, char room[100])
{
	const char *value = set_cookie(name);

	if (value != NULL)
		(void)snprintf(room, 100, "%.*s", (int)strcspn(value, ";"), value);
}

/* The value of the hidden field. */
static const char *
hidden(const char *name)
{
	static char value[ROOM];
	char want[100];
	const char *at;

	(void)snprintf(want, sizeof(want), "type=\"hidden\" name=\"%s\" value=\"", name);
	if ((at = strstr(answer.body, want)) == NULL)
		return NULL;
	at += strlen(want);
	(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\""), at);
	return value;
}

/* more: further parameters, NULL behind the last. */
static int
go(const char *method, const char *path, const char *query, const char *body,
    const char *const *more)
{
	static char cookies[500], query_param[ROOM];
	struct ask ask_for = { .method = method, .path = path, .auth_type = TYPE };
	int n = 0;
	bool has_host = false;

	(void)snprintf(cookies, sizeof(cookies),
	    "HTTP_COOKIE=sid=%s; __Host-sid=%s; sid_form=%s; __Host-sid_form=%s",
	    browser.session, browser.session, browser.form, browser.form);
	ask_for.params[n++] = cookies;
	ask_for.params[n++] = "SESSION_NAME=sid";
	if (query != NULL) {
		(void)snprintf(query_param, sizeof(query_param), "QUERY_STRING=%s", query);
		ask_for.params[n++] = query_param;
	}
	if (body != NULL) {
		ask_for.type = FORM;
		ask_for.body = body;
	}
	for (; more != NULL && *more != NULL; more++) {
		if (strncmp(*more, "AUTH_TYPE=", 10) != 0)
			ask_for.params[n++] = *more;
		has_host = has_host || strncmp(*more, "HTTP_HOST=", 10) == 0;
		if (strncmp(*more, "AUTH_TYPE=", 10) == 0)
			ask_for.auth_type = *more + 10;
	}
	if (!has_host)
		ask_for.params[n++] = HOST;
	(void)ask(ask_for);
	keep_cookie("sid", browser.session);
	keep_cookie("__Host-sid", browser.session);
	keep_cookie("sid_form", browser.form);
	keep_cookie("__Host-sid_form", browser.form);
	if (hidden("token") != NULL)
		(void)strcpy(browser.token, hidden("token"));
	return answer.status;
}

static int
get(const char *path)
{
	return go("GET", path, NULL, NULL, NULL);
}

/* The fields, and the token of the page before. */
static int
post_with(const char *path, const char *fields, const char *const *more)
{
	char body[ROOM];

	(void)snprintf(body, sizeof(body), "%s&token=%s", fields, browser.token);
	return go("POST", path, NULL, body, more);
}

static int
post(const char *path, const char *fields)
{
	return post_with(path, fields, NULL);
}

#define LOCATION answer_header("Location")

static void
body_has(const char *text)
{
	ck_assert_msg(strstr(answer.body, text) != NULL, "no \"%s\" in %s", text, answer.body);
}

static void
body_lacks(const char *text)
{
	ck_assert_msg(strstr(answer.body, text) == NULL, "\"%s\" in %s", text, answer.body);
}

static void
log_has(const char *text)
{
	char *log = site_log();

	ck_assert_msg(strstr(log, text) != NULL, "no \"%s\" in %s", text, log);
	free(log);
}

static void
sign_in(void)
{
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_str_ne(browser.session, "");
	ck_assert_int_eq(get(P), 200);
}

static void
open_site(void)
{
	site_open();
	user_unref(site_add_user("ann@example.org", "pwd"));
	new_browser();
}

/* --------------------------------------------------------------------------- the rows */

START_TEST(rows_and_methods)
{
	static const struct {
		const char *method, *path;
		int status;
		const char *allow;
	} cases[] = {
		{ "GET", P "login", 200, NULL },
		{ "HEAD", P "login", 200, NULL },
		{ "PUT", P "login", 405, "GET, HEAD, POST" },
		{ "OPTIONS", P "login", 405, "GET, HEAD, POST" },
		{ "BREW", P "login", 405, "GET, HEAD, POST" },
		{ "GET", P "logout", 200, NULL },
		{ "DELETE", P "logout", 405, "GET, HEAD, POST" },
		{ "GET", P, 302, NULL },
		{ "HEAD", P, 302, NULL },
		{ "POST", P, 405, "GET, HEAD" },
		{ "GET", P "end", 405, "POST" },
		{ "POST", P "end", 303, NULL },
		{ "GET", P "password", 302, NULL },
		{ "POST", P "password", 303, NULL },
		{ "PATCH", P "password", 405, "GET, HEAD, POST" },
		{ "GET", P "nothing", 404, NULL },
		{ "GET", P "login/", 404, NULL },
		{ "GET", P "LOGIN", 404, NULL },
		{ "POST", P "nothing", 404, NULL },
	};

	for (int i = 0; i < N(cases); i++) {
		new_browser();
		ck_assert_msg(
		    go(cases[i].method, cases[i].path, NULL, NULL, NULL) == cases[i].status,
		    "%s %s: %d", cases[i].method, cases[i].path, answer.status);
		if (cases[i].allow != NULL)
			ck_assert_str_eq(answer_header("Allow"), cases[i].allow);
		else
			ck_assert_ptr_null(answer_header("Allow"));
		if (cases[i].status == 302 || cases[i].status == 303)
			ck_assert_str_eq(LOCATION, P "login");
		if (strcmp(cases[i].method, "HEAD") == 0)
			ck_assert_str_eq(answer.body, "");
	}
}
END_TEST

START_TEST(without_sessions_there_are_no_pages)
{
	static const char *const types[] = { "basic_auth", "none", "auth" };
	static const char *const paths[] = { P, P "login", P "denied", P "nothing" };
	char type[64];
	const char *more[] = { type, NULL };

	for (int i = 0; i < N(types); i++)
		for (int k = 0; k < N(paths); k++) {
			(void)snprintf(type, sizeof(type), "AUTH_TYPE=%s", types[i]);
			ck_assert_msg(go("GET", paths[k], NULL, NULL, more) == 404, "%s %s: %d",
			    types[i], paths[k], answer.status);
			body_has("There is no such page");
		}
}
END_TEST

START_TEST(what_every_page_carries)
{
	static const char *const paths[] = { P, P "login", P "logout", P "password",
		P "nothing", P "denied", P "end" };
	const char *csp;

	sign_in();
	for (int i = 0; i < N(paths); i++) {
		(void)get(paths[i]);
		ck_assert_str_eq(answer_header("X-Frame-Options"), "DENY");
		ck_assert_str_eq(answer_header("Referrer-Policy"), "same-origin");
		ck_assert_str_eq(answer_header("Cross-Origin-Opener-Policy"), "same-origin");
		ck_assert_str_eq(answer_header("Cross-Origin-Resource-Policy"), "same-origin");
		ck_assert_str_eq(answer_header("Cache-Control"), "no-store");
		ck_assert_str_eq(answer_header("X-Content-Type-Options"), "nosniff");
		ck_assert_ptr_null(answer_header("Access-Control-Allow-Origin"));
		csp = answer_header("Content-Security-Policy");
		ck_assert_int_eq(strncmp(csp, "default-src 'none'; style-src 'sha256-", 38), 0);
		ck_assert_ptr_nonnull(strstr(csp,
		    "='; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
		    "frame-ancestors 'none'"));
	}
}
END_TEST

START_TEST(redirections_carry_it_too)
{
	(void)get(P);
	ck_assert_int_eq(answer.status, 302);
	ck_assert_str_eq(answer_header("X-Frame-Options"), "DENY");
	ck_assert_ptr_nonnull(answer_header("Content-Security-Policy"));
}
END_TEST

/* With 'self' alone Chromium stops at the redirection to another host. */
START_TEST(forms_may_lead_to_the_hosts)
{
	static const struct {
		const char *more[4];
		const char *want;
	} cases[] = {
		{ { "HTTPS=on", "GATE_RETURN_HOSTS=wiki.example.org *.apps.example.org:8443" },
		    "; form-action 'self' https://wiki.example.org "
		    "https://*.apps.example.org:8443; base" },
		{ { "GATE_RETURN_HOSTS=wiki.example.org" },
		    "; form-action 'self' http://wiki.example.org https://wiki.example.org; "
		    "base" },
		{ { "HTTPS=on", "COOKIE_DOMAIN=example.org" },
		    "; form-action 'self' https://example.org https://*.example.org; base" },
		{ { "HTTPS=on", "GATE_LOGIN_URL=https://login.example.org/_gate/login" },
		    "; form-action 'self' https://login.example.org/_gate/login; base" },
	};

	for (int i = 0; i < N(cases); i++) {
		ck_assert_int_eq(go("GET", P "login", NULL, NULL, cases[i].more), 200);
		ck_assert_msg(
		    strstr(answer_header("Content-Security-Policy"), cases[i].want) != NULL,
		    "%s", answer_header("Content-Security-Policy"));
	}
}
END_TEST

/* -------------------------------------------------------------------------- signing in */

START_TEST(in_and_back)
{
	ck_assert_int_eq(go("GET", P "login", "rd=/wiki/start%3Fa%3D1%26b", NULL, NULL), 200);
	ck_assert_str_eq(answer_header("Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(
	    strstr(set_cookie("sid_form"), "; Path=/; HttpOnly; SameSite=Lax"));
	ck_assert_ptr_null(strstr(set_cookie("sid_form"), "Max-Age"));
	ck_assert_ptr_null(strstr(set_cookie("sid_form"), "Domain"));
	ck_assert_str_eq(hidden("rd"), "/wiki/start?a=1&amp;b");
	body_has("<h1>Sign in</h1>");
	body_has("<title>Sign in · www.example.org</title>");
	body_has("<form method=\"post\" action=\"/_gate/login\">");
	body_lacks("role=\"alert\"");
	body_lacks("name=\"remember\"");
	site_forget_log();
	ck_assert_int_eq(
	    post(P "login", "email=ann@example.org&password=pwd&rd=/wiki/start%3Fa%3D1%26b"),
	    303);
	ck_assert_str_eq(LOCATION, "/wiki/start?a=1&b");
	ck_assert_str_eq(set_cookie("sid") + 36, "; Path=/; HttpOnly; SameSite=Lax");
	ck_assert_ptr_null(set_cookie("sid_form"));
	ck_assert_str_eq(answer.body, "");
	log_has("level=info event=login ");
	ck_assert_int_eq(get(P), 200);
	body_has("ann@example.org");
}
END_TEST

START_TEST(over_https_the_cookies_are_of_this_host)
{
	static const char *const more[] = { "HTTPS=on", NULL };
	static const char *const domain[] = { "HTTPS=on", "COOKIE_DOMAIN=example.org", NULL };

	ck_assert_int_eq(go("GET", P "login", NULL, NULL, more), 200);
	ck_assert_ptr_nonnull(
	    strstr(set_cookie("__Host-sid_form"), "; Path=/; HttpOnly; SameSite=Lax; Secure"));
	ck_assert_int_eq(
	    post_with(P "login", "email=ann@example.org&password=pwd&rd=/_gate/", more), 303);
	ck_assert_ptr_nonnull(set_cookie("__Host-sid"));
	/* The form's cookie stays here, whoever shares the session. */
	new_browser();
	ck_assert_int_eq(go("GET", P "login", NULL, NULL, domain), 200);
	ck_assert_ptr_nonnull(set_cookie("__Host-sid_form"));
	ck_assert_ptr_null(strstr(set_cookie("__Host-sid_form"), "Domain"));
}
END_TEST

START_TEST(one_text_for_all_that_is_wrong)
{
	static const char *const cases[] = { "email=ann@example.org&password=wrong&rd=/x",
		"email=nobody@example.org&password=pwd&rd=/x",
		"email=bob@example.org&password=pwd&rd=/x",
		"email=no+address&password=pwd&rd=/x" };
	struct user *bob = site_add_user("bob@example.org", "pwd");

	ck_assert_int_eq(account_set_disabled(&site.accounts, str_of(bob->base.id), true), 0);
	user_unref(bob);
	for (int i = 0; i < N(cases); i++) {
		ck_assert_int_eq(go("GET", P "login", "rd=/x", NULL, NULL), 200);
		site_forget_log();
		ck_assert_int_eq(post(P "login", cases[i]), 403);
		body_has("<p role=\"alert\" id=\"error\">The email address or the password is "
			 "wrong.</p>");
		body_has("<title>Error: Sign in");
		ck_assert_str_eq(hidden("rd"), "/x");
		ck_assert_ptr_null(set_cookie("sid"));
		log_has("event=login-failed");
	}
	body_has("value=\"no address\"");
	body_lacks("\"pwd\"");
}
END_TEST

/* As a hash takes: whoever asks learns nothing from the time. */
START_TEST(an_unknown_address_costs_a_hash)
{
	static const char *const emails[] = { "email=ann@example.org",
		"email=nobody@example.org" };
	const struct handler app = dispatch_handler(&site.app);
	char body[500], length[40], cookie[200];

	ck_assert_int_eq(get(P "login"), 200);
	for (int i = 0; i < N(emails); i++) {
		struct hasher_list hashes = { 0 };
		struct request request;
		struct response response;
		const char *params[] = { "REQUEST_METHOD=POST", "SCRIPT_NAME=" P "login", HOST,
			"AUTH_TYPE=" TYPE, "SESSION_NAME=sid", "CONTENT_TYPE=" FORM, length,
			cookie, NULL };

		(void)snprintf(body, sizeof(body), "%s&password=wrong&rd=/_gate/&token=%s",
		    emails[i], browser.token);
		(void)snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu", strlen(body));
		(void)snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=sid_form=%s", browser.form);
		ck_assert_int_eq(request_init(&request, params), 0);
		request_set_body(&request, str_of(body), false);
		response_init(&response);
		ck_assert_int_eq(app.handle(app.arg, &request,
				     (struct handler_permit){ .hashes = &hashes }, &response),
		    HANDLER_HASH);
		ck_assert(hasher_is_pending(&hashes));
		ck_assert_uint_eq(response.body.n, 0);
		response_fini(&response);
		request_fini(&request);
		hasher_list_wipe(&hashes);
	}
}
END_TEST

START_TEST(missing_and_impossible_fields)
{
	static const struct {
		const char *fields, *want;
	} cases[] = {
		{ "", "Please enter your email address." },
		{ "email=&password=pwd", "Please enter your email address." },
		{ "email=+&password=pwd", "Please enter your email address." },
		{ "email=ann@example.org", "Please enter your password." },
		{ "email=ann@example.org&password=", "Please enter your password." },
		{ "email=ann%00@example.org&password=pwd", "What you entered is too long" },
		{ "email=ann@example.org&password=p%00wd", "What you entered is too long" },
		{ "email=%FF&password=pwd", "What you entered is too long" },
	};
	char fields[3000];

	for (int i = 0; i < N(cases); i++) {
		ck_assert_int_eq(get(P "login"), 200);
		ck_assert_msg(post(P "login", cases[i].fields) == 400, "%s: %d",
		    cases[i].fields, answer.status);
		body_has(cases[i].want);
	}
	(void)memset(fields, 'a', sizeof(fields));
	(void)memcpy(fields, "email=", 6);
	(void)strcpy(fields + 6 + 255, "&password=pwd");
	ck_assert_int_eq(post(P "login", fields), 400);
	(void)memset(fields, 'a', sizeof(fields));
	(void)memcpy(fields, "email=a&password=", 17);
	fields[17 + 1025] = '\0';
	ck_assert_int_eq(post(P "login", fields), 400);
	fields[17 + 1024] = '\0';
	ck_assert_int_eq(post(P "login", fields), 403);
}
END_TEST

START_TEST(addresses_as_telephones_type_them)
{
	static const struct {
		const char *typed;
		int status;
	} cases[] = { { "Ann@Example.ORG", 303 }, { "+ann@example.org+", 303 },
		{ "%09ANN@example.org", 303 }, { "Bob@example.org", 303 },
		{ "bob@example.org", 403 } };
	char fields[200];

	user_unref(site_add_user("Bob@example.org", "pwd"));
	for (int i = 0; i < N(cases); i++) {
		new_browser();
		ck_assert_int_eq(get(P "login"), 200);
		(void)snprintf(
		    fields, sizeof(fields), "email=%s&password=pwd&rd=/_gate/", cases[i].typed);
		ck_assert_msg(post(P "login", fields) == cases[i].status, "%s: %d",
		    cases[i].typed, answer.status);
	}
	/* The exact one first. */
	user_unref(site_add_user("bob@example.org", "other"));
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(post(P "login", "email=Bob@example.org&password=pwd&rd=/_gate/"), 303);
}
END_TEST

START_TEST(who_guesses_waits)
{
	static const char *const fields = "email=ann@example.org&password=wrong&rd=/_gate/";
	static const char *const more[] = { "REMOTE_ADDR=192.0.2.1", NULL };

	ck_assert_int_eq(get(P "login"), 200);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(post_with(P "login", fields, more), 403);
	(void)post_with(P "login", fields, more);
	ck_assert_int_eq(post_with(P "login", fields, more), 429);
	ck_assert_ptr_nonnull(answer_header("Retry-After"));
	body_has("Too many attempts. Please wait ");
	body_has(" seconds and try again.");
	body_has("value=\"ann@example.org\"");
}
END_TEST

START_TEST(remembered)
{
	static const char *const more[] = { "SESSION_REMEMBER=30d", "SESSION_DURATION=60d",
		NULL };

	ck_assert_int_eq(go("GET", P "login", NULL, NULL, more), 200);
	body_has("<input id=\"remember\" name=\"remember\" type=\"checkbox\" value=\"1\">");
	ck_assert_int_eq(post_with(P "login",
			     "email=ann@example.org&password=pwd&remember=1&rd=/_gate/", more),
	    303);
	ck_assert_ptr_nonnull(strstr(set_cookie("sid"), "; Max-Age=2592000"));
	ck_assert_int_eq(go("GET", P "login", "switch=1", NULL, more), 200);
	ck_assert_int_eq(
	    post_with(P "login", "email=ann@example.org&password=pwd&rd=/_gate/", more), 303);
	ck_assert_ptr_null(strstr(set_cookie("sid"), "Max-Age"));
}
END_TEST

/* So is no loop possible. */
START_TEST(who_is_signed_in_sees_that)
{
	sign_in();
	site_forget_log();
	ck_assert_int_eq(go("GET", P "login", NULL, NULL, NULL), 200);
	body_has("You are signed in as ann@example.org.");
	body_has("href=\"/_gate/\"");
	body_lacks("name=\"password\"");
	ck_assert_int_eq(go("GET", P "login", "rd=/x%3Fy", NULL, NULL), 200);
	body_has("<a class=\"button\" href=\"/x?y\">Continue</a>");
	log_has("level=warn event=gate-loop");
	ck_assert_str_eq(hidden("rd"), "/x?y");
	ck_assert_int_eq(go("GET", P "login", "switch=1&rd=/x", NULL, NULL), 200);
	body_has("name=\"password\"");
}
END_TEST

/* Neither a session that was planted nor the one before survives a sign-in. */
START_TEST(no_fixation)
{
	char before[100];

	sign_in();
	(void)strcpy(before, browser.session);
	ck_assert_int_eq(go("GET", P "login", "switch=1", NULL, NULL), 200);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_str_ne(browser.session, before);
	ck_assert_int_eq(get(P), 200);
	(void)strcpy(browser.session, before);
	ck_assert_int_eq(get(P), 302);

	new_browser();
	(void)strcpy(browser.session, "0b1f0cd6-9d0a-4c8e-8f4c-0d6f6a1d5a11");
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_str_ne(browser.session, "0b1f0cd6-9d0a-4c8e-8f4c-0d6f6a1d5a11");
}
END_TEST

/* ---------------------------------------------------------------------- other sites' pages */

static const struct {
	const char *more[4];
	bool passes;
} sender_cases[] = {
	{ { NULL }, true }, /* w3m, lynx, curl */
	{ { "HTTP_SEC_FETCH_SITE=same-origin" }, true },
	{ { "HTTP_SEC_FETCH_SITE=none" }, true },
	{ { "HTTP_SEC_FETCH_SITE=same-site" }, false },
	{ { "HTTP_SEC_FETCH_SITE=cross-site" }, false },
	{ { "HTTP_SEC_FETCH_SITE=x" }, false },
	{ { "HTTP_ORIGIN=http://www.example.org" }, true },
	{ { "HTTP_ORIGIN=http://www.example.org:8080" }, false },
	{ { "HTTP_ORIGIN=http://evil.example" }, false },
	{ { "HTTP_ORIGIN=null" }, false },
	{ { "HTTP_SEC_FETCH_SITE=cross-site", "HTTP_ORIGIN=http://www.example.org" }, false },
	{ { "HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ORIGIN=null" }, true },
};

START_TEST(who_may_send_the_form)
{
	const char *const *more = sender_cases[_i].more;
	bool passes = sender_cases[_i].passes;

	ck_assert_int_eq(get(P "login"), 200);
	site_forget_log();
	ck_assert_int_eq(
	    post_with(P "login", "email=ann@example.org&password=pwd&rd=/_gate/", more),
	    passes ? 303 : 403);
	if (!passes) {
		body_has("This form was too old, or your browser refuses cookies.");
		body_has("value=\"ann@example.org\"");
		ck_assert_ptr_null(set_cookie("sid"));
		log_has("level=warn event=form-refused ");
		log_has("form=login problem=\"a page of another site sent it\"");
		ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_CROSS_SITE), 1);
	}
	sign_in();
	ck_assert_int_eq(get(P "logout"), 200);
	ck_assert_int_eq(post_with(P "logout", "rd=", more), passes ? 303 : 403);
	if (!passes)
		ck_assert_ptr_null(set_cookie("sid"));
}
END_TEST

START_TEST(no_form_without_its_token)
{
	static const char *const fields = "email=ann@example.org&password=pwd&rd=/_gate/";
	struct browser before;

	/* none */
	ck_assert_int_eq(go("POST", P "login", NULL, fields, NULL), 403);
	body_has("This form was too old");
	/* The page that says so has a good one: no dead end. */
	ck_assert_int_eq(post(P "login", fields), 303);
	/* another browser's */
	ck_assert_int_eq(get(P "login"), 200);
	before = browser;
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	(void)strcpy(browser.token, before.token);
	ck_assert_int_eq(post(P "login", fields), 403);
	/* without the cookie */
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	browser.form[0] = '\0';
	ck_assert_int_eq(post(P "login", fields), 403);
	/* of another form */
	sign_in();
	ck_assert_int_eq(get(P "logout"), 200);
	ck_assert_int_eq(post(P "login", fields), 403);
	/* which leads to another place */
	new_browser();
	ck_assert_int_eq(go("GET", P "login", "rd=/x", NULL, NULL), 200);
	ck_assert_int_eq(post(P "login", fields), 403);
	/* of another realm */
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(
	    post_with(P "login", fields, (const char *[]){ "AUTH_REALM=b", NULL }), 403);
}
END_TEST

START_TEST(a_form_is_good_for_a_day)
{
	static const char *const fields = "email=ann@example.org&password=pwd&rd=/_gate/";
	int64_t boot_ms = clock_boot_ms(), wall_ms = clock_wall_ms();

	clock_freeze(boot_ms, wall_ms);
	ck_assert_int_eq(get(P "login"), 200);
	clock_freeze(boot_ms, wall_ms + (24 * 3600 + 1) * INT64_C(1000));
	ck_assert_int_eq(post(P "login", fields), 403);
	/* And the page that comes then has a good one. */
	ck_assert_int_eq(post(P "login", fields), 303);
}
END_TEST

/* A second tab's form stays good, also after a login in the first. */
START_TEST(the_cookie_of_forms_stays)
{
	struct browser first_tab;

	ck_assert_int_eq(get(P "login"), 200);
	first_tab = browser;
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_ptr_null(set_cookie("sid_form"));
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_ptr_null(set_cookie("sid_form"));
	(void)strcpy(browser.token, first_tab.token);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	/* One that is none is replaced. */
	(void)strcpy(browser.form, "x");
	ck_assert_int_eq(go("GET", P "login", "switch=1", NULL, NULL), 200);
	ck_assert_ptr_nonnull(set_cookie("sid_form"));
}
END_TEST

/* --------------------------------------------------------------------- return addresses */

START_TEST(bad_addresses_lead_to_the_account)
{
	static const char *const bad[] = { "//evil.example", "/%5Cevil.example",
		"https://evil.example/", "javascript:alert(1)", "/_gate/logout",
		"/%255fgate/logout", "/x/../_gate/logout", "%2F%2Fevil.example",
		"/%09/evil.example" };
	char query[300], fields[400];

	for (int i = 0; i < N(bad); i++) {
		new_browser();
		(void)snprintf(query, sizeof(query), "rd=%s", bad[i]);
		ck_assert_int_eq(go("GET", P "login", query, NULL, NULL), 200);
		ck_assert_msg(
		    strcmp(hidden("rd"), "/_gate/") == 0, "%s: %s", bad[i], hidden("rd"));
		(void)snprintf(
		    fields, sizeof(fields), "email=ann@example.org&password=pwd&rd=%s", bad[i]);
		ck_assert_int_eq(post(P "login", fields), 303);
		ck_assert_msg(strcmp(LOCATION, "/_gate/") == 0, "%s: %s", bad[i], LOCATION);
		ck_assert_int_eq(get(P "logout"), 200);
		(void)snprintf(fields, sizeof(fields), "rd=%s", bad[i]);
		ck_assert_int_eq(post(P "logout", fields), 303);
		ck_assert_msg(
		    strcmp(LOCATION, "/_gate/login?out=1") == 0, "%s: %s", bad[i], LOCATION);
	}
}
END_TEST

START_TEST(hosts_that_the_operator_named)
{
	static const char *const more[] = { "HTTPS=on", "GATE_RETURN_HOSTS=wiki.example.org",
		NULL };

	ck_assert_int_eq(
	    go("GET", P "login", "rd=https://wiki.example.org/x", NULL, more), 200);
	ck_assert_str_eq(hidden("rd"), "https://wiki.example.org/x");
	ck_assert_int_eq(
	    post_with(P "login",
		"email=ann@example.org&password=pwd&rd=https://wiki.example.org/x", more),
	    303);
	ck_assert_str_eq(LOCATION, "https://wiki.example.org/x");
	/* Without a list, and with COOKIE_DOMAIN, all below it. */
	ck_assert_int_eq(go("GET", P "login", "switch=1&rd=https://a.example.org/x", NULL,
			     (const char *[]){ "HTTPS=on", "COOKIE_DOMAIN=example.org", NULL }),
	    200);
	ck_assert_str_eq(hidden("rd"), "https://a.example.org/x");
	ck_assert_int_eq(go("GET", P "login", "switch=1&rd=https://a.example.org/x", NULL,
			     (const char *[]){ "HTTPS=on", NULL }),
	    200);
	ck_assert_str_eq(hidden("rd"), "/_gate/");
}
END_TEST

/* ------------------------------------------------------------------------- signing out */

START_TEST(out)
{
	char before[100];

	sign_in();
	(void)strcpy(before, browser.session);
	ck_assert_int_eq(get(P "logout"), 200);
	body_has("You are signed in as ann@example.org.");
	body_has("<form method=\"post\" action=\"/_gate/logout\">");
	site_forget_log();
	ck_assert_int_eq(post(P "logout", "rd="), 303);
	ck_assert_str_eq(LOCATION, "/_gate/login?out=1");
	ck_assert_ptr_nonnull(strstr(set_cookie("sid"), "; Max-Age=0"));
	ck_assert_ptr_null(answer_header("Clear-Site-Data"));
	log_has("level=info event=logout ");
	ck_assert_int_eq(go("GET", P "login", "out=1", NULL, NULL), 200);
	body_has("<p role=\"status\">You are signed out.</p>");
	(void)strcpy(browser.session, before);
	ck_assert_int_eq(get(P), 302);
	/* Again: nothing is left to end, and the cookie goes. */
	ck_assert_int_eq(get(P "logout"), 200);
	body_has("You are signed out.");
	ck_assert_int_eq(go("POST", P "logout", NULL, "rd=/x",
			     (const char *[]){ "HTTP_SEC_FETCH_SITE=same-origin", NULL }),
	    303);
	ck_assert_str_eq(LOCATION, "/x");
	ck_assert_ptr_nonnull(strstr(set_cookie("sid"), "; Max-Age=0"));
}
END_TEST

/* Else Back shows what was behind the gate; over http no browser heeds it. */
START_TEST(over_https_the_cache_is_emptied)
{
	static const char *const more[] = { "HTTPS=on", "HTTP_SEC_FETCH_SITE=same-origin",
		NULL };

	ck_assert_int_eq(go("POST", P "logout", NULL, "", more), 303);
	ck_assert_str_eq(answer_header("Clear-Site-Data"), "\"cache\"");
}
END_TEST

START_TEST(an_applications_own_button)
{
	static const char *const here[] = { "HTTP_SEC_FETCH_SITE=same-origin", NULL };
	static const char *const there[] = { "HTTP_SEC_FETCH_SITE=cross-site", NULL };

	sign_in();
	ck_assert_int_eq(go("POST", P "end", NULL, "others=1", there), 403);
	ck_assert_int_eq(go("POST", P "end", NULL, "others=1", here), 303);
	/* Which one only its own page knows. */
	ck_assert_int_eq(go("POST", P "end", NULL, "session=00000000000000000000", here), 403);
	ck_assert_int_eq(go("POST", P "logout", NULL, "", there), 403);
	ck_assert_int_eq(go("POST", P "logout", NULL, "", here), 303);
	ck_assert_int_eq(get(P), 302);
}
END_TEST

/* --------------------------------------------------------------------------- the account */

START_TEST(the_account)
{
	static const char *const more[] = { "SESSION_DETAILS=on", "REMOTE_ADDR=192.0.2.7",
		"HTTP_USER_AGENT=Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0",
		NULL };
	struct user *user = NULL;
	char *at;

	ck_assert_int_eq(
	    users_find_by_email(site.app.env.users, STR_LIT("ann@example.org"), &user), 0);
	ck_assert_int_eq(users_set_groups(site.app.env.users, str_of(user->base.id), GROUPS_SET,
			     (const struct str[]){ STR_INIT("staff"), STR_INIT("admin") }, 2,
			     STR_NULL, NULL),
	    0);
	user_unref(user);
	sign_in();
	ck_assert_int_eq(go("GET", P "login", "switch=1", NULL, more), 200);
	ck_assert_int_eq(
	    post_with(P "login", "email=ann@example.org&password=pwd&rd=/_gate/", more), 303);
	ck_assert_int_eq(go("GET", P, NULL, NULL, more), 200);
	body_has("<h1>Your account</h1>");
	body_has("ann@example.org");
	body_has("Groups: admin, staff");
	body_has("<b>Firefox, Linux</b> <em>this one</em>");
	body_has("<small>192.0.2.7</small>");
	body_has(" until <time datetime=\"");
	body_has("href=\"/_gate/password\"");
	body_has("href=\"/_gate/logout\"");
	/* The one before had ended. */
	body_lacks("name=\"session\"");
	body_lacks("name=\"others\"");
	at = strstr(answer.body, "<time datetime=\"");
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(strncmp(at + 32, "Z\">", 3), 0);
}
END_TEST

static int
count(const char *what)
{
	int n = 0;

	for (const char *at = answer.body; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

START_TEST(ending_sessions)
{
	struct browser one, two, three;
	char handle[100], fields[200];
	const char *at;

	sign_in();
	one = browser;
	sign_in();
	two = browser;
	sign_in();
	three = browser;
	ck_assert_int_eq(count("name=\"session\" value=\""), 2);
	at = strstr(answer.body, "name=\"session\" value=\"") + 22;
	(void)snprintf(handle, sizeof(handle), "%.*s", (int)strcspn(at, "\""), at);
	(void)snprintf(fields, sizeof(fields), "session=%s", handle);
	site_forget_log();
	ck_assert_int_eq(post(P "end", fields), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=session");
	log_has("level=info event=session-ended ");
	log_has(" actor=");
	ck_assert_int_eq(go("GET", P, "done=session", NULL, NULL), 200);
	body_has("<p role=\"status\">That session has ended.</p>");
	ck_assert_int_eq(count("name=\"session\" value=\""), 1);
	ck_assert_int_eq(post(P "end", fields), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=gone");
	ck_assert_int_eq(post(P "end", "session=x"), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=gone");
	ck_assert_int_eq(post(P "end", "others=1"), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=others");
	ck_assert_int_eq(go("GET", P, "done=others", NULL, NULL), 200);
	body_lacks("name=\"session\"");
	browser = one;
	ck_assert_int_eq(get(P), 302);
	browser = two;
	ck_assert_int_eq(get(P), 302);
	browser = three;
	ck_assert_int_eq(get(P), 200);
	ck_assert_int_eq(post(P "end", ""), 400);
	body_has("role=\"alert\"");
	/* A token of this form is one of this session alone, in this browser too. */
	ck_assert_int_eq(get(P), 200);
	three = browser;
	ck_assert_int_eq(go("GET", P "login", "switch=1", NULL, NULL), 200);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_str_eq(browser.form, three.form);
	(void)strcpy(browser.token, three.token);
	ck_assert_int_eq(post(P "end", "others=1"), 403);
	body_has("This form was too old");
}
END_TEST

/* Hundreds would be a page that nobody reads. */
START_TEST(the_newest_sessions_are_shown)
{
	struct browser first;

	sign_in();
	first = browser;
	for (int i = 1; i < 50; i++)
		sign_in();
	ck_assert_int_eq(get(P), 200);
	ck_assert_int_eq(count("<li>"), 50);
	body_lacks("older ones");
	sign_in();
	sign_in();
	ck_assert_int_eq(get(P), 200);
	ck_assert_int_eq(count("<li>"), 50);
	ck_assert_int_eq(count("this one"), 1);
	body_has("<small>2 older ones are not shown.</small>");
	/* The oldest of all sees itself. */
	browser = first;
	ck_assert_int_eq(get(P), 200);
	ck_assert_int_eq(count("<li>"), 50);
	ck_assert_int_eq(count("this one"), 1);
}
END_TEST

START_TEST(somebody_elses_session_is_none)
{
	const char *at;
	char fields[100];

	user_unref(site_add_user("bob@example.org", "pwd"));
	sign_in();
	sign_in();
	at = strstr(answer.body, "name=\"session\" value=\"") + 22;
	(void)snprintf(fields, sizeof(fields), "session=%.*s", (int)strcspn(at, "\""), at);
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(post(P "login", "email=bob@example.org&password=pwd&rd=/_gate/"), 303);
	ck_assert_int_eq(get(P), 200);
	body_lacks("name=\"session\"");
	ck_assert_int_eq(post(P "end", fields), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=gone");
}
END_TEST

/* ------------------------------------------------------------------------- the password */

START_TEST(another_password)
{
	struct browser other;
	char before[100];

	sign_in();
	other = browser;
	sign_in();
	(void)strcpy(before, browser.session);
	ck_assert_int_eq(get(P "password"), 200);
	body_has("autocomplete=\"username\" readonly value=\"ann@example.org\"");
	body_has("autocomplete=\"current-password\"");
	body_has("autocomplete=\"new-password\"");
	site_forget_log();
	ck_assert_int_eq(post(P "password", "current=pwd&new=another&again=another"), 303);
	ck_assert_str_eq(LOCATION, "/_gate/?done=password");
	ck_assert_str_ne(browser.session, before);
	log_has("level=info event=password-changed ");
	ck_assert_int_eq(go("GET", P, "done=password", NULL, NULL), 200);
	body_has("Your password is changed.");
	browser = other;
	ck_assert_int_eq(get(P), 302);
	(void)strcpy(browser.session, before);
	ck_assert_int_eq(get(P), 302);
	new_browser();
	ck_assert_int_eq(get(P "login"), 200);
	ck_assert_int_eq(post(P "login", "email=ann@example.org&password=pwd&rd=/_gate/"), 403);
	ck_assert_int_eq(
	    post(P "login", "email=ann@example.org&password=another&rd=/_gate/"), 303);
}
END_TEST

START_TEST(passwords_that_are_refused)
{
	static const struct {
		const char *fields;
		int status;
		const char *want;
	} cases[] = {
		{ "", 400, "Please enter your password." },
		{ "current=pwd", 400, "Please enter a new password." },
		{ "current=pwd&new=longenough&again=other", 400, "are not the same" },
		{ "current=pwd&new=longenough", 400, "are not the same" },
		{ "current=pwd&new=short&again=short", 400, "needs at least 8 characters" },
		{ "current=pwd&new=longen%00ough&again=longen%00ough", 400, "has characters" },
		{ "current=wrong&new=longenough&again=longenough", 403,
		    "The current password is wrong." },
	};
	static const char *const more[] = { "PASSWORD_MIN=8", NULL };

	sign_in();
	for (int i = 0; i < N(cases); i++) {
		ck_assert_int_eq(go("GET", P "password", NULL, NULL, more), 200);
		body_has("at least 8 characters");
		ck_assert_msg(post_with(P "password", cases[i].fields, more) == cases[i].status,
		    "%s: %d", cases[i].fields, answer.status);
		body_has(cases[i].want);
		body_has("role=\"alert\"");
		body_lacks("longenough");
	}
	log_has("event=login-failed ");
	log_has("reason=\"wrong password\"");
	/* And without its token, nothing. */
	ck_assert_int_eq(
	    go("POST", P "password", NULL, "current=pwd&new=longenough&again=longenough", more),
	    403);
	body_has("This form was too old");
}
END_TEST

START_TEST(guessing_the_current_password_waits)
{
	sign_in();
	ck_assert_int_eq(get(P "password"), 200);
	for (int i = 0; i < 7 && answer.status != 429; i++)
		(void)post(P "password", "current=wrong&new=another&again=another");
	ck_assert_int_eq(answer.status, 429);
	body_has("Too many attempts.");
}
END_TEST

/* The tag of that field. */
static struct str
field(const char *name)
{
	char want[40];
	const char *at, *begin, *end;

	(void)snprintf(want, sizeof(want), " name=\"%s\"", name);
	at = strstr(answer.body, want);
	ck_assert_msg(at != NULL, "no field %s in %s", name, answer.body);
	for (begin = at; *begin != '<'; begin--)
		;
	end = strchr(at, '>');
	return str_mem(begin, (size_t)(end - begin));
}

/* ASVS 6.2.6 and 6.2.7: masked; pasted into and filled in as one likes, at any length. */
static void
is_for_a_password(const char *name)
{
	static const char *const hindrances[] = { "maxlength", "onpaste", "readonly",
		"autocomplete=\"off\"", "pattern" };
	struct str tag = field(name);

	ck_assert_ptr_nonnull(memmem(tag.p, tag.n, " type=\"password\"", 16));
	for (int i = 0; i < N(hindrances); i++)
		ck_assert_ptr_null(memmem(tag.p, tag.n, hindrances[i], strlen(hindrances[i])));
	body_lacks("<script");
}

START_TEST(fields_for_passwords)
{
	ck_assert_int_eq(get(P "login"), 200);
	is_for_a_password("password");
	sign_in();
	ck_assert_int_eq(get(P "password"), 200);
	is_for_a_password("current");
	is_for_a_password("new");
	is_for_a_password("again");
}
END_TEST

/* ASVS 7.4.4. */
START_TEST(who_is_signed_in_can_sign_out_on_each_page)
{
	static const char *const paths[] = { P, P "login", P "password" };

	sign_in();
	for (int i = 0; i < N(paths); i++) {
		ck_assert_int_eq(get(paths[i]), 200);
		body_has("<a href=\"/_gate/logout\">Sign out</a>");
	}
	ck_assert_int_eq(get(P "logout"), 200);
	body_has("<button autofocus>Sign out</button>");
}
END_TEST

/* ----------------------------------------------------------------------------- denied */

START_TEST(denied)
{
	static const char *const browser_asks[] = { "REQUEST_URI=/admin/x?y=1",
		"HTTP_ACCEPT=text/html,*/*;q=0.8", NULL };
	static const char *const program_asks[] = { "REQUEST_URI=/admin/x",
		"HTTP_ACCEPT=application/json", NULL };

	ck_assert_int_eq(go("GET", P "denied", NULL, NULL, browser_asks), 403);
	body_has("This page is not open to you.");
	ck_assert_str_eq(hidden("rd"), "/admin/x?y=1");
	sign_in();
	ck_assert_int_eq(go("POST", P "denied", NULL, "x", browser_asks), 403);
	body_has("You are signed in as ann@example.org.");
	body_has("Sign in as somebody else");
	body_has("<form action=\"/_gate/login\">");
	ck_assert_int_eq(go("PROPFIND", P "denied", NULL, NULL, browser_asks), 403);
	ck_assert_int_eq(go("GET", P "denied", NULL, NULL, program_asks), 403);
	ck_assert_str_eq(answer_header("Content-Type"), "application/json");
	answer_is_error(403, "Forbidden");
}
END_TEST

START_TEST(denied_where_the_sign_in_is_elsewhere)
{
	static const char *const more[] = { "REQUEST_URI=/admin/x", "HTTP_ACCEPT=text/html",
		"HTTPS=on", "GATE_LOGIN_URL=https://login.example.org/_gate/login",
		"GATE_RETURN_HOSTS=www.example.org", NULL };

	ck_assert_int_eq(go("GET", P "denied", NULL, NULL, more), 403);
	body_has("<form action=\"https://login.example.org/_gate/login\">");
	ck_assert_str_eq(hidden("rd"), "https://www.example.org/admin/x");
}
END_TEST

/* ------------------------------------------------------------------------- what goes wrong */

START_TEST(bad_input)
{
	char *body = malloc(20000);

	memset(body, 'x', 20000);
	body[16 * 1024 + 1] = '\0';
	ck_assert_int_eq(go("POST", P "login", NULL, body, NULL), 413);
	body_has("That was too much to read");
	body[16 * 1024] = '\0';
	ck_assert_int_eq(go("POST", P "login", NULL, body, NULL), 403);
	free(body);
	ck_assert_int_eq(
	    go("POST", P "login", NULL, NULL, (const char *[]){ "CONTENT_LENGTH=x", NULL }),
	    400);
	ck_assert_int_eq(go("POST", P "login", NULL, NULL,
			     (const char *[]){ "CONTENT_LENGTH=100000", NULL }),
	    413);
	/* No form has no fields. */
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = P "login",
			     .auth_type = TYPE,
			     .type = "application/json",
			     .body = "{\"email\": \"ann@example.org\"}" }),
	    403);
}
END_TEST

START_TEST(settings_that_are_wrong)
{
	static const struct {
		const char *more[3];
		const char *log;
	} cases[] = {
		{ { "AUTH_TYPE=" }, "event=auth-type-unset" },
		{ { "AUTH_TYPE=Session_auth" }, "event=settings-unusable" },
		{ { "SESSION_REPLACE=maybe" }, "event=settings-unusable" },
		{ { "GATE_PAGES=other" }, "setting=GATE_PAGES value=other" },
		{ { "GATE_LANGUAGE=tlh" }, "setting=GATE_LANGUAGE value=tlh" },
	};

	for (int i = 0; i < N(cases); i++) {
		site_forget_log();
		ck_assert_msg(go("GET", P "login", NULL, NULL, cases[i].more) == 500, "%s: %d",
		    cases[i].more[0], answer.status);
		body_has("Signing in is not set up here.");
		ck_assert_ptr_nonnull(answer_header("Content-Security-Policy"));
		log_has(cases[i].log);
	}
}
END_TEST

START_TEST(strict_in_clear)
{
	static const char *const more[] = { "AUTH_PROFILE=strict", "REMOTE_ADDR=192.0.2.1",
		NULL };

	ck_assert_int_eq(go("GET", P "login", NULL, NULL, more), 403);
	body_has("over https alone");
	log_has("event=plain-http-refused");
	ck_assert_int_eq(go("GET", P "login", NULL, NULL,
			     (const char *[]){ "AUTH_PROFILE=strict", "REMOTE_ADDR=192.0.2.1",
				 "HTTPS=on", NULL }),
	    200);
	/* One policy: a second one would take the style away. */
	ck_assert_ptr_nonnull(strstr(answer_header("Content-Security-Policy"), "'sha256-"));
}
END_TEST

START_TEST(languages)
{
	static const char *const german[] = { "HTTP_ACCEPT_LANGUAGE=de-AT,de;q=0.9,en;q=0.8",
		NULL };
	static const char *const fixed[] = { "HTTP_ACCEPT_LANGUAGE=de", "GATE_LANGUAGE=fr",
		NULL };

	ck_assert_int_eq(go("GET", P "login", NULL, NULL, german), 200);
	body_has("<html lang=\"de\">");
	body_has("<h1>Anmelden</h1>");
	ck_assert_int_eq(go("GET", P "login", NULL, NULL, fixed), 200);
	body_has("<html lang=\"fr\">");
	ck_assert_int_eq(get(P "login"), 200);
	body_has("<html lang=\"en\">");
}
END_TEST

START_TEST(another_prefix)
{
	static const char *const more[] = { "GATE_PREFIX=/sign/in/", NULL };

	ck_assert_int_eq(go("GET", "/sign/in/login", "rd=/_gate/logout", NULL, more), 200);
	body_has("action=\"/sign/in/login\"");
	ck_assert_str_eq(hidden("rd"), "/_gate/logout");
	ck_assert_int_eq(go("GET", "/sign/in/login", "rd=/sign/in/logout", NULL, more), 200);
	ck_assert_str_eq(hidden("rd"), "/sign/in/");
}
END_TEST

START_TEST(hostile_texts_are_escaped)
{
	static const char *const more[] = { "HTTP_HOST=\"><script>x", NULL };

	ck_assert_int_eq(go("GET", P "login", NULL, NULL, more), 200);
	body_has("&quot;&gt;&lt;script&gt;x");
	body_lacks("<script");
	ck_assert_int_eq(
	    post(P "login", "email=%22%3E%3Cscript%3Ex&password=x&rd=/_gate/"), 403);
	body_has("value=\"&quot;&gt;&lt;script&gt;x\"");
	body_lacks("<script");
}
END_TEST

START_TEST(what_fails_is_said)
{
	sign_in();
	fail_part("table_find_at", 1, -EIO);
	ck_assert_int_eq(get(P), 503);
	fail_part_none();
	body_has("That is not possible just now.");
	log_has("event=unavailable ");
	log_has("what=authentication");
	new_browser();
	fail_random_at(1);
	ck_assert_int_eq(get(P "login"), 503);
	body_has("That is not possible just now.");
	ck_assert_int_eq(get(P "login"), 200);
}
END_TEST

/* What waits is told so, and nothing has changed. */
START_TEST(what_waits)
{
	static const struct {
		const char *method, *path;
		enum handler_next want;
	} cases[] = {
		{ "GET", P "login", HANDLER_ANSWERED },
		{ "GET", P, HANDLER_LONG },
		{ "POST", P "end", HANDLER_LONG },
		{ "GET", P "logout", HANDLER_ANSWERED },
		{ "POST", P "logout", HANDLER_WAIT },
		{ "GET", P "password", HANDLER_ANSWERED },
		{ "GET", P "denied", HANDLER_ANSWERED },
		{ "POST", P "denied", HANDLER_ANSWERED },
	};
	const struct handler app = dispatch_handler(&site.app);
	char method[40], path[60];

	for (int i = 0; i < N(cases); i++) {
		const char *params[] = { method, path, "AUTH_TYPE=" TYPE, NULL };
		struct request request;
		struct response response;

		(void)snprintf(method, sizeof(method), "REQUEST_METHOD=%s", cases[i].method);
		(void)snprintf(path, sizeof(path), "SCRIPT_NAME=%s", cases[i].path);
		ck_assert_int_eq(request_init(&request, params), 0);
		response_init(&response);
		ck_assert_msg(app.handle(app.arg, &request, (struct handler_permit){ 0 },
				  &response) == cases[i].want,
		    "%s %s", cases[i].method, cases[i].path);
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* Whichever allocation fails: a whole page, or none at all. */
START_TEST(without_memory_no_page_is_half)
{
	static const struct {
		const char *method, *below, *body;
	} cases[] = {
		{ "GET", "login", "" },
		{ "POST", "login", "email=ann@example.org&password=wrong&rd=/_gate/" },
		{ "GET", "", "" },
		{ "POST", "end", "session=00000000000000000000" },
		{ "GET", "password", "" },
		{ "POST", "password", "current=wrong&new=another&again=another" },
		{ "GET", "denied", "" },
	};
	const struct handler app = dispatch_handler(&site.app);
	char method[40], path[60], body[500], length[40], cookie[300];

	sign_in();
	(void)snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=sid=%s; sid_form=%s",
	    browser.session, browser.form);
	for (int i = 0; i < N(cases); i++)
		for (unsigned nth = 1; nth < 25; nth++) {
			const char *params[] = { method, path, HOST, "AUTH_TYPE=" TYPE,
				"SESSION_NAME=sid", "CONTENT_TYPE=" FORM,
				"HTTP_ACCEPT=text/html", "LOGIN_THROTTLE=off", length, cookie,
				NULL };
			struct request request;
			struct response response;

			(void)snprintf(
			    method, sizeof(method), "REQUEST_METHOD=%s", cases[i].method);
			(void)snprintf(
			    path, sizeof(path), "SCRIPT_NAME=" P "%s", cases[i].below);
			(void)snprintf(
			    body, sizeof(body), "%s&token=%s", cases[i].body, browser.token);
			(void)snprintf(
			    length, sizeof(length), "CONTENT_LENGTH=%zu", strlen(body));
			ck_assert_int_eq(request_init(&request, params), 0);
			request_set_body(&request, str_of(body), false);
			response_init(&response);
			fail_alloc_at(nth);
			(void)app.handle(app.arg, &request, TXN_MAY_ALL, &response);
			fail_alloc_at(0);
			if (response_error(&response) == 0 && response.body.n > 0 &&
			    response.status < 500) {
				struct str page = buf_str(&response.body);

				ck_assert_msg(
				    str_ends_with(page, STR_LIT("</html>\n")) &&
					memmem(page.p, page.n, "name=\"token\" value=\"\"",
					    21) == NULL &&
					memmem(page.p, page.n, "action=\"\"", 9) == NULL,
				    "%s %s, %u", cases[i].method, cases[i].below, nth);
			}
			response_fini(&response);
			request_fini(&request);
		}
}
END_TEST

/* A full queue: the answer is a page, too. */
START_TEST(the_servers_own_refusal)
{
	const struct handler app = dispatch_handler(&site.app);
	const char *params[] = { "REQUEST_METHOD=GET", "SCRIPT_NAME=" P "login",
		"AUTH_TYPE=" TYPE, NULL };
	struct request request;
	struct response response;

	ck_assert_int_eq(request_init(&request, params), 0);
	response_init(&response);
	app.refuse(app.arg, &request, 503, &response);
	ck_assert_int_eq(response.status, 503);
	buf_add_char(&response.headers, '\0');
	ck_assert_ptr_nonnull(strstr(response.headers.p, "Retry-After: "));
	ck_assert_ptr_nonnull(strstr(response.headers.p, "X-Frame-Options: DENY"));
	unit_assert_str(response.content_type, "text/html; charset=utf-8");
	response_fini(&response);
	request_fini(&request);
}
END_TEST

/* ---------------------------------------------------------------------------- the files */

START_TEST(files_of_the_settings)
{
	struct page_files *files;
	struct err err = { "" };
	char dir[400];

	ck_assert_int_eq(pages_open(&site.settings, &files, &err), 0);
	page_files_close(files);
	(void)snprintf(dir, sizeof(dir), "%s/pages", tmp_path);
	site.settings.pages_dir = dir;
	ck_assert_int_lt(pages_open(&site.settings, &files, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/pages: No such file"));
	site.settings.pages_dir = tmp_path;
	tmp_write("default.html", "{{", 0600);
	ck_assert_int_lt(pages_open(&site.settings, &files, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "default.html line 1: {{ without }}"));
	tmp_write("default.html", "", 0600);
	ck_assert_int_lt(pages_open(&site.settings, &files, &err), 0);
}
END_TEST

/* What the program names itself, not the template, which is looked at when it is read. */
START_TEST(texts_that_the_program_names)
{
	static const char *const keys[] = { "bad_request", "busy", "email_missing",
		"https_only", "new_missing", "not_alike", "not_found", "others_ended",
		"password_changed", "password_known", "password_missing", "password_short",
		"password_unusable", "session_ended", "session_gone", "signed_out", "stale",
		"throttled", "too_large", "too_long", "unusable", "wrong", "wrong_current",
		"wrong_method" };

	for (int i = 0; i < N(keys); i++)
		ck_assert_msg(
		    texts_find_key(page_files_texts(site.app.page_files), str_of(keys[i])) >= 0,
		    "%s", keys[i]);
}
END_TEST

Suite *
check_pages_suite(void)
{
	Suite *s = suite_create("app/pages");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_site, site_close);
	tcase_add_test(tc, rows_and_methods);
	tcase_add_test(tc, without_sessions_there_are_no_pages);
	tcase_add_test(tc, what_every_page_carries);
	tcase_add_test(tc, redirections_carry_it_too);
	tcase_add_test(tc, forms_may_lead_to_the_hosts);
	tcase_add_test(tc, in_and_back);
	tcase_add_test(tc, over_https_the_cookies_are_of_this_host);
	tcase_add_test(tc, one_text_for_all_that_is_wrong);
	tcase_add_test(tc, an_unknown_address_costs_a_hash);
	tcase_add_test(tc, missing_and_impossible_fields);
	tcase_add_test(tc, addresses_as_telephones_type_them);
	tcase_add_test(tc, who_guesses_waits);
	tcase_add_test(tc, remembered);
	tcase_add_test(tc, who_is_signed_in_sees_that);
	tcase_add_test(tc, no_fixation);
	tcase_add_loop_test(tc, who_may_send_the_form, 0, N(sender_cases));
	tcase_add_test(tc, no_form_without_its_token);
	tcase_add_test(tc, a_form_is_good_for_a_day);
	tcase_add_test(tc, the_cookie_of_forms_stays);
	tcase_add_test(tc, bad_addresses_lead_to_the_account);
	tcase_add_test(tc, hosts_that_the_operator_named);
	tcase_add_test(tc, out);
	tcase_add_test(tc, over_https_the_cache_is_emptied);
	tcase_add_test(tc, an_applications_own_button);
	tcase_add_test(tc, the_account);
	tcase_add_test(tc, ending_sessions);
	tcase_add_test(tc, the_newest_sessions_are_shown);
	tcase_add_test(tc, somebody_elses_session_is_none);
	tcase_add_test(tc, another_password);
	tcase_add_test(tc, passwords_that_are_refused);
	tcase_add_test(tc, guessing_the_current_password_waits);
	tcase_add_test(tc, fields_for_passwords);
	tcase_add_test(tc, who_is_signed_in_can_sign_out_on_each_page);
	tcase_add_test(tc, denied);
	tcase_add_test(tc, denied_where_the_sign_in_is_elsewhere);
	tcase_add_test(tc, bad_input);
	tcase_add_test(tc, settings_that_are_wrong);
	tcase_add_test(tc, strict_in_clear);
	tcase_add_test(tc, languages);
	tcase_add_test(tc, another_prefix);
	tcase_add_test(tc, hostile_texts_are_escaped);
	tcase_add_test(tc, what_fails_is_said);
	tcase_add_test(tc, what_waits);
	tcase_add_test(tc, without_memory_no_page_is_half);
	tcase_add_test(tc, the_servers_own_refusal);
	tcase_add_test(tc, files_of_the_settings);
	tcase_add_test(tc, texts_that_the_program_names);
	suite_add_tcase(s, tc);
	return s;
}
