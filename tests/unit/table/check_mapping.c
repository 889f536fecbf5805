/* check_mapping.c - tests of src/table/mapping.c and mapping.h: views, places, mappings */
#include "unit/table/fixture.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table/change.h"

Suite *check_mapping_suite(void);

/* So far that something of the old region has been left, and not all of the new is taken. */
static void
grow_halfway(void)
{
	for (uint64_t i = 0; i < 600 || fixture_view().d.cursor < 3; i++)
		fixture_fill(i, i + 1);
}

/* Of the table's file. */
static unsigned
n_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long inode;
	struct stat st;
	char line[512];
	unsigned n = 0;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(stat(fx.file, &st), 0);
	while (fgets(line, sizeof(line), f) != NULL)
		n += sscanf(line, "%*s %*s %*s %*s %lu", &inode) == 1 && inode == st.st_ino;
	(void)fclose(f);
	return n;
}

/* ----------------------------------------------------------------------------- views */

START_TEST(a_view_is_one_area_or_while_growing_two)
{
	struct tbl_view view = fixture_view();

	ck_assert_uint_eq(view.n_areas, 1);
	ck_assert_ptr_eq(tbl_mapping_newest(&view), &view.areas[0]);
	ck_assert_uint_eq(view.areas[0].region, 0);
	ck_assert_uint_eq(view.areas[0].n_buckets, fx.table->regions[0].n_buckets);
	grow_halfway();
	view = fixture_view();
	ck_assert_uint_eq(view.n_areas, 2);
	ck_assert_ptr_eq(tbl_mapping_newest(&view), &view.areas[1]);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(view.areas[i].region, view.d.region + i);
		ck_assert_uint_eq(
		    view.areas[i].n_buckets, fx.table->regions[view.d.region + i].n_buckets);
		ck_assert_ptr_eq((void *)view.areas[i].owned,
		    (void *)(view.areas[i].buckets + view.areas[i].n_buckets));
	}
}
END_TEST

START_TEST(a_region_is_mapped_once_and_where_it_lies)
{
	struct tbl_view view = fixture_view(), again = fixture_view();
	unsigned n = n_mappings();
	struct tbl_bucket b;

	ck_assert_ptr_eq(again.areas[0].buckets, view.areas[0].buckets);
	ck_assert_uint_eq(n_mappings(), n);
	fixture_fill(0, 20);
	/* The mapping shows the file's bytes. */
	for (uint64_t i = 0; i < view.areas[0].n_buckets; i++) {
		off_t at = (off_t)(fx.table->regions[0].offset + i * sizeof(b));

		ck_assert_int_eq(pread(fx.table->fd, &b, sizeof(b), at), (ssize_t)sizeof(b));
		ck_assert_mem_eq(&b, &view.areas[0].buckets[i], sizeof(b));
	}
}
END_TEST

START_TEST(closing_unmaps_all)
{
	fixture_fill(0, 2000);
	ck_assert_uint_gt(n_mappings(), 3);
	fixture_close();
	ck_assert_uint_eq(n_mappings(), 0);
	/* Also what was opened and never used. */
	fixture_open();
	fixture_close();
	ck_assert_uint_eq(n_mappings(), 0);
}
END_TEST

static void
fault_no_more_then_fill(void)
{
	fault_disarm();
	fixture_fill(0, 1);
}

START_TEST(two_threads_mapping_one_region_map_it_once)
{
	unsigned n;

	fixture_fill(0, 3);
	n = n_mappings();
	fixture_close();
	fixture_open();
	/* Between its mmap() and its claim another one has mapped it. */
	fault_action = fault_no_more_then_fill;
	fault_arm("madvise", 1, 1, EINVAL);
	ck_assert(fixture_has(1));
	ck_assert_uint_eq(n_mappings(), n);
	fixture_check(3);
}
END_TEST

/* ---------------------------------------------------------------------------- places */

START_TEST(places_survive_packing)
{
	static const struct {
		unsigned region;
		uint64_t bucket;
		unsigned slot;
	} cases[] = { { 0, 0, 0 }, { GEOMETRY_REGIONS - 1, UINT64_C(0xffffffffffff), 8 },
		{ 3, 77, 5 }, { 254, 1, 255 } };

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t at = tbl_place_pack(cases[i].region, cases[i].bucket, cases[i].slot);

		ck_assert_uint_eq(tbl_place_region(at), cases[i].region);
		ck_assert_uint_eq(tbl_place_bucket(at), cases[i].bucket);
		ck_assert_uint_eq(tbl_place_slot(at), cases[i].slot);
		ck_assert_uint_ne(at, PLACE_NOWHERE);
	}
}
END_TEST

START_TEST(only_places_of_the_view_have_a_bucket)
{
	struct tbl_view view;
	unsigned region;
	uint64_t n;

	grow_halfway();
	view = fixture_view();
	region = view.d.region;
	ck_assert_uint_gt(view.areas[0].first, 0);
	ck_assert_uint_gt(view.n_begun, view.areas[0].first);
	ck_assert_uint_lt(view.areas[1].end, view.areas[1].n_buckets);
	for (unsigned i = 0; i < 2; i++) {
		uint64_t first = view.areas[i].first, end = view.areas[i].end;

		for (unsigned slot = 0; slot < BUCKET_SLOTS; slot++) {
			ck_assert_ptr_eq(
			    tbl_mapping_bucket(&view, tbl_place_pack(region + i, first, slot)),
			    &view.areas[i].buckets[first]);
			ck_assert_ptr_eq(tbl_mapping_bucket(
					     &view, tbl_place_pack(region + i, end - 1, slot)),
			    &view.areas[i].buckets[end - 1]);
		}
		ck_assert_ptr_null(
		    tbl_mapping_bucket(&view, tbl_place_pack(region + i, end, 0)));
		ck_assert_ptr_null(
		    tbl_mapping_bucket(&view, tbl_place_pack(region + i, first, BUCKET_SLOTS)));
		/* Their counters stay from the growth's beginning to its end. */
		n = view.areas[i].n_buckets;
		for (uint64_t k = 0; k < n; k += n - 1)
			ck_assert_ptr_eq(
			    (void *)tbl_mapping_owned(&view, tbl_place_pack(region + i, k, 0)),
			    (void *)&view.areas[i].owned[k]);
		ck_assert_ptr_null(
		    (void *)tbl_mapping_owned(&view, tbl_place_pack(region + i, n, 0)));
	}
	ck_assert_ptr_null(
	    tbl_mapping_bucket(&view, tbl_place_pack(region, view.areas[0].first - 1, 0)));
	ck_assert_ptr_null((void *)tbl_mapping_owned(&view, tbl_place_pack(region + 2, 0, 0)));
	ck_assert_ptr_null((void *)tbl_mapping_owned(&view, PLACE_NOWHERE));
	ck_assert_ptr_null(tbl_mapping_bucket(&view, tbl_place_pack(region + 2, 0, 0)));
	ck_assert_ptr_null(tbl_mapping_bucket(&view, tbl_place_pack(region - 1, 0, 0)));
	ck_assert_ptr_null(tbl_mapping_bucket(&view, PLACE_NOWHERE));
}
END_TEST

/* -------------------------------------------------------------------------- refusals */

START_TEST(a_forged_descriptor_names_nothing)
{
	uint64_t good = WORD_LOAD(&fx.table->control->descriptor);
	/* Well made: the last region, beyond the end of the file; and a growth that is not. */
	const struct tbl_descriptor ds[] = { { 0, GEOMETRY_REGIONS - 1, 0 }, { 0, 0, 1 } };
	struct tbl_view view;

	for (unsigned i = 0; i < 64; i++)
		ck_assert_int_eq(
		    tbl_mapping_view(fx.table, good ^ UINT64_C(1) << i, &view), -EBADMSG);
	ck_assert_int_eq(tbl_mapping_view(fx.table, 0, &view), -EBADMSG);
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(
		    tbl_mapping_view(fx.table, tbl_geometry_pack(&ds[i]), &view), -EBADMSG);
	ck_assert_int_eq(tbl_mapping_view(fx.table, good, &view), 0);
}
END_TEST

START_TEST(a_descriptor_beyond_the_end_is_an_error_not_a_no)
{
	struct tbl_descriptor d = { 0, GEOMETRY_REGIONS - 1, 0 };
	struct table_entry e = fixture_entry(1, 1), out;

	tbl_change_descriptor(fx.table, &d);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EBADMSG);
	d = (struct tbl_descriptor){ 0, 0, 1 };
	tbl_change_descriptor(fx.table, &d);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EBADMSG);
}
END_TEST

START_TEST(a_region_that_cannot_be_mapped_now_can_be_later)
{
	static const struct {
		const char *function;
		int error;
	} faults[] = { { "fstat", EIO }, { "mmap", ENOMEM } };
	uint64_t word = WORD_LOAD(&fx.table->control->descriptor);
	struct tbl_view view;

	fault_arm(faults[_i].function, 1, 1, faults[_i].error);
	ck_assert_int_eq(tbl_mapping_view(fx.table, word, &view), -faults[_i].error);
	ck_assert_int_eq(tbl_mapping_view(fx.table, word, &view), 0);
	/* What is mapped needs neither. */
	fault_arm(faults[_i].function, 1, 1, faults[_i].error);
	ck_assert_int_eq(tbl_mapping_view(fx.table, word, &view), 0);
}
END_TEST

START_TEST(a_file_cut_after_opening_is_an_error_if_not_mapped_yet)
{
	struct table_entry e = fixture_entry(1, 1), out;

	ck_assert_int_eq(truncate(fx.file, (off_t)fx.table->regions[0].offset), 0);
	ck_assert_int_eq(table_find(fx.table, &e.tag, &out), -EBADMSG);
}
END_TEST

Suite *
check_mapping_suite(void)
{
	Suite *s = suite_create("table/mapping");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, a_view_is_one_area_or_while_growing_two);
	tcase_add_test(tc, a_region_is_mapped_once_and_where_it_lies);
	tcase_add_test(tc, closing_unmaps_all);
	tcase_add_test(tc, two_threads_mapping_one_region_map_it_once);
	tcase_add_test(tc, places_survive_packing);
	tcase_add_test(tc, only_places_of_the_view_have_a_bucket);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("hostile");
	tcase_add_test(tc, a_forged_descriptor_names_nothing);
	tcase_add_test(tc, a_descriptor_beyond_the_end_is_an_error_not_a_no);
	tcase_add_loop_test(tc, a_region_that_cannot_be_mapped_now_can_be_later, 0, 2);
	tcase_add_test(tc, a_file_cut_after_opening_is_an_error_if_not_mapped_yet);
	suite_add_tcase(s, tc);
	return s;
}
