/* check_answer.c - tests of src/app/answer.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/answer.h"
#include "auth/registry.h"
#include "unit/app/ask.h"
#include "unit/fail_alloc.h"

Suite *check_answer_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const char *const no_params[] = { NULL };
static struct auth_env env;
static struct request request;
static struct response response;
static struct exchange x;

static void
read_settings(void)
{
	request_settings_read(&request.vars, &x.settings);
	auth_init(
	    &x.auth, registry_find(x.settings.auth_type), &env, &x.settings, &request, NULL);
}

static void
begin(void)
{
	ck_assert_int_eq(request_init(&request, no_params), 0);
	response_init(&response);
	x = (struct exchange){ .request = &request, .response = &response };
	read_settings();
}

static void
end(void)
{
	request_fini(&request);
	response_fini(&response);
}

static const struct {
	int status;
	const char *text;
} status_cases[] = {
	{ 400, "Bad request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not found" },
	{ 413, "Payload too large" },
	{ 500, "Internal server error" },
	{ 501, "Not implemented" },
	{ 503, "Service unavailable" },
	{ 599, "Internal server error" },
};

START_TEST(the_usual_text_of_a_status)
{
	char want[100];

	answer_status(&x, status_cases[_i].status);
	ck_assert_int_eq(response.status, status_cases[_i].status);
	(void)snprintf(
	    want, sizeof(want), "{\n  \"error\": \"%s\"\n}\n", status_cases[_i].text);
	unit_assert_str(buf_str(&response.body), want);
	unit_assert_str(response.content_type, "application/json");
}
END_TEST

START_TEST(an_error_is_escaped)
{
	answer_error(&x, 400, STR_LIT("\"\\\n\xc3\xa4/"));
	unit_assert_str(
	    buf_str(&response.body), "{\n  \"error\": \"\\\"\\\\\\n\\u00e4/\"\n}\n");
}
END_TEST

START_TEST(the_page_of_405_is_byte_for_byte_the_originals)
{
	answer_method_not_allowed(&x, STR_LIT("GET, HEAD"));
	ck_assert_int_eq(response.status, 405);
	ck_assert_uint_eq(response.body.n, 178);
	unit_assert_str(buf_str(&response.body),
	    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n"
	    "<title>405 Method Not Allowed</title>\n"
	    "<h1>Method Not Allowed</h1>\n"
	    "<p>The method is not allowed for the requested URL.</p>\n");
	unit_assert_str(response.content_type, "text/html; charset=utf-8");
	unit_assert_str(buf_str(&response.headers), "Allow: GET, HEAD\r\n");
}
END_TEST

START_TEST(unavailable_says_when_to_come_again)
{
	answer_unavailable(&x, "users", -EIO);
	ck_assert_int_eq(response.status, 503);
	unit_assert_str(buf_str(&response.headers), "Retry-After: 2\r\n");
	/* The reason is the log's. */
	ck_assert_ptr_null(memmem(response.body.p, response.body.n, "output", 6));
}
END_TEST

static const struct {
	const char *type, *realm, *want;
} challenge_cases[] = {
	{ "basic_auth", NULL, "Basic realm=\"sessiongate\", charset=\"UTF-8\"" },
	{ "basic_auth", "", "Basic realm=\"sessiongate\", charset=\"UTF-8\"" },
	{ "basic_auth", "my shop", "Basic realm=\"my shop\", charset=\"UTF-8\"" },
	{ "basic_auth", "a\"b\\c", "Basic realm=\"a\\\"b\\\\c\", charset=\"UTF-8\"" },
	{ "basic_auth", "a\r\nX: y\x7f", "Basic realm=\"aX: y\", charset=\"UTF-8\"" },
	{ "session_auth", NULL,
	    "Cookie realm=\"sessiongate\", form-action=\"/api/v1/auth_session/login\", "
	    "cookie-name=\"_my_session_id\"" },
	{ "auth", "shop",
	    "Cookie realm=\"shop\", form-action=\"/api/v1/auth_session/login\", "
	    "cookie-name=\"_my_session_id\"" },
};

START_TEST(every_401_has_a_challenge)
{
	char type[64], realm[64], want[300];
	const char *params[] = { type, realm, NULL };

	(void)snprintf(type, sizeof(type), "AUTH_TYPE=%s", challenge_cases[_i].type);
	(void)snprintf(realm, sizeof(realm), "AUTH_REALM=%s",
	    challenge_cases[_i].realm != NULL ? challenge_cases[_i].realm : "");
	if (challenge_cases[_i].realm == NULL)
		params[1] = NULL;
	cgi_vars_add_all(&request.vars, params);
	read_settings();
	answer_status(&x, 401);
	answer_finish(&x);
	(void)snprintf(
	    want, sizeof(want), "WWW-Authenticate: %s\r\n", challenge_cases[_i].want);
	ck_assert_msg(str_starts_with(buf_str(&response.headers), str_of(want)), "%.*s",
	    (int)response.headers.n, response.headers.p);
	ck_assert_int_eq(response_error(&response), 0);
}
END_TEST

START_TEST(other_statuses_have_no_challenge)
{
	answer_status(&x, 403);
	answer_finish(&x);
	unit_assert_str(buf_str(&response.headers),
	    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
}
END_TEST

/* Half an answer is an error, never an answer. */
START_TEST(without_memory_it_is_an_error)
{
	fail_alloc_at(1);
	answer_status(&x, 404);
	fail_alloc_at(0);
	ck_assert_int_eq(response_error(&response), -ENOMEM);
}
END_TEST

Suite *
check_answer_suite(void)
{
	Suite *s = suite_create("app/answer");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_loop_test(tc, the_usual_text_of_a_status, 0, N(status_cases));
	tcase_add_test(tc, an_error_is_escaped);
	tcase_add_test(tc, the_page_of_405_is_byte_for_byte_the_originals);
	tcase_add_test(tc, unavailable_says_when_to_come_again);
	tcase_add_loop_test(tc, every_401_has_a_challenge, 0, N(challenge_cases));
	tcase_add_test(tc, other_statuses_have_no_challenge);
	tcase_add_test(tc, without_memory_it_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}
