/* check_require.c - tests of src/core/require.c */
#include "unit/unit.h"

#include "core/require.h"

Suite *check_require_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

#define BOB "cf3ddee1-ff24-49e4-a40b-2540333fe992"
#define EVE "cf3ddee1-ff24-49e4-a40b-2540333fe993"

#define T8  "any any any any any any any any "
#define T32 T8 T8 T8 T8

#define NAME64 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"

static const struct {
	const char *terms;
	bool is_valid, fits; /* bob@hbtn.io, of admin and staff */
} cases[] = {
	{ "any", true, true },
	{ " any\t", true, true },
	{ "group:admin", true, true },
	{ "group:staff", true, true },
	{ "group:admi", true, false },
	{ "group:Admin", true, false },
	{ "group:admins", true, false },
	{ "group:ops group:staff", true, true },
	{ "group:ops\tgroup:staff", true, true },
	{ "group:ops  group:dev", true, false },
	{ "group:" NAME64, true, false },
	{ "user:bob@hbtn.io", true, true },
	{ "user:Bob@hbtn.io", true, false },
	{ "user:bob@hbtn.i", true, false },
	{ "user:ob@hbtn.io", true, false },
	{ "user:bob", true, false },
	{ "user:" BOB, true, true },
	{ "user:" EVE, true, false },
	{ "user:" EVE " user:" BOB, true, true },
	{ T32, true, true },
	/* An empty variable of a web server closes. */
	{ "", false, false },
	{ " \t", false, false },
	{ "Any", false, false },
	{ "any,group:admin", false, false },
	{ "admin", false, false },
	{ "group:", false, false },
	{ "group:admin,staff", false, false },
	{ "group: admin", false, false },
	{ "Group:admin", false, false },
	{ "group:" NAME64 "m", false, false },
	{ "group:b\xc3\xbc", false, false },
	{ "user:", false, false },
	{ "user:b\x01", false, false },
	{ "bob@hbtn.io", false, false },
	{ "valid-user", false, false },
	{ "!group:admin", false, false },
	{ "any\nany", false, false },
	/* One that is none spoils all, before or behind what would fit. */
	{ "group:ops nobody", false, false },
};

START_TEST(terms)
{
	const struct require_user bob = { STR_LIT(BOB), STR_LIT("bob@hbtn.io"),
		STR_LIT("admin,staff"), false };

	ck_assert_msg(require_is_valid(str_of(cases[_i].terms)) == cases[_i].is_valid, "%s",
	    cases[_i].terms);
	ck_assert_msg(require_fits(str_of(cases[_i].terms), &bob) == cases[_i].fits, "%s",
	    cases[_i].terms);
}
END_TEST

START_TEST(one_that_is_none_spoils_all)
{
	ck_assert(!require_is_valid(STR_LIT("any x")));
	ck_assert(!require_is_valid(STR_LIT("x any")));
	ck_assert(!require_is_valid(STR_LIT(T32 "any")));
	ck_assert(!require_is_valid(STR_NULL));
	ck_assert(!require_is_valid(STR_LIT("any\0")));
}
END_TEST

START_TEST(lengths)
{
	char text[300] = "user:";

	memset(text + 5, 'a', 254);
	ck_assert(require_is_valid(str_of(text)));
	text[5 + 254] = 'a';
	ck_assert(!require_is_valid(str_of(text)));
}
END_TEST

START_TEST(addresses_are_the_same_where_case_is_folded)
{
	struct require_user bob = { STR_LIT(BOB), STR_LIT("bob@hbtn.io"), STR_NULL, true };

	ck_assert(require_fits(STR_LIT("user:BOB@hbtn.io"), &bob));
	ck_assert(!require_fits(STR_LIT("user:BOA@hbtn.io"), &bob));
	ck_assert(!require_fits(STR_LIT("group:admin"), &bob));
	bob.groups = STR_LIT("admin");
	ck_assert(!require_fits(STR_LIT("group:Admin"), &bob));
}
END_TEST

/* An id is no address, whoever has it as one. */
START_TEST(an_id_is_no_address)
{
	const struct require_user eve = { STR_LIT(EVE), STR_LIT(BOB), STR_NULL, false };

	ck_assert(!require_fits(STR_LIT("user:" BOB), &eve));
	ck_assert(require_fits(STR_LIT("user:" EVE), &eve));
}
END_TEST

Suite *
check_require_suite(void)
{
	Suite *s = suite_create("core/require");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, terms, 0, N(cases));
	tcase_add_test(tc, one_that_is_none_spoils_all);
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, addresses_are_the_same_where_case_is_folded);
	tcase_add_test(tc, an_id_is_no_address);
	suite_add_tcase(s, tc);
	return s;
}
