/* check_user_sessions_restore.c - tests of src/model/user_sessions_restore.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "model/user_sessions.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_user_sessions_restore_suite(void);

#define BOOT INT64_C(5000000)
#define WALL INT64_C(1700000000000)

static int
find(int i, struct table_entry *ret)
{
	struct digest_tag tag = site_tag(i);

	return table_find(site.app.env.table, &tag, ret);
}

START_TEST(a_new_table_gets_every_live_session)
{
	char user_id[IDENT_TEXT_BYTES];
	struct table_entry entry;
	struct digest_tag gone = site_tag(3);

	clock_freeze(BOOT, WALL);
	site_store(1, "cf3ddee1-ff24-49e4-a40b-2540333fe992", 0);
	site_store(2, "abcde", 60);
	site_store(3, "abcde", 0);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &gone), 0);
	ck_assert(!site_has_session(1));

	/* Another boot, 20 s later: the boot clock begins again. */
	clock_freeze(7000, WALL + 20000);
	site_reboot();
	ck_assert_int_eq(find(1, &entry), 0);
	ck_assert_uint_eq(entry.lifetime_s, 0);
	ck_assert_int_eq(entry.kind, TABLE_KIND_STORED);
	user_session_unpack_owner(&entry.owner, user_id);
	ck_assert_str_eq(user_id, "cf3ddee1-ff24-49e4-a40b-2540333fe992");
	ck_assert_int_eq(find(2, &entry), 0);
	ck_assert_uint_eq(entry.lifetime_s, 60);
	/* As old as it is, though it began before this boot. */
	ck_assert_int_eq(entry.created_ms, 7000 - 20000);
	user_session_unpack_owner(&entry.owner, user_id);
	ck_assert_str_eq(user_id, "abcde");
	ck_assert(!site_has_session(3));
	ck_assert(user_sessions_is_restored(&site.app.env.key, site.app.env.table));

	/* And it ends when it would have ended. */
	clock_freeze(7000 + 40000, WALL + 60000);
	ck_assert(site_has_session(2));
	clock_freeze(7000 + 40001, WALL + 60001);
	ck_assert(!site_has_session(2));
	ck_assert(site_has_session(1));
}
END_TEST

/* They go into the table many at a time, and what was ended in between stays ended. */
START_TEST(an_end_comes_after_the_beginning)
{
	enum { N = 100 };

	for (int i = 0; i < N; i++) {
		site_store(i, "abcde", 0);
		if (i % 3 == 0) {
			struct digest_tag gone = site_tag(i);

			ck_assert_int_eq(
			    user_sessions_remove(site.app.env.user_sessions, &gone), 0);
		}
	}
	site_reboot();
	for (int i = 0; i < N; i++)
		ck_assert_msg(site_has_session(i) == (i % 3 != 0), "%d", i);
}
END_TEST

static bool
count_one(void *arg, const struct table_entry *entry)
{
	unsigned *n = arg;

	ck_assert_mem_eq(entry->owner.bytes, "abcde", 5);
	return ++*n != 2;
}

/* Nobody knows of a use after the login: it counts as the last one. */
START_TEST(what_may_have_been_unused_for_too_long_is_not_restored)
{
	struct digest_tag tag = site_tag(1);
	struct table_entry entry = { .tag = tag, .kind = TABLE_KIND_STORED, .idle_s = 60 };
	struct user_session session;
	bool is_used;

	for (int i = 0; i < 2; i++) {
		int64_t later_ms = i == 0 ? 50000 : 60001;

		clock_freeze(BOOT, WALL);
		entry.created_ms = BOOT;
		ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &tag, 0), 0);
		session.idle_s = 60;
		session.is_remembered = true;
		ck_assert(user_session_pack_owner(STR_LIT("abcde"), &entry.owner));
		ck_assert_int_eq(user_sessions_begin(site.app.env.user_sessions,
				     site.app.env.table, &session, &entry, 0),
		    0);
		/* Used again, which is not written down. */
		clock_freeze(BOOT + 40000, WALL + 40000);
		is_used = table_touch(site.app.env.table, &tag) == 0;
		ck_assert(is_used);

		clock_freeze(7000, WALL + later_ms);
		site_reboot();
		if (i == 1) {
			ck_assert(!site_has_session(1));
			continue;
		}
		ck_assert_int_eq(find(1, &entry), 0);
		ck_assert_uint_eq(entry.idle_s, 60);
		ck_assert(entry.is_remembered);
		ck_assert_int_eq(entry.last_seen_ms, 7000 - later_ms);
		clock_freeze(7000 + 10001, WALL + 60001);
		ck_assert(!site_has_session(1));
	}
}
END_TEST

/* What the table has let go for want of use goes from the journal too. */
START_TEST(what_has_ended_unused_is_purged)
{
	struct user_session session;
	struct table_entry entry = {
		.tag = site_tag(1), .kind = TABLE_KIND_STORED, .idle_s = 60
	};
	size_t n;

	clock_freeze(BOOT, WALL);
	entry.created_ms = BOOT;
	ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &entry.tag, 0), 0);
	session.idle_s = 60;
	ck_assert(user_session_pack_owner(STR_LIT("abcde"), &entry.owner));
	ck_assert_int_eq(user_sessions_begin(site.app.env.user_sessions, site.app.env.table,
			     &session, &entry, 0),
	    0);
	clock_freeze(BOOT + 50000, WALL + 50000);
	ck_assert_int_eq(table_touch(site.app.env.table, &entry.tag), 0);
	/* In use, however long ago it began. */
	clock_freeze(BOOT + 100000, WALL + 100000);
	ck_assert_int_eq(
	    user_sessions_purge(site.app.env.user_sessions, site.app.env.table, &n, NULL), 0);
	ck_assert_uint_eq(n, 0);
	clock_freeze(BOOT + 110001, WALL + 110001);
	ck_assert_int_eq(
	    user_sessions_purge(site.app.env.user_sessions, site.app.env.table, &n, NULL), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert(!site_is_stored(1));
}
END_TEST

START_TEST(the_mark_is_no_session)
{
	const struct digest_key *key = &site.app.env.key;
	struct table *table = site.app.env.table;
	unsigned n = 0;

	ck_assert_uint_eq(table_count(table), 1);
	ck_assert_uint_eq(user_sessions_count(table), 0);
	ck_assert_int_eq(user_sessions_each(key, table, count_one, &n), 0);
	ck_assert_uint_eq(n, 0);
	for (int i = 0; i < 3; i++)
		site_store(i, "abcde", 0);
	ck_assert_uint_eq(user_sessions_count(table), 0); /* they are in the journal only */
	site_reboot();
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 3);
	/* It stops when it is told to. */
	ck_assert_int_eq(user_sessions_each(key, site.app.env.table, count_one, &n), 0);
	ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(past_sessions_are_not_restored)
{
	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	site_store(2, "a", 61);
	clock_freeze(7000, WALL + 60001);
	site_reboot();
	ck_assert(!site_has_session(1));
	ck_assert(site_has_session(2));
	/* Not even as an entry that expires at once: a million of them would fill the table. */
	ck_assert_uint_eq(table_count(site.app.env.table), 2);
	/* Exactly at the end it still counts. */
	clock_freeze(9000, WALL + 60000);
	site_reboot();
	ck_assert(site_has_session(1));
}
END_TEST

/* A wall clock that was set back makes nobody past, and nobody immortal. */
START_TEST(a_wall_clock_behind_restores_as_just_made_at_most)
{
	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	clock_freeze(7000, WALL - 1000);
	site_reboot();
	ck_assert(site_has_session(1));
	clock_freeze(7000 + 60000, WALL);
	ck_assert(site_has_session(1));
	clock_freeze(7000 + 60001, WALL);
	ck_assert(!site_has_session(1));
}
END_TEST

/* As after a boot without a clock: 1971. */
START_TEST(a_wall_clock_far_behind_is_told)
{
	char *log;

	clock_freeze(BOOT, WALL);
	site_store(1, "a", 60);
	site_store(2, "a", 0);
	clock_freeze(7000, INT64_C(40000000000));
	site_forget_log();
	site_reboot();
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=clock-behind"));
	ck_assert_ptr_nonnull(strstr(log, "now=\"1971-04-08 23:06:40\""));
	ck_assert_ptr_nonnull(strstr(log, " n=2 "));
	free(log);
	clock_freeze(7000 + 60001, WALL);
	ck_assert(!site_has_session(1));
	ck_assert(site_has_session(2));
}
END_TEST

/* A restart with the table in place: what it says of live sessions is newer than the file. */
START_TEST(a_marked_table_only_loses)
{
	struct digest_tag tag = site_tag(2);
	struct table_entry entry = { .tag = site_tag(9), .kind = TABLE_KIND_MEMORY };

	site_store(1, "a", 0);
	site_reboot();
	ck_assert(site_has_session(1));
	ck_assert_int_eq(table_insert(site.app.env.table, &entry), 0);
	/* In the journal only, as after a kill between the two: the client never had it. */
	site_store(2, "a", 0);
	site_reopen();
	ck_assert(!site_has_session(2));
	ck_assert(site_has_session(1));
	ck_assert(site_has_session(9));

	/* Gone from the journal, still in the table: killed during a logout. */
	entry = (struct table_entry){ .tag = tag, .kind = TABLE_KIND_STORED };
	ck_assert_int_eq(table_insert(site.app.env.table, &entry), 0);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	ck_assert(site_has_session(2));
	site_reopen();
	ck_assert(!site_has_session(2));
	ck_assert(site_has_session(1));
	ck_assert(site_has_session(9));
}
END_TEST

static uint64_t
restore(int *ret_r, struct err *err)
{
	struct user_sessions_restored restored = { 0 };

	*ret_r = user_sessions_restore(site.app.env.user_sessions, site.app.run_dir_fd,
	    &site.app.env.key, site.app.env.table, true, &restored, err);
	return restored.n;
}

START_TEST(it_says_how_many)
{
	struct err err = { "" };
	int r;

	site_store(1, "a", 0);
	site_store(2, "a", 0);
	ck_assert_uint_eq(restore(&r, &err), 0); /* marked already */
	ck_assert_int_eq(r, 0);
}
END_TEST

/* Nobody answers with half a table: it is not marked, and the next one does it again. */
START_TEST(what_fails_leaves_no_mark)
{
	static const struct {
		const char *part;
		unsigned nth;
	} failures[] = { { "table_insert_over", 1 }, { "table_insert_over", 2 },
		{ "table_insert", 1 }, { "journal_catch_up", 1 } };
	struct err err = { "" };

	site_store(1, "a", 0);
	site_store(2, "a", 0);
	site_power_off();
	fail_part(failures[_i].part, failures[_i].nth, -ENOSPC);
	ck_assert_int_eq(site_power_on(&err), -ENOSPC);
	ck_assert(fail_part_is_done());
	ck_assert_str_ne(err.text, "");
	ck_assert_int_eq(app_open(&site.app, &site.settings, false, &err), 0);
	ck_assert(site_has_session(1));
	ck_assert(site_has_session(2));
	ck_assert(user_sessions_is_restored(&site.app.env.key, site.app.env.table));
}
END_TEST

/* More stored sessions than the table may hold: a start that says so, and what to do. */
START_TEST(more_stored_sessions_than_allowed_is_a_clear_refusal)
{
	struct err err = { "" };

	for (int i = 0; i < 5; i++)
		site_store(i, "a", 0);
	site_power_off();
	site.settings.max_sessions = 4;
	ck_assert_int_eq(site_power_on(&err), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(err.text, "max-sessions"));
	site.settings.max_sessions = 5;
	ck_assert_int_eq(site_power_on(&err), 0);
	for (int i = 0; i < 5; i++)
		ck_assert(site_has_session(i));
}
END_TEST

/* Several processes start at once: one does the work, and nobody answers before. */
START_TEST(processes_that_start_at_once)
{
	struct err err;
	int status;

	for (int i = 0; i < 200; i++)
		site_store(i, "a", 0);
	site_power_off();
	for (int p = 0; p < 5; p++) {
		pid_t pid = fork();

		ck_assert_int_ne(pid, -1);
		if (pid != 0)
			continue;
		if (app_open(&site.app, &site.settings, p % 2 == 0, &err) != 0) {
			(void)dprintf(site.stderr_fd, "%s\n", err.text);
			_exit(1);
		}
		for (int i = 0; i < 200; i++)
			if (!site_has_session(i))
				_exit(2);
		_exit(table_count(site.app.env.table) == 201 ? 0 : 3);
	}
	for (int p = 0; p < 5; p++) {
		ck_assert_int_ne(wait(&status), -1);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	}
	ck_assert_int_eq(site_power_on(NULL), 0);
}
END_TEST

START_TEST(a_record_that_is_no_session_ends_the_start)
{
	struct journal *journal;
	struct err err = { "" };
	uint64_t seq;

	ck_assert_int_eq(journal_open(&site.app.user_sessions_config, &journal, &err), 0);
	ck_assert_int_eq(journal_lock(journal, 1000), 0);
	ck_assert_int_eq(journal_append(journal,
			     &(struct journal_record){ JOURNAL_PUT,
				 STR_LIT("01ab0000000000000000000000000000"),
				 STR_LIT("{\"user_id\":\"x\"}") },
			     1, &seq),
	    0);
	journal_unlock(journal);
	journal_close(journal);
	site_power_off();
	ck_assert_int_eq(site_power_on(&err), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "UserSession.jsonl"));
}
END_TEST

START_TEST(a_lock_of_others_is_refused)
{
	struct err err = { "" };
	int r;

	tmp_write("run/restore.lock", "", 0644);
	(void)restore(&r, &err);
	ck_assert_int_eq(r, -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "restore.lock"));
	tmp_write("run/restore.lock", "", 0600);
}
END_TEST

/* The mark is under a tag of this key: another key, another table (and nobody's session). */
START_TEST(the_mark_belongs_to_the_key)
{
	struct digest_key other = { { 1 } };

	ck_assert(user_sessions_is_restored(&site.app.env.key, site.app.env.table));
	ck_assert(!user_sessions_is_restored(&other, site.app.env.table));
}
END_TEST

Suite *
check_user_sessions_restore_suite(void)
{
	Suite *s = suite_create("model/user_sessions_restore");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, a_new_table_gets_every_live_session);
	tcase_add_test(tc, an_end_comes_after_the_beginning);
	tcase_add_test(tc, the_mark_is_no_session);
	tcase_add_test(tc, past_sessions_are_not_restored);
	tcase_add_test(tc, what_may_have_been_unused_for_too_long_is_not_restored);
	tcase_add_test(tc, what_has_ended_unused_is_purged);
	tcase_add_test(tc, a_wall_clock_behind_restores_as_just_made_at_most);
	tcase_add_test(tc, a_wall_clock_far_behind_is_told);
	tcase_add_test(tc, a_marked_table_only_loses);
	tcase_add_test(tc, it_says_how_many);
	tcase_add_test(tc, the_mark_belongs_to_the_key);
	tcase_add_test(tc, processes_that_start_at_once);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, what_fails_leaves_no_mark, 0, 4);
	tcase_add_test(tc, more_stored_sessions_than_allowed_is_a_clear_refusal);
	tcase_add_test(tc, a_record_that_is_no_session_ends_the_start);
	tcase_add_test(tc, a_lock_of_others_is_refused);
	suite_add_tcase(s, tc);
	return s;
}
