/* check_json_write.c - tests of src/core/json_write.c; what is wanted is from Python 3.11 */
#include "core/json_write.h"

#include <errno.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_json_write_suite(void);

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
	struct buf out;

	buf_init(&out, 1000);
	fail_alloc_at(1);
	json_write_string(&out, STR_LIT("a"));
	fail_alloc_at(0);
	ck_assert_int_eq(buf_error(&out), -ENOMEM);
	buf_fini(&out);
}
END_TEST

START_TEST(over_the_maximum)
{
	struct buf out;

	buf_init(&out, 10);
	json_write_string(&out, STR_LIT("\xc3\xbc\xc3\xbc"));
	ck_assert_int_eq(buf_error(&out), -EMSGSIZE);
	buf_fini(&out);
}
END_TEST

Suite *
check_json_write_suite(void)
{
	Suite *s = suite_create("core/json_write");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, string, 0, sizeof(string_cases) / sizeof(string_cases[0]));
	tcase_add_test(tc, absent_string_is_empty);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_test(tc, without_memory);
	tcase_add_test(tc, over_the_maximum);
	suite_add_tcase(s, tc);
	return s;
}
