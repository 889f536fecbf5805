/* check_change.c - tests of src/table/change.c: whole or not at all (check_crash.c: when killed) */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/locate.h"
#include "table/placement.h"

Suite *check_change_suite(void);

static struct tbl_entry_words
words_of(uint64_t i, uint64_t owner)
{
	struct table_entry e = fixture_entry(i, owner);
	struct tbl_entry_words w;

	tbl_entry_pack(&e, fx.table->salt, FIXTURE_NOW_MS, &w);
	return w;
}

static uint64_t
place_of(const struct tbl_view *view, uint64_t i)
{
	struct tbl_entry_words w = words_of(i, i), found;

	return tbl_locate_tag(view, w.tag, &found);
}

static uint64_t
free_place(struct tbl_view *view, const struct tbl_entry_words *w)
{
	uint64_t at = tbl_placement_find(fx.table, view, w->tag, FIXTURE_NOW_MS);

	ck_assert_uint_ne(at, PLACE_NOWHERE);
	return at;
}

/* entries and changes of an owner in one area */
static uint64_t
owned_of(const struct tbl_area *a, uint64_t owner)
{
	struct tbl_entry_words w = words_of(0, owner);

	return tbl_change_owned(a, tbl_entry_owner_hash(w.owner, fx.table->salt));
}

static void
take(void)
{
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
}

static void
apply(struct tbl_view *view, uint64_t to, const struct tbl_entry_words *w, uint64_t from)
{
	take();
	tbl_change_apply(fx.table, view, to, w, from);
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->intent.op), CHANGE_NONE);
	tbl_change_unlock(fx.table);
}

/* ----------------------------------------------------------------- the four of them */

START_TEST(put_and_free)
{
	struct tbl_view view = fixture_view();
	struct tbl_entry_words w = words_of(1, 1);
	uint64_t at = free_place(&view, &w), before = owned_of(&view.areas[0], 1), after;

	apply(&view, at, &w, PLACE_NOWHERE);
	ck_assert(fixture_has(1));
	fixture_check(1);
	after = owned_of(&view.areas[0], 1);
	ck_assert_uint_eq(
	    tbl_change_owned_entries(after), tbl_change_owned_entries(before) + 1);
	/* It also tells that something changed. */
	ck_assert_uint_eq(after >> 32, (before >> 32) + 1);
	apply(&view, PLACE_NOWHERE, NULL, at);
	ck_assert(!fixture_has(1));
	fixture_check(0);
	ck_assert_uint_eq(owned_of(&view.areas[0], 1) >> 32, (before >> 32) + 2);
	/* Nobody who found nothing need look again. */
	ck_assert_uint_eq(fixture_view().d.generation, view.d.generation);
	ck_assert_uint_eq(view.d.generation, 0);
}
END_TEST

/* Both copies are there when the descriptor changes, so a reader finds one or is told. */
static unsigned n_copies_then;
static uint64_t copies[2];

static unsigned
n_copies(void)
{
	struct tbl_view view = fixture_view();
	unsigned n = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct tbl_bucket *b = tbl_mapping_bucket(&view, copies[i]);

		n += tbl_bucket_state(b, tbl_place_slot(copies[i])) == SLOT_LIVE;
	}
	return n;
}

static void
look_at_copies(void)
{
	n_copies_then = n_copies();
}

START_TEST(replace_within_an_area_tells_the_readers)
{
	struct tbl_entry_words w = words_of(1, 77);
	struct tbl_view view;

	fixture_fill(0, 20);
	view = fixture_view();
	copies[0] = place_of(&view, 1);
	copies[1] = free_place(&view, &w);
	fixture_call_at("descriptor", 1, look_at_copies);
	apply(&view, copies[1], &w, copies[0]);
	ck_assert_uint_eq(n_copies_then, 2);
	ck_assert_uint_eq(n_copies(), 1);
	ck_assert_uint_eq(fixture_view().d.generation, 1);
	ck_assert_uint_eq(view.d.generation, 1);
	ck_assert_uint_eq(place_of(&view, 1), copies[1]);
	fixture_check(20);
}
END_TEST

START_TEST(replace_by_the_same_owner_is_a_change_of_his_too)
{
	struct tbl_entry_words w;
	struct tbl_view view;
	uint64_t before, after;

	fixture_fill(0, 20);
	view = fixture_view();
	w = words_of(1, 1);
	before = owned_of(&view.areas[0], 1);
	apply(&view, free_place(&view, &w), &w, place_of(&view, 1));
	after = owned_of(&view.areas[0], 1);
	ck_assert_uint_eq(tbl_change_owned_entries(after), tbl_change_owned_entries(before));
	ck_assert_uint_gt(after >> 32, before >> 32);
	fixture_check(20);
}
END_TEST

START_TEST(move_to_the_new_area_follows_the_order_of_probing)
{
	struct tbl_view view;
	uint64_t i = 0, k = 0, at, to;
	struct tbl_entry_words w;
	uint32_t generation;

	for (; i < 200 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	view = fixture_view();
	/* Of the chunk on its way. */
	while (tbl_place_region(at = place_of(&view, k)) != view.areas[0].region ||
	       tbl_place_bucket(at) >= view.n_begun)
		k++;
	w = words_of(k, k);
	to = tbl_placement_find_next(fx.table, &view, w.tag, FIXTURE_NOW_MS);
	ck_assert_uint_eq(tbl_place_region(to), view.areas[1].region);
	generation = view.d.generation;
	apply(&view, to, &w, at);
	ck_assert_uint_eq(place_of(&view, k), to);
	/* Old before new: nobody misses it, so nobody need be told. */
	ck_assert_uint_eq(fixture_view().d.generation, generation);
	fixture_check(i);
}
END_TEST

START_TEST(back_to_the_old_area_is_against_the_order)
{
	struct tbl_view view;
	uint64_t i = 0, k = 0, at = 0;
	struct tbl_entry_words w;
	struct tbl_spot spots[2];
	uint32_t generation;
	int slot = -1;

	for (; i < 400 || fixture_view().d.cursor < 3; i++)
		fixture_fill(i, i + 1);
	view = fixture_view();
	/* One that lies in the new area and has another place in the old. */
	for (; k < i; k++) {
		w = words_of(k, k);
		tbl_locate_targets(&view, w.tag, spots);
		at = place_of(&view, k);
		if (tbl_place_region(at) != view.areas[1].region ||
		    spots[0].area->region == spots[1].area->region)
			continue;
		if (spots[0].area->region == view.areas[1].region)
			spots[0] = spots[1];
		if ((slot = tbl_bucket_free_slot(tbl_locate_bucket(&spots[0]), 0)) >= 0)
			break;
	}
	ck_assert_uint_lt(k, i);
	generation = view.d.generation;
	apply(&view, tbl_place_pack(view.d.region, spots[0].bucket, (unsigned)slot), &w, at);
	ck_assert_uint_eq(fixture_view().d.generation, generation + 1);
	ck_assert_uint_eq(fixture_view().d.cursor, view.d.cursor);
	fixture_check(i);
}
END_TEST

START_TEST(a_published_descriptor_is_what_was_given)
{
	const struct tbl_descriptor d = { 77, 0, 1 };
	struct tbl_descriptor got;

	tbl_change_descriptor(fx.table, &d);
	ck_assert(tbl_geometry_unpack(
	    fx.table->regions, WORD_LOAD(&fx.table->control->descriptor), &got));
	ck_assert_uint_eq(got.generation, 77);
	ck_assert_uint_eq(got.region, 0);
	ck_assert_uint_eq(got.cursor, 1);
}
END_TEST

/* ---------------------------------------------------------------------------- recovery */

static void
intend(uint64_t to, uint64_t from, uint64_t n_before, uint64_t n_after)
{
	struct tbl_intent *in = &fx.table->control->intent;

	WORD_STORE(&in->to, to, "");
	WORD_STORE(&in->from, from, "");
	WORD_STORE(&in->n_before, n_before, "");
	WORD_STORE(&in->n_after, n_after, "");
	for (unsigned i = 0; i < 2; i++)
		WORD_STORE(&in->owned[i].bucket, PLACE_NOWHERE, "");
	WORD_STORE(&in->op, CHANGE_COPY, "");
}

static void
recover(void)
{
	take(); /* which recovers */
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->intent.op), CHANGE_NONE);
	tbl_change_unlock(fx.table);
	take(); /* and again: nothing */
	tbl_change_unlock(fx.table);
}

START_TEST(without_an_intent_there_is_nothing_to_repair)
{
	fixture_fill(0, 20);
	take();
	tbl_change_unlock(fx.table);
	fixture_check(20);
	ck_assert_uint_eq(fixture_stats().n_damaged, 0);
}
END_TEST

START_TEST(before_the_copy_is_live_it_is_undone_after_that_finished)
{
	struct tbl_view view;
	struct tbl_entry_words w;
	uint64_t at;

	fixture_fill(0, 20);
	view = fixture_view();
	w = words_of(50, 50);
	at = free_place(&view, &w);
	/* Busy: the writer died among the fields. */
	WORD_STORE(
	    &tbl_mapping_bucket(&view, at)->slots[tbl_place_slot(at)].meta, SLOT_BUSY, "");
	intend(at, PLACE_NOWHERE, 20, 21);
	recover();
	fixture_check(20);
	ck_assert(!fixture_has(50));
	/* Live: the original goes, and readers are told. */
	w = words_of(3, 3);
	copies[0] = place_of(&view, 3);
	copies[1] = free_place(&view, &w);
	take();
	tbl_bucket_write(tbl_mapping_bucket(&view, copies[1]), tbl_place_slot(copies[1]), &w);
	tbl_change_unlock(fx.table);
	ck_assert_uint_eq(n_copies(), 2);
	intend(copies[1], copies[0], 20, 20);
	recover();
	ck_assert_uint_eq(n_copies(), 1);
	ck_assert_uint_eq(fixture_view().d.generation, 1);
	ck_assert(fixture_has(3));
	fixture_check(20);
}
END_TEST

START_TEST(an_intent_that_makes_no_sense_is_dropped)
{
	struct tbl_intent *in = &fx.table->control->intent;
	static const struct {
		uint64_t op, to, from;
	} cases[] = {
		{ 1, PLACE_NOWHERE, PLACE_NOWHERE },
		{ CHANGE_COPY, 0xff, PLACE_NOWHERE },
		{ CHANGE_COPY, PLACE_NOWHERE, UINT64_C(1) << 56 },
		{ CHANGE_COPY, UINT64_C(8) << 8, PLACE_NOWHERE },
	};

	fixture_fill(0, 20);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		WORD_STORE(&in->to, cases[i].to, "");
		WORD_STORE(&in->from, cases[i].from, "");
		WORD_STORE(&in->op, cases[i].op, "");
		recover();
		ck_assert_uint_eq(fixture_stats().n_damaged, i + 1);
		fixture_check(20);
	}
}
END_TEST

START_TEST(counts_hit_by_chance_do_not_wrap)
{
	struct table_entry e = fixture_entry(0, 0);
	struct tbl_view view;

	fixture_fill(0, 2);
	view = fixture_view();
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++)
		WORD_STORE(&view.areas[0].owned[i], 0, "");
	WORD_STORE(&fx.table->control->n_entries, 0, "");
	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
	ck_assert_uint_eq(table_count(fx.table), 0);
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++)
		ck_assert_uint_eq(
		    tbl_change_owned_entries(WORD_LOAD(&view.areas[0].owned[i])), 0);
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++)
		WORD_STORE(&view.areas[0].owned[i], UINT32_MAX, "");
	fixture_fill(5, 6);
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++)
		ck_assert_uint_eq(
		    tbl_change_owned_entries(WORD_LOAD(&view.areas[0].owned[i])), UINT32_MAX);
}
END_TEST

Suite *
check_change_suite(void)
{
	Suite *s = suite_create("table/change");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, put_and_free);
	tcase_add_test(tc, replace_within_an_area_tells_the_readers);
	tcase_add_test(tc, replace_by_the_same_owner_is_a_change_of_his_too);
	tcase_add_test(tc, move_to_the_new_area_follows_the_order_of_probing);
	tcase_add_test(tc, back_to_the_old_area_is_against_the_order);
	tcase_add_test(tc, a_published_descriptor_is_what_was_given);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("recovery");
	tcase_add_test(tc, without_an_intent_there_is_nothing_to_repair);
	tcase_add_test(tc, before_the_copy_is_live_it_is_undone_after_that_finished);
	tcase_add_test(tc, an_intent_that_makes_no_sense_is_dropped);
	tcase_add_test(tc, counts_hit_by_chance_do_not_wrap);
	suite_add_tcase(s, tc);
	return s;
}
