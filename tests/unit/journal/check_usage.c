/* check_usage.c - tests of src/journal/usage.c: when a journal is worth compacting */
#include <stdlib.h>

#include "journal/usage.h"
#include "unit/unit.h"

Suite *check_usage_suite(void);

static struct jrn_control control;

static void
set_up(void)
{
	memset(&control, 0, sizeof(control));
}

static void
set_length(uint64_t len)
{
	control.slots[0].good_len = len;
}

START_TEST(records_are_counted)
{
	jrn_usage_count_record(&control, JOURNAL_PUT, 100);
	jrn_usage_count_record(&control, JOURNAL_PUT, 70);
	ck_assert_uint_eq(control.put_bytes, 170);
	ck_assert_uint_eq(control.max_line_bytes, 100);
	ck_assert_uint_eq(control.n_live, 2);
	ck_assert_uint_eq(control.n_dead, 0);
	/* A deletion kills another line, and is dead itself; its bytes never lived. */
	jrn_usage_count_record(&control, JOURNAL_DEL, 500);
	ck_assert_uint_eq(control.put_bytes, 170);
	ck_assert_uint_eq(control.max_line_bytes, 100);
	ck_assert_uint_eq(control.n_live, 1);
	ck_assert_uint_eq(control.n_dead, 2);
	ck_assert_uint_eq(control.n_ops, 3);
	/* Keys that are not there may be deleted as well. */
	jrn_usage_count_record(&control, JOURNAL_DEL, 50);
	jrn_usage_count_record(&control, JOURNAL_DEL, 50);
	ck_assert_uint_eq(control.n_live, 0);
	ck_assert_uint_eq(control.n_ops, 5);
}
END_TEST

START_TEST(an_exact_count_starts_over)
{
	struct jrn_live_index live = { .n_live = 3, .n_records = 10, .max_line_bytes = 40 };

	jrn_usage_count_record(&control, JOURNAL_PUT, 100);
	jrn_usage_set_count(&control, &live, 5000, 120, false);
	ck_assert_uint_eq(control.counted_len, 5000);
	ck_assert_uint_eq(control.counted_live_bytes, 120);
	ck_assert_uint_eq(control.max_line_bytes, 40);
	ck_assert_uint_eq(control.put_bytes, 0);
	ck_assert_uint_eq(control.n_ops, 0);
	ck_assert_uint_eq(control.n_live, 3);
	ck_assert_uint_eq(control.n_dead, 7);
	/* In a file that was just rewritten nothing is dead. */
	jrn_usage_set_count(&control, &live, 150, 120, true);
	ck_assert_uint_eq(control.n_live, 3);
	ck_assert_uint_eq(control.n_dead, 0);
}
END_TEST

START_TEST(the_limit_to_the_byte)
{
	struct jrn_live_index live = { .max_line_bytes = 1000 };
	const uint64_t live_bytes = 50000, limit = 3 * live_bytes + USAGE_FLOOR_BYTES;

	jrn_usage_set_count(&control, &live, live_bytes, live_bytes, true);
	set_length(limit);
	ck_assert(!jrn_usage_is_over(&control));
	set_length(limit + 1);
	ck_assert(jrn_usage_is_over(&control));
	/* Another record may have killed the longest line, or have been of use itself. */
	set_length(limit - 3 * 1000);
	jrn_usage_count_record(&control, JOURNAL_DEL, 100);
	ck_assert(!jrn_usage_is_over(&control));
	set_length(limit - 3 * 1000 + 1);
	ck_assert(jrn_usage_is_over(&control));
	jrn_usage_count_record(&control, JOURNAL_PUT, 1000);
	ck_assert(jrn_usage_is_over(&control));
	set_length(limit - 3 * 1000);
	ck_assert(!jrn_usage_is_over(&control));
	/* When all may be dead the floor is left. */
	control.n_ops = 1000;
	set_length(USAGE_FLOOR_BYTES);
	ck_assert(!jrn_usage_is_over(&control));
	set_length(USAGE_FLOOR_BYTES + 1);
	ck_assert(jrn_usage_is_over(&control));
}
END_TEST

START_TEST(rewriting_is_worth_it_when_more_is_dead_than_alive)
{
	const uint64_t len = 2 * USAGE_FLOOR_BYTES;

	ck_assert(!jrn_usage_is_worth_it(len, USAGE_FLOOR_BYTES));
	ck_assert(jrn_usage_is_worth_it(len, USAGE_FLOOR_BYTES - 1));
	ck_assert(!jrn_usage_is_worth_it(len, len));
	/* Never below the floor. */
	ck_assert(!jrn_usage_is_worth_it(USAGE_FLOOR_BYTES, 0));
	ck_assert(jrn_usage_is_worth_it(USAGE_FLOOR_BYTES + 1, 0));
}
END_TEST

START_TEST(the_bound_is_reached_before_the_truth)
{
	uint64_t len = 100;
	uint64_t n_live = 0;
	unsigned seed = 7;

	/* Lines of 1000 bytes, deletions of 100: random, the exact figures kept beside. */
	set_length(len);
	for (int i = 0; i < 100000; i++) {
		struct jrn_live_index live = { .max_line_bytes = 1000 };

		if (n_live > 0 && rand_r(&seed) % 5 < 2) {
			jrn_usage_count_record(&control, JOURNAL_DEL, 100);
			len += 100;
			n_live--;
		} else {
			jrn_usage_count_record(&control, JOURNAL_PUT, 1000);
			len += 1000;
			n_live++;
		}
		set_length(len);
		if (!jrn_usage_is_over(&control)) {
			ck_assert_uint_le(len, 3 * n_live * 1000 + USAGE_FLOOR_BYTES);
			continue;
		}
		if (jrn_usage_is_worth_it(len, n_live * 1000))
			len = n_live * 1000;
		set_length(len);
		live.n_live = n_live;
		jrn_usage_set_count(&control, &live, len, n_live * 1000, true);
		ck_assert_uint_le(len, 3 * n_live * 1000 + USAGE_FLOOR_BYTES);
	}
}
END_TEST

START_TEST(a_tick_counts_when_there_may_be_something_to_win)
{
	struct jrn_live_index live = { .max_line_bytes = 1000 };

	set_length(USAGE_FLOOR_BYTES);
	ck_assert(!jrn_usage_is_due(&control));
	set_length(10 * USAGE_FLOOR_BYTES);
	ck_assert(jrn_usage_is_due(&control));
	/* Counted: all alive. */
	jrn_usage_set_count(
	    &control, &live, 10 * USAGE_FLOOR_BYTES, 9 * USAGE_FLOOR_BYTES, false);
	ck_assert(!jrn_usage_is_due(&control));
	/* Counted: most is dead, and not rewritten yet. */
	jrn_usage_set_count(
	    &control, &live, 10 * USAGE_FLOOR_BYTES, 2 * USAGE_FLOOR_BYTES, false);
	ck_assert(jrn_usage_is_due(&control));
	/* Much may have died since, but the file has hardly grown. */
	jrn_usage_set_count(
	    &control, &live, 10 * USAGE_FLOOR_BYTES, 9 * USAGE_FLOOR_BYTES, false);
	control.n_ops = 6000;
	ck_assert(!jrn_usage_is_due(&control));
	set_length(11 * USAGE_FLOOR_BYTES);
	ck_assert(jrn_usage_is_due(&control));
}
END_TEST

Suite *
check_usage_suite(void)
{
	Suite *s = suite_create("journal/usage");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, records_are_counted);
	tcase_add_test(tc, an_exact_count_starts_over);
	tcase_add_test(tc, the_limit_to_the_byte);
	tcase_add_test(tc, rewriting_is_worth_it_when_more_is_dead_than_alive);
	tcase_add_test(tc, the_bound_is_reached_before_the_truth);
	tcase_add_test(tc, a_tick_counts_when_there_may_be_something_to_win);
	suite_add_tcase(s, tc);
	return s;
}
