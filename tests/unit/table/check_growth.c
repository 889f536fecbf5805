/* check_growth.c - tests of src/table/growth.c: from nothing to large */
#include "unit/table/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table/change.h"
#include "table/growth.h"
#include "table/epoch.h"

Suite *check_growth_suite(void);

static void
settle(void)
{
	for (int64_t i = 1; i < 200; i++) {
		clock_freeze(FIXTURE_NOW_MS + i * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert(!fixture_stats().is_growing);
}

START_TEST(grows_from_nothing_and_loses_nothing)
{
	bool was_growing = false;

	for (uint64_t i = 0; i < 20000; i++) {
		fixture_fill(i, i + 1);
		was_growing = was_growing || fixture_is_growing();
		if (i % 97 == 0)
			for (uint64_t k = 0; k <= i; k += 1 + i / 50)
				ck_assert(fixture_has(k));
		ck_assert(!fixture_has(i + 1));
	}
	ck_assert(was_growing);
	fixture_check(20000);
	for (uint64_t i = 0; i < 20000; i++)
		ck_assert(fixture_has(i));
	ck_assert_uint_ge(fixture_stats().n_growths, 10);
}
END_TEST

/* A file that is made for many, and the same for another process that comes to it. */
START_TEST(begins_large_and_need_not_grow)
{
	uint64_t n_slots;

	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	fx.config.n_expected = 20000;
	fixture_open();
	n_slots = fixture_stats().n_slots;
	ck_assert_uint_gt(n_slots, 20000);
	ck_assert_uint_lt(n_slots, 20000 * 2);
	fixture_fill(0, 10000);
	fixture_close();
	fx.config.n_expected = 0;
	fixture_open();
	fixture_fill(10000, 20000);
	ck_assert_uint_eq(fixture_stats().n_growths, 0);
	ck_assert(!fixture_stats().is_growing);
	ck_assert_uint_eq(fixture_stats().n_slots, n_slots);
	fixture_check(20000);
	for (uint64_t i = 0; i < 20000; i++)
		ck_assert(fixture_has(i));
	/* From there as ever. */
	fixture_fill(20000, 40000);
	settle();
	ck_assert_uint_ge(fixture_stats().n_growths, 1);
	ck_assert_uint_le(fixture_stats().n_bytes, 40000 * 130);
	fixture_check(40000);
}
END_TEST

START_TEST(begins_no_larger_than_it_may_be)
{
	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	fx.config.n_expected = UINT64_MAX;
	fx.config.max_entries = 100;
	fixture_open();
	fixture_fill(0, 100);
	ck_assert_uint_lt(fixture_stats().n_slots, 200);
	fixture_check(100);
}
END_TEST

/* What is expected may never come. */
START_TEST(begins_small_where_there_is_no_room)
{
	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	fx.config.n_expected = 20000;
	fault_arm("fallocate", 2, 1, ENOSPC);
	fixture_open();
	fault_disarm();
	ck_assert_uint_eq(fixture_stats().n_slots, 8 * BUCKET_SLOTS);
	fixture_fill(0, 1000);
	fixture_check(1000);
}
END_TEST

START_TEST(removes_and_replaces_while_growing)
{
	uint64_t i = 0;

	/* Stop in the middle of a growth with entries in both areas. */
	while (i < 3000 || !fixture_is_growing()) {
		fixture_fill(i, i + 1);
		i++;
	}
	for (uint64_t k = 0; k < i; k += 3) {
		struct table_entry e = fixture_entry(k, k);

		ck_assert_int_eq(table_remove(fx.table, &e.tag), 0);
		ck_assert(!fixture_has(k));
		e = fixture_entry(k + 1, k + 1);
		e.lifetime_s = 5000;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		ck_assert(fixture_has(k + 1));
		if (k % 30 == 0)
			fixture_check(i - k / 3 - 1);
		if (k >= i - 6)
			break;
	}
	settle();
	ck_assert_uint_eq(fixture_violations(), 0);
}
END_TEST

START_TEST(expired_entries_are_not_moved)
{
	struct table_entry e;
	uint64_t i = 0;

	while (!fixture_is_growing() || i < 1000) {
		e = fixture_entry(i, i);
		e.lifetime_s = 60;
		e.created_ms = FIXTURE_NOW_MS;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		i++;
	}
	clock_freeze(FIXTURE_NOW_MS + 60001, 0);
	ck_assert_int_eq(table_tick(fx.table), 0);
	ck_assert_uint_lt(table_count(fx.table), i / 2);
	settle();
	fixture_check(0);
}
END_TEST

/* Both areas: what is swept makes the room that the disk has not. */
START_TEST(what_has_expired_goes_though_growth_has_no_room)
{
	uint64_t i = 0;

	while (i < 1000 || fixture_view().d.cursor < 2) {
		struct table_entry e = fixture_entry(i, i);

		e.lifetime_s = 60;
		e.created_ms = FIXTURE_NOW_MS;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		i++;
	}
	fault_arm("fallocate", 1, UINT32_MAX, ENOSPC);
	for (unsigned s = 0; s < 125; s++) {
		clock_freeze(FIXTURE_NOW_MS + 60001 + s * 1000, 0);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert(fixture_is_growing());
	fixture_check(0);
	fault_disarm();
}
END_TEST

/* ext4 counts some blocks of its own. */
#define FILE_SYSTEM_BYTES 16384

START_TEST(at_most_130_bytes_a_session_also_while_it_grows)
{
	unsigned n_growing = 0;

	for (uint64_t i = 0; i < 30000; i++) {
		struct table_stats stats;

		fixture_fill(i, i + 1);
		if (i < 3000)
			continue;
		stats = fixture_stats();
		ck_assert_msg(stats.n_bytes <= stats.n_entries * 130 + FILE_SYSTEM_BYTES,
		    "%llu bytes for %llu entries, cursor %u", (unsigned long long)stats.n_bytes,
		    (unsigned long long)stats.n_entries, fixture_view().d.cursor);
		if (!stats.is_growing)
			ck_assert_uint_le(
			    stats.n_bytes, stats.n_entries * 128 + FILE_SYSTEM_BYTES);
		n_growing += stats.is_growing;
	}
	ck_assert_uint_gt(n_growing, 1000);
}
END_TEST

/* Busy readers: whenever one is looked at, it is in a look-up that began before the last change. */
START_TEST(at_most_130_bytes_a_session_also_beside_busy_readers)
{
	struct tbl_reader *mine = tbl_epoch_enter(fx.table), *line = &fx.table->readers[40];
	uint64_t before = WORD_LOAD(&fx.table->control->descriptor);
	unsigned n_growing = 0, n_behind = 0;

	WORD_STORE(&line->who, WORD_LOAD(&mine->who), "");
	tbl_epoch_leave(mine);
	for (uint64_t i = 0; i < 30000; i++) {
		struct table_stats stats;

		WORD_STORE(&line->active, tbl_epoch_active(before), "");
		before = WORD_LOAD(&fx.table->control->descriptor);
		fixture_fill(i, i + 1);
		if (i < 3000)
			continue;
		stats = fixture_stats();
		ck_assert_msg(stats.n_bytes <= stats.n_entries * 130 + FILE_SYSTEM_BYTES,
		    "%llu bytes for %llu entries, cursor %u", (unsigned long long)stats.n_bytes,
		    (unsigned long long)stats.n_entries, fixture_view().d.cursor);
		n_growing += stats.is_growing;
		n_behind += !tbl_epoch_all_passed(fx.table, fixture_view().d.generation);
	}
	ck_assert_uint_gt(n_growing, 1000);
	ck_assert_uint_gt(n_behind, 1000);
}
END_TEST

START_TEST(what_moves_away_is_given_back_before_the_rest_has_moved)
{
	uint64_t i = 0, start;
	struct tbl_view view;

	for (; i < 3000 || fixture_view().d.cursor < 20; i++)
		fixture_fill(i, i + 1);
	view = fixture_view();
	start = fx.table->regions[view.d.region].offset;
	ck_assert_uint_gt(view.areas[0].first, 0);
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->punched),
	    start + view.areas[0].first * sizeof(struct tbl_bucket));
	/* And what entries can not go to yet is not there yet. */
	ck_assert_uint_lt(view.areas[1].end, view.areas[1].n_buckets);
	fixture_check(i);
}
END_TEST

START_TEST(old_storage_is_given_back)
{
	struct table_stats after;
	struct stat st;

	fixture_fill(0, 30000);
	settle();
	after = fixture_stats();
	/* All that is left: the area in use and 12 KiB. */
	ck_assert_uint_le(
	    after.n_bytes, tbl_geometry_bytes(&fx.table->regions[fixture_view().d.region]) +
			       12288 + FILE_SYSTEM_BYTES);
	ck_assert_int_eq(stat(fx.file, &st), 0);
	ck_assert_uint_gt((uint64_t)st.st_size, after.n_bytes);
	fixture_check(30000);
}
END_TEST

START_TEST(changes_give_storage_back_without_any_tick)
{
	fixture_fill(0, 30000);
	for (unsigned i = 0; i < 200000 && fixture_is_growing(); i++)
		fixture_fill(30000 + i, 30001 + i);
	ck_assert_uint_gt(WORD_LOAD(&fx.table->control->punched), fx.table->regions[10].offset);
}
END_TEST

START_TEST(a_reader_in_the_old_area_keeps_its_storage)
{
	struct tbl_reader *line = tbl_epoch_enter(fx.table);
	uint64_t start = fx.table->regions[0].offset;

	fixture_fill(0, 3000);
	/* fixture_fill() looks nothing up, so this thread still shows generation 0. */
	settle();
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->punched), start);
	tbl_epoch_leave(line);
	settle();
	ck_assert_uint_gt(WORD_LOAD(&fx.table->control->punched), start);
	fixture_check(3000);
}
END_TEST

/* ------------------------------------------------------------------------ no room */

START_TEST(a_full_disk_refuses_only_when_there_is_no_room_left)
{
	uint64_t i = 0;
	struct table_entry e;
	int r;

	fixture_fill(0, 60);
	while (fixture_is_growing()) /* finish what has begun */
		ck_assert_int_eq(table_tick(fx.table), 0);
	fault_arm("fallocate", 1, UINT32_MAX, ENOSPC);
	for (i = 60;; i++) {
		e = fixture_entry(i, i);
		if ((r = table_insert(fx.table, &e)) != 0)
			break;
	}
	ck_assert_int_eq(r, -ENOSPC);
	/* Well beyond the threshold of 72 in 100. */
	ck_assert_uint_gt(i, fixture_view().areas[0].n_buckets * 9 * 75 / 100);
	ck_assert_int_eq(table_tick(fx.table), 0);
	for (uint64_t k = 0; k < i; k++)
		ck_assert(fixture_has(k));
	fixture_check(i);
	fault_disarm();
	fixture_fill(i, i + 1000);
	fixture_check(i + 1000);
}
END_TEST

START_TEST(an_interrupted_allocation_is_repeated)
{
	fault_arm("fallocate", 1, 3, EINTR);
	fixture_fill(0, 500);
	fixture_check(500);
}
END_TEST

START_TEST(no_memory_to_map_the_next_region)
{
	struct table_entry e, out;
	uint64_t i = 0;
	int r;

	fault_arm("mmap", 1, UINT32_MAX, ENOMEM);
	for (;; i++) {
		e = fixture_entry(i, i);
		if ((r = table_insert(fx.table, &e)) != 0)
			break;
		if (i == 0)
			ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	}
	/* Not even the first: this process has not mapped region 0 yet. */
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_uint_eq(i, 0);
	fault_disarm();
	fixture_fill(0, 40);
	fault_arm("mmap", 1, UINT32_MAX, ENOMEM);
	for (i = 40;; i++) {
		e = fixture_entry(i, i);
		if ((r = table_insert(fx.table, &e)) != 0)
			break;
	}
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_int_eq(table_tick(fx.table), -ENOMEM);
	ck_assert(!fixture_is_growing());
	fault_disarm();
	fixture_fill(40, 400);
	fixture_check(400);
}
END_TEST

START_TEST(a_region_cut_off_the_file_is_an_error)
{
	struct table_entry e = fixture_entry(1, 1), out;

	fixture_fill(0, 40);
	fault_arm("fstat", 1, 1, EIO);
	/* The quick way needs no fstat: a new process would. */
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	fault_disarm();
	fixture_close();
	fixture_open();
	fault_arm("fstat", 1, 1, EIO);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EIO);
	fault_disarm();
	ck_assert_int_eq(
	    truncate(fx.file, (off_t)fx.table->regions[fixture_view().d.region].offset), 0);
	fixture_close();
	ck_assert_int_eq(fixture_try_open(), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "has been cut"));
}
END_TEST

START_TEST(chosen_tags_cannot_make_the_table_grow_for_ever)
{
	struct table_entry e;
	unsigned i;
	int r = 0;

	/* Only who has the key could do this: every tag goes to the same two places. */
	for (i = 0; i < 1000; i++) {
		e = fixture_entry(i, i);
		memset(e.tag.bytes, 0, sizeof(e.tag.bytes));
		memcpy(e.tag.bytes, &i, sizeof(i));
		if ((r = table_insert(fx.table, &e)) != 0)
			break;
	}
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert_uint_eq(i, 2 * BUCKET_SLOTS);
	ck_assert_uint_le(fixture_view().d.region, 5);
	/* Everybody else is served. */
	fixture_fill(1000, 3000);
	fixture_check(2000 + i);
}
END_TEST

/* All go to the last bucket, or the middle one, whatever the number of buckets. */
static struct table_entry
last_bucket_entry(unsigned number)
{
	struct table_entry e = fixture_entry(500000 + number, number);
	uint64_t half[2] = { UINT64_C(0xffffffffffff0000) | number, UINT64_C(1) << 63 };

	memcpy(e.tag.bytes, half, sizeof(half));
	return e;
}

START_TEST(an_entry_without_room_in_the_new_area_stays_in_the_old)
{
	struct table_entry e = last_bucket_entry(0), f, out;
	uint64_t i = 0;
	unsigned k;
	int r;

	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	for (; i < 4000 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	/* Fill its places in the new area before it moves there. */
	for (k = 1;; k++) {
		f = last_bucket_entry(k);
		if ((r = table_insert(fx.table, &f)) != 0)
			break;
	}
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	ck_assert(fixture_is_growing());
	fixture_check(i + k);
	ck_assert_int_eq(table_tick(fx.table), 0);
	/* When one of those goes it moves, and the growth ends. */
	f = last_bucket_entry(1);
	ck_assert_int_eq(table_remove(fx.table, &f.tag), 0);
	settle();
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	fixture_check(i + k - 1);
}
END_TEST

START_TEST(two_full_buckets_begin_a_growth_early)
{
	uint64_t i = 0;
	struct table_entry e, out;
	unsigned k;

	/* Region 6, half full. */
	for (; fixture_view().d.region < 6 || fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	for (k = 0; !fixture_is_growing() && fixture_view().d.region == 6; k++) {
		e = last_bucket_entry(k);
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
		ck_assert_int_eq(table_find(fx.table, &e.tag, &out), 0);
	}
	ck_assert_uint_le(k, 2 * BUCKET_SLOTS + 1);
	ck_assert_uint_eq(fixture_violations(), 0);
}
END_TEST

static void
damage(void)
{
	atomic_fetch_xor(&fx.table->control->descriptor, 1);
}

START_TEST(a_descriptor_damaged_in_the_middle_of_a_change)
{
	struct table_entry e = fixture_entry(60, 60);

	fixture_fill(0, FIXTURE_TO_GROW);
	fault_action = damage;
	fault_arm("fallocate", 1, 1, ENOSPC);
	ck_assert_int_eq(table_insert(fx.table, &e), -EBADMSG);
	damage();
	fault_action = damage;
	fault_arm("fallocate", 1, 1, ENOSPC);
	ck_assert_int_eq(table_remove(fx.table, &e.tag), -EBADMSG);
	damage();
	/* The tick had no room, which is no failure; then it sees what has happened. */
	clock_freeze(FIXTURE_NOW_MS + 1000, 0);
	fault_action = damage;
	fault_arm("fallocate", 1, 1, ENOSPC);
	(void)table_tick(fx.table);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &e), -EBADMSG);
	damage();
	fixture_check(FIXTURE_TO_GROW);
}
END_TEST

static void
punched_by_another(void)
{
	WORD_STORE(
	    &fx.table->control->punched, fx.table->regions[fixture_view().d.region].offset, "");
}

START_TEST(two_ticks_giving_the_same_back)
{
	fixture_fill(0, 2000);
	for (uint64_t i = 2000; fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	WORD_STORE(&fx.table->control->punched, 0, "");
	fixture_call_at("membarrier", 1, punched_by_another);
	ck_assert(!tbl_growth_give_back(fx.table, UINT64_MAX));
}
END_TEST

static bool
count_one(void *arg, const struct table_entry *entry)
{
	(void)entry;
	++*(uint64_t *)arg;
	return true;
}

START_TEST(a_large_table)
{
	uint64_t i = 0, n = 0;
	bool was_growing_over_a_tick = false;

	/* More buckets than one tick moves or one step of a scan reads. */
	for (; i < 50000 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	ck_assert_int_eq(table_tick(fx.table), 0);
	was_growing_over_a_tick = fixture_is_growing();
	ck_assert(was_growing_over_a_tick);
	ck_assert_int_eq(table_each(fx.table, count_one, &n), 0);
	ck_assert_uint_eq(n, i);
	fixture_check(i);
}
END_TEST

START_TEST(the_last_region_is_the_end)
{
	struct tbl_view view;

	fixture_fill(0, 1);
	view = fixture_view();
	view.d.region = GEOMETRY_REGIONS - 1;
	ck_assert_int_eq(tbl_change_lock(fx.table, 100), 0);
	ck_assert_int_eq(tbl_growth_step(fx.table, &view, 1, true, FIXTURE_NOW_MS), -ENOSPC);
	tbl_change_unlock(fx.table);
	fixture_check(1);
}
END_TEST

START_TEST(giving_back_fails_softly)
{
	uint64_t start = fx.table->regions[0].offset;
	struct tbl_descriptor d = { 0, 0, 0 };
	uint64_t word;

	fixture_fill(0, 2000);
	for (uint64_t i = 2000; fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	WORD_STORE(&fx.table->control->punched, start, "");
	fault_arm("fallocate", 1, 1, EOPNOTSUPP);
	(void)tbl_growth_give_back(fx.table, UINT64_MAX);
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->punched), start);
	fault_arm("syscall", 1, 1, ENOSYS); /* no membarrier: nobody knows who reads */
	ck_assert(!tbl_growth_give_back(fx.table, UINT64_MAX));
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->punched), start);
	/* Damage: from before the regions, which must stay. */
	WORD_STORE(&fx.table->control->punched, 0, "");
	ck_assert(tbl_growth_give_back(fx.table, 4096));
	ck_assert_uint_eq(WORD_LOAD(&fx.table->control->punched), start + 4096);
	ck_assert(!tbl_growth_give_back(fx.table, UINT64_MAX));
	ck_assert(!tbl_growth_give_back(fx.table, UINT64_MAX));
	word = WORD_LOAD(&fx.table->control->descriptor);
	WORD_STORE(&fx.table->control->descriptor, tbl_geometry_pack(&d) ^ 1, "");
	ck_assert(!tbl_growth_give_back(fx.table, UINT64_MAX));
	WORD_STORE(&fx.table->control->descriptor, word, "");
}
END_TEST

Suite *
check_growth_suite(void)
{
	Suite *s = suite_create("table/growth");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, begins_large_and_need_not_grow);
	tcase_add_test(tc, begins_no_larger_than_it_may_be);
	tcase_add_test(tc, begins_small_where_there_is_no_room);
	tcase_add_test(tc, grows_from_nothing_and_loses_nothing);
	tcase_add_test(tc, removes_and_replaces_while_growing);
	tcase_add_test(tc, expired_entries_are_not_moved);
	tcase_add_test(tc, what_has_expired_goes_though_growth_has_no_room);
	tcase_add_test(tc, at_most_130_bytes_a_session_also_while_it_grows);
	tcase_add_test(tc, at_most_130_bytes_a_session_also_beside_busy_readers);
	tcase_add_test(tc, what_moves_away_is_given_back_before_the_rest_has_moved);
	tcase_add_test(tc, old_storage_is_given_back);
	tcase_add_test(tc, changes_give_storage_back_without_any_tick);
	tcase_add_test(tc, a_reader_in_the_old_area_keeps_its_storage);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("limits");
	tcase_add_test(tc, a_full_disk_refuses_only_when_there_is_no_room_left);
	tcase_add_test(tc, an_interrupted_allocation_is_repeated);
	tcase_add_test(tc, no_memory_to_map_the_next_region);
	tcase_add_test(tc, the_last_region_is_the_end);
	tcase_add_test(tc, giving_back_fails_softly);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("hostile");
	tcase_add_test(tc, a_region_cut_off_the_file_is_an_error);
	tcase_add_test(tc, chosen_tags_cannot_make_the_table_grow_for_ever);
	tcase_add_test(tc, an_entry_without_room_in_the_new_area_stays_in_the_old);
	tcase_add_test(tc, two_full_buckets_begin_a_growth_early);
	tcase_add_test(tc, a_descriptor_damaged_in_the_middle_of_a_change);
	tcase_add_test(tc, two_ticks_giving_the_same_back);
	tcase_add_test(tc, a_large_table);
	suite_add_tcase(s, tc);
	return s;
}
