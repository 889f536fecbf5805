/* check_credentials.c - tests of src/auth/credentials.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/credentials.h"
#include "password/password.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"
#include "unit/auth/visit.h"

Suite *check_credentials_suite(void);

#define LEGACY "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967" /* fake pwd */

static const struct auth *
auth(void)
{
	return visit("basic_auth", NULL, NULL, NULL)->auth;
}

static struct user *
add_with_hash(const char *email, const char *hash)
{
	struct user *user;

	ck_assert_int_eq(user_new(str_of(email), str_of(hash), STR_NULL, STR_NULL, &user), 0);
	ck_assert_int_eq(users_add(site.app.env.users, user), 0);
	return user;
}

static struct str
stored_hash(const struct user *user, char room[PASSWORD_HASH_BYTES])
{
	struct user *now;

	ck_assert_int_eq(users_get(site.app.env.users, str_of(user->base.id), &now), 0);
	(void)strcpy(room, now->password_hash.p);
	user_unref(now);
	return str_of(room);
}

START_TEST(right_wrong_and_unknown)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;

	for (int hide = 0; hide < 2; hide++) {
		ck_assert_int_eq(credentials_verify(auth(), STR_LIT("bob@hbtn.io"),
				     STR_LIT("pwd"), hide, &user),
		    0);
		ck_assert_str_eq(user->base.id, bob->base.id);
		user_unref(user);
		user = NULL;
		ck_assert_int_eq(credentials_verify(auth(), STR_LIT("bob@hbtn.io"),
				     STR_LIT("pwe"), hide, &user),
		    AUTHN_WRONG_PASSWORD);
		ck_assert_int_eq(credentials_verify(auth(), STR_LIT("eve@hbtn.io"),
				     STR_LIT("pwd"), hide, &user),
		    AUTHN_UNKNOWN_USER);
		ck_assert_ptr_null(user);
	}
	user_unref(bob);
}
END_TEST

START_TEST(of_a_user_who_is_known)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	ck_assert_int_eq(credentials_check(auth(), bob, STR_LIT("pwd")), 0);
	ck_assert_int_eq(credentials_check(auth(), bob, STR_LIT("pwe")), AUTHN_WRONG_PASSWORD);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(credentials_check(auth(), bob, STR_LIT("pwd")), -EBUSY);
	user_unref(bob);
}
END_TEST

/* Where the answer does not tell who exists, its time must not either. */
START_TEST(hidden_unknown_addresses_cost_a_hash)
{
	struct user *user;

	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("eve@x"), STR_LIT("pwd"), true, &user), -EBUSY);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("eve@x"), STR_LIT("pwd"), false, &user),
	    AUTHN_UNKNOWN_USER);
	ck_assert(!fail_part_is_done());
	fail_part("admission_enter", 99, 0);
	fail_random_at(1);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("eve@x"), STR_LIT("pwd"), true, &user), -EIO);
}
END_TEST

/* How a known user's password is stored is not told by the time of a refusal either. */
START_TEST(a_refusal_costs_a_hash_whatever_is_stored)
{
	static const char *const hashes[] = { LEGACY, "", "*0", "x", "$9$salt$hash" };
	struct user *user;

	user_unref(add_with_hash("bob@hbtn.io", hashes[_i]));
	for (int hide = 0; hide < 2; hide++) {
		fail_part("admission_enter", 1, -EBUSY);
		ck_assert_int_eq(credentials_verify(auth(), STR_LIT("bob@hbtn.io"),
				     STR_LIT("pwd"), hide, &user),
		    -EBUSY);
	}
}
END_TEST

static void
disable(const struct user *user)
{
	ck_assert_int_eq(account_set_disabled(&site.accounts, str_of(user->base.id), true), 0);
}

/* The hash with another last character. */
static void
other_end(const char *hash, char ret_other[PASSWORD_HASH_BYTES])
{
	size_t n = strlen(hash);

	memcpy(ret_other, hash, n + 1);
	if (n > 0)
		ret_other[n - 1] = ret_other[n - 1] == '0' ? '1' : '0';
}

/* The last one has two forms, which cost a hash each (password.c). */
static const char *const passwords[] = { "fake pwd", "wrong", "", "e\xcc\x81" };

/*
 * Whatever the password and however it is stored: what a wrong one costs, the same verdict, and
 * nothing is stored anew.
 */
START_TEST(a_disabled_user_has_no_right_password)
{
	char ours[PASSWORD_HASH_BYTES], now[PASSWORD_HASH_BYTES], other[PASSWORD_HASH_BYTES];
	const char *const hashes[] = { LEGACY, "", "*0", ours };
	struct user *bob, *user = NULL;

	ck_assert_int_eq(password_hash(STR_LIT("fake pwd"), 1, ours), 0);
	site.app.env.hash_cost = 2;
	bob = add_with_hash("bob@hbtn.io", hashes[_i]);
	disable(bob);
	for (int i = 0; i < 4; i++)
		for (int hide = 0; hide < 2; hide++) {
			struct hasher_list list = { 0 };
			struct auth later = *auth();
			struct str password = str_of(passwords[i]);

			ck_assert_int_eq(credentials_verify(auth(), STR_LIT("bob@hbtn.io"),
					     password, hide, &user),
			    AUTHN_DISABLED);
			/* Where hashes are noted: one, and then the verdict. */
			later.hasher.list = &list;
			ck_assert_int_eq(credentials_verify(&later, STR_LIT("bob@hbtn.io"),
					     password, hide, &user),
			    HASHER_LATER);
			hasher_run(&list, 1000);
			ck_assert_int_eq(credentials_verify(&later, STR_LIT("bob@hbtn.io"),
					     password, hide, &user),
			    AUTHN_DISABLED);
			ck_assert_uint_eq(list.n, 1);
			/* Of the password given, against what no password has. */
			other_end(hashes[_i], other);
			ck_assert_int_eq(hasher_verify(&later.hasher, other, password),
			    AUTHN_WRONG_PASSWORD);
			ck_assert_uint_eq(list.n, 1);
			hasher_list_wipe(&list);
			fail_part("admission_enter", 1, -EBUSY);
			ck_assert_int_eq(credentials_verify(auth(), STR_LIT("bob@hbtn.io"),
					     password, hide, &user),
			    -EBUSY);
		}
	fail_part("admission_enter", 99, 0);
	ck_assert_ptr_null(user);
	unit_assert_str(stored_hash(bob, now), hashes[_i]);
	user_unref(bob);
}
END_TEST

START_TEST(an_old_hash_is_replaced_at_the_first_login)
{
	struct user *bob = add_with_hash("bob@hbtn.io", LEGACY), *user;
	char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES], want[200], *log;

	/* Not by a wrong password. */
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), false, &user),
	    AUTHN_WRONG_PASSWORD);
	unit_assert_str(stored_hash(bob, hash), LEGACY);

	ck_assert_int_eq(credentials_verify(
			     auth(), STR_LIT("bob@hbtn.io"), STR_LIT("fake pwd"), false, &user),
	    0);
	(void)stored_hash(bob, hash);
	ck_assert_int_eq(strncmp(hash, "$y$", 3), 0);
	ck_assert_int_eq(password_verify(hash, STR_LIT("fake pwd")), 0);
	/* The caller gets the user as it is now. */
	unit_assert_str(user->password_hash, hash);
	user_unref(user);
	/* The log says whose, and that the user did it. */
	log = site_log();
	(void)snprintf(want, sizeof(want), "event=password-rehashed user=%s actor=%s\n",
	    bob->base.id, bob->base.id);
	ck_assert_ptr_nonnull(strstr(log, want));
	free(log);

	/* Once is enough. */
	ck_assert_int_eq(credentials_verify(
			     auth(), STR_LIT("bob@hbtn.io"), STR_LIT("fake pwd"), false, &user),
	    0);
	unit_assert_str(stored_hash(bob, again), hash);
	user_unref(user);
	user_unref(bob);
}
END_TEST

START_TEST(another_cost_is_replaced_too)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user;
	char hash[PASSWORD_HASH_BYTES];

	site.app.env.hash_cost = 2;
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), false, &user),
	    0);
	user_unref(user);
	ck_assert(!password_needs_rehash(stored_hash(bob, hash).p, 2));
	ck_assert(password_needs_rehash(hash, 1));
	user_unref(bob);
}
END_TEST

static const struct {
	const char *part;
	unsigned nth;
} rehash_failures[] = { { "journal_append", 1 }, { "journal_sync", 1 }, { "journal_lock", 1 },
	{ "admission_enter", 1 } };

/* The login does not depend on it. */
START_TEST(a_hash_that_cannot_be_replaced_is_no_reason_to_refuse)
{
	struct user *bob = add_with_hash("bob@hbtn.io", LEGACY), *user = NULL;
	char *log;

	site_forget_log();
	fail_part(rehash_failures[_i].part, rehash_failures[_i].nth, -EIO);
	ck_assert_int_eq(credentials_verify(
			     auth(), STR_LIT("bob@hbtn.io"), STR_LIT("fake pwd"), false, &user),
	    0);
	ck_assert(fail_part_is_done());
	ck_assert_str_eq(user->base.id, bob->base.id);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "password-rehash-failed"));
	ck_assert_ptr_nonnull(strstr(log, " reason=\"Input/output error\""));
	ck_assert_ptr_null(strstr(log, " code="));
	ck_assert_ptr_null(strstr(log, "fake pwd"));
	free(log);
	user_unref(user);
	user_unref(bob);
}
END_TEST

START_TEST(broken_hashes_let_nobody_in)
{
	static const char *const hashes[] = { "", "*0", "*1", "x", "$y$" };
	struct user *user = NULL;

	user_unref(add_with_hash("bob@hbtn.io", hashes[_i]));
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("*0"), false, &user),
	    AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("x"), true, &user),
	    AUTHN_WRONG_PASSWORD);
	ck_assert_ptr_null(user);
}
END_TEST

START_TEST(a_failure_is_no_verdict)
{
	struct user *user = NULL;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), false, &user),
	    -EIO);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    credentials_verify(auth(), STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), false, &user),
	    -EBUSY);
	ck_assert_ptr_null(user);
}
END_TEST

/* ------------------------------------------------------------------- confirm */

START_TEST(unchanged_credentials_hold)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), 0);
	ck_assert(!fail_part_is_done()); /* without another hash */
	user_unref(bob);
}
END_TEST

START_TEST(changed_or_gone_they_do_not)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	struct str id = str_of(bob->base.id);

	ck_assert_int_eq(account_set_password(&site.accounts, id, STR_LIT("new")), 0);
	ck_assert_int_eq(
	    credentials_confirm(auth(), bob, STR_LIT("pwd")), AUTHN_WRONG_PASSWORD);
	/* The same password under another hash: somebody else's login replaced it. */
	ck_assert_int_eq(account_set_password(&site.accounts, id, STR_LIT("pwd")), 0);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), 0);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), -EBUSY);
	ck_assert_int_eq(account_delete(&site.accounts, id), 0);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), AUTHN_UNKNOWN_USER);
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), -EIO);
	user_unref(bob);
}
END_TEST

START_TEST(disabled_meanwhile_they_do_not)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	disable(bob);
	ck_assert_int_eq(credentials_confirm(auth(), bob, STR_LIT("pwd")), AUTHN_DISABLED);
	user_unref(bob);
}
END_TEST

/* Between the new hash and the look at it somebody sets another password. */
static void
set_password_meanwhile(void *arg)
{
	ck_assert_int_eq(account_set_password(&site.accounts, str_of(arg), STR_LIT("new")), 0);
}

START_TEST(a_password_that_is_set_during_the_rehash_is_not_taken_for_ours)
{
	struct user *bob = add_with_hash("bob@hbtn.io", LEGACY), *user = NULL;

	/* journal_sync() ends the replacement. */
	fail_part_before("journal_sync", set_password_meanwhile, bob->base.id);
	ck_assert_int_eq(credentials_verify(
			     auth(), STR_LIT("bob@hbtn.io"), STR_LIT("fake pwd"), false, &user),
	    0);
	ck_assert_int_eq(
	    credentials_confirm(auth(), user, STR_LIT("fake pwd")), AUTHN_WRONG_PASSWORD);
	user_unref(user);
	user_unref(bob);
}
END_TEST

Suite *
check_credentials_suite(void)
{
	Suite *s = suite_create("auth/credentials");
	TCase *tc = tcase_create("verify");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, right_wrong_and_unknown);
	tcase_add_test(tc, of_a_user_who_is_known);
	tcase_add_test(tc, hidden_unknown_addresses_cost_a_hash);
	tcase_add_loop_test(tc, a_refusal_costs_a_hash_whatever_is_stored, 0, 5);
	tcase_add_loop_test(tc, a_disabled_user_has_no_right_password, 0, 4);
	tcase_add_test(tc, an_old_hash_is_replaced_at_the_first_login);
	tcase_add_test(tc, another_cost_is_replaced_too);
	tcase_add_loop_test(tc, a_hash_that_cannot_be_replaced_is_no_reason_to_refuse, 0, 4);
	tcase_add_loop_test(tc, broken_hashes_let_nobody_in, 0, 5);
	tcase_add_test(tc, a_failure_is_no_verdict);
	suite_add_tcase(s, tc);

	tc = tcase_create("confirm");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, unchanged_credentials_hold);
	tcase_add_test(tc, changed_or_gone_they_do_not);
	tcase_add_test(tc, disabled_meanwhile_they_do_not);
	tcase_add_test(tc, a_password_that_is_set_during_the_rehash_is_not_taken_for_ours);
	suite_add_tcase(s, tc);
	return s;
}
