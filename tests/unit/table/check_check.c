/* check_check.c - tests of src/table/check.c: every violation is seen */
#include "unit/table/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "table/sealed.h"
#include "table/bucket.h"
#include "table/change.h"

Suite *check_check_suite(void);

/* The first live slot of an area, from bucket `from` on. */
static struct tbl_bucket *
a_live_slot(unsigned area, uint64_t from, unsigned *ret_slot)
{
	struct tbl_view view = fixture_view();

	for (uint64_t i = from; i < view.areas[area].end; i++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++) {
			struct tbl_bucket *b = &view.areas[area].buckets[i];

			if (tbl_bucket_state(b, s) == SLOT_LIVE) {
				*ret_slot = s;
				return b;
			}
		}
	ck_abort_msg("no entry");
	return NULL;
}

static void
expect(const char *text)
{
	uint64_t n = fixture_violations();

	ck_assert_msg(n >= 1, "nothing seen, expected: %s", text);
	ck_assert_msg(strstr(fixture_violation, text) != NULL, "%s", fixture_violation);
	/* Also without anybody to tell. */
	ck_assert_int_eq(table_check(fx.table, NULL, NULL, &n), 0);
	ck_assert_uint_ge(n, 1);
}

START_TEST(sees_every_violation)
{
	struct tbl_control *c = fx.table->control;
	struct tbl_entry_words w;
	struct tbl_bucket *b;
	unsigned s;

	fixture_fill(0, 30);
	fixture_check(30);
	b = a_live_slot(0, 0, &s);
	switch (_i) {
	case 0:
		tbl_bucket_clear(b, s, NULL);
		atomic_fetch_or(&b->slots[s].meta, SLOT_BUSY);
		expect("I1");
		break;
	case 1:
		tbl_bucket_read_fields(&b->slots[s], &w);
		atomic_fetch_xor(
		    &b->slots[tbl_entry_wanted_slot(w.tag)].fingerprints, UINT64_C(1) << s * 8);
		expect("fingerprint does not match");
		break;
	case 2:
		atomic_fetch_xor(&b->slots[s].lifetime_s, 1);
		expect("entry is damaged");
		break;
	case 3: {
		/* A whole entry in a bucket where nobody will look for it. */
		struct tbl_view view = fixture_view();
		uint64_t at[2], stray = 0;

		tbl_bucket_read_fields(&b->slots[s], &w);
		tbl_entry_buckets(w.tag, view.areas[0].n_buckets, at);
		while (stray == at[0] || stray == at[1])
			stray++;
		tbl_bucket_write(&view.areas[0].buckets[stray],
		    (unsigned)tbl_bucket_free_slot(&view.areas[0].buckets[stray], 0), &w);
		tbl_bucket_clear(b, s, NULL);
		expect("belongs elsewhere");
		break;
	}
	case 4: {
		struct tbl_view view = fixture_view();
		uint64_t at[2];

		tbl_bucket_read_fields(&b->slots[s], &w);
		tbl_entry_buckets(w.tag, view.areas[0].n_buckets, at);
		for (unsigned i = 0; i < 2; i++) {
			struct tbl_bucket *to = &view.areas[0].buckets[at[i]];
			int slot = tbl_bucket_free_slot(to, 0);

			if (slot < 0)
				continue;
			tbl_change_apply(fx.table, &view,
			    tbl_place_pack(view.areas[0].region, at[i], (unsigned)slot), &w,
			    PLACE_NOWHERE);
			break;
		}
		expect("2 copies");
		break;
	}
	case 5:
		atomic_fetch_add(&fixture_view().areas[0].owned[3], 1);
		expect("I9");
		break;
	case 6:
		atomic_fetch_add(&c->n_entries, 1);
		expect("31 counted");
		break;
	case 7:
		atomic_store(&c->punched, UINT64_MAX);
		expect("which is in use");
		break;
	case 8:
		fault_arm("fstat", 1, 2, EIO);
		expect("cannot be looked at");
		break;
	case 9:
		ck_assert_int_eq(
		    truncate(fx.file, (off_t)fx.table->regions[0].offset + 8191), 0);
		expect("the file ends at");
		break;
	case 10:
		/* A fingerprint where its tag does not look for it. */
		tbl_bucket_read_fields(&b->slots[s], &w);
		atomic_fetch_or(&b->slots[(tbl_entry_wanted_slot(w.tag) + 1) % 8].fingerprints,
		    UINT64_C(1) << s * 8);
		expect("fingerprint does not match");
		break;
	case 11:
		/* And one of nothing at all. */
		tbl_bucket_clear(b, s, NULL);
		atomic_fetch_or(&b->slots[0].fingerprints, UINT64_C(1) << s * 8);
		expect("fingerprint does not match");
		break;
	default:
		break;
	}
}
END_TEST

START_TEST(sees_an_entry_left_behind_while_growing)
{
	struct tbl_view view;

	for (uint64_t i = 0; i < 1000 || !fixture_is_growing(); i++)
		fixture_fill(i, i + 1);
	ck_assert_uint_eq(fixture_violations(), 0);
	view = fixture_view();
	atomic_store(&fx.table->control->moved,
	    tbl_sealed_pack((uint64_t)view.d.region << 40 | view.n_begun));
	expect("where all have moved away");
}
END_TEST

START_TEST(sees_an_entry_on_the_wrong_side_of_the_cursor)
{
	struct tbl_entry_words w;
	struct tbl_view view;
	struct tbl_bucket *b;
	unsigned s;
	int slot;

	/* Far enough that chunks have moved, and some have not. */
	for (uint64_t i = 0; i < 1000 || fixture_view().d.cursor < 4; i++)
		fixture_fill(i, i + 1);
	ck_assert_uint_eq(fixture_violations(), 0);
	view = fixture_view();
	ck_assert_uint_gt(view.areas[0].first, 0);
	ck_assert_uint_lt(view.n_begun, view.areas[0].n_buckets);
	/* Something of the last old bucket in the new area, where its kind does not go yet. */
	b = a_live_slot(0, view.areas[0].n_buckets - 1, &s);
	tbl_bucket_read_fields(&b->slots[s], &w);
	slot = tbl_bucket_free_slot(&view.areas[1].buckets[0], 0);
	ck_assert_int_ge(slot, 0);
	tbl_change_apply(fx.table, &view, tbl_place_pack(view.d.region + 1, 0, (unsigned)slot),
	    &w, tbl_place_pack(view.d.region, view.areas[0].n_buckets - 1, s));
	expect("belongs elsewhere");
}
END_TEST

START_TEST(no_memory_to_check)
{
	uint64_t n;

	fault_arm("calloc", 1, 1, ENOMEM);
	ck_assert_int_eq(table_check(fx.table, NULL, NULL, &n), -ENOMEM);
	fixture_close();
	fixture_open();
	fault_arm("mmap", 1, 1, ENOMEM);
	ck_assert_int_eq(table_check(fx.table, NULL, NULL, &n), -ENOMEM);
}
END_TEST

START_TEST(sees_missing_storage)
{
	fixture_fill(0, 5000);
	ck_assert_uint_eq(fixture_violations(), 0);
	/* Give the area in use back as if it were left: half of it is enough to be seen. */
	ck_assert_int_eq(fallocate(fx.table->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			     (off_t)fx.table->regions[fixture_view().d.region].offset,
			     (off_t)fixture_view().areas[0].n_buckets * 256),
	    0);
	expect("of storage for");
}
END_TEST

START_TEST(tags_that_share_a_half_are_two_entries)
{
	struct table_entry e = fixture_entry(1, 1);

	fixture_fill(1, 2);
	e.tag.bytes[DIGEST_TAG_BYTES - 8] ^= 1;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	fixture_check(2);
}
END_TEST

Suite *
check_check_suite(void)
{
	Suite *s = suite_create("table/check");
	TCase *tc = fixture_one_thread("core");

	tcase_add_loop_test(tc, sees_every_violation, 0, 12);
	tcase_add_test(tc, sees_an_entry_left_behind_while_growing);
	tcase_add_test(tc, sees_an_entry_on_the_wrong_side_of_the_cursor);
	tcase_add_test(tc, no_memory_to_check);
	tcase_add_test(tc, sees_missing_storage);
	tcase_add_test(tc, tags_that_share_a_half_are_two_entries);
	suite_add_tcase(s, tc);
	return s;
}
