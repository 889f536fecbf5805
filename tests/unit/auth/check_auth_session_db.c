/* check_auth_session_db.c - tests of src/auth/auth_session_db.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"
#include "unit/auth/visit.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"

Suite *check_auth_session_db_suite(void);

#define BOOT     INT64_C(5000000)
#define WALL     INT64_C(1700000000000)
#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static char id[IDENT_SESSION_BYTES];

static int
create(const char *duration)
{
	const struct auth *auth = visit("session_db_auth", duration, NULL, NULL)->auth;

	return auth->ops->create_session(auth, STR_LIT("abcde"), id);
}

static bool
is_alive(const char *duration)
{
	const struct auth *auth = visit("session_db_auth", duration, NULL, NULL)->auth;
	char user_id[IDENT_TEXT_BYTES];
	int r = auth_user_id_for_session_id(auth, str_of(id), user_id);

	ck_assert(r == 0 || r == AUTHN_NO_SESSION);
	return r == 0;
}

static int
end(void)
{
	const struct auth *auth = visit("session_db_auth", NULL, NULL, NULL)->auth;

	return auth->ops->end_session(auth, str_of(id));
}

START_TEST(kept_over_a_reboot_until_it_is_ended)
{
	ck_assert_int_eq(create(NULL), 0);
	ck_assert_uint_eq(site_count_stored(), 1);
	site_reboot();
	ck_assert(is_alive(NULL));
	ck_assert_int_eq(end(), 0);
	ck_assert_uint_eq(site_count_stored(), 0);
	site_reboot();
	ck_assert(!is_alive(NULL));
}
END_TEST

START_TEST(expires_over_a_reboot_as_it_would_have)
{
	clock_freeze(BOOT, WALL);
	ck_assert_int_eq(create("SESSION_DURATION=60"), 0);
	clock_freeze(1000, WALL + 30000);
	site_reboot();
	ck_assert(is_alive("SESSION_DURATION=60"));
	clock_freeze(1000 + 30000, WALL);
	ck_assert(is_alive("SESSION_DURATION=60"));
	clock_freeze(1000 + 30001, WALL);
	ck_assert(!is_alive("SESSION_DURATION=60"));
}
END_TEST

START_TEST(the_file_names_the_user_and_holds_no_id)
{
	char *text;

	ck_assert_int_eq(create("SESSION_DURATION=60"), 0);
	text = tmp_read("data/UserSession.jsonl");
	ck_assert_ptr_null(strstr(text, id));
	ck_assert_ptr_nonnull(strstr(text, "\"user_id\":\"abcde\""));
	ck_assert_ptr_nonnull(strstr(text, "\"duration\":60"));
	free(text);
}
END_TEST

/* Sessions in memory do not come back: they say so by their name. */
START_TEST(session_auth_is_not_kept)
{
	const struct auth *auth = visit("session_auth", NULL, NULL, NULL)->auth;
	char user_id[IDENT_TEXT_BYTES];

	ck_assert_int_eq(auth->ops->create_session(auth, STR_LIT("abcde"), id), 0);
	ck_assert_uint_eq(site_count_stored(), 0);
	site_reboot();
	auth = visit("session_auth", NULL, NULL, NULL)->auth;
	ck_assert_int_eq(
	    auth_user_id_for_session_id(auth, str_of(id), user_id), AUTHN_NO_SESSION);
}
END_TEST

/* -------------------------------------------------------------------- failures */

static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

/* The file first: what it refuses is alive nowhere. */
START_TEST(a_login_that_the_file_refuses_is_none)
{
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(create(NULL), -EIO);
	ck_assert(fail_part_is_done());
	ck_assert_uint_eq(table_count(site.app.env.table), 1); /* the mark of restoring */
	ck_assert(!is_alive(NULL));
}
END_TEST

START_TEST(a_login_that_the_table_refuses_leaves_nothing_in_the_file)
{
	fail_part("table_insert_after", 1, -ENOSPC);
	ck_assert_int_eq(create(NULL), -ENOSPC);
	ck_assert_uint_eq(site_count_stored(), 0);
	fail_random_at(2); /* the first is the session's id, this one that of the record */
	ck_assert_int_eq(create(NULL), -EIO);
	ck_assert_uint_eq(site_count_stored(), 0);
}
END_TEST

/* The file first here too: a logout that was not acknowledged leaves the session alive. */
START_TEST(a_logout_that_the_file_refuses_ends_nothing)
{
	ck_assert_int_eq(create(NULL), 0);
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(end(), -EIO);
	ck_assert(is_alive(NULL));
	ck_assert_int_eq(end(), 0);
	ck_assert(!is_alive(NULL));
}
END_TEST

Suite *
check_auth_session_db_suite(void)
{
	Suite *s = suite_create("auth/auth_session_db");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, kept_over_a_reboot_until_it_is_ended);
	tcase_add_test(tc, expires_over_a_reboot_as_it_would_have);
	tcase_add_test(tc, the_file_names_the_user_and_holds_no_id);
	tcase_add_test(tc, session_auth_is_not_kept);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, a_login_that_the_file_refuses_is_none, 0, N(parts));
	tcase_add_test(tc, a_login_that_the_table_refuses_leaves_nothing_in_the_file);
	tcase_add_loop_test(tc, a_logout_that_the_file_refuses_ends_nothing, 0, N(parts));
	suite_add_tcase(s, tc);
	return s;
}
