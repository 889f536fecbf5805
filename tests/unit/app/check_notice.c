/* check_notice.c - tests of src/app/notice.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/dispatch.h"
#include "app/notice.h"
#include "core/clock.h"
#include "unit/app/ask.h"

Suite *check_notice_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const char *const variables[] = { "AUTH_TYPE", "SESSION_DURATION" };

static void
clean_environment(void)
{
	for (int i = 0; i < N(variables); i++)
		(void)unsetenv(variables[i]);
	request_settings_prepare();
}

static void
setup(void)
{
	clean_environment();
	site_open();
	clock_freeze(1000000, 1700000000000);
}

static void
teardown(void)
{
	site_close();
	clean_environment();
}

/* How many lines of the log have both; it is forgotten. */
static int
n_lines(const char *event, const char *end)
{
	char *log = site_log(), *rest = log, *line;
	int n = 0;

	while ((line = strsep(&rest, "\n")) != NULL)
		n += strstr(line, event) != NULL && strstr(line, end) != NULL;
	free(log);
	site_forget_log();
	return n;
}

static int
n_logged(const char *event)
{
	return n_lines(event, "");
}

static void
ask_status(const char *type, const char *duration)
{
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/status",
	    .auth_type = type,
	    .params = { duration } });
	ck_assert_int_eq(answer.status, 200);
}

static int
n_unreadable(void)
{
	return n_lines("level=warn event=setting-unreadable ",
	    " setting=SESSION_DURATION value=8x effect=\"sessions never end by time\" "
	    "remedy=\"give seconds, or a number and s, m, h or d, such as 8h\"");
}

START_TEST(an_unreadable_duration_is_told_once_a_minute)
{
	for (int i = 0; i < 3; i++)
		ask_status("session_exp_auth", "SESSION_DURATION=8x");
	ck_assert_int_eq(n_unreadable(), 1);
	clock_freeze(1000000 + 59999, 1700000000000);
	ask_status("session_exp_auth", "SESSION_DURATION=8x");
	ck_assert_int_eq(n_logged("setting-unreadable"), 0);
	clock_freeze(1000000 + 60000, 1700000000000);
	for (int i = 0; i < 3; i++)
		ask_status("session_db_auth", "SESSION_DURATION=8x");
	ck_assert_int_eq(n_unreadable(), 1);
}
END_TEST

static const struct {
	const char *type, *duration;
} quiet_cases[] = {
	{ "session_exp_auth", "SESSION_DURATION=8h" },
	{ "session_exp_auth", "SESSION_DURATION=" },
	{ "session_exp_auth", "SESSION_DURATION= 1_000 " },
	{ "session_exp_auth", "SESSION_DURATION=-1" },
	{ "session_db_auth", "SESSION_DURATION=60" }, { "session_auth", "SESSION_DURATION=0" },
	{ "session_auth", NULL }, { "basic_auth", "SESSION_DURATION=60" }, { "none", NULL },
	{ "auth", NULL }, /* by name: somebody wants that */
};

START_TEST(what_is_in_order_is_not_mentioned)
{
	ask_status(quiet_cases[_i].type, quiet_cases[_i].duration);
	ck_assert_int_eq(n_logged("level=warn"), 0);
}
END_TEST

START_TEST(a_low_hash_cost_is_told_at_a_start)
{
	site_forget_log();
	site.settings.hash_cost = 1;
	site_reopen();
	ck_assert_int_eq(
	    n_lines("level=warn event=hash-cost-low ",
		" hash-cost=1 effect=\"whoever gets the password hashes guesses 16 times "
		"faster "
		"than at the default of libxcrypt\" remedy=\"use 5, the default, or more; "),
	    1);
	site.settings.hash_cost = 5;
	site_reopen();
	ck_assert_int_eq(n_logged("level=warn"), 0);
}
END_TEST

START_TEST(an_ignored_duration_is_told_once)
{
	for (int i = 0; i < 3; i++)
		ask_status("session_auth", "SESSION_DURATION=28800");
	clock_freeze(1000000 + 3600000, 1700000000000);
	ask_status("session_auth", "SESSION_DURATION=28800");
	ck_assert_int_eq(n_lines("level=warn event=session-duration-ignored ",
			     " AUTH_TYPE=session_auth "
			     "SESSION_DURATION=28800 effect=\"sessions never end by time\" "
			     "remedy=\"AUTH_TYPE session_exp_auth or session_db_auth\""),
	    1);
	/* By a start again. */
	site_reopen();
	ask_status("session_auth", "SESSION_DURATION=28800");
	ck_assert_int_eq(n_logged("session-duration-ignored"), 1);
}
END_TEST

static const char *const unset_cases[] = { "X=", "AUTH_TYPE=" };

START_TEST(a_forgotten_type_is_told_at_the_first_request)
{
	const char *const params[] = { "REQUEST_METHOD=POST",
		"SCRIPT_NAME=/api/v1/auth_session/login", unset_cases[_i], NULL };
	const struct handler app = dispatch_handler(&site.app);

	ck_assert_int_eq(n_logged("auth-type-unset"), 0);
	for (int i = 0; i < 3; i++) {
		struct buf out;

		buf_init(&out, 65536);
		ck_assert_int_eq(memory_run(&app, params, STR_NULL, &out), 0);
		buf_fini(&out);
	}
	ck_assert_int_eq(
	    n_lines("level=warn event=auth-type-unset ",
		" effect=\"nobody can sign in: only the "
		"open paths answer\" remedy=\"let the web server send AUTH_TYPE, "),
	    1);
}
END_TEST

static const struct {
	const char *type, *cookies;
	bool is_told;
} cookie_cases[] = {
	{ "AUTH_TYPE=session_auth", "_my_session_id=old; _my_session_id=new", true },
	{ "AUTH_TYPE=session_exp_auth", "a=b; _my_session_id=old; c=d; _my_session_id=new",
	    true },
	{ "AUTH_TYPE=session_db_auth", "_my_session_id=; _my_session_id=new", true },
	{ "AUTH_TYPE=session_auth", "_my_session_id=old; _my_session_id=old", false },
	{ "AUTH_TYPE=session_auth", "_my_session_id=old", false },
	{ "AUTH_TYPE=session_auth", "_my_session_id=old; my_session_id=new", false },
	{ "AUTH_TYPE=basic_auth", "_my_session_id=old; _my_session_id=new", false },
};

START_TEST(two_cookies_of_which_the_first_is_stale_are_told)
{
	char cookies[200];

	(void)snprintf(cookies, sizeof(cookies), "HTTP_COOKIE=%s", cookie_cases[_i].cookies);
	for (int i = 0; i < 3; i++) {
		(void)ask((struct ask){ .method = "GET",
		    .path = "/api/v1/users/me",
		    .auth_type = strchr(cookie_cases[_i].type, '=') + 1,
		    .params = { cookies } });
		ck_assert(answer.status == 403 || answer.status == 401);
	}
	ck_assert_int_eq(
	    n_lines("level=warn event=cookie-ambiguous ", " cookie=_my_session_id "),
	    cookie_cases[_i].is_told);
}
END_TEST

START_TEST(a_start_looks_at_the_environment)
{
	ck_assert_int_eq(setenv("SESSION_DURATION", "8x", 1), 0);
	request_settings_prepare();
	site_reopen();
	/* The web server may send one. */
	ck_assert_int_eq(n_logged("auth-type-unset"), 0);
	site_reopen();
	ck_assert_int_eq(n_unreadable(), 1);
	ck_assert_int_eq(setenv("SESSION_DURATION", "60", 1), 0);
	ck_assert_int_eq(setenv("AUTH_TYPE", "session_auth", 1), 0);
	request_settings_prepare();
	site_reopen();
	ck_assert_int_eq(n_logged("session-duration-ignored"), 1);
}
END_TEST

/* What --check would print, with the number of remarks in front. */
static const char *
examined(const char *type, const char *seconds)
{
	static char text[1000];
	struct checklist list = { .to = fmemopen(text, sizeof(text), "w") };

	ck_assert_ptr_nonnull(list.to);
	ck_assert_int_eq(setenv("AUTH_TYPE", type, 1), 0);
	ck_assert_int_eq(setenv("SESSION_DURATION", seconds, 1), 0);
	request_settings_prepare();
	text[0] = '\0';
	(void)fprintf(list.to, "   ");
	notice_environment_in(&list);
	(void)fclose(list.to);
	ck_assert_uint_eq(list.n_bad, 0); /* a start goes on */
	text[0] = (char)('0' + list.n_remarks);
	return text;
}

START_TEST(a_look_at_the_environment_tells_what_is_odd)
{
	static const char *const heeding[] = { "session_exp_auth", "session_db_auth",
		"basic_auth" };

	ck_assert_str_eq(examined("session_exp_auth", "28800"), "0  ");
	ck_assert_str_eq(examined("session_exp_auth", " 1_000 "), "0  ");
	ck_assert_str_eq(examined("session_exp_auth", "8h"), "0  ");
	ck_assert_str_eq(examined("session_exp_auth", "8x"),
	    "1  not ok  SESSION_DURATION: \"8x\" cannot be read, and counts as: "
	    "never; give seconds, or a number and s, m, h or d, such as 8h\n");
	for (int i = 0; i < N(heeding); i++)
		ck_assert_str_eq(examined(heeding[i], "28800"), "0  ");
	ck_assert_str_eq(examined("session_auth", "0"), "0  ");
	ck_assert_str_eq(examined("session_auth", ""), "0  ");
	ck_assert_str_eq(examined("session_auth", "8h"),
	    "0  ok      SESSION_DURATION: 8h, which session_auth ignores: its sessions never "
	    "end by time; session_exp_auth and session_db_auth heed it\n");
}
END_TEST

Suite *
check_notice_suite(void)
{
	Suite *s = suite_create("app/notice");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_unreadable_duration_is_told_once_a_minute);
	tcase_add_loop_test(tc, what_is_in_order_is_not_mentioned, 0, N(quiet_cases));
	tcase_add_test(tc, an_ignored_duration_is_told_once);
	tcase_add_loop_test(
	    tc, a_forgotten_type_is_told_at_the_first_request, 0, N(unset_cases));
	tcase_add_loop_test(
	    tc, two_cookies_of_which_the_first_is_stale_are_told, 0, N(cookie_cases));
	tcase_add_test(tc, a_start_looks_at_the_environment);
	tcase_add_test(tc, a_low_hash_cost_is_told_at_a_start);
	tcase_add_test(tc, a_look_at_the_environment_tells_what_is_odd);
	suite_add_tcase(s, tc);
	return s;
}
