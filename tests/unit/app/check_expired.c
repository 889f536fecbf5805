/* check_expired.c - tests of src/app/expired.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/housekeeping.h"
#include "core/clock.h"
#include "model/session_list.h"
#include "unit/app/ask.h"

Suite *check_expired_suite(void);

#define DAY_MS INT64_C(86400000)

static const struct {
	const char *type, *limit, *by;
	enum counter counter, other;
} cases[] = {
	{ "session_auth", "SESSION_IDLE=1m", "by=idle", COUNTER_SESSIONS_IDLE,
	    COUNTER_SESSIONS_PAST },
	{ "session_db_auth", "SESSION_IDLE=1m", "by=idle", COUNTER_SESSIONS_IDLE,
	    COUNTER_SESSIONS_PAST },
	{ "session_exp_auth", "SESSION_DURATION=1h", "by=duration", COUNTER_SESSIONS_PAST,
	    COUNTER_SESSIONS_IDLE },
};

START_TEST(who_and_why_is_told_once)
{
	char want[200], handle[SESSION_HANDLE_BYTES], id[IDENT_SESSION_BYTES];
	struct user *user = site_add_user("bob@hbtn.io", "pwd");
	struct session_list list;
	struct table_owner owner;
	int64_t boot_ms = clock_boot_ms();
	char *log, *at;

	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = cases[_i].type,
			     .type = "application/x-www-form-urlencoded",
			     .body = "email=bob@hbtn.io&password=pwd",
			     .params = { cases[_i].limit } }),
	    200);
	answer_session_id(id);
	ck_assert(user_session_pack_owner(str_of(user->base.id), &owner));
	ck_assert_int_eq(
	    session_list_read(&list, &site.app.env.key, site.app.env.table, &owner), 0);
	ck_assert_uint_eq(list.n, 1);
	session_handle(&site.app.env.key, &list.entries[0].tag, handle);
	session_list_fini(&list);
	site_forget_log();
	clock_freeze(boot_ms + DAY_MS, 1700000000000);
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me",
			     .auth_type = cases[_i].type,
			     .cookie = id }),
	    403);
	for (int i = 0; i < 200; i++) {
		clock_freeze(boot_ms + DAY_MS + i * 1000, 1700000000000);
		(void)housekeeping_tick(&site.app);
	}
	clock_thaw();
	(void)snprintf(want, sizeof(want),
	    "level=info event=session-expired handle=%s user=%s %s\n", handle, user->base.id,
	    cases[_i].by);
	user_unref(user);
	log = site_log();
	at = strstr(log, want);
	ck_assert_msg(at != NULL, "%s is not in\n%s", want, log);
	ck_assert_ptr_null(strstr(at + strlen(want), "session-expired"));
	ck_assert_ptr_null(strstr(log, id));
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, cases[_i].counter), 1);
	ck_assert_uint_eq(counters_get(site.app.counters, cases[_i].other), 0);
}
END_TEST

START_TEST(a_session_that_was_ended_is_not_told)
{
	char id[IDENT_SESSION_BYTES], *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@hbtn.io&password=pwd",
	    .params = { "SESSION_IDLE=1m" } });
	answer_session_id(id);
	ck_assert_int_eq(ask((struct ask){ .method = "DELETE",
			     .path = "/api/v1/auth_session/logout",
			     .auth_type = "session_auth",
			     .cookie = id }),
	    200);
	clock_freeze(clock_boot_ms() + DAY_MS, 1700000000000);
	table_tick(site.app.env.table);
	clock_thaw();
	log = site_log();
	ck_assert_ptr_null(strstr(log, "session-expired"));
	free(log);
}
END_TEST

Suite *
check_expired_suite(void)
{
	Suite *s = suite_create("app/expired");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(
	    tc, who_and_why_is_told_once, 0, (int)(sizeof(cases) / sizeof(cases[0])));
	tcase_add_test(tc, a_session_that_was_ended_is_not_told);
	suite_add_tcase(s, tc);
	return s;
}
