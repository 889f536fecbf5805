/* check_check.c - tests of src/app/check.c, asked for as a web server does */
#include "unit/head.h"
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "app/dispatch.h"
#include "core/log_lasting.h"
#include "server/txn.h"
#include "unit/app/ask.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"

Suite *check_check_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define PARAMS_MAX 8

/* ------------------------------------------------------------------------- one check */

static struct user *bob;
static char session[IDENT_SESSION_BYTES];
static struct buf text; /* the answer, and NUL */
static struct hasher_list hashes;
static struct throttle_attempt attempt;
static bool is_where_anybody_can_guess;

static enum handler_next
go(enum gate_family family, const char *const params[PARAMS_MAX], struct handler_permit permit)
{
	static const char *const gates[] = { "X=", "GATE=nginx", "GATE=caddy" };
	const struct handler app = dispatch_handler(&site.app);
	const char *all[PARAMS_MAX + 7];
	struct response response;
	struct request request;
	enum handler_next next;
	size_t n = 0;

	for (size_t i = 0; i < PARAMS_MAX && params[i] != NULL; i++)
		all[n++] = params[i];
	all[n++] = gates[family];
	all[n++] = "REQUEST_METHOD=GET"; /* the first of two counts */
	all[n++] = "HTTP_X_FORWARDED_METHOD=GET";
	all[n++] = "SCRIPT_NAME=/_gate/check";
	all[n++] = "REQUEST_URI=/private";
	all[n++] = "HTTP_HOST=a.example";
	all[n] = NULL;
	ck_assert_int_eq(request_init(&request, all), 0);
	if (family == GATE_AUTHORIZER)
		request.role = REQUEST_AUTHORIZER;
	request.refuses_basic = is_where_anybody_can_guess;
	request_set_body(&request, STR_NULL, false);
	response_init(&response);
	next = app.handle(app.arg, &request, permit, &response);
	buf_clear(&text);
	if (next == HANDLER_ANSWERED)
		response_format(&response, request.method == METHOD_HEAD, &text);
	buf_add_char(&text, '\0');
	ck_assert_int_eq(buf_error(&text), 0);
	response_fini(&response);
	request_fini(&request);
	return next;
}

/* What nothing that a check says may be. */
static void
look_at_head(void)
{
	(void)head_body(text.p);
	ck_assert_int_eq(strncmp(text.p, "Status: ", 8), 0);
	ck_assert_ptr_null(head_value(text.p, "Set-Cookie"));
	ck_assert_ptr_null(head_value(text.p, "Access-Control-Allow-Origin"));
	if (strncmp(text.p, "Status: 200 OK\r\n", 16) != 0) {
		ck_assert_ptr_null(head_value(text.p, "Remote-User"));
		ck_assert_ptr_null(head_value(text.p, "Variable-REMOTE_USER"));
	}
}

static int
check(enum gate_family family, const char *const params[PARAMS_MAX])
{
	ck_assert_int_eq(go(family, params, TXN_MAY_ALL), HANDLER_ANSWERED);
	look_at_head();
	return atoi(head_value(text.p, "Status"));
}

#define CHECK(family, ...) check(family, (const char *const[PARAMS_MAX]){ __VA_ARGS__ })

static const char *
header(const char *name)
{
	return head_value(text.p, name);
}

/* "HTTP_COOKIE=_my_session_id=<id>" */
static const char *
cookie(void)
{
	static char param[200];

	(void)snprintf(param, sizeof(param), "HTTP_COOKIE=_my_session_id=%s", session);
	return param;
}

static const char *
basic(const char *credentials)
{
	static char params[2][400];
	static unsigned i;
	char *param = params[i++ % 2];

	(void)strcpy(param, "HTTP_AUTHORIZATION=Basic ");
	(void)sodium_bin2base64(param + strlen(param), 400 - strlen(param),
	    (const unsigned char *)credentials, strlen(credentials),
	    sodium_base64_VARIANT_ORIGINAL);
	return param;
}

static bool
is_logged(const char *what)
{
	char *log = site_log();
	bool is_there = strstr(log, what) != NULL;

	free(log);
	return is_there;
}

static unsigned
n_logged(const char *what)
{
	char *log = site_log();
	unsigned n = 0;

	for (const char *at = log; (at = strstr(at, what)) != NULL; at++)
		n++;
	free(log);
	return n;
}

#define TYPE    "AUTH_TYPE=session_db_auth"
#define BROWSER "HTTP_ACCEPT=text/html"

static void
set_groups(const char *a, const char *b)
{
	const struct str names[] = { str_of(a), str_of(b) };
	struct user *now;

	ck_assert_int_eq(
	    users_set_groups(site.app.env.users, str_of(bob->base.id), GROUPS_SET, names,
		b != NULL   ? 2
		: a != NULL ? 1
			    : 0,
		STR_NULL, &now),
	    0);
	user_unref(now);
}

static void
open_site(void)
{
	site_open();
	log_lasting_every(0);
	buf_init(&text, 100000);
	bob = site_add_user("bob@hbtn.io", "pwd");
	set_groups("staff", "admin");
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = "session_db_auth",
			     .type = "application/x-www-form-urlencoded",
			     .body = "email=bob@hbtn.io&password=pwd" }),
	    200);
	answer_session_id(session);
	site_forget_log();
}

static void
close_site(void)
{
	hasher_list_wipe(&hashes);
	user_unref(bob);
	buf_fini(&text);
	site_close();
}

/* ------------------------------------------------------------------------- who may pass */

START_TEST(a_live_session_passes)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 200);
	ck_assert_str_eq(text.p,
	    "Status: 200 OK\r\nRemote-User: bob@hbtn.io\r\nRemote-Groups: admin,staff\r\n"
	    "Remote-Email: bob@hbtn.io\r\nRemote-Name: bob@hbtn.io\r\n"
	    "Cache-Control: no-store\r\n\r\n");
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, cookie()), 200);
	ck_assert_str_eq(header("Remote-User"), "bob@hbtn.io");
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie()), 200);
	ck_assert_str_eq(text.p,
	    "Status: 200 OK\r\nVariable-REMOTE_USER: bob@hbtn.io\r\n"
	    "Variable-REMOTE_GROUPS: admin,staff\r\nVariable-REMOTE_EMAIL: bob@hbtn.io\r\n"
	    "Variable-REMOTE_NAME: bob@hbtn.io\r\n\r\n");
	ck_assert_uint_eq(
	    counters_get(site.app.counters, (enum counter)(COUNTER_CHECKS + GATE_ALLOW)), 3);
}
END_TEST

START_TEST(the_user_is_an_id_where_that_is_wanted)
{
	struct user *now;

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "AUTH_USER=id"), 200);
	ck_assert_str_eq(header("Remote-User"), bob->base.id);
	ck_assert_str_eq(header("Remote-Email"), "bob@hbtn.io");
	ck_assert_int_eq(users_rename(site.app.env.users, str_of(bob->base.id),
			     STR_LIT("Bob, \"B\""), STR_LIT("Dylan"), &now),
	    0);
	user_unref(now);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "AUTH_USER=email"), 200);
	ck_assert_str_eq(header("Remote-User"), "bob@hbtn.io");
	ck_assert_str_eq(header("Remote-Name"), "Bob%2C %22B%22 Dylan");
}
END_TEST

/* Nothing of what belongs to the other request. */
START_TEST(body_length_type_query_and_path_are_not_heeded)
{
	static const char *const methods[] = { "POST", "PUT", "DELETE", "PROPFIND", "TRACE",
		"BREW", "get", "", "HEAD", "OPTIONS" };
	char method[40];

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "CONTENT_LENGTH=1048576",
			     "CONTENT_TYPE=x/y", "QUERY_STRING=/_gate/login"),
	    200);
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie(), "CONTENT_LENGTH=-2"), 200);
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, cookie(), "CONTENT_LENGTH=x"), 200);
	for (int i = 0; i < N(methods); i++) {
		(void)snprintf(method, sizeof(method), "REQUEST_METHOD=%s", methods[i]);
		ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), method), 200);
		ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, method), 401);
		ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie(), method), 200);
		ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, method), 401);
	}
	/* What the visitor asked for opens nothing: no page, no API, no counters. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "REQUEST_URI=/_gate/login"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "SCRIPT_NAME=/_gate/login"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "SCRIPT_NAME=/api/v1/status"), 401);
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, "PATH_INFO=/api/v1/status"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "SESSIONGATE_STATUS=on"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "HTTP_X_FORWARDED_URI=/_gate/login"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "HTTP_USER_AGENT=kube-probe/1.0"), 401);
}
END_TEST

/* Without the disk, without a hash, in haste. */
START_TEST(a_check_waits_for_nothing_but_a_hash)
{
	const struct handler_permit haste = { false, false, &hashes, &attempt };

	ck_assert_int_eq(go(GATE_NGINX,
			     (const char *const[PARAMS_MAX]){
				 TYPE, cookie(), "REQUEST_METHOD=POST", "CONTENT_LENGTH=9" },
			     haste),
	    HANDLER_ANSWERED);
	ck_assert_ptr_nonnull(strstr(text.p, "Status: 200 OK"));
	ck_assert_int_eq(
	    go(GATE_NGINX, (const char *const[PARAMS_MAX]){ TYPE, "REQUEST_METHOD=POST" },
		haste),
	    HANDLER_ANSWERED);
	ck_assert_int_eq(go(GATE_NGINX,
			     (const char *const[PARAMS_MAX]){
				 TYPE, "AUTH_BASIC=on", basic("bob@hbtn.io:pwd") },
			     haste),
	    HANDLER_HASH);
	hasher_run(&hashes, 10000);
	ck_assert_int_eq(go(GATE_NGINX,
			     (const char *const[PARAMS_MAX]){
				 TYPE, "AUTH_BASIC=on", basic("bob@hbtn.io:pwd") },
			     (struct handler_permit){ true, false, &hashes, &attempt }),
	    HANDLER_ANSWERED);
	ck_assert_ptr_nonnull(strstr(text.p, "Status: 200 OK"));
	hasher_list_wipe(&hashes);
	/* Remembered. */
	ck_assert_int_eq(go(GATE_NGINX,
			     (const char *const[PARAMS_MAX]){
				 TYPE, "AUTH_BASIC=on", basic("bob@hbtn.io:pwd") },
			     haste),
	    HANDLER_ANSWERED);
	ck_assert_ptr_nonnull(strstr(text.p, "Status: 200 OK"));
}
END_TEST

/* ------------------------------------------------------------------------- who is nobody */

START_TEST(nobody_is_sent_to_sign_in)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, BROWSER), 401);
	ck_assert_str_eq(text.p,
	    "Status: 401 Unauthorized\r\nLocation: /_gate/login?rd=/private\r\n"
	    "Cache-Control: no-store\r\n\r\n");
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    CHECK(i == 0 ? GATE_AUTHORIZER : GATE_CADDY, TYPE, BROWSER), 302);
		ck_assert_str_eq(text.p,
		    "Status: 302 Found\r\nLocation: /_gate/login?rd=/private\r\n"
		    "Cache-Control: no-store\r\n\r\n");
		ck_assert_int_eq(CHECK(i == 0 ? GATE_AUTHORIZER : GATE_CADDY, TYPE), 401);
		ck_assert_ptr_null(header("Location"));
		ck_assert_str_eq(header("WWW-Authenticate"), "Cookie realm=\"sessiongate\"");
		ck_assert_str_eq(header("Content-Type"), "application/json");
		ck_assert_str_eq(head_body(text.p), "{\n  \"error\": \"Unauthorized\"\n}\n");
	}
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "AUTH_REALM=shop"), 401);
	ck_assert_str_eq(text.p,
	    "Status: 401 Unauthorized\r\nWWW-Authenticate: Cookie realm=\"shop\"\r\n"
	    "Cache-Control: no-store\r\n\r\n");
	/* Whom nobody can know. */
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=auth", cookie(), BROWSER), 401);
	ck_assert_str_eq(header("Location"), "/_gate/login?rd=/private");
	ck_assert_uint_eq(
	    counters_get(site.app.counters, (enum counter)(COUNTER_CHECKS + GATE_SIGN_IN)), 7);
}
END_TEST

static const char *const dead_cookies[] = { "HTTP_COOKIE=", "HTTP_COOKIE=_my_session_id=",
	"HTTP_COOKIE=_my_session_id=00000000-0000-4000-8000-000000000000",
	"HTTP_COOKIE=sid=x; my_session_id=y", "HTTP_COOKIE==;;=", "HTTP_COOKIE2=x" };

START_TEST(a_cookie_that_is_none_is_nobody)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, dead_cookies[_i]), 401);
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, dead_cookies[_i], BROWSER), 302);
	/* Of another kind, and of another realm. */
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=session_auth", cookie()), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "AUTH_REALM=shop", cookie()), 401);
}
END_TEST

START_TEST(who_is_gone_or_disabled_is_nobody)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 200);
	ck_assert_int_eq(
	    users_set_disabled(site.app.env.users, str_of(bob->base.id), true, STR_NULL), 0);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, "AUTH_BASIC=on", basic("bob@hbtn.io:pwd")), 401);
	ck_assert_int_eq(
	    users_set_disabled(site.app.env.users, str_of(bob->base.id), false, STR_NULL), 0);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 200);
	ck_assert_int_eq(users_remove(site.app.env.users, str_of(bob->base.id), STR_NULL), 0);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 401);
}
END_TEST

/* Which of them the browser got from here, nobody can tell. */
START_TEST(two_cookies_are_none)
{
	char twice[300], one[100];

	(void)snprintf(twice, sizeof(twice), "%s; _my_session_id=planted", cookie());
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, twice), 401);
	ck_assert_uint_eq(n_logged("event=cookie-ambiguous"), 1);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, twice), 401);
	ck_assert_uint_eq(n_logged("event=cookie-ambiguous"), 1); /* once a minute */
	ck_assert(!is_logged(session) && !is_logged("planted"));
	/* On lines of their own, too. */
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), "HTTP_COOKIE=_my_session_id=planted"), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, "HTTP_COOKIE=_my_session_id=planted", cookie()), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, twice, "COOKIE_PREFIX=none"), 401);
	/* The same one twice is one; others do not count. */
	(void)snprintf(twice, sizeof(twice), "%s; a=b; _my_session_id=%s", cookie(), session);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, twice), 200);
	(void)snprintf(one, sizeof(one), "HTTP_COOKIE=a=b; _my_session_id=%s; c", session);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, one), 200);
}
END_TEST

/* Under https another host of the domain could have set one without the prefix. */
START_TEST(the_name_of_the_cookie_depends_on_https)
{
	char param[200];

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "HTTPS=on"), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "REQUEST_SCHEME=https"), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), "HTTPS=on", "COOKIE_PREFIX=none"), 200);
	(void)snprintf(param, sizeof(param), "HTTP_COOKIE=__Host-_my_session_id=%s", session);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, param, "HTTPS=on"), 200);
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, param, "REQUEST_SCHEME=https"), 200);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, param), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, param, "HTTPS=on", "COOKIE_DOMAIN=a.example"), 401);
	(void)snprintf(param, sizeof(param), "HTTP_COOKIE=__Secure-_my_session_id=%s", session);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, param, "HTTPS=on", "COOKIE_DOMAIN=a.example"), 200);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, param, "HTTPS=on"), 401);
}
END_TEST

/* ------------------------------------------------------------------------------- Basic */

START_TEST(programs_may_send_basic_where_they_may)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd")), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=off"), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"), 200);
	ck_assert_str_eq(header("Remote-User"), "bob@hbtn.io");
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on",
			     "HTTP_AUTHORIZATION=Basic x"),
	    401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "AUTH_BASIC=on",
			     "HTTP_AUTHORIZATION=Bearer Ym9iQGhidG4uaW86cHdk"),
	    401);
	ck_assert(!is_logged("login-failed"));
	/* Nobody, by Basic either. */
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, "AUTH_TYPE=auth", basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"),
	    401);
}
END_TEST

START_TEST(a_wrong_password_is_a_failed_login)
{
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:wrong"), "AUTH_BASIC=on"), 401);
	ck_assert_str_eq(
	    header("WWW-Authenticate"), "Basic realm=\"sessiongate\", charset=\"UTF-8\"");
	ck_assert_uint_eq(n_logged("event=login-failed"), 1);
	ck_assert(is_logged(bob->base.id));
	ck_assert(!is_logged("bob@hbtn.io") && !is_logged("wrong\""));
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, TYPE, basic("eve@hbtn.io:pwd"), "AUTH_BASIC=on"), 401);
	ck_assert_uint_eq(n_logged("event=login-failed"), 2);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_FAILED), 2);
}
END_TEST

/* The application's own, say. */
START_TEST(with_a_good_cookie_authorization_means_nothing)
{
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), basic("bob@hbtn.io:wrong"), "AUTH_BASIC=on"),
	    200);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "HTTP_AUTHORIZATION=Bearer x"), 200);
	ck_assert(!is_logged("login-failed"));
	/* Behind a dead one it counts. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, "HTTP_COOKIE=_my_session_id=x",
			     basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"),
	    200);
}
END_TEST

static const struct {
	const char *type, *params[3], *challenge; /* its scheme; NULL: a page */
} challenges[] = {
	{ TYPE, { NULL }, "Cookie" },
	{ TYPE, { BROWSER }, NULL },
	{ TYPE, { "AUTH_BASIC=on" }, "Basic" },
	{ TYPE, { "AUTH_BASIC=on", BROWSER }, NULL },
	{ TYPE, { "AUTH_BASIC=on", "HTTP_SEC_FETCH_MODE=cors" }, "Cookie" },
	{ TYPE, { "AUTH_BASIC=on", "HTTP_X_REQUESTED_WITH=XMLHttpRequest" }, "Cookie" },
	{ TYPE, { "AUTH_BASIC=on", "HTTP_SEC_FETCH_MODE=navigate" }, NULL },
	{ TYPE,
	    { "AUTH_BASIC=on", "HTTP_SEC_FETCH_MODE=navigate", "HTTP_SEC_FETCH_DEST=iframe" },
	    "Cookie" },
	/* No page there: the browser's dialogue, but never for a script. */
	{ "AUTH_TYPE=basic_auth", { NULL }, "Basic" },
	{ "AUTH_TYPE=basic_auth", { BROWSER }, "Basic" },
	{ "AUTH_TYPE=basic_auth", { "HTTP_SEC_FETCH_MODE=navigate" }, "Basic" },
	{ "AUTH_TYPE=basic_auth", { "HTTP_SEC_FETCH_MODE=cors" }, "Cookie" },
	{ "AUTH_TYPE=basic_auth", { "HTTP_X_REQUESTED_WITH=x" }, "Cookie" },
	{ "AUTH_TYPE=auth", { "AUTH_BASIC=on" }, "Cookie" },
};

START_TEST(what_a_401_asks_for)
{
	const char *const *more = challenges[_i].params;

	for (int family = GATE_AUTHORIZER; family <= GATE_CADDY; family++) {
		const char *value;
		int status = CHECK(
		    (enum gate_family)family, challenges[_i].type, more[0], more[1], more[2]);

		value = header("WWW-Authenticate");
		if (challenges[_i].challenge == NULL) {
			ck_assert_int_eq(status, family == GATE_NGINX ? 401 : 302);
			ck_assert_ptr_null(value);
			ck_assert_ptr_nonnull(header("Location"));
			continue;
		}
		ck_assert_int_eq(status, 401);
		ck_assert_ptr_null(header("Location"));
		ck_assert_ptr_nonnull(value);
		ck_assert_msg(strncmp(value, challenges[_i].challenge,
				  strlen(challenges[_i].challenge)) == 0,
		    "%s", value);
	}
}
END_TEST

START_TEST(basic_auth_knows_basic_alone)
{
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, "AUTH_TYPE=basic_auth", basic("bob@hbtn.io:pwd")), 200);
	ck_assert_str_eq(header("Remote-Groups"), "admin,staff");
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=basic_auth", cookie()), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=basic_auth", basic("bob@hbtn.io:pwd"),
			     "AUTH_REQUIRE=group:ops"),
	    403);
}
END_TEST

/* On TCP, where any local user can ask. */
START_TEST(no_password_is_heard_where_anybody_can_guess)
{
	is_where_anybody_can_guess = true;
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"), 401);
	ck_assert_str_eq(header("WWW-Authenticate"), "Cookie realm=\"sessiongate\"");
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, "AUTH_TYPE=basic_auth", basic("bob@hbtn.io:wrong")), 401);
	ck_assert(!is_logged("login-failed"));
	ck_assert(is_logged("event=tcp-basic-unheard"));
	ck_assert(is_logged("--tcp-basic on"));
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie()), 200);
	is_where_anybody_can_guess = false;
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"), 200);
}
END_TEST

START_TEST(who_guesses_is_slowed)
{
	int status = 0;

	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, basic("bob@hbtn.io:wrong"),
				     "AUTH_BASIC=on", "REMOTE_ADDR=192.0.2.7"),
		    401);
	/* The password is not looked at, right or wrong. */
	status = CHECK(GATE_AUTHORIZER, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on",
	    "REMOTE_ADDR=192.0.2.7");
	ck_assert_int_eq(status, 429);
	ck_assert_int_ge(atoi(header("Retry-After")), 1);
	ck_assert_ptr_null(header("WWW-Authenticate"));
	ck_assert_uint_eq(n_logged("event=login-failed"), 5);
	ck_assert(is_logged("event=login-throttled"));
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on",
			     "REMOTE_ADDR=192.0.2.7"),
	    429);
	/* nginx takes no other status; and nobody is asked to try again. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on",
			     "REMOTE_ADDR=192.0.2.7"),
	    401);
	ck_assert_str_eq(text.p, "Status: 401 Unauthorized\r\nCache-Control: no-store\r\n\r\n");
	/* Who is signed in is not concerned, nor is another network. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), "REMOTE_ADDR=192.0.2.7"), 200);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on",
			     "REMOTE_ADDR=198.51.100.7"),
	    200);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_THROTTLED), 3);
}
END_TEST

/* --------------------------------------------------------------------- known, and may not */

static const struct {
	const char *require;
	int status;
} requirements[] = {
	{ "AUTH_REQUIRE=any", 200 },
	{ "AUTH_REQUIRE=group:admin", 200 },
	{ "AUTH_REQUIRE=group:ops group:staff", 200 },
	{ "AUTH_REQUIRE=user:bob@hbtn.io", 200 },
	{ "AUTH_REQUIRE=group:ops", 403 },
	{ "AUTH_REQUIRE=group:Admin", 403 },
	{ "AUTH_REQUIRE=user:eve@hbtn.io", 403 },
	{ "AUTH_REQUIRE=", 500 },
	{ "AUTH_REQUIRE=admin", 500 },
	{ "AUTH_REQUIRE=any nobody", 500 },
};

START_TEST(whom_it_lets_pass)
{
	for (int family = GATE_AUTHORIZER; family <= GATE_CADDY; family++) {
		ck_assert_int_eq(
		    CHECK((enum gate_family)family, TYPE, cookie(), requirements[_i].require),
		    requirements[_i].status);
		ck_assert_int_eq(
		    CHECK((enum gate_family)family, TYPE, requirements[_i].require),
		    requirements[_i].status == 500 ? 500 : 401);
	}
	ck_assert_int_eq(is_logged("event=settings-unusable"), requirements[_i].status == 500);
}
END_TEST

/* At the next check, by Basic that is remembered too. */
START_TEST(groups_are_those_of_now)
{
	const char *const require = "AUTH_REQUIRE=group:admin";

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), require), 200);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on", require), 200);
	set_groups(NULL, NULL);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), require), 403);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on", require), 403);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 200);
	ck_assert_str_eq(header("Remote-Groups"), "");
	set_groups("admin", NULL);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), require), 200);
}
END_TEST

START_TEST(addresses_are_folded_where_they_are)
{
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), "AUTH_REQUIRE=user:BOB@hbtn.io"), 403);
	site.settings.fold_email_case = true;
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), "AUTH_REQUIRE=user:BOB@hbtn.io"), 200);
}
END_TEST

START_TEST(who_may_not_gets_a_page_or_a_status)
{
	const char *const require = "AUTH_REQUIRE=group:ops";

	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie(), require, BROWSER), 403);
	ck_assert_str_eq(header("Content-Type"), "text/html; charset=utf-8");
	ck_assert_ptr_nonnull(strstr(head_body(text.p), "signed in as bob@hbtn.io"));
	ck_assert_ptr_nonnull(strstr(head_body(text.p), "<form action=\"/_gate/login\">"));
	ck_assert_str_eq(header("X-Frame-Options"), "DENY");
	ck_assert_str_eq(header("Cache-Control"), "no-store");
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, cookie(), require), 403);
	ck_assert_str_eq(head_body(text.p), "{\n  \"error\": \"Forbidden\"\n}\n");
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), require, BROWSER), 403);
	ck_assert_str_eq(head_body(text.p), "");
	ck_assert_uint_eq(
	    counters_get(site.app.counters, (enum counter)(COUNTER_CHECKS + GATE_FORBIDDEN)),
	    3);
}
END_TEST

/* What is over 8 KB arrives at Apache's visitors without its end. */
START_TEST(a_page_that_apache_would_cut_is_a_short_one)
{
	char host[5000] = "HTTP_HOST=";
	size_t n = strlen(host);

	memset(host + n, 'x', sizeof(host) - n - 1);
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, TYPE, cookie(), host, "AUTH_REQUIRE=group:ops", BROWSER),
	    403);
	ck_assert_ptr_nonnull(strstr(head_body(text.p), "<h1>Not allowed</h1>"));
}
END_TEST

START_TEST(changes_of_other_sites_pages)
{
	const char *const post = "REQUEST_METHOD=POST",
			  *evil = "HTTP_ORIGIN=https://evil.example";

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), post, evil), 403);
	ck_assert(is_logged("event=cross-site-refused"));
	ck_assert(is_logged("GATE_RETURN_HOSTS"));
	ck_assert_int_eq(CHECK(GATE_AUTHORIZER, TYPE, cookie(), post, evil), 403);
	ck_assert_str_eq(head_body(text.p), "{\n  \"error\": \"cross-site request\"\n}\n");
	ck_assert_int_eq(
	    CHECK(GATE_CADDY, TYPE, cookie(), "HTTP_X_FORWARDED_METHOD=POST", evil), 403);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_CROSS_SITE), 3);
	/* CSRF_CHECK is the API's. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), post, evil, "CSRF_CHECK=off"), 403);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, cookie(), post, evil, "AUTH_CROSS_SITE=allow"), 200);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie(), evil), 200);
	/* Nobody is told first to sign in; and what has no cookie no page can have made. */
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, post, evil), 401);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on", post, evil),
	    200);
	/* Before AUTH_REQUIRE: the reason is the page, whoever it is. */
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, cookie(), "HTTP_X_FORWARDED_METHOD=POST", evil,
			     "AUTH_REQUIRE=group:ops"),
	    403);
	ck_assert_ptr_nonnull(strstr(text.p, "cross-site request"));
}
END_TEST

START_TEST(a_preflight_passes_where_it_may)
{
	const char *const options = "REQUEST_METHOD=OPTIONS",
			  *origin = "HTTP_ORIGIN=https://b.example",
			  *wants = "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT",
			  *pass = "AUTH_PREFLIGHT=pass";

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, options, origin, wants, pass), 200);
	ck_assert_str_eq(header("Remote-User"), "");
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, options, origin, wants), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, options, origin, pass), 401);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, origin, wants, pass), 401);
	/* Caddy's own method is none of the visitor's. */
	ck_assert_int_eq(CHECK(GATE_CADDY, TYPE, options, origin, wants, pass), 401);
	ck_assert_int_eq(
	    CHECK(GATE_CADDY, TYPE, "HTTP_X_FORWARDED_METHOD=OPTIONS", origin, wants, pass),
	    200);
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=x", options, origin, wants, pass), 500);
}
END_TEST

/* ---------------------------------------------------------------------- nobody can tell */

static const struct {
	const char *type, *params[2], *problem;
} unusable[] = {
	{ "X=", { NULL }, "a check must have an AUTH_TYPE" },
	{ "AUTH_TYPE=", { NULL }, "a check must have an AUTH_TYPE" },
	{ "AUTH_TYPE=sesion_auth", { NULL }, "AUTH_TYPE must be one of" },
	{ "AUTH_TYPE=Basic", { NULL }, "AUTH_TYPE must be one of" },
	{ "AUTH_TYPE=none", { "AUTH_REQUIRE=any" }, "AUTH_REQUIRE asks for one" },
	{ TYPE, { "SESSION_NAME=a b" }, "SESSION_NAME cannot be" },
	{ TYPE, { "SESSION_DURATION=8x" }, "SESSION_DURATION must be readable" },
	{ TYPE, { "SESSION_IDLE=x" }, "SESSION_IDLE is no duration" },
	{ TYPE, { "AUTH_REQUIRE=group:admin", "AUTH_REQUIRE=any" }, "sent a setting twice" },
	{ TYPE, { "AUTH_REQUIRES=group:admin" }, "value=AUTH_REQUIRES" },
	{ TYPE, { "auth_require=group:admin" }, "value=auth_require" },
	{ TYPE, { "AUTH_CROSS_SITE=no" }, "AUTH_CROSS_SITE must be" },
	{ TYPE, { "COOKIE_DOMAIN=b.example" }, "not below COOKIE_DOMAIN" },
	{ TYPE, { "COOKIE_DOMAIN=example" }, "COOKIE_DOMAIN is no domain" },
	{ TYPE, { "COOKIE_SAME_SITE=none" }, "COOKIE_SAME_SITE none needs https" },
	{ TYPE, { "GATE_LOGIN_URL=x" }, "GATE_LOGIN_URL must be" },
};

START_TEST(wrong_settings_close)
{
	const char *type = unusable[_i].type, *const *more = unusable[_i].params;

	ck_assert_int_eq(CHECK(GATE_NGINX, type, cookie(), more[0], more[1]), 500);
	ck_assert_str_eq(
	    text.p, "Status: 500 Internal Server Error\r\nCache-Control: no-store\r\n\r\n");
	ck_assert(is_logged("level=error event=settings-unusable"));
	ck_assert(is_logged(unusable[_i].problem));
	/* The visitor is not told which. */
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, type, cookie(), more[0], more[1], BROWSER), 500);
	ck_assert_ptr_null(strstr(text.p, unusable[_i].problem));
	ck_assert_int_eq(CHECK(GATE_CADDY, type, cookie(), more[0], more[1]), 500);
	ck_assert_uint_eq(
	    counters_get(site.app.counters, (enum counter)(COUNTER_CHECKS + GATE_UNUSABLE)), 3);
}
END_TEST

START_TEST(who_asks_for_no_users_gets_none)
{
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=none"), 200);
	ck_assert_str_eq(header("Remote-User"), "");
	ck_assert_int_eq(CHECK(GATE_NGINX, "AUTH_TYPE=none", cookie()), 200);
	ck_assert_str_eq(header("Remote-User"), "");
}
END_TEST

START_TEST(under_strict_nothing_passes_in_clear)
{
	const char *const strict = "AUTH_PROFILE=strict", *far = "REMOTE_ADDR=192.0.2.7";
	char param[200];

	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, strict, far, cookie()), 403);
	ck_assert(is_logged("event=plain-http-refused"));
	(void)snprintf(param, sizeof(param), "HTTP_COOKIE=__Host-_my_session_id=%s", session);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, strict, far, param, "HTTPS=on"), 200);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, strict, "AUTH_REQUIR=group:admin", "HTTPS=on", param), 500);
}
END_TEST

/* The table or the journal fails: that is no verdict. */
START_TEST(what_fails_closes)
{
	fail_part("table_find_at", 1, -EIO);
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 503);
	ck_assert(fail_part_is_done());
	/* Nobody is asked for a password in its place. */
	fail_part("table_find_at", 1, -EIO);
	ck_assert_int_eq(
	    CHECK(GATE_AUTHORIZER, TYPE, cookie(), basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"),
	    503);
	ck_assert_str_eq(header("Retry-After"), "2");
	ck_assert_int_eq(CHECK(GATE_NGINX, TYPE, cookie()), 200);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    CHECK(GATE_NGINX, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on"), 503);
	ck_assert_str_eq(text.p, "Status: 503 Service Unavailable\r\nRetry-After: 2\r\n"
				 "Cache-Control: no-store\r\n\r\n");
	ck_assert(is_logged("event=unavailable"));
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    CHECK(GATE_CADDY, TYPE, basic("bob@hbtn.io:pwd"), "AUTH_BASIC=on", BROWSER), 503);
	ck_assert_str_eq(header("Content-Type"), "text/html; charset=utf-8");
}
END_TEST

/* Whichever allocation fails: the whole answer, or one that closes. */
START_TEST(without_memory_nothing_opens)
{
	const char *const good[PARAMS_MAX] = { TYPE, cookie() };
	const char *const nobody[PARAMS_MAX] = { TYPE, BROWSER };
	const struct handler app = dispatch_handler(&site.app);
	char whole[1000];

	(void)check(GATE_NGINX, good);
	(void)snprintf(whole, sizeof(whole), "%s", text.p);
	for (unsigned i = 1; i < 24; i++) {
		const char *const all[] = { "GATE=nginx", TYPE,
			i % 2 == 0 ? good[1] : nobody[1], "REQUEST_METHOD=GET",
			"REQUEST_URI=/private", NULL };
		struct response response;
		struct request request;

		ck_assert_int_eq(request_init(&request, all), 0);
		response_init(&response);
		fail_alloc_at(i / 2);
		(void)app.handle(app.arg, &request, TXN_MAY_ALL, &response);
		fail_alloc_at(0);
		if (response_error(&response) == 0) {
			buf_clear(&text);
			response_format(&response, false, &text);
			buf_add_char(&text, '\0');
			if (response.status == 200)
				ck_assert_str_eq(text.p, whole);
			else
				ck_assert(response.status == (i % 2 == 0 ? 0 : 401) ||
					  response.status == 503);
		}
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* The server itself has to say it: too many wait, or for too long. */
START_TEST(what_the_server_says_closes_in_each_family)
{
	static const char *const gates[] = { "X=", "GATE=nginx", "GATE=caddy" };
	const struct handler app = dispatch_handler(&site.app);

	for (int family = GATE_AUTHORIZER; family <= GATE_CADDY; family++) {
		const char *const all[] = { TYPE, gates[family], "REQUEST_METHOD=GET", NULL };
		struct response response;
		struct request request;

		ck_assert_int_eq(request_init(&request, all), 0);
		if (family == GATE_AUTHORIZER)
			request.role = REQUEST_AUTHORIZER;
		response_init(&response);
		app.refuse(app.arg, &request, 503, &response);
		buf_clear(&text);
		response_format(&response, false, &text);
		buf_add_char(&text, '\0');
		look_at_head();
		ck_assert_str_eq(header("Status"), "503 Service Unavailable");
		ck_assert_str_eq(header("Retry-After"), "2");
		ck_assert_int_eq(head_body(text.p)[0] == '\0', family == GATE_NGINX);
		app.refuse(app.arg, &request, 500, &response);
		ck_assert_int_eq(response.status, 500);
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* Over TCP, where any local user may ask, whatever settings come with it. */
START_TEST(what_the_server_refuses_needs_no_settings)
{
	static const char *const gates[] = { "X=", "GATE=nginx", "GATE=caddy" };
	static const char *const types[] = { "X=", "AUTH_TYPE=", "AUTH_TYPE=bogus", TYPE };
	const struct handler app = dispatch_handler(&site.app);

	for (int i = 0; i < 3 * N(types); i++) {
		const char *const all[] = { types[i / 3], gates[i % 3], "REQUEST_METHOD=GET",
			"HTTP_X_FORWARDED_METHOD=GET", "HTTP_ACCEPT=text/html", NULL };
		struct response response;
		struct request request;

		ck_assert_int_eq(request_init(&request, all), 0);
		if (i % 3 == GATE_AUTHORIZER)
			request.role = REQUEST_AUTHORIZER;
		response_init(&response);
		app.refuse(app.arg, &request, 403, &response);
		buf_clear(&text);
		response_format(&response, false, &text);
		buf_add_char(&text, '\0');
		look_at_head();
		ck_assert_str_eq(header("Status"), "403 Forbidden");
		response_fini(&response);
		request_fini(&request);
	}
}
END_TEST

/* One who follows a long link has to sign in, too. */
START_TEST(a_long_address_leads_to_the_page)
{
	static char uri[60000] = "REQUEST_URI=/a?";

	memset(uri + strlen(uri), '&', sizeof(uri) - 100);
	for (int i = 0; i < 3; i++) {
		const enum gate_family family = (enum gate_family)i;

		ck_assert_int_eq(CHECK(family, TYPE, "HTTP_ACCEPT=text/html", uri),
		    family == GATE_NGINX ? 401 : 302);
		ck_assert_str_eq(header("Location"), "/_gate/login?rd=/");
	}
}
END_TEST

Suite *
check_check_suite(void)
{
	Suite *s = suite_create("app/check");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_site, close_site);
	tcase_add_test(tc, a_live_session_passes);
	tcase_add_test(tc, the_user_is_an_id_where_that_is_wanted);
	tcase_add_test(tc, body_length_type_query_and_path_are_not_heeded);
	tcase_add_test(tc, a_check_waits_for_nothing_but_a_hash);
	tcase_add_test(tc, nobody_is_sent_to_sign_in);
	tcase_add_loop_test(tc, a_cookie_that_is_none_is_nobody, 0, N(dead_cookies));
	tcase_add_test(tc, who_is_gone_or_disabled_is_nobody);
	tcase_add_test(tc, two_cookies_are_none);
	tcase_add_test(tc, the_name_of_the_cookie_depends_on_https);
	tcase_add_test(tc, programs_may_send_basic_where_they_may);
	tcase_add_test(tc, a_wrong_password_is_a_failed_login);
	tcase_add_test(tc, with_a_good_cookie_authorization_means_nothing);
	tcase_add_loop_test(tc, what_a_401_asks_for, 0, N(challenges));
	tcase_add_test(tc, basic_auth_knows_basic_alone);
	tcase_add_test(tc, no_password_is_heard_where_anybody_can_guess);
	tcase_add_test(tc, who_guesses_is_slowed);
	tcase_add_loop_test(tc, whom_it_lets_pass, 0, N(requirements));
	tcase_add_test(tc, groups_are_those_of_now);
	tcase_add_test(tc, addresses_are_folded_where_they_are);
	tcase_add_test(tc, who_may_not_gets_a_page_or_a_status);
	tcase_add_test(tc, a_page_that_apache_would_cut_is_a_short_one);
	tcase_add_test(tc, changes_of_other_sites_pages);
	tcase_add_test(tc, a_preflight_passes_where_it_may);
	tcase_add_loop_test(tc, wrong_settings_close, 0, N(unusable));
	tcase_add_test(tc, who_asks_for_no_users_gets_none);
	tcase_add_test(tc, under_strict_nothing_passes_in_clear);
	tcase_add_test(tc, what_fails_closes);
	tcase_add_test(tc, without_memory_nothing_opens);
	tcase_add_test(tc, what_the_server_says_closes_in_each_family);
	tcase_add_test(tc, what_the_server_refuses_needs_no_settings);
	tcase_add_test(tc, a_long_address_leads_to_the_page);
	suite_add_tcase(s, tc);
	return s;
}
