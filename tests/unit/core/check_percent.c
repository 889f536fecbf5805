/* check_percent.c - tests of src/core/percent.c */
#include "core/percent.h"

#include <errno.h>

#include "unit/unit.h"

Suite *check_percent_suite(void);

static const struct {
	const char *in, *want, *want_form;
} cases[] = {
	{ "", "", "" },
	{ "abc", "abc", "abc" },
	{ "a+b", "a+b", "a b" },
	{ "%41%5a%5A%7e", "AZZ~", "AZZ~" },
	{ "%2B", "+", "+" },
	{ "%c3%A9", "\303\251", "\303\251" },
	{ "%ff", "\377", "\377" },
	{ "%", "%", "%" },
	{ "%4", "%4", "%4" },
	{ "%zz", "%zz", "%zz" },
	{ "%4z", "%4z", "%4z" },
	{ "%z4", "%z4", "%z4" },
	{ "%%41", "%A", "%A" },
	{ "%2541", "%41", "%41" },
	{ "%4%31", "%41", "%41" },
	{ "%/0%:0%@1%G1%`1%g1", "%/0%:0%@1%G1%`1%g1", "%/0%:0%@1%G1%`1%g1" },
	{ "%0x%+1% 1", "%0x%+1% 1", "%0x% 1% 1" },
};

START_TEST(decode)
{
	struct buf out;

	buf_init(&out, 100);
	percent_decode(str_of(cases[_i].in), &out);
	unit_assert_str(buf_str(&out), cases[_i].want);
	buf_clear(&out);
	percent_decode_form(str_of(cases[_i].in), &out);
	unit_assert_str(buf_str(&out), cases[_i].want_form);
	buf_fini(&out);
}
END_TEST

START_TEST(every_escape)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";

	for (int i = 0; i < 256; i++) {
		char text[4] = { '%', lower[i / 16], upper[i % 16], 'x' };

		ck_assert_int_eq(percent_escape(str_mem(text, 4)), i);
		ck_assert_int_eq(percent_escape(str_mem(text, 3)), i);
		ck_assert_int_eq(percent_escape(str_mem(text, 2)), -1);
		text[0] = 'x';
		ck_assert_int_eq(percent_escape(str_mem(text, 4)), -1);
	}
	ck_assert_int_eq(percent_escape(STR_NULL), -1);
}
END_TEST

START_TEST(nul)
{
	struct buf out;

	buf_init(&out, 100);
	percent_decode(STR_LIT("a%00b\0c"), &out);
	ck_assert(str_eq(buf_str(&out), STR_LIT("a\0b\0c")));
	buf_fini(&out);
}
END_TEST

START_TEST(over_the_maximum)
{
	struct buf out;

	buf_init(&out, 5);
	percent_decode(STR_LIT("%41%41"), &out);
	ck_assert_int_eq(buf_error(&out), -EMSGSIZE);
	ck_assert_uint_eq(out.n, 0);
	buf_fini(&out);
}
END_TEST

Suite *
check_percent_suite(void)
{
	Suite *s = suite_create("core/percent");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, decode, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, every_escape);
	tcase_add_test(tc, nul);
	tcase_add_test(tc, over_the_maximum);
	suite_add_tcase(s, tc);
	return s;
}
