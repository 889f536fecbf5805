/* check_response.c - tests of src/http/response.c */
#include "http/response.h"

#include <errno.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_response_suite(void);

static void
check_format(const struct response *response, bool without_body, const char *want)
{
	struct buf out;

	buf_init(&out, 10000);
	response_format(response, without_body, &out);
	ck_assert_int_eq(buf_error(&out), 0);
	unit_assert_str(buf_str(&out), want);
	buf_fini(&out);
}

static void
check_error(const struct response *response, int want)
{
	struct buf out;

	ck_assert_int_eq(response_error(response), want);
	buf_init(&out, 10000);
	response_format(response, false, &out);
	ck_assert_int_eq(buf_error(&out), want);
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
}

START_TEST(whole_answer)
{
	struct response r;

	response_init(&r);
	r.status = 404;
	response_add_header(&r, STR_LIT("Allow"), STR_LIT("GET, HEAD"));
	response_add_header(&r, STR_LIT("Set-Cookie"), STR_LIT("a=1"));
	response_add_header(&r, STR_LIT("Set-Cookie"), STR_LIT("b=2"));
	response_set_body(&r, STR_LIT("text/html"), STR_LIT("wrong"));
	response_set_body(&r, STR_LIT("application/json"), STR_LIT("{}\n"));
	ck_assert_int_eq(response_error(&r), 0);
	check_format(&r, false,
	    "Status: 404 Not Found\r\nContent-Type: application/json\r\nAllow: GET, HEAD\r\n"
	    "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\n{}\n");
	check_format(&r, true,
	    "Status: 404 Not Found\r\nContent-Type: application/json\r\nAllow: GET, HEAD\r\n"
	    "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 3\r\n\r\n");
	response_fini(&r);
}
END_TEST

/* To a web server's check, where a length would be one more header of somebody else's page. */
START_TEST(headers_alone)
{
	struct response r;

	response_init(&r);
	r.is_bodiless = true;
	response_add_header(&r, STR_LIT("Variable-REMOTE_USER"), STR_LIT("bob"));
	response_set_body(&r, STR_NULL, STR_LIT("lost"));
	check_format(&r, false, "Status: 200 OK\r\nVariable-REMOTE_USER: bob\r\n\r\n");
	check_format(&r, true, "Status: 200 OK\r\nVariable-REMOTE_USER: bob\r\n\r\n");
	response_clear(&r);
	check_format(&r, false, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
	response_fini(&r);
}
END_TEST

START_TEST(fresh_answer_is_an_empty_200)
{
	struct response r;

	response_init(&r);
	check_format(&r, false, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
	response_fini(&r);
}
END_TEST

START_TEST(body_may_be_appended)
{
	struct response r;

	response_init(&r);
	response_set_body(&r, STR_LIT("t/p"), STR_NULL);
	buf_add_z(&r.body, "abc");
	check_format(
	    &r, false, "Status: 200 OK\r\nContent-Type: t/p\r\nContent-Length: 3\r\n\r\nabc");
	response_fini(&r);
}
END_TEST

START_TEST(clear_starts_over)
{
	struct response r;

	response_init(&r);
	r.status = 500;
	response_add_header(&r, STR_LIT("A"), STR_LIT("b\nc"));
	response_add_header(&r, STR_LIT("A"), STR_LIT("b"));
	response_set_body(&r, STR_LIT("t/p"), STR_LIT("x"));
	check_error(&r, -EINVAL);
	response_clear(&r);
	check_format(&r, false, "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
	response_fini(&r);
}
END_TEST

#define S(text)                          \
	{                                \
		(text), sizeof(text) - 1 \
	}

static const struct {
	const char *what;
	struct str name, value;
	bool is_good;
} header_cases[] = {
	{ "plain", S("X-A"), S("b c"), true },
	{ "empty_value", S("X-A"), S(""), true },
	{ "tab", S("X-A"), S("b\tc"), true },
	{ "beyond_ascii", S("X-A"), S("\xc3\xa9"), true },
	{ "carriage_return", S("X-A"), S("b\rc"), false },
	{ "line_feed", S("X-A"), S("b\nSet-Cookie: x"), false },
	{ "both", S("X-A"), S("b\r\n\r\n<html>"), false },
	{ "at_the_end", S("X-A"), S("b\n"), false },
	{ "nul", S("X-A"), S("b\0c"), false },
	{ "escape", S("X-A"), S("\x1b[31m"), false },
	{ "del", S("X-A"), S("\x7f"), false },
	{ "line_feed_in_the_name", S("X\nA"), S("b"), false },
	{ "colon_in_the_name", S("X:A"), S("b"), false },
	{ "blank_in_the_name", S("X A"), S("b"), false },
	{ "empty_name", S(""), S("b"), false },
	{ "status", S("Status"), S("200 OK"), false },
	{ "content_type", S("content-type"), S("text/html"), false },
	{ "content_length", S("CONTENT-LENGTH"), S("1"), false },
};

START_TEST(header)
{
	struct response r;

	response_init(&r);
	response_add_header(&r, header_cases[_i].name, header_cases[_i].value);
	ck_assert_msg(response_error(&r) == (header_cases[_i].is_good ? 0 : -EINVAL), "%s",
	    header_cases[_i].what);
	if (!header_cases[_i].is_good) {
		ck_assert_uint_eq(r.headers.n, 0);
		check_error(&r, -EINVAL);
	}
	response_fini(&r);
}
END_TEST

START_TEST(content_type_with_a_line_feed)
{
	struct response r;

	response_init(&r);
	response_set_body(&r, STR_LIT("a\r\nb: c"), STR_LIT("x"));
	check_error(&r, -EINVAL);
	response_fini(&r);
}
END_TEST

START_TEST(status_out_of_range)
{
	static const int statuses[] = { -1, 0, 100, 199, 600, 1000 };
	struct response r;

	response_init(&r);
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		r.status = statuses[i];
		check_error(&r, -EINVAL);
	}
	response_fini(&r);
}
END_TEST

START_TEST(too_many_headers)
{
	struct response r;

	response_init(&r);
	for (int i = 0; i < 2000; i++)
		response_add_header(&r, STR_LIT("X-Name"), STR_LIT("a value"));
	check_error(&r, -EMSGSIZE);
	response_fini(&r);
}
END_TEST

START_TEST(fixed_lines_stand_as_they_are)
{
	struct response r;

	response_init(&r);
	response_add_fixed(&r, STR_LIT("A: b\r\nC: d\r\n"));
	response_add_header(&r, STR_LIT("E"), STR_LIT("f"));
	unit_assert_str(buf_str(&r.headers), "A: b\r\nC: d\r\nE: f\r\n");
	ck_assert_int_eq(response_error(&r), 0);
	response_fini(&r);
}
END_TEST

START_TEST(without_memory)
{
	for (unsigned i = 1; i <= 2; i++) {
		struct response r;

		response_init(&r);
		fail_alloc_at(i);
		response_add_header(&r, STR_LIT("A"), STR_LIT("b"));
		response_set_body(&r, STR_LIT("t/p"), STR_LIT("x"));
		fail_alloc_at(0);
		check_error(&r, -ENOMEM);
		response_fini(&r);
	}
}
END_TEST

/* Every status of the API has its reason. */
START_TEST(reasons)
{
	static const struct {
		int status;
		const char *want;
	} cases[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 204, "No Content" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 418, "Unknown" },
		{ 0, "Unknown" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(status_reason(cases[i].status), cases[i].want);
}
END_TEST

Suite *
check_response_suite(void)
{
	Suite *s = suite_create("http/response");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, whole_answer);
	tcase_add_test(tc, headers_alone);
	tcase_add_test(tc, fresh_answer_is_an_empty_200);
	tcase_add_test(tc, body_may_be_appended);
	tcase_add_test(tc, clear_starts_over);
	tcase_add_test(tc, reasons);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, status_out_of_range);
	tcase_add_test(tc, too_many_headers);
	tcase_add_test(tc, fixed_lines_stand_as_they_are);
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, header, 0, sizeof(header_cases) / sizeof(header_cases[0]));
	tcase_add_test(tc, content_type_with_a_line_feed);
	suite_add_tcase(s, tc);
	return s;
}
