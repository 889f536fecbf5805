/* check_live_index.c - tests of src/journal/live_index.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "journal/live_index.h"
#include "unit/unit.h"

Suite *check_live_index_suite(void);

static struct str
key_of(unsigned i)
{
	static char text[32];

	return str_mem(text, (size_t)snprintf(text, sizeof(text), "key-%u", i));
}

START_TEST(order_is_that_of_the_first_put)
{
	struct jrn_live_index live;
	uint64_t want[] = { 100, 40, 60 };
	size_t n = 0;

	ck_assert_int_eq(jrn_live_index_init(&live), 0);
	jrn_live_index_del(&live, key_of(9));
	ck_assert_int_eq(jrn_live_index_put(&live, key_of(1), 10, 5), 0);
	ck_assert_int_eq(jrn_live_index_put(&live, key_of(2), 20, 5), 0);
	ck_assert_int_eq(jrn_live_index_put(&live, key_of(3), 40, 7), 0);
	jrn_live_index_del(&live, key_of(2));
	jrn_live_index_del(&live, key_of(2));
	ck_assert_int_eq(jrn_live_index_put(&live, key_of(2), 60, 5), 0);
	ck_assert_int_eq(jrn_live_index_put(&live, key_of(1), 100, 6), 0);
	for (size_t i = 0; i < live.n_entries; i++)
		if (live.entries[i].n_bytes != 0)
			ck_assert_uint_eq(live.entries[i].offset, want[n++]);
	ck_assert_uint_eq(n, 3);
	ck_assert_uint_eq(live.n_live, 3);
	ck_assert_uint_eq(live.n_records, 8);
	ck_assert_uint_eq(live.live_bytes, 5 + 6 + 7);
	ck_assert_uint_eq(live.max_line_bytes, 7);
	jrn_live_index_fini(&live);
}
END_TEST

START_TEST(many_keys_come_and_go)
{
	enum { N = 5000 };
	static uint64_t at[N];
	struct jrn_live_index live;
	uint64_t n_live = 0;
	unsigned seed = 1;

	ck_assert_int_eq(jrn_live_index_init(&live), 0);
	for (uint64_t i = 1; i < 200000; i++) {
		unsigned k = (unsigned)rand_r(&seed) % N;

		if (rand_r(&seed) % 3 == 0) {
			jrn_live_index_del(&live, key_of(k));
			n_live -= at[k] != 0;
			at[k] = 0;
		} else {
			ck_assert_int_eq(jrn_live_index_put(&live, key_of(k), i, 1), 0);
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
	jrn_live_index_fini(&live);
}
END_TEST

START_TEST(no_more_keys_than_the_table_can_hold)
{
	struct jrn_live_index live;

	ck_assert_int_eq(jrn_live_index_init(&live), 0);
	ck_assert_int_eq(jrn_live_index_put(&live, STR_LIT("k"), 0, 1), 0);
	/* Half of the hash the same is another key. */
	live.entries[0].hash[1]++;
	jrn_live_index_del(&live, STR_LIT("k"));
	ck_assert_uint_eq(live.n_live, 1);
	live.entries_cap = live.n_entries;
	live.n_live = UINT64_C(1) << 32;
	ck_assert_int_eq(jrn_live_index_put(&live, STR_LIT("l"), 0, 1), -ENOMEM);
	jrn_live_index_fini(&live);
}
END_TEST

Suite *
check_live_index_suite(void)
{
	Suite *s = suite_create("journal/live_index");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, order_is_that_of_the_first_put);
	tcase_add_test(tc, many_keys_come_and_go);
	tcase_add_test(tc, no_more_keys_than_the_table_can_hold);
	suite_add_tcase(s, tc);
	return s;
}
