/* check_auth_session_exp.c - tests of src/auth/auth_session_exp.c */
#include "unit/unit.h"

#include <stdio.h>

#include "core/clock.h"
#include "unit/auth/visit.h"

Suite *check_auth_session_exp_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define BOOT     INT64_C(5000000)
#define WALL     INT64_C(1700000000000)

/* Both of the types that expire. */
static const char *const types[] = { "session_exp_auth", "session_db_auth" };

static char id[IDENT_SESSION_BYTES];

/* Signed in at BOOT with that SESSION_DURATION; NULL: unset. */
static void
sign_in(const char *type, const char *duration)
{
	char param[64];
	const struct auth *auth;

	clock_freeze(BOOT, WALL);
	(void)snprintf(param, sizeof(param), "SESSION_DURATION=%s", duration);
	auth = visit(type, duration != NULL ? param : NULL, NULL, NULL)->auth;
	ck_assert_int_eq(auth->ops->create_session(auth, STR_LIT("abcde"), id), 0);
}

/* Is it alive that many milliseconds later, under that duration? */
static bool
is_alive(const char *type, const char *duration, int64_t after_ms)
{
	char param[64], user_id[IDENT_TEXT_BYTES];
	const struct auth *auth;
	int r;

	clock_freeze(BOOT + after_ms, WALL);
	(void)snprintf(param, sizeof(param), "SESSION_DURATION=%s", duration);
	auth = visit(type, duration != NULL ? param : NULL, NULL, NULL)->auth;
	r = auth_user_id_for_session_id(auth, str_of(id), user_id);
	ck_assert(r == 0 || r == AUTHN_NO_SESSION);
	return r == 0;
}

START_TEST(expired_means_strictly_before_now)
{
	sign_in(types[_i], "60");
	ck_assert(is_alive(types[_i], "60", 0));
	ck_assert(is_alive(types[_i], "60", 59999));
	ck_assert(is_alive(types[_i], "60", 60000));
	ck_assert(!is_alive(types[_i], "60", 60001));
	ck_assert(!is_alive(types[_i], "60", 1000000000));
}
END_TEST

START_TEST(it_does_not_slide)
{
	sign_in(types[_i], "10");
	for (int64_t ms = 0; ms <= 10000; ms += 500)
		ck_assert(is_alive(types[_i], "10", ms));
	ck_assert(!is_alive(types[_i], "10", 10001));
}
END_TEST

static const char *const never[] = { NULL, "", "0", "-5", "abc", "1.5", "5 s", "-0" };

START_TEST(without_a_duration_it_never_expires)
{
	for (int i = 0; i < N(never); i++) {
		sign_in(types[_i], never[i]);
		ck_assert(is_alive(types[_i], never[i], 0));
		ck_assert(is_alive(types[_i], never[i], INT64_C(1000) * 86400 * 365 * 100));
	}
}
END_TEST

START_TEST(durations_as_python_reads_them)
{
	sign_in(types[_i], " +1_0 ");
	ck_assert(is_alive(types[_i], " +1_0 ", 10000));
	ck_assert(!is_alive(types[_i], " +1_0 ", 10001));
	/* More than any table can count: 136 years. */
	sign_in(types[_i], "99999999999999999999");
	ck_assert(is_alive(types[_i], "99999999999999999999", INT64_C(4294967295) * 1000));
}
END_TEST

/* The duration is that of the request; and what the session was made with holds, too. */
START_TEST(the_shorter_of_two_durations_counts)
{
	sign_in(types[_i], "60");
	ck_assert(is_alive(types[_i], "30", 30000));
	ck_assert(!is_alive(types[_i], "30", 30001));
	ck_assert(is_alive(types[_i], "60", 60000));
	ck_assert(!is_alive(types[_i], "90", 60001));
	ck_assert(!is_alive(types[_i], NULL, 60001));
	sign_in(types[_i], NULL);
	ck_assert(is_alive(types[_i], "30", 30000));
	ck_assert(!is_alive(types[_i], "30", 30001));
	ck_assert(is_alive(types[_i], NULL, 30001));
}
END_TEST

START_TEST(a_step_of_the_wall_clock_changes_nothing)
{
	char user_id[IDENT_TEXT_BYTES];
	const struct auth *auth;

	sign_in(types[_i], "60");
	for (int64_t step = -86400000; step <= 86400000; step += 86400000) {
		clock_freeze(BOOT + 60000, WALL + step);
		auth = visit(types[_i], "SESSION_DURATION=60", NULL, NULL)->auth;
		ck_assert_int_eq(auth_user_id_for_session_id(auth, str_of(id), user_id), 0);
		clock_freeze(BOOT + 60001, WALL + step);
		ck_assert_int_eq(
		    auth_user_id_for_session_id(auth, str_of(id), user_id), AUTHN_NO_SESSION);
	}
}
END_TEST

START_TEST(an_expired_session_is_nobody_and_cannot_be_ended)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;
	const struct auth *auth;
	struct visit *v;

	clock_freeze(BOOT, WALL);
	auth = visit(types[_i], "SESSION_DURATION=60", NULL, NULL)->auth;
	ck_assert_int_eq(auth->ops->create_session(auth, str_of(bob->base.id), id), 0);
	clock_freeze(BOOT + 60000, WALL);
	v = visit(types[_i], "SESSION_DURATION=60", visit_cookie(id), NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), 0);
	user_unref(user);
	user = NULL;
	clock_freeze(BOOT + 60001, WALL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	ck_assert_ptr_null(user);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
	user_unref(bob);
}
END_TEST

/* A session of session_auth has no lifetime of its own. */
START_TEST(session_auth_knows_no_duration)
{
	sign_in("session_auth", "60");
	ck_assert(is_alive("session_auth", "60", 60001));
	ck_assert(is_alive("session_auth", "60", INT64_C(1000) * 86400 * 365));
	ck_assert(!is_alive("session_exp_auth", "60", 60001));
}
END_TEST

Suite *
check_auth_session_exp_suite(void)
{
	Suite *s = suite_create("auth/auth_session_exp");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, expired_means_strictly_before_now, 0, N(types));
	tcase_add_loop_test(tc, it_does_not_slide, 0, N(types));
	tcase_add_loop_test(tc, without_a_duration_it_never_expires, 0, N(types));
	tcase_add_loop_test(tc, durations_as_python_reads_them, 0, N(types));
	tcase_add_loop_test(tc, the_shorter_of_two_durations_counts, 0, N(types));
	tcase_add_loop_test(tc, a_step_of_the_wall_clock_changes_nothing, 0, N(types));
	tcase_add_loop_test(tc, an_expired_session_is_nobody_and_cannot_be_ended, 0, N(types));
	tcase_add_test(tc, session_auth_knows_no_duration);
	suite_add_tcase(s, tc);
	return s;
}
