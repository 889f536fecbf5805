/* check_cors.c - tests of answer_finish(): which other origins may read the answer */
#include "unit/unit.h"

#include <stdio.h>

#include "app/answer.h"

Suite *check_cors_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define METHODS  "Access-Control-Allow-Methods: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n"
#define ANY      "Access-Control-Allow-Origin: *\r\n"
#define A        "Vary: Origin\r\nAccess-Control-Allow-Origin: https://a.example\r\n"

static const struct {
	const char *name, *method, *path, *origins, *origin, *request_method, *request_headers;
	const char *want;
} cases[] = {
	{ "no_origin", "GET", "/api/v1/users", NULL, NULL, NULL, NULL, ANY },
	{ "empty_origin", "GET", "/api/v1/users", NULL, "", NULL, NULL, ANY },
	{ "an_origin", "GET", "/api/v1/users", NULL, "https://a.example", NULL, NULL, A },
	{ "null_origin", "GET", "/api/v1/users", NULL, "null", NULL, NULL,
	    "Vary: Origin\r\nAccess-Control-Allow-Origin: null\r\n" },
	{ "the_prefix_itself", "GET", "/api/v1", NULL, NULL, NULL, NULL, ANY },
	{ "the_prefix_and_a_slash", "GET", "/api/v1/", NULL, NULL, NULL, NULL, ANY },
	{ "not_below_the_prefix", "GET", "/api/v10/users", NULL, "https://a.example", NULL,
	    NULL, "" },
	{ "root", "GET", "/", NULL, "https://a.example", NULL, NULL, "" },
	/* What the path rules refuse is below the prefix all the same. */
	{ "dot_segment", "GET", "/api/v1/./status", NULL, NULL, NULL, NULL, ANY },
	{ "dot_segments", "GET", "/api/v1/../x", NULL, "https://a.example", NULL, NULL, A },
	{ "dot_segment_elsewhere", "GET", "/x/./y", NULL, "https://a.example", NULL, NULL, "" },
	{ "other_case", "GET", "/API/v1/users", NULL, "https://a.example", NULL, NULL, "" },

	/* Preflight. */
	{ "preflight", "OPTIONS", "/api/v1/users", NULL, "https://a.example", "POST", NULL,
	    A METHODS },
	{ "preflight_without_origin", "OPTIONS", "/api/v1/users", NULL, NULL, "POST", NULL,
	    ANY METHODS },
	{ "preflight_headers_sorted", "OPTIONS", "/api/v1/users", NULL, "https://a.example",
	    "put", "x-b, Content-Type ,,x-a,",
	    A METHODS "Access-Control-Allow-Headers: Content-Type, x-a, x-b\r\n" },
	{ "preflight_no_headers", "OPTIONS", "/api/v1/users", NULL, "https://a.example", "PUT",
	    " , ,", A METHODS },
	{ "preflight_prefix_sorts_first", "OPTIONS", "/api/v1/users", NULL, "https://a.example",
	    "PUT", "abc,ab,abcd", A METHODS "Access-Control-Allow-Headers: ab, abc, abcd\r\n" },
	{ "preflight_unknown_method", "OPTIONS", "/api/v1/users", NULL, "https://a.example",
	    "TRACE", "x-a", A },
	{ "preflight_no_method", "OPTIONS", "/api/v1/users", NULL, "https://a.example", NULL,
	    "x-a", A },
	{ "no_preflight", "GET", "/api/v1/users", NULL, "https://a.example", "POST", "x-a", A },
	{ "preflight_bad_headers", "OPTIONS", "/api/v1/users", NULL, "https://a.example", "PUT",
	    "x-a\x01, x-b", A METHODS },

	/* Narrowed: a list, by blanks or commas. */
	{ "listed", "GET", "/api/v1/users", "https://a.example", "https://a.example", NULL,
	    NULL, A },
	{ "listed_second", "GET", "/api/v1/users", "https://b.example, https://a.example",
	    "https://a.example", NULL, NULL, A },
	{ "listed_between_blanks", "GET", "/api/v1/users", "  https://b  https://a.example ",
	    "https://a.example", NULL, NULL, A },
	{ "not_listed", "GET", "/api/v1/users", "https://b.example", "https://a.example", NULL,
	    NULL, "Vary: Origin\r\n" },
	{ "part_of_a_listed_one", "GET", "/api/v1/users", "https://a.example.org",
	    "https://a.example", NULL, NULL, "Vary: Origin\r\n" },
	{ "longer_than_a_listed_one", "GET", "/api/v1/users", "https://a.exampl",
	    "https://a.example", NULL, NULL, "Vary: Origin\r\n" },
	{ "other_case_than_listed", "GET", "/api/v1/users", "https://A.example",
	    "https://a.example", NULL, NULL, "Vary: Origin\r\n" },
	{ "two_at_once", "GET", "/api/v1/users", "https://b,https://a.example",
	    "https://b,https://a.example", NULL, NULL, "Vary: Origin\r\n" },
	{ "narrowed_and_no_origin", "GET", "/api/v1/users", "https://a.example", NULL, NULL,
	    NULL, "Vary: Origin\r\n" },
	{ "narrowed_to_none", "GET", "/api/v1/users", "", "https://a.example", NULL, NULL,
	    "Vary: Origin\r\n" },
	{ "narrowed_preflight", "OPTIONS", "/api/v1/users", "https://b.example",
	    "https://a.example", "PUT", "x-a", "Vary: Origin\r\n" },

	/* What is no origin cannot become a header of ours. */
	{ "line_feed", "GET", "/api/v1/users", NULL, "a\nSet-Cookie: x=y", NULL, NULL,
	    "Vary: Origin\r\n" ANY },
	{ "return", "GET", "/api/v1/users", NULL, "a\rb", NULL, NULL, "Vary: Origin\r\n" ANY },
	{ "not_ascii", "GET", "/api/v1/users", NULL, "https://\xc3\xa4", NULL, NULL,
	    "Vary: Origin\r\n" ANY },
	{ "delete", "GET", "/api/v1/users", NULL, "a\x7f", NULL, NULL, "Vary: Origin\r\n" ANY },
};

static void
run(const char *method, const char *path, const char *origins, const char *origin,
    const char *request_method, const char *request_headers, struct response *response)
{
	static char rooms[6][20000];
	const char *names[] = { "REQUEST_METHOD", "SCRIPT_NAME", "CORS_ORIGINS", "HTTP_ORIGIN",
		"HTTP_ACCESS_CONTROL_REQUEST_METHOD", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS" };
	const char *values[] = { method, path, origins, origin, request_method,
		request_headers };
	const char *params[7];
	struct request request;
	struct exchange x = { .request = &request, .response = response };
	size_t n = 0;

	for (size_t i = 0; i < 6; i++) {
		if (values[i] == NULL)
			continue;
		(void)snprintf(rooms[i], sizeof(rooms[i]), "%s=%s", names[i], values[i]);
		params[n++] = rooms[i];
	}
	params[n] = NULL;
	ck_assert_int_eq(request_init(&request, params), 0);
	request_settings_read(&request.vars, &x.settings);
	response_init(response);
	answer_finish(&x);
	request_fini(&request);
}

/* What follows the headers of every answer. */
static struct str
cors_of(const struct response *response)
{
	const struct str first =
	    STR_LIT("X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");

	ck_assert(str_starts_with(buf_str(&response->headers), first));
	return str_skip(buf_str(&response->headers), first.n);
}

START_TEST(headers)
{
	struct response response;

	run(cases[_i].method, cases[_i].path, cases[_i].origins, cases[_i].origin,
	    cases[_i].request_method, cases[_i].request_headers, &response);
	ck_assert_msg(str_eq_z(cors_of(&response), cases[_i].want), "%s: %.*s", cases[_i].name,
	    (int)response.headers.n, response.headers.p);
	ck_assert_int_eq(response_error(&response), 0);
	response_fini(&response);
}
END_TEST

/* A client must not be able to make the answer too large to be one. */
START_TEST(long_texts_are_left_out)
{
	static char origin[8001], list[8001];
	struct response response;

	memset(origin, 'o', sizeof(origin) - 1);
	for (size_t i = 0; i < sizeof(list) - 1; i++)
		list[i] = i % 2 == 0 ? 'a' : ',';
	run("OPTIONS", "/api/v1/users", NULL, origin, "PUT", list, &response);
	ck_assert_int_eq(response_error(&response), 0);
	ck_assert_uint_lt(response.headers.n, 500);
	unit_assert_str(cors_of(&response), "Vary: Origin\r\n" ANY METHODS);
	response_fini(&response);
	/* Many short ones: the first 64. */
	list[400] = '\0';
	run("OPTIONS", "/api/v1/users", NULL, NULL, "PUT", list, &response);
	ck_assert_int_eq(response_error(&response), 0);
	response_fini(&response);
}
END_TEST

Suite *
check_cors_suite(void)
{
	Suite *s = suite_create("app/cors");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, headers, 0, N(cases));
	tcase_add_test(tc, long_texts_are_left_out);
	suite_add_tcase(s, tc);
	return s;
}
