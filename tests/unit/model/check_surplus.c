/* check_surplus.c - tests of src/model/surplus.c */
#include "unit/unit.h"

#include <errno.h>

#include "core/clock.h"
#include "model/surplus.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_surplus_suite(void);

/* Session i in the journal, i seconds younger than session 0. */
static void
add(int i, const char *user_id)
{
	struct digest_tag tag = site_tag(i);
	struct user_session session;

	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &tag, 0), 0);
	session.base.created_ms = clock_wall_ms() - 1000000 + i * 1000;
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
}

static void
drop(int i)
{
	struct digest_tag tag = site_tag(i);

	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
}

/* Of each user the newest, whatever the order of the file; the others for good. */
START_TEST(restoring_keeps_the_newest_of_each_user)
{
	static const int order[] = { 3, 0, 4, 1, 2, 5 };

	for (int i = 0; i < 6; i++) {
		add(order[i], "a");
		add(order[i] + 10, "b");
	}
	add(20, "c");
	add(21, "c");
	site.settings.max_user_sessions = 2;
	site_reboot();
	for (int i = 0; i < 6; i++) {
		ck_assert_int_eq(site_has_session(i), i >= 4);
		ck_assert_int_eq(site_has_session(i + 10), i >= 4);
	}
	ck_assert(site_has_session(20) && site_has_session(21));
	ck_assert_uint_eq(site_count_stored(), 6);
	/* Nobody comes back when there is room again. */
	drop(5);
	site.settings.max_user_sessions = 0;
	site_reboot();
	ck_assert(!site_has_session(3) && site_has_session(4) && !site_has_session(5));
}
END_TEST

/* While reading there are too many, in the end there are not. */
START_TEST(what_a_later_record_deletes_does_not_count)
{
	add(0, "a");
	add(1, "a");
	add(2, "a");
	add(3, "a");
	drop(2);
	drop(3);
	site.settings.max_user_sessions = 2;
	site_reboot();
	ck_assert(site_has_session(0) && site_has_session(1));
	ck_assert_uint_eq(site_count_stored(), 2);
}
END_TEST

/* Those who must go anyway take no place in a table that is full. */
START_TEST(a_full_table_is_made_room_in)
{
	for (int i = 0; i < 12; i++)
		add(i, "a");
	for (int i = 20; i < 26; i++)
		add(i, "b");
	site.settings.max_user_sessions = 2;
	site.settings.max_sessions = 10;
	site_reboot();
	ck_assert(!site_has_session(9) && site_has_session(10) && site_has_session(11) &&
		  !site_has_session(23) && site_has_session(24) && site_has_session(25));
	ck_assert_uint_eq(site_count_stored(), 4);
}
END_TEST

/* The operator's command may be the first after a boot, with another limit. */
START_TEST(only_a_start_of_the_program_ends_any)
{
	struct err err = { "" };

	for (int i = 0; i < 5; i++)
		add(i, "a");
	site_power_off();
	site.settings.max_user_sessions = 2;
	ck_assert_int_eq(app_open(&site.app, &site.settings, false, &err), 0);
	for (int i = 0; i < 5; i++)
		ck_assert(site_has_session(i));
	ck_assert_uint_eq(site_count_stored(), 5);
}
END_TEST

/*
 * No reason not to start.  Whose end cannot be written down stays, until the next login or boot:
 * gone from the table alone, it would live again when those that stayed have gone.
 */
START_TEST(whoever_cannot_be_ended_stays)
{
	struct err err = { "" };

	for (int i = 0; i < 5; i++)
		add(i, "a");
	site_power_off();
	site.settings.max_user_sessions = 2;
	fail_part("journal_append", 1, -ENOSPC);
	ck_assert_int_eq(site_power_on(&err), 0);
	ck_assert(fail_part_is_done());
	for (int i = 0; i < 5; i++)
		ck_assert(site_has_session(i));
	ck_assert_uint_eq(site_count_stored(), 5);
	drop(4);
	site_reboot();
	ck_assert(!site_has_session(1) && site_has_session(2) && site_has_session(3));
	ck_assert_uint_eq(site_count_stored(), 2);
}
END_TEST

/* A start that dies in between leaves all of them in a table that is not marked yet. */
START_TEST(a_second_start_ends_what_the_first_one_left)
{
	struct err err = { "" };

	for (int i = 0; i < 5; i++)
		add(i, "a");
	site_power_off();
	site.settings.max_user_sessions = 2;
	fail_part("table_each", 1, -EIO);
	ck_assert_int_eq(site_power_on(&err), -EIO);
	ck_assert_int_eq(site_power_on(&err), 0);
	ck_assert(!site_has_session(2) && site_has_session(3) && site_has_session(4));
	ck_assert_uint_eq(site_count_stored(), 2);
}
END_TEST

START_TEST(no_memory_is_an_error)
{
	struct table_owner owner = { "a" };
	struct surplus surplus = SURPLUS_NULL;

	fail_alloc_at(1);
	ck_assert_int_eq(surplus_note(&surplus, &owner), -ENOMEM);
	ck_assert_int_eq(surplus_note(&surplus, &owner), 0);
	ck_assert_int_eq(surplus_note(&surplus, &owner), 0);
	ck_assert_uint_eq(surplus.n_owners, 1);
	surplus_fini(&surplus);
	ck_assert_ptr_null(surplus.owners);
}
END_TEST

Suite *
check_surplus_suite(void)
{
	Suite *s = suite_create("model/surplus");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, restoring_keeps_the_newest_of_each_user);
	tcase_add_test(tc, what_a_later_record_deletes_does_not_count);
	tcase_add_test(tc, a_full_table_is_made_room_in);
	tcase_add_test(tc, only_a_start_of_the_program_ends_any);
	tcase_add_test(tc, whoever_cannot_be_ended_stays);
	tcase_add_test(tc, a_second_start_ends_what_the_first_one_left);
	tcase_add_test(tc, no_memory_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}
