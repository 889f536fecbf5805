/* check_hasher.c - tests of src/password/hasher.c */
#include "unit/unit.h"

#include <errno.h>

#include "password/hasher.h"
#include "unit/fail_alloc.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"

Suite *check_hasher_suite(void);

#define COST   PASSWORD_COST_LEAST
#define LEGACY "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967" /* fake pwd */

static struct admission admission;
static const struct hasher now = { &admission, COST, NULL };

static void
open_fixture(void)
{
	tmp_make();
	ck_assert_int_eq(admission_open(&admission, tmp_fd, tmp_path, 1, 0, NULL), 0);
}

START_TEST(hashes_and_verifies_as_password_does)
{
	char hash[PASSWORD_HASH_BYTES], longest[PASSWORD_MAX_BYTES + 1];

	memset(longest, 'p', sizeof(longest));
	ck_assert_int_eq(hasher_hash(&now, STR_LIT("pwd"), hash), 0);
	ck_assert_int_eq(hasher_verify(&now, hash, STR_LIT("pwd")), 0);
	ck_assert_int_eq(hasher_verify(&now, hash, STR_LIT("pwe")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(hasher_verify(&now, "*0", STR_LIT("*0")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    hasher_hash(&now, str_mem(longest, sizeof(longest)), hash), PASSWORD_E_UNUSABLE);
	fail_random_at(1);
	ck_assert_int_eq(hasher_hash(&now, STR_LIT("pwd"), hash), -EIO);
}
END_TEST

START_TEST(without_a_turn_there_is_no_verdict)
{
	char hash[PASSWORD_HASH_BYTES];
	struct admission_ticket ticket;

	ck_assert_int_eq(hasher_hash(&now, STR_LIT("pwd"), hash), 0);
	ck_assert_int_eq(admission_enter(&admission, &ticket), 0);
	ck_assert_int_eq(hasher_verify(&now, hash, STR_LIT("pwd")), -EBUSY);
	ck_assert_int_eq(hasher_verify(&now, hash, STR_LIT("pwe")), -EBUSY);
	ck_assert_int_eq(hasher_hash(&now, STR_LIT("pwd"), hash), -EBUSY);
	/* The original's hash takes no time and waits for nobody; its refusal costs what any does. */
	ck_assert_int_eq(hasher_verify(&now, LEGACY, STR_LIT("fake pwd")), 0);
	ck_assert_int_eq(hasher_verify(&now, LEGACY, STR_LIT("x")), -EBUSY);
	ck_assert_int_eq(hasher_verify(&now, "", STR_LIT("x")), -EBUSY);
	admission_leave(&admission, ticket);
	ck_assert_int_eq(hasher_verify(&now, hash, STR_LIT("pwd")), 0);
}
END_TEST

/* ---------------------------------------------------------------- elsewhere */

static struct hasher_list list;

static int
verify_later(const char *stored, struct str password)
{
	const struct hasher later = { &admission, COST, &list };

	return hasher_verify(&later, stored, password);
}

static int
hash_later(struct str password, unsigned cost, char ret_hash[PASSWORD_HASH_BYTES])
{
	const struct hasher later = { &admission, cost, &list };

	return hasher_hash(&later, password, ret_hash);
}

static unsigned
n_waiting(void)
{
	unsigned running, waiting;

	admission_count(&admission, &running, &waiting);
	return waiting;
}

START_TEST(noted_computed_and_found)
{
	char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES];
	struct admission_ticket ticket;

	ck_assert_int_eq(admission_enter(&admission, &ticket), 0); /* nobody can hash */
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), HASHER_LATER);
	ck_assert(hasher_is_pending(&list));
	ck_assert_uint_eq(n_waiting(), 1);
	/* Asked again, or for another one, before it is there. */
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), HASHER_LATER);
	ck_assert_int_eq(hash_later(STR_LIT("pwe"), COST, hash), HASHER_LATER);
	ck_assert_uint_eq(n_waiting(), 1);
	admission_leave(&admission, ticket);
	hasher_run(&list, 0);
	ck_assert(!hasher_is_pending(&list));
	ck_assert_uint_eq(n_waiting(), 0);
	ck_assert_int_eq(admission_enter(&admission, &ticket), 0); /* and needs nobody now */
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), 0);
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, again), 0);
	ck_assert_str_eq(hash, again);
	admission_leave(&admission, ticket);
	/* What is like it and not the same is another one. */
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST + 1, hash), HASHER_LATER);
	hasher_run(&list, 0);
	ck_assert_int_eq(verify_later(again, STR_LIT("pwd")), HASHER_LATER);
	hasher_run(&list, 0);
	ck_assert_int_eq(verify_later(again, STR_LIT("pwd")), 0);
	ck_assert_int_eq(verify_later(again, STR_LIT("pw")), HASHER_LATER);
	hasher_run(&list, 0);
	ck_assert_int_eq(verify_later(again, STR_LIT("pw")), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(verify_later(again, STR_LIT("pwd")), 0);
	hasher_list_wipe(&list);
	ck_assert_int_eq(verify_later(again, STR_LIT("pwd")), HASHER_LATER);
	hasher_list_wipe(&list);
	ck_assert_uint_eq(n_waiting(), 0);
}
END_TEST

/* A thread that serves computes nothing, not even what is cheap. */
START_TEST(even_the_originals)
{
	ck_assert_int_eq(verify_later(LEGACY, STR_LIT("fake pwd")), HASHER_LATER);
	hasher_run(&list, 0);
	ck_assert_int_eq(verify_later(LEGACY, STR_LIT("fake pwd")), 0);
	hasher_list_wipe(&list);
}
END_TEST

START_TEST(what_no_password_can_be)
{
	char longest[4 * PASSWORD_MAX_BYTES], hash[PASSWORD_HASH_BYTES];
	struct str passwords[] = { str_mem(longest, sizeof(longest)),
		str_mem(longest, PASSWORD_MAX_BYTES + 1), STR_LIT("a\0b"), STR_NULL };

	memset(longest, 'p', sizeof(longest));
	for (int i = 0; i < 4; i++) {
		int want = i == 3 ? 0 : PASSWORD_E_UNUSABLE;

		ck_assert_int_eq(hash_later(passwords[i], COST, hash), HASHER_LATER);
		hasher_run(&list, 0);
		ck_assert_int_eq(hash_later(passwords[i], COST, hash), want);
		hasher_list_wipe(&list);
	}
}
END_TEST

START_TEST(no_turn_and_failures_are_results)
{
	char hash[PASSWORD_HASH_BYTES];
	struct admission_ticket ticket;

	ck_assert_int_eq(admission_enter(&admission, &ticket), 0);
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), HASHER_LATER);
	hasher_run(&list, 1);
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), -EBUSY);
	admission_leave(&admission, ticket);
	hasher_list_wipe(&list);
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), HASHER_LATER);
	fail_random_at(1);
	hasher_run(&list, 1);
	ck_assert_int_eq(hash_later(STR_LIT("pwd"), COST, hash), -EIO);
	hasher_list_wipe(&list);
	for (unsigned nth = 1; nth <= 2; nth++) {
		int r;

		fail_alloc_at(nth);
		r = verify_later(LEGACY, STR_LIT("pwd"));
		fail_alloc_at(0);
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert(!hasher_is_pending(&list));
	}
}
END_TEST

/* A request that needs another hash each time comes to an end. */
START_TEST(not_for_ever)
{
	char hash[PASSWORD_HASH_BYTES];
	const char digits[100] = "another one each time";
	int i, r = HASHER_LATER;

	for (i = 1; i < 20 && r == HASHER_LATER; i++) {
		if ((r = hash_later(str_mem(digits, (size_t)i), COST, hash)) == HASHER_LATER)
			hasher_run(&list, 0);
	}
	ck_assert_int_eq(r, -EBUSY);
	ck_assert_int_le(i, 10);
	hasher_list_wipe(&list);
}
END_TEST

Suite *
check_hasher_suite(void)
{
	Suite *s = suite_create("password/hasher");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_fixture, tmp_remove);
	tcase_add_test(tc, hashes_and_verifies_as_password_does);
	tcase_add_test(tc, without_a_turn_there_is_no_verdict);
	tcase_add_test(tc, noted_computed_and_found);
	tcase_add_test(tc, even_the_originals);
	tcase_add_test(tc, what_no_password_can_be);
	tcase_add_test(tc, no_turn_and_failures_are_results);
	tcase_add_test(tc, not_for_ever);
	suite_add_tcase(s, tc);
	return s;
}
