/* check_str.c - tests of src/core/str.c */
#include "core/str.h"

#include <stdlib.h>

#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_str_suite(void);

static const struct {
	const char *name, *in, *want;
} trim_cases[] = {
	{ "nothing_to_trim", "a b", "a b" },
	{ "blanks_and_tabs_at_both_ends", " \ta b\t ", "a b" },
	{ "only_blanks", " \t ", "" },
	{ "a_line_feed_is_no_blank", "\na\n", "\na\n" },
	{ "a_no_break_space_is_no_blank",
	    "\xc2\xa0"
	    "a",
	    "\xc2\xa0"
	    "a" },
};

START_TEST(trim)
{
	unit_assert_str(str_trim(str_of(trim_cases[_i].in)), trim_cases[_i].want);
}
END_TEST

START_TEST(split_at_the_first)
{
	struct str head, rest;

	ck_assert(str_split(STR_LIT("a:b:c"), ':', &head, &rest));
	unit_assert_str(head, "a");
	unit_assert_str(rest, "b:c");
	ck_assert(!str_split(STR_LIT("abc"), ':', &head, &rest));
	unit_assert_str(head, "abc");
	unit_assert_str(rest, NULL);
	ck_assert(str_split(STR_LIT(":"), ':', &head, &rest));
	unit_assert_str(head, "");
	unit_assert_str(rest, "");
}
END_TEST

START_TEST(compare)
{
	ck_assert(str_eq_nocase(STR_LIT("BaSiC"), STR_LIT("basic")));
	ck_assert(!str_eq_nocase(STR_LIT("basic"), STR_LIT("basi")));
	/* 0x5b ^ 0x20 is 0x7b: only letters fold. */
	ck_assert(!str_eq_nocase(STR_LIT("["), STR_LIT("{")));
	ck_assert(str_starts_with(STR_LIT("/api/v1"), STR_LIT("/api")));
	ck_assert(!str_starts_with(STR_LIT("/a"), STR_LIT("/api")));
	ck_assert(str_ends_with(STR_LIT("/stat*"), STR_LIT("*")));
	ck_assert(str_eq(STR_NULL, STR_LIT("")));
}
END_TEST

START_TEST(compare_absent_and_empty)
{
	ck_assert(str_is_null(STR_NULL) && str_is_empty(STR_NULL));
	ck_assert(!str_is_null(STR_LIT("")) && str_is_empty(STR_LIT("")));
	ck_assert(str_is_null(str_of(NULL)));
	ck_assert(str_starts_with(STR_NULL, STR_LIT("")));
	ck_assert(str_ends_with(STR_NULL, STR_NULL));
	ck_assert(!str_ends_with(STR_LIT("a"), STR_LIT("ba")));
	ck_assert(!str_ends_with(STR_LIT("ab"), STR_LIT("a")));
	ck_assert(!str_eq(STR_LIT("a\0b"), STR_LIT("a\0c")));
	ck_assert(!str_eq_nocase(STR_LIT("abc"), STR_LIT("abd")));
	ck_assert(!str_eq_nocase(STR_LIT("@"), STR_LIT("`")));
	ck_assert(!str_eq_nocase(STR_LIT("\xc0"), STR_LIT("\xe0")));
}
END_TEST

START_TEST(parts)
{
	struct str s = STR_LIT("abc");

	unit_assert_str(str_skip(s, 0), "abc");
	unit_assert_str(str_skip(s, 2), "c");
	unit_assert_str(str_skip(s, 3), "");
	unit_assert_str(str_skip(s, SIZE_MAX), "");
	unit_assert_str(str_skip(STR_NULL, 1), NULL);
	unit_assert_str(str_take(s, 2), "ab");
	unit_assert_str(str_take(s, 4), "abc");
	unit_assert_str(str_take(STR_NULL, 4), NULL);
	ck_assert_int_eq(str_index(s, 'c'), 2);
	ck_assert_int_eq(str_index(s, 'd'), -1);
	ck_assert_int_eq(str_index(STR_NULL, 'd'), -1);
	ck_assert_int_eq(str_index(STR_LIT("a\0b"), '\0'), 1);
	unit_assert_str(str_trim(STR_NULL), NULL);
}
END_TEST

/* RFC 9110 section 5.6.2, byte by byte. */
START_TEST(token)
{
	for (int c = 0; c < 256; c++) {
		const char text[2] = { 'x', (char)c };
		bool want = c > ' ' && c < 0x7f && strchr("\"(),/:;<=>?@[\\]{}", c) == NULL;

		ck_assert_msg(str_is_token(str_mem(text, 2)) == want, "%02x", (unsigned)c);
		ck_assert_msg(str_is_token(str_mem(text + 1, 1)) == want, "%02x", (unsigned)c);
	}
	ck_assert(!str_is_token(STR_LIT("")));
	ck_assert(!str_is_token(STR_NULL));
}
END_TEST

START_TEST(duplicate)
{
	char *z = str_dup(STR_LIT("abc"));

	ck_assert_str_eq(z, "abc");
	free(z);
	z = str_dup(STR_NULL);
	ck_assert_str_eq(z, "");
	free(z);
	fail_alloc_at(1);
	ck_assert_ptr_null(str_dup(STR_LIT("abc")));
}
END_TEST

Suite *
check_str_suite(void)
{
	Suite *s = suite_create("core/str");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, trim, 0, sizeof(trim_cases) / sizeof(trim_cases[0]));
	tcase_add_test(tc, split_at_the_first);
	tcase_add_test(tc, compare);
	tcase_add_test(tc, compare_absent_and_empty);
	tcase_add_test(tc, parts);
	tcase_add_test(tc, token);
	tcase_add_test(tc, duplicate);
	suite_add_tcase(s, tc);
	return s;
}
