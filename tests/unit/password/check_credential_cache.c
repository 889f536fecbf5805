/* check_credential_cache.c - tests of src/password/credential_cache.c */
#include "unit/unit.h"

#include <stdio.h>

#include "core/clock.h"
#include "password/credential_cache.h"
#include "unit/fail_alloc.h"
#include "unit/fail_random.h"

Suite *check_credential_cache_suite(void);

#define KEEP_S 10
#define BOOT   INT64_C(1000000)
#define WALL   INT64_C(1700000000000)

static const char HASH[] = "$y$j75$salt$hash";
static struct credential_cache *v;

static void
open_fixture(void)
{
	clock_freeze(BOOT, WALL);
	v = credential_cache_new(KEEP_S);
	ck_assert_ptr_nonnull(v);
}

static void
close_fixture(void)
{
	credential_cache_free(v);
	clock_thaw();
}

static bool
has(const char *email, const char *password, const char *hash)
{
	return credential_cache_has(v, str_of(email), str_of(password), hash);
}

START_TEST(remembers_what_was_added_and_nothing_else)
{
	ck_assert(!has("bob@hbtn.io", "pwd", HASH));
	credential_cache_add(v, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH);
	ck_assert(has("bob@hbtn.io", "pwd", HASH));
	ck_assert(!has("bob@hbtn.io", "pwe", HASH));
	ck_assert(!has("bob@hbtn.io", "", HASH));
	ck_assert(!has("bob@hbtn.i", "pwd", HASH));
	ck_assert(!has("", "pwd", HASH));
	/* The parts have their borders. */
	ck_assert(!has("bob@hbtn.iop", "wd", HASH));
	ck_assert(!has("bob@hbtn.i", "opwd", HASH));
}
END_TEST

/* A changed password takes effect with the next request. */
START_TEST(a_changed_hash_forgets)
{
	credential_cache_add(v, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH);
	ck_assert(!has("bob@hbtn.io", "pwd", "$y$j75$salt$hasi"));
	ck_assert(!has("bob@hbtn.io", "pwd", ""));
	ck_assert(has("bob@hbtn.io", "pwd", HASH));
}
END_TEST

START_TEST(forgets_after_its_seconds_by_a_clock_that_does_not_step)
{
	credential_cache_add(v, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH);
	clock_freeze(BOOT + KEEP_S * 1000 - 1, WALL - 999999999);
	ck_assert(has("bob@hbtn.io", "pwd", HASH));
	clock_freeze(BOOT + KEEP_S * 1000, WALL);
	ck_assert(!has("bob@hbtn.io", "pwd", HASH));
	clock_freeze(BOOT + KEEP_S * 1000 + 1, WALL);
	ck_assert(!has("bob@hbtn.io", "pwd", HASH));
	/* Looking does not prolong, adding again does. */
	credential_cache_add(v, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH);
	ck_assert(has("bob@hbtn.io", "pwd", HASH));
}
END_TEST

START_TEST(zero_seconds_remember_nothing)
{
	struct credential_cache *none = credential_cache_new(0);

	ck_assert_ptr_nonnull(none);
	credential_cache_add(none, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH);
	ck_assert(!credential_cache_has(none, STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), HASH));
	credential_cache_free(none);
}
END_TEST

/* Places are fewer than credentials: a place that is taken by another must not answer yes. */
START_TEST(a_crowd_pushes_out_but_never_in)
{
	char email[32];
	int n_known = 0;

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(email, sizeof(email), "user%d", i);
		credential_cache_add(v, str_of(email), STR_LIT("pwd"), HASH);
		ck_assert(credential_cache_has(v, str_of(email), STR_LIT("pwd"), HASH));
		ck_assert(!credential_cache_has(v, str_of(email), STR_LIT("pwe"), HASH));
	}
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(email, sizeof(email), "user%d", i);
		n_known += credential_cache_has(v, str_of(email), STR_LIT("pwd"), HASH);
		ck_assert(!credential_cache_has(v, str_of(email), STR_LIT("other"), HASH));
	}
	ck_assert_int_gt(n_known, 0);
	ck_assert_int_le(n_known, 4096);
}
END_TEST

START_TEST(an_empty_place_is_no_credential_even_before_boot)
{
	clock_freeze(-1, WALL);
	ck_assert(!has("bob@hbtn.io", "pwd", HASH));
}
END_TEST

START_TEST(without_memory_or_randomness_there_is_none)
{
	fail_alloc_at(1);
	ck_assert_ptr_null(credential_cache_new(KEEP_S));
	fail_random_at(1);
	ck_assert_ptr_null(credential_cache_new(KEEP_S));
	credential_cache_free(NULL);
}
END_TEST

Suite *
check_credential_cache_suite(void)
{
	Suite *s = suite_create("password/credential_cache");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_test(tc, remembers_what_was_added_and_nothing_else);
	tcase_add_test(tc, a_changed_hash_forgets);
	tcase_add_test(tc, forgets_after_its_seconds_by_a_clock_that_does_not_step);
	tcase_add_test(tc, zero_seconds_remember_nothing);
	tcase_add_test(tc, a_crowd_pushes_out_but_never_in);
	tcase_add_test(tc, an_empty_place_is_no_credential_even_before_boot);
	tcase_add_test(tc, without_memory_or_randomness_there_is_none);
	suite_add_tcase(s, tc);
	return s;
}
