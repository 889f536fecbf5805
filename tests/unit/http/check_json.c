/* check_json.c - tests of src/http/json.c, in the manner of the JSONTestSuite */
#include "http/json.h"
#include "http/request.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#include <json-c/json_tokener.h>

#include "unit/unit.h"

Suite *check_json_suite(void);

struct json_tokener *__real_json_tokener_new_ex(int depth);
struct json_tokener *__wrap_json_tokener_new_ex(int depth);

static bool is_without_memory;

struct json_tokener *
__wrap_json_tokener_new_ex(int depth)
{
	return is_without_memory ? NULL : __real_json_tokener_new_ex(depth);
}

size_t __real_json_tokener_get_parse_end(struct json_tokener *tokener);
size_t __wrap_json_tokener_get_parse_end(struct json_tokener *tokener);

static bool stops_early;

size_t
__wrap_json_tokener_get_parse_end(struct json_tokener *tokener)
{
	return __real_json_tokener_get_parse_end(tokener) - (stops_early ? 1 : 0);
}

static int
parse(struct str type, struct str body, struct json_object **ret_value)
{
	struct request request = { .content_type = type, .body = body };

	return json_parse_body(&request, ret_value);
}

#define S(text)                          \
	{                                \
		(text), sizeof(text) - 1 \
	}
#define DEEP_8    "[[[[[[[["
#define SHALLOW_8 "]]]]]]]]"

static const struct str good[] = {
	S("{}"),
	S("[]"),
	S("null"),
	S("true"),
	S("false"),
	S("0"),
	S("-0"),
	S("12"),
	S("-1"),
	S("1.5"),
	S("-0.1e-5"),
	S("1E+2"),
	S("1e400"),
	S("123456789012345678901234567890"),
	S("-123456789012345678901234567890"),
	S("[9223372036854775807,9223372036854775808,18446744073709551616]"),
	S("[-9223372036854775808,-9223372036854775809]"),
	S("123456789012345678901234567890e1"),
	S("\"\""),
	S("\"abc\""),
	S("\" \x7f \""),
	S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
	S("\"\\u0041\\u00e9\\uD83D\\uDE00\\ud83d\\ude00\""),
	S("\"\\u0000\""),
	S("[\"a\\u0000b\"]"),
	S("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""),
	S("\"\xef\xbf\xbf\xf4\x8f\xbf\xbf\""),
	S(" \t\r\n[ 1 , 2 ]\n\t\r "),
	S("[[],{}]"),
	S("{\"\":0}"),
	S("{\"a\":{\"b\":[]}}"),
	S("{\"a\":1,\"a\":2}"),
	S("[1,null,true]"),
	S("[\"N\",\"I\",\"'\",\"1.\",\"-01\",\"]]]]\",\"[[[[[[[[[[[\"]"),
	S("\"\\\\u0000\""),
	S("{\"a\":\"x\\u0000y\",\"b\":\"\\u0000\"}"),
	S("[\"\\\\ud800\"]"),
	S("[0.0,-0.0,0e1]"),
	S(DEEP_8 SHALLOW_8),
	S(DEEP_8 "1" SHALLOW_8),
	S("{\"a\":[[[[[[{\"b\":1}]]]]]]}"),
	S("[[[[[[[[]]]]],[[[[]]]]]]]"),
	S("[\"\\u007F\"]"),
	S("[2.0e3]"),
	S("{\"a\\u0000\":1}"),
	S("{\"\\u0000\" \n:1}"),
	S("{\"b\":1,\"a\\u0000b\"\t:2}"),
	S("{\"Zo\xc3\xab\":\"\xce\xa9mega \xf0\x9f\xa6\x8a\"}"),
};

static const struct str bad[] = {
	S(""),
	S(" "),
	S("\n"),
	S("\0"),
	S("{"),
	S("["),
	S("}"),
	S("]"),
	S("[}"),
	S("{]"),
	S("[1]]"),
	S("[1"),
	S("[1,"),
	S("[1,]"),
	S("[,1]"),
	S("[1,,2]"),
	S("[1 2]"),
	S("[1;2]"),
	S(","),
	S(":"),
	S("[1] x"),
	S("[1][2]"),
	S("{}{}"),
	S("1 2"),
	S("null null"),
	S("nul"),
	S("nulll"),
	S("NULL"),
	S("True"),
	S("tru"),
	S("truex"),
	S("TRUE"),
	S("nan"),
	S("NaN"),
	S("-NaN"),
	S("[NaN]"),
	S("Infinity"),
	S("-Infinity"),
	S("[Infinity]"),
	S("[-Infinity]"),
	S("[inf]"),
	S("[-inf]"),
	S("undefined"),
	S("abc"),
	S("+1"),
	S("[+1]"),
	S("-"),
	S("[-]"),
	S("--1"),
	S("01"),
	S("[01]"),
	S("-01"),
	S("[-01]"),
	S("-00"),
	S("00"),
	S("1."),
	S("[1.]"),
	S("[-1.]"),
	S("[1.e5]"),
	S(".5"),
	S("[.5]"),
	S("-.5"),
	S("1e"),
	S("[1e]"),
	S("1e+"),
	S("[1E-]"),
	S("1ee2"),
	S("1.5.5"),
	S("1-2"),
	S("0x1"),
	S("[0x1]"),
	S("1_000"),
	S("1,000"),
	S("\xef\xbc\x91"),
	S("\""),
	S("\"abc"),
	S("abc\""),
	S("'abc'"),
	S("{'a':1}"),
	S("['a']"),
	S("{a:1}"),
	S("{1:1}"),
	S("{\"a\"}"),
	S("{\"a\":}"),
	S("{\"a\":1,}"),
	S("{,\"a\":1}"),
	S("{\"a\"::1}"),
	S("{\"a\":1 \"b\":2}"),
	S("{\"a\",1}"),
	S("{\"a\":1"),
	S("{\"a\""),
	S("{\"a\":"),
	S("{null:1}"),
	S("{[]:1}"),
	S("/**/[]"),
	S("[]/**/"),
	S("[1/**/]"),
	S("// x\n[]"),
	S("#\n[]"),
	S("\"\t\""),
	S("\"\n\""),
	S("\"\x1f\""),
	S("\"\0\""),
	S("[\"a\0b\"]"),
	S("[1]\0"),
	S("[1]\0[2]"),
	S("[\0]"),
	S("1\0"),
	S("\f[]"),
	S("\v[]"),
	S("[\x0c]"),
	S("\"\\x41\""),
	S("\"\\a\""),
	S("\"\\'\""),
	S("\"\\0\""),
	S("\"\\"),
	S("\"\\\""),
	S("\"\\u\""),
	S("\"\\u1\""),
	S("\"\\u12\""),
	S("\"\\u123\""),
	S("\"\\u12g4\""),
	S("\"\\U0041\""),
	S("\"\\u+041\""),
	S("\"\\u 041\""),
	S("\"\\u00 1\""),
	S("\"\\ud800\""),
	S("\"\\udbff\""),
	S("\"\\udc00\""),
	S("\"\\udfff x\""),
	S("\"\\ud800\\u0041\""),
	S("\"\\ud800\\ud800\""),
	S("\"\\ud800x\""),
	S("\"\\ud800\\n\""),
	S("\"\\ud800\\udbff\""),
	S("\"\\ud800\\ue000\""),
	S("\"\\ud83d\\ude00\\ude00\""),
	S("\"\\ud800\\udc0\""),
	S("\"\\ud800\\"),
	S("\"\\ud800xxxxxx\""),
	S("{\"a\\u0000\"\0:1}"),
	S("\"\\ud8"),
	S("\"\xff\""),
	S("\"\xc3\""),
	S("\"\xc0\x80\""),
	S("\"\xe0\x80\x80\""),
	S("\"\xed\xa0\x80\""),
	S("\"\xed\xbf\xbf\""),
	S("\"\xf4\x90\x80\x80\""),
	S("\"\xf8\x88\x80\x80\x80\""),
	S("\"\xe2\x82\""),
	S("\"\x80\""),
	S("[\"\xe9\"]"),
	S("\xef\xbb\xbf{}"),
	S("\xff\xfe[\0]\0"),
	S("[\0]\0"),
	S("\0[\0]"),
	S("[\xe2\x81\xa0]"),
	S("[\xc2\xa0]"),
	S("[\xe2\x80\xa8 1]"),
	S("[" DEEP_8 SHALLOW_8 "]"),
	S("[" DEEP_8 "1" SHALLOW_8 "]"),
	S("{\"a\":" DEEP_8 SHALLOW_8 "}"),
	S(DEEP_8 DEEP_8),
	S("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}"),
	S("{\"email\": \"a\"} {\"email\": \"b\"}"),
	S("email=bob"),
	S("<a/>"),
	S("[1]\xe2\x80\xa8"),
	S("\xc3\xab"),
	S("{\"a\":1}\xc3\xab"),
	S("{\xc3\xab:1}"),
	S("[\"a\":1]"),
	S("{\"a\":1]"),
	S("[1}"),
	S("*"),
	S("{*}"),
	S("[1,\n1\n,1"),
	S("{\"a\":'x'}"),
	S("[\"a\",\n4\n,1,"),
};

#define N(cases) (int)(sizeof(cases) / sizeof(cases[0]))

START_TEST(takes_the_grammar)
{
	struct json_object *value = NULL;

	ck_assert_msg(parse(STR_LIT("application/json"), good[_i], &value) == 0,
	    "refused: %.*s", STR_FMT(good[_i]));
	json_wipe(value);
}
END_TEST

START_TEST(refuses_anything_else)
{
	struct json_object *untouched = (struct json_object *)&is_without_memory;
	struct json_object *value = untouched;

	ck_assert_msg(parse(STR_LIT("application/json"), bad[_i], &value) == JSON_E_SYNTAX,
	    "accepted: %.*s", STR_FMT(bad[_i]));
	ck_assert_ptr_eq(value, untouched);
}
END_TEST

/* Every proper prefix of a value that ends in a bracket is none. */
START_TEST(refuses_every_prefix)
{
	static const char text[] =
	    "{\"a\\u00e9\\ud83d\\ude00\": [1.5e+3, -0.25, true, null, {\"b\": \"\\n\"}]}";
	struct json_object *value;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		ck_assert_msg(parse(STR_LIT("application/json"), str_mem(text, n), &value) ==
				  JSON_E_SYNTAX,
		    "%zu bytes", n);
	ck_assert_int_eq(parse(STR_LIT("application/json"), str_of(text), &value), 0);
	json_wipe(value);
}
END_TEST

static const struct {
	const char *type;
	bool want;
} type_cases[] = {
	{ "application/json", true },
	{ "Application/JSON", true },
	{ "application/json; charset=utf-8", true },
	{ " application/json ;", true },
	{ "application/vnd.api+json", true },
	{ "APPLICATION/PROBLEM+JSON; x=y", true },
	{ "application/+json", false },
	{ "application/jsonp", false },
	{ "application/json-seq", false },
	{ "application/x-json", false },
	{ "text/json", false },
	{ "text/x+json", false },
	{ "multipart/form-data+json", false },
	{ "application/x-www-form-urlencoded", false },
	{ "text/plain; application/json", false },
	{ "application/json, text/plain", false },
	{ "", false },
	{ NULL, false },
};

START_TEST(type)
{
	struct json_object *value = NULL;

	ck_assert_msg(parse(str_of(type_cases[_i].type), STR_LIT("{}"), &value) ==
			  (type_cases[_i].want ? 0 : JSON_E_TYPE),
	    "%s", type_cases[_i].type);
	json_wipe(value);
}
END_TEST

static struct json_object *
must_parse(struct str body)
{
	struct json_object *value;

	ck_assert_int_eq(parse(STR_LIT("application/json"), body, &value), 0);
	return value;
}

START_TEST(last_of_two_members_wins)
{
	struct json_object *value = must_parse(STR_LIT("{\"a\":1,\"b\":0,\"a\":2}"));

	ck_assert_int_eq(json_object_object_length(value), 2);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(value, "a")), 2);
	json_wipe(value);
}
END_TEST

START_TEST(strings_keep_their_length)
{
	struct json_object *value = must_parse(STR_LIT("{\"a\":\"x\\u0000y\\ud83d\\ude00\"}"));
	struct json_object *a = json_object_object_get(value, "a");

	ck_assert(
	    str_eq(str_mem(json_object_get_string(a), (size_t)json_object_get_string_len(a)),
		STR_LIT("x\0y\xf0\x9f\x98\x80")));
	json_wipe(value);
}
END_TEST

/* Whatever version of json-c reads it. */
START_TEST(characters_beyond_ascii)
{
	struct json_object *value =
	    must_parse(STR_LIT("{\"Zo\xc3\xab\":\"\xce\xa9mega \xf0\x9f\xa6\x8a\x7f\"}"));
	struct json_object *member = json_object_object_get(value, "Zo\xc3\xab");

	ck_assert_str_eq(json_object_get_string(member), "\xce\xa9mega \xf0\x9f\xa6\x8a\x7f");
	json_wipe(value);
}
END_TEST

/* Like every member that nobody knows; json-c alone would take it for "a". */
START_TEST(a_name_with_nul_is_no_other_name)
{
	struct json_object *value = must_parse(STR_LIT("{\"a\":1,\"a\\u0000b\":2}"));

	ck_assert_int_eq(json_object_object_length(value), 2);
	ck_assert_int_eq(json_object_get_int(json_object_object_get(value, "a")), 1);
	json_wipe(value);
}
END_TEST

START_TEST(null_is_a_null_pointer)
{
	ck_assert_ptr_null(must_parse(STR_LIT("null")));
	ck_assert_ptr_null(must_parse(STR_LIT(" null ")));
}
END_TEST

START_TEST(no_body)
{
	struct json_object *value;

	ck_assert_int_eq(parse(STR_LIT("application/json"), STR_NULL, &value), JSON_E_SYNTAX);
}
END_TEST

START_TEST(length_is_bounded)
{
	struct json_object *value;
	struct buf body;

	buf_init(&body, REQUEST_BODY_MAX_BYTES + 1);
	buf_add_char(&body, '"');
	while (body.n < REQUEST_BODY_MAX_BYTES - 1)
		buf_add_char(&body, 'x');
	buf_add_char(&body, '"');
	value = must_parse(buf_str(&body));
	ck_assert_int_eq(json_object_get_string_len(value), REQUEST_BODY_MAX_BYTES - 2);
	json_wipe(value);
	buf_add_char(&body, ' ');
	ck_assert_int_eq(
	    parse(STR_LIT("application/json"), buf_str(&body), &value), JSON_E_SYNTAX);
	buf_fini(&body);
}
END_TEST

static const struct {
	const char *name, *start, *repeated, *end;
} cost_cases[] = {
	{ "letters", "\"", "x", "\"" },
	{ "escapes", "\"", "\\u0000", "\"" },
	{ "characters beyond ASCII", "\"", "\xc3\xab", "\"" },
	{ "surrogate pairs", "\"", "\\ud83d\\ude00", "\"" },
	{ "white space", "[\"\\u0000\"", " ", "]" },
	{ "elements", "[0", ",\"\\u0000\"", "]" },
	{ "digits", "", "1", "" },
	{ "brackets", "", "[", "" },
	{ "closing brackets", "", "]", "" },
	{ "equal members", "{\"a\":1", ",\"a\":1", "}" },
};

/* Twice the bytes, about twice the time: printed, to be looked at. */
START_TEST(cost_is_linear)
{
	for (size_t n = 16 * 1024; n < 65 * 1024; n *= 2) {
		struct json_object *value = NULL;
		struct timespec from, to;
		struct buf body;

		buf_init(&body, n);
		buf_add_z(&body, cost_cases[_i].start);
		while (body.n < n - 20)
			buf_add_z(&body, cost_cases[_i].repeated);
		buf_add_z(&body, cost_cases[_i].end);
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		(void)parse(STR_LIT("application/json"), buf_str(&body), &value);
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		printf("json_parse_body, %2zu KiB of %s: %.1f us\n", n / 1024,
		    cost_cases[_i].name,
		    (double)(to.tv_sec - from.tv_sec) * 1e6 +
			(double)(to.tv_nsec - from.tv_nsec) / 1e3);
		json_wipe(value);
		buf_fini(&body);
	}
}
END_TEST

START_TEST(without_memory)
{
	struct json_object *value;

	is_without_memory = true;
	ck_assert_int_eq(parse(STR_LIT("application/json"), STR_LIT("{}"), &value), -ENOMEM);
	is_without_memory = false;
}
END_TEST

/* A json-c that is satisfied with the beginning of the body is not enough. */
START_TEST(all_of_the_body_must_be_read)
{
	struct json_object *value;

	stops_early = true;
	ck_assert_int_eq(
	    parse(STR_LIT("application/json"), STR_LIT("{\"a\":1}"), &value), JSON_E_SYNTAX);
	stops_early = false;
}
END_TEST

/* A second reference shows what json_wipe() left. */
START_TEST(wipe_overwrites_strings)
{
	struct json_object *value = must_parse(STR_LIT("{\"p\":\"secret\",\"n\":1}"));
	struct json_object *p = json_object_get(json_object_object_get(value, "p"));

	json_wipe(value);
	ck_assert_mem_eq(json_object_get_string(p), "\0\0\0\0\0\0", 6);
	(void)json_object_put(p);
	p = json_object_get(must_parse(STR_LIT("\"secret\"")));
	json_wipe(p);
	ck_assert_mem_eq(json_object_get_string(p), "\0\0\0\0\0\0", 6);
	(void)json_object_put(p);
	json_wipe(NULL);
}
END_TEST

/* What was accepted and written again is accepted again and written the same. */
START_TEST(round_trip)
{
	struct json_object *value = must_parse(good[_i]), *again;
	const char *one = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);

	again = must_parse(str_of(one));
	ck_assert_str_eq(one, json_object_to_json_string_ext(again, JSON_C_TO_STRING_PLAIN));
	json_wipe(value);
	json_wipe(again);
}
END_TEST

Suite *
check_json_suite(void)
{
	Suite *s = suite_create("http/json");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, takes_the_grammar, 0, N(good));
	tcase_add_loop_test(tc, round_trip, 0, N(good));
	tcase_add_loop_test(tc, type, 0, N(type_cases));
	tcase_add_test(tc, last_of_two_members_wins);
	tcase_add_test(tc, strings_keep_their_length);
	tcase_add_test(tc, characters_beyond_ascii);
	tcase_add_test(tc, a_name_with_nul_is_no_other_name);
	tcase_add_test(tc, null_is_a_null_pointer);
	tcase_add_test(tc, no_body);
	tcase_add_test(tc, wipe_overwrites_strings);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, length_is_bounded);
	tcase_add_loop_test(tc, cost_is_linear, 0, N(cost_cases));
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_loop_test(tc, refuses_anything_else, 0, N(bad));
	tcase_add_test(tc, refuses_every_prefix);
	tcase_add_test(tc, all_of_the_body_must_be_read);
	suite_add_tcase(s, tc);
	return s;
}
