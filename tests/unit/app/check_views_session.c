/* check_views_session.c - tests of src/app/views_session.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "unit/app/ask.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"

Suite *check_views_session_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FORM     "application/x-www-form-urlencoded"
#define LOGIN    "/api/v1/auth_session/login"
#define LOGOUT   "/api/v1/auth_session/logout"

static const char *const types[] = { "session_auth", "session_exp_auth", "session_db_auth" };
static const char *const types_without[] = { "none", "auth", "", "basic_auth" };

static int
login(const char *type, const char *body)
{
	return ask((struct ask){
	    .method = "POST", .path = LOGIN, .auth_type = type, .type = FORM, .body = body });
}

static int
get_me(const char *type, const char *cookie)
{
	return ask((struct ask){
	    .method = "GET", .path = "/api/v1/users/me", .auth_type = type, .cookie = cookie });
}

static int
logout(const char *type, const char *cookie)
{
	return ask((struct ask){
	    .method = "DELETE", .path = LOGOUT, .auth_type = type, .cookie = cookie });
}

/* --------------------------------------------------------------------- login */

START_TEST(in_and_out)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char id[IDENT_SESSION_BYTES], second[IDENT_SESSION_BYTES], *log;

	ck_assert_int_eq(login(types[_i], "email=bob@hbtn.io&password=pwd"), 200);
	unit_assert_str(buf_str(&bob->public_text), answer.body);
	answer_session_id(id);
	ck_assert_str_eq(
	    answer_header("Set-Cookie") + 15 + 36, "; Path=/; HttpOnly; SameSite=Lax");
	ck_assert_int_eq(get_me(types[_i], id), 200);
	unit_assert_str(buf_str(&bob->public_text), answer.body);

	/* Signing in again adds a session, the old one stays. */
	ck_assert_int_eq(login(types[_i], "email=bob@hbtn.io&password=pwd"), 200);
	answer_session_id(second);
	ck_assert_str_ne(id, second);
	ck_assert_int_eq(get_me(types[_i], id), 200);

	ck_assert_int_eq(logout(types[_i], id), 200);
	ck_assert_str_eq(answer.body, "{}\n");
	ck_assert_str_eq(answer_header("Set-Cookie"),
	    "_my_session_id=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; "
	    "Expires=Thu, 01 Jan 1970 00:00:00 GMT");
	(void)get_me(types[_i], id);
	answer_is_error(403, "Forbidden");
	(void)logout(types[_i], id);
	answer_is_error(403, "Forbidden");
	ck_assert_int_eq(get_me(types[_i], second), 200);

	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=login "));
	ck_assert_ptr_nonnull(strstr(log, "event=logout "));
	ck_assert_ptr_nonnull(strstr(log, bob->base.id));
	ck_assert_ptr_null(strstr(log, id));
	ck_assert_ptr_null(strstr(log, second));
	ck_assert_ptr_null(strstr(log, "bob@hbtn.io"));
	free(log);
	user_unref(bob);
}
END_TEST

START_TEST(the_cookie_is_secure_over_https)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)ask((struct ask){ .method = "POST",
	    .path = LOGIN,
	    .auth_type = "session_auth",
	    .type = FORM,
	    .body = "email=bob@hbtn.io&password=pwd",
	    .params = { "HTTPS=on", "SESSION_NAME=__Host-sid" } });
	ck_assert_int_eq(answer.status, 200);
	ck_assert_int_eq(strncmp(answer_header("Set-Cookie"), "__Host-sid=", 11), 0);
	ck_assert_str_eq(
	    answer_header("Set-Cookie") + 11 + 36, "; Path=/; HttpOnly; SameSite=Lax; Secure");
}
END_TEST

/* ------------------------------------------------------------------- the cookie */

#define LAX "; Path=/; HttpOnly; SameSite=Lax"

static const struct {
	const char *type, *fields;
	const char *params[4];
	const char *before, *after; /* of the id */
} cookie_cases[] = {
	{ "session_auth", "", { "REQUEST_SCHEME=https" }, "_my_session_id=", LAX "; Secure" },
	{ "session_auth", "", { "COOKIE_PREFIX=auto" }, "_my_session_id=", LAX },
	{ "session_auth", "", { "COOKIE_PREFIX=auto", "HTTPS=on" },
	    "__Host-_my_session_id=", LAX "; Secure" },
	{ "session_auth", "", { "COOKIE_PREFIX=auto", "HTTPS=on", "COOKIE_DOMAIN=example.org" },
	    "__Secure-_my_session_id=", LAX "; Secure; Domain=example.org" },
	{ "session_auth", "", { "COOKIE_DOMAIN=example.org", "HTTP_HOST=www.example.org" },
	    "_my_session_id=", LAX "; Domain=example.org" },
	{ "session_auth", "", { "COOKIE_SAME_SITE=strict" },
	    "_my_session_id=", "; Path=/; HttpOnly; SameSite=Strict" },
	{ "session_auth", "", { "COOKIE_SAME_SITE=none", "HTTPS=on" },
	    "_my_session_id=", "; Path=/; HttpOnly; SameSite=None; Secure" },
	/* Remembered: where the operator allows it, and no longer than the session lives. */
	{ "session_auth", "&remember=1", { NULL }, "_my_session_id=", LAX },
	{ "session_auth", "", { "SESSION_REMEMBER=30d" }, "_my_session_id=", LAX },
	{ "session_auth", "&remember=", { "SESSION_REMEMBER=30d" }, "_my_session_id=", LAX },
	{ "session_auth", "&remember=0", { "SESSION_REMEMBER=30d" }, "_my_session_id=", LAX },
	{ "session_auth", "&remember=1", { "SESSION_REMEMBER=0" }, "_my_session_id=", LAX },
	{ "session_auth", "&remember=1", { "SESSION_REMEMBER=30d" },
	    "_my_session_id=", LAX "; Max-Age=2592000" },
	{ "session_auth", "&remember=1", { "SESSION_REMEMBER=30d", "SESSION_DURATION=60" },
	    "_my_session_id=", LAX "; Max-Age=2592000" },
	{ "session_exp_auth", "&remember=1", { "SESSION_REMEMBER=30d", "SESSION_DURATION=60" },
	    "_my_session_id=", LAX "; Max-Age=60" },
	{ "session_db_auth", "&remember=1", { "SESSION_REMEMBER=50", "SESSION_DURATION=60" },
	    "_my_session_id=", LAX "; Max-Age=50" },
	{ "session_db_auth", "&remember=1", { "SESSION_REMEMBER=50" },
	    "_my_session_id=", LAX "; Max-Age=50" },
};

START_TEST(the_cookie_is_as_it_was_set)
{
	struct ask it = { .method = "POST",
		.path = LOGIN,
		.auth_type = cookie_cases[_i].type,
		.type = FORM };
	char body[100], cookie[300], id[IDENT_SESSION_BYTES];
	const char *set;
	size_t n = strlen(cookie_cases[_i].before), n_params = 0;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)snprintf(
	    body, sizeof(body), "email=bob@hbtn.io&password=pwd%s", cookie_cases[_i].fields);
	it.body = body;
	for (; n_params < 4 && cookie_cases[_i].params[n_params] != NULL; n_params++)
		it.params[n_params] = cookie_cases[_i].params[n_params];
	ck_assert_int_eq(ask(it), 200);
	set = answer_header("Set-Cookie");
	ck_assert_int_eq(strncmp(set, cookie_cases[_i].before, n), 0);
	ck_assert_str_eq(set + n + 36, cookie_cases[_i].after);
	(void)snprintf(id, sizeof(id), "%.36s", set + n);

	/* It is read by the same name, and expired by it. */
	(void)snprintf(cookie, sizeof(cookie), "HTTP_COOKIE=%s%s", cookie_cases[_i].before, id);
	it.method = "GET";
	it.path = "/api/v1/users/me";
	it.body = it.type = NULL;
	it.params[n_params] = cookie;
	ck_assert_int_eq(ask(it), 200);
	it.method = "DELETE";
	it.path = LOGOUT;
	ck_assert_int_eq(ask(it), 200);
	set = answer_header("Set-Cookie");
	ck_assert_int_eq(strncmp(set, cookie_cases[_i].before, n), 0);
	ck_assert_ptr_nonnull(
	    strstr(set, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"));
	ck_assert((strstr(set, "; Domain=example.org") != NULL) ==
		  (strstr(cookie_cases[_i].after, "; Domain=example.org") != NULL));
}
END_TEST

/* Whoever may set cookies for the domain may have set one of them. */
START_TEST(of_two_cookies_none_counts_where_a_neighbour_may_set_one)
{
	static const char *const hardened[] = { "COOKIE_DOMAIN=example.org",
		"COOKIE_PREFIX=auto" };
	char id[IDENT_SESSION_BYTES], two[300], *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=pwd"), 200);
	answer_session_id(id);
	for (int order = 0; order < 2; order++) {
		(void)snprintf(two, sizeof(two),
		    "HTTP_COOKIE=_my_session_id=%s; _my_session_id=%s", order == 0 ? id : "x",
		    order == 0 ? "x" : id);
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(ask((struct ask){ .method = "GET",
					     .path = "/api/v1/users/me",
					     .auth_type = "session_auth",
					     .params = { two, hardened[i] } }),
			    401);
		/* As the contract has it, the first counts. */
		ck_assert_int_eq(ask((struct ask){ .method = "GET",
				     .path = "/api/v1/users/me",
				     .auth_type = "session_auth",
				     .params = { two } }),
		    order == 0 ? 200 : 403);
	}
	(void)snprintf(
	    two, sizeof(two), "HTTP_COOKIE=_my_session_id=%s; _my_session_id=%s", id, id);
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me",
			     .auth_type = "session_auth",
			     .params = { two, hardened[0] } }),
	    200);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=cookie-ambiguous"));
	ck_assert_ptr_nonnull(strstr(log, "so none of them counts"));
	free(log);
}
END_TEST

START_TEST(a_wrong_setting_is_500_on_every_path)
{
	static const char *const wrong[] = { "SESSION_IDLE=1x", "SESSION_MAX_PER_USER=x",
		"SESSION_REPLACE=x", "SESSION_REMEMBER=x", "COOKIE_DOMAIN=x", "COOKIE_PREFIX=x",
		"COOKIE_SAME_SITE=x" };
	static const char *const paths[] = { LOGIN, LOGOUT, "/api/v1/status", "/api/v1/users",
		"/nowhere" };
	char value[100], *log;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)ask((struct ask){ .method = "GET",
		    .path = paths[i],
		    .auth_type = "session_auth",
		    .params = { wrong[_i] } });
		ck_assert_int_eq(answer.status, 500);
	}
	log = site_log();
	(void)snprintf(value, sizeof(value), "problem=\"%.*s ",
	    (int)(strchr(wrong[_i], '=') - wrong[_i]), wrong[_i]);
	ck_assert_ptr_nonnull(strstr(log, "level=error event=settings-unusable"));
	ck_assert_ptr_nonnull(strstr(log, value));
	free(log);
}
END_TEST

/* -------------------------------------------------------------------- replaced */

static int
login_again(const char *type, const char *cookie, const char *body, const char *param)
{
	return ask((struct ask){ .method = "POST",
	    .path = LOGIN,
	    .auth_type = type,
	    .cookie = cookie,
	    .type = FORM,
	    .body = body,
	    .params = { param } });
}

START_TEST(a_login_ends_the_session_that_it_came_with)
{
	char first[IDENT_SESSION_BYTES], second[IDENT_SESSION_BYTES],
	    third[IDENT_SESSION_BYTES], *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("ann@hbtn.io", "pwd"));
	ck_assert_int_eq(login(types[_i], "email=bob@hbtn.io&password=pwd"), 200);
	answer_session_id(first);
	/* Not where the login fails. */
	ck_assert_int_eq(
	    login_again(types[_i], first, "email=bob@hbtn.io&password=x", "SESSION_REPLACE=on"),
	    401);
	ck_assert_int_eq(get_me(types[_i], first), 200);
	ck_assert_int_eq(login_again(types[_i], first, "email=bob@hbtn.io&password=pwd",
			     "SESSION_REPLACE=on"),
	    200);
	answer_session_id(second);
	ck_assert_int_eq(get_me(types[_i], first), 403);
	ck_assert_int_eq(get_me(types[_i], second), 200);
	/* Nor where it is off; and somebody else's goes too. */
	ck_assert_int_eq(login_again(types[_i], second, "email=bob@hbtn.io&password=pwd",
			     "SESSION_REPLACE=off"),
	    200);
	ck_assert_int_eq(get_me(types[_i], second), 200);
	ck_assert_int_eq(login_again(types[_i], second, "email=ann@hbtn.io&password=pwd",
			     "SESSION_REPLACE=on"),
	    200);
	answer_session_id(third);
	ck_assert_int_eq(get_me(types[_i], second), 403);
	ck_assert_int_eq(get_me(types[_i], third), 200);
	/* An id that nobody has been given stays none. */
	ck_assert_int_eq(login_again(types[_i], "5535d4d7-3d77-4d06-8281-495dc3acfe76",
			     "email=ann@hbtn.io&password=pwd", "SESSION_REPLACE=on"),
	    200);
	ck_assert_int_eq(get_me(types[_i], "5535d4d7-3d77-4d06-8281-495dc3acfe76"), 403);
	ck_assert_int_eq(get_me(types[_i], third), 200);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=info event=session-replaced"));
	free(log);
}
END_TEST

/* If the old one cannot be ended there is no new one. */
START_TEST(what_cannot_be_replaced_stays)
{
	char id[IDENT_SESSION_BYTES];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(login(types[_i], "email=bob@hbtn.io&password=pwd"), 200);
	answer_session_id(id);
	fail_part("table_remove", 1, -ETIMEDOUT);
	ck_assert_int_eq(
	    login_again(types[_i], id, "email=bob@hbtn.io&password=pwd", "SESSION_REPLACE=on"),
	    503);
	ck_assert(fail_part_is_done());
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 1);
}
END_TEST

/* ------------------------------------------------------------------ of one user */

START_TEST(a_site_may_allow_fewer_sessions_of_a_user)
{
	char ids[4][IDENT_SESSION_BYTES];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 4; i++) {
		clock_freeze(1000000 + i * 1000, INT64_C(1508127784000) + i * 1000);
		ck_assert_int_eq(
		    login_again(types[_i], NULL, "email=bob@hbtn.io&password=pwd",
			i == 3 ? "SESSION_MAX_PER_USER=2" : "SESSION_MAX_PER_USER=5000"),
		    200);
		answer_session_id(ids[i]);
	}
	ck_assert_int_eq(get_me(types[_i], ids[0]), 403);
	ck_assert_int_eq(get_me(types[_i], ids[1]), 403);
	ck_assert_int_eq(get_me(types[_i], ids[2]), 200);
	ck_assert_int_eq(get_me(types[_i], ids[3]), 200);
	clock_thaw();
}
END_TEST

static const struct {
	const char *type, *body, *query;
	int status;
	const char *error;
} refused[] = {
	{ FORM, "", NULL, 400, "email missing" },
	{ FORM, NULL, NULL, 400, "email missing" },
	{ FORM, "email=", NULL, 400, "email missing" },
	{ FORM, "email", NULL, 400, "email missing" },
	{ FORM, "email=&password=pwd", NULL, 400, "email missing" },
	{ FORM, "password=pwd", NULL, 400, "email missing" },
	{ FORM, "Email=bob@hbtn.io&password=pwd", NULL, 400, "email missing" },
	{ FORM, "email=&email=bob@hbtn.io&password=pwd", NULL, 400, "email missing" },
	{ FORM, "email=bob@hbtn.io", NULL, 400, "password missing" },
	{ FORM, "email=bob@hbtn.io&password=", NULL, 400, "password missing" },
	{ FORM, "email=nobody@hbtn.io", NULL, 400, "password missing" },
	{ FORM, "email=nobody@hbtn.io&password=pwd", NULL, 404,
	    "no user found for this email" },
	{ FORM, "email=Bob@hbtn.io&password=pwd", NULL, 404, "no user found for this email" },
	{ FORM, "email= bob@hbtn.io&password=pwd", NULL, 404, "no user found for this email" },
	{ FORM, "email=bob%00@hbtn.io&password=pwd", NULL, 404,
	    "no user found for this email" },
	{ FORM, "email=bob@hbtn.io&password=wrong", NULL, 401, "wrong password" },
	{ FORM, "email=bob@hbtn.io&password=pwd%20", NULL, 401, "wrong password" },
	{ FORM, "email=bob@hbtn.io&password=pwd%00", NULL, 401, "wrong password" },
	{ FORM, "email=bob@hbtn.io&password=pw&password=pwd", NULL, 401, "wrong password" },
	/* Neither JSON nor the query is read. */
	{ "application/json", "{\"email\": \"bob@hbtn.io\", \"password\": \"pwd\"}", NULL, 400,
	    "email missing" },
	{ FORM, "", "QUERY_STRING=email=bob@hbtn.io&password=pwd", 400, "email missing" },
	{ NULL, "email=bob@hbtn.io&password=pwd", NULL, 400, "email missing" },
	{ "text/plain", "email=bob@hbtn.io&password=pwd", NULL, 400, "email missing" },
	{ "multipart/form-data", "email=bob@hbtn.io&password=pwd", NULL, 400, "email missing" },
};

static void
try_refused(int i, const char *type)
{
	(void)ask((struct ask){ .method = "POST",
	    .path = LOGIN,
	    .auth_type = type,
	    .type = refused[i].type,
	    .body = refused[i].body,
	    .params = { refused[i].query } });
	answer_is_error(refused[i].status, refused[i].error);
	ck_assert_ptr_null(answer_header("Set-Cookie"));
}

START_TEST(what_is_refused_in_which_order)
{
	char *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site.app.env.throttle.limits.tries = 100;
	for (int t = 0; t < N(types); t++)
		try_refused(_i, types[t]);
	/* The same checks where there are no sessions. */
	for (int t = 0; t < N(types_without); t++)
		try_refused(_i, types_without[t]);
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	/* People type passwords into the wrong field. */
	log = site_log();
	ck_assert_ptr_null(strstr(log, "hbtn.io"));
	ck_assert_ptr_null(strstr(log, "pwd"));
	free(log);
}
END_TEST

START_TEST(without_sessions_a_correct_login_is_not_found)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)login(types_without[_i], "email=bob@hbtn.io&password=pwd");
	answer_is_error(404, "Not found");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
}
END_TEST

START_TEST(multipart_is_a_form_too)
{
	user_unref(site_add_user("bob@hbtn.io", "p w+d"));
	ck_assert_int_eq(
	    ask((struct ask){ .method = "POST",
		.path = LOGIN,
		.auth_type = "session_auth",
		.type = "multipart/form-data; boundary=XX",
		.body = "--XX\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\n"
			"bob@hbtn.io\r\n--XX\r\nContent-Disposition: form-data; "
			"name=\"password\"\r\n\r\np w+d\r\n--XX--\r\n" }),
	    200);
	/* A blank may be a plus, or itself. */
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=p+w%2Bd"), 200);
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=p w%2bd"), 200);
}
END_TEST

/* Presenting an id never makes it one. */
START_TEST(no_fixation)
{
	static const char mine[] = "cf3ddee1-ff24-49e4-a40b-2540333fe992";
	char id[IDENT_SESSION_BYTES];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = LOGIN,
			     .auth_type = "session_auth",
			     .cookie = mine,
			     .type = FORM,
			     .body = "email=bob@hbtn.io&password=pwd" }),
	    200);
	answer_session_id(id);
	ck_assert_str_ne(id, mine);
	ck_assert_int_eq(get_me("session_auth", mine), 403);
}
END_TEST

/* -------------------------------------------------------------------- logout */

START_TEST(out_without_being_in)
{
	(void)logout(types[_i], NULL);
	answer_is_error(401, "Unauthorized");
	(void)logout(types[_i], "");
	answer_is_error(401, "Unauthorized");
	(void)logout(types[_i], "cf3ddee1-ff24-49e4-a40b-2540333fe992");
	answer_is_error(403, "Forbidden");
}
END_TEST

START_TEST(out_where_there_are_no_sessions)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)logout("none", NULL);
	answer_is_error(404, "Not found");
	(void)ask((struct ask){ .method = "DELETE",
	    .path = LOGOUT,
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd" });
	answer_is_error(404, "Not found");
}
END_TEST

struct elsewhere {
	const char *type, *id;
};

/* Another process ends the session that this one is about to end. */
static void
end_elsewhere(void *arg)
{
	const struct elsewhere *elsewhere = arg;
	enum table_kind kind = strcmp(elsewhere->type, "session_db_auth") == 0
				   ? TABLE_KIND_STORED
				   : TABLE_KIND_MEMORY;
	struct digest_tag tag =
	    user_session_digest(&site.app.env.key, kind, STR_LIT(""), str_of(elsewhere->id));

	ck_assert_int_eq(table_remove(site.app.env.table, &tag), 0);
}

/* Of two logouts at once one is too late.  It was told that there is no such route. */
START_TEST(out_when_somebody_else_was_faster)
{
	char id[IDENT_SESSION_BYTES];
	struct elsewhere elsewhere = { types[_i], id };

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)login(types[_i], "email=bob@hbtn.io&password=pwd");
	answer_session_id(id);
	fail_part_before("table_remove", end_elsewhere, &elsewhere);
	(void)logout(types[_i], id);
	answer_is_error(403, "Forbidden");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
}
END_TEST

START_TEST(a_deleted_users_sessions_are_gone)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char id[IDENT_SESSION_BYTES], path[100];

	(void)login(types[_i], "email=bob@hbtn.io&password=pwd");
	answer_session_id(id);
	(void)snprintf(path, sizeof(path), "/api/v1/users/%s", bob->base.id);
	ck_assert_int_eq(
	    ask((struct ask){
		.method = "DELETE", .path = path, .auth_type = types[_i], .cookie = id }),
	    200);
	(void)get_me(types[_i], id);
	answer_is_error(403, "Forbidden");
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	user_unref(bob);
}
END_TEST

/* --------------------------------------------------------------------- races */

static void
set_password_meanwhile(void *arg)
{
	ck_assert_int_eq(account_set_password(&site.accounts, str_of(arg), STR_LIT("new")), 0);
}

static void
delete_meanwhile(void *arg)
{
	ck_assert_int_eq(account_delete(&site.accounts, str_of(arg)), 0);
}

/*
 * The old password was right when it was verified; then another one was set and all sessions
 * were ended; then this login's session is made.  It must not be handed out.
 */
START_TEST(a_password_that_changes_during_the_login)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part_before("table_insert_after", set_password_meanwhile, bob->base.id);
	(void)login(types[_i], "email=bob@hbtn.io&password=pwd");
	answer_is_error(401, "wrong password");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	site_reboot();
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	ck_assert_int_eq(login(types[_i], "email=bob@hbtn.io&password=new"), 200);
	user_unref(bob);
}
END_TEST

START_TEST(a_user_that_is_deleted_during_the_login)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part_before("table_insert_after", delete_meanwhile, bob->base.id);
	(void)login(types[_i], "email=bob@hbtn.io&password=pwd");
	answer_is_error(404, "no user found for this email");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	user_unref(bob);
}
END_TEST

static void
disable_meanwhile(void *arg)
{
	ck_assert_int_eq(account_set_disabled(&site.accounts, str_of(arg), true), 0);
}

START_TEST(a_user_that_is_disabled_during_the_login)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part_before("table_insert_after", disable_meanwhile, bob->base.id);
	(void)login(types[_i], "email=bob@hbtn.io&password=pwd");
	answer_is_error(401, "wrong password");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(table_count(site.app.env.table), 1);
	user_unref(bob);
}
END_TEST

/* What the client is told is what a wrong password gets; the log tells why. */
START_TEST(a_disabled_users_login_is_one_with_a_wrong_password)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char *wrong, *log;

	(void)login(types[_i], "email=bob@hbtn.io&password=x");
	wrong = str_dup(buf_str(&answer.text));
	ck_assert_int_eq(account_set_disabled(&site.accounts, str_of(bob->base.id), true), 0);
	for (int i = 0; i < 2; i++) {
		site_forget_log();
		(void)login(types[_i],
		    i == 0 ? "email=bob@hbtn.io&password=pwd" : "email=bob@hbtn.io&password=x");
		answer_is_error(401, "wrong password");
		ck_assert_str_eq(answer.text.p, wrong);
		log = site_log();
		ck_assert_ptr_nonnull(strstr(log, " reason=\"the user is disabled\" user="));
		free(log);
	}
	free(wrong);
	user_unref(bob);
}
END_TEST

/* ------------------------------------------------------------------- failures */

static const struct {
	const char *part;
	int code;
} failures[] = {
	{ "admission_enter", -EBUSY },
	{ "table_insert_after", -ENOSPC },
	{ "table_insert_after", -ETIMEDOUT },
	{ "journal_append", -ENOSPC },
	{ "journal_sync", -EIO },
};

START_TEST(a_failed_login_is_a_503_and_no_session)
{
	char *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part(failures[_i].part, 1, failures[_i].code);
	(void)login("session_db_auth", "email=bob@hbtn.io&password=pwd");
	answer_is_error(503, "Service unavailable");
	ck_assert(fail_part_is_done());
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=unavailable"));
	free(log);
	ck_assert_int_eq(login("session_db_auth", "email=bob@hbtn.io&password=pwd"), 200);
}
END_TEST

/* README: "the log says which". */
START_TEST(the_log_says_what_is_full)
{
	char *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	site.settings.max_sessions = 1;
	site_reopen();
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=pwd"), 200);
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=pwd"), 503);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "there are --max-sessions login sessions"));
	free(log);
	site_forget_log();
	site.settings.max_sessions = 2;
	site_reopen();
	fail_part("table_insert_after", 1, -ENOSPC);
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=pwd"), 503);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "disk"));
	ck_assert_ptr_null(strstr(log, "max-sessions"));
	free(log);
	ck_assert_int_eq(login("session_auth", "email=bob@hbtn.io&password=pwd"), 200);
}
END_TEST

START_TEST(without_randomness_nobody_gets_a_session)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (unsigned i = 1; i <= 3; i++) {
		fail_random_at(i);
		if (login("session_auth", "email=bob@hbtn.io&password=pwd") == 200)
			continue;
		answer_is_error(503, "Service unavailable");
		ck_assert_ptr_null(answer_header("Set-Cookie"));
	}
	fail_random_at(0);
}
END_TEST

START_TEST(a_failed_logout_is_a_503_and_the_session_lives)
{
	char id[IDENT_SESSION_BYTES];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)login("session_db_auth", "email=bob@hbtn.io&password=pwd");
	answer_session_id(id);
	fail_part("journal_sync", 1, -EIO);
	(void)logout("session_db_auth", id);
	answer_is_error(503, "Service unavailable");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_int_eq(get_me("session_db_auth", id), 200);
	fail_part("table_remove", 1, -ETIMEDOUT);
	ck_assert_int_eq(logout("session_db_auth", id), 503);
	ck_assert_int_eq(logout("session_db_auth", id), 200);
	ck_assert_int_eq(get_me("session_db_auth", id), 403);
}
END_TEST

/* ------------------------------------------------------------------- throttled */

/* A try under that setting; the address may be unknown. */
static int
try_as(const char *email, const char *password, const char *setting)
{
	char body[100];

	(void)snprintf(body, sizeof(body), "email=%s&password=%s", email, password);
	return ask((struct ask){ .method = "POST",
	    .path = LOGIN,
	    .auth_type = "session_auth",
	    .type = FORM,
	    .body = body,
	    .params = { "REMOTE_ADDR=192.0.2.1", setting } });
}

static int
try_with(const char *email, const char *password, const char *cookies)
{
	char body[100];

	(void)snprintf(body, sizeof(body), "email=%s&password=%s", email, password);
	return ask((struct ask){ .method = "POST",
	    .path = LOGIN,
	    .auth_type = "session_auth",
	    .type = FORM,
	    .body = body,
	    .params = { "REMOTE_ADDR=192.0.2.1", "DEVICE_COOKIE=on", cookies } });
}

static const struct {
	const char *email;
	int status;
} tried[] = { { "bob@hbtn.io", 401 }, { "eve@hbtn.io", 404 } };

/* Whether there is such a user or not. */
START_TEST(the_sixth_try_waits)
{
	const char *email = tried[_i].email;
	char *log;

	clock_freeze(1000000, 1000000);
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(try_as(email, "x", NULL), tried[_i].status);
	site_forget_log();
	for (int i = 0; i < 2; i++) {
		/* The right one is not looked at. */
		ck_assert_int_eq(try_as(email, "pwd", NULL), 429);
		answer_is_error(429, "Too many requests");
		ck_assert_str_eq(answer_header("Retry-After"), "1");
		ck_assert_ptr_null(answer_header("Set-Cookie"));
	}
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=login-throttled"));
	ck_assert_ptr_nonnull(strstr(log, " by=\"user and network\""));
	ck_assert_ptr_nonnull(strstr(log, " wait_s=1"));
	ck_assert_int_eq(strstr(log, " user=") != NULL, tried[_i].status == 401);
	ck_assert_ptr_null(strstr(log, "@"));
	ck_assert_ptr_null(strstr(log, "login-failed"));
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_FAILED), 5);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_THROTTLED), 2);
	/* Where it is off, nothing counts. */
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(try_as(email, "x", "LOGIN_THROTTLE=off"), tried[_i].status);
	clock_freeze(1001000, 1001000);
	ck_assert_int_eq(try_as(email, "pwd", NULL), tried[_i].status == 401 ? 200 : 404);
	ck_assert_int_eq(try_as(email, "x", NULL), tried[_i].status == 401 ? 401 : 429);
}
END_TEST

/* With the device cookie of a sign-in the same network is another one. */
START_TEST(a_known_device_does_not_wait)
{
	char cookies[300], user[40];
	const char *at;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("ann@hbtn.io", "pwd"));
	ck_assert_int_eq(try_as("bob@hbtn.io", "pwd", NULL), 200);
	ck_assert_ptr_null(strstr(answer.text.p, "_my_session_id_d"));
	ck_assert_int_eq(try_as("bob@hbtn.io", "pwd", "DEVICE_COOKIE=on"), 200);
	at = strstr(answer.text.p, "Set-Cookie: _my_session_id_d=");
	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_nonnull(strstr(answer.text.p, "Set-Cookie: _my_session_id="));
	at += strlen("Set-Cookie: _my_session_id_d=");
	ck_assert_uint_eq(strcspn(at, ";\r"), 43);
	ck_assert(str_starts_with(str_of(at + 43),
	    STR_LIT("; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000\r\n")));
	(void)snprintf(cookies, sizeof(cookies), "HTTP_COOKIE=_my_session_id_d=%.43s", at);
	/* It opens nothing. */
	(void)snprintf(user, sizeof(user), "%.36s", at);
	ck_assert_int_eq(get_me("session_auth", user), 403);
	site.app.env.throttle.limits.wait_s = 3600;
	clock_freeze(1000000, 1700000000000);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(try_as("bob@hbtn.io", "x", "DEVICE_COOKIE=on"), 401);
	ck_assert_int_eq(try_as("bob@hbtn.io", "pwd", "DEVICE_COOKIE=on"), 429);
	clock_thaw();
	ck_assert_int_eq(try_with("bob@hbtn.io", "pwd", cookies), 200);
}
END_TEST

START_TEST(another_switch_than_on_and_off_opens_nothing)
{
	char *log;

	site_forget_log();
	ck_assert_int_eq(try_as("eve@hbtn.io", "x", "LOGIN_THROTTLE=no"), 500);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=settings-unusable"));
	ck_assert_ptr_nonnull(strstr(log, "\"LOGIN_THROTTLE must be on or off\""));
	ck_assert_ptr_nonnull(strstr(log, " value=no"));
	free(log);
}
END_TEST

/* What was not looked at for want of a hash, or of what else, does not count. */
START_TEST(a_503_is_no_try)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 9; i++) {
		fail_part("admission_enter", 1, -EBUSY);
		ck_assert_int_eq(try_as("bob@hbtn.io", "x", NULL), 503);
	}
	ck_assert_int_eq(try_as("bob@hbtn.io", "x", NULL), 401);
	site.app.env.throttle.failures.shut_until_ms = INT64_MAX;
	ck_assert_int_eq(try_as("bob@hbtn.io", "pwd", NULL), 503);
	site.app.env.throttle.failures.shut_until_ms = 0;
	ck_assert_int_eq(try_as("bob@hbtn.io", "pwd", NULL), 200);
}
END_TEST

Suite *
check_views_session_suite(void)
{
	Suite *s = suite_create("app/views_session");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, in_and_out, 0, N(types));
	tcase_add_test(tc, the_cookie_is_secure_over_https);
	tcase_add_loop_test(tc, the_cookie_is_as_it_was_set, 0, N(cookie_cases));
	tcase_add_test(tc, of_two_cookies_none_counts_where_a_neighbour_may_set_one);
	tcase_add_loop_test(tc, a_wrong_setting_is_500_on_every_path, 0, 7);
	tcase_add_loop_test(tc, a_login_ends_the_session_that_it_came_with, 0, N(types));
	tcase_add_loop_test(tc, what_cannot_be_replaced_stays, 0, N(types));
	tcase_add_loop_test(tc, a_site_may_allow_fewer_sessions_of_a_user, 0, N(types));
	tcase_add_loop_test(tc, what_is_refused_in_which_order, 0, N(refused));
	tcase_add_loop_test(
	    tc, without_sessions_a_correct_login_is_not_found, 0, N(types_without));
	tcase_add_test(tc, multipart_is_a_form_too);
	tcase_add_test(tc, no_fixation);
	tcase_add_loop_test(tc, out_without_being_in, 0, N(types));
	tcase_add_test(tc, out_where_there_are_no_sessions);
	tcase_add_loop_test(tc, out_when_somebody_else_was_faster, 0, 3);
	tcase_add_loop_test(tc, a_deleted_users_sessions_are_gone, 0, N(types));
	tcase_add_loop_test(tc, a_password_that_changes_during_the_login, 0, N(types));
	tcase_add_loop_test(tc, a_user_that_is_deleted_during_the_login, 0, N(types));
	tcase_add_loop_test(tc, a_user_that_is_disabled_during_the_login, 0, N(types));
	tcase_add_loop_test(
	    tc, a_disabled_users_login_is_one_with_a_wrong_password, 0, N(types));
	suite_add_tcase(s, tc);

	tc = tcase_create("throttled");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, the_sixth_try_waits, 0, N(tried));
	tcase_add_test(tc, a_known_device_does_not_wait);
	tcase_add_test(tc, another_switch_than_on_and_off_opens_nothing);
	tcase_add_test(tc, a_503_is_no_try);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, a_failed_login_is_a_503_and_no_session, 0, N(failures));
	tcase_add_test(tc, the_log_says_what_is_full);
	tcase_add_test(tc, without_randomness_nobody_gets_a_session);
	tcase_add_test(tc, a_failed_logout_is_a_503_and_the_session_lives);
	suite_add_tcase(s, tc);
	return s;
}
