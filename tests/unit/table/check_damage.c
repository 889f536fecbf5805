/* check_damage.c - what comes of single words that have been hit by chance: check_corrupt.c hits
 * many at random, here are those that would do most */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/growth.h"
#include "table/locate.h"
#include "table/epoch.h"
#include "table/sealed.h"

Suite *check_damage_suite(void);

static void
lose_fingerprint(uint64_t i)
{
	struct fixture_place at = fixture_place(i);

	atomic_fetch_and(
	    &at.bucket->slots[at.wanted].fingerprints, ~(UINT64_C(0xff) << 8 * at.number));
}

/* For the sweeper to come by everywhere. */
static void
tick_for(unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		clock_freeze(clock_boot_ms() + 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
}

/* -------------------------------------------------------------------- fingerprints */

START_TEST(what_has_lost_its_fingerprint_can_be_removed)
{
	fixture_fill(0, 100);
	for (uint64_t i = 0; i < 100; i++) {
		struct table_entry e = fixture_entry(i, i);

		lose_fingerprint(i);
		ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
		ck_assert(!fixture_has(i));
	}
	fixture_check(0);
}
END_TEST

START_TEST(what_has_lost_its_fingerprint_is_replaced_and_not_doubled)
{
	fixture_fill(0, 100);
	for (uint64_t i = 0; i < 100; i++) {
		struct table_entry e = fixture_entry(i, i);

		lose_fingerprint(i);
		if (i % 3 == 0) { /* its equal: nothing is written but the fingerprint */
			ck_assert_int_eq(table_insert(fx.table, &e), 0);
			ck_assert(fixture_has(i));
			continue;
		}
		e.lifetime_s = 60;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &e), 0);
		ck_assert_uint_eq(e.lifetime_s, 60);
	}
	fixture_check(100);
}
END_TEST

START_TEST(fingerprints_are_repaired)
{
	fixture_fill(0, 100);
	for (uint64_t i = 0; i < 100; i++)
		lose_fingerprint(i);
	/* And some that nobody has. */
	atomic_fetch_or(&fixture_view().areas[0].buckets[0].slots[0].fingerprints, UINT64_MAX);
	ck_assert_uint_gt(fixture_violations(), 0);
	tick_for(61);
	fixture_check(100);
	for (uint64_t i = 0; i < 100; i++)
		ck_assert(fixture_has(i));
	ck_assert_uint_gt(fixture_stats().n_damaged, 0);
}
END_TEST

/* -------------------------------------------------------------- words of the growth */

static uint64_t
fill_until_growing(unsigned cursor)
{
	uint64_t n = 0;

	while (n < 1000 || fixture_view().d.cursor < cursor) {
		fixture_fill(n, n + 1);
		n++;
	}
	return n;
}

static void
grow_on(uint64_t n)
{
	uint64_t until = n;

	do {
		fixture_fill(until, until + 1);
		until++;
	} while (fixture_is_growing());
	for (uint64_t i = 0; i < until; i++)
		ck_assert_msg(fixture_has(i), "entry %llu of %llu is lost",
		    (unsigned long long)i, (unsigned long long)until);
	fixture_check(until);
}

/* Some values, among them the least and the greatest; no bit of their words may be hit unseen. */
START_TEST(every_bit_of_a_sealed_word_is_missed)
{
	uint64_t value = 0, read;

	for (unsigned n = 0; n < 1000; n++) {
		uint64_t word = tbl_sealed_pack(value);

		ck_assert(tbl_sealed_unpack(word, &read));
		ck_assert_uint_eq(read, value);
		for (unsigned bit = 0; bit < 64; bit++)
			ck_assert(!tbl_sealed_unpack(word ^ UINT64_C(1) << bit, &read));
		value =
		    n == 0 ? (UINT64_C(1) << 48) - 1 : (value * 0x5851f42d4c957f2d + n) >> 16;
	}
	ck_assert(!tbl_sealed_unpack(0, &read));
}
END_TEST

static const unsigned bits[] = { 0, 15, 16, 17, 19, 22, 24, 40, 55, 56, 57, 63 };

START_TEST(how_far_growth_has_come_is_checked)
{
	_Atomic uint64_t *moved = &fx.table->control->moved;
	uint64_t n = fill_until_growing(5);

	/* Any part of it: value, region, seal. */
	atomic_fetch_xor(moved, UINT64_C(1) << bits[_i]);
	grow_on(n);
	/* Before the next growth begins. */
	atomic_fetch_xor(moved, UINT64_C(1) << bits[_i]);
	for (n = fixture_stats().n_entries; !fixture_is_growing(); n++)
		fixture_fill(n, n + 1);
	grow_on(n);
}
END_TEST

START_TEST(no_bucket_is_moved_whose_storage_is_gone_or_not_there_yet)
{
	struct tbl_view view;
	uint64_t n = fill_until_growing(5), region, values[4];

	view = fixture_view();
	region = (uint64_t)view.d.region << 40;
	ck_assert_uint_gt(view.areas[0].first, 0);
	values[0] = 0;
	values[1] = tbl_sealed_pack(region | (view.areas[0].first - 1));
	values[2] = tbl_sealed_pack(region | (view.n_begun + 1));
	values[3] = tbl_sealed_pack(((uint64_t)view.d.region + 1) << 40 | view.n_begun);
	for (unsigned i = 0; i < 4; i++) {
		atomic_store(&fx.table->control->moved, values[i]);
		ck_assert_uint_eq(tbl_growth_moved(fx.table, &view), view.areas[0].first);
	}
	atomic_store(&fx.table->control->moved, tbl_sealed_pack(region | view.n_begun));
	ck_assert_uint_eq(tbl_growth_moved(fx.table, &view), view.n_begun);
	atomic_store(&fx.table->control->moved, 0);
	grow_on(n);
}
END_TEST

START_TEST(storage_that_is_not_known_to_be_there_is_taken_again)
{
	uint64_t n = fill_until_growing(5);

	atomic_fetch_xor(&fx.table->control->prepared_bytes, UINT64_C(1) << (16 + 30));
	grow_on(n);
	atomic_store(&fx.table->control->prepared_bytes, 0);
	grow_on(fixture_stats().n_entries);
}
END_TEST

/* ------------------------------------------------------------------------ counts */

START_TEST(a_damaged_entry_takes_nothing_from_anothers_count)
{
	struct table_owner owner = fixture_owner(7);
	struct fixture_place at;
	uint64_t words[2];

	fixture_fill(0, 20);
	/* Entry 3 seems to be owner 7's. */
	memcpy(words, owner.bytes, sizeof(words));
	at = fixture_place(3);
	atomic_store(&at.slot->owner[0], words[0]);
	atomic_store(&at.slot->owner[1], words[1]);
	tick_for(61);
	ck_assert_uint_eq(table_count(fx.table), 19);
	ck_assert_uint_ge(tbl_change_owned_entries(tbl_change_owned(&fixture_view().areas[0],
			      tbl_entry_owner_hash(words, fx.table->salt))),
	    1);
	/* Its owner keeps a count too many, which is no violation. */
	fixture_check(19);
}
END_TEST

START_TEST(a_count_too_high_makes_the_table_no_larger_than_it_may_be)
{
	fixture_fill(0, 20);
	fixture_close();
	fx.config.max_entries = 1000;
	fixture_open();
	atomic_fetch_xor(&fx.table->control->n_entries, UINT64_C(1) << 40);
	tick_for(100);
	/* A third more than the region that holds the maximum. */
	ck_assert_uint_lt(fixture_stats().n_slots, 1000 * 2);
	for (uint64_t i = 0; i < 20; i++)
		ck_assert(fixture_has(i));
}
END_TEST

/* ----------------------------------------------------------------------- entries */

START_TEST(a_damaged_entry_is_replaced_by_its_equal)
{
	struct table_entry e = fixture_entry(3, 3);
	struct fixture_place at;

	fixture_fill(0, 20);
	at = fixture_place(3);
	atomic_fetch_xor(&at.slot->check, 1);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &e), -EBADMSG);
	e = fixture_entry(3, 3);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert(fixture_has(3));
	tick_for(61);
	ck_assert(fixture_has(3));
	fixture_check(20);
	/* Removing one is noted too, so that its owner's count may be too high. */
	at = fixture_place(4);
	atomic_fetch_xor(&at.slot->check, 1);
	e = fixture_entry(4, 4);
	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
	ck_assert_uint_eq(fixture_stats().n_damaged, 2);
	fixture_check(19);
}
END_TEST

START_TEST(a_slot_of_zeros_is_no_entry)
{
	struct tbl_bucket *b = &fixture_view().areas[0].buckets[2];

	atomic_store(&b->slots[5].meta, SLOT_LIVE);
	tick_for(61);
	ck_assert_int_eq(tbl_bucket_state(b, 5), SLOT_EMPTY);
	ck_assert_uint_eq(fixture_violations(), 0);
}
END_TEST

/* A bucket where nobody looks for this tag. */
static struct tbl_bucket *
wrong_bucket(const struct tbl_view *view, const uint64_t tag[2])
{
	struct tbl_spot spots[LOCATE_SPOTS_MAX];
	uint64_t i = 0;

	ck_assert_uint_eq(tbl_locate_spots(view, tag, spots), 2);
	while (i == spots[0].bucket || i == spots[1].bucket ||
	       tbl_bucket_free_slot(&view->areas[0].buckets[i], 0) < 0)
		i++;
	return &view->areas[0].buckets[i];
}

/* More than one scan remembers, and none of them can be removed: the insert must end. */
START_TEST(entries_out_of_place_do_not_keep_an_insert_for_ever)
{
	struct tbl_view view;
	struct table_entry e;

	fixture_close();
	fx.config.max_per_owner = 2;
	fixture_open();
	view = fixture_view();
	for (uint64_t i = 0; i < 30; i++) {
		struct tbl_entry_words w;
		struct tbl_bucket *b;

		e = fixture_entry(i, 1);
		tbl_entry_pack(&e, fx.table->salt, FIXTURE_NOW_MS, &w);
		b = wrong_bucket(&view, w.tag);
		tbl_bucket_write(b, (unsigned)tbl_bucket_free_slot(b, 0), &w);
		atomic_store(
		    &view.areas[0]
			 .owned[tbl_entry_scale(tbl_entry_owner_hash(w.owner, fx.table->salt),
			     view.areas[0].n_buckets)],
		    i + 1);
	}
	e = fixture_entry(1000, 1);
	ck_assert_int_eq(table_insert(fx.table, &e), -EBADMSG);
	e = fixture_entry(1001, 2);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
}
END_TEST

/* ----------------------------------------------------------------------- readers */

START_TEST(how_many_lines_there_are_is_checked)
{
	struct table_entry e = fixture_entry(100, 100);

	fixture_fill(0, 20);
	ck_assert(fixture_has(1));
	ck_assert(tbl_epoch_all_passed(fx.table, fixture_view().d.generation + 1));
	atomic_store(&fx.table->control->n_reader_pages, _i == 0 ? 0 : 64);
	/* A thread that has a line keeps it; nothing is given back. */
	ck_assert(fixture_has(1));
	ck_assert(!tbl_epoch_all_passed(fx.table, fixture_view().d.generation + 1));
	ck_assert_uint_gt(fixture_violations(), 0);
	/* A thread without one takes the lock on a full disk, else repairs it. */
	tbl_epoch_self.id = UINT64_MAX;
	fault_arm("fallocate", 1, 1, ENOSPC);
	ck_assert(fixture_has(1));
	ck_assert_int_eq(table_find(fx.table, &e.tag, &e), TABLE_E_ABSENT);
	ck_assert_uint_gt(fixture_violations(), 0);
	fixture_close();
	fixture_open();
	ck_assert(fixture_has(1));
	ck_assert_uint_eq(fixture_reader_pages(), 64);
	fixture_check(20);
	fixture_close();
	fixture_open();
	ck_assert(fixture_has(1));
}
END_TEST

Suite *
check_damage_suite(void)
{
	Suite *s = suite_create("table/damage");
	TCase *tc = fixture_one_thread("damage");

	tcase_add_test(tc, what_has_lost_its_fingerprint_can_be_removed);
	tcase_add_test(tc, what_has_lost_its_fingerprint_is_replaced_and_not_doubled);
	tcase_add_test(tc, fingerprints_are_repaired);
	tcase_add_test(tc, every_bit_of_a_sealed_word_is_missed);
	tcase_add_loop_test(tc, how_far_growth_has_come_is_checked, 0, 12);
	tcase_add_test(tc, no_bucket_is_moved_whose_storage_is_gone_or_not_there_yet);
	tcase_add_test(tc, storage_that_is_not_known_to_be_there_is_taken_again);
	tcase_add_test(tc, a_damaged_entry_takes_nothing_from_anothers_count);
	tcase_add_test(tc, a_count_too_high_makes_the_table_no_larger_than_it_may_be);
	tcase_add_test(tc, a_damaged_entry_is_replaced_by_its_equal);
	tcase_add_test(tc, a_slot_of_zeros_is_no_entry);
	tcase_add_test(tc, entries_out_of_place_do_not_keep_an_insert_for_ever);
	tcase_add_loop_test(tc, how_many_lines_there_are_is_checked, 0, 2);
	suite_add_tcase(s, tc);
	return s;
}
