/* check_live.c - tests of src/store/live.c and policy.c */
#include <stdio.h>
#include <stdlib.h>

#include "store/live.h"
#include "store/policy.h"
#include "unit/unit.h"

Suite *check_live_suite(void);

static struct str
key_of(unsigned i)
{
	static char text[32];

	return str_mem(text, (size_t)snprintf(text, sizeof(text), "key-%u", i));
}

START_TEST(order_is_that_of_the_first_put)
{
	struct live live;
	uint64_t want[] = { 100, 40, 60 };
	size_t n = 0;

	ck_assert_int_eq(live_init(&live), 0);
	live_del(&live, key_of(9));
	ck_assert_int_eq(live_put(&live, key_of(1), 10, 5), 0);
	ck_assert_int_eq(live_put(&live, key_of(2), 20, 5), 0);
	ck_assert_int_eq(live_put(&live, key_of(3), 40, 7), 0);
	live_del(&live, key_of(2));
	live_del(&live, key_of(2));
	ck_assert_int_eq(live_put(&live, key_of(2), 60, 5), 0);
	ck_assert_int_eq(live_put(&live, key_of(1), 100, 6), 0);
	for (size_t i = 0; i < live.n_entries; i++)
		if (live.entries[i].n_bytes != 0)
			ck_assert_uint_eq(live.entries[i].offset, want[n++]);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(live.n_live, 3);
	ck_assert_uint_eq(live.n_records, 8);
	ck_assert_uint_eq(live.live_bytes, 5 + 6 + 7);
	ck_assert_uint_eq(live.max_line_bytes, 7);
	live_fini(&live);
}
END_TEST

START_TEST(many_keys_come_and_go)
{
	enum { N = 5000 };
	static uint64_t at[N];
	struct live live;
	uint64_t n_live = 0;
	unsigned seed = 1;

	ck_assert_int_eq(live_init(&live), 0);
	for (uint64_t i = 1; i < 200000; i++) {
		unsigned k = (unsigned)rand_r(&seed) % N;

		if (rand_r(&seed) % 3 == 0) {
			live_del(&live, key_of(k));
			n_live -= at[k] != 0;
			at[k] = 0;
		} else {
			ck_assert_int_eq(live_put(&live, key_of(k), i, 1), 0);
			n_live += at[k] == 0;
			at[k] = i;
		}
	}
	ck_assert_uint_eq(live.n_live, n_live);
	ck_assert_uint_eq(live.live_bytes, n_live);
	for (size_t i = 0; i < live.n_entries; i++)
		if (live.entries[i].n_bytes != 0) {
			bool is_there = false;

			for (unsigned k = 0; k < N && !is_there; k++)
				is_there = at[k] == live.entries[i].offset;
			ck_assert(is_there);
		}
	live_fini(&live);
}
END_TEST

START_TEST(the_bound_is_reached_before_the_truth)
{
	static struct control control;
	uint64_t len = 100;
	uint64_t n_live = 0;
	unsigned seed = 7;

	/* Lines of 1000 bytes, deletions of 100: random, the exact figures kept beside. */
	memset(&control, 0, sizeof(control));
	control.slots[0].good_len = len;
	for (int i = 0; i < 100000; i++) {
		struct live live = { .max_line_bytes = 1000 };

		if (n_live > 0 && rand_r(&seed) % 5 < 2) {
			policy_count_record(&control, STORE_DEL, 100);
			len += 100;
			n_live--;
		} else {
			policy_count_record(&control, STORE_PUT, 1000);
			len += 1000;
			n_live++;
		}
		control.slots[0].good_len = len;
		if (!policy_is_over(&control)) {
			ck_assert_uint_le(len, 3 * n_live * 1000 + POLICY_FLOOR_BYTES);
			continue;
		}
		if (policy_is_worth_it(len, n_live * 1000))
			len = n_live * 1000;
		control.slots[0].good_len = len;
		live.n_live = n_live;
		policy_set_count(&control, &live, len, n_live * 1000, true);
		ck_assert_uint_le(len, 3 * n_live * 1000 + POLICY_FLOOR_BYTES);
	}
}
END_TEST

START_TEST(a_tick_counts_when_there_may_be_something_to_win)
{
	static struct control control;
	struct live live = { .max_line_bytes = 1000 };

	memset(&control, 0, sizeof(control));
	control.slots[0].good_len = POLICY_FLOOR_BYTES;
	ck_assert(!policy_is_due(&control));
	control.slots[0].good_len = 10 * POLICY_FLOOR_BYTES;
	ck_assert(policy_is_due(&control));
	/* Counted: all alive. */
	policy_set_count(
	    &control, &live, 10 * POLICY_FLOOR_BYTES, 9 * POLICY_FLOOR_BYTES, false);
	ck_assert(!policy_is_due(&control));
	/* Counted: most is dead, and not rewritten yet. */
	policy_set_count(
	    &control, &live, 10 * POLICY_FLOOR_BYTES, 2 * POLICY_FLOOR_BYTES, false);
	ck_assert(policy_is_due(&control));
	/* Much may have died since, but the file has hardly grown. */
	policy_set_count(
	    &control, &live, 10 * POLICY_FLOOR_BYTES, 9 * POLICY_FLOOR_BYTES, false);
	control.n_ops = 6000;
	ck_assert(!policy_is_due(&control));
	control.slots[0].good_len += POLICY_FLOOR_BYTES;
	ck_assert(policy_is_due(&control));
	ck_assert(!policy_is_worth_it(POLICY_FLOOR_BYTES, 0));
	policy_count_record(&control, STORE_DEL, 100);
	ck_assert_uint_eq(control.n_live, 0);
}
END_TEST

Suite *
check_live_suite(void)
{
	Suite *s = suite_create("store/live");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, order_is_that_of_the_first_put);
	tcase_add_test(tc, many_keys_come_and_go);
	tcase_add_test(tc, the_bound_is_reached_before_the_truth);
	tcase_add_test(tc, a_tick_counts_when_there_may_be_something_to_win);
	suite_add_tcase(s, tc);
	return s;
}
