/* check_views_index.c - tests of src/app/views_index.c */
#include "unit/unit.h"

#include <errno.h>

#include "unit/app/ask.h"
#include "unit/fail_part.h"

Suite *check_views_index_suite(void);

START_TEST(status)
{
	ck_assert_int_eq(ask((struct ask){ .method = "GET", .path = "/api/v1/status" }), 200);
	ck_assert_str_eq(answer.body, "{\n  \"status\": \"OK\"\n}\n");
	ck_assert_str_eq(answer_header("Content-Type"), "application/json");
	ck_assert_str_eq(answer_header("Access-Control-Allow-Origin"), "*");
}
END_TEST

START_TEST(unauthorized_and_forbidden)
{
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/unauthorized/" });
	answer_is_error(401, "Unauthorized");
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/forbidden/" });
	answer_is_error(403, "Forbidden");
}
END_TEST

START_TEST(stats)
{
	ck_assert_int_eq(ask((struct ask){ .method = "GET", .path = "/api/v1/stats" }), 200);
	ck_assert_str_eq(answer.body, "{\n  \"users\": 0\n}\n");
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/stats" });
	ck_assert_str_eq(answer.body, "{\n  \"users\": 1\n}\n");
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/stats" });
	answer_is_error(503, "Service unavailable");
}
END_TEST

Suite *
check_views_index_suite(void)
{
	Suite *s = suite_create("app/views_index");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, status);
	tcase_add_test(tc, unauthorized_and_forbidden);
	tcase_add_test(tc, stats);
	suite_add_tcase(s, tc);
	return s;
}
