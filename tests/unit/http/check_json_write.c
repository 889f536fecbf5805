/* check_json_write.c - tests of src/http/json_write.c; what is wanted is from Python 3.11 */
#include "http/json_write.h"

#include <errno.h>
#include <stdbool.h>

#include <json-c/json_tokener.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_json_write_suite(void);

const char *__real_json_object_to_json_string_ext(struct json_object *value, int flags);
const char *__wrap_json_object_to_json_string_ext(struct json_object *value, int flags);

static bool is_without_memory;

const char *
__wrap_json_object_to_json_string_ext(struct json_object *value, int flags)
{
	return is_without_memory ? NULL : __real_json_object_to_json_string_ext(value, flags);
}

static const struct {
	const char *name, *in, *want;
} value_cases[] = {
	{ "empty_object", "{}", "{}\n" },
	{ "empty_list", "[]", "[]\n" },
	{ "null", "null", "null\n" },
	{ "true_and_false", "[true,false]", "[\n  true,\n  false\n]\n" },
	{ "integers", "[0,-1,9223372036854775807,18446744073709551615]",
	    "[\n  0,\n  -1,\n  9223372036854775807,\n  18446744073709551615\n]\n" },
	{ "fractions", "1.5", "1.5\n" },
	{ "one_member", "{\"status\":\"OK\"}", "{\n  \"status\": \"OK\"\n}\n" },
	{ "members_are_sorted", "{\"b\":1,\"a\":2,\"_\":3,\"A\":4,\"ab\":5,\"\":6}",
	    "{\n  \"\": 6,\n  \"A\": 4,\n  \"_\": 3,\n  \"a\": 2,\n  \"ab\": 5,\n  \"b\": "
	    "1\n}\n" },
	{ "members_are_sorted_by_code_point",
	    "{\"\xf0\x9f\x98\x80\":1,\"\xef\xbf\xbd\":2,\"z\":3}",
	    "{\n  \"z\": 3,\n  \"\\ufffd\": 2,\n  \"\\ud83d\\ude00\": 1\n}\n" },
	{ "nested_empty", "{\"a\":[],\"b\":{}}", "{\n  \"a\": [],\n  \"b\": {}\n}\n" },
	{ "nested", "[{\"a\":[1,{\"b\":null}]},2]",
	    "[\n  {\n    \"a\": [\n      1,\n      {\n        \"b\": null\n      }\n    ]\n  "
	    "},\n  "
	    "2\n]\n" },
	{ "string_with_nul", "\"a\\u0000b\"", "\"a\\u0000b\"\n" },
};

START_TEST(value)
{
	struct json_object *object = json_tokener_parse(value_cases[_i].in);
	struct buf out;

	buf_init(&out, 10000);
	json_write(&out, object);
	ck_assert_int_eq(buf_error(&out), 0);
	unit_assert_str(buf_str(&out), value_cases[_i].want);
	buf_fini(&out);
	(void)json_object_put(object);
}
END_TEST

#define S(text)                          \
	{                                \
		(text), sizeof(text) - 1 \
	}

static const struct {
	struct str in;
	const char *want;
} string_cases[] = {
	{ S(""), "\"\"" },
	{ S("abc"), "\"abc\"" },
	{ S("a/b"), "\"a/b\"" },
	{ S("\"\\"), "\"\\\"\\\\\"" },
	{ S("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"" },
	{ S("\0\x01\x0b\x1f"), "\"\\u0000\\u0001\\u000b\\u001f\"" },
	{ S("\x7f"), "\"\\u007f\"" },
	{ S("\xc2\x80\xc3\xa9"), "\"\\u0080\\u00e9\"" },
	{ S("x\xe2\x82\xacy"), "\"x\\u20acy\"" },
	{ S("\xef\xbf\xbf\xf0\x90\x80\x80"), "\"\\uffff\\ud800\\udc00\"" },
	{ S("\xf4\x8f\xbf\xbf"), "\"\\udbff\\udfff\"" },
	{ S("\xf0\x9f\x98\x80"), "\"\\ud83d\\ude00\"" },
	{ S("</script>"), "\"</script>\"" },
	{ S("\xe2\x80\xa8"), "\"\\u2028\"" },
	{ S("a\xff"
	    "b"),
	    "\"a\\ufffdb\"" },
	{ S("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"" },
	{ S("\xe2\x82"), "\"\\ufffd\\ufffd\"" },
};

START_TEST(string)
{
	struct buf out;

	buf_init(&out, 10000);
	json_write_string(&out, string_cases[_i].in);
	unit_assert_str(buf_str(&out), string_cases[_i].want);
	buf_fini(&out);
}
END_TEST

START_TEST(absent_string_is_empty)
{
	struct buf out;

	buf_init(&out, 100);
	json_write_string(&out, STR_NULL);
	unit_assert_str(buf_str(&out), "\"\"");
	buf_fini(&out);
}
END_TEST

START_TEST(without_memory)
{
	struct json_object *object = json_tokener_parse("{\"a\":1}");
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_ptr_nonnull(buf_reserve(&out, 100));
	fail_alloc_at(1);
	json_write(&out, object);
	ck_assert_int_eq(buf_error(&out), -ENOMEM);
	fail_alloc_at(0);
	buf_clear(&out);
	is_without_memory = true;
	json_write(&out, object);
	is_without_memory = false;
	ck_assert_int_eq(buf_error(&out), -ENOMEM);
	buf_fini(&out);
	(void)json_object_put(object);
}
END_TEST

START_TEST(over_the_maximum)
{
	struct json_object *object = json_tokener_parse("[1,2,3]");
	struct buf out;

	buf_init(&out, 10);
	json_write(&out, object);
	ck_assert_int_eq(buf_error(&out), -EMSGSIZE);
	buf_fini(&out);
	(void)json_object_put(object);
}
END_TEST

Suite *
check_json_write_suite(void)
{
	Suite *s = suite_create("http/json_write");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, value, 0, sizeof(value_cases) / sizeof(value_cases[0]));
	tcase_add_loop_test(tc, string, 0, sizeof(string_cases) / sizeof(string_cases[0]));
	tcase_add_test(tc, absent_string_is_empty);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, without_memory);
	tcase_add_test(tc, over_the_maximum);
	suite_add_tcase(s, tc);
	return s;
}
