/* check_journal.c - tests of src/journal/journal.h: the calls in the order that callers make them */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/journal/fixture.h"

Suite *check_journal_suite(void);

static struct fixture f;
static struct replica *a, *b;

static void
set_up(void)
{
	fixture_open(&f);
	a = replica_new();
	b = replica_new();
}

static void
tear_down(void)
{
	replica_free(a);
	replica_free(b);
	fixture_close(&f);
}

START_TEST(what_one_handle_writes_another_reads)
{
	struct journal *one = fixture_journal(&f), *two = fixture_journal(&f);
	uint64_t seq;

	ck_assert(!journal_is_current(one));
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_int_eq(b->n_resets, 1);
	ck_assert(journal_is_current(one) && journal_is_current(two));
	(void)fixture_put(one, a, "k1", "{\"v\":1}");
	(void)fixture_put(one, a, "k2", "{\"v\":2}");
	(void)fixture_put(one, a, "k1", "{\"v\":3}");
	ck_assert(journal_is_current(one));
	ck_assert(!journal_is_current(two));
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert(journal_is_current(two));
	ck_assert_str_eq(replica_text(b), "k1={\"v\":3} k2={\"v\":2} ");
	seq = fixture_del(two, b, "k1");
	ck_assert_int_eq(journal_sync(two, seq), 0);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_str_eq(replica_text(a), "k2={\"v\":2} ");
	ck_assert_int_eq(a->n_resets, 1);
	journal_close(one);
	journal_close(two);
	one = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k2={\"v\":2} ");
	journal_close(one);
}
END_TEST

START_TEST(a_restart_with_another_boot_reads_the_same)
{
	struct journal *one = fixture_journal(&f);
	uint64_t seq = fixture_put(one, a, "k1", "{\"v\":1}");

	ck_assert_int_eq(journal_sync(one, seq), 0);
	journal_close(one);
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.lock", 0), 0);
	one = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	ck_assert_uint_eq(fixture_put(one, b, "k2", "{}"), seq + 1);
	journal_close(one);
	ck_assert_str_eq(f.notices, "");
}
END_TEST

START_TEST(compaction_keeps_order_and_readers)
{
	struct journal *one = fixture_journal(&f), *two = fixture_journal(&f), *three;
	struct journal_stats stats;
	char big[4000], key[16];
	uint64_t seq = 0;

	memset(big, 'x', sizeof(big));
	memcpy(big, "{\"v\":\"", 6);
	memcpy(big + sizeof(big) - 3, "\"}", 3);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		seq = fixture_put(one, a, key, big);
	}
	for (int i = 0; i < 300; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		if (i % 50 != 0)
			seq = fixture_del(one, a, key);
	}
	seq = fixture_put(one, a, "k50", "{\"v\":50}");
	ck_assert_int_eq(journal_tick(one), 0);
	journal_stats(one, &stats);
	ck_assert_uint_ge(stats.n_live, 6);
	ck_assert_uint_lt(stats.n_live, 8);
	ck_assert_uint_lt(stats.file_bytes, 1024 * 1024);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	(void)fixture_put(one, a, "k0", "{}");
	(void)fixture_put(one, a, "k100", "{}");
	(void)fixture_put(one, a, "k150", "{}");
	(void)fixture_put(one, a, "k200", "{}");
	(void)fixture_put(one, a, "k250", "{}");
	/* Two was far behind; its own open file still has what it missed. */
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_int_eq(b->n_resets, 1);
	ck_assert_str_eq(replica_text(b), replica_text(a));
	three = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), 0);
	ck_assert_int_eq(b->n_resets, 2);
	ck_assert_str_eq(
	    replica_text(b), "k0={} k50={\"v\":50} k100={} k150={} k200={} k250={} ");
	journal_close(one);
	journal_close(two);
	journal_close(three);
}
END_TEST

Suite *
check_journal_suite(void)
{
	Suite *s = suite_create("journal/journal");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_one_handle_writes_another_reads);
	tcase_add_test(tc, a_restart_with_another_boot_reads_the_same);
	tcase_add_test(tc, compaction_keeps_order_and_readers);
	suite_add_tcase(s, tc);
	return s;
}
