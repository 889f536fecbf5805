/* check_placement.c - tests of src/table/placement.c: where a new entry goes, and what need not be kept */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/placement.h"

Suite *check_placement_suite(void);

#define LATER_MS (FIXTURE_NOW_MS + 70000)

/* n entries that want buckets 2 and 5 of the eight there are. */
static struct table_entry
crowd_entry(unsigned n, uint32_t lifetime_s)
{
	struct table_entry e = fixture_entry(n, n);

	e.tag = fixture_tag_for(2, 5, 8, n);
	e.lifetime_s = lifetime_s;
	return e;
}

static void
crowd(unsigned n, uint32_t lifetime_s)
{
	for (unsigned i = 0; i < n; i++) {
		struct table_entry e = crowd_entry(i, lifetime_s);

		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	ck_assert_uint_eq(fixture_view().d.region, 0);
}

static uint64_t
find_room(int64_t now_ms)
{
	struct tbl_view view = fixture_view();
	struct table_entry e = crowd_entry(100, 0);
	uint64_t tag[2], at;

	tbl_entry_pack_tag(&e.tag, tag);
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	at = tbl_placement_find(fx.table, &view, tag, now_ms);
	tbl_change_unlock(fx.table);
	return at;
}

static unsigned
n_in(uint64_t bucket)
{
	return fixture_n_live(&fixture_view().areas[0].buckets[bucket]);
}

static void
sweep(uint64_t n_buckets, int64_t now_ms)
{
	struct tbl_view view = fixture_view();

	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	tbl_placement_sweep(fx.table, &view, n_buckets, now_ms);
	tbl_change_unlock(fx.table);
}

/* ------------------------------------------------------------------------------ place */

START_TEST(the_first_bucket_while_there_is_room_then_the_second)
{
	for (unsigned i = 0; i < 2 * BUCKET_SLOTS; i++) {
		struct table_entry e = crowd_entry(i, 0);

		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		ck_assert_uint_eq(n_in(2), i < BUCKET_SLOTS ? i + 1 : BUCKET_SLOTS);
		ck_assert_uint_eq(n_in(5), i < BUCKET_SLOTS ? 0 : i + 1 - BUCKET_SLOTS);
	}
	/* None of them has another place: no room can be made. */
	ck_assert_uint_eq(find_room(FIXTURE_NOW_MS), PLACE_NOWHERE);
	fixture_check(2 * BUCKET_SLOTS);
}
END_TEST

/* A full bucket 2 and a full bucket 5, in which one entry, in bucket `of`, may go to `other`. */
static struct table_entry
crowd_but_one(uint64_t of, uint64_t other)
{
	struct table_entry one = fixture_entry(70, 70);

	one.tag = fixture_tag_for(of, other, 8, 70);
	ck_assert_int_eq(table_insert(fx.table, &one), 0);
	crowd(2 * BUCKET_SLOTS - 1, 0);
	ck_assert_uint_eq(n_in(2), BUCKET_SLOTS);
	ck_assert_uint_eq(n_in(5), BUCKET_SLOTS);
	return one;
}

static const struct {
	uint64_t of, other;
	uint64_t want_n_displaced;
} room_cases[] = { { 2, 7, 0 }, { 2, 1, 1 }, { 5, 6, 0 }, { 5, 0, 1 } };

/* What a walk finds that begins just before walks are told. */
static uint64_t displaced_to;
static unsigned n_there_before;

static void
begin_a_walk(void)
{
	n_there_before = n_in(displaced_to);
}

START_TEST(an_entry_with_another_place_makes_room)
{
	struct table_entry one = crowd_but_one(room_cases[_i].of, room_cases[_i].other), out;
	uint32_t generation = fixture_view().d.generation;
	struct table_entry e = crowd_entry(100, 0);
	uint64_t at;

	displaced_to = room_cases[_i].other;
	n_there_before = 0;
	fixture_call_at("n_displaced", 1, begin_a_walk);
	at = find_room(FIXTURE_NOW_MS);
	/* One that begins later is not told, and must find the copy. */
	ck_assert_uint_eq(n_there_before, room_cases[_i].want_n_displaced);

	ck_assert_uint_eq(tbl_place_bucket(at), room_cases[_i].of);
	ck_assert_uint_eq(n_in(room_cases[_i].other), 1);
	/* A look-up or a walk that is under way is told. */
	ck_assert_uint_eq(fixture_view().d.generation, generation + 1);
	ck_assert_uint_eq(
	    WORD_LOAD(&fx.table->control->n_displaced), room_cases[_i].want_n_displaced);
	ck_assert_int_eq(table_find(fx.table, &one.tag, &out), 0);
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	fixture_check(2 * BUCKET_SLOTS + 1);
	ck_assert_int_eq(fixture_view().d.region, 0);
	ck_assert(!fixture_is_growing());
}
END_TEST

START_TEST(forward_is_better_than_back)
{
	struct table_entry back = fixture_entry(71, 71), on = fixture_entry(72, 72);

	back.tag = fixture_tag_for(2, 0, 8, 71);
	on.tag = fixture_tag_for(2, 7, 8, 72);
	ck_assert_int_eq(table_insert(fx.table, &back), 0);
	crowd(2 * BUCKET_SLOTS - 2, 0);
	/* Into the second place of its first bucket, when that is full otherwise. */
	ck_assert_uint_eq(n_in(2), BUCKET_SLOTS);
	{
		struct table_entry one = crowd_entry(0, 0);

		ck_assert_int_eq(table_remove(fx.table, &one.tag), 0);
		ck_assert_int_eq(table_insert(fx.table, &on), 0);
		one = crowd_entry(101, 0);
		ck_assert_int_eq(table_insert(fx.table, &one), 0);
	}
	ck_assert_uint_eq(n_in(2) + n_in(5), 2 * BUCKET_SLOTS);
	(void)find_room(FIXTURE_NOW_MS);
	ck_assert_uint_eq(n_in(7), 1);
	ck_assert_uint_eq(n_in(0), 0);
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->n_displaced), 0);
}
END_TEST

START_TEST(the_slot_that_the_tag_wishes_for_if_it_is_free)
{
	struct table_entry e = crowd_entry(100, 0);
	uint64_t tag[2], at = find_room(FIXTURE_NOW_MS);

	tbl_entry_pack_tag(&e.tag, tag);
	ck_assert_uint_eq(at, tbl_place_pack(0, 2, tbl_entry_wanted_slot(tag)));
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	at = find_room(FIXTURE_NOW_MS);
	ck_assert_uint_eq(tbl_place_bucket(at), 2);
	ck_assert_uint_ne(tbl_place_slot(at), tbl_entry_wanted_slot(tag));
}
END_TEST

START_TEST(what_has_expired_makes_room)
{
	crowd(2 * BUCKET_SLOTS, 60);
	ck_assert_uint_eq(find_room(FIXTURE_NOW_MS + 60000), PLACE_NOWHERE);
	ck_assert_uint_eq(n_in(2) + n_in(5), 2 * BUCKET_SLOTS);
	ck_assert_uint_ne(find_room(LATER_MS), PLACE_NOWHERE);
	ck_assert_uint_eq(n_in(2) + n_in(5), 0);
	fixture_check(0);
}
END_TEST

START_TEST(replacing_an_expired_entry_in_full_buckets)
{
	struct table_entry e = crowd_entry(2 * BUCKET_SLOTS - 1, 60), out;

	crowd(2 * BUCKET_SLOTS, 60);
	clock_freeze(LATER_MS, 0);
	WORD_STORE(&fx.table->control->clock_hand, 6, "");
	e.created_ms = LATER_MS;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	fixture_check(1);
}
END_TEST

START_TEST(while_growing_the_cursor_says_which_area)
{
	uint64_t i = 0, n[2] = { 0, 0 };
	struct tbl_view view;

	for (; i < 600 || fixture_view().d.cursor != 3; i++)
		fixture_fill(i, i + 1);
	view = fixture_view();
	for (uint64_t k = i; k < i + 200; k++) {
		struct table_entry e = fixture_entry(k, k);
		uint64_t tag[2], at, old[2], next[2];
		unsigned is_new;

		tbl_entry_pack_tag(&e.tag, tag);
		tbl_entry_buckets(tag, view.areas[0].n_buckets, old);
		tbl_entry_buckets(tag, view.areas[1].n_buckets, next);
		at = tbl_placement_find(fx.table, &view, tag, FIXTURE_NOW_MS);
		is_new = tbl_place_region(at) == view.areas[1].region;
		n[is_new]++;
		if (is_new)
			ck_assert((tbl_place_bucket(at) == next[0] && old[0] < view.n_begun) ||
				  (tbl_place_bucket(at) == next[1] && old[1] < view.n_begun));
		else
			ck_assert((tbl_place_bucket(at) == old[0] && old[0] >= view.n_begun) ||
				  (tbl_place_bucket(at) == old[1] && old[1] >= view.n_begun));
		/* What is on its way goes on if it can. */
		at = tbl_placement_find_next(fx.table, &view, tag, FIXTURE_NOW_MS);
		for (unsigned c = 0; c < 2; c++)
			ck_assert(tbl_place_region(at) == view.areas[1].region ||
				  old[c] >= view.n_begun ||
				  tbl_bucket_free_slot(&view.areas[1].buckets[next[c]], 0) < 0);
	}
	ck_assert_uint_gt(n[0], 20);
	ck_assert_uint_gt(n[1], 20);
}
END_TEST

/* ------------------------------------------------------------------------------ sweep */

START_TEST(sweeping_a_bucket_frees_what_need_not_be_kept)
{
	struct tbl_view view = fixture_view();
	struct tbl_bucket *b = &view.areas[0].buckets[2];
	unsigned expired = BUCKET_SLOTS;
	struct table_stats stats;

	crowd(5, 0);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (tbl_bucket_state(b, i) == SLOT_EMPTY)
			expired = i;
	/* One that has expired, a damaged one, one that its writer left busy; three stay. */
	{
		struct table_entry e = crowd_entry(50, 60);
		struct tbl_entry_words w;

		tbl_entry_pack(&e, fx.table->salt, FIXTURE_NOW_MS, &w);
		tbl_bucket_write(b, expired, &w);
		WORD_STORE(&fx.table->control->n_entries, 6, "");
	}
	for (unsigned i = 0, n = 0; i < BUCKET_SLOTS && n < 2; i++) {
		if (i == expired || tbl_bucket_state(b, i) != SLOT_LIVE)
			continue;
		if (n++ == 0)
			atomic_fetch_xor(&b->slots[i].owner[1], 4);
		else
			atomic_fetch_xor(&b->slots[i].meta, SLOT_BUSY ^ SLOT_LIVE);
	}
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	tbl_placement_sweep_bucket(fx.table, &view, &view.areas[0], 2, LATER_MS);
	tbl_change_unlock(fx.table);
	stats = fixture_stats();
	ck_assert_uint_eq(stats.n_expired, 1);
	ck_assert_uint_eq(stats.n_damaged, 2);
	ck_assert_uint_eq(n_in(2), 3);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		ck_assert_uint_ne(tbl_bucket_state(b, i), SLOT_BUSY);
}
END_TEST

START_TEST(the_hand_goes_round)
{
	static const struct {
		uint64_t from, n, want;
	} cases[] = { { 0, 1, 1 }, { 0, 0, 0 }, { 6, 3, 1 }, { 7, 1, 0 },
		{ 3, 8, 3 },          /* all of them */
		{ 3, UINT64_MAX, 3 }, /* no more than there are */
		{ 8 * 1001 + 5, 1, 6 } /* hit by chance, or of a larger area */ };

	fixture_fill(0, 20);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		WORD_STORE(&fx.table->control->clock_hand, cases[i].from, "");
		sweep(cases[i].n, FIXTURE_NOW_MS);
		ck_assert_uint_eq(WORD_LOAD(&fx.table->control->clock_hand), cases[i].want);
	}
	fixture_check(20);
}
END_TEST

START_TEST(only_the_buckets_under_the_hand_are_swept)
{
	crowd(2 * BUCKET_SLOTS, 60);
	WORD_STORE(&fx.table->control->clock_hand, 3, "");
	sweep(2, LATER_MS);
	ck_assert_uint_eq(n_in(2), BUCKET_SLOTS);
	ck_assert_uint_eq(n_in(5), BUCKET_SLOTS);
	sweep(1, LATER_MS);
	ck_assert_uint_eq(n_in(2), BUCKET_SLOTS);
	ck_assert_uint_eq(n_in(5), 0);
	sweep(UINT64_MAX, LATER_MS);
	fixture_check(0);
	ck_assert_uint_eq(fixture_stats().n_expired, 2 * BUCKET_SLOTS);
}
END_TEST

Suite *
check_placement_suite(void)
{
	Suite *s = suite_create("table/placement");
	TCase *tc = fixture_one_thread("place");

	tcase_add_test(tc, the_first_bucket_while_there_is_room_then_the_second);
	tcase_add_loop_test(tc, an_entry_with_another_place_makes_room, 0, 4);
	tcase_add_test(tc, forward_is_better_than_back);
	tcase_add_test(tc, the_slot_that_the_tag_wishes_for_if_it_is_free);
	tcase_add_test(tc, what_has_expired_makes_room);
	tcase_add_test(tc, replacing_an_expired_entry_in_full_buckets);
	tcase_add_test(tc, while_growing_the_cursor_says_which_area);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("sweep");
	tcase_add_test(tc, sweeping_a_bucket_frees_what_need_not_be_kept);
	tcase_add_test(tc, the_hand_goes_round);
	tcase_add_test(tc, only_the_buckets_under_the_hand_are_swept);
	suite_add_tcase(s, tc);
	return s;
}
