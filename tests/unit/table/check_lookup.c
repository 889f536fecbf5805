/* check_lookup.c - tests of src/table/lookup.c, lookup.h and locate.h: look-ups without the lock */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/change.h"
#include "table/lookup.h"
#include "table/locate.h"
#include "table/epoch.h"

Suite *check_lookup_suite(void);

/* note: NULL for nothing to be noted. */
static int
find(uint64_t i, const struct tbl_note *note, struct tbl_entry_words *ret)
{
	static const struct tbl_note nothing = { FIXTURE_NOW_MS, false };
	struct table_entry e = fixture_entry(i, i);
	uint64_t tag[2];

	tbl_entry_pack_tag(&e.tag, tag);
	return tbl_lookup_entry(fx.table, tag, note != NULL ? note : &nothing, ret);
}

/* As table_find() asks; LOOKUP_E_AGAIN also when it knows nothing. */
static int
nearby(uint64_t i, struct table_entry *ret)
{
	struct table_entry e = fixture_entry(i, i);
	uint64_t tag[2];
	int r;

	if (!tbl_epoch_enter_again(fx.table))
		return LOOKUP_E_AGAIN;
	tbl_entry_pack_tag(&e.tag, tag);
	r = tbl_lookup_nearby(fx.table, tag, clock_boot_ms(), ret);
	tbl_epoch_leave(tbl_epoch_self.line);
	return r;
}

static bool
guess(uint64_t i, struct table_entry *ret)
{
	struct table_entry e = fixture_entry(i, i);
	uint64_t tag[2];
	bool is_found;

	if (!tbl_epoch_enter_again(fx.table))
		return false;
	tbl_entry_pack_tag(&e.tag, tag);
	is_found = tbl_lookup_guess(fx.table, tag, clock_boot_ms(), ret);
	tbl_epoch_leave(tbl_epoch_self.line);
	return is_found;
}

/* An entry as it must come out of a look-up. */
static void
assert_is(const struct table_entry *entry, const struct tbl_entry_words *words)
{
	struct table_entry want;

	tbl_entry_unpack(words, &want);
	ck_assert_mem_eq(&entry->tag, &want.tag, sizeof(want.tag));
	ck_assert_mem_eq(&entry->owner, &want.owner, sizeof(want.owner));
	ck_assert_int_eq(entry->created_ms, want.created_ms);
	ck_assert_uint_eq(entry->lifetime_s, want.lifetime_s);
	ck_assert_uint_eq(entry->idle_s, want.idle_s);
	ck_assert_int_eq(entry->kind, want.kind);
	ck_assert(entry->is_remembered == want.is_remembered);
	ck_assert_int_eq(entry->last_seen_ms, want.last_seen_ms);
}

static void
change_generation(void)
{
	struct tbl_view view = fixture_view();

	view.d.generation++;
	tbl_change_descriptor(fx.table, &view.d);
}

/* ------------------------------------------------------------------------------ core */

START_TEST(finds_what_is_there_and_nothing_else)
{
	struct tbl_entry_words w;

	fixture_fill(0, 300);
	for (uint64_t i = 0; i < 400; i++) {
		struct table_entry e = fixture_entry(i, i);

		ck_assert_int_eq(find(i, NULL, &w), i < 300 ? 0 : TABLE_E_ABSENT);
		if (i < 300)
			ck_assert_mem_eq(w.tag, e.tag.bytes, sizeof(w.tag));
	}
}
END_TEST

START_TEST(the_quick_ways_need_to_know_the_area)
{
	struct tbl_entry_words want;
	struct table_entry e;

	fixture_fill(0, 20);
	/* This thread has never looked anything up. */
	ck_assert(!guess(1, &e));
	ck_assert_int_eq(nearby(1, &e), LOOKUP_E_AGAIN);
	ck_assert_int_eq(find(1, NULL, &want), 0);
	ck_assert_int_eq(nearby(1, &e), 0);
	assert_is(&e, &want);
	ck_assert_int_eq(nearby(99, &e), TABLE_E_ABSENT);
	ck_assert(!guess(99, &e));
	/* Another descriptor: it must ask again. */
	change_generation();
	ck_assert_int_eq(nearby(1, &e), LOOKUP_E_AGAIN);
	ck_assert(!guess(1, &e));
	ck_assert_int_eq(find(1, NULL, &want), 0);
	ck_assert_int_eq(nearby(1, &e), 0);
}
END_TEST

START_TEST(most_are_found_by_a_guess_and_all_nearby)
{
	struct tbl_entry_words want;
	struct table_entry e;
	uint64_t i = 0, n_guessed = 0;

	for (; i < 1000 || fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	ck_assert_int_eq(find(0, NULL, &want), 0);
	for (uint64_t k = 0; k < 2 * i; k++) {
		bool is_guessed = guess(k, &e);

		n_guessed += is_guessed;
		ck_assert_int_eq(find(k, NULL, &want), k < i ? 0 : TABLE_E_ABSENT);
		if (is_guessed)
			assert_is(&e, &want);
		ck_assert_int_eq(nearby(k, &e), k < i ? 0 : TABLE_E_ABSENT);
		if (k < i)
			assert_is(&e, &want);
	}
	ck_assert_uint_gt(n_guessed, i / 10 * 6); /* seven in ten */
	ck_assert_uint_le(n_guessed, i);
}
END_TEST

START_TEST(a_damaged_entry_is_none_to_the_quick_ways)
{
	struct tbl_entry_words w;
	struct table_entry e;
	unsigned n_guessed = 0;

	fixture_fill(0, 20);
	ck_assert_int_eq(find(1, NULL, &w), 0);
	for (uint64_t i = 0; i < 20; i++) {
		struct tbl_slot *s = fixture_place(i).slot;

		n_guessed += guess(i, &e);
		atomic_fetch_xor(&s->owner[1], 1);
		ck_assert(!guess(i, &e));
		ck_assert_int_eq(nearby(i, &e), LOOKUP_E_AGAIN);
		e = fixture_entry(i, i);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &e), -EBADMSG);
		atomic_fetch_xor(&s->owner[1], 1);
		ck_assert_int_eq(nearby(i, &e), 0);
	}
	ck_assert_uint_gt(n_guessed, 10);
}
END_TEST

static uint64_t going; /* the entry that goes while it is read */

static void
let_go(void)
{
	struct tbl_slot *s = fixture_place(going).slot;

	atomic_fetch_add(&s->meta, BUCKET_VERSION); /* as if it had been used again */
}

START_TEST(an_entry_that_changes_while_it_is_read_is_not_found)
{
	struct tbl_entry_words w;
	struct table_entry e;

	fixture_fill(0, 20);
	ck_assert_int_eq(find(1, NULL, &w), 0);
	for (going = 0; going < 20; going++) {
		bool is_guessed = guess(going, &e);

		fixture_call_at("read check", 1, let_go);
		if (is_guessed)
			ck_assert(!guess(going, &e));
		else
			ck_assert_int_eq(nearby(going, &e), TABLE_E_ABSENT);
		ck_assert_ptr_null(table_step_hook);
		ck_assert_int_eq(nearby(going, &e), 0);
	}
}
END_TEST

START_TEST(while_the_table_grows_there_is_no_quick_way)
{
	struct tbl_entry_words w;
	struct table_entry e;
	uint64_t i = 0;

	for (; i < 100 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	for (uint64_t k = 0; k < i; k++) {
		ck_assert_int_eq(find(k, NULL, &w), 0);
		ck_assert(!guess(k, &e));
		ck_assert_int_eq(nearby(k, &e), LOOKUP_E_AGAIN);
	}
}
END_TEST

static unsigned n_mappings;

static void
mapping_step(const char *name)
{
	n_mappings += strcmp(name, "read descriptor") == 0;
}

START_TEST(a_view_that_cannot_be_had_is_not_remembered)
{
	struct tbl_entry_words w;
	struct table_entry e;

	fixture_fill(0, 20);
	ck_assert_int_eq(find(1, NULL, &w), 0);
	fixture_fill(20, 200);
	/* Not mapped by this process: as after attaching. */
	fixture_close();
	fixture_open();
	fault_arm("mmap", 1, 1, ENOMEM);
	ck_assert_int_eq(find(1, NULL, &w), -ENOMEM);
	ck_assert(!guess(1, &e));
	n_mappings = 0;
	table_step_hook = mapping_step;
	ck_assert_int_eq(find(1, NULL, &w), 0);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_mappings, 1);
	ck_assert_int_eq(nearby(1, &e), 0);
}
END_TEST

START_TEST(the_old_area_is_looked_at_before_the_new_one)
{
	struct tbl_entry_words w;
	struct tbl_view view;
	uint64_t i = 0, n_old = 0, n_new = 0, n_both = 0;

	for (; i < 500 || fixture_view().d.cursor < 3; i++)
		fixture_fill(i, i + 1);
	view = fixture_view();
	ck_assert_uint_eq(view.areas[0].region + 1, view.areas[1].region);
	for (uint64_t k = 0; k < i; k++) {
		struct table_entry e = fixture_entry(k, k);
		uint64_t tag[2], at, copy;

		tbl_entry_pack_tag(&e.tag, tag);
		at = tbl_locate_tag(&view, tag, &w);
		ck_assert_uint_ne(at, PLACE_NOWHERE);
		n_old += tbl_place_region(at) == view.areas[0].region;
		n_new += tbl_place_region(at) == view.areas[1].region;
		/* In both, as when its mover died: the old copy is the one that is found. */
		if (tbl_place_region(at) == view.areas[0].region &&
		    tbl_place_bucket(at) < view.n_begun) {
			struct tbl_spot spots[2];
			struct tbl_bucket *b;
			int slot;

			tbl_locate_targets(&view, tag, spots);
			b = tbl_locate_bucket(
			    &spots[spots[0].area->region != view.areas[1].region]);
			slot = tbl_bucket_free_slot(b, 0);
			if (slot < 0)
				continue;
			tbl_bucket_write(b, (unsigned)slot, &w);
			copy = tbl_locate_tag(&view, tag, &w);
			ck_assert_uint_eq(copy, at);
			tbl_bucket_clear(b, (unsigned)slot, NULL);
			n_both++;
		}
	}
	ck_assert_uint_gt(n_old, 0);
	ck_assert_uint_gt(n_new, 0);
	ck_assert_uint_gt(n_both, 0);
}
END_TEST

/* ------------------------------------------------------------------------- misses */

static unsigned n_changes;

static void
change_step(const char *name)
{
	if (strcmp(name, "read descriptor again") == 0 && n_changes > 0) {
		n_changes--;
		change_generation();
	}
}

START_TEST(a_miss_counts_only_under_one_descriptor)
{
	struct tbl_entry_words w;

	fixture_fill(0, 20);
	for (unsigned i = 1; i <= 4; i++) {
		n_changes = i;
		table_step_hook = change_step;
		ck_assert_int_eq(find(99, NULL, &w), TABLE_E_ABSENT);
		/* Three rounds at most, then once with the lock. */
		ck_assert_uint_eq(n_changes, i > 3 ? i - 3 : 0);
	}
	n_changes = UINT32_MAX;
	ck_assert_int_eq(find(1, NULL, &w), 0);
}
END_TEST

START_TEST(a_quick_miss_counts_only_under_one_descriptor)
{
	struct tbl_entry_words w;
	struct table_entry e;

	fixture_fill(0, 20);
	ck_assert_int_eq(find(1, NULL, &w), 0);
	n_changes = 1;
	table_step_hook = change_step;
	ck_assert_int_eq(nearby(99, &e), LOOKUP_E_AGAIN);
	ck_assert_uint_eq(n_changes, 0);
}
END_TEST

START_TEST(the_locked_look_up_waits_briefly_then_refuses)
{
	struct tbl_entry_words w;

	fixture_fill(0, 20);
	n_changes = UINT32_MAX;
	table_step_hook = change_step;
	fixture_hold_lock();
	ck_assert_int_eq(find(99, NULL, &w), -ETIMEDOUT);
	fixture_let_go();
	/* With the lock a miss is a miss, and a hit a hit. */
	ck_assert_int_eq(find(99, NULL, &w), TABLE_E_ABSENT);
}
END_TEST

static void
grow(void)
{
	fixture_fill(1000, 1400);
}

START_TEST(an_entry_that_moves_during_the_look_up_is_found)
{
	static const char *const moments[] = { "read descriptor", "read fingerprints",
		"read meta", "read tag 0", "read owner 0", "read check", "read meta again" };
	struct tbl_entry_words w;

	fixture_fill(0, 40);
	for (unsigned nth = 1; nth <= 2; nth++) {
		fixture_call_at(moments[_i], nth, grow);
		for (uint64_t i = 0; i < 40; i++)
			ck_assert_int_eq(find(i, NULL, &w), 0);
		ck_assert_ptr_null(table_step_hook);
	}
	ck_assert_uint_gt(fixture_stats().n_growths, 0);
}
END_TEST

/* ----------------------------------------------------------------- showing oneself */

/*
 * A thread that looks something up must be seen by tbl_epoch_all_passed() from before it reads the
 * descriptor until he is done: or the storage he reads would be given back.
 */
static unsigned n_looks;
static bool is_announced;

static void
is_seen_step(const char *name)
{
	uint32_t generation = fixture_view().d.generation;

	if (strncmp(name, "read ", 5) != 0)
		return;
	table_step_hook = NULL;
	n_looks++;
	is_announced = is_announced && !tbl_epoch_all_passed(fx.table, generation + 1) &&
		       tbl_epoch_all_passed(fx.table, generation);
	table_step_hook = is_seen_step;
}

static int
look(int way, uint64_t i)
{
	static const struct tbl_note note = { FIXTURE_NOW_MS + 600000, true };
	struct table_entry e;
	struct tbl_entry_words w;

	switch (way) {
	case 0:
		return guess(i, &e) ? 0 : TABLE_E_ABSENT;
	case 1:
		return find(i, NULL, &w);
	case 2:
		return nearby(i, &e);
	default:
		return find(i, &note, &w);
	}
}

START_TEST(who_looks_up_is_seen_all_the_while_and_not_after)
{
	struct tbl_entry_words w;
	uint32_t generation;

	fixture_fill(0, 20);
	change_generation(); /* so that it is not the first, which a fresh line shows too */
	ck_assert_int_eq(find(1, NULL, &w), 0);
	generation = fixture_view().d.generation;
	for (uint64_t i = 1; i < 200; i += 99) { /* there, and not there */
		n_looks = 0;
		is_announced = true;
		table_step_hook = is_seen_step;
		ck_assert_int_eq(look(_i, i), i == 1 ? 0 : TABLE_E_ABSENT);
		table_step_hook = NULL;
		ck_assert_uint_ge(n_looks, 3); /* descriptor, meta, tag */
		ck_assert(is_announced);
		ck_assert(tbl_epoch_all_passed(fx.table, generation + 1));
	}
	/* A quick look-up that finds another descriptor is over too. */
	change_generation();
	(void)look(_i, 1);
	ck_assert(tbl_epoch_all_passed(fx.table, generation + 2));
}
END_TEST

/* Nothing remembered must not look like the descriptor of a block that was lost. */
START_TEST(a_lost_descriptor_is_no_descriptor)
{
	static const uint64_t lost[] = { 0, UINT64_MAX };
	struct tbl_entry_words w;
	struct table_entry e;
	uint64_t good;

	fixture_fill(0, 20);
	e = fixture_entry(1, 1);
	good = atomic_exchange(&fx.table->control->descriptor, lost[_i]);
	for (unsigned round = 0; round < 2; round++) {
		ck_assert_int_eq(find(1, NULL, &w), -EBADMSG);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &e), -EBADMSG);
		/* The second time it remembers what it saw before. */
		atomic_store(&fx.table->control->descriptor, good);
		ck_assert_int_eq(find(1, NULL, &w), 0);
		atomic_store(&fx.table->control->descriptor, lost[_i]);
	}
}
END_TEST

START_TEST(a_failed_look_up_is_over_too)
{
	struct tbl_entry_words w;

	fixture_fill(0, 20);
	ck_assert_int_eq(find(1, NULL, &w), 0);
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
	ck_assert_int_eq(find(1, NULL, &w), -EBADMSG);
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
	ck_assert(tbl_epoch_all_passed(fx.table, fixture_view().d.generation + 1));
}
END_TEST

/* -------------------------------------------------------------------------- touch */

START_TEST(touching_stores_once_in_a_step_of_time)
{
	struct tbl_note note = { FIXTURE_NOW_MS + TABLE_SEEN_MS - 1, true };
	struct tbl_entry_words w, before;

	fixture_fill(4, 5);
	ck_assert_int_eq(find(4, NULL, &before), 0);
	ck_assert_int_eq(find(4, &note, &w), 0);
	ck_assert_mem_eq(&w, &before, FIXTURE_WORDS_BYTES);
	ck_assert_int_eq(find(4, NULL, &w), 0);
	ck_assert_mem_eq(&w, &before, FIXTURE_WORDS_BYTES);
	note.now_ms++;
	ck_assert_int_eq(find(4, &note, &w), 0);
	ck_assert_uint_eq(w.seen, before.seen + 1);
	ck_assert_int_eq(find(4, NULL, &w), 0);
	ck_assert_uint_eq(w.seen, before.seen + 1);
	/* Somebody was slow: what was noted later stays. */
	note.now_ms -= 10 * TABLE_SEEN_MS;
	ck_assert_int_eq(find(4, &note, &w), 0);
	ck_assert_uint_eq(w.seen, before.seen + 1);
	ck_assert_int_eq(find(5, &note, &w), TABLE_E_ABSENT);
}
END_TEST

static void
use_slot_again(void)
{
	struct table_entry e = fixture_entry(4, 4);

	ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
}

START_TEST(touching_leaves_a_slot_alone_that_has_changed)
{
	static const struct tbl_note note = { FIXTURE_NOW_MS + 600000, true };
	static const struct tbl_slot nothing;
	struct tbl_entry_words w;

	fixture_fill(4, 5);
	fixture_call_at("touch", 1, use_slot_again);
	ck_assert_int_eq(find(4, &note, &w), TABLE_E_ABSENT);
	for (uint64_t b = 0; b < fixture_view().areas[0].n_buckets; b++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++)
			ck_assert_mem_eq(&fixture_view().areas[0].buckets[b].slots[s], &nothing,
			    offsetof(struct tbl_slot, meta));
}
END_TEST

Suite *
check_lookup_suite(void)
{
	Suite *s = suite_create("table/lookup");
	TCase *tc = fixture_case("core");

	tcase_add_test(tc, finds_what_is_there_and_nothing_else);
	tcase_add_test(tc, the_quick_ways_need_to_know_the_area);
	tcase_add_test(tc, most_are_found_by_a_guess_and_all_nearby);
	tcase_add_test(tc, a_view_that_cannot_be_had_is_not_remembered);
	tcase_add_test(tc, a_damaged_entry_is_none_to_the_quick_ways);
	tcase_add_test(tc, an_entry_that_changes_while_it_is_read_is_not_found);
	tcase_add_test(tc, while_the_table_grows_there_is_no_quick_way);
	tcase_add_test(tc, the_old_area_is_looked_at_before_the_new_one);
	tcase_add_test(tc, touching_stores_once_in_a_step_of_time);
	suite_add_tcase(s, tc);

	tc = fixture_case("concurrent");
	tcase_add_test(tc, a_miss_counts_only_under_one_descriptor);
	tcase_add_test(tc, a_quick_miss_counts_only_under_one_descriptor);
	tcase_add_test(tc, the_locked_look_up_waits_briefly_then_refuses);
	tcase_add_loop_test(tc, an_entry_that_moves_during_the_look_up_is_found, 0, 7);
	tcase_add_loop_test(tc, who_looks_up_is_seen_all_the_while_and_not_after, 0, 4);
	tcase_add_loop_test(tc, a_lost_descriptor_is_no_descriptor, 0, 2);
	tcase_add_test(tc, a_failed_look_up_is_over_too);
	tcase_add_test(tc, touching_leaves_a_slot_alone_that_has_changed);
	suite_add_tcase(s, tc);
	return s;
}
