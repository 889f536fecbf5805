/* check_scan.c - tests of src/table/scan.c: walking over a table that others change */
#include "unit/table/fixture.h"

#include <errno.h>
#include <string.h>

#include "table/bucket.h"
#include "table/change.h"
#include "table/growth.h"
#include "table/epoch.h"
#include "table/scan.h"

Suite *check_scan_suite(void);

#define OWNER 1000000
#define MANY  8000

/* How often each entry was met; those of a step that restarted come after all others. */
static unsigned met[MANY];
static unsigned n_steps, n_restarts, n_met;

static void
note(const struct tbl_entry_words *w)
{
	for (uint64_t i = 0; i < MANY; i++) {
		struct table_entry e = fixture_entry(i, i);

		if (memcmp(w->tag, e.tag.bytes, sizeof(w->tag)) == 0) {
			met[i]++;
			n_met++;
			return;
		}
	}
	ck_abort_msg("an entry that was never inserted");
}

/* Between two steps. */
static void (*meanwhile)(void);

static int
walk(const uint64_t *owner, bool has_lock)
{
	struct tbl_entry_words found[SCAN_MAX];
	struct tbl_scan scan;
	unsigned n;
	int r;

	memset(met, 0, sizeof(met));
	n_steps = n_restarts = n_met = 0;
	tbl_scan_begin(&scan, owner);
	scan.has_lock = has_lock;
	while (!scan.is_done) {
		if ((r = tbl_scan_step(fx.table, &scan, found, &n)) != 0)
			return r;
		ck_assert_uint_le(n, SCAN_MAX);
		n_steps++;
		if (scan.is_restarted) {
			n_restarts++;
			n_met = 0;
			memset(met, 0, sizeof(met));
		}
		for (unsigned i = 0; i < n; i++)
			note(&found[i]);
		if (meanwhile != NULL)
			meanwhile();
	}
	return 0;
}

START_TEST(an_empty_table_has_nothing)
{
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(n_met, 0);
	ck_assert_uint_eq(n_steps, 1);
}
END_TEST

START_TEST(each_entry_is_met_once)
{
	fixture_fill(0, 1500);
	ck_assert_int_eq(walk(NULL, false), 0);
	for (uint64_t i = 0; i < 1500; i++)
		ck_assert_uint_eq(met[i], 1);
	ck_assert_uint_eq(n_met, 1500);
	ck_assert_uint_ge(n_steps, 1500 / SCAN_MAX);
	ck_assert_uint_eq(n_restarts, 0);
}
END_TEST

START_TEST(also_in_both_areas_of_a_growing_table)
{
	uint64_t i = 0;

	for (; i < 700 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	ck_assert_int_eq(walk(NULL, false), 0);
	for (uint64_t k = 0; k < i; k++)
		ck_assert_uint_eq(met[k], 1);
}
END_TEST

START_TEST(of_one_owner_only_his_are_met)
{
	struct table_owner owner = fixture_owner(OWNER);
	uint64_t words[2];

	fixture_fill(0, 1000);
	for (uint64_t i = 1000; i < 1100; i++) {
		struct table_entry e = fixture_entry(i, OWNER);

		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	memcpy(words, owner.bytes, sizeof(words));
	ck_assert_int_eq(walk(words, false), 0);
	for (uint64_t i = 0; i < 1100; i++)
		ck_assert_uint_eq(met[i], i >= 1000);
}
END_TEST

static unsigned changed_half;

static void
change_hands(void)
{
	struct tbl_view view = fixture_view();

	for (uint64_t i = 0; i < view.areas[0].end; i++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++) {
			struct tbl_bucket *b = &view.areas[0].buckets[i];
			struct tbl_entry_words w;

			if (tbl_bucket_state(b, s) != SLOT_LIVE)
				continue;
			tbl_bucket_read_fields(&b->slots[s], &w);
			w.owner[changed_half]++;
			tbl_bucket_clear(b, s, NULL);
			tbl_bucket_write(b, s, &w);
		}
}

START_TEST(what_becomes_anothers_while_it_is_read_is_not_his)
{
	struct table_entry e = fixture_entry(1000, OWNER);
	struct table_owner owner = fixture_owner(OWNER);
	uint64_t words[2];

	changed_half = (unsigned)_i;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	memcpy(words, owner.bytes, sizeof(words));
	fixture_call_at("read meta", 1, change_hands);
	ck_assert_int_eq(walk(words, false), 0);
	ck_assert_ptr_null((void *)(uintptr_t)table_step_hook);
	ck_assert_uint_eq(n_met, 0);
}
END_TEST

START_TEST(what_has_expired_or_is_damaged_is_met_too)
{
	struct table_entry e = fixture_entry(1, 1);
	struct tbl_view view;

	fixture_fill(2, 3);
	view = fixture_view();
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++)
			if (tbl_bucket_state(&view.areas[0].buckets[i], s) == SLOT_LIVE)
				atomic_fetch_xor(
				    &view.areas[0].buckets[i].slots[s].lifetime_s, 1);
	e.lifetime_s = 60;
	e.created_ms = FIXTURE_NOW_MS;
	WORD_STORE(&fx.table->control->clock_hand, 0, "");
	{
		struct tbl_entry_words w;

		/* Not by an insert, which sweeps. */
		tbl_entry_pack(&e, fx.table->salt, FIXTURE_NOW_MS, &w);
		ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
		tbl_change_apply(fx.table, &view, tbl_place_pack(0, 7, 7), &w, PLACE_NOWHERE);
		tbl_change_unlock(fx.table);
	}
	clock_freeze(FIXTURE_NOW_MS + 61000, 0);
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(met[1], 1);
	ck_assert_uint_eq(met[2], 1);
}
END_TEST

/* --------------------------------------------------------------------- meanwhile */

static uint64_t next;

static void
grow_once(void)
{
	meanwhile = NULL;
	do
		fixture_fill(next, next + 1), next++;
	while (!fixture_is_growing());
}

static void
grow_to_the_end(void)
{
	meanwhile = NULL;
	while (fixture_is_growing())
		fixture_fill(next, next + 1), next++;
}

START_TEST(when_the_areas_change_between_steps_it_begins_anew_and_says_so)
{
	for (next = 0; next < 1000 || fixture_is_growing(); next++)
		fixture_fill(next, next + 1);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t n_before = next;

		meanwhile = i == 0 ? grow_once : grow_to_the_end;
		ck_assert_int_eq(walk(NULL, false), 0);
		ck_assert_ptr_null((void *)(uintptr_t)meanwhile);
		ck_assert_uint_eq(n_restarts, 1);
		for (uint64_t k = 0; k < n_before; k++)
			ck_assert_uint_eq(met[k], 1);
	}
}
END_TEST

/* An entry that is not met yet makes room, to where the walk has been. */
static void
set_one_back(void)
{
	struct tbl_view view = fixture_view();
	struct tbl_entry_words w;

	meanwhile = NULL;
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	for (uint64_t from = view.areas[0].end - 1; from > 0; from--)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++) {
			struct tbl_bucket *b = &view.areas[0].buckets[from];
			uint64_t at[2], to;
			int slot;

			if (tbl_bucket_state(b, s) != SLOT_LIVE)
				continue;
			tbl_bucket_read_fields(&b->slots[s], &w);
			tbl_entry_buckets(w.tag, view.areas[0].n_buckets, at);
			to = at[0] == from ? at[1] : at[0];
			slot = tbl_bucket_free_slot(&view.areas[0].buckets[to], 0);
			if (to > 4 || slot < 0)
				continue;
			atomic_fetch_add(&fx.table->control->n_displaced, 1);
			tbl_change_apply(fx.table, &view,
			    tbl_place_pack(view.d.region, to, (unsigned)slot), &w,
			    tbl_place_pack(view.d.region, from, s));
			tbl_change_unlock(fx.table);
			return;
		}
	ck_abort_msg("no such entry");
}

START_TEST(when_an_entry_is_displaced_it_begins_anew)
{
	/* 160 buckets, of which a step reads some ten. */
	for (next = 0; next < 800 || fixture_is_growing(); next++)
		fixture_fill(next, next + 1);
	meanwhile = set_one_back;
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(n_restarts, 1);
	for (uint64_t k = 0; k < next; k++)
		ck_assert_uint_eq(met[k], 1);
}
END_TEST

static void
advance(void)
{
	unsigned cursor = fixture_view().d.cursor;

	meanwhile = NULL;
	while (fixture_view().d.cursor == cursor)
		fixture_fill(next, next + 1), next++;
	ck_assert_uint_ne(fixture_view().d.cursor, 0);
}

START_TEST(a_chunk_that_moves_meanwhile_is_met_all_the_same)
{
	uint64_t n_before;

	for (next = 0; next < 1500 || fixture_view().d.cursor != 2; next++)
		fixture_fill(next, next + 1);
	n_before = next;
	meanwhile = advance;
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(n_restarts, 0);
	for (uint64_t k = 0; k < n_before; k++)
		ck_assert_uint_ge(met[k], 1);
}
END_TEST

static void
grow_in_the_middle(void)
{
	grow_once();
}

START_TEST(when_they_change_during_the_last_step_it_is_not_the_last)
{
	for (next = 0; next < 40; next++)
		fixture_fill(next, next + 1);
	fixture_call_at("read seen", 39, grow_in_the_middle);
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_ptr_null((void *)(uintptr_t)table_step_hook);
	ck_assert_uint_eq(n_restarts, 1);
	for (uint64_t k = 0; k < 40; k++)
		ck_assert_uint_eq(met[k], 1);
}
END_TEST

/* With the lock: until the cursor is there, or growth is over, and so many buckets more. */
static void
grow_to(unsigned region, unsigned cursor, uint64_t n_buckets)
{
	struct tbl_view view;

	ck_assert_int_eq(tbl_change_lock(fx.table, LOCK_WRITER_MS), 0);
	view = fixture_view();
	while (view.d.region != region || view.d.cursor != cursor)
		ck_assert_int_eq(tbl_growth_step(fx.table, &view, 8, true, FIXTURE_NOW_MS), 0);
	if (n_buckets > 0)
		ck_assert_int_eq(
		    tbl_growth_step(fx.table, &view, n_buckets, true, FIXTURE_NOW_MS), 0);
	tbl_change_unlock(fx.table);
}

static void
move_the_second_chunk(void)
{
	grow_to(1, 2, 7); /* all but its last bucket, so that growth is not over */
}

START_TEST(a_chunk_that_moves_during_the_last_step_is_met)
{
	struct table_entry first = fixture_entry(1, 1), second = fixture_entry(2, 2);
	struct tbl_entry_words found[SCAN_MAX];
	struct tbl_scan scan;
	unsigned n, n_second = 0;
	struct tbl_view view;

	/* Two chunks of eight buckets; of the next region the first has sixteen of 24. */
	grow_to(1, 0, 0);
	first.tag = fixture_tag_for(2, 3, 16, 1);
	second.tag = fixture_tag_for(12, 13, 16, 2);
	ck_assert_int_eq(table_insert(fx.table, &first), 0);
	ck_assert_int_eq(table_insert(fx.table, &second), 0);
	grow_to(1, 1, 0);
	tbl_scan_begin(&scan, NULL);
	fixture_call_at("read seen", 1, move_the_second_chunk);
	while (!scan.is_done) {
		ck_assert_int_eq(tbl_scan_step(fx.table, &scan, found, &n), 0);
		ck_assert(!scan.is_restarted);
		for (unsigned i = 0; i < n; i++)
			n_second +=
			    memcmp(found[i].tag, second.tag.bytes, sizeof(found[i].tag)) == 0;
	}
	ck_assert_ptr_null((void *)(uintptr_t)table_step_hook);
	view = fixture_view();
	ck_assert_uint_eq(view.d.cursor, 2);
	ck_assert_uint_eq(n_second, 1);
}
END_TEST

/* ------------------------------------------------------------- with and without the lock */

static unsigned n_shown, n_taken;

static void
count_step(const char *name)
{
	n_shown += strcmp(name, "reader active") == 0;
	n_taken += strcmp(name, "unlock") == 0;
}

START_TEST(it_is_a_reader_unless_it_has_the_lock)
{
	fixture_fill(0, 20);
	table_step_hook = count_step;
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(n_shown, n_steps);
	ck_assert_uint_eq(n_taken, 0);
	/* And has left. */
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
	n_shown = 0;
	ck_assert_int_eq(tbl_change_lock(fx.table, 1000), 0);
	ck_assert_int_eq(walk(NULL, true), 0);
	ck_assert_uint_eq(n_met, 20);
	ck_assert_uint_eq(n_shown, 0);
	ck_assert_uint_eq(n_taken, 0);
	tbl_change_unlock(fx.table);
}
END_TEST

START_TEST(without_a_line_it_takes_the_lock_for_each_step)
{
	fixture_fill(0, 200);
	fault_arm("open", 1, UINT32_MAX, EMFILE);
	n_taken = 0;
	table_step_hook = count_step;
	ck_assert_int_eq(walk(NULL, false), 0);
	ck_assert_uint_eq(n_met, 200);
	ck_assert_uint_eq(n_taken, n_steps);
	table_step_hook = NULL;
	fixture_hold_lock();
	ck_assert_int_eq(walk(NULL, false), -ETIMEDOUT);
	fixture_let_go();
}
END_TEST

START_TEST(a_damaged_descriptor_is_an_error_and_leaves_nothing_held)
{
	fixture_fill(0, 20);
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
	ck_assert_int_eq(walk(NULL, false), -EBADMSG);
	fault_arm("open", 1, UINT32_MAX, EMFILE);
	tbl_epoch_self.id = UINT64_MAX;
	ck_assert_int_eq(walk(NULL, false), -EBADMSG);
	fault_disarm();
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
	ck_assert(tbl_epoch_all_passed(fx.table, 1));
	fixture_check(20);
}
END_TEST

Suite *
check_scan_suite(void)
{
	Suite *s = suite_create("table/scan");
	TCase *tc = fixture_case("core");

	tcase_add_test(tc, an_empty_table_has_nothing);
	tcase_add_test(tc, each_entry_is_met_once);
	tcase_add_test(tc, also_in_both_areas_of_a_growing_table);
	tcase_add_test(tc, of_one_owner_only_his_are_met);
	tcase_add_loop_test(tc, what_becomes_anothers_while_it_is_read_is_not_his, 0, 2);
	tcase_add_test(tc, what_has_expired_or_is_damaged_is_met_too);
	suite_add_tcase(s, tc);

	tc = fixture_case("concurrent");
	tcase_add_test(tc, when_the_areas_change_between_steps_it_begins_anew_and_says_so);
	tcase_add_test(tc, when_an_entry_is_displaced_it_begins_anew);
	tcase_add_test(tc, a_chunk_that_moves_meanwhile_is_met_all_the_same);
	tcase_add_test(tc, when_they_change_during_the_last_step_it_is_not_the_last);
	tcase_add_test(tc, a_chunk_that_moves_during_the_last_step_is_met);
	tcase_add_test(tc, it_is_a_reader_unless_it_has_the_lock);
	tcase_add_test(tc, without_a_line_it_takes_the_lock_for_each_step);
	tcase_add_test(tc, a_damaged_descriptor_is_an_error_and_leaves_nothing_held);
	suite_add_tcase(s, tc);
	return s;
}
