/* check_auth_basic.c - tests of src/auth/auth_basic.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "password/hasher.h"
#include "auth/auth_basic.h"
#include "unit/auth/visit.h"
#include "unit/fail_part.h"

Suite *check_auth_basic_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* ----------------------------------------------------------------- the steps */

static const struct {
	const char *header, *want;
} extract_cases[] = {
	{ NULL, NULL },
	{ "", NULL },
	{ "Holberton School", NULL },
	{ "Basic Holberton", "Holberton" },
	{ "Basic SG9sYmVydG9u", "SG9sYmVydG9u" },
	{ "Basic SG9sYmVydG9uIFNjaG9vbA==", "SG9sYmVydG9uIFNjaG9vbA==" },
	{ "Basic1234", NULL },
	{ "Basic", NULL },
	{ "Basic ", "" },
	{ "Basic  x", " x" }, /* one blank; the other is no Base64 */
	{ " Basic x", NULL },
	{ "Basic\tx", NULL },
	{ "basic x", "x" },
	{ "BASIC x", "x" },
	{ "bAsIc x", "x" },
	{ "Basicx x", NULL },
	{ "Bearer x", NULL },
	{ "Digest Basic x", NULL },
};

START_TEST(extract_base64)
{
	unit_assert_str(auth_basic_extract_base64(str_of(extract_cases[_i].header)),
	    extract_cases[_i].want);
}
END_TEST

static const struct {
	const char *base64, *want;
} decode_cases[] = {
	{ NULL, NULL },
	{ "Holberton School", NULL },
	{ "SG9sYmVydG9u", "Holberton" },
	{ "SG9sYmVydG9uIFNjaG9vbA==", "Holberton School" },
	{ "SG9sYmVydG9uIFNjaG9vbA", NULL },
	{ "SG9sYmVydG9uIFNjaG9vbA=", NULL },
	{ "SG9sYmVydG9uIFNjaG9vbB==", NULL }, /* pad bits */
	{ "SG9s YmVydG9u", NULL },
	{ "SG9sYmVydG9u\n", NULL },
	{ "SG9sYmVydG9u=", NULL },
	{ "", "" },
	{ "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame" },
	{ "dGVzdDoxMjPCow==", "test:123\xc2\xa3" },
	{ "/w==", NULL }, /* 0xff */
	{ "wKA=", NULL }, /* an overlong blank */
	{ "7aCA", NULL }, /* a surrogate */
	{ "-_8=", NULL }, /* the alphabet of URLs */
	{ "Ym9iQGhidG4uaW86SDBsYmVydG9uU2Nob29sOTgh", "bob@hbtn.io:H0lbertonSchool98!" },
	{ "Ym9iMTAwQGhidG4uaW86SDBsYmVydG9uOlNjaG9vbDo5OCE=",
	    "bob100@hbtn.io:H0lberton:School:98!" },
};

START_TEST(decode_base64)
{
	struct buf out;
	bool is_good;

	buf_init(&out, 1000);
	is_good = auth_basic_decode_base64(str_of(decode_cases[_i].base64), &out);
	ck_assert_int_eq(is_good, decode_cases[_i].want != NULL);
	if (is_good)
		unit_assert_str(buf_str(&out), decode_cases[_i].want);
	buf_wipe(&out);
}
END_TEST

static const struct {
	const char *decoded, *email, *password; /* email NULL: none */
} split_cases[] = {
	{ NULL, NULL, NULL },
	{ "", NULL, NULL },
	{ "Holberton School", NULL, NULL },
	{ "Holberton:School", "Holberton", "School" },
	{ "bob@gmail.com:toto1234", "bob@gmail.com", "toto1234" },
	{ "bob@hbtn.io:a:b", "bob@hbtn.io", "a:b" },
	{ "bob:", "bob", "" },
	{ ":pwd", "", "pwd" },
	{ ":", "", "" },
	{ "::", "", ":" },
};

START_TEST(extract_credentials)
{
	struct str email, password;
	bool is_good =
	    auth_basic_extract_credentials(str_of(split_cases[_i].decoded), &email, &password);

	ck_assert_int_eq(is_good, split_cases[_i].email != NULL);
	if (!is_good)
		return;
	unit_assert_str(email, split_cases[_i].email);
	unit_assert_str(password, split_cases[_i].password);
}
END_TEST

/* -------------------------------------------------------------- the whole of it */

/* The address of who came in, "" for nobody; a failure is neither. */
static int
who(const char *a, const char *b, struct user **ret)
{
	struct visit *v = visit("basic_auth", a, b, NULL);

	ck_assert_ptr_eq(v->auth->ops, &auth_basic_ops);
	*ret = NULL;
	return v->auth->ops->current_user(v->auth, ret);
}

static void
assert_in(const char *param)
{
	struct user *user;

	ck_assert_int_eq(who(param, NULL, &user), 0);
	ck_assert_ptr_nonnull(user);
	user_unref(user);
}

static void
assert_nobody(const char *a, const char *b)
{
	struct user *user;

	ck_assert_int_gt(who(a, b, &user), 0);
	ck_assert_ptr_null(user);
}

START_TEST(good_credentials_get_in)
{
	struct user *user;

	user_unref(site_add_user("bob@hbtn.io", "H0lbertonSchool98!"));
	user_unref(site_add_user("bob100@hbtn.io", "H0lberton:School:98!"));
	ck_assert_int_eq(
	    who("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86SDBsYmVydG9uU2Nob29sOTgh", NULL,
		&user),
	    0);
	unit_assert_str(user->email, "bob@hbtn.io");
	user_unref(user);
	ck_assert_int_eq(who("HTTP_AUTHORIZATION=basic "
			     "Ym9iMTAwQGhidG4uaW86SDBsYmVydG9uOlNjaG9vbDo5OCE=",
			     NULL, &user),
	    0);
	unit_assert_str(user->email, "bob100@hbtn.io");
	user_unref(user);
}
END_TEST

static const char *const bad_credentials[] = { "bob@hbtn.io", "bob@hbtn.io:", ":pwd", ":", "",
	"bob@hbtn.io:pwe", "bob@hbtn.io:pwd ", "bob@hbtn.io: pwd", "bob@hbtn.io:pw",
	"Bob@hbtn.io:pwd", "eve@hbtn.io:pwd", " bob@hbtn.io:pwd", "bob@hbtn.io :pwd",
	"bob@hbtn.io:pwd\n", "bob@hbtn.io::pwd" };

START_TEST(bad_credentials_do_not)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	assert_nobody(visit_basic(bad_credentials[_i]), NULL);
	/* Nor beside or after good ones that are remembered. */
	assert_in(visit_basic("bob@hbtn.io:pwd"));
	assert_nobody(visit_basic(bad_credentials[_i]), NULL);
}
END_TEST

/* For the log alone. */
START_TEST(it_tells_why_nobody)
{
	struct user *user;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	ck_assert_int_eq(
	    who(visit_basic("bob@hbtn.io:pwe"), NULL, &user), AUTHN_WRONG_PASSWORD);
	ck_assert_int_eq(who(visit_basic("eve@hbtn.io:pwd"), NULL, &user), AUTHN_UNKNOWN_USER);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:"), NULL, &user), AUTHN_BAD_CREDENTIALS);
	ck_assert_int_eq(who("HTTP_AUTHORIZATION=Basic x", NULL, &user), AUTHN_BAD_CREDENTIALS);
}
END_TEST

START_TEST(other_headers_do_not)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	assert_nobody(NULL, NULL);
	assert_nobody("HTTP_AUTHORIZATION=", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Bearer Ym9iQGhidG4uaW86cHdk", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Ym9iQGhidG4uaW86cHdk", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Basic  Ym9iQGhidG4uaW86cHdk", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk\n", NULL);
	assert_nobody("HTTP_AUTHORIZATION= Basic Ym9iQGhidG4uaW86cHdk", NULL);
	/* Blanks behind it are none of it. */
	assert_in("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk ");
	assert_in("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk");
	/* Two: which one did the proxy in front believe? */
	assert_nobody("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk",
	    "HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdk");
	/* What a web server says it authenticated is not ours. */
	assert_nobody("REMOTE_USER=bob@hbtn.io", "HTTP_X_REMOTE_USER=bob@hbtn.io");
}
END_TEST

START_TEST(a_nul_does_not_cut_a_credential)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	/* "bob@hbtn.io\0:pwd", "bob@hbtn.io:pwd\0", "bob@hbtn.io:pwd\0x" */
	assert_nobody("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW8AOnB3ZA==", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdkAA==", NULL);
	assert_nobody("HTTP_AUTHORIZATION=Basic Ym9iQGhidG4uaW86cHdkAHg=", NULL);
}
END_TEST

START_TEST(a_header_of_any_length_is_only_nobody)
{
	static char text[12000];

	memset(text, 'x', sizeof(text) - 1);
	text[3] = ':';
	assert_nobody(visit_basic(text), NULL);
}
END_TEST

/* ---------------------------------------------------------------- what is kept */

START_TEST(verified_credentials_cost_no_hash_for_a_while)
{
	clock_freeze(1000000, 1700000000000);
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	assert_in(visit_basic("bob@hbtn.io:pwd"));
	fail_part("admission_enter", 1, -EBUSY);
	assert_in(visit_basic("bob@hbtn.io:pwd"));
	clock_freeze(1000000 + 10 * 1000 - 1, 1700000000000);
	assert_in(visit_basic("bob@hbtn.io:pwd"));
	ck_assert(!fail_part_is_done());
	clock_freeze(1000000 + 10 * 1000, 1700000000000);
	{
		struct user *user;

		/* Now it hashes, and cannot: no verdict. */
		ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwd"), NULL, &user), -EBUSY);
	}
	assert_in(visit_basic("bob@hbtn.io:pwd"));
}
END_TEST

START_TEST(a_changed_password_and_a_deleted_user_count_at_once)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	assert_in(visit_basic("bob@hbtn.io:pwd"));
	ck_assert_int_eq(
	    account_set_password(&site.accounts, str_of(bob->base.id), STR_LIT("new")), 0);
	assert_nobody(visit_basic("bob@hbtn.io:pwd"), NULL);
	assert_in(visit_basic("bob@hbtn.io:new"));
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), 0);
	assert_nobody(visit_basic("bob@hbtn.io:new"), NULL);
	assert_nobody(visit_basic("bob@hbtn.io:pwd"), NULL);
	user_unref(bob);
}
END_TEST

START_TEST(a_disabled_user_is_nobody_at_once)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;
	struct str id = str_of(bob->base.id);

	assert_in(visit_basic("bob@hbtn.io:pwd"));
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), 0);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwd"), NULL, &user), AUTHN_DISABLED);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwe"), NULL, &user), AUTHN_DISABLED);
	/* What was remembered does not count, and costs what a wrong password costs. */
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwd"), NULL, &user), -EBUSY);
	ck_assert_ptr_null(user);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, false), 0);
	assert_in(visit_basic("bob@hbtn.io:pwd"));
	user_unref(bob);
}
END_TEST

/* A thread that serves: what is remembered needs no hash, all else is noted and not computed. */
static int
ask_in_haste(const char *credentials, struct hasher_list *list)
{
	struct visit *v = visit("basic_auth", credentials, NULL, NULL);
	struct user *user = NULL;
	int r;

	v->object.hasher.list = list;
	r = v->auth->ops->current_user(v->auth, &user);
	user_unref(user);
	return r;
}

START_TEST(a_hash_can_wait)
{
	static const struct {
		const char *credentials;
		int result;
	} asked[] = { { "bob@hbtn.io:pwd", 0 }, { "bob@hbtn.io:pwe", AUTHN_WRONG_PASSWORD },
		{ "eve@hbtn.io:pwd", AUTHN_UNKNOWN_USER } };
	struct hasher_list list = { 0 };

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 3; i++) {
		int r = HASHER_LATER;

		fail_part("admission_enter", 1, -EIO); /* it would, if it hashed */
		ck_assert_int_eq(
		    ask_in_haste(visit_basic(asked[i].credentials), &list), HASHER_LATER);
		ck_assert(!fail_part_is_done());
		fail_part_none();
		for (int k = 0; k < 3 && r == HASHER_LATER; k++) {
			ck_assert(hasher_is_pending(&list));
			hasher_run(&list, 1000);
			r = ask_in_haste(visit_basic(asked[i].credentials), &list);
		}
		ck_assert_int_eq(r, asked[i].result);
		ck_assert(!hasher_is_pending(&list));
		hasher_list_wipe(&list);
	}
	/* Remembered, or no credential: no hash. */
	ck_assert_int_eq(ask_in_haste(visit_basic("bob@hbtn.io:pwd"), &list), 0);
	ck_assert_int_eq(ask_in_haste(NULL, &list), AUTHN_BAD_CREDENTIALS);
	ck_assert_int_eq(
	    ask_in_haste("HTTP_AUTHORIZATION=Basic x", &list), AUTHN_BAD_CREDENTIALS);
	ck_assert_int_eq(
	    ask_in_haste(visit_basic("bob@hbtn.io:"), &list), AUTHN_BAD_CREDENTIALS);
	/* Until it is forgotten: what came a moment too late waits like all others. */
	clock_freeze(clock_boot_ms() + 3600 * 1000, 1700000000000);
	ck_assert_int_eq(ask_in_haste(visit_basic("bob@hbtn.io:pwd"), &list), HASHER_LATER);
	clock_thaw();
	hasher_list_wipe(&list);
}
END_TEST

/* -------------------------------------------------------------------- failures */

START_TEST(a_failure_is_no_verdict)
{
	struct user *user;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwd"), NULL, &user), -EIO);
	ck_assert_ptr_null(user);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:pwd"), NULL, &user), -EBUSY);
	ck_assert_ptr_null(user);
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(who(visit_basic("bob@hbtn.io:wrong"), NULL, &user), -EBUSY);
	/* Nor for who does not exist. */
	fail_part("admission_enter", 1, -EBUSY);
	ck_assert_int_eq(who(visit_basic("eve@hbtn.io:pwd"), NULL, &user), -EBUSY);
}
END_TEST

START_TEST(it_has_no_sessions)
{
	struct visit *v = visit("basic_auth", visit_cookie("x"), NULL, NULL);
	char id[IDENT_SESSION_BYTES];

	ck_assert_int_eq(
	    v->auth->ops->create_session(v->auth, STR_LIT("abcde"), id), AUTHN_SESSIONLESS);
	ck_assert_int_eq(
	    auth_user_id_for_session_id(v->auth, STR_LIT("x"), id), AUTHN_SESSIONLESS);
	ck_assert_int_eq(v->auth->ops->end_session(v->auth, STR_LIT("x")), AUTHN_SESSIONLESS);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_SESSIONLESS);
}
END_TEST

Suite *
check_auth_basic_suite(void)
{
	Suite *s = suite_create("auth/auth_basic");
	TCase *tc = tcase_create("steps");

	tcase_add_loop_test(tc, extract_base64, 0, N(extract_cases));
	tcase_add_loop_test(tc, decode_base64, 0, N(decode_cases));
	tcase_add_loop_test(tc, extract_credentials, 0, N(split_cases));
	suite_add_tcase(s, tc);

	tc = tcase_create("current_user");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, good_credentials_get_in);
	tcase_add_loop_test(tc, bad_credentials_do_not, 0, N(bad_credentials));
	tcase_add_test(tc, it_tells_why_nobody);
	tcase_add_test(tc, other_headers_do_not);
	tcase_add_test(tc, a_nul_does_not_cut_a_credential);
	tcase_add_test(tc, a_header_of_any_length_is_only_nobody);
	tcase_add_test(tc, verified_credentials_cost_no_hash_for_a_while);
	tcase_add_test(tc, a_changed_password_and_a_deleted_user_count_at_once);
	tcase_add_test(tc, a_disabled_user_is_nobody_at_once);
	tcase_add_test(tc, a_hash_can_wait);
	tcase_add_test(tc, a_failure_is_no_verdict);
	tcase_add_test(tc, it_has_no_sessions);
	suite_add_tcase(s, tc);
	return s;
}
