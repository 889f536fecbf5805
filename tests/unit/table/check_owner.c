/* check_owner.c - tests of src/table/owner.c: one owner's entries */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/change.h"
#include "table/owner.h"
#include "table/epoch.h"
#include "table/scan.h"

Suite *check_owner_suite(void);

#define OWNER 1000000

static int
insert_of(uint64_t owner, uint64_t i)
{
	struct table_entry e = fixture_entry(i, owner);

	return table_insert(fx.table, &e);
}

static void
reopen(uint32_t max_per_owner)
{
	fixture_close();
	fx.config.max_per_owner = max_per_owner;
	fixture_open();
}

static unsigned
n_of_range(uint64_t from, uint64_t until)
{
	unsigned n = 0;

	for (uint64_t i = from; i < until; i++)
		n += fixture_has(i);
	return n;
}

START_TEST(the_oldest_of_that_owner_goes_out)
{
	reopen(5);
	fixture_fill(0, 2000);
	for (uint64_t i = 10000; i < 10020; i++) {
		ck_assert_int_eq(insert_of(OWNER, i), 0);
		ck_assert(fixture_has(i));
		ck_assert_int_eq(fixture_has(i - 5), false);
		ck_assert_uint_eq(n_of_range(10000, i + 1), i < 10005 ? i - 9999 : 5);
	}
	ck_assert_uint_eq(n_of_range(0, 2000), 2000);
	fixture_check(2005);
	ck_assert_uint_eq(fixture_stats().n_evicted, 15);
}
END_TEST

static int
insert_after(uint64_t i, enum table_kind kind, struct table_victims *victims)
{
	struct table_entry e = fixture_entry(i, OWNER);

	e.kind = kind;
	e.created_ms += (int64_t)i;
	return table_insert_after(fx.table, &e, 0, victims);
}

/* The smaller of the two counts. */
START_TEST(an_insert_may_have_a_maximum_of_its_own)
{
	static const uint32_t maxima[] = { 0, 2, 5 }; /* of the table */
	struct table_entry e = fixture_entry(9, OWNER);
	struct table_victims victims;

	for (unsigned i = 0; i < sizeof(maxima) / sizeof(maxima[0]); i++) {
		reopen(maxima[i]);
		for (uint64_t k = 0; k < 10; k++) {
			struct table_entry one = fixture_entry(k, OWNER);

			one.kind = TABLE_KIND_MEMORY;
			one.created_ms += (int64_t)k;
			victims.n = 0;
			ck_assert_int_eq(table_insert_after(fx.table, &one, 3, &victims), 0);
		}
		ck_assert_uint_eq(n_of_range(0, 10), maxima[i] == 2 ? 2 : 3);
		ck_assert_int_eq(table_foresee(fx.table, &e.owner, 1, &victims), 0);
		ck_assert_uint_eq(victims.n, 0); /* none of them is stored */
	}
}
END_TEST

/* Stored entries are named and stay; named again they go, whether that is needed or not. */
START_TEST(stored_entries_are_named_before_they_go)
{
	struct table_victims victims = { .n = 0 }, foreseen;
	struct table_entry e = fixture_entry(0, OWNER);

	reopen(3);
	for (uint64_t i = 0; i < 3; i++) {
		ck_assert_int_eq(table_foresee(fx.table, &e.owner, 0, &foreseen), 0);
		ck_assert_uint_eq(foreseen.n, 0);
		ck_assert_int_eq(
		    insert_after(i, i == 1 ? TABLE_KIND_MEMORY : TABLE_KIND_STORED, &victims),
		    0);
	}
	ck_assert_int_eq(table_foresee(fx.table, &e.owner, 0, &foreseen), 0);
	ck_assert_int_eq(insert_after(3, TABLE_KIND_MEMORY, &victims), TABLE_E_LIMIT);
	ck_assert_uint_eq(victims.n, 1);
	ck_assert_mem_eq(&victims.tags[0], &e.tag, sizeof(e.tag));
	ck_assert_mem_eq(&victims, &foreseen, sizeof(victims.n) + sizeof(e.tag));
	ck_assert_uint_eq(n_of_range(0, 3), 3);
	ck_assert_int_eq(insert_after(3, TABLE_KIND_MEMORY, &victims), 0);
	ck_assert(!fixture_has(0));
	ck_assert_uint_eq(n_of_range(1, 4), 3);
	/* The next to go is in memory: no need to say so. */
	victims.n = 0;
	ck_assert_int_eq(insert_after(4, TABLE_KIND_MEMORY, &victims), 0);
	ck_assert(!fixture_has(1));
	/* Named by the caller, though it need not: it was ended where it is stored. */
	ck_assert_int_eq(table_remove(fx.table, &(struct digest_tag){ { 0 } }), TABLE_E_ABSENT);
	e = fixture_entry(3, OWNER);
	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
	e = fixture_entry(2, OWNER);
	victims = (struct table_victims){ 1, { e.tag } };
	ck_assert_int_eq(insert_after(5, TABLE_KIND_STORED, &victims), 0);
	ck_assert(!fixture_has(2) && fixture_has(4) && fixture_has(5));
	fixture_check(2);
	ck_assert_uint_eq(fixture_stats().n_evicted, 3);
}
END_TEST

/* The entry of another owner is not removed, whatever the caller says. */
START_TEST(victims_of_another_owner_stay)
{
	struct table_entry e = fixture_entry(7, OWNER + 1);
	struct table_victims victims = { 1, { e.tag } };

	reopen(1);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert_int_eq(insert_after(0, TABLE_KIND_STORED, &victims), 0);
	ck_assert(fixture_has(7) && fixture_has(0));
}
END_TEST

/* More than one call can name. */
START_TEST(a_lowered_maximum_names_them_in_turns)
{
	struct table_victims victims = { .n = 0 };
	unsigned n_calls = 1;
	int r;

	reopen(0);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(insert_after(i, TABLE_KIND_STORED, &victims), 0);
	reopen(10);
	while ((r = insert_after(100, TABLE_KIND_STORED, &victims)) == TABLE_E_LIMIT)
		n_calls++;
	ck_assert_int_eq(r, 0);
	ck_assert_uint_eq(n_calls, 7);
	ck_assert_uint_eq(n_of_range(0, 91), 0);
	ck_assert_uint_eq(n_of_range(91, 101), 10);
	fixture_check(10);
}
END_TEST

START_TEST(without_regard_to_the_maximum)
{
	bool is_over;

	reopen(2);
	ck_assert_uint_eq(table_max_per_owner(fx.table), 2);
	for (uint64_t i = 0; i < 5; i++) {
		struct table_entry e = fixture_entry(i, OWNER);

		ck_assert_int_eq(table_insert_over(fx.table, &e, &is_over), 0);
		ck_assert_int_eq(is_over, i >= 2);
	}
	fixture_check(5);
}
END_TEST

/* Nobody else's entry goes, and nobody at his maximum is locked out by the others. */
START_TEST(in_a_full_table_an_owner_at_the_maximum_trades_the_oldest)
{
	fx.config.max_entries = 100;
	reopen(3);
	fixture_fill(0, 97);
	for (uint64_t i = 10000; i < 10003; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	ck_assert_int_eq(insert_of(OWNER + 1, 20000), -ENOSPC);
	ck_assert_int_eq(insert_of(OWNER, 10003), 0);
	ck_assert_int_eq(fixture_has(10000), false);
	ck_assert_uint_eq(n_of_range(10001, 10004), 3);
	ck_assert_uint_eq(n_of_range(0, 97), 97);
	fixture_check(100);
}
END_TEST

START_TEST(oldest_is_by_creation_not_by_insertion)
{
	static const uint64_t order[] = { 10050, 10010, 10040, 10020, 10030 };

	reopen(5);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(insert_of(OWNER, order[i]), 0);
	ck_assert_int_eq(insert_of(OWNER, 10060), 0);
	ck_assert(!fixture_has(10010));
	ck_assert_int_eq(insert_of(OWNER, 10070), 0);
	ck_assert(!fixture_has(10020));
	fixture_check(5);
}
END_TEST

START_TEST(expired_and_damaged_entries_do_not_count)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++) {
		struct table_entry e = fixture_entry(i, OWNER);

		e.lifetime_s = i < 10003 ? 60 : 0;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	clock_freeze(FIXTURE_NOW_MS + 100000, 0);
	for (uint64_t i = 10005; i < 10008; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	ck_assert_uint_eq(n_of_range(10003, 10008), 5);
	ck_assert_uint_eq(fixture_stats().n_evicted, 0);
}
END_TEST

START_TEST(replacing_does_not_count_as_one_more)
{
	struct table_entry e = fixture_entry(10002, OWNER);

	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	e.lifetime_s = 9;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert_uint_eq(n_of_range(10000, 10005), 5);
}
END_TEST

static unsigned n_unlocked_scans;

static void
count_scans(const char *name)
{
	n_unlocked_scans += strcmp(name, "reader active") == 0;
}

START_TEST(a_lowered_maximum_holds_from_the_next_login_on)
{
	for (uint64_t i = 10000; i < 10100; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	reopen(3);
	ck_assert_uint_eq(n_of_range(10000, 10100), 100);
	n_unlocked_scans = 0;
	table_step_hook = count_scans;
	ck_assert_int_eq(insert_of(OWNER, 10100), 0);
	table_step_hook = NULL;
	/* Sixteen go after each scan, and nobody waits for any of the scans. */
	ck_assert_uint_ge(n_unlocked_scans, 98 / OWNER_VICTIMS);
	ck_assert_uint_eq(n_of_range(10000, 10101), 3);
	ck_assert_uint_eq(n_of_range(10098, 10101), 3);
	fixture_check(3);
}
END_TEST

START_TEST(the_maximum_holds_while_the_table_grows)
{
	reopen(5);
	for (uint64_t i = 0; i < 3000; i++) {
		fixture_fill(i, i + 1);
		ck_assert_int_eq(insert_of(OWNER, 10000 + i), 0);
	}
	ck_assert_uint_eq(n_of_range(10000, 13000), 5);
	ck_assert_uint_eq(n_of_range(12995, 13000), 5);
	fixture_check(3005);
}
END_TEST

/* Another process adds an entry of the same owner in the middle of the scan. */
static uint64_t next_rival;
static unsigned n_rivals;

static void
rival(void)
{
	n_rivals++;
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	{
		struct tbl_view view = fixture_view();
		struct table_entry e = fixture_entry(next_rival++, OWNER);
		struct tbl_entry_words w;
		int64_t now_ms = clock_boot_ms();
		struct tbl_owner limit;

		tbl_entry_pack(&e, fx.table->salt, now_ms, &w);
		tbl_owner_begin(&limit, fx.table, w.owner, 0);
		tbl_change_apply(fx.table, &view, tbl_place_pack(view.areas[0].region, 2, 7),
		    &w, PLACE_NOWHERE);
		tbl_change_apply(fx.table, &view, PLACE_NOWHERE, NULL,
		    tbl_place_pack(view.areas[0].region, 2, 7));
	}
	tbl_change_unlock(fx.table);
}

static void
rival_step(const char *name)
{
	if (strcmp(name, "reader active") != 0)
		return;
	table_step_hook = NULL;
	rival();
	table_step_hook = rival_step;
}

START_TEST(a_disturbed_scan_is_repeated_and_at_last_locked)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	next_rival = 20000;
	n_rivals = 0;
	table_step_hook = rival_step;
	ck_assert_int_eq(insert_of(OWNER, 10005), 0);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_rivals, OWNER_SCANS);
	ck_assert_uint_eq(n_of_range(10000, 10006), 5);
	fixture_check(5);
}
END_TEST

/* The table grows from one pass of the scan to the next. */
static uint64_t n_grown;

static void
grow_step(const char *name)
{
	if (strcmp(name, "reader active") != 0 || n_grown >= 6000)
		return;
	table_step_hook = NULL;
	fixture_fill(100000 + n_grown, 100000 + n_grown + 1500);
	n_grown += 1500;
	table_step_hook = grow_step;
}

/* ------------------------------------------------------------------- failures */

static int error_of_insert;

static void
damage(void)
{
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
}

static void
damage_step(const char *name)
{
	if (strcmp(name, "reader active") == 0) {
		table_step_hook = NULL;
		damage();
	}
}

START_TEST(a_failing_scan_is_an_error)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	table_step_hook = damage_step;
	error_of_insert = insert_of(OWNER, 10005);
	ck_assert_int_eq(error_of_insert, -EBADMSG);
	damage(); /* undone */
	fixture_check(5);
}
END_TEST

START_TEST(a_damaged_entry_does_not_count)
{
	struct tbl_view view;

	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	view = fixture_view();
	/* In a slot that the insert will not come across while sweeping. */
	for (uint64_t i = 0; i < 8; i++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++)
			if (WORD_LOAD(&view.areas[0].buckets[i].slots[s].tag[0]) != 0) {
				atomic_fetch_xor(
				    &view.areas[0].buckets[i].slots[s].lifetime_s, 1);
				WORD_STORE(&fx.table->control->clock_hand, (i + 1) % 8, "");
				i = 8;
				break;
			}
	ck_assert_int_eq(insert_of(OWNER, 10005), 0);
	ck_assert_uint_eq(fixture_stats().n_evicted, 0);
}
END_TEST

START_TEST(owners_that_look_alike_are_told_apart)
{
	struct table_entry e = fixture_entry(10000, OWNER);
	uint64_t words[2];

	reopen(1);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	/* The same first half, and the same second half. */
	for (unsigned i = 0; i < 2; i++) {
		e = fixture_entry(10001 + i, OWNER);
		memcpy(words, e.owner.bytes, sizeof(words));
		words[1 - i]++;
		memcpy(e.owner.bytes, words, sizeof(words));
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	ck_assert_int_eq(insert_of(OWNER, 10003), 0);
	ck_assert(!fixture_has(10000) && fixture_has(10003));
	ck_assert_uint_eq(n_of_range(10001, 10003), 2);
	ck_assert_uint_eq(fixture_stats().n_evicted, 1);
}
END_TEST

START_TEST(the_table_grows_during_the_scan_for_the_oldest)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	n_grown = 0;
	table_step_hook = grow_step;
	ck_assert_int_eq(insert_of(OWNER, 10005), 0);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_of_range(10000, 10006), 5);
	ck_assert(!fixture_has(10000));
	fixture_check(n_grown + 5);
}
END_TEST

/* Every pass without the lock is disturbed; the one with it meets damage. */
static unsigned n_passes;

static void
locked_pass_step(const char *name)
{
	if (n_passes > 0 && strcmp(name, "reader leave") == 0) {
		n_passes--;
		table_step_hook = NULL;
		rival();
		table_step_hook = locked_pass_step;
	} else if (n_passes == 0 && strcmp(name, "read meta again") == 0) {
		table_step_hook = NULL;
		damage();
	}
}

START_TEST(damage_during_the_locked_pass_is_an_error)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	next_rival = 20000;
	n_passes = OWNER_SCANS;
	table_step_hook = locked_pass_step;
	ck_assert_int_eq(insert_of(OWNER, 10005), -EBADMSG);
	damage();
	ck_assert_uint_eq(fixture_violations(), 0);
}
END_TEST

/* In the middle of a step of a scan the table begins to grow, has grown, or is damaged. */
static int what_happens;

static void
happen(void)
{
	if (what_happens == 0) {
		for (uint64_t i = 100000; !fixture_is_growing(); i++)
			fixture_fill(i, i + 1);
	} else if (what_happens == 1) {
		fixture_fill(100000, 101000);
	} else {
		damage();
	}
}

static unsigned n_visited;

static bool
visit(void *arg, const struct table_entry *entry)
{
	(void)arg;
	(void)entry;
	n_visited++;
	return true;
}

START_TEST(the_areas_change_in_the_middle_of_a_scan)
{
	fixture_fill(0, FIXTURE_TO_GROW);
	what_happens = _i;
	fixture_call_at("read meta again", 5, happen);
	n_visited = 0;
	ck_assert_int_eq(table_each(fx.table, visit, NULL), _i == 2 ? -EBADMSG : 0);
	if (_i == 2)
		damage();
	else
		ck_assert_uint_ge(n_visited, FIXTURE_TO_GROW);
	ck_assert_uint_eq(fixture_violations(), 0);
}
END_TEST

START_TEST(the_areas_change_in_the_middle_of_the_scan_for_the_oldest)
{
	reopen(5);
	for (uint64_t i = 10000; i < 10005; i++)
		ck_assert_int_eq(insert_of(OWNER, i), 0);
	what_happens = 1;
	fixture_call_at("read meta again", 2, happen);
	ck_assert_int_eq(insert_of(OWNER, 10005), 0);
	ck_assert_uint_eq(n_of_range(10000, 10006), 5);
	ck_assert(!fixture_has(10000));
	fixture_check(1005);
}
END_TEST

Suite *
check_owner_suite(void)
{
	Suite *s = suite_create("table/owner");
	TCase *tc = fixture_one_thread("maximum");

	tcase_add_test(tc, the_oldest_of_that_owner_goes_out);
	tcase_add_test(tc, stored_entries_are_named_before_they_go);
	tcase_add_test(tc, an_insert_may_have_a_maximum_of_its_own);
	tcase_add_test(tc, victims_of_another_owner_stay);
	tcase_add_test(tc, a_lowered_maximum_names_them_in_turns);
	tcase_add_test(tc, without_regard_to_the_maximum);
	tcase_add_test(tc, in_a_full_table_an_owner_at_the_maximum_trades_the_oldest);
	tcase_add_test(tc, oldest_is_by_creation_not_by_insertion);
	tcase_add_test(tc, expired_and_damaged_entries_do_not_count);
	tcase_add_test(tc, replacing_does_not_count_as_one_more);
	tcase_add_test(tc, a_lowered_maximum_holds_from_the_next_login_on);
	tcase_add_test(tc, the_maximum_holds_while_the_table_grows);
	tcase_add_test(tc, a_disturbed_scan_is_repeated_and_at_last_locked);
	tcase_add_test(tc, a_damaged_entry_does_not_count);
	tcase_add_test(tc, the_table_grows_during_the_scan_for_the_oldest);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("scan");
	tcase_add_test(tc, a_failing_scan_is_an_error);
	tcase_add_test(tc, owners_that_look_alike_are_told_apart);
	tcase_add_test(tc, damage_during_the_locked_pass_is_an_error);
	tcase_add_loop_test(tc, the_areas_change_in_the_middle_of_a_scan, 0, 3);
	tcase_add_test(tc, the_areas_change_in_the_middle_of_the_scan_for_the_oldest);
	suite_add_tcase(s, tc);
	return s;
}
