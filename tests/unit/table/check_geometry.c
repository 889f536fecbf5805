/* check_geometry.c - tests of src/table/geometry.c */
#include "unit/table/fixture.h"

#include "table/geometry.h"

Suite *check_geometry_suite(void);

static struct tbl_geometry g[GEOMETRY_REGIONS];

static void
set_up(void)
{
	tbl_geometry_fill(g);
}

START_TEST(regions_follow_each_other_in_whole_pages)
{
	ck_assert_uint_eq(g[0].offset, (uint64_t)FORMAT_REGIONS_OFFSET);
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		ck_assert_uint_eq(g[i].offset % FORMAT_PAGE_BYTES, 0);
		ck_assert_uint_eq(tbl_geometry_bucket_bytes(&g[i]) % FORMAT_PAGE_BYTES, 0);
		ck_assert_uint_eq(tbl_geometry_owned_bytes(&g[i]) % FORMAT_PAGE_BYTES, 0);
		ck_assert_uint_ge(tbl_geometry_owned_bytes(&g[i]), g[i].n_buckets * 8);
		if (i == 0)
			continue;
		ck_assert_uint_eq(g[i].offset, g[i - 1].offset + tbl_geometry_bytes(&g[i - 1]));
		ck_assert_uint_ge(g[i].n_buckets * 3, g[i - 1].n_buckets * 4 - 3);
	}
	ck_assert_uint_ge(
	    tbl_geometry_grow_at(g[GEOMETRY_REGIONS - 1].n_buckets), UINT64_C(2000000000));
	/* The whole fits what ext4 gives one file. */
	ck_assert_uint_lt(g[GEOMETRY_REGIONS - 1].offset, UINT64_C(1) << 40);
}
END_TEST

/* Storage in use when this cursor stands: what is left of the old region, what is taken of the
 * new one, the counters of both, and 12 KiB before the regions. */
static uint64_t
bytes_at(unsigned region, unsigned cursor)
{
	const struct tbl_geometry *old = &g[region], *next = old + 1;

	return 12288 + tbl_geometry_bytes(old) +
	       (tbl_geometry_taken(old, next, cursor) - tbl_geometry_left(old, cursor)) *
		   sizeof(struct tbl_bucket) +
	       tbl_geometry_owned_bytes(next);
}

START_TEST(at_most_130_bytes_a_session_from_3000_on_also_while_growing)
{
	for (unsigned i = 0; i + 1 < GEOMETRY_REGIONS; i++) {
		uint64_t n = tbl_geometry_grow_at(g[i].n_buckets);

		if (n < 3000)
			continue;
		for (unsigned cursor = 1; cursor <= tbl_geometry_last_cursor(&g[i]); cursor++)
			ck_assert_uint_le(bytes_at(i, cursor), n * 130);
		/* Just grown: never more while it does not grow. */
		ck_assert_uint_le(tbl_geometry_bytes(&g[i + 1]) + 12288, n * 128);
	}
}
END_TEST

START_TEST(chunks_cover_a_region_in_order)
{
	for (unsigned i = 0; i + 1 < GEOMETRY_REGIONS; i++) {
		unsigned last = tbl_geometry_last_cursor(&g[i]);

		ck_assert_uint_ge(last, 1);
		ck_assert_uint_le(last, GEOMETRY_CHUNKS_MAX);
		ck_assert_uint_eq(tbl_geometry_left(&g[i], 0), 0);
		ck_assert_uint_eq(tbl_geometry_begun(&g[i], 0), 0);
		ck_assert_uint_eq(tbl_geometry_taken(&g[i], &g[i + 1], 0), 0);
		ck_assert_uint_eq(tbl_geometry_left(&g[i], 1), 0);
		for (unsigned cursor = 1; cursor <= last; cursor++) {
			uint64_t left = tbl_geometry_left(&g[i], cursor);
			uint64_t begun = tbl_geometry_begun(&g[i], cursor);

			ck_assert_uint_lt(left, begun);
			ck_assert_uint_eq(left % 8 + begun % 8, 0);
			ck_assert_uint_eq(left, tbl_geometry_begun(&g[i], cursor - 1));
			ck_assert_uint_ge(tbl_geometry_taken(&g[i], &g[i + 1], cursor),
			    tbl_geometry_taken(&g[i], &g[i + 1], cursor - 1));
		}
		ck_assert_uint_eq(tbl_geometry_begun(&g[i], last), g[i].n_buckets);
		ck_assert_uint_eq(
		    tbl_geometry_taken(&g[i], &g[i + 1], last), g[i + 1].n_buckets);
	}
}
END_TEST

/* The least and the greatest hash that tbl_entry_scale() takes to a bucket. */
static uint64_t
least_hash(uint64_t bucket, uint64_t n)
{
	unsigned __int128 h = ((unsigned __int128)bucket << 64) / n;

	return (uint64_t)h + (tbl_entry_scale((uint64_t)h, n) < bucket);
}

START_TEST(where_entries_of_begun_chunks_go_is_taken)
{
	for (unsigned i = 0; i < 40; i++) {
		uint64_t n_old = g[i].n_buckets, n_next = g[i + 1].n_buckets;

		for (unsigned cursor = 1; cursor <= tbl_geometry_last_cursor(&g[i]); cursor++) {
			uint64_t end = tbl_geometry_begun(&g[i], cursor);
			uint64_t last = end == n_old ? UINT64_MAX : least_hash(end, n_old) - 1;

			ck_assert_uint_eq(tbl_entry_scale(last, n_old), end - 1);
			/* Its neighbour too, which is where a tag with equal halves goes. */
			ck_assert_uint_lt(tbl_entry_scale(last, n_next) | 1,
			    tbl_geometry_taken(&g[i], &g[i + 1], cursor));
			/* Each chunk takes some: scan.c counts on it. */
			ck_assert_uint_lt(tbl_geometry_taken(&g[i], &g[i + 1], cursor - 1),
			    tbl_geometry_taken(&g[i], &g[i + 1], cursor));
		}
	}
}
END_TEST

START_TEST(descriptors_survive_packing)
{
	const struct tbl_descriptor cases[] = {
		{ 0, 0, 0 },
		{ UINT32_MAX, GEOMETRY_REGIONS - 1, 0 },
		{ 77, GEOMETRY_REGIONS - 2, 1 },
		{ 77, GEOMETRY_REGIONS - 2,
		    tbl_geometry_last_cursor(&g[GEOMETRY_REGIONS - 2]) },
		{ 1, 0, 1 },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tbl_descriptor d;

		ck_assert(tbl_geometry_unpack(g, tbl_geometry_pack(&cases[i]), &d));
		ck_assert_uint_eq(d.generation, cases[i].generation);
		ck_assert_uint_eq(d.region, cases[i].region);
		ck_assert_uint_eq(d.cursor, cases[i].cursor);
		ck_assert_uint_eq(
		    tbl_geometry_newest(&d), cases[i].region + (cases[i].cursor != 0));
	}
}
END_TEST

START_TEST(descriptors_hit_by_chance_are_refused)
{
	/* The last three are well made and still nonsense. */
	const struct tbl_descriptor good = { 5, 30, 7 }, bad[] = {
		{ 5, GEOMETRY_REGIONS - 1, 1 },
		{ 5, GEOMETRY_REGIONS, 0 },
		{ 5, 1, tbl_geometry_last_cursor(&g[1]) + 1 },
	};
	uint64_t word = tbl_geometry_pack(&good);
	struct tbl_descriptor d = { 1, 2, 3 };

	ck_assert(!tbl_geometry_unpack(g, 0, &d));
	for (unsigned i = 0; i < 64; i++)
		ck_assert(!tbl_geometry_unpack(g, word ^ UINT64_C(1) << i, &d));
	for (unsigned i = 0; i < 3; i++)
		ck_assert(!tbl_geometry_unpack(g, tbl_geometry_pack(&bad[i]), &d));
	/* And leave what there was. */
	ck_assert_uint_eq(d.generation, 1);
	ck_assert(tbl_geometry_unpack(g, word, &d));
	ck_assert_uint_eq(d.cursor, 7);
}
END_TEST

Suite *
check_geometry_suite(void)
{
	Suite *s = suite_create("table/geometry");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, regions_follow_each_other_in_whole_pages);
	tcase_add_test(tc, at_most_130_bytes_a_session_from_3000_on_also_while_growing);
	tcase_add_test(tc, chunks_cover_a_region_in_order);
	tcase_add_test(tc, where_entries_of_begun_chunks_go_is_taken);
	tcase_add_test(tc, descriptors_survive_packing);
	tcase_add_test(tc, descriptors_hit_by_chance_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
