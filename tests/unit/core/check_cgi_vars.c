/* check_params.c - tests of src/core/cgi_vars.c */
#include "core/cgi_vars.h"

#include "unit/unit.h"

Suite *check_cgi_vars_suite(void);

#define LONG_65 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char *const params[] = {
	"A=1",
	"EMPTY=",
	"B=x=y",
	"=nameless",
	"no equal sign",
	"A=2",
	"a=lower",
	LONG_65 "=long",
	"A=3",
	NULL,
};

static const struct {
	const char *name, *want;
} get_cases[] = {
	{ "A", "1" },
	{ "EMPTY", "" },
	{ "B", "x=y" },
	{ "a", "lower" },
	{ LONG_65, "long" },
	{ "", "nameless" },
	{ "C", NULL },
	{ "AA", NULL },
	{ "B=x", NULL },
	{ "no equal sign", NULL },
};

START_TEST(get)
{
	struct str value;

	cgi_vars_collect(
	    params, &(struct cgi_vars_want){ str_of(get_cases[_i].name), &value, NULL }, 1);
	unit_assert_str(value, get_cases[_i].want);
}
END_TEST

START_TEST(collect)
{
	struct str a = STR_LIT("old"), b, c = STR_LIT("old");
	size_t n_a = 9, n_c = 9;
	const struct cgi_vars_want wants[] = {
		{ STR_LIT("B"), &b, NULL },
		{ STR_LIT("A"), &a, &n_a },
		{ STR_LIT("C"), &c, &n_c },
	};

	cgi_vars_collect(params, wants, 3);
	unit_assert_str(a, "1");
	unit_assert_str(b, "x=y");
	unit_assert_str(c, NULL);
	ck_assert_uint_eq(n_a, 3);
	ck_assert_uint_eq(n_c, 0);
	cgi_vars_collect(params, wants, 0);
	unit_assert_str(a, "1");
	cgi_vars_collect((const char *const[]){ NULL }, &wants[1], 1);
	unit_assert_str(a, NULL);
}
END_TEST

Suite *
check_cgi_vars_suite(void)
{
	Suite *s = suite_create("core/cgi_vars");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, get, 0, sizeof(get_cases) / sizeof(get_cases[0]));
	tcase_add_test(tc, collect);
	suite_add_tcase(s, tc);
	return s;
}
