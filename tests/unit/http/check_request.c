/* check_request.c - tests of src/http/request.c */
#include "http/request.h"

#include <errno.h>
#include <stdio.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_request_suite(void);

#define PARAMS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
init(struct request *request, const char *const *params)
{
	ck_assert_int_eq(request_init(request, params), 0);
}

START_TEST(reads_what_nginx_sends)
{
	struct request q;

	init(&q,
	    PARAMS("QUERY_STRING=a=b", "REQUEST_METHOD=PUT", "CONTENT_TYPE=application/json",
		"CONTENT_LENGTH=5", "SCRIPT_NAME=/api/v1/users/x",
		"REQUEST_URI=/api/v1/users/x?a=b", "DOCUMENT_URI=/wrong", "HTTPS=on",
		"REMOTE_ADDR=192.0.2.1", "REQUEST_ID=0123",
		"HTTP_AUTHORIZATION=Basic eA==", "HTTP_COOKIE=a=1; sid=2",
		"HTTP_ORIGIN=http://o", "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT",
		"HTTP_ACCESS_CONTROL_REQUEST_HEADERS=x, y"));
	ck_assert_int_eq(q.method, METHOD_PUT);
	unit_assert_str(q.method_text, "PUT");
	unit_assert_str(q.path, "/api/v1/users/x");
	unit_assert_str(q.query, "a=b");
	unit_assert_str(q.authorization, "Basic eA==");
	ck_assert(!q.has_two_authorizations);
	unit_assert_str(q.cookies, "a=1; sid=2");
	unit_assert_str(q.content_type, "application/json");
	ck_assert(q.has_content_length);
	ck_assert_int_eq(q.content_length, 5);
	unit_assert_str(q.origin, "http://o");
	unit_assert_str(q.access_control_request_method, "PUT");
	unit_assert_str(q.access_control_request_headers, "x, y");
	unit_assert_str(q.remote_addr, "192.0.2.1");
	unit_assert_str(q.request_id, "0123");
	ck_assert(q.is_https);
	ck_assert_int_eq(q.refusal, 0);
	request_set_body(&q, STR_LIT("{\"\":1"), false);
	unit_assert_str(q.body, "{\"\":1");
	ck_assert_int_eq(q.refusal, 0);
	request_fini(&q);
	request_fini(&q);
}
END_TEST

START_TEST(nothing_is_there)
{
	struct request q;

	init(&q, PARAMS("X"));
	ck_assert_int_eq(q.method, METHOD_UNKNOWN);
	unit_assert_str(q.path, "");
	unit_assert_str(q.query, NULL);
	unit_assert_str(q.authorization, NULL);
	unit_assert_str(q.cookies, NULL);
	unit_assert_str(q.content_type, NULL);
	unit_assert_str(q.origin, NULL);
	unit_assert_str(q.request_id, NULL);
	ck_assert(!q.has_content_length && !q.is_https && !q.has_two_authorizations);
	request_set_body(&q, STR_NULL, false);
	ck_assert_int_eq(q.refusal, 0);
	request_fini(&q);
}
END_TEST

START_TEST(empty_is_absent)
{
	struct request q;

	init(&q, PARAMS("HTTP_AUTHORIZATION=", "HTTP_COOKIE=", "CONTENT_TYPE=",
		     "CONTENT_LENGTH=", "HTTP_ORIGIN=", "HTTP_ACCESS_CONTROL_REQUEST_METHOD=",
		     "HTTP_ACCESS_CONTROL_REQUEST_HEADERS=", "REQUEST_ID=", "HTTPS="));
	unit_assert_str(q.authorization, NULL);
	unit_assert_str(q.cookies, NULL);
	unit_assert_str(q.content_type, NULL);
	unit_assert_str(q.origin, NULL);
	unit_assert_str(q.access_control_request_method, NULL);
	unit_assert_str(q.access_control_request_headers, NULL);
	unit_assert_str(q.request_id, NULL);
	ck_assert(!q.has_content_length && !q.is_https);
	request_fini(&q);
}
END_TEST

static const struct {
	const char *param;
	enum method want;
} method_cases[] = {
	{ "REQUEST_METHOD=GET", METHOD_GET },
	{ "REQUEST_METHOD=HEAD", METHOD_HEAD },
	{ "REQUEST_METHOD=POST", METHOD_POST },
	{ "REQUEST_METHOD=PUT", METHOD_PUT },
	{ "REQUEST_METHOD=PATCH", METHOD_PATCH },
	{ "REQUEST_METHOD=DELETE", METHOD_DELETE },
	{ "REQUEST_METHOD=OPTIONS", METHOD_OPTIONS },
	{ "REQUEST_METHOD=TRACE", METHOD_OTHER },
	{ "REQUEST_METHOD=CONNECT", METHOD_OTHER },
	{ "REQUEST_METHOD=PROPFIND", METHOD_OTHER },
	{ "REQUEST_METHOD=VERSION-CONTROL", METHOD_OTHER },
	{ "REQUEST_METHOD=trace", METHOD_UNKNOWN },
	{ "REQUEST_METHOD=PROPFINDS", METHOD_UNKNOWN },
	{ "REQUEST_METHOD=get", METHOD_UNKNOWN },
	{ "REQUEST_METHOD=GETT", METHOD_UNKNOWN },
	{ "REQUEST_METHOD= GET", METHOD_UNKNOWN },
	{ "REQUEST_METHOD=", METHOD_UNKNOWN },
	{ "METHOD=GET", METHOD_UNKNOWN },
};

START_TEST(methods)
{
	struct request q;

	init(&q, PARAMS(method_cases[_i].param));
	ck_assert_int_eq(q.method, method_cases[_i].want);
	if (q.method != METHOD_UNKNOWN && q.method != METHOD_OTHER)
		unit_assert_str(q.method_text, method_name(q.method));
	request_fini(&q);
}
END_TEST

START_TEST(unknown_method_has_no_name)
{
	ck_assert_str_eq(method_name(METHOD_UNKNOWN), "");
	ck_assert_str_eq(method_name(METHOD_OTHER), "");
}
END_TEST

static const struct {
	const char *name, *param;
	bool want_has;
	int64_t want_length;
	int want_refusal;
} length_cases[] = {
	{ "zero", "CONTENT_LENGTH=0", true, 0, 0 },
	{ "five", "CONTENT_LENGTH=5", true, 5, 0 },
	{ "leading_zeros", "CONTENT_LENGTH=005", true, 5, 0 },
	{ "the_limit", "CONTENT_LENGTH=65536", true, 65536, 0 },
	{ "over_the_limit", "CONTENT_LENGTH=65537", true, 65537, 413 },
	{ "2_to_31", "CONTENT_LENGTH=2147483648", true, INT64_C(2147483648), 413 },
	{ "2_to_32", "CONTENT_LENGTH=4294967296", true, INT64_C(4294967296), 413 },
	{ "2_to_32_and_5", "CONTENT_LENGTH=4294967301", true, INT64_C(4294967301), 413 },
	{ "2_to_63_less_1", "CONTENT_LENGTH=9223372036854775807", true, INT64_MAX, 413 },
	{ "2_to_63", "CONTENT_LENGTH=9223372036854775808", false, 0, 400 },
	{ "2_to_64", "CONTENT_LENGTH=18446744073709551616", false, 0, 400 },
	{ "2_to_64_and_5", "CONTENT_LENGTH=18446744073709551621", false, 0, 400 },
	{ "many_digits", "CONTENT_LENGTH=99999999999999999999999999999999999", false, 0, 400 },
	{ "absent", "X=", false, 0, 0 },
	{ "empty", "CONTENT_LENGTH=", false, 0, 0 },
	{ "unknown_to_caddy", "CONTENT_LENGTH=-1", false, 0, 0 },
	{ "negative", "CONTENT_LENGTH=-2", false, 0, 400 },
	{ "negative_zero", "CONTENT_LENGTH=-0", false, 0, 400 },
	{ "minus_one_and_more", "CONTENT_LENGTH=-10", false, 0, 400 },
	{ "plus", "CONTENT_LENGTH=+5", false, 0, 400 },
	{ "hex", "CONTENT_LENGTH=0x5", false, 0, 400 },
	{ "blank_before", "CONTENT_LENGTH= 5", false, 0, 400 },
	{ "blank_after", "CONTENT_LENGTH=5 ", false, 0, 400 },
	{ "two_of_them", "CONTENT_LENGTH=5, 5", false, 0, 400 },
	{ "fraction", "CONTENT_LENGTH=5.0", false, 0, 400 },
	{ "exponent", "CONTENT_LENGTH=1e1", false, 0, 400 },
	{ "word", "CONTENT_LENGTH=five", false, 0, 400 },
	{ "arabic_digit", "CONTENT_LENGTH=\xd9\xa5", false, 0, 400 },
	{ "only_a_header_of_that_name", "HTTP_CONTENT_LENGTH=5", false, 0, 0 },
};

START_TEST(content_length)
{
	struct request q;

	init(&q, PARAMS(length_cases[_i].param));
	ck_assert_msg(q.has_content_length == length_cases[_i].want_has &&
			  q.content_length == length_cases[_i].want_length &&
			  q.refusal == length_cases[_i].want_refusal,
	    "%s: %d %lld %d", length_cases[_i].name, q.has_content_length,
	    (long long)q.content_length, q.refusal);
	request_fini(&q);
}
END_TEST

static const struct {
	const char *name, *param, *body;
	bool is_over_limit;
	int want;
} body_cases[] = {
	{ "as_long_as_it_said", "CONTENT_LENGTH=5", "12345", false, 0 },
	{ "shorter", "CONTENT_LENGTH=5", "1234", false, 400 },
	{ "longer", "CONTENT_LENGTH=5", "123456", false, 400 },
	{ "not_there_at_all", "CONTENT_LENGTH=5", NULL, false, 400 },
	{ "none_as_it_said", "CONTENT_LENGTH=0", NULL, false, 0 },
	{ "there_though_it_said_none", "CONTENT_LENGTH=0", "1", false, 400 },
	{ "unknown_length", "CONTENT_LENGTH=-1", "12345", false, 0 },
	{ "empty_length", "CONTENT_LENGTH=", "12345", false, 0 },
	{ "absent_length", "X=", "12345", false, 0 },
	{ "unknown_length_and_no_body", "CONTENT_LENGTH=-1", NULL, false, 0 },
	{ "more_than_was_kept", "X=", "12345", true, 413 },
	{ "more_than_was_kept_and_than_it_said", "CONTENT_LENGTH=5", "12345", true, 413 },
	{ "first_refusal_stays", "CONTENT_LENGTH=x", "12345", true, 400 },
	{ "first_refusal_413_stays", "CONTENT_LENGTH=100000", "12345", false, 413 },
};

START_TEST(body)
{
	struct request q;

	init(&q, PARAMS(body_cases[_i].param));
	request_set_body(&q, str_of(body_cases[_i].body), body_cases[_i].is_over_limit);
	ck_assert_msg(
	    q.refusal == body_cases[_i].want, "%s: %d", body_cases[_i].name, q.refusal);
	unit_assert_str(q.body, body_cases[_i].want == 0 ? body_cases[_i].body : NULL);
	request_fini(&q);
}
END_TEST

START_TEST(body_over_the_limit)
{
	static char big[REQUEST_BODY_MAX_BYTES + 1];
	struct request q;

	init(&q, PARAMS("CONTENT_LENGTH="));
	request_set_body(&q, str_mem(big, REQUEST_BODY_MAX_BYTES), false);
	ck_assert_int_eq(q.refusal, 0);
	request_set_body(&q, str_mem(big, REQUEST_BODY_MAX_BYTES + 1), false);
	ck_assert_int_eq(q.refusal, 413);
	request_fini(&q);
}
END_TEST

static const struct {
	const char *params[3];
	enum request_role role;
	bool is_check;
	const char *gate;
} check_cases[] = {
	{ { "X=" }, REQUEST_RESPONDER, false, NULL },
	{ { "X=" }, REQUEST_AUTHORIZER, true, NULL },
	{ { "GATE=nginx" }, REQUEST_RESPONDER, true, "nginx" },
	{ { "GATE=nginx" }, REQUEST_AUTHORIZER, true, "nginx" },
	{ { "GATE=" }, REQUEST_RESPONDER, true, "" },
	{ { "GATE=Nginx " }, REQUEST_RESPONDER, true, "Nginx " },
	/* Which of two counts is nobody's guess: neither. */
	{ { "GATE=nginx", "GATE=nginx" }, REQUEST_RESPONDER, true, "" },
	{ { "GATE=", "GATE=caddy" }, REQUEST_RESPONDER, true, "" },
	/* A client's header, and names that are like it. */
	{ { "HTTP_GATE=nginx", "gate=nginx" }, REQUEST_RESPONDER, false, NULL },
	{ { "GATEX=nginx", "GAT=nginx" }, REQUEST_RESPONDER, false, NULL },
};

START_TEST(checks)
{
	struct request q;

	init(&q, check_cases[_i].params);
	q.role = check_cases[_i].role;
	ck_assert_int_eq(request_is_check(&q), check_cases[_i].is_check);
	unit_assert_str(q.gate, check_cases[_i].gate);
	request_fini(&q);
}
END_TEST

/* What it says of a body is about the request it asks for. */
START_TEST(a_check_has_no_body)
{
	static const char *const lengths[] = { "5", "0", "x", "100000", "-1" };
	char length[64];
	struct request q;

	for (int role = REQUEST_RESPONDER; role <= REQUEST_AUTHORIZER; role++) {
		(void)snprintf(length, sizeof(length), "CONTENT_LENGTH=%s", lengths[_i]);
		init(&q, PARAMS(length, role == REQUEST_RESPONDER ? "GATE=nginx" : "X="));
		q.role = (enum request_role)role;
		request_set_body(&q, STR_LIT("body"), true);
		ck_assert_int_eq(q.refusal, 0);
		unit_assert_str(q.body, NULL);
		request_fini(&q);
	}
}
END_TEST

START_TEST(cookie_lines_are_joined)
{
	struct request q;

	init(&q, PARAMS("HTTP_COOKIE=a=1", "HTTP_COOKIE2=no", "HTTP_COOKIE=sid=2; c=3", "X=y",
		     "HTTP_COOKIE=d=4"));
	unit_assert_str(q.cookies, "a=1; sid=2; c=3; d=4");
	request_fini(&q);
	init(&q, PARAMS("HTTP_COOKIE=", "HTTP_COOKIE="));
	unit_assert_str(q.cookies, NULL);
	request_fini(&q);
	init(&q, PARAMS("HTTP_COOKIE=", "HTTP_COOKIE=a=1", "HTTP_COOKIE="));
	unit_assert_str(q.cookies, "a=1; ");
	request_fini(&q);
}
END_TEST

START_TEST(blanks_and_tabs_behind_an_authorization_are_none_of_it)
{
	static const struct {
		const char *param, *want;
	} cases[] = {
		{ "HTTP_AUTHORIZATION=Basic eA==\t", "Basic eA==" },
		{ "HTTP_AUTHORIZATION=Basic eA== \t \t", "Basic eA==" },
		{ "HTTP_AUTHORIZATION=Basic ", "Basic" },
		{ "HTTP_AUTHORIZATION=\t", NULL },
		{ "HTTP_AUTHORIZATION= \t ", NULL },
		/* Before it and in it they are. */
		{ "HTTP_AUTHORIZATION=\tBasic\teA==", "\tBasic\teA==" },
		{ "HTTP_AUTHORIZATION=Basic eA==\v", "Basic eA==\v" },
	};
	struct request q;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		init(&q, PARAMS(cases[i].param));
		unit_assert_str(q.authorization, cases[i].want);
		request_fini(&q);
	}
}
END_TEST

START_TEST(two_authorizations_are_seen)
{
	struct request q;

	init(&q, PARAMS("HTTP_AUTHORIZATION=Basic one", "HTTP_AUTHORIZATION=Basic two"));
	ck_assert(q.has_two_authorizations);
	unit_assert_str(q.authorization, "Basic one");
	request_fini(&q);
	init(&q, PARAMS("HTTP_AUTHORIZATION=Basic one", "HTTP_AUTHORIZATION=Basic one"));
	ck_assert(q.has_two_authorizations);
	request_fini(&q);
}
END_TEST

/* Names that only resemble ours, as headers of clients become variables. */
START_TEST(look_alikes_change_nothing)
{
	struct request q;

	init(&q,
	    PARAMS("HTTP_SCRIPT_NAME=/a", "HTTP_PATH_INFO=/b", "HTTP_REQUEST_METHOD=PUT",
		"HTTP_HTTPS=on", "HTTP_REMOTE_ADDR=192.0.2.9", "HTTP_X_FORWARDED_FOR=192.0.2.9",
		"HTTP_X_REAL_IP=192.0.2.9", "HTTP_REQUEST_ID=x", "http_cookie=sid=bad",
		"HTTP_COOKIE_=sid=bad", "REMOTE_USER=bob", "HTTP_X_HTTP_METHOD_OVERRIDE=DELETE",
		"REQUEST_METHOD=GET", "SCRIPT_NAME=/c", "REMOTE_ADDR=192.0.2.1"));
	ck_assert_int_eq(q.method, METHOD_GET);
	unit_assert_str(q.path, "/c");
	unit_assert_str(q.remote_addr, "192.0.2.1");
	unit_assert_str(q.cookies, NULL);
	unit_assert_str(q.request_id, NULL);
	ck_assert(!q.is_https);
	request_fini(&q);
}
END_TEST

static const struct {
	const char *param;
	bool want;
} https_cases[] = {
	{ "HTTPS=on", true },
	{ "HTTPS=ON", true },
	{ "REQUEST_SCHEME=https", true },
	{ "REQUEST_SCHEME=http", false },
	{ "HTTP_REQUEST_SCHEME=https", false },
	{ "HTTPS=off", false },
	{ "HTTPS=", false },
	{ "HTTPS=on ", false },
};

START_TEST(https)
{
	struct request q;

	init(&q, PARAMS(https_cases[_i].param));
	ck_assert(q.is_https == https_cases[_i].want);
	request_fini(&q);
}
END_TEST

static const struct {
	const char *remote, *server;
	bool want;
} local_cases[] = {
	{ "REMOTE_ADDR=127.0.0.1", "X=", true },
	{ "REMOTE_ADDR=127.8.8.8", "SERVER_ADDR=127.0.0.1", true },
	{ "REMOTE_ADDR=::1", "SERVER_ADDR=::1", true },
	{ "REMOTE_ADDR=::ffff:127.0.0.1", "X=", true },
	{ "REMOTE_ADDR=192.0.2.7", "X=", false },
	{ "REMOTE_ADDR=192.0.2.7", "SERVER_ADDR=127.0.0.1", false },
	{ "REMOTE_ADDR=127.0.0.1", "SERVER_ADDR=192.0.2.7", false },
	{ "REMOTE_ADDR=127.0.0.1", "SERVER_ADDR=", false },
	{ "REMOTE_ADDR=1270.0.1", "X=", false },
	{ "REMOTE_ADDR=::127.0.0.1", "X=", false },
	{ "REMOTE_ADDR=::11", "X=", false },
	{ "REMOTE_ADDR=unix:", "X=", false },
	{ "REMOTE_ADDR=", "X=", false },
	{ "X=", "X=", false },
	/* A client writes what it likes into its headers. */
	{ "HTTP_X_FORWARDED_FOR=127.0.0.1", "HTTP_REMOTE_ADDR=127.0.0.1", false },
};

START_TEST(local)
{
	struct request q;

	init(&q, PARAMS(local_cases[_i].remote, local_cases[_i].server));
	ck_assert(request_is_local(&q) == local_cases[_i].want);
	request_fini(&q);
}
END_TEST

START_TEST(query_from_either)
{
	struct request q;

	init(&q, PARAMS("REQUEST_URI=/a?b=c?d"));
	unit_assert_str(q.query, "b=c?d");
	unit_assert_str(q.path, "/a");
	request_fini(&q);
	init(&q, PARAMS("REQUEST_URI=/a?b", "QUERY_STRING=c"));
	unit_assert_str(q.query, "c");
	request_fini(&q);
}
END_TEST

START_TEST(encoded_slash_is_no_route)
{
	struct request q;

	init(&q, PARAMS("SCRIPT_NAME=/api/v1/users/me", "REQUEST_URI=/api/v1/users%2fme"));
	unit_assert_str(q.path, "");
	request_fini(&q);
}
END_TEST

START_TEST(without_memory)
{
	struct request q;

	fail_alloc_at(1);
	ck_assert_int_eq(request_init(&q, PARAMS("SCRIPT_NAME=/a", "PATH_INFO=/b")), -ENOMEM);
	fail_alloc_at(1);
	ck_assert_int_eq(request_init(&q, PARAMS("HTTP_COOKIE=a", "HTTP_COOKIE=b")), -ENOMEM);
	fail_alloc_at(2);
	ck_assert_int_eq(request_init(&q, PARAMS("SCRIPT_NAME=/a", "PATH_INFO=/b",
					      "HTTP_COOKIE=a", "HTTP_COOKIE=b")),
	    -ENOMEM);
	fail_alloc_at(0);
}
END_TEST

#define N(cases) (int)(sizeof(cases) / sizeof(cases[0]))

Suite *
check_request_suite(void)
{
	Suite *s = suite_create("http/request");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, reads_what_nginx_sends);
	tcase_add_test(tc, nothing_is_there);
	tcase_add_test(tc, empty_is_absent);
	tcase_add_loop_test(tc, methods, 0, N(method_cases));
	tcase_add_test(tc, unknown_method_has_no_name);
	tcase_add_loop_test(tc, https, 0, N(https_cases));
	tcase_add_loop_test(tc, local, 0, sizeof(local_cases) / sizeof(local_cases[0]));
	tcase_add_test(tc, query_from_either);
	tcase_add_test(tc, cookie_lines_are_joined);
	tcase_add_loop_test(tc, checks, 0, N(check_cases));
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_loop_test(tc, content_length, 0, N(length_cases));
	tcase_add_loop_test(tc, body, 0, N(body_cases));
	tcase_add_test(tc, body_over_the_limit);
	tcase_add_loop_test(tc, a_check_has_no_body, 0, 5);
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_test(tc, blanks_and_tabs_behind_an_authorization_are_none_of_it);
	tcase_add_test(tc, two_authorizations_are_seen);
	tcase_add_test(tc, look_alikes_change_nothing);
	tcase_add_test(tc, encoded_slash_is_no_route);
	suite_add_tcase(s, tc);
	return s;
}
