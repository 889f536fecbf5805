/* check_bucket.c - tests of src/shm/bucket.c and bucket.h: nine slots and their protocol */
#include "unit/shm/fixture.h"

#include <string.h>

#include "shm/bucket.h"

Suite *check_bucket_suite(void);

#define SALT UINT64_C(0x1234567890abcdef)

static struct bucket bucket;

static void
wipe(void)
{
	memset(&bucket, 0, sizeof(bucket));
	table_step_hook = NULL;
}

static struct entry_words
words_of(uint64_t i)
{
	struct table_entry e = fixture_entry(i, i);
	struct entry_words w;

	e.lifetime_s = (uint32_t)i + 1;
	entry_pack(&e, SALT, FIXTURE_NOW_MS, &w);
	return w;
}

/* Entry n into slot i. */
static void
put(unsigned i, uint64_t n)
{
	struct entry_words w = words_of(n);

	bucket_write(&bucket, i, &w, entry_owner_hash(w.owner, SALT));
}

static bool
holds(unsigned i, uint64_t n)
{
	struct entry_words w, want = words_of(n);

	return bucket_read(&bucket, i, &w) && memcmp(&w, &want, sizeof(w)) == 0;
}

/* ---------------------------------------------------------------------- what is there */

START_TEST(all_zero_is_an_empty_bucket)
{
	struct entry_words w;

	ck_assert_uint_eq(bucket_n_live(&bucket), 0);
	ck_assert_uint_eq(bucket_match_tag(&bucket, 1), 0);
	ck_assert_uint_eq(bucket_match_owner(&bucket, 1), 0);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		ck_assert(!bucket_read(&bucket, i, &w));
		ck_assert_int_eq(bucket_free_slot(&bucket, i), (int)i);
	}
}
END_TEST

START_TEST(what_is_written_is_read_whole_and_the_neighbours_stay)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		put(i, i);
		ck_assert_uint_eq(bucket_n_live(&bucket), i + 1);
		for (unsigned k = 0; k < BUCKET_SLOTS; k++)
			ck_assert_int_eq(holds(k, k), k <= i);
	}
	/* Also found by their prints. */
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		struct entry_words w = words_of(i);
		uint64_t owner = entry_owner_print(entry_owner_hash(w.owner, SALT));

		ck_assert_uint_eq(
		    bucket_set_first(bucket_match_tag(&bucket, entry_tag_print(w.tag))), i);
		ck_assert_uint_ne(bucket_match_owner(&bucket, owner), 0);
	}
}
END_TEST

START_TEST(what_is_cleared_leaves_nothing_and_the_neighbours_stay)
{
	static const struct slot nothing;
	uint64_t prints[3] = { 0, 0, 0 };

	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		put(i, i);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		bucket_clear(&bucket, i);
		ck_assert_uint_eq(bucket_n_live(&bucket), BUCKET_SLOTS - 1 - i);
		ck_assert_mem_eq(&bucket.slots[i], &nothing, sizeof(nothing));
		for (unsigned k = 0; k < BUCKET_SLOTS; k++)
			ck_assert_int_eq(holds(k, k), k > i);
	}
	ck_assert_mem_eq(bucket.prints, prints, sizeof(prints));
}
END_TEST

START_TEST(the_wanted_slot_if_it_is_free_else_the_first_that_is)
{
	put(4, 1);
	ck_assert_int_eq(bucket_free_slot(&bucket, 4), 0);
	ck_assert_int_eq(bucket_free_slot(&bucket, 5), 5);
	for (unsigned i = 0; i < BUCKET_SLOTS; i++)
		if (i != 7)
			put(i, i);
	for (unsigned wanted = 0; wanted < BUCKET_SLOTS; wanted++)
		ck_assert_int_eq(bucket_free_slot(&bucket, wanted), 7);
	put(7, 7);
	for (unsigned wanted = 0; wanted < BUCKET_SLOTS; wanted++)
		ck_assert_int_eq(bucket_free_slot(&bucket, wanted), -1);
	/* Whose writer died holds nothing. */
	atomic_fetch_xor(&bucket.meta[3], SLOT_BUSY ^ SLOT_LIVE);
	ck_assert_int_eq(bucket_free_slot(&bucket, 3), 3);
	ck_assert_int_eq(bucket_free_slot(&bucket, 8), 3);
	ck_assert_uint_eq(bucket_n_live(&bucket), BUCKET_SLOTS - 1);
}
END_TEST

START_TEST(prints_match_their_slots_only)
{
	for (unsigned i = 0; i < BUCKET_SLOTS; i++) {
		struct entry_words w = words_of(i);

		w.tag[0] = (w.tag[0] & ~UINT64_C(0xfff)) | (i * 455); /* 0 to 3640 */
		bucket_write(&bucket, i, &w, i * 63);
	}
	for (unsigned print = 0; print < 4096; print++) {
		uint64_t set = bucket_match_tag(&bucket, print);

		ck_assert_int_eq(set != 0, print % 455 == 0 && print / 455 < BUCKET_SLOTS);
		if (set != 0) {
			ck_assert_uint_eq(bucket_set_first(set), print / 455);
			ck_assert_uint_eq(set & (set - 1), 0);
			/* A second bucket's set continues the numbers. */
			ck_assert_uint_eq(bucket_set_first(set << BUCKET_N_PRINTS),
			    print / 455 + BUCKET_SLOTS);
		}
	}
	for (unsigned print = 0; print < 512; print++) {
		uint64_t set = bucket_match_owner(&bucket, print);

		ck_assert_int_eq(set != 0, print % 63 == 0 && print / 63 < BUCKET_SLOTS);
		if (set != 0)
			ck_assert_uint_eq(bucket_set_first(set), print / 63);
	}
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
	ck_assert_uint_eq(n_stores, 10);
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
	bucket_clear(&bucket, 6);
	table_step_hook = NULL;
	ck_assert_uint_eq(n_stores, 9);
	ck_assert_str_eq(first_store, "meta empty");
	ck_assert_uint_eq(n_seen_old, 1); /* before it */
}
END_TEST

/* A writer comes between a reader's loads: at each of them, and with each kind of change. */
static const char *const loads[] = { "read tag 0", "read tag 1", "read owner 0", "read owner 1",
	"read created", "read lifetime", "read seen", "read meta again" };
static const char *change_at;
static int change_kind;

static void
change_step(const char *name)
{
	if (strcmp(name, change_at) != 0)
		return;
	table_step_hook = NULL;
	if (change_kind == 0) {
		bucket_clear(&bucket, 6);
	} else {
		bucket_clear(&bucket, 6);
		put(6,
		    change_kind == 1 ? 2 : 1); /* also the same again: not the same version */
	}
}

START_TEST(a_slot_that_changed_meanwhile_is_not_read)
{
	struct entry_words w;

	for (unsigned i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		for (change_kind = 0; change_kind < 3; change_kind++) {
			put(6, 1);
			change_at = loads[i];
			table_step_hook = change_step;
			ck_assert_msg(
			    !bucket_read(&bucket, 6, &w), "%s, kind %d", loads[i], change_kind);
			ck_assert_ptr_null(table_step_hook);
		}
}
END_TEST

START_TEST(every_change_is_another_version)
{
	uint32_t meta, before = 0;

	for (unsigned i = 0; i < 100; i++) {
		put(0, 1);
		meta = WORD_LOAD(&bucket.meta[0]);
		ck_assert_uint_eq(bucket_state(meta), SLOT_LIVE);
		ck_assert_uint_gt(meta / BUCKET_VERSION, before / BUCKET_VERSION);
		before = meta;
		bucket_clear(&bucket, 0);
		meta = WORD_LOAD(&bucket.meta[0]);
		ck_assert_uint_eq(bucket_state(meta), SLOT_EMPTY);
		ck_assert_uint_gt(meta / BUCKET_VERSION, before / BUCKET_VERSION);
		before = meta;
	}
	/* After 2^30 of them it begins again, and leaves the state alone. */
	WORD_STORE(&bucket.meta[1], ~BUCKET_STATE_MASK | SLOT_EMPTY, "");
	put(1, 3);
	ck_assert(holds(1, 3));
	ck_assert_uint_eq(WORD_LOAD(&bucket.meta[1]), BUCKET_VERSION | SLOT_LIVE);
}
END_TEST

Suite *
check_bucket_suite(void)
{
	Suite *s = suite_create("bucket");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, wipe, wipe);
	tcase_add_test(tc, all_zero_is_an_empty_bucket);
	tcase_add_test(tc, what_is_written_is_read_whole_and_the_neighbours_stay);
	tcase_add_test(tc, what_is_cleared_leaves_nothing_and_the_neighbours_stay);
	tcase_add_test(tc, the_wanted_slot_if_it_is_free_else_the_first_that_is);
	tcase_add_test(tc, prints_match_their_slots_only);
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
