/* check_geometry.c - tests of src/shm/geometry.c */
#include "unit/shm/fixture.h"

#include "shm/geometry.h"

Suite *check_geometry_suite(void);

START_TEST(regions_follow_each_other_in_whole_pages)
{
	struct geometry g[GEOMETRY_REGIONS];

	geometry_fill(g);
	ck_assert_uint_eq(g[0].offset, (uint64_t)FORMAT_REGIONS_OFFSET);
	for (unsigned i = 0; i < GEOMETRY_REGIONS; i++) {
		ck_assert_uint_eq(g[i].offset % FORMAT_PAGE_BYTES, 0);
		ck_assert_uint_eq(geometry_bytes(&g[i]) % FORMAT_PAGE_BYTES, 0);
		if (i == 0)
			continue;
		ck_assert_uint_eq(g[i].offset, g[i - 1].offset + geometry_bytes(&g[i - 1]));
		ck_assert_uint_ge(g[i].n_buckets * 2, g[i - 1].n_buckets * 3);
	}
	/* The whole fits what ext4 gives one file. */
	ck_assert_uint_lt(g[GEOMETRY_REGIONS - 1].offset, UINT64_C(1) << 40);
}
END_TEST

START_TEST(at_most_130_bytes_a_session_from_2000_on)
{
	struct geometry g[GEOMETRY_REGIONS];

	geometry_fill(g);
	for (unsigned i = 0; i + 1 < GEOMETRY_REGIONS; i++) {
		/* The worst moment: just grown.  12 KiB are the pages before the regions. */
		uint64_t n = geometry_grow_at(g[i].n_buckets);

		if (n >= 2000)
			ck_assert_uint_le(geometry_bytes(&g[i + 1]) + 12288, n * 130);
	}
}
END_TEST

START_TEST(descriptors_survive_packing)
{
	const struct descriptor cases[] = {
		{ 0, 0, false },
		{ UINT32_MAX, GEOMETRY_REGIONS - 1, false },
		{ 77, GEOMETRY_REGIONS - 2, true },
	};

	for (unsigned i = 0; i < 3; i++) {
		struct descriptor d;

		ck_assert(geometry_unpack(geometry_pack(&cases[i]), &d));
		ck_assert_uint_eq(d.generation, cases[i].generation);
		ck_assert_uint_eq(d.region, cases[i].region);
		ck_assert_int_eq(d.is_growing, cases[i].is_growing);
	}
}
END_TEST

START_TEST(descriptors_hit_by_chance_are_refused)
{
	const struct descriptor good = { 5, 3, true }, last = { 5, GEOMETRY_REGIONS - 1, true },
				beyond = { 5, GEOMETRY_REGIONS, false };
	uint64_t word = geometry_pack(&good);
	struct descriptor d;

	ck_assert(!geometry_unpack(0, &d));
	for (unsigned i = 0; i < 64; i++)
		ck_assert(!geometry_unpack(word ^ UINT64_C(1) << i, &d));
	/* Well made and still nonsense. */
	ck_assert(!geometry_unpack(geometry_pack(&last), &d));
	ck_assert(!geometry_unpack(geometry_pack(&beyond), &d));
	/* Neither growing nor not, whatever the check. */
	for (uint64_t check = 0; check <= 0xffff; check++)
		ck_assert(!geometry_unpack(UINT64_C(2) << 16 | check, &d));
}
END_TEST

Suite *
check_geometry_suite(void)
{
	Suite *s = suite_create("geometry");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, regions_follow_each_other_in_whole_pages);
	tcase_add_test(tc, at_most_130_bytes_a_session_from_2000_on);
	tcase_add_test(tc, descriptors_survive_packing);
	tcase_add_test(tc, descriptors_hit_by_chance_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
