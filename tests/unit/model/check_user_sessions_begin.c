/* check_user_sessions_begin.c - tests of user_sessions_begin() */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "model/user_sessions.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_user_sessions_begin_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* Session i, younger than i - 1. */
static int
begin(int i, const char *user_id, enum table_kind kind)
{
	struct table_entry entry = { .tag = site_tag(i),
		.kind = kind,
		.created_ms = clock_boot_ms() - 1000000 + i * 1000 };
	struct user_session session;

	ck_assert(user_session_pack_owner(str_of(user_id), &entry.owner));
	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &entry.tag, 0), 0);
	session.base.created_ms = clock_wall_ms() - 1000000 + i * 1000;
	return user_sessions_begin(site.app.env.user_sessions, site.app.env.table,
	    kind == TABLE_KIND_STORED ? &session : NULL, &entry, 0);
}

static void
end(int i)
{
	struct digest_tag tag = site_tag(i);

	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	ck_assert_int_eq(table_remove(site.app.env.table, &tag), 0);
}

/* So much comes and goes that what is dead is dropped from the file, at the latest by the tick. */
static void
compact(void)
{
	enum { MANY = 4000 };
	static struct digest_tag tags[MANY];
	static struct user_session sessions[MANY];
	static const struct base *bases[MANY];
	struct collection *copy = site_open_stored();
	struct journal_stats after;

	for (int i = 0; i < MANY; i++) {
		tags[i] = site_tag(1000000 + i);
		ck_assert_int_eq(
		    user_session_init(&sessions[i], STR_LIT("other"), &tags[i], 0), 0);
		bases[i] = &sessions[i].base;
	}
	ck_assert_int_eq(collection_begin(copy), 0);
	ck_assert_int_eq(collection_save_many_locked(copy, bases, MANY), 0);
	ck_assert_int_eq(collection_commit(copy), 0);
	collection_close(copy);
	ck_assert_int_eq(user_sessions_remove_many(site.app.env.user_sessions, tags, MANY), 0);
	ck_assert_int_eq(user_sessions_tick(site.app.env.user_sessions), 0);
	user_sessions_stats(site.app.env.user_sessions, &after);
	ck_assert_uint_lt(after.file_bytes, 100000);
}

static void
reopen_with_limit(uint32_t max_user_sessions)
{
	site.settings.max_user_sessions = max_user_sessions;
	site_reopen();
}

/*
 * Two sessions a user: the third ends the first, of whatever kind, in the table and in the
 * journal.  When the second has been ended as well there is room for the first again.
 */
START_TEST(what_the_limit_ended_stays_ended)
{
	static const enum table_kind kinds[] = { TABLE_KIND_STORED, TABLE_KIND_MEMORY };

	reopen_with_limit(2);
	ck_assert_int_eq(begin(1, "a", TABLE_KIND_STORED), 0);
	ck_assert_int_eq(begin(2, "a", TABLE_KIND_STORED), 0);
	ck_assert_int_eq(begin(3, "a", kinds[_i & 1]), 0);
	ck_assert(!site_has_session(1) && site_has_session(2) && site_has_session(3));
	ck_assert(!site_is_stored(1));
	end(2);
	if ((_i & 2) != 0)
		compact();
	site_reboot();
	ck_assert(!site_has_session(1));
	ck_assert(!site_has_session(2));
	ck_assert_int_eq(site_has_session(3), kinds[_i & 1] == TABLE_KIND_STORED);
	ck_assert(!site_is_stored(1));
}
END_TEST

/* Sessions that are only in memory make room without the journal. */
START_TEST(a_memory_session_goes_without_the_journal)
{
	reopen_with_limit(1);
	ck_assert_int_eq(begin(1, "a", TABLE_KIND_MEMORY), 0);
	fail_part("journal_append", 1, -EIO);
	ck_assert_int_eq(begin(2, "a", TABLE_KIND_MEMORY), 0);
	ck_assert(!fail_part_is_done());
	ck_assert(!site_has_session(1) && site_has_session(2));
}
END_TEST

/* A session that cannot be ended for good stays, and the new one does not begin. */
START_TEST(without_the_journal_nobody_makes_room)
{
	static const enum table_kind kinds[] = { TABLE_KIND_STORED, TABLE_KIND_MEMORY };
	static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

	reopen_with_limit(1);
	ck_assert_int_eq(begin(1, "a", TABLE_KIND_STORED), 0);
	fail_part(parts[_i / 2], 1, -EIO);
	ck_assert_int_eq(begin(2, "a", kinds[_i & 1]), -EIO);
	ck_assert(fail_part_is_done());
	ck_assert(site_has_session(1) && !site_has_session(2));
	/* As long as the flush did not fail after the lines were written. */
	if (_i / 2 < 2)
		ck_assert(site_is_stored(1) && !site_is_stored(2));
	ck_assert_int_eq(begin(2, "a", kinds[_i & 1]), 0);
	ck_assert(!site_has_session(1) && site_has_session(2));
}
END_TEST

/* The limit was lowered: many go at once. */
START_TEST(a_lowered_limit_ends_many_at_the_next_login)
{
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(begin(i, "a", TABLE_KIND_STORED), 0);
	ck_assert_int_eq(begin(900, "b", TABLE_KIND_STORED), 0);
	reopen_with_limit(3);
	ck_assert_int_eq(begin(100, "a", TABLE_KIND_STORED), 0);
	for (int i = 0; i < 98; i++)
		ck_assert(!site_has_session(i) && !site_is_stored(i));
	for (int i = 98; i <= 100; i++)
		ck_assert(site_has_session(i) && site_is_stored(i));
	ck_assert(site_has_session(900));
}
END_TEST

/* ------------------------------------------------------------------------- races */

static void
begin_meanwhile(void *arg)
{
	(void)arg;
	ck_assert_int_eq(begin(3, "a", TABLE_KIND_STORED), 0);
}

/* Another login took the room that this one had made: one more makes room. */
START_TEST(another_login_was_faster)
{
	reopen_with_limit(2);
	ck_assert_int_eq(begin(1, "a", TABLE_KIND_STORED), 0);
	ck_assert_int_eq(begin(2, "a", TABLE_KIND_STORED), 0);
	fail_part_before("table_insert_after", begin_meanwhile, NULL);
	ck_assert_int_eq(begin(4, "a", TABLE_KIND_STORED), 0);
	for (int i = 1; i <= 4; i++) {
		ck_assert_int_eq(site_has_session(i), i > 2);
		ck_assert_int_eq(site_is_stored(i), i > 2);
	}
}
END_TEST

/* ------------------------------------------------------------------------- kills */

static void
kill_me(void *arg)
{
	(void)arg;
	(void)kill(getpid(), SIGKILL);
}

struct death {
	const char *before; /* this call; NULL: none, and it ends well */
	enum table_kind kind;
};

static void
begin_and_die(struct app *app, void *arg)
{
	const struct death *death = arg;

	site.app = *app;
	if (death->before != NULL)
		fail_part_before(death->before, kill_me, NULL);
	_exit(begin(3, "a", death->kind) == 0 ? 0 : 1);
}

static const char *const calls[] = { "table_foresee", "journal_lock", "journal_append",
	"journal_sync", "table_insert_after", NULL };

/*
 * Killed before each of the calls.  What the table has ended is ended in the journal: neither a
 * restart, nor a compaction, nor a reboot, in any order, lets it live again, though there is
 * room.
 */
START_TEST(killed_at_any_moment_nobody_lives_again)
{
	struct death death = { calls[_i / 8],
		(_i & 1) != 0 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY };
	bool was_ended;
	int status;
	pid_t pid;

	reopen_with_limit(2);
	ck_assert_int_eq(begin(1, "a", TABLE_KIND_STORED), 0);
	ck_assert_int_eq(begin(2, "a", TABLE_KIND_STORED), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		struct app other;

		if (app_open(&other, &site.settings, false, NULL) != 0)
			_exit(100);
		begin_and_die(&other, &death);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	was_ended = !site_has_session(1);
	if (was_ended)
		ck_assert(!site_is_stored(1));
	if (!WIFSIGNALED(status))
		ck_assert(was_ended && site_has_session(3));
	end(2);
	if ((_i & 2) != 0)
		compact();
	if ((_i & 4) != 0)
		site_reopen();
	was_ended = was_ended || !site_has_session(1);
	site_reboot();
	if (was_ended)
		ck_assert(!site_has_session(1));
	/* Never both fewer and nobody new: the change is there as a whole, or not at all. */
	if (death.kind == TABLE_KIND_STORED)
		ck_assert_int_ne(site_has_session(1), site_has_session(3));
	ck_assert(!site_has_session(2));
}
END_TEST

Suite *
check_user_sessions_begin_suite(void)
{
	Suite *s = suite_create("model/user_sessions_begin");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, what_the_limit_ended_stays_ended, 0, 4);
	tcase_add_test(tc, a_memory_session_goes_without_the_journal);
	tcase_add_loop_test(tc, without_the_journal_nobody_makes_room, 0, 6);
	tcase_add_test(tc, a_lowered_limit_ends_many_at_the_next_login);
	tcase_add_test(tc, another_login_was_faster);
	tcase_add_loop_test(tc, killed_at_any_moment_nobody_lives_again, 0, 8 * N(calls));
	suite_add_tcase(s, tc);
	return s;
}
