/* check_account.c - tests of src/model/account.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/account.h"
#include "password/password.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_account_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* ---------------------------------------------------------------- what may be */

static struct str
repeat(char c, size_t n)
{
	static char text[4][2000];
	static int which;
	char *p = text[which++ % 4];

	memset(p, c, n);
	return str_mem(p, n);
}

static const struct {
	struct str email;
	const char *problem;
} emails[] = {
	{ STR_INIT("bob@hbtn.io"), NULL },
	{ STR_INIT("a@b"), NULL },
	{ STR_INIT("b\xc3\xb6"
		   "b@hbtn.io"),
	    NULL },
	{ STR_INIT("\"b.o+b\"/%!@[::1]"), "email holds a colon" },
	{ STR_INIT("bob:x@hbtn.io"), "email holds a colon" },
	{ STR_INIT("bob\n@hbtn.io"), "email holds a control character" },
	{ STR_INIT("bob\0@hbtn.io"), "email holds a control character" },
	{ STR_INIT("bob@hbtn.io\x7f"), "email holds a control character" },
	{ STR_INIT("bob@hbtn.io\t"), "email holds a control character" },
	{ STR_INIT("bob\xc2\x9b@hbtn.io"), "email holds a control character" },
	{ STR_INIT("bob\xe2\x80\xae@hbtn.io"), "email holds a control character" },
	{ STR_INIT("bob\xe2\x80\x8b@hbtn.io"), "email holds a control character" },
	{ STR_INIT("b b@hbtn.io"), "email holds a blank" },
	{ STR_INIT(" bob@hbtn.io"), "email holds a blank" },
	{ STR_INIT("bob@hbtn.io "), "email holds a blank" },
	{ STR_INIT("bob\xc2\xa0@hbtn.io"), "email holds a blank" },
	{ STR_INIT("bob@hbtn.io\xe3\x80\x80"), "email holds a blank" },
	{ STR_INIT("bob@hbtn\xff"), "email is not UTF-8" },
	{ STR_INIT("not an email"), "email holds a blank" },
	{ STR_INIT("bob"), "email needs one @, with something before and after it" },
	{ STR_INIT("@"), "email needs one @, with something before and after it" },
	{ STR_INIT("bob@"), "email needs one @, with something before and after it" },
	{ STR_INIT("@hbtn.io"), "email needs one @, with something before and after it" },
	{ STR_INIT("bob@@hbtn.io"), "email needs one @, with something before and after it" },
	{ STR_INIT("b@b@hbtn.io"), "email needs one @, with something before and after it" },
	{ STR_INIT("bob@hbtn.io@"), "email needs one @, with something before and after it" },
};

START_TEST(addresses)
{
	const struct account a = { emails[_i].email, STR_LIT("pwd"), STR_NULL, STR_NULL };
	const char *problem = account_problem(&a);

	ck_assert_pstr_eq(problem, emails[_i].problem);
	ck_assert_pstr_eq(account_email_problem(a.email), problem);
}
END_TEST

static struct str
address_of(size_t n)
{
	struct str text = repeat('e', n);

	memcpy((char *)(uintptr_t)text.p + 1, "@", 1);
	return text;
}

START_TEST(problems)
{
	const struct account good = { STR_LIT("bob@hbtn.io"), STR_LIT("pwd"), STR_NULL,
		STR_LIT("Dylan") };
	struct account a = good;

	ck_assert_ptr_null(account_problem(&a));
	a.email = address_of(USER_EMAIL_MAX_BYTES);
	ck_assert_ptr_null(account_problem(&a));
	a.email = address_of(USER_EMAIL_MAX_BYTES + 1);
	ck_assert_str_eq(account_problem(&a), "email is longer than 254 bytes");

	a = good;
	a.password = repeat('p', PASSWORD_MAX_BYTES);
	ck_assert_ptr_null(account_problem(&a));
	a.password = repeat('p', PASSWORD_MAX_BYTES + 1);
	ck_assert_str_eq(account_problem(&a), "password is longer than 1024 bytes");
	a.password = STR_LIT("pw\0d");
	ck_assert_str_eq(account_problem(&a), "password holds a NUL character");
	a.password = STR_LIT("p\xe4ss");
	ck_assert_str_eq(account_problem(&a), "password is not UTF-8");

	a = good;
	a.first_name = repeat('f', USER_NAME_MAX_BYTES);
	ck_assert_ptr_null(account_problem(&a));
	a.first_name = repeat('f', USER_NAME_MAX_BYTES + 1);
	ck_assert_str_eq(account_problem(&a), "a name is longer than 1024 bytes");
	a = good;
	a.last_name = repeat('l', USER_NAME_MAX_BYTES + 1);
	ck_assert_str_eq(account_problem(&a), "a name is longer than 1024 bytes");
}
END_TEST

/* The longest account there may be, in the characters that take most room on a line. */
START_TEST(the_largest_account_fits_the_journal)
{
	const struct account a = { repeat('\xc3', 0), repeat('p', PASSWORD_MAX_BYTES),
		repeat('\x01', USER_NAME_MAX_BYTES), repeat('\x01', USER_NAME_MAX_BYTES) };
	struct account big = a;
	struct user *user, *found;

	big.email = repeat('"', USER_EMAIL_MAX_BYTES);
	memcpy((char *)(uintptr_t)big.email.p + 1, "@", 1);
	ck_assert_ptr_null(account_problem(&big));
	ck_assert_int_eq(account_add(&site.accounts, &big, &user), 0);
	site_reopen();
	ck_assert_int_eq(users_find_by_email(site.accounts.users, big.email, &found), 0);
	ck_assert(str_eq(found->first_name, big.first_name));
	user_unref(found);
	user_unref(user);
}
END_TEST

/* ------------------------------------------------------------------------ add */

START_TEST(an_added_user_can_be_verified_and_the_file_holds_no_password)
{
	struct user *bob = site_add_user("bob@hbtn.io", "H0lbertonSchool98!"), *again = NULL;
	const struct account a = { STR_LIT("bob@hbtn.io"), STR_LIT("x"), STR_NULL, STR_NULL };
	char *text;

	ck_assert_int_eq(
	    password_verify(bob->password_hash.p, STR_LIT("H0lbertonSchool98!")), 0);
	ck_assert_int_eq(account_add(&site.accounts, &a, &again), USERS_E_EXISTS);
	ck_assert_ptr_null(again);
	text = tmp_read("data/User.jsonl");
	ck_assert_ptr_null(strstr(text, "H0lberton"));
	ck_assert_ptr_nonnull(strstr(text, bob->base.id));
	free(text);
	user_unref(bob);
}
END_TEST

/* Made when more was taken, or imported: such a user goes on. */
START_TEST(an_address_that_is_refused_today_still_signs_in)
{
	struct user *old = site_add_user("not an email", "pwd"), *found;

	ck_assert_ptr_nonnull(account_email_problem(old->email));
	site_reopen();
	ck_assert_int_eq(
	    users_find_by_email(site.accounts.users, STR_LIT("not an email"), &found), 0);
	ck_assert_int_eq(password_verify(found->password_hash.p, STR_LIT("pwd")), 0);
	ck_assert_int_eq(
	    account_set_password(&site.accounts, str_of(old->base.id), STR_LIT("x")), 0);
	user_unref(found);
	user_unref(old);
}
END_TEST

/* Known addresses are refused before the costly part. */
START_TEST(a_known_address_costs_no_hash)
{
	const struct account a = { STR_LIT("bob@hbtn.io"), STR_LIT("x"), STR_NULL, STR_NULL };
	struct user *again;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(account_add(&site.accounts, &a, &again), USERS_E_EXISTS);
	ck_assert(!fail_part_is_done());
}
END_TEST

static void
add_meanwhile(void *arg)
{
	struct user *user;

	(void)arg;
	ck_assert_int_eq(
	    user_new(STR_LIT("bob@hbtn.io"), STR_LIT("h"), STR_NULL, STR_NULL, &user), 0);
	ck_assert_int_eq(users_add(site.accounts.users, user), 0);
	user_unref(user);
}

START_TEST(who_is_added_during_the_hash_was_first)
{
	const struct account a = { STR_LIT("bob@hbtn.io"), STR_LIT("x"), STR_NULL, STR_NULL };
	struct user *user = NULL;

	fail_part_before("admission_enter", add_meanwhile, NULL);
	ck_assert_int_eq(account_add(&site.accounts, &a, &user), USERS_E_EXISTS);
	ck_assert_ptr_null(user);
}
END_TEST

static const struct {
	const char *part;
	int code;
} add_failures[] = {
	{ "admission_enter", -EBUSY },
	{ "journal_lock", -ETIMEDOUT },
	{ "journal_append", -ENOSPC },
	{ "journal_sync", -EIO },
};

START_TEST(what_fails_adds_nobody)
{
	const struct account a = { STR_LIT("bob@hbtn.io"), STR_LIT("x"), STR_NULL, STR_NULL };
	struct user *user = NULL;

	fail_part(add_failures[_i].part, 1, add_failures[_i].code);
	ck_assert_int_eq(account_add(&site.accounts, &a, &user), add_failures[_i].code);
	ck_assert(fail_part_is_done());
	ck_assert_ptr_null(user);
}
END_TEST

/* ----------------------------------------------------- the end of all sessions */

/* One session of each kind, of that user. */
static void
sign_in(const char *user_id, int i)
{
	struct table_entry memory = { .tag = { { (uint8_t)i, 1, 77 } } },
			   stored = { .tag = { { (uint8_t)i, 2, 78 } },
				   .kind = TABLE_KIND_STORED };
	struct user_session session;

	ck_assert(user_session_pack_owner(str_of(user_id), &memory.owner));
	stored.owner = memory.owner;
	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &stored.tag, 0), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	ck_assert_int_eq(table_insert(site.app.env.table, &memory), 0);
	ck_assert_int_eq(table_insert(site.app.env.table, &stored), 0);
}

static int
count_sessions(int i)
{
	const struct digest_tag memory = { { (uint8_t)i, 1, 77 } },
				stored = { { (uint8_t)i, 2, 78 } };
	struct table_entry entry;

	return (table_find(site.app.env.table, &memory, &entry) == 0) +
	       (table_find(site.app.env.table, &stored, &entry) == 0);
}

START_TEST(another_password_ends_all_sessions_of_that_user)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"),
		    *eve = site_add_user("eve@hbtn.io", "old"), *now;

	sign_in(bob->base.id, 1);
	sign_in(eve->base.id, 2);
	ck_assert_int_eq(
	    account_set_password(&site.accounts, str_of(bob->base.id), STR_LIT("new")), 0);
	ck_assert_int_eq(users_get(site.accounts.users, str_of(bob->base.id), &now), 0);
	ck_assert_int_eq(password_verify(now->password_hash.p, STR_LIT("new")), 0);
	ck_assert_int_eq(
	    password_verify(now->password_hash.p, STR_LIT("old")), AUTHN_WRONG_PASSWORD);
	user_unref(now);
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 2);
	/* They do not come back with the next boot. */
	site_reboot();
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 1);
	ck_assert_int_eq(
	    account_set_password(&site.accounts, STR_LIT("x"), STR_LIT("new")), USERS_E_ABSENT);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

/* Who knows the password: not if it is another one by now. */
START_TEST(a_password_is_changed_by_who_knows_it)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"), *now;
	char hash[PASSWORD_HASH_BYTES];

	sign_in(bob->base.id, 1);
	ck_assert_int_eq(account_change_password(&site.accounts, bob, STR_LIT("new"), hash), 0);
	ck_assert_int_eq(users_get(site.accounts.users, str_of(bob->base.id), &now), 0);
	unit_assert_str(now->password_hash, hash);
	ck_assert_int_eq(password_verify(hash, STR_LIT("new")), 0);
	ck_assert_int_eq(count_sessions(1), 0);
	user_unref(now);

	sign_in(bob->base.id, 1);
	ck_assert_int_eq(account_change_password(&site.accounts, bob, STR_LIT("third"), hash),
	    USERS_E_ABSENT);
	ck_assert_int_eq(users_get(site.accounts.users, str_of(bob->base.id), &now), 0);
	ck_assert_int_eq(password_verify(now->password_hash.p, STR_LIT("new")), 0);
	ck_assert_int_eq(count_sessions(1), 2);
	user_unref(now);
	user_unref(bob);
}
END_TEST

START_TEST(a_deleted_user_has_no_sessions)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"),
		    *eve = site_add_user("eve@hbtn.io", "old");

	sign_in(bob->base.id, 1);
	sign_in(eve->base.id, 2);
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), 0);
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 2);
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), USERS_E_ABSENT);
	ck_assert_int_eq(account_delete(&site.accounts, STR_LIT("me")), USERS_E_ABSENT);
	site_reboot();
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 1);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

static bool
is_disabled(const struct user *user)
{
	struct user *now;
	bool is;

	ck_assert_int_eq(users_get(site.accounts.users, str_of(user->base.id), &now), 0);
	is = user_is_disabled(now);
	user_unref(now);
	return is;
}

START_TEST(a_disabled_user_has_no_sessions)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"),
		    *eve = site_add_user("eve@hbtn.io", "old");
	struct str id = str_of(bob->base.id);

	sign_in(bob->base.id, 1);
	sign_in(eve->base.id, 2);
	/* Who is not disabled is not signed out by being enabled. */
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), 0);
	ck_assert_int_eq(count_sessions(1), 2);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), 0);
	ck_assert(is_disabled(bob));
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 2);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), 0);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), 0);
	ck_assert(!is_disabled(bob));
	/* Neither that nor a boot brings one back. */
	site_reboot();
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 1);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(
		    account_set_disabled(&site.accounts, STR_LIT("me"), i), USERS_E_ABSENT);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

START_TEST(a_kept_group_is_kept)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"), *now;
	struct str id = str_of(bob->base.id), admin = STR_LIT("admin");

	ck_assert_int_eq(
	    users_set_groups(site.accounts.users, id, GROUPS_ADD, &admin, 1, STR_NULL, &now),
	    0);
	user_unref(now);
	sign_in(bob->base.id, 1);
	site.accounts.kept_group = admin;
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), USERS_E_LAST);
	ck_assert_int_eq(account_delete(&site.accounts, id), USERS_E_LAST);
	ck_assert_int_eq(count_sessions(1), 2);
	site.accounts.kept_group = STR_NULL;
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), 0);
	site.accounts.kept_group = admin;
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), 0);
	ck_assert(!is_disabled(bob));
	user_unref(bob);
}
END_TEST

/* What disabling could not end does not live again with the user. */
START_TEST(sessions_that_were_left_end_before_the_user_is_enabled)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old");
	struct str id = str_of(bob->base.id);

	sign_in(bob->base.id, 1);
	fail_part("table_each", 1, -ETIMEDOUT);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), -ETIMEDOUT);
	ck_assert(is_disabled(bob));
	ck_assert_int_eq(count_sessions(1), 2);
	fail_part("table_each", 1, -ETIMEDOUT);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), -ETIMEDOUT);
	ck_assert(is_disabled(bob));
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), 0);
	ck_assert(!is_disabled(bob));
	ck_assert_int_eq(count_sessions(1), 0);
	site_reboot();
	ck_assert_int_eq(count_sessions(1), 0);
	user_unref(bob);
}
END_TEST

START_TEST(sessions_end_and_the_user_stays)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"),
		    *eve = site_add_user("eve@hbtn.io", "old");
	uint64_t n;

	sign_in(bob->base.id, 1);
	sign_in(eve->base.id, 2);
	ck_assert_int_eq(account_end_sessions(&site.accounts, str_of(bob->base.id), &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(count_sessions(1), 0);
	ck_assert_int_eq(count_sessions(2), 2);
	ck_assert_int_eq(account_end_sessions(&site.accounts, str_of(bob->base.id), &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(account_end_sessions(&site.accounts, str_of(eve->base.id), NULL), 0);
	sign_in(bob->base.id, 1);
	ck_assert_int_eq(count_sessions(1), 2);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

static void
sign_in_meanwhile(void *arg)
{
	const char *user_id = arg;
	struct table_entry entry = { .tag = { { 3, 2, 79 } }, .kind = TABLE_KIND_STORED };
	struct user_session session;

	ck_assert(user_session_pack_owner(str_of(user_id), &entry.owner));
	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &entry.tag, 0), 0);
	ck_assert_int_eq(user_sessions_begin(site.app.env.user_sessions, site.app.env.table,
			     &session, &entry, 0),
	    0);
}

static const char *const end_calls[] = { "table_each", "journal_sync", "table_remove",
	"journal_catch_up" };

/*
 * Whoever signs in while all sessions end is either in or out: what the table has ended does not
 * come back with the next boot, and what it has not is there after it.
 */
START_TEST(a_session_begun_while_all_end_is_in_or_out)
{
	const struct digest_tag tag = { { 3, 2, 79 } };
	struct user *bob = site_add_user("bob@hbtn.io", "old");
	struct table_entry entry;
	bool is_in;

	sign_in(bob->base.id, 1);
	fail_part_before(end_calls[_i], sign_in_meanwhile, bob->base.id);
	ck_assert_int_eq(account_end_sessions(&site.accounts, str_of(bob->base.id), NULL), 0);
	ck_assert_int_eq(count_sessions(1), 0);
	is_in = table_find(site.app.env.table, &tag, &entry) == 0;
	site_reboot();
	ck_assert_int_eq(table_find(site.app.env.table, &tag, &entry) == 0, is_in);
	ck_assert_int_eq(count_sessions(1), 0);
	user_unref(bob);
}
END_TEST

static const struct {
	const char *part;
	unsigned nth;
} end_failures[] = {
	{ "journal_append", 1 }, /* of the user */
	{ "journal_sync", 1 },   /* of the user */
	{ "journal_append", 2 }, /* of the session */
	{ "journal_sync", 2 },   /* of the session */
	{ "table_each", 1 },
	{ "table_remove", 1 },
};

/* Not acknowledged while a session is left; trying again brings it to its end. */
START_TEST(what_fails_is_not_acknowledged)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old");
	struct str id = str_of(bob->base.id);

	sign_in(bob->base.id, 1);
	fail_part(end_failures[_i].part, end_failures[_i].nth, -EIO);
	ck_assert_int_eq(account_set_password(&site.accounts, id, STR_LIT("new")), -EIO);
	ck_assert(fail_part_is_done());
	ck_assert_int_eq(account_set_password(&site.accounts, id, STR_LIT("new")), 0);
	ck_assert_int_eq(count_sessions(1), 0);

	sign_in(bob->base.id, 1);
	fail_part(end_failures[_i].part, end_failures[_i].nth, -EIO);
	ck_assert_int_eq(account_delete(&site.accounts, id), -EIO);
	ck_assert(fail_part_is_done());
	user_unref(bob);
}
END_TEST

/* What runs out while the user is made, or before another password is: nothing has changed. */
START_TEST(without_memory_or_a_hash)
{
	struct user *bob = site_add_user("bob@hbtn.io", "old"), *user, *now;
	char email[32];

	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(
	    account_set_password(&site.accounts, str_of(bob->base.id), STR_LIT("new")), -EBUSY);
	ck_assert_int_eq(users_get(site.accounts.users, str_of(bob->base.id), &now), 0);
	ck_assert_int_eq(password_verify(now->password_hash.p, STR_LIT("old")), 0);
	user_unref(now);
	for (unsigned i = 1; i < 25; i++) {
		const struct account a = { str_of(email), STR_LIT("x"), STR_NULL, STR_NULL };
		int r;

		(void)snprintf(email, sizeof(email), "user%u", i);
		user = NULL;
		fail_alloc_at(i);
		r = account_add(&site.accounts, &a, &user);
		fail_alloc_at(0);
		ck_assert_int_le(r, 0);
		ck_assert_int_eq(user != NULL, r == 0);
		user_unref(user);
	}
	user_unref(bob);
}
END_TEST

Suite *
check_account_suite(void)
{
	Suite *s = suite_create("model/account");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, addresses, 0, N(emails));
	tcase_add_test(tc, problems);
	tcase_add_test(tc, the_largest_account_fits_the_journal);
	tcase_add_test(tc, an_added_user_can_be_verified_and_the_file_holds_no_password);
	tcase_add_test(tc, an_address_that_is_refused_today_still_signs_in);
	tcase_add_test(tc, a_known_address_costs_no_hash);
	tcase_add_test(tc, who_is_added_during_the_hash_was_first);
	tcase_add_test(tc, another_password_ends_all_sessions_of_that_user);
	tcase_add_test(tc, a_password_is_changed_by_who_knows_it);
	tcase_add_test(tc, a_deleted_user_has_no_sessions);
	tcase_add_test(tc, a_disabled_user_has_no_sessions);
	tcase_add_test(tc, a_kept_group_is_kept);
	tcase_add_test(tc, sessions_that_were_left_end_before_the_user_is_enabled);
	tcase_add_test(tc, sessions_end_and_the_user_stays);
	tcase_add_loop_test(tc, a_session_begun_while_all_end_is_in_or_out, 0, N(end_calls));
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, without_memory_or_a_hash);
	tcase_add_loop_test(tc, what_fails_adds_nobody, 0, N(add_failures));
	tcase_add_loop_test(tc, what_fails_is_not_acknowledged, 0, N(end_failures));
	suite_add_tcase(s, tc);
	return s;
}
