/* check_entry.c - tests of src/table/entry.h: entries as words */
#include "unit/table/fixture.h"

#include <string.h>

Suite *check_entry_suite(void);

#define SALT UINT64_C(0x1234567890abcdef)

static const struct {
	const char *name;
	int64_t created_ms, want_created_ms;
	uint32_t lifetime_s;
	enum table_kind kind;
	int64_t now_ms, want_seen_ms;
} pack_cases[] = {
	/* Seen when it was created; nobody knows of a later use. */
	{ "ordinary", 123456789, 123456789, 3600, TABLE_KIND_MEMORY, 123456789, 123456750 },
	{ "long_ago", 1000, 1000, 3600, TABLE_KIND_STORED, 123456789, 1000 },
	{ "before_boot", -5, -5, 0, TABLE_KIND_STORED, 0, -250 },
	{ "in_the_future", 9000, 9000, 0, TABLE_KIND_STORED, 500, 500 },
	{ "steps", 119999, 119999, UINT32_MAX, TABLE_KIND_STORED, 119999, 119750 },
	{ "too_late_is_clamped", INT64_MAX, ENTRY_CREATED_MAX, 1, TABLE_KIND_MEMORY, 0, 0 },
	{ "too_early_is_clamped", INT64_MIN, -ENTRY_CREATED_MAX, 1, TABLE_KIND_MEMORY, 0,
	    2 * TABLE_SEEN_MS - ENTRY_SEEN_BIAS_MS },
	{ "ages_up", INT64_MAX, ENTRY_CREATED_MAX, 1, TABLE_KIND_MEMORY, INT64_MAX,
	    (int64_t)UINT32_MAX *TABLE_SEEN_MS - ENTRY_SEEN_BIAS_MS },
};

START_TEST(packs_and_unpacks)
{
	struct table_entry in = fixture_entry(7, 8), out;
	struct tbl_entry_words w;

	in.created_ms = pack_cases[_i].created_ms;
	in.lifetime_s = pack_cases[_i].lifetime_s;
	in.kind = pack_cases[_i].kind;
	in.idle_s = 1800;
	in.is_remembered = _i % 2 == 1;
	tbl_entry_pack(&in, SALT, pack_cases[_i].now_ms, &w);
	ck_assert(tbl_entry_is_whole(&w, SALT));
	tbl_entry_unpack(&w, &out);
	ck_assert_mem_eq(&out.tag, &in.tag, sizeof(in.tag));
	ck_assert_mem_eq(&out.owner, &in.owner, sizeof(in.owner));
	ck_assert_int_eq(out.created_ms, pack_cases[_i].want_created_ms);
	ck_assert_uint_eq(out.lifetime_s, in.lifetime_s);
	ck_assert_uint_eq(out.idle_s, 1800);
	ck_assert_int_eq(out.kind, in.kind);
	ck_assert(out.is_remembered == in.is_remembered);
	ck_assert_int_eq(out.last_seen_ms, pack_cases[_i].want_seen_ms);
}
END_TEST

static const struct {
	const char *name;
	int64_t created_ms;
	uint32_t lifetime_s;
	int64_t now_ms;
	bool want;
} expiry_cases[] = {
	{ "no_lifetime_never", INT64_MIN, 0, INT64_MAX, false },
	{ "at_its_last_millisecond_not_yet", 1000, 60, 61000, false },
	{ "one_later_yes", 1000, 60, 61001, true },
	{ "created_in_the_future_not", 5000, 1, 1000, false },
	{ "created_before_boot", -60001, 60, 0, true },
	{ "created_before_boot_still_good", -60000, 60, 0, false },
	{ "longest_lifetime", 0, UINT32_MAX, INT64_C(4294967295000), false },
	{ "longest_lifetime_passed", 0, UINT32_MAX, INT64_C(4294967295001), true },
};

START_TEST(expires)
{
	struct table_entry e = fixture_entry(1, 1);
	struct tbl_entry_words w;

	e.created_ms = expiry_cases[_i].created_ms;
	e.lifetime_s = expiry_cases[_i].lifetime_s;
	tbl_entry_pack(&e, SALT, 0, &w);
	ck_assert_int_eq(
	    tbl_entry_is_expired(&w, expiry_cases[_i].now_ms), expiry_cases[_i].want);
}
END_TEST

static const struct {
	const char *name;
	uint32_t idle_s, want_s;
} idle_cases[] = {
	{ "off", 0, 0 },
	{ "a_second", 1, 1 },
	{ "four_and_a_half_hours", 16383, 16383 },
	{ "a_day", 86400, 86400 },
	{ "thirty_days", 30 * 86400, 30 * 86400 },
	{ "thirty_days_and_a_bit", 30 * 86400 + 255, 30 * 86400 },
	{ "seventeen_years", 16383u << 15, 16383u << 15 },
	{ "for_ever_is_that", UINT32_MAX, 16383u << 15 },
};

START_TEST(an_idle_limit_is_kept_short)
{
	uint64_t words = tbl_entry_pack_idle(idle_cases[_i].idle_s);

	ck_assert_uint_eq(tbl_entry_idle_s(words), idle_cases[_i].want_s);
	ck_assert_uint_lt(words, UINT64_C(1) << ENTRY_CREATED_AT);
	ck_assert_uint_eq(words & (ENTRY_KIND_BIT | ENTRY_REMEMBERED_BIT), 0);
}
END_TEST

START_TEST(an_idle_limit_is_never_longer_nor_much_shorter)
{
	for (uint64_t s = 1; s <= 16383u << 15; s += 1 + s / 1000) {
		uint32_t kept_s = tbl_entry_idle_s(tbl_entry_pack_idle((uint32_t)s));

		ck_assert_uint_le(kept_s, s);
		ck_assert_uint_le(s - kept_s, s / 8000);
	}
}
END_TEST

static const struct {
	const char *name;
	int64_t seen_ms;
	uint32_t idle_s;
	int64_t now_ms;
	bool want;
} unused_cases[] = {
	{ "off", -ENTRY_CREATED_MAX, 0, INT64_MAX / 2, false },
	{ "at_its_last_millisecond_not_yet", 1000, 60, 61000, false },
	{ "one_later_yes", 1000, 60, 61001, true },
	{ "never_later_than_that", 1249, 60, 61250, true },
	{ "before_boot_still_good", -59750, 60, 0, false },
	{ "before_boot", -60251, 60, 0, true },
	{ "centuries_ago", INT64_MIN, UINT32_MAX, 0, true },
	{ "longest", 0, UINT32_MAX, (INT64_C(16383) << 15) * 1000, false },
	{ "longest_passed", 0, UINT32_MAX, (INT64_C(16383) << 15) * 1000 + 1, true },
};

START_TEST(expires_when_unused)
{
	struct table_entry e = fixture_entry(1, 1);
	struct tbl_entry_words w;

	e.created_ms = unused_cases[_i].seen_ms;
	e.idle_s = unused_cases[_i].idle_s;
	tbl_entry_pack(&e, SALT, INT64_MAX, &w);
	ck_assert(tbl_entry_is_expired(&w, unused_cases[_i].now_ms) == unused_cases[_i].want);
	ck_assert(tbl_entry_is_idle(&w, unused_cases[_i].now_ms) == unused_cases[_i].want);
	/* What was found so before is, whatever the clock says. */
	w.seen = ENTRY_SEEN_ENDED;
	ck_assert(tbl_entry_is_idle(&w, 0) == (e.idle_s != 0));
}
END_TEST

static bool
is_bit_of(unsigned bit, size_t offset, size_t n_bytes)
{
	return bit >= offset * 8 && bit < (offset + n_bytes) * 8;
}

#define IS_BIT_OF(bit, field)                                   \
	is_bit_of(bit, offsetof(struct tbl_entry_words, field), \
	    sizeof(((struct tbl_entry_words *)NULL)->field))

static void
flip(struct tbl_entry_words *w, unsigned bit)
{
	((uint8_t *)w)[bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* Alone or two together. */
START_TEST(flipped_bits_are_noticed)
{
	struct table_entry e = fixture_entry(3, 4);
	struct tbl_entry_words good, bad;
	unsigned n_bits = offsetof(struct tbl_entry_words, check) * 8 + 32;

	e.lifetime_s = 1800;
	tbl_entry_pack(&e, SALT, 60000, &good);
	for (unsigned i = 0; i < n_bits; i++)
		for (unsigned j = i; j < n_bits; j++) {
			/* The time last seen is changed without the lock, so it is not covered. */
			if (IS_BIT_OF(i, seen) || IS_BIT_OF(j, seen))
				continue;
			/* A look-up compares the tag. */
			if (IS_BIT_OF(i, tag) && IS_BIT_OF(j, owner))
				continue;
			bad = good;
			flip(&bad, i);
			if (j != i)
				flip(&bad, j);
			ck_assert_msg(!tbl_entry_is_whole(&bad, SALT), "bits %u and %u", i, j);
		}
	ck_assert(!tbl_entry_is_whole(&good, SALT ^ 1));
}
END_TEST

START_TEST(time_last_seen_is_not_checked)
{
	struct table_entry e = fixture_entry(3, 4);
	struct tbl_entry_words w;

	tbl_entry_pack(&e, SALT, 60000, &w);
	w.seen++;
	ck_assert(tbl_entry_is_whole(&w, SALT));
}
END_TEST

START_TEST(buckets_differ_and_exist)
{
	for (uint64_t n = 8; n < 5000; n += 8)
		for (uint64_t i = 0; i < 50; i++) {
			struct table_entry e = fixture_entry(i, 0);
			uint64_t tag[2], at[2];

			tbl_entry_pack_tag(&e.tag, tag);
			if (i % 2 == 0)
				tag[1] = tag[0]; /* both halves choose one bucket */
			tbl_entry_buckets(tag, n, at);
			ck_assert_uint_lt(at[0], n);
			ck_assert_uint_lt(at[1], n);
			ck_assert_uint_ne(at[0], at[1]);
			ck_assert_uint_lt(tbl_entry_wanted_slot(tag), BUCKET_SLOTS);
		}
}
END_TEST

START_TEST(a_fingerprint_is_never_nothing)
{
	unsigned n_times[256] = { 0 };

	for (uint64_t i = 0; i < 256; i++) {
		uint64_t tag[2] = { UINT64_C(0xabcdef00) | i, 0 },
			 fingerprint = tbl_entry_fingerprint(tag);

		ck_assert_uint_ge(fingerprint, 1);
		ck_assert_uint_le(fingerprint, 255);
		n_times[fingerprint]++;
	}
	/* As even as can be. */
	for (unsigned i = 1; i < 256; i++)
		ck_assert(n_times[i] == 1 || n_times[i] == 2);
}
END_TEST

START_TEST(words_are_copied_as_they_are)
{
	struct digest_tag tag;
	uint64_t words[2];

	for (unsigned i = 0; i < sizeof(tag.bytes); i++)
		tag.bytes[i] = (uint8_t)(i * 17);
	tbl_entry_pack_tag(&tag, words);
	ck_assert_mem_eq(words, tag.bytes, sizeof(words));
}
END_TEST

Suite *
check_entry_suite(void)
{
	Suite *s = suite_create("table/entry");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(
	    tc, packs_and_unpacks, 0, sizeof(pack_cases) / sizeof(pack_cases[0]));
	tcase_add_loop_test(tc, expires, 0, sizeof(expiry_cases) / sizeof(expiry_cases[0]));
	tcase_add_loop_test(
	    tc, an_idle_limit_is_kept_short, 0, sizeof(idle_cases) / sizeof(idle_cases[0]));
	tcase_add_test(tc, an_idle_limit_is_never_longer_nor_much_shorter);
	tcase_add_loop_test(
	    tc, expires_when_unused, 0, sizeof(unused_cases) / sizeof(unused_cases[0]));
	tcase_add_test(tc, flipped_bits_are_noticed);
	tcase_add_test(tc, time_last_seen_is_not_checked);
	tcase_add_test(tc, buckets_differ_and_exist);
	tcase_add_test(tc, a_fingerprint_is_never_nothing);
	tcase_add_test(tc, words_are_copied_as_they_are);
	suite_add_tcase(s, tc);
	return s;
}
