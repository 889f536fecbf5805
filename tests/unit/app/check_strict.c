/* check_strict.c - tests of AUTH_PROFILE=strict, asked for as a request is */
#include "unit/unit.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "unit/app/ask.h"

Suite *check_strict_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define STRICT   "AUTH_PROFILE=strict"
#define LOCAL    "REMOTE_ADDR=127.0.0.1"

static void
open_site(void)
{
	site_open();
	log_lasting_every(0);
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site_forget_log();
}

static int
log_in(const char *body, const char *a, const char *b)
{
	return ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_db_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = body,
	    .params = { STRICT, a, b } });
}

START_TEST(a_login_has_an_id_of_256_bits)
{
	char id[IDENT_SESSION_BYTES];

	ck_assert_int_eq(log_in("email=bob@hbtn.io&password=pwd", LOCAL, NULL), 200);
	answer_session_id(id);
	ck_assert_uint_eq(strlen(id), 43);
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me",
			     .auth_type = "session_db_auth",
			     .cookie = id,
			     .params = { STRICT, LOCAL } }),
	    200);
}
END_TEST

/* Byte for byte, the headers too. */
START_TEST(unknown_wrong_and_disabled_have_one_answer)
{
	struct user *user;
	char *wrong, *log;

	ck_assert_int_eq(log_in("email=bob@hbtn.io&password=x", LOCAL, NULL), 401);
	answer_is_error(401, "wrong email or password");
	wrong = strdup(answer.text.p);
	ck_assert_int_eq(log_in("email=eve@hbtn.io&password=x", LOCAL, NULL), 401);
	ck_assert_str_eq(answer.text.p, wrong);
	user = site_add_user("dis@hbtn.io", "pwd");
	ck_assert_int_eq(account_set_disabled(&site.accounts, str_of(user->base.id), true), 0);
	user_unref(user);
	ck_assert_int_eq(log_in("email=dis@hbtn.io&password=pwd", LOCAL, NULL), 401);
	ck_assert_str_eq(answer.text.p, wrong);
	free(wrong);
	/* The operator is told what it was. */
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "reason=\"wrong password\""));
	ck_assert_ptr_nonnull(strstr(log, "reason=\"no user found for this email\""));
	ck_assert_ptr_nonnull(strstr(log, "reason=\"the user is disabled\""));
	free(log);
}
END_TEST

/* Somebody else in the same network guesses: who has signed in on this device is not kept out. */
START_TEST(who_has_signed_in_here_waits_for_nobody_else)
{
	char cookie[300];
	const char *at;

	ck_assert_int_eq(log_in("email=bob@hbtn.io&password=pwd", LOCAL, NULL), 200);
	at = strstr(answer.text.p, "Set-Cookie: _my_session_id_d=");
	ck_assert_ptr_nonnull(at);
	(void)snprintf(
	    cookie, sizeof(cookie), "HTTP_COOKIE=%.60s", at + strlen("Set-Cookie: "));
	site.app.env.throttle.limits.wait_s = 3600;
	clock_freeze(1000000, 1700000000000);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(log_in("email=bob@hbtn.io&password=x", LOCAL, NULL), 401);
	ck_assert_int_eq(log_in("email=bob@hbtn.io&password=pwd", LOCAL, NULL), 429);
	clock_thaw();
	ck_assert_int_eq(log_in("email=bob@hbtn.io&password=pwd", LOCAL, cookie), 200);
	/* It is a choice, not a promise of the profile. */
	ck_assert_int_eq(
	    log_in("email=bob@hbtn.io&password=pwd", "REMOTE_ADDR=::1", "DEVICE_COOKIE=off"),
	    200);
	ck_assert_ptr_null(strstr(answer.text.p, "_my_session_id_d"));
}
END_TEST

static const struct {
	const char *params[2];
	bool is_refused;
} transports[] = {
	{ { LOCAL, NULL }, false },
	{ { "REMOTE_ADDR=::1", NULL }, false },
	{ { "REMOTE_ADDR=192.0.2.7", NULL }, true },
	{ { "REMOTE_ADDR=192.0.2.7", "HTTPS=on" }, false },
	{ { "REMOTE_ADDR=192.0.2.7", "REQUEST_SCHEME=https" }, false },
	{ { "REMOTE_ADDR=192.0.2.7", "REQUEST_SCHEME=http" }, true },
	{ { "REMOTE_ADDR=192.0.2.7", "HTTP_X_FORWARDED_PROTO=https" }, true },
	{ { "HTTP_X_FORWARDED_FOR=127.0.0.1", NULL }, true },
	{ { NULL, NULL }, true },
};

START_TEST(what_comes_in_clear_is_answered_on_this_machine_alone)
{
	const char *a = transports[_i].params[0], *b = transports[_i].params[1];
	char *log;

	(void)log_in("email=bob@hbtn.io&password=pwd", a, b);
	log = site_log();
	if (transports[_i].is_refused) {
		answer_is_error(403, "https required");
		ck_assert_ptr_nonnull(strstr(log, "level=warn event=plain-http-refused"));
		ck_assert_ptr_null(strstr(log, "event=login"));
	} else {
		ck_assert_int_eq(answer.status, 200);
	}
	free(log);
	/* Every path. */
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/status",
	    .auth_type = "session_db_auth",
	    .params = { STRICT, a, b } });
	ck_assert_int_eq(answer.status, transports[_i].is_refused ? 403 : 200);
}
END_TEST

static const struct {
	const char *type, *param;
} unsafe[] = {
	{ "none", NULL },
	{ "", NULL },
	{ "session_auth", "LOGIN_THROTTLE=off" },
	{ "session_auth", "CSRF_CHECK=off" },
	{ "session_auth", "CSRF_CHECK=log" },
	{ "session_auth", "SESSION_DURATION=0" },
	{ "session_auth", "SESSION_IDEL=60" },
};

START_TEST(what_is_not_safe_is_500_on_every_path)
{
	static const char *const paths[] = { "/api/v1/status", "/api/v1/users/me", "/" };
	char *log;

	for (int i = 0; i < N(paths); i++) {
		(void)ask((struct ask){ .method = "GET",
		    .path = paths[i],
		    .auth_type = unsafe[_i].type,
		    .params = { STRICT, LOCAL, unsafe[_i].param } });
		answer_is_error(500, "Internal server error");
	}
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=settings-unusable"));
	free(log);
}
END_TEST

/* The attributes of every answer, whatever its status; none twice. */
START_TEST(every_answer_says_more)
{
	static const char *const paths[] = { "/api/v1/status", "/api/v1/users",
		"/api/v1/nothing", "/api/v1/forbidden", "/api/v1/unauthorized" };

	for (int i = 0; i < N(paths); i++) {
		(void)ask((struct ask){ .method = "GET",
		    .path = paths[i],
		    .auth_type = "session_auth",
		    .params = { STRICT, LOCAL, "HTTP_ORIGIN=https://evil.example" } });
		ck_assert_str_eq(answer_header("Content-Security-Policy"),
		    "default-src 'none'; frame-ancestors 'none'");
		ck_assert_str_eq(answer_header("Referrer-Policy"), "no-referrer");
		ck_assert_str_eq(answer_header("Vary"), "Cookie, Origin, Sec-Fetch-Site");
		/* No page of another origin may read it. */
		ck_assert_ptr_null(answer_header("Access-Control-Allow-Origin"));
		ck_assert_ptr_null(strstr(strstr(answer.text.p, "Vary:") + 1, "Vary:"));
	}
}
END_TEST

START_TEST(without_it_nothing_of_this_holds)
{
	struct ask request = { .method = "POST",
		.path = "/api/v1/auth_session/login",
		.auth_type = "session_auth",
		.type = "application/x-www-form-urlencoded",
		.body = "email=eve@hbtn.io&password=x",
		.params = { "REMOTE_ADDR=192.0.2.7" } };

	(void)ask(request);
	answer_is_error(404, "no user found for this email");
	ck_assert_ptr_null(answer_header("Content-Security-Policy"));
	ck_assert_ptr_null(answer_header("Referrer-Policy"));
	ck_assert_ptr_null(answer_header("Vary"));
	request.body = "email=bob@hbtn.io&password=x";
	(void)ask(request);
	answer_is_error(401, "wrong password");
}
END_TEST

START_TEST(an_address_differs_by_more_than_case)
{
	const struct str groups[] = { STR_LIT("admin") };
	struct ask request = { .method = "POST",
		.path = "/api/v1/users",
		.auth_type = "basic_auth",
		.basic = "bob@hbtn.io:pwd",
		.type = "application/json",
		.body = "{\"email\": \"Bob@hbtn.io\", \"password\": \"a long and good one\"}",
		.params = { STRICT, LOCAL } };
	struct user *bob;

	ck_assert_int_eq(
	    users_find_by_email(site.app.env.users, STR_LIT("bob@hbtn.io"), &bob), 0);
	ck_assert_int_eq(users_set_groups(site.app.env.users, str_of(bob->base.id), GROUPS_SET,
			     groups, 1, STR_NULL, NULL),
	    0);
	user_unref(bob);
	(void)ask(request);
	answer_is_error(
	    400, "Can't create User: email already exists in another case of letters");
	request.params[0] = NULL;
	ck_assert_int_eq(ask(request), 201);
}
END_TEST

Suite *
check_strict_suite(void)
{
	Suite *s = suite_create("app/strict");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_site, site_close);
	tcase_add_test(tc, a_login_has_an_id_of_256_bits);
	tcase_add_test(tc, unknown_wrong_and_disabled_have_one_answer);
	tcase_add_test(tc, who_has_signed_in_here_waits_for_nobody_else);
	tcase_add_loop_test(
	    tc, what_comes_in_clear_is_answered_on_this_machine_alone, 0, N(transports));
	tcase_add_loop_test(tc, what_is_not_safe_is_500_on_every_path, 0, N(unsafe));
	tcase_add_test(tc, an_address_differs_by_more_than_case);
	tcase_add_test(tc, every_answer_says_more);
	tcase_add_test(tc, without_it_nothing_of_this_holds);
	suite_add_tcase(s, tc);
	return s;
}
