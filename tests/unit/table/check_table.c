/* check_table.c - tests of src/table/table.c: the operations */
#include "unit/table/fixture.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/placement.h"

Suite *check_table_suite(void);

static int
insert(uint64_t i, uint64_t owner, uint32_t lifetime_s)
{
	struct table_entry e = fixture_entry(i, owner);

	e.lifetime_s = lifetime_s;
	return table_insert(fx.table, &e);
}

static int
remove_one(uint64_t i)
{
	struct table_entry e = fixture_entry(i, i);

	return table_remove(fx.table, &e.tag);
}

/* ------------------------------------------------------------------------- basics */

START_TEST(finds_what_was_inserted_whole)
{
	struct table_entry in = fixture_entry(1, 2), out;

	in.lifetime_s = 77;
	in.idle_s = 7777;
	in.is_remembered = true;
	ck_assert_int_eq(table_insert(fx.table, &in), 0);
	for (unsigned i = 0; i < 2; i++) { /* the second time in the quick way */
		ck_assert_int_eq(table_find(fx.table, &in.tag, &out), 0);
		ck_assert_mem_eq(&out.tag, &in.tag, sizeof(in.tag));
		ck_assert_mem_eq(&out.owner, &in.owner, sizeof(in.owner));
		ck_assert_int_eq(out.created_ms, in.created_ms);
		ck_assert_uint_eq(out.lifetime_s, 77);
		ck_assert_uint_eq(out.idle_s, 7777);
		ck_assert(out.is_remembered);
		ck_assert_int_eq(out.kind, in.kind);
		ck_assert_int_eq(out.last_seen_ms, FIXTURE_NOW_MS);
	}
	fixture_check(1);
}
END_TEST

START_TEST(does_not_find_what_was_not)
{
	struct table_entry near = fixture_entry(1, 1), out;

	ck_assert(!fixture_has(1));
	fixture_fill(0, 30);
	ck_assert(!fixture_has(30));
	/* Every other tag of the same fingerprint and buckets. */
	near.tag.bytes[15] ^= 1;
	ck_assert_int_eq(table_find(fx.table, &near.tag, &out), TABLE_E_ABSENT);
	ck_assert_int_eq(table_touch(fx.table, &near.tag), TABLE_E_ABSENT);
	near.tag.bytes[15] ^= 1;
	near.tag.bytes[3] ^= 1;
	ck_assert_int_eq(table_find(fx.table, &near.tag, &out), TABLE_E_ABSENT);
}
END_TEST

START_TEST(removes_once)
{
	fixture_fill(0, 20);
	ck_assert_int_eq(remove_one(7), 0);
	ck_assert(!fixture_has(7));
	ck_assert_int_eq(remove_one(7), TABLE_E_ABSENT);
	fixture_check(19);
	for (uint64_t i = 0; i < 20; i++)
		ck_assert_int_eq(fixture_has(i), i != 7);
	ck_assert_uint_eq(fixture_stats().n_removes, 1);
}
END_TEST

START_TEST(wipes_what_it_removes)
{
	fixture_fill(3, 4);
	ck_assert_int_eq(remove_one(3), 0);
	for (uint64_t i = 0; i < 8; i++)
		for (unsigned k = 0; k < BUCKET_SLOTS; k++) {
			static const struct tbl_slot nothing;
			struct tbl_view view = fixture_view();

			ck_assert_mem_eq(&view.areas[0].buckets[i].slots[k], &nothing,
			    offsetof(struct tbl_slot, meta));
			ck_assert_uint_eq(view.areas[0].buckets[i].slots[k].fingerprints, 0);
		}
}
END_TEST

START_TEST(the_same_entry_again_changes_nothing)
{
	fixture_fill(0, 10);
	fixture_fill(0, 10);
	fixture_check(10);
	ck_assert_uint_eq(fixture_stats().n_inserts, 10);
}
END_TEST

static const struct {
	const char *name;
	uint64_t owner;
	int64_t later_ms;
	uint32_t lifetime_s;
} replace_cases[] = {
	{ "other_owner", 99, 0, 0 },
	{ "other_half_of_the_owner", UINT64_MAX, 0, 0 },
	{ "other_time", 1, 5, 0 },
	{ "other_lifetime", 1, 0, 60 },
};

START_TEST(a_tag_that_is_there_is_replaced)
{
	struct table_entry e = fixture_entry(1, 1), out;
	uint32_t generation = fixture_view().d.generation;

	fixture_fill(0, 10);
	e.owner = fixture_owner(replace_cases[_i].owner);
	if (replace_cases[_i].owner == UINT64_MAX) {
		e.owner = fixture_owner(1);
		e.owner.bytes[15] = 1;
	}
	e.created_ms += replace_cases[_i].later_ms;
	e.lifetime_s = replace_cases[_i].lifetime_s;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	ck_assert_mem_eq(&out.owner, &e.owner, sizeof(e.owner));
	ck_assert_int_eq(out.created_ms, e.created_ms);
	ck_assert_uint_eq(out.lifetime_s, e.lifetime_s);
	/* Readers that have missed both copies are told. */
	ck_assert_uint_eq(fixture_view().d.generation, generation + 1);
	fixture_check(10);
}
END_TEST

/* ------------------------------------------------------------------------- expiry */

START_TEST(an_expired_entry_is_absent_before_any_sweep)
{
	struct table_entry e = fixture_entry(0, 0), out;

	ck_assert_int_eq(insert(0, 0, 60), 0);
	clock_freeze(e.created_ms + 60000, 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	clock_freeze(e.created_ms + 60001, 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), TABLE_E_ABSENT);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), TABLE_E_ABSENT);
	ck_assert_uint_eq(table_count(fx.table), 1);
	ck_assert_int_eq(table_remove(fx.table, &e.tag), TABLE_E_ABSENT);
	fixture_check(0);
}
END_TEST

START_TEST(setting_the_wall_clock_changes_nothing)
{
	struct table_entry e = fixture_entry(0, 0), out;

	ck_assert_int_eq(insert(0, 0, 60), 0);
	clock_freeze(FIXTURE_NOW_MS, INT64_C(99999999999));
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	clock_freeze(FIXTURE_NOW_MS + 61000, -INT64_C(99999999999));
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), TABLE_E_ABSENT);
}
END_TEST

START_TEST(the_tick_sweeps_what_has_expired)
{
	for (uint64_t i = 0; i < 200; i++)
		ck_assert_int_eq(insert(i, i, i % 2 == 0 ? 60 : 0), 0);
	clock_freeze(FIXTURE_NOW_MS + 61000, 0);
	for (int64_t i = 0; i < 100; i++) {
		clock_freeze(FIXTURE_NOW_MS + 61000 + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	fixture_check(100);
	ck_assert_uint_eq(fixture_stats().n_expired, 100);
}
END_TEST

START_TEST(two_ticks_in_one_second_sweep_once)
{
	uint64_t clock_hand;

	fixture_fill(0, 2000);
	clock_freeze(FIXTURE_NOW_MS + 5000, 0);
	ck_assert_int_eq(table_tick(fx.table), 0);
	clock_hand = WORD_LOAD(&fx.table->control->clock_hand);
	ck_assert_int_eq(table_tick(fx.table), 0);
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->clock_hand), clock_hand);
	clock_freeze(FIXTURE_NOW_MS + 6000, 0);
	ck_assert_int_eq(table_tick(fx.table), 0);
	ck_assert_uint_ne(WORD_LOAD(&fx.table->control->clock_hand), clock_hand);
	/* A table of the future, after somebody moved the file: sweep all the same. */
	clock_hand = WORD_LOAD(&fx.table->control->clock_hand);
	clock_freeze(FIXTURE_NOW_MS - 5000, 0);
	ck_assert_int_eq(table_tick(fx.table), 0);
	ck_assert_uint_ne(WORD_LOAD(&fx.table->control->clock_hand), clock_hand);
}
END_TEST

START_TEST(an_expired_slot_is_as_good_as_free)
{
	unsigned n = 0;

	/* Two full buckets, then one more of the same. */
	for (; n < 2 * BUCKET_SLOTS; n++) {
		struct table_entry e = fixture_entry(n, n);

		e.tag = fixture_tag_for(2, 5, 8, n);
		e.lifetime_s = 60;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	clock_freeze(FIXTURE_NOW_MS + 70000, 0);
	WORD_STORE(&fx.table->control->clock_hand, 6, "");
	{
		struct table_entry e = fixture_entry(n, n), out;

		e.tag = fixture_tag_for(2, 5, 8, n);
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	}
	ck_assert_uint_eq(fixture_view().d.region, 0);
	fixture_check(1);
}
END_TEST

/* -------------------------------------------------------------------------- touch */

START_TEST(touch_moves_last_seen)
{
	struct table_entry e = fixture_entry(4, 4), out;

	ck_assert_int_eq(table_touch(fx.table, &e.tag), TABLE_E_ABSENT);
	fixture_fill(4, 5);
	clock_freeze(FIXTURE_NOW_MS + 3600000, 0);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	ck_assert_int_eq(out.last_seen_ms, FIXTURE_NOW_MS + 3600000);
	ck_assert_int_eq(out.created_ms, e.created_ms);
	/* After ten years without a reboot too. */
	clock_freeze(INT64_C(315360000000), 0);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	ck_assert_int_eq(out.last_seen_ms, INT64_C(315360000000));
	fixture_check(1);
}
END_TEST

/* -------------------------------------------------------------------------- clocks */

#define WALL_MS INT64_C(1508127784750)

/*
 * The two clocks are not read at one instant: one session was told as :34 and, a moment later,
 * as :35.
 */
START_TEST(the_offset_between_the_clocks_is_kept)
{
	const int64_t kept = WALL_MS - FIXTURE_NOW_MS;

	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	clock_freeze(FIXTURE_NOW_MS, WALL_MS);
	fixture_open();
	for (int64_t late_ms = -3; late_ms <= 3; late_ms++) {
		clock_freeze(FIXTURE_NOW_MS + 12345, WALL_MS + 12345 + late_ms);
		ck_assert_int_eq(table_wall_offset_ms(fx.table), kept);
		/* For others that use the same table too. */
		fixture_close();
		fixture_open();
		ck_assert_int_eq(table_wall_offset_ms(fx.table), kept);
	}
}
END_TEST

/* Somebody sets the clock: what is told is right again, to half a second. */
START_TEST(a_step_of_the_wall_clock_is_followed)
{
	static const struct {
		int64_t step_ms, followed_ms;
	} steps[] = { { 499, 0 }, { 500, 1000 }, { -499, 0 }, { -501, -1000 },
		{ 3600250, 3600000 }, { -3600250, -3600000 },
		{ INT64_C(-1508127784750), INT64_C(-1508127785000) } };
	int64_t kept;

	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	clock_freeze(FIXTURE_NOW_MS, WALL_MS);
	fixture_open();
	kept = table_wall_offset_ms(fx.table);
	clock_freeze(FIXTURE_NOW_MS, WALL_MS + steps[_i].step_ms);
	ck_assert_int_eq(table_wall_offset_ms(fx.table), kept + steps[_i].followed_ms);
}
END_TEST

/* --------------------------------------------------------------------------- full */

START_TEST(full_is_refused_and_nobody_is_pushed_out)
{
	fixture_close();
	fx.config.max_entries = 100;
	fixture_open();
	fixture_fill(0, 100);
	for (uint64_t i = 100; i < 150; i++)
		ck_assert_int_eq(insert(i, i, 0), -ENOSPC);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert(fixture_has(i));
	fixture_check(100);
	ck_assert_uint_eq(fixture_stats().n_full, 50);
	/* What is there can still be replaced, and room made. */
	ck_assert_int_eq(insert(5, 77, 0), 0);
	ck_assert_int_eq(remove_one(6), 0);
	ck_assert_int_eq(insert(100, 100, 0), 0);
	ck_assert_int_eq(insert(101, 101, 0), -ENOSPC);
	fixture_check(100);
}
END_TEST

START_TEST(expired_entries_do_not_fill_the_table)
{
	fixture_close();
	fx.config.max_entries = 100;
	fixture_open();
	for (uint64_t i = 0; i < 100; i++)
		ck_assert_int_eq(insert(i, i, i < 50 ? 60 : 0), 0);
	clock_freeze(FIXTURE_NOW_MS + 100000, 0);
	for (uint64_t i = 100; i < 150; i++)
		ck_assert_int_eq(insert(i, i, 0), 0);
	ck_assert_int_eq(insert(150, 150, 0), -ENOSPC);
	fixture_check(100);
}
END_TEST

/* --------------------------------------------------------------------------- each */

struct seen {
	unsigned times[3000];
	unsigned n, stop_at;
};

static bool
see(void *arg, const struct table_entry *entry)
{
	struct seen *seen = arg;
	uint64_t owner;

	memcpy(&owner, entry->owner.bytes, sizeof(owner));
	seen->times[owner]++;
	return ++seen->n != seen->stop_at;
}

START_TEST(visits_each_once_and_no_expired_one)
{
	static struct seen seen;

	for (uint64_t i = 0; i < 3000; i++)
		ck_assert_int_eq(insert(i, i, i % 3 == 0 ? 60 : 0), 0);
	clock_freeze(FIXTURE_NOW_MS + 100000, 0);
	ck_assert_int_eq(table_each(fx.table, see, &seen), 0);
	for (uint64_t i = 0; i < 3000; i++)
		ck_assert_uint_eq(seen.times[i], i % 3 == 0 ? 0 : 1);
}
END_TEST

START_TEST(stops_when_told)
{
	static struct seen seen = { .stop_at = 5 };

	fixture_fill(0, 100);
	ck_assert_int_eq(table_each(fx.table, see, &seen), 0);
	ck_assert_uint_eq(seen.n, 5);
}
END_TEST

/* ---------------------------------------------------------------- without and with lock */

START_TEST(look_ups_need_no_lock_and_changes_give_up)
{
	struct table_entry e = fixture_entry(1, 1);
	uint64_t n;

	fixture_fill(0, 50);
	fixture_hold_lock();
	fault_timeout_ms = 20;
	for (uint64_t i = 0; i < 60; i++)
		ck_assert_int_eq(fixture_has(i), i < 50);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	ck_assert_int_eq(insert(60, 60, 0), -ETIMEDOUT);
	ck_assert_int_eq(fault_told_ms, LOCK_WRITER_MS);
	ck_assert_int_eq(remove_one(3), -ETIMEDOUT);
	ck_assert_int_eq(table_check(fx.table, NULL, NULL, &n), -ETIMEDOUT);
	ck_assert_int_eq(fault_told_ms, LOCK_WRITER_MS);
	ck_assert_int_eq(table_tick(fx.table), -ETIMEDOUT);
	ck_assert_int_eq(fault_told_ms, LOCK_READER_MS);
	ck_assert_uint_eq(table_count(fx.table), 50);
	fault_disarm();
	fixture_let_go();
	fixture_check(50);
}
END_TEST

/* ------------------------------------------------------------------------- damage */

START_TEST(a_damaged_entry_lets_nobody_in_and_is_dropped)
{
	struct table_entry e = fixture_entry(1, 1), out;

	fixture_fill(0, 20);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	atomic_fetch_xor(&fixture_place(1).slot->owner[0], 1); /* somebody else's session */
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EBADMSG);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), -EBADMSG);
	{
		static struct seen seen;

		ck_assert_int_eq(table_each(fx.table, see, &seen), 0);
		ck_assert_uint_eq(seen.n, 19);
	}
	/* It is replaced as a whole entry would be, or swept. */
	ck_assert_int_eq(insert(1, 1, 0), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	atomic_fetch_xor(&fixture_place(2).slot->created, 1);
	for (int64_t i = 1; i < 70; i++) {
		clock_freeze(FIXTURE_NOW_MS + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert(!fixture_has(2));
	ck_assert_uint_eq(table_count(fx.table), 19);
	/* The first one may have been swept before it was replaced. */
	ck_assert_uint_ge(fixture_stats().n_damaged, 1);
}
END_TEST

START_TEST(a_busy_slot_holds_nothing_and_is_cleared)
{
	struct fixture_place at;

	fixture_fill(0, 20);
	at = fixture_place(1);
	ck_assert(fixture_has(1));
	atomic_fetch_xor(&at.slot->meta, SLOT_BUSY ^ SLOT_LIVE);
	ck_assert(!fixture_has(1));
	ck_assert_uint_gt(fixture_violations(), 0);
	for (int64_t i = 1; i < 70; i++) {
		clock_freeze(FIXTURE_NOW_MS + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert_uint_eq(fixture_stats().n_damaged, 1);
	ck_assert_uint_eq(tbl_bucket_state(at.bucket, at.number), SLOT_EMPTY);
}
END_TEST

START_TEST(a_damaged_descriptor_is_an_error_not_a_no)
{
	uint64_t good = WORD_LOAD(&fx.table->control->descriptor);
	struct table_entry e = fixture_entry(1, 1), out;
	struct table_stats stats;
	static struct seen seen;

	fixture_fill(0, 20);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	for (unsigned i = 0; i < 64; i++) {
		WORD_STORE(&fx.table->control->descriptor, good ^ UINT64_C(1) << i, "");
		ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EBADMSG);
	}
	ck_assert_int_eq(table_touch(fx.table, &e.tag), -EBADMSG);
	ck_assert_int_eq(table_insert(fx.table, &e), -EBADMSG);
	ck_assert_int_eq(table_remove(fx.table, &e.tag), -EBADMSG);
	ck_assert_int_eq(table_each(fx.table, see, &seen), -EBADMSG);
	ck_assert_int_eq(table_tick(fx.table), -EBADMSG);
	ck_assert_int_eq(table_stats(fx.table, &stats), -EBADMSG);
	ck_assert_uint_eq(fixture_violations(), 1);
	WORD_STORE(&fx.table->control->descriptor, good, "");
	fixture_check(20);
}
END_TEST

/* -------------------------------------------------------------------------- tick */

START_TEST(the_tick_notices_that_the_file_is_gone)
{
	ck_assert_int_eq(table_tick(fx.table), 0);
	ck_assert_int_eq(unlink(fx.file), 0);
	ck_assert_int_eq(table_tick(fx.table), -ESTALE);
	fault_arm("fstat", 1, 1, EIO);
	ck_assert_int_eq(table_tick(fx.table), 0);
}
END_TEST

START_TEST(stats_say_when_the_file_cannot_be_seen)
{
	struct table_stats stats;

	fault_arm("fstat", 1, 1, EIO);
	ck_assert_int_eq(table_stats(fx.table, &stats), -EIO);
}
END_TEST

Suite *
check_table_suite(void)
{
	Suite *s = suite_create("table/table");
	TCase *tc = fixture_case("core");

	tcase_add_test(tc, finds_what_was_inserted_whole);
	tcase_add_test(tc, does_not_find_what_was_not);
	tcase_add_test(tc, removes_once);
	tcase_add_test(tc, wipes_what_it_removes);
	tcase_add_test(tc, the_same_entry_again_changes_nothing);
	tcase_add_loop_test(tc, a_tag_that_is_there_is_replaced, 0,
	    sizeof(replace_cases) / sizeof(replace_cases[0]));
	tcase_add_test(tc, touch_moves_last_seen);
	tcase_add_test(tc, the_offset_between_the_clocks_is_kept);
	tcase_add_loop_test(tc, a_step_of_the_wall_clock_is_followed, 0, 7);
	tcase_add_test(tc, visits_each_once_and_no_expired_one);
	tcase_add_test(tc, stops_when_told);
	tcase_add_test(tc, the_tick_notices_that_the_file_is_gone);
	tcase_add_test(tc, stats_say_when_the_file_cannot_be_seen);
	suite_add_tcase(s, tc);

	tc = fixture_case("expiry");
	tcase_add_test(tc, an_expired_entry_is_absent_before_any_sweep);
	tcase_add_test(tc, setting_the_wall_clock_changes_nothing);
	tcase_add_test(tc, the_tick_sweeps_what_has_expired);
	tcase_add_test(tc, two_ticks_in_one_second_sweep_once);
	tcase_add_test(tc, an_expired_slot_is_as_good_as_free);
	suite_add_tcase(s, tc);

	tc = fixture_case("limits");
	tcase_add_test(tc, full_is_refused_and_nobody_is_pushed_out);
	tcase_add_test(tc, expired_entries_do_not_fill_the_table);
	suite_add_tcase(s, tc);

	tc = fixture_case("concurrent");
	tcase_add_test(tc, look_ups_need_no_lock_and_changes_give_up);
	suite_add_tcase(s, tc);

	tc = fixture_case("hostile");
	tcase_add_test(tc, a_damaged_entry_lets_nobody_in_and_is_dropped);
	tcase_add_test(tc, a_busy_slot_holds_nothing_and_is_cleared);
	tcase_add_test(tc, a_damaged_descriptor_is_an_error_not_a_no);
	suite_add_tcase(s, tc);
	return s;
}
