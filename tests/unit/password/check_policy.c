/* check_policy.c - tests of src/password/policy.c */
#include "password/policy.h"

#include "unit/unit.h"

Suite *check_policy_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FOX      "\xf0\x9f\xa6\x8a" /* four bytes, one character */

static struct blocklist *blocklist;

static void
open_fixture(void)
{
	ck_assert_int_eq(
	    blocklist_parse(STR_LIT("password\ncorrecthorsebattery\n"), "x", &blocklist, NULL),
	    0);
}

static void
close_fixture(void)
{
	blocklist_close(blocklist);
}

static void
assert_outcome(const struct password_policy *policy, struct str password, const char *why)
{
	struct err err = { "" };

	ck_assert_int_eq(password_policy_allows(policy, password, STR_LIT("Bob@hbtn.io"), &err),
	    why == NULL);
	ck_assert_str_eq(err.text, why != NULL ? why : "");
}

static const struct {
	struct str password;
	bool is_long_enough; /* 4 characters */
} lengths[] = {
	{ STR_INIT(""), false },
	{ STR_INIT("abc"), false },
	{ STR_INIT("abcd"), true },
	{ STR_INIT("   1"), true },
	{ STR_INIT(FOX FOX FOX), false },
	{ STR_INIT(FOX FOX FOX FOX), true },
	{ STR_INIT("\xc3\xa9\xc3\xa9\xc3\xa9"), false },
	{ STR_INIT("e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81"),
	    false }, /* the same three */
	{ STR_INIT("e\xcc\x81"
		   "e\xcc\x81"
		   "e\xcc\x81"
		   "e"),
	    true },
	{ STR_INIT("\xff\xfe\xfd"), false },
	{ STR_INIT("\xff\xfe\xfd\xfc"), true },
};

START_TEST(characters_are_counted_not_bytes)
{
	const struct password_policy policy = { .least = 4 };

	assert_outcome(&policy, lengths[_i].password,
	    lengths[_i].is_long_enough ? NULL : "password is shorter than 4 characters");
}
END_TEST

START_TEST(the_minimum_of_those_without_a_second_factor)
{
	const struct password_policy policy = { .least = 15 };

	assert_outcome(
	    &policy, STR_LIT("12345678901234"), "password is shorter than 15 characters");
	assert_outcome(&policy, STR_LIT("123456789012345"), NULL);
	/* No rule about kinds of characters. */
	assert_outcome(&policy, STR_LIT("aaaaaaaaaaaaaaa"), NULL);
}
END_TEST

/* As the contract has it. */
START_TEST(without_a_policy_everything_is_taken)
{
	const struct password_policy policy = { .service = STR_LIT("shop") };

	assert_outcome(&policy, STR_LIT("x"), NULL);
	assert_outcome(&policy, STR_LIT("password"), NULL);
	assert_outcome(&policy, STR_LIT("bob@hbtn.io"), NULL);
	assert_outcome(&policy, STR_LIT("shop"), NULL);
	assert_outcome(&policy, STR_LIT("sessiongate"), NULL);
}
END_TEST

#define LISTED  "password is one of those that are guessed first"
#define ADDRESS "password is the user's address"
#define SERVICE "password is the name of the service"

static const struct {
	struct str password;
	const char *why;
} guesses[] = {
	{ STR_INIT("password"), LISTED },
	{ STR_INIT("Password"), LISTED },
	{ STR_INIT("passwordpassword"), LISTED },
	{ STR_INIT("correcthorsebattery"), LISTED },
	{ STR_INIT("correcthorsebattery "), NULL },
	{ STR_INIT("correct horse battery"), NULL },
	{ STR_INIT("Bob@hbtn.io"), ADDRESS },
	{ STR_INIT("bob@HBTN.io"), ADDRESS },
	{ STR_INIT("bob"), ADDRESS },
	{ STR_INIT("bob@hbtn"), NULL },
	{ STR_INIT("bob1"), NULL },
	{ STR_INIT("My Shop"), SERVICE },
	{ STR_INIT("my shop"), SERVICE },
	{ STR_INIT("SessionGate"), SERVICE },
	{ STR_INIT("sessiongate1"), NULL },
};

START_TEST(what_is_guessed_first)
{
	const struct password_policy policy = { 0, blocklist, STR_LIT("My Shop") };
	const struct password_policy nameless = { 0, blocklist, STR_NULL };

	assert_outcome(&policy, guesses[_i].password, guesses[_i].why);
	if (guesses[_i].why == NULL || strcmp(guesses[_i].why, SERVICE) != 0)
		assert_outcome(&nameless, guesses[_i].password, guesses[_i].why);
}
END_TEST

START_TEST(length_is_told_first)
{
	const struct password_policy policy = { 15, blocklist, STR_NULL };

	assert_outcome(&policy, STR_LIT("password"), "password is shorter than 15 characters");
	assert_outcome(&policy, STR_LIT("passwordpassword"), LISTED);
}
END_TEST

Suite *
check_policy_suite(void)
{
	Suite *s = suite_create("password/policy");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_loop_test(tc, characters_are_counted_not_bytes, 0, N(lengths));
	tcase_add_test(tc, the_minimum_of_those_without_a_second_factor);
	tcase_add_test(tc, without_a_policy_everything_is_taken);
	tcase_add_loop_test(tc, what_is_guessed_first, 0, N(guesses));
	tcase_add_test(tc, length_is_told_first);
	suite_add_tcase(s, tc);
	return s;
}
