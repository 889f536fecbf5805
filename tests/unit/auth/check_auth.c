/* check_auth.c - tests of src/auth/auth.c */
#include "unit/unit.h"

#include <stdio.h>

#include "auth/auth.h"
#include "unit/auth/visit.h"

Suite *check_auth_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define LIST_MAX 4

static const struct {
	const char *path;
	const char *excluded[LIST_MAX];
	bool want;
} require_cases[] = {
	{ "/api/v1/status/", { NULL }, true },
	{ "/api/v1/status/", { "/api/v1/status/" }, false },
	{ "/api/v1/status", { "/api/v1/status/" }, false },
	{ "/api/v1/status", { "/api/v1/status" }, false },
	{ "/api/v1/status/", { "/api/v1/status" }, false },
	{ "/api/v1/status//", { "/api/v1/status/" }, true },
	{ "/api/v1//status", { "/api/v1/status/" }, true },
	{ "/api/v1/users", { "/api/v1/status/" }, true },
	{ "/api/v1/users", { "/api/v1/status/", "/api/v1/stats" }, true },
	{ "/api/v1/stats", { "/api/v1/status/", "/api/v1/stats" }, false },
	{ "/api/v1/stat", { "/api/v1/status/", "/api/v1/stats" }, true },
	{ "/api/v1/statuses", { "/api/v1/status/" }, true },
	{ "/api/v1/status/x", { "/api/v1/status/" }, true },
	{ "/API/V1/STATUS", { "/api/v1/status/" }, true },
	{ "", { "/api/v1/status/" }, true },
	{ "/", { "/api/v1/status/" }, true },
	{ "/", { "/" }, false },
	{ "", { "/" }, true },
	/* A star at the end is a prefix, and only there. */
	{ "/api/v1/users", { "/api/v1/stat*" }, true },
	{ "/api/v1/status", { "/api/v1/stat*" }, false },
	{ "/api/v1/stats", { "/api/v1/stat*" }, false },
	{ "/api/v1/stat", { "/api/v1/stat*" }, false },
	{ "/api/v1/sta", { "/api/v1/stat*" }, true },
	{ "/api/v1/stats/anything", { "/api/v1/stat*" }, false },
	{ "/anything", { "*" }, false },
	{ "", { "*" }, false },
	{ "/api/v1/xstatus", { "/api/*status" }, true },
	{ "/api/*status", { "/api/*status" }, false },
	{ "/api/v1/status", { "" }, true },
};

START_TEST(require_auth)
{
	struct str excluded[LIST_MAX];
	size_t n = 0;

	for (; n < LIST_MAX && require_cases[_i].excluded[n] != NULL; n++)
		excluded[n] = str_of(require_cases[_i].excluded[n]);
	ck_assert_msg(auth_require_auth(str_of(require_cases[_i].path), excluded, n) ==
			  require_cases[_i].want,
	    "\"%s\"", require_cases[_i].path);
}
END_TEST

START_TEST(require_auth_without_a_path_or_a_list)
{
	const struct str list[] = { STR_LIT("/api/v1/status/"), STR_LIT("*") };

	ck_assert(auth_require_auth(STR_NULL, NULL, 0));
	ck_assert(auth_require_auth(STR_NULL, list, 0));
	ck_assert(auth_require_auth(STR_NULL, list, 2));
	ck_assert(auth_require_auth(STR_LIT("/api/v1/status/"), NULL, 0));
	ck_assert(auth_require_auth(STR_LIT("/api/v1/status/"), NULL, 2));
	ck_assert(auth_require_auth(STR_LIT("/api/v1/status/"), list, 0));
}
END_TEST

START_TEST(authorization_header)
{
	unit_assert_str(auth_authorization_header(NULL), NULL);
	unit_assert_str(
	    auth_authorization_header(&visit("auth", NULL, NULL, NULL)->request), NULL);
	unit_assert_str(auth_authorization_header(
			    &visit("auth", "HTTP_AUTHORIZATION=", NULL, NULL)->request),
	    NULL);
	unit_assert_str(auth_authorization_header(
			    &visit("auth", "HTTP_AUTHORIZATION=Test", NULL, NULL)->request),
	    "Test");
}
END_TEST

static const struct {
	const char *name, *cookies, *want;
} cookie_cases[] = {
	{ "absent", NULL, NULL },
	{ "another", "other=1", NULL },
	{ "empty", "_my_session_id=", NULL },
	{ "empty_in_quotes", "_my_session_id=\"\"", NULL },
	{ "blank", "_my_session_id=  ", NULL },
	{ "there", "_my_session_id=Hello", "Hello" },
	{ "second", "a=b; _my_session_id=C is fun", "C is fun" },
	{ "first_of_two", "_my_session_id=1; _my_session_id=2", "1" },
	{ "first_of_two_is_empty", "_my_session_id=; _my_session_id=2", NULL },
	{ "longer_name", "_my_session_id2=1", NULL },
	{ "shorter_name", "my_session_id=1", NULL },
	{ "case", "_MY_SESSION_ID=1", NULL },
};

START_TEST(session_cookie)
{
	char param[256];
	struct visit *v;

	(void)snprintf(param, sizeof(param), "HTTP_COOKIE=%s",
	    cookie_cases[_i].cookies != NULL ? cookie_cases[_i].cookies : "");
	v = visit("session_auth", cookie_cases[_i].cookies != NULL ? param : NULL, NULL, NULL);
	unit_assert_str(v->auth->session_id, cookie_cases[_i].want);
}
END_TEST

START_TEST(session_cookie_has_the_name_of_the_settings)
{
	struct visit *v = visit(
	    "session_auth", "HTTP_COOKIE=sid=1; _my_session_id=2", "SESSION_NAME=sid", NULL);

	unit_assert_str(v->auth->session_id, "1");
}
END_TEST

START_TEST(the_base_type_knows_nobody)
{
	struct visit *v =
	    visit("auth", "HTTP_AUTHORIZATION=Basic eDp5", visit_cookie("x"), NULL);
	char id[IDENT_SESSION_BYTES] = "untouched";
	struct user *user = NULL;

	ck_assert_ptr_eq(v->auth->ops, &auth_ops);
	ck_assert_int_eq(auth_current_user(v->auth, &user), AUTHN_BAD_CREDENTIALS);
	ck_assert_ptr_null(user);
	ck_assert_int_eq(auth_create_session(v->auth, STR_LIT("abcde"), id), AUTHN_SESSIONLESS);
	ck_assert_int_eq(
	    auth_user_id_for_session_id(v->auth, STR_LIT("x"), id), AUTHN_SESSIONLESS);
	ck_assert_str_eq(id, "untouched");
	ck_assert_int_eq(auth_end_session(v->auth, STR_LIT("x")), AUTHN_SESSIONLESS);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_SESSIONLESS);
	ck_assert_ptr_eq(auth_ops.current_user, auth_current_user);
	ck_assert_ptr_eq(auth_ops.create_session, auth_create_session);
	ck_assert_ptr_eq(auth_ops.end_session, auth_end_session);
}
END_TEST

Suite *
check_auth_suite(void)
{
	Suite *s = suite_create("auth/auth");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, require_auth, 0, N(require_cases));
	tcase_add_test(tc, require_auth_without_a_path_or_a_list);
	tcase_add_test(tc, authorization_header);
	tcase_add_loop_test(tc, session_cookie, 0, N(cookie_cases));
	tcase_add_test(tc, session_cookie_has_the_name_of_the_settings);
	tcase_add_test(tc, the_base_type_knows_nobody);
	suite_add_tcase(s, tc);
	return s;
}
