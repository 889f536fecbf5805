/* check_registry.c - tests of src/auth/registry.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "auth/auth_basic.h"
#include "auth/auth_session_db.h"
#include "auth/registry.h"

Suite *check_registry_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const struct {
	const char *name; /* NULL: unset */
	const struct auth_ops *want;
} cases[] = {
	{ NULL, &auth_ops },
	{ "", &auth_ops },
	{ "auth", &auth_ops },
	{ "none", &auth_none_ops },
	{ "basic_auth", &auth_basic_ops },
	{ "session_auth", &auth_session_ops },
	{ "session_exp_auth", &auth_session_exp_ops },
	{ "session_db_auth", &auth_session_db_ops },
	{ "None", NULL },
	{ "NONE", NULL },
	{ "none ", NULL },
	{ " none", NULL },
	{ "Basic", NULL }, /* RFC 3875's variable of that name */
	{ "Digest", NULL },
	{ "basic", NULL },
	{ "Session_auth", NULL },
	{ "session_auth2", NULL },
	{ "session_aut", NULL },
	{ "session_auth\n", NULL },
};

START_TEST(each_type_has_its_operations)
{
	struct request_settings settings = { .auth_type = str_of(cases[_i].name),
		.is_usable = true };

	ck_assert_ptr_eq(registry_find(settings.auth_type), cases[_i].want);
	if (cases[_i].want != NULL)
		ck_assert_ptr_null(registry_problem(&settings));
	else
		ck_assert_str_eq(registry_problem(&settings),
		    "AUTH_TYPE must be one of: none, auth, basic_auth, session_auth, "
		    "session_exp_auth, session_db_auth");
}
END_TEST

START_TEST(what_each_type_is)
{
	ck_assert(auth_none_ops.admits_all && !auth_ops.admits_all);
	ck_assert(!auth_basic_ops.admits_all && !auth_session_ops.admits_all);
	ck_assert_int_eq(auth_basic_ops.challenge, AUTH_CHALLENGE_BASIC);
	ck_assert_int_eq(auth_session_ops.challenge, AUTH_CHALLENGE_COOKIE);
	ck_assert(!auth_basic_ops.has_sessions && auth_session_ops.has_sessions);
	ck_assert(!auth_session_ops.heeds_duration && auth_session_exp_ops.heeds_duration);
	ck_assert_int_eq(auth_session_exp_ops.session_kind, TABLE_KIND_MEMORY);
	ck_assert_int_eq(auth_session_db_ops.session_kind, TABLE_KIND_STORED);
}
END_TEST

static void
clean_environment(void)
{
	(void)unsetenv("AUTH_TYPE");
	(void)unsetenv("SESSION_NAME");
	(void)unsetenv("CSRF_CHECK");
	(void)unsetenv("AUTH_PROFILE");
	request_settings_prepare();
}

START_TEST(a_bad_environment_is_told_at_start)
{
	struct err err = { "" };

	ck_assert_int_eq(registry_check_environment(&err), 0);
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(setenv("AUTH_TYPE", "sesion_auth", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "must be one of: none, auth, basic_auth, "));
	ck_assert_ptr_nonnull(strstr(err.text, "AUTH_TYPE=sesion_auth"));
	ck_assert_int_eq(setenv("AUTH_TYPE", "session_auth", 1), 0);
	ck_assert_int_eq(setenv("SESSION_NAME", "a b", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "SESSION_NAME=a b"));
	ck_assert_int_eq(setenv("SESSION_NAME", "a", 1), 0);
	ck_assert_int_eq(setenv("CSRF_CHECK", "maybe", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	ck_assert_str_eq(
	    err.text, "CSRF_CHECK must be on, off or log (environment: CSRF_CHECK=maybe)");
	ck_assert_int_eq(setenv("CSRF_CHECK", "log", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), 0);
}
END_TEST

START_TEST(what_strict_refuses_is_told_at_start)
{
	struct err err = { "" };

	ck_assert_int_eq(setenv("AUTH_PROFILE", "strict", 1), 0);
	/* The web server may send one with each request. */
	ck_assert_int_eq(registry_check_environment(&err), 0);
	ck_assert_int_eq(setenv("AUTH_TYPE", "none", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	ck_assert_str_eq(err.text,
	    "under AUTH_PROFILE=strict AUTH_TYPE must not be none: it lets everybody in "
	    "(environment: AUTH_TYPE=none)");
	ck_assert_int_eq(setenv("AUTH_TYPE", "", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	(void)unsetenv("AUTH_TYPE");
	ck_assert_int_eq(setenv("CSRF_CHECK", "log", 1), 0);
	ck_assert_int_eq(registry_check_environment(&err), -EINVAL);
	ck_assert_str_eq(err.text,
	    "under AUTH_PROFILE=strict CSRF_CHECK must be on (environment: CSRF_CHECK=log)");
}
END_TEST

Suite *
check_registry_suite(void)
{
	Suite *s = suite_create("auth/registry");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, clean_environment, clean_environment);
	tcase_add_loop_test(tc, each_type_has_its_operations, 0, N(cases));
	tcase_add_test(tc, what_each_type_is);
	tcase_add_test(tc, a_bad_environment_is_told_at_start);
	tcase_add_test(tc, what_strict_refuses_is_told_at_start);
	suite_add_tcase(s, tc);
	return s;
}
