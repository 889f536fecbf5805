/* check_filter.c - tests of auth_filter(): who gets in */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "auth/auth.h"
#include "unit/auth/visit.h"
#include "unit/fail_part.h"

Suite *check_filter_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

enum {
	PASS,
	USER = AUTHN_N, /* passed, with a current user */
	NONE = AUTHN_NO_CREDENTIALS,
	BAD = AUTHN_BAD_CREDENTIALS,
	WRONG = AUTHN_WRONG_PASSWORD,
	ENDED = AUTHN_NO_SESSION,
	SHUT = AUTHN_MISCONFIGURED,
};

/*
 * What each kind of credential is answered with on a path that needs one.  The good cookie is
 * one of the type itself; for types without sessions, one of session_auth.
 */
static const struct {
	const char *type; /* NULL: unset */
	int none, empty, bad_basic, good_basic, bad_cookie, good_cookie;
	int good_basic_bad_cookie, bad_basic_good_cookie, public_path;
} cases[] = {
	{ "none", PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS, PASS },
	{ NULL, NONE, NONE, BAD, BAD, BAD, BAD, BAD, BAD, PASS },
	{ "", NONE, NONE, BAD, BAD, BAD, BAD, BAD, BAD, PASS },
	{ "auth", NONE, NONE, BAD, BAD, BAD, BAD, BAD, BAD, PASS },
	{ "basic_auth", NONE, NONE, WRONG, USER, BAD, BAD, USER, WRONG, PASS },
	{ "session_auth", NONE, NONE, ENDED, ENDED, ENDED, USER, ENDED, USER, PASS },
	{ "session_exp_auth", NONE, NONE, ENDED, ENDED, ENDED, USER, ENDED, USER, PASS },
	{ "session_db_auth", NONE, NONE, ENDED, ENDED, ENDED, USER, ENDED, USER, PASS },
	{ "sesion_auth", SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT },
	{ "Basic", SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT, SHUT },
};

static char session_id[IDENT_SESSION_BYTES];

/* As the original has them. */
static const struct str excluded[] = { STR_INIT("/api/v1/status/"),
	STR_INIT("/api/v1/unauthorized/"), STR_INIT("/api/v1/forbidden/"),
	STR_INIT("/api/v1/auth_session/login/") };

static int
filter(const struct visit *v, struct user **ret_user)
{
	return auth_filter(v->auth, v->request.path, excluded, N(excluded), ret_user);
}

static int
run(int i, const char *path, const char *a, const char *b)
{
	struct visit *v = visit_path(cases[i].type, path, a, b, NULL);
	struct user *user;
	int r = filter(v, &user);

	/* Whoever does not pass is nobody. */
	if (user != NULL) {
		ck_assert_int_eq(r, 0);
		unit_assert_str(user->email, "bob@hbtn.io");
		r = USER;
	}
	user_unref(user);
	return r;
}

static void
sign_in(const char *type)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	const struct auth *auth =
	    visit(type != NULL && strncmp(type, "session", 7) == 0 ? type : "session_auth",
		NULL, NULL, NULL)
		->auth;

	ck_assert_int_eq(auth->ops->create_session(auth, str_of(bob->base.id), session_id), 0);
	user_unref(bob);
}

START_TEST(who_gets_in)
{
	static const char path[] = "/api/v1/users";
	char good_basic[128], bad_basic[128];

	sign_in(cases[_i].type);
	(void)snprintf(good_basic, sizeof(good_basic), "%s", visit_basic("bob@hbtn.io:pwd"));
	(void)snprintf(bad_basic, sizeof(bad_basic), "%s", visit_basic("bob@hbtn.io:pwe"));
	ck_assert_int_eq(run(_i, path, NULL, NULL), cases[_i].none);
	ck_assert_int_eq(run(_i, path, "HTTP_AUTHORIZATION=", "HTTP_COOKIE="), cases[_i].empty);
	ck_assert_int_eq(run(_i, path, "HTTP_COOKIE=_my_session_id=", NULL), cases[_i].empty);
	ck_assert_int_eq(run(_i, path, "HTTP_COOKIE=other=1", NULL), cases[_i].empty);
	ck_assert_int_eq(run(_i, path, bad_basic, NULL), cases[_i].bad_basic);
	ck_assert_int_eq(run(_i, path, "HTTP_AUTHORIZATION=Test", NULL),
	    cases[_i].bad_basic == WRONG ? BAD : cases[_i].bad_basic);
	ck_assert_int_eq(run(_i, path, good_basic, NULL), cases[_i].good_basic);
	ck_assert_int_eq(run(_i, path, visit_cookie("x"), NULL), cases[_i].bad_cookie);
	ck_assert_int_eq(run(_i, path, visit_cookie(session_id), NULL), cases[_i].good_cookie);
	ck_assert_int_eq(
	    run(_i, path, good_basic, visit_cookie("x")), cases[_i].good_basic_bad_cookie);
	ck_assert_int_eq(run(_i, path, bad_basic, visit_cookie(session_id)),
	    cases[_i].bad_basic_good_cookie);
}
END_TEST

static const char *const public_paths[] = { "/api/v1/status", "/api/v1/status/",
	"/api/v1/unauthorized", "/api/v1/unauthorized/", "/api/v1/forbidden",
	"/api/v1/forbidden/", "/api/v1/auth_session/login", "/api/v1/auth_session/login/" };

static const char *const closed_paths[] = { "/", "", "/api/v1", "/api/v1/", "/api/v1/stats",
	"/api/v1/stats/", "/api/v1/users", "/api/v1/users/me", "/api/v1/auth_session/logout",
	"/api/v1/auth_session/logout/", "/api/v1/unknown", "/api/v1/status//",
	"/api/v1/status/x", "/api/v1/statu", "/api/v1/statuss", "/API/v1/status",
	"/api/v1/Status", "/api/v1/%73tatus", "//api/v1/status", "/api/v1/users/../status",
	"/api/v1/status/.", "/api/v1/auth_session/login/.." };

START_TEST(public_and_closed_paths)
{
	for (int p = 0; p < N(public_paths); p++) {
		ck_assert_msg(run(_i, public_paths[p], NULL, NULL) == cases[_i].public_path,
		    "%s", public_paths[p]);
		/* A bad credential does no harm where none is needed. */
		ck_assert_int_eq(
		    run(_i, public_paths[p], visit_basic("x:y"), visit_cookie("x")),
		    cases[_i].public_path);
	}
	for (int p = 0; p < N(closed_paths); p++) {
		ck_assert_msg(run(_i, closed_paths[p], NULL, NULL) == cases[_i].none, "%s",
		    closed_paths[p]);
		ck_assert_int_eq(
		    run(_i, closed_paths[p], visit_cookie("x"), NULL), cases[_i].bad_cookie);
	}
}
END_TEST

START_TEST(an_unusable_cookie_name_closes_all)
{
	struct user *user;
	struct visit *v;

	v = visit_path("none", "/api/v1/status", "SESSION_NAME=a b", NULL, NULL);
	ck_assert_int_eq(filter(v, &user), AUTHN_MISCONFIGURED);
	ck_assert_ptr_null(user);
	v = visit_path("session_auth", "/api/v1/users", "SESSION_NAME=", NULL, NULL);
	ck_assert_int_eq(filter(v, &user), AUTHN_MISCONFIGURED);
	ck_assert_ptr_null(user);
}
END_TEST

START_TEST(a_failure_is_no_verdict)
{
	struct user *user;
	struct visit *v;

	sign_in("session_auth");
	v = visit("session_auth", visit_cookie(session_id), NULL, NULL);
	fail_part("table_find_at", 1, -EBADMSG);
	ck_assert_int_eq(filter(v, &user), -EBADMSG);
	ck_assert_ptr_null(user);
	v = visit("basic_auth", visit_basic("bob@hbtn.io:pwd"), NULL, NULL);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(filter(v, &user), -EBUSY);
	ck_assert_ptr_null(user);
}
END_TEST

Suite *
check_filter_suite(void)
{
	Suite *s = suite_create("auth/filter");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, who_gets_in, 0, N(cases));
	tcase_add_loop_test(tc, public_and_closed_paths, 0, N(cases));
	tcase_add_test(tc, an_unusable_cookie_name_closes_all);
	tcase_add_test(tc, a_failure_is_no_verdict);
	suite_add_tcase(s, tc);
	return s;
}
