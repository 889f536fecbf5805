/* check_media.c - tests of src/http/media.c */
#include "http/media.h"

#include "unit/unit.h"

Suite *check_media_suite(void);

static const struct {
	const char *header, *want;
} type_cases[] = {
	{ "text/plain", "text/plain" },
	{ " text/plain\t; charset=utf-8", "text/plain" },
	{ "", "" },
	{ ";", "" },
	{ NULL, NULL },
};

START_TEST(type)
{
	unit_assert_str(media_type(str_of(type_cases[_i].header)), type_cases[_i].want);
}
END_TEST

static const struct {
	const char *name, *header, *parameter, *want; /* want NULL: absent */
} parameter_cases[] = {
	{ "token", "a/b; boundary=xyz", "boundary", "xyz" },
	{ "any_case_of_the_name", "a/b; BoundARY=xYz", "boundary", "xYz" },
	{ "later_one", "a/b; charset=u; boundary=xyz; q", "boundary", "xyz" },
	{ "blanks_around", "a/b ;\t boundary = xyz ", "boundary", "xyz" },
	{ "no_blanks", "a/b;boundary=xyz", "boundary", "xyz" },
	{ "first_of_two", "a/b; boundary=one; boundary=two", "boundary", "one" },
	{ "quoted", "a/b; boundary=\"x y;z\"; c=d", "boundary", "x y;z" },
	{ "after_a_quoted_one", "a/b; x=\"; boundary=no\"; boundary=yes", "boundary", "yes" },
	{ "escaped_quote", "f; name=\"a\\\"; filename=\\\"b\"", "name", "a\"; filename=\"b" },
	{ "escaped_quote_hides_a_name", "f; name=\"a\\\"; filename=\\\"b\"", "filename", NULL },
	{ "escaped_backslash", "f; name=\"a\\\\\"; filename=\"b\"", "filename", "b" },
	{ "escaped_backslash_itself", "f; name=\"a\\\\\"", "name", "a\\" },
	{ "backslash_before_a_letter_stays", "f; name=\"C:\\dir\"", "name", "C:\\dir" },
	{ "empty_token", "f; name=", "name", "" },
	{ "empty_quoted", "f; name=\"\"", "name", "" },
	{ "lone_quote_stays", "f; name=\"", "name", "\"" },
	{ "quote_without_end_takes_all", "f; name=\"a; b=c", "name", "\"a; b=c" },
	{ "quote_without_end_hides_a_name", "f; name=\"a; b=c", "b", NULL },
	{ "quote_without_end_after_backslash", "f; name=\"a\\", "name", "\"a\\" },
	{ "text_after_quotes_keeps_them", "f; name=\"a\"b", "name", "\"a\"b" },
	{ "quotes_in_the_middle_stay", "f; name=a\"b;c\"", "name", "a\"b;c\"" },
	{ "the_value_itself_is_no_parameter", "name=a; b=c", "name", NULL },
	{ "without_equal_sign", "f; name", "name", NULL },
	{ "longer_name", "f; filename=a", "name", NULL },
	{ "extended_name", "f; name*=a", "name", NULL },
	{ "absent", "f", "name", NULL },
	{ "absent_after_a_semicolon", "f;", "name", NULL },
	{ "empty_header", "", "name", NULL },
	{ "no_header", NULL, "name", NULL },
};

START_TEST(parameter)
{
	struct str header = str_of(parameter_cases[_i].header);
	struct str name = str_of(parameter_cases[_i].parameter);
	bool want = parameter_cases[_i].want != NULL;
	struct buf out;

	buf_init(&out, 100);
	ck_assert_msg(
	    media_parameter(header, name, &out) == want, "%s", parameter_cases[_i].name);
	unit_assert_str(buf_str(&out), want ? parameter_cases[_i].want : "");
	ck_assert(media_parameter(header, name, NULL) == want);
	buf_fini(&out);
}
END_TEST

Suite *
check_media_suite(void)
{
	Suite *s = suite_create("http/media");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, type, 0, sizeof(type_cases) / sizeof(type_cases[0]));
	tcase_add_loop_test(
	    tc, parameter, 0, sizeof(parameter_cases) / sizeof(parameter_cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
