/* check_counters_page.c - tests of counters_page() */
#include "unit/unit.h"

#include <stdio.h>

#include "unit/app/ask.h"
#include "unit/fail_alloc.h"

Suite *check_counters_page_suite(void);

static void
get_page(void)
{
	ck_assert_int_eq(
	    ask((struct ask){
		.method = "GET", .path = "/status", .params = { "SESSIONGATE_STATUS=on" } }),
	    200);
}

static void
assert_line(const char *line)
{
	char want[200];

	(void)snprintf(want, sizeof(want), "\n%s\n", line);
	ck_assert_msg(strstr(answer.body, want) != NULL, "%s is not in\n%s", line, answer.body);
}

START_TEST(counts_what_happened)
{
	get_page();
	assert_line("sessiongate_logins_total{outcome=\"ok\"} 0");
	assert_line("sessiongate_sessions 0");
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_db_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@hbtn.io&password=pwd" });
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_db_auth",
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@hbtn.io&password=x" });
	(void)ask((struct ask){ .method = "GET", .path = "/", .auth_type = "wrong" });
	get_page();
	assert_line("sessiongate_logins_total{outcome=\"ok\"} 1");
	assert_line("sessiongate_logins_total{outcome=\"failed\"} 1");
	assert_line("sessiongate_logins_total{outcome=\"throttled\"} 0");
	assert_line("sessiongate_logouts_total 0");
	assert_line("sessiongate_sessions_ended_total 0");
	assert_line("sessiongate_sessions_expired_total{by=\"idle\"} 0");
	assert_line("sessiongate_sessions_expired_total{by=\"duration\"} 0");
	assert_line("sessiongate_permissions_denied_total 0");
	assert_line("sessiongate_password_changes_total 0");
	assert_line("sessiongate_sessions 1");
	assert_line("sessiongate_hashes_running 0");
	assert_line("sessiongate_journal_appends_total{journal=\"User\"} 1");
	assert_line("sessiongate_journal_appends_total{journal=\"UserSession\"} 1");
	assert_line("sessiongate_journal_failed{journal=\"User\"} 0");
	assert_line("sessiongate_ready 1");
	assert_line("sessiongate_requests_total{status=\"4xx\"} 1");
	assert_line("sessiongate_requests_total{status=\"5xx\"} 1");
	ck_assert_str_eq(
	    answer_header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
}
END_TEST

/* Prometheus: each metric has HELP and TYPE once, and its lines stand together. */
START_TEST(the_format_is_that_of_prometheus)
{
	char name[100] = "", metric[100];
	const char *line;

	get_page();
	for (line = answer.body; *line != '\0'; line = strchr(line, '\n') + 1) {
		if (sscanf(line, "# HELP %99s", metric) == 1) {
			ck_assert_str_ne(name, metric);
			(void)snprintf(name, sizeof(name), "%s", metric);
			continue;
		}
		if (sscanf(line, "# TYPE %99s", metric) == 1) {
			ck_assert_str_eq(name, metric);
			continue;
		}
		(void)snprintf(metric, sizeof(metric), "%.*s", (int)strcspn(line, "{ "), line);
		ck_assert_str_eq(name, metric);
	}
}
END_TEST

/* The page is the web server's location's: no filter, no route, no setting closes it. */
START_TEST(whatever_the_path_and_the_settings)
{
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users",
			     .auth_type = "wrong",
			     .params = { "SESSIONGATE_STATUS=on" } }),
	    200);
	ck_assert_ptr_nonnull(strstr(answer.body, "sessiongate_sessions"));
	(void)ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users",
	    .auth_type = "session_auth",
	    .params = { "HTTP_SESSIONGATE_STATUS=on" } });
	answer_is_error(401, "Unauthorized");
}
END_TEST

Suite *
check_counters_page_suite(void)
{
	Suite *s = suite_create("app/counters_page");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, counts_what_happened);
	tcase_add_test(tc, the_format_is_that_of_prometheus);
	tcase_add_test(tc, whatever_the_path_and_the_settings);
	suite_add_tcase(s, tc);
	return s;
}
