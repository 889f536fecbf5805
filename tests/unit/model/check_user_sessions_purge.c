/* check_user_sessions_purge.c - tests of src/model/user_sessions_purge.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/clock.h"
#include "model/user_sessions.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/site.h"

Suite *check_user_sessions_purge_suite(void);

#define BOOT INT64_C(5000000)
#define WALL INT64_C(1700000000000)

static size_t
purge(void)
{
	size_t n = 0;

	ck_assert_int_eq(
	    user_sessions_purge(site.app.env.user_sessions, site.app.env.table, &n, NULL), 0);
	return n;
}

static int
end_all(const char *user_id)
{
	uint64_t n;

	return user_sessions_end_all(
	    site.app.env.user_sessions, site.app.env.table, str_of(user_id), NULL, &n, NULL);
}

START_TEST(only_what_is_past_goes)
{
	clock_freeze(BOOT, WALL);
	site_store(1, "a", 0);
	site_store(2, "a", 60);
	site_store(3, "a", 61);
	ck_assert_uint_eq(purge(), 0);
	clock_freeze(BOOT, WALL + 60000);
	ck_assert_uint_eq(purge(), 0);
	clock_freeze(BOOT, WALL + 60001);
	ck_assert_uint_eq(purge(), 1);
	ck_assert(site_is_stored(1));
	ck_assert(!site_is_stored(2));
	ck_assert(site_is_stored(3));
	ck_assert_uint_eq(purge(), 0);
	clock_freeze(BOOT, INT64_C(253402300799000));
	ck_assert_uint_eq(purge(), 1);
	ck_assert(site_is_stored(1));
}
END_TEST

/* The boot clock decides who is signed in: a wall clock set forward ends nothing. */
START_TEST(what_the_table_still_knows_stays)
{
	struct table_entry entry = { .tag = site_tag(1),
		.created_ms = BOOT,
		.lifetime_s = 60,
		.kind = TABLE_KIND_STORED };

	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	ck_assert_int_eq(table_insert(site.app.env.table, &entry), 0);
	clock_freeze(BOOT + 1000, WALL + 999999999);
	ck_assert_uint_eq(purge(), 0);
	ck_assert(site_is_stored(1));
	clock_freeze(BOOT + 60001, WALL);
	ck_assert_uint_eq(purge(), 0); /* past for the table, but not by the wall */
	clock_freeze(BOOT + 60001, WALL + 60001);
	ck_assert_uint_eq(purge(), 1);
	ck_assert(!site_is_stored(1));
}
END_TEST

START_TEST(a_table_that_gives_no_answer_keeps_all)
{
	size_t n = 0;

	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	clock_freeze(BOOT, WALL + 60001);
	fail_part("table_find", 1, -EBADMSG);
	ck_assert_int_eq(
	    user_sessions_purge(site.app.env.user_sessions, site.app.env.table, &n, NULL), 0);
	ck_assert(fail_part_is_done());
	ck_assert_uint_eq(n, 0);
	ck_assert(site_is_stored(1));
}
END_TEST

START_TEST(removed_ones_are_not_removed_again)
{
	struct digest_tag tag = site_tag(1);

	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	site_store(2, "a", 60);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	clock_freeze(BOOT, WALL + 60001);
	ck_assert_uint_eq(purge(), 1);
}
END_TEST

START_TEST(all_of_one_user_and_of_nobody_else)
{
	site_store(1, "cf3ddee1-ff24-49e4-a40b-2540333fe992", 0);
	site_store(2, "cf3ddee1-ff24-49e4-a40b-2540333fe993", 0);
	site_store(3, "cf3ddee1-ff24-49e4-a40b-2540333fe992", 60);
	site_store(4, "abcde", 0);
	site_store(5, "abcd", 0);
	ck_assert_int_eq(end_all("cf3ddee1-ff24-49e4-a40b-2540333fe992"), 0);
	ck_assert(!site_is_stored(1));
	ck_assert(site_is_stored(2));
	ck_assert(!site_is_stored(3));
	ck_assert_int_eq(end_all("abcde"), 0);
	ck_assert(!site_is_stored(4));
	ck_assert(site_is_stored(5));
	ck_assert_int_eq(end_all(""), 0);
	ck_assert(site_is_stored(2));
	ck_assert(site_is_stored(5));
}
END_TEST

/*
 * Two who sign out of one session at once both write that down, and the count of live records
 * falls by two.  What is deleted does not hang on that count.
 */
START_TEST(a_session_that_ended_twice_saves_no_other)
{
	struct digest_tag tag = site_tag(1);

	site_store(1, "abcd", 0);
	site_store(2, "abcde", 0);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	ck_assert_int_eq(end_all("abcde"), 0);
	ck_assert(!site_is_stored(2));
}
END_TEST

/* A process that only serves never read this journal: what it knows of it comes from others. */
static void
remove_there(struct app *app, void *arg)
{
	uint64_t n;

	if (user_sessions_end_all(
		app->env.user_sessions, app->env.table, str_of(arg), NULL, &n, NULL) != 0)
		_exit(1);
}

START_TEST(a_process_that_never_read_the_journal_removes_too)
{
	site_store(1, "abcde", 0);
	site_store(2, "abcd", 0);
	site_in_other_process(remove_there, (void *)(uintptr_t) "abcde");
	ck_assert(!site_is_stored(1));
	ck_assert(site_is_stored(2));
	site_reboot();
	ck_assert(!site_is_stored(1));
}
END_TEST

START_TEST(more_than_one_batch)
{
	enum { N = 10500 };

	/* Without a flush for each: this is about the batches. */
	struct collection *c = site_open_stored();
	struct user_session session;

	ck_assert_int_eq(collection_begin(c), 0);
	for (int i = 0; i < N; i++) {
		struct digest_tag tag = site_tag(i);

		ck_assert_int_eq(
		    user_session_init(&session, str_of(i % 100 == 0 ? "b" : "a"), &tag, 0), 0);
		ck_assert_int_eq(collection_save_locked(c, &session.base), 0);
	}
	ck_assert_int_eq(collection_commit(c), 0);
	collection_close(c);
	ck_assert_int_eq(end_all("a"), 0);
	ck_assert_uint_eq(site_count_stored(), N / 100);
}
END_TEST

/* ------------------------------------------------------------------ failures */

static const char *const parts[] = { "journal_catch_up", "journal_lock", "journal_append",
	"journal_sync" };

START_TEST(what_the_journal_refuses_is_an_error)
{
	site_store(1, "a", 0);
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(end_all("a"), -EIO);
	ck_assert(fail_part_is_done());
	ck_assert_int_eq(end_all("a"), 0);
	ck_assert(!site_is_stored(1));
}
END_TEST

START_TEST(without_memory_it_is_an_error_or_done)
{
	for (unsigned i = 1; i < 60; i++) {
		int r;

		site_store(1, "a", 0);
		fail_alloc_at(i);
		r = end_all("a");
		fail_alloc_at(0);
		if (r != 0)
			ck_assert_int_eq(r, -ENOMEM);
		else
			ck_assert(!site_is_stored(1));
	}
}
END_TEST

Suite *
check_user_sessions_purge_suite(void)
{
	Suite *s = suite_create("model/user_sessions_purge");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, only_what_is_past_goes);
	tcase_add_test(tc, what_the_table_still_knows_stays);
	tcase_add_test(tc, removed_ones_are_not_removed_again);
	tcase_add_test(tc, all_of_one_user_and_of_nobody_else);
	tcase_add_test(tc, a_session_that_ended_twice_saves_no_other);
	tcase_add_test(tc, a_process_that_never_read_the_journal_removes_too);
	tcase_add_test(tc, more_than_one_batch);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, a_table_that_gives_no_answer_keeps_all);
	tcase_add_loop_test(tc, what_the_journal_refuses_is_an_error, 0, 4);
	tcase_add_test(tc, without_memory_it_is_an_error_or_done);
	suite_add_tcase(s, tc);
	return s;
}
