/* check_bucket.c - tests of src/table/bucket.c and bucket.h: eight slots and their protocol */
#include "unit/table/fixture.h"

#include <string.h>

#include "table/bucket.h"

Suite *check_bucket_suite(void);

#define SALT UINT64_C(0x1234567890abcdef)

static struct tbl_bucket bucket;

static void
wipe(void)
{
	memset(&bucket, 0, sizeof(bucket));
	table_step_hook = NULL;
}

static struct tbl_entry_words
words_of(uint64_t i)
{
	struct table_entry e = fixture_entry(i, i);
	struct tbl_entry_words w;

	e.lifetime_s = (uint32_t)i + 1;
	tbl_entry_pack(&e, SALT, FIXTURE_NOW_MS, &w);
	return w;
}

/* Entry n into slot i. */
static void
put(unsigned i, uint64_t n)
{
	struct tbl_entry_words w = words_of(n);

	tbl_bucket_write(&bucket, i, &w);
}

static bool
holds(unsigned i, uint64_t n)
{
	struct tbl_entry_words w, want = words_of(n);

	return tbl_bucket_read(&bucket, i, &w) && memcmp(&w, &want, FIXTURE_WORDS_BYTES) == 0;
}

/* ---------------------------------------------------------------------- what is there */

/* The slots that may hold a tag like this one. */
static uint64_t
match(unsigned wanted, unsigned low_bits)
{
	uint64_t tag[2] = { low_bits, wanted };

	return tbl_bucket_match(&bucket, tag);
}

START_TEST(all_zero_is_an_empty_bucket)
{
	struct tbl_entry_words w;

	ck_assert_uint_eq(fixture_n_live(&bucket), 0);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		for (unsigned low = 0; low < 256; low++)
			ck_assert_uint_eq(match(i, low), 0);
		ck_assert(!tbl_bucket_read(&bucket, i, &w));
		ck_assert_int_eq(tbl_bucket_free_slot(&bucket, i), (int)i);
	}
}
END_TEST

START_TEST(what_is_written_is_read_whole_and_the_neighbours_stay)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		put(i, i);
		ck_assert_uint_eq(fixture_n_live(&bucket), i + 1);
		for (unsigned k = 0; k < BUCKET_SLOTS; k++)
			ck_assert_int_eq(holds(k, k), k <= i);
	}
	/* Also found by their fingerprints. */
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		struct tbl_entry_words w = words_of(i), found;
		uint64_t set = tbl_bucket_match(&bucket, w.tag);

		ck_assert_uint_eq(tbl_bucket_set_first(set), i);
		ck_assert_uint_eq(set & (set - 1), 0);
		ck_assert(tbl_bucket_read_tag(&bucket.slots[i], w.tag, &found));
		ck_assert_mem_eq(&found, &w, FIXTURE_WORDS_BYTES);
	}
}
END_TEST

START_TEST(only_the_very_tag_is_read)
{
	struct tbl_entry_words w = words_of(1), found;

	put(6, 1);
	for (unsigned bit = 0; bit < 128; bit++) {
		uint64_t tag[2] = { w.tag[0], w.tag[1] };

		tag[bit / 64] ^= UINT64_C(1) << bit % 64;
		ck_assert(!tbl_bucket_read_tag(&bucket.slots[6], tag, &found));
	}
	ck_assert(tbl_bucket_read_tag(&bucket.slots[6], w.tag, &found));
	/* Nor what is not live, whatever its fields hold. */
	atomic_fetch_xor(&bucket.slots[6].meta, SLOT_BUSY ^ SLOT_LIVE);
	ck_assert(!tbl_bucket_read_tag(&bucket.slots[6], w.tag, &found));
	atomic_fetch_xor(&bucket.slots[6].meta, SLOT_BUSY);
	ck_assert(!tbl_bucket_read_tag(&bucket.slots[6], w.tag, &found));
}
END_TEST

START_TEST(what_is_cleared_leaves_nothing_and_the_neighbours_stay)
{
	/* All but the version, which goes on, and the fingerprints of others. */
	static const struct tbl_slot nothing;

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		put(i, i);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		tbl_bucket_clear(&bucket, i, NULL);
		ck_assert_uint_eq(fixture_n_live(&bucket), BUCKET_SLOTS - 1 - i);
		ck_assert_mem_eq(&bucket.slots[i], &nothing, offsetof(struct tbl_slot, meta));
		for (unsigned k = 0; k < BUCKET_SLOTS; k++)
			ck_assert_int_eq(holds(k, k), k > i);
	}
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		ck_assert_uint_eq(bucket.slots[i].fingerprints, 0);
}
END_TEST

START_TEST(fingerprints_of_a_half_written_slot_are_cleared_wherever_they_are)
{
	struct tbl_entry_words w = words_of(1);

	put(2, 5);
	put(6, 1);
	/* Its writer, or who cleared it, died among the fields: the tag is another one. */
	WORD_STORE(&bucket.slots[6].tag[1], w.tag[1] + 1, "");
	tbl_bucket_clear(&bucket, 6, NULL);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		ck_assert_uint_eq(bucket.slots[i].fingerprints >> 8 * 6 & 0xff, 0);
	ck_assert(holds(2, 5));
	ck_assert_uint_ne(tbl_bucket_match(&bucket, words_of(5).tag), 0);
}
END_TEST

START_TEST(the_wanted_slot_if_it_is_free_else_the_first_that_is)
{
	/* Else its neighbour, which comes with the same fetch, and so on. */
	put(4, 1);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 4), 5);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 5), 5);
	put(5, 2);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 4), 6);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 5), 7);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (i != 6)
			put(i, i);
	for (unsigned wanted = 0; wanted < BUCKET_SLOTS; wanted++)
		ck_assert_int_eq(tbl_bucket_free_slot(&bucket, wanted), 6);
	put(6, 6);
	for (unsigned wanted = 0; wanted < BUCKET_SLOTS; wanted++)
		ck_assert_int_eq(tbl_bucket_free_slot(&bucket, wanted), -1);
	/* Whose writer died holds nothing. */
	atomic_fetch_xor(&bucket.slots[3].meta, SLOT_BUSY ^ SLOT_LIVE);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 3), 3);
	ck_assert_int_eq(tbl_bucket_free_slot(&bucket, 7), 3);
	ck_assert_uint_eq(fixture_n_live(&bucket), BUCKET_SLOTS - 1);
}
END_TEST

START_TEST(fingerprints_match_their_slots_only)
{
	/* All eight wish for slot 5; entry i has the low bits 30 i. */
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		struct tbl_entry_words w = words_of(i);

		w.tag[0] = (w.tag[0] & ~UINT64_C(0xff)) | (i * 30);
		w.tag[1] = (w.tag[1] & ~UINT64_C(7)) | 5;
		tbl_bucket_write(&bucket, i, &w);
	}
	for (unsigned low = 0; low < 256; low++) {
		uint64_t set = match(5, low), tag[2] = { low, 5 };
		uint64_t first = low / 30, of_first[2] = { first * 30, 5 };
		bool is_same = first < BUCKET_SLOTS &&
			       tbl_entry_fingerprint(tag) == tbl_entry_fingerprint(of_first);

		ck_assert_msg((set != 0) == is_same, "low bits %u", low);
		if (set != 0) {
			ck_assert_uint_eq(tbl_bucket_set_first(set), first);
			ck_assert_uint_eq(set & (set - 1), 0);
		}
		for (unsigned wanted = 0; wanted < BUCKET_SLOTS; wanted++)
			ck_assert(wanted == 5 || match(wanted, low) == 0);
	}
}
END_TEST

START_TEST(equal_fingerprints_are_all_members)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i += 2) {
		struct tbl_entry_words w = words_of(i);

		w.tag[0] = (w.tag[0] & ~UINT64_C(0xff)) | 77;
		w.tag[1] &= ~UINT64_C(7);
		tbl_bucket_write(&bucket, i, &w);
	}
	ck_assert_uint_eq(match(0, 77), UINT64_C(0x0080008000800080));
}
END_TEST

/* ------------------------------------------------------------------------- protocol */

/* At every store of a change: what would a reader see. */
static unsigned n_stores, n_seen_old, n_seen_new;
static const char *first_store, *last_store;

static void
look_step(const char *name)
{
	table_step_hook = NULL;
	if (n_stores++ == 0)
		first_store = name;
	last_store = name;
	n_seen_old += holds(6, 1);
	n_seen_new += holds(6, 2);
	ck_assert(holds(5, 5) && holds(7, 7));
	table_step_hook = look_step;
}

START_TEST(a_reader_sees_nothing_until_the_last_store)
{
	put(5, 5);
	put(7, 7);
	n_stores = n_seen_old = n_seen_new = 0;
	table_step_hook = look_step;
	put(6, 2);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_stores, 11);
	ck_assert_str_eq(first_store, "meta busy");
	ck_assert_str_eq(last_store, "meta live");
	ck_assert_uint_eq(n_seen_new, 0);
	ck_assert(holds(6, 2));
}
END_TEST

START_TEST(a_reader_sees_nothing_from_the_first_store_of_clearing_on)
{
	put(5, 5);
	put(6, 1);
	put(7, 7);
	n_stores = n_seen_old = n_seen_new = 0;
	table_step_hook = look_step;
	tbl_bucket_clear(&bucket, 6, NULL);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_stores, 10);
	ck_assert_str_eq(first_store, "meta empty");
	ck_assert_uint_eq(n_seen_old, 1); /* before it */
}
END_TEST

/* A writer comes between a reader's loads: at each of them, and with each kind of change. */
static const char *const loads[] = { "read tag 0", "read tag 1", "read owner 0", "read owner 1",
	"read created", "read lifetime", "read seen", "read check", "read meta again" };
static const char *change_at;
static int change_kind;

static void
change_step(const char *name)
{
	if (strcmp(name, change_at) != 0)
		return;
	table_step_hook = NULL;
	if (change_kind == 0) {
		tbl_bucket_clear(&bucket, 6, NULL);
	} else {
		tbl_bucket_clear(&bucket, 6, NULL);
		put(6,
		    change_kind == 1 ? 2 : 1); /* also the same again: not the same version */
	}
}

START_TEST(a_slot_that_changed_meanwhile_is_not_read)
{
	struct tbl_entry_words w, want = words_of(1);

	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		for (change_kind = 0; change_kind < 3; change_kind++) {
			put(6, 1);
			change_at = loads[i];
			table_step_hook = change_step;
			ck_assert_msg(!tbl_bucket_read_tag(&bucket.slots[6], want.tag, &w),
			    "%s, kind %d", loads[i], change_kind);
			ck_assert_ptr_null(table_step_hook);
			tbl_bucket_clear(&bucket, 6, NULL);
		}
}
END_TEST

START_TEST(every_change_is_another_version)
{
	uint32_t meta, before = 0;

	for (unsigned i = 0; i < 100; i++) {
		put(0, 1);
		meta = WORD_LOAD(&bucket.slots[0].meta);
		ck_assert_uint_eq(tbl_bucket_state(&bucket, 0), SLOT_LIVE);
		ck_assert_uint_gt(meta / BUCKET_VERSION, before / BUCKET_VERSION);
		before = meta;
		tbl_bucket_clear(&bucket, 0, NULL);
		meta = WORD_LOAD(&bucket.slots[0].meta);
		ck_assert_uint_eq(tbl_bucket_state(&bucket, 0), SLOT_EMPTY);
		ck_assert_uint_gt(meta / BUCKET_VERSION, before / BUCKET_VERSION);
		before = meta;
	}
	/* After 2^30 of them it begins again, and leaves the state alone. */
	WORD_STORE(&bucket.slots[1].meta, ~BUCKET_STATE_MASK | SLOT_EMPTY, "");
	put(1, 3);
	ck_assert(holds(1, 3));
	ck_assert_uint_eq(WORD_LOAD(&bucket.slots[1].meta), BUCKET_VERSION | SLOT_LIVE);
}
END_TEST

Suite *
check_bucket_suite(void)
{
	Suite *s = suite_create("table/bucket");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, wipe, wipe);
	tcase_add_test(tc, all_zero_is_an_empty_bucket);
	tcase_add_test(tc, what_is_written_is_read_whole_and_the_neighbours_stay);
	tcase_add_test(tc, what_is_cleared_leaves_nothing_and_the_neighbours_stay);
	tcase_add_test(tc, the_wanted_slot_if_it_is_free_else_the_first_that_is);
	tcase_add_test(tc, only_the_very_tag_is_read);
	tcase_add_test(tc, fingerprints_of_a_half_written_slot_are_cleared_wherever_they_are);
	tcase_add_test(tc, fingerprints_match_their_slots_only);
	tcase_add_test(tc, equal_fingerprints_are_all_members);
	suite_add_tcase(s, tc);

	tc = tcase_create("protocol");
	tcase_add_checked_fixture(tc, wipe, wipe);
	tcase_add_test(tc, a_reader_sees_nothing_until_the_last_store);
	tcase_add_test(tc, a_reader_sees_nothing_from_the_first_store_of_clearing_on);
	tcase_add_test(tc, a_slot_that_changed_meanwhile_is_not_read);
	tcase_add_test(tc, every_change_is_another_version);
	suite_add_tcase(s, tc);
	return s;
}
