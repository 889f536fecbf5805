/* check_expired.c - tests of src/table/expired.c */
#include "unit/table/fixture.h"

#include <string.h>

#include "table/expired.h"

Suite *check_expired_suite(void);

#define LIMIT_S  60
#define LIMIT_MS INT64_C(60000)

static struct {
	uint64_t n, n_idle, n_unknown;
	struct table_entry last;
} told;

static void
note(void *arg, const struct table_expired *expired)
{
	ck_assert_ptr_eq(arg, &told);
	if (expired->entry == NULL) {
		told.n_unknown += expired->n;
		return;
	}
	ck_assert_uint_eq(expired->n, 1);
	told.n++;
	told.n_idle += expired->is_idle;
	told.last = *expired->entry;
}

static struct table_entry
put(uint64_t i, uint32_t lifetime_s, uint32_t idle_s)
{
	struct table_entry e = fixture_entry(i, i);

	e.created_ms = FIXTURE_NOW_MS;
	e.lifetime_s = lifetime_s;
	e.idle_s = idle_s;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	return e;
}

/* Ticks enough for all of a table that does not grow; each at a time of its own. */
static void
sweep(int64_t after_ms)
{
	for (int i = 0; i < 70; i++) {
		clock_freeze(FIXTURE_NOW_MS + after_ms + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
}

START_TEST(each_is_told_once)
{
	struct table_entry past = put(1, LIMIT_S, 0);

	(void)put(2, 0, 0);
	sweep(LIMIT_MS - 70000);
	ck_assert_uint_eq(told.n, 0);
	sweep(LIMIT_MS + 1);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(told.n_idle, 0);
	ck_assert_mem_eq(&told.last.tag, &past.tag, sizeof(past.tag));
	ck_assert_mem_eq(&told.last.owner, &past.owner, sizeof(past.owner));
	sweep(2 * LIMIT_MS);
	ck_assert_uint_eq(told.n, 1);
	fixture_check(1);
}
END_TEST

/* The limits, when it was used last, which of them ended it. */
static const struct {
	uint32_t lifetime_s, idle_s;
	int64_t used_ms;
	bool is_seen, is_idle; /* somebody has looked, and found that it was over */
} ends[] = {
	{ LIMIT_S, 0, 0, false, false },
	{ LIMIT_S, 0, 0, true, false },
	{ 0, LIMIT_S, 0, false, true },
	{ 0, LIMIT_S, 0, true, true },
	{ LIMIT_S, 20, 0, false, true },
	{ LIMIT_S, 20, 0, true, true },
	{ LIMIT_S, 20, 19000, false, true },
	{ LIMIT_S, 59, 30000, false, false },
};

START_TEST(the_limit_that_was_first)
{
	struct table_entry e = put(1, ends[_i].lifetime_s, ends[_i].idle_s), found;

	if (ends[_i].used_ms > 0) {
		clock_freeze(FIXTURE_NOW_MS + ends[_i].used_ms, 0);
		ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	}
	if (ends[_i].is_seen) {
		clock_freeze(FIXTURE_NOW_MS + LIMIT_MS + 300, 0);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &found), TABLE_E_ABSENT);
		ck_assert_uint_eq(told.n, 0);
	}
	sweep(100 * LIMIT_MS);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(told.n_idle, ends[_i].is_idle);
}
END_TEST

START_TEST(what_was_removed_has_not_expired)
{
	struct table_entry removed = put(1, LIMIT_S, 0), replaced = put(2, LIMIT_S, 0);

	ck_assert_int_eq(table_remove(fx.table, &removed.tag), 0);
	replaced.lifetime_s = 0;
	ck_assert_int_eq(table_insert(fx.table, &replaced), 0);
	sweep(2 * LIMIT_MS);
	ck_assert_uint_eq(told.n + told.n_unknown, 0);
	fixture_check(1);
}
END_TEST

/* Whoever changes something sweeps too; the tick tells, and a close. */
START_TEST(whoever_sweeps)
{
	for (uint64_t i = 0; i < 100; i++)
		(void)put(i, LIMIT_S, 0);
	clock_freeze(FIXTURE_NOW_MS + 2 * LIMIT_MS, 0);
	fixture_fill(1000, 1300);
	ck_assert_uint_eq(told.n, 0);
	table_tell_expired(fx.table);
	ck_assert_uint_gt(told.n, 0);
	sweep(2 * LIMIT_MS);
	ck_assert_uint_eq(told.n, 100);
	ck_assert_uint_eq(told.n_unknown, 0);
	fixture_check(300);
}
END_TEST

/* Nobody listens for a while. */
START_TEST(what_is_too_much_is_counted)
{
	struct table_stats stats;

	for (uint64_t i = 0; i < 3 * EXPIRED_NOTES; i++)
		(void)put(i, LIMIT_S, 0);
	clock_freeze(FIXTURE_NOW_MS + 2 * LIMIT_MS, 0);
	for (uint64_t i = 10000; i < 16000; i++)
		(void)put(i, 0, 0);
	table_tell_expired(fx.table);
	ck_assert_uint_eq(told.n, EXPIRED_NOTES);
	ck_assert_int_eq(table_stats(fx.table, &stats), 0);
	ck_assert_uint_eq(told.n + told.n_unknown, stats.n_expired);
	sweep(2 * LIMIT_MS);
	ck_assert_uint_eq(told.n + told.n_unknown, 3 * EXPIRED_NOTES);
	fixture_check(6000);
}
END_TEST

static void
listen(void)
{
	memset(&told, 0, sizeof(told));
	table_on_expired(fx.table, note, &told);
}

Suite *
check_expired_suite(void)
{
	Suite *s = suite_create("table/expired");
	TCase *tc = fixture_one_thread("core");

	tcase_add_checked_fixture(tc, listen, NULL);
	tcase_add_test(tc, each_is_told_once);
	tcase_add_loop_test(
	    tc, the_limit_that_was_first, 0, (int)(sizeof(ends) / sizeof(ends[0])));
	tcase_add_test(tc, what_was_removed_has_not_expired);
	tcase_add_test(tc, whoever_sweeps);
	tcase_add_test(tc, what_is_too_much_is_counted);
	suite_add_tcase(s, tc);
	return s;
}
