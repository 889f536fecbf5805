/* check_form_token.c - tests of src/gate/form_token.c */
#include "unit/unit.h"

#include <errno.h>
#include <string.h>

#include "gate/form_token.h"
#include "unit/fail_random.h"

Suite *check_form_token_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define NOW      INT64_C(1700000000)

static const struct digest_key key = { { 1, 2, 3 } };

static const struct form_token_use use = { STR_INIT("AAAAAAAAAAAAAAAAAAAAAA"),
	STR_INIT("realm"), STR_INIT("login"), STR_INIT("tag"), STR_INIT("/x") };

static bool
is_good(const char *token)
{
	return form_token_is_good(&key, &use, NOW, str_of(token));
}

START_TEST(what_was_made_is_good)
{
	char token[FORM_TOKEN_BYTES];

	form_token_make(&key, &use, NOW, token);
	ck_assert_uint_eq(strlen(token), FORM_TOKEN_BYTES - 1);
	ck_assert(is_good(token));
	/* And made a second time it is the same: it holds nothing else. */
	form_token_make(&key, &use, NOW, token);
	ck_assert(is_good(token));
}
END_TEST

START_TEST(for_a_day)
{
	static const struct {
		int64_t age_s;
		bool is_good;
	} cases[] = { { 0, true }, { 1, true }, { 24 * 3600, true }, { 24 * 3600 + 1, false },
		{ -1, false }, { -24 * 3600, false } };
	char token[FORM_TOKEN_BYTES];

	for (int i = 0; i < N(cases); i++) {
		form_token_make(&key, &use, NOW - cases[i].age_s, token);
		ck_assert_msg(is_good(token) == cases[i].is_good, "%d", i);
	}
}
END_TEST

START_TEST(for_this_use_alone)
{
	struct form_token_use others[5];
	struct digest_key other_key = key;
	char token[FORM_TOKEN_BYTES];

	for (int i = 0; i < N(others); i++)
		others[i] = use;
	others[0].cookie = STR_LIT("AAAAAAAAAAAAAAAAAAAAAQ");
	others[1].realm = STR_LIT("");
	others[2].action = STR_LIT("logout");
	others[3].session = STR_LIT("");
	others[4].rd = STR_LIT("/y");
	form_token_make(&key, &use, NOW, token);
	for (int i = 0; i < N(others); i++)
		ck_assert_msg(
		    !form_token_is_good(&key, &others[i], NOW, str_of(token)), "%d", i);
	other_key.bytes[31] ^= 1;
	ck_assert(!form_token_is_good(&other_key, &use, NOW, str_of(token)));
}
END_TEST

START_TEST(no_byte_may_differ)
{
	char token[FORM_TOKEN_BYTES];

	form_token_make(&key, &use, NOW, token);
	for (size_t i = 0; i < FORM_TOKEN_BYTES - 1; i++) {
		char was = token[i];

		for (int c = 0; c < 256; c++) {
			token[i] = (char)c;
			ck_assert_msg(
			    form_token_is_good(&key, &use, NOW,
				str_mem(token, FORM_TOKEN_BYTES - 1)) == (token[i] == was),
			    "%zu %d", i, c);
		}
		token[i] = was;
	}
	ck_assert(!form_token_is_good(&key, &use, NOW, STR_NULL));
	ck_assert(!form_token_is_good(&key, &use, NOW, STR_LIT("")));
	for (size_t n = 0; n < FORM_TOKEN_BYTES - 1; n++)
		ck_assert(!form_token_is_good(&key, &use, NOW, str_mem(token, n)));
	ck_assert(!form_token_is_good(&key, &use, NOW, str_mem(token, FORM_TOKEN_BYTES)));
}
END_TEST

/* Without the cookie anybody could have made the token, on a page of his own visit. */
START_TEST(without_a_cookie_nothing_is_good)
{
	static const char *const none[] = { "", "A", "AAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAAA+",
		"AAAAAAAAAAAAAAAAAAAAA ", "AAAAAAAAAAAAAAAAAAAAAB" };
	struct form_token_use its = use;
	char token[FORM_TOKEN_BYTES];

	for (int i = 0; i < N(none); i++) {
		its.cookie = str_of(none[i]);
		ck_assert_msg(!form_cookie_is_sound(its.cookie), "%s", none[i]);
		form_token_make(&key, &its, NOW, token);
		ck_assert(!form_token_is_good(&key, &its, NOW, str_of(token)));
	}
	ck_assert(!form_cookie_is_sound(STR_NULL));
}
END_TEST

START_TEST(cookies)
{
	char one[FORM_COOKIE_BYTES], other[FORM_COOKIE_BYTES];

	ck_assert_int_eq(form_cookie_make(one), 0);
	ck_assert_int_eq(form_cookie_make(other), 0);
	ck_assert_uint_eq(strlen(one), FORM_COOKIE_BYTES - 1);
	ck_assert(form_cookie_is_sound(str_of(one)));
	ck_assert_str_ne(one, other);
	fail_random_at(1);
	ck_assert_int_eq(form_cookie_make(one), -EIO);
}
END_TEST

Suite *
check_form_token_suite(void)
{
	Suite *s = suite_create("gate/form_token");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, what_was_made_is_good);
	tcase_add_test(tc, for_a_day);
	tcase_add_test(tc, for_this_use_alone);
	tcase_add_test(tc, no_byte_may_differ);
	tcase_add_test(tc, without_a_cookie_nothing_is_good);
	tcase_add_test(tc, cookies);
	suite_add_tcase(s, tc);
	return s;
}
