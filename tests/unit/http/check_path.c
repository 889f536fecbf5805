/* check_path.c - tests of src/http/path.c */
#include "http/path.h"

#include <errno.h>
#include <stdint.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_path_suite(void);

#define STATUS "/api/v1/status"
#define ME     "/api/v1/users/me"

struct path_case {
	const char *name, *script_name, *path_info, *request_uri, *want;
};

/* How each server hands over the same path. */
static const struct path_case server_cases[] = {
	{ "nginx", STATUS, "", STATUS, STATUS },
	{ "nginx_without_path_info", STATUS, NULL, STATUS "?a=b", STATUS },
	{ "nginx_decoded_it", "/api/v1/stat us", NULL, "/api/v1/stat%20us", "/api/v1/stat us" },
	{ "nginx_merged_slashes", STATUS, NULL, "//api///v1/status", STATUS },
	{ "nginx_merge_slashes_off", "//api/v1/status", NULL, "//api/v1/status",
	    "//api/v1/status" },
	{ "nginx_after_an_internal_redirect", STATUS, NULL, "/somewhere/else", STATUS },
	{ "lighttpd_prefix_slash", "", STATUS, STATUS, STATUS },
	{ "lighttpd_prefix_api", "/api", "/v1/status", STATUS, STATUS },
	{ "lighttpd_prefix_api_decoded_it", "/api", "/v1/stat us", "/api/v1/stat%20us",
	    "/api/v1/stat us" },
	{ "caddy", NULL, STATUS, STATUS, STATUS },
	{ "only_request_uri", NULL, NULL, STATUS "?a=/x", STATUS },
	{ "only_request_uri_and_empty_ones", "", "", STATUS, STATUS },
	{ "only_request_uri_decoded_here", NULL, NULL, "/api/v1/stat%75s", STATUS },
	{ "only_absolute_request_uri", NULL, NULL, "http://h:80/api/v1/status?x", STATUS },
	{ "absolute_request_uri", STATUS, NULL, "http://h" STATUS, STATUS },
	{ "slash_at_the_end_stays", STATUS "/", NULL, STATUS "/", STATUS "/" },
	{ "root", "/", NULL, "/", "/" },
	{ "nothing_at_all", NULL, NULL, NULL, "" },
	{ "asterisk", NULL, NULL, "*", "" },
	{ "authority_alone", NULL, NULL, "http://host", "" },
	{ "no_scheme_separator", NULL, NULL, "host:80", "" },
	{ "slash_in_the_scheme", NULL, NULL, "a/b://host/c", "" },
	{ "path_in_the_query_of_an_authority", NULL, NULL, "http://host?/api", "" },
	{ "path_in_the_fragment_of_an_authority", NULL, NULL, "http://#host/api", "" },
	{ "relative", "api", NULL, NULL, "" },
	{ "letters_in_any_case_stay", "/API/v1/Status", NULL, "/API/v1/Status",
	    "/API/v1/Status" },
	{ "plus_is_no_blank", NULL, NULL, "/a+b", "/a+b" },
	{ "utf_8_is_decoded", NULL, NULL, "/%c3%a9", "/\xc3\xa9" },
	{ "three_dots_are_a_name", "/.../..a/.b/c..", NULL, "/.../..a/.b/c..",
	    "/.../..a/.b/c.." },
	{ "escaped_letters_are_that_letter", STATUS, NULL, "/api/v1/%73tatus", STATUS },
};

/* No encoding becomes another route. */
static const struct path_case hostile_cases[] = {
	{ "escaped_slash", ME, NULL, "/api/v1/users%2fme", "" },
	{ "escaped_slash_upper_case", ME, NULL, "/api/v1/users%2Fme", "" },
	{ "escaped_slash_and_a_query", ME, NULL, "/api/v1/users%2fme?a=b", "" },
	{ "escaped_slash_and_a_fragment", ME, NULL, "/api/v1/users%2fme#a", "" },
	{ "escaped_slash_in_absolute_form", ME, NULL, "HTTP://h/api/v1/users%2fme", "" },
	{ "escaped_slash_in_lighttpd", "", ME, "/api/v1/users%2fme", "" },
	{ "escaped_slash_in_lighttpd_prefix", "/api", "/v1/users/me", "/api/v1/users%2fme",
	    "" },
	{ "escaped_slash_behind_double_slashes", ME, NULL, "//api//v1/users%2fme", "" },
	{ "escaped_double_slash", ME, NULL, "/api/v1/users%2f%2fme", "" },
	{ "escaped_slash_at_the_end", ME, NULL, "/api/v1/users/me%2f", "" },
	{ "escaped_slash_at_the_end_decoded", ME "/", NULL, "/api/v1/users/me%2f", "" },
	{ "escaped_slash_behind_a_long_detour", ME, NULL,
	    "/a/../b/../c/../d/../e/../api/v1/users%2fme", "" },
	{ "escaped_slash_alone", NULL, NULL, "/api/v1/users%2fme", "" },
	{ "escaped_slash_elsewhere_is_not_ours", STATUS, NULL, "/files/a%2fb", STATUS },
	{ "escaped_slash_in_the_query_is_not_ours", STATUS, NULL, STATUS "?next=%2fb", STATUS },
	{ "escaped_nul", STATUS, NULL, STATUS "%00", "" },
	{ "escaped_nul_and_more", STATUS, NULL, STATUS "%00/users", "" },
	{ "escaped_nul_elsewhere", STATUS, NULL, "/x%00", "" },
	{ "escaped_nul_alone", NULL, NULL, STATUS "%00", "" },
	{ "dot_segment", STATUS, NULL, "/api/v1/./status", "" },
	{ "two_dots", STATUS, NULL, "/api/v1/users/../status", "" },
	{ "two_dots_not_merged", "/api/v1/users/../status", NULL, "/api/v1/users/../status",
	    "" },
	{ "two_dots_at_the_end", "/api/v1/users/..", NULL, NULL, "" },
	{ "dot_at_the_end", STATUS, NULL, STATUS "/.", "" },
	{ "two_dots_from_the_root", STATUS, NULL, "/../../api/v1/status", "" },
	{ "escaped_dots", STATUS, NULL, "/api/v1/users/%2e%2e/status", "" },
	{ "escaped_dots_upper_case", STATUS, NULL, "/api/v1/users/%2E./status", "" },
	{ "escaped_dots_alone", NULL, NULL, "/api/v1/users/%2e%2e/status", "" },
	{ "escaped_dots_not_decoded", "/api/v1/users/%2e%2e/status", NULL,
	    "/api/v1/users/%252e%252e/status", "/api/v1/users/%2e%2e/status" },
	{ "double_escaped_is_text", NULL, NULL, "/api/v1/%252e%252e/status",
	    "/api/v1/%2e%2e/status" },
	{ "double_escaped_slash_is_text", "/api/v1/users%2fme", NULL, "/api/v1/users%252fme",
	    "/api/v1/users%2fme" },
	{ "escaped_percent_is_decoded_once", NULL, NULL, "/api/v1/%2573tatus",
	    "/api/v1/%73tatus" },
	{ "dots_elsewhere_are_not_ours", STATUS, NULL, "/x/../y", STATUS },
	{ "bad_escape", "/api/v1/%zz", NULL, "/api/v1/%zz", "" },
	{ "bad_escape_alone", NULL, NULL, "/api/v1/%4", "" },
	{ "bad_escape_elsewhere_is_not_ours", STATUS, NULL, "/%zz", STATUS },
	{ "escaped_line_feed_is_text", "/api/v1/status\n", NULL, STATUS "%0a", STATUS "\n" },
	{ "escaped_line_feed_moves_nothing", "/api/v1", "", "/api/v1%0astatus", "/api/v1" },
	{ "escaped_carriage_return_is_text", NULL, NULL, STATUS "%0d", STATUS "\r" },
	{ "escaped_question_mark_is_text", NULL, NULL, STATUS "%3fa", STATUS "?a" },
	{ "backslash_is_text", NULL, NULL, "/api\\v1\\status", "/api\\v1\\status" },
	{ "semicolon_is_text", NULL, NULL, STATUS ";a=b", STATUS ";a=b" },
	{ "overlong_dots_are_text", NULL, NULL, "/%c0%ae%c0%ae/x", "/\xc0\xae\xc0\xae/x" },
};

static void
check(const struct path_case *c)
{
	struct str path, asked;
	struct buf memory;

	buf_init(&memory, SIZE_MAX);
	ck_assert_int_eq(path_resolve(str_of(c->script_name), str_of(c->path_info),
			     str_of(c->request_uri), &memory, &path, &asked),
	    0);
	ck_assert_msg(str_eq_z(path, c->want) && !str_is_null(path),
	    "%s: expected \"%s\", got \"%.*s\"", c->name, c->want, STR_FMT(path));
	buf_fini(&memory);
}

START_TEST(servers)
{
	check(&server_cases[_i]);
}
END_TEST

START_TEST(hostile)
{
	check(&hostile_cases[_i]);
}
END_TEST

static const struct path_case asked_cases[] = {
	{ "what_is_sent", STATUS, NULL, STATUS "?a=b", STATUS },
	{ "escaped_slash", "/api/v1/users/a/b", NULL, "/api/v1/users/a%2Fb",
	    "/api/v1/users/a/b" },
	{ "dot_segment", STATUS, NULL, "/api/v1/./status", "/api/v1/./status" },
	{ "out_and_away", "/x", NULL, "/api/v1/../../x", "/api/v1/../../x" },
	{ "in_from_elsewhere", STATUS, NULL, "/x/..%2fapi/v1/status", "/x/../api/v1/status" },
	{ "bad_escape", NULL, "/api/v1/%zz", "/api/v1/%zz", "/api/v1/%zz" },
	{ "all_escaped", NULL, NULL, "/%61pi/v1/a%2fb", "/api/v1/a/b" },
	{ "without_a_uri", "/api/v1", "/./status", NULL, "/api/v1/./status" },
	{ "no_path_at_all", NULL, NULL, "*", "" },
};

START_TEST(what_was_asked_for)
{
	const struct path_case *c = &asked_cases[_i];
	struct str path, asked;
	struct buf memory;

	buf_init(&memory, SIZE_MAX);
	ck_assert_int_eq(path_resolve(str_of(c->script_name), str_of(c->path_info),
			     str_of(c->request_uri), &memory, &path, &asked),
	    0);
	ck_assert_msg(str_eq_z(asked, c->want), "%s: expected \"%s\", got \"%.*s\"", c->name,
	    c->want, STR_FMT(asked));
	buf_fini(&memory);
}
END_TEST

START_TEST(asked_for_with_a_nul)
{
	struct str path, asked;
	struct buf memory;

	buf_init(&memory, SIZE_MAX);
	ck_assert_int_eq(
	    path_resolve(STR_NULL, STR_NULL, STR_LIT(STATUS "%00"), &memory, &path, &asked), 0);
	unit_assert_str(path, "");
	ck_assert(str_eq(asked, STR_LIT(STATUS "\0")));
	buf_fini(&memory);
}
END_TEST

/* The usual request costs no memory. */
START_TEST(copies_only_when_needed)
{
	struct str path, asked, status = STR_LIT(STATUS);
	struct buf memory;
	int r1, r2, r3;

	buf_init(&memory, SIZE_MAX);
	fail_alloc_at(1);
	r1 = path_resolve(status, STR_NULL, STR_LIT(STATUS "?%"), &memory, &path, &asked);
	r2 = path_resolve(STR_NULL, status, status, &memory, &path, &asked);
	r3 = path_resolve(status, STR_NULL, STR_LIT("/%41"), &memory, &path, &asked);
	ck_assert_int_eq(r1, 0);
	ck_assert_int_eq(r2, 0);
	ck_assert_int_eq(r3, -ENOMEM);
	buf_clear(&memory);
	fail_alloc_at(1);
	r1 = path_resolve(STR_LIT("/a"), STR_LIT("/b"), STR_NULL, &memory, &path, &asked);
	ck_assert_int_eq(r1, -ENOMEM);
	buf_fini(&memory);
}
END_TEST

/* All views stay, however long the parts: joined, decoded and merged share one memory. */
START_TEST(long_paths_stay_in_place)
{
	for (size_t n = 1; n < 1000; n++) {
		struct str path, asked, script, info;
		struct buf memory, raw, plain;

		buf_init(&raw, 10000);
		buf_init(&plain, 10000);
		buf_add_z(&raw, "/a%2f");
		buf_add_z(&plain, "/a/");
		for (size_t i = 0; i < n; i++) {
			buf_add_char(&raw, 'x');
			buf_add_char(&plain, 'x');
		}
		script = str_take(buf_str(&plain), 2);
		info = str_skip(buf_str(&plain), 2);
		buf_init(&memory, SIZE_MAX);
		ck_assert_int_eq(
		    path_resolve(STR_NULL, STR_NULL, buf_str(&raw), &memory, &path, &asked), 0);
		unit_assert_str(path, "");
		buf_fini(&memory);
		ck_assert_int_eq(
		    path_resolve(script, info, buf_str(&raw), &memory, &path, &asked), 0);
		unit_assert_str(path, "");
		buf_fini(&memory);
		buf_add_char(&raw, 'y');
		ck_assert_int_eq(
		    path_resolve(script, info, buf_str(&raw), &memory, &path, &asked), 0);
		ck_assert(str_eq(path, buf_str(&plain)));
		buf_fini(&memory);
		buf_fini(&raw);
		buf_fini(&plain);
	}
}
END_TEST

START_TEST(length_is_bounded)
{
	static char text[PATH_MAX_BYTES + 1];
	struct str path, asked;
	struct buf memory;

	buf_init(&memory, SIZE_MAX);
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	ck_assert_int_eq(path_resolve(str_mem(text, PATH_MAX_BYTES), STR_NULL, STR_NULL,
			     &memory, &path, &asked),
	    0);
	ck_assert_uint_eq(path.n, PATH_MAX_BYTES);
	ck_assert_int_eq(path_resolve(str_mem(text, PATH_MAX_BYTES + 1), STR_NULL, STR_NULL,
			     &memory, &path, &asked),
	    0);
	unit_assert_str(path, "");
	buf_fini(&memory);
}
END_TEST

Suite *
check_path_suite(void)
{
	Suite *s = suite_create("http/path");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, servers, 0, sizeof(server_cases) / sizeof(server_cases[0]));
	tcase_add_loop_test(
	    tc, what_was_asked_for, 0, sizeof(asked_cases) / sizeof(asked_cases[0]));
	tcase_add_test(tc, asked_for_with_a_nul);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, copies_only_when_needed);
	tcase_add_test(tc, long_paths_stay_in_place);
	tcase_add_test(tc, length_is_bounded);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, hostile, 0, sizeof(hostile_cases) / sizeof(hostile_cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
