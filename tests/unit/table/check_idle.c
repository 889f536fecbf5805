/* check_idle.c - tests of the idle limit: entries that end when they are not used */
#include "unit/table/fixture.h"

#include <string.h>

#include "table/bucket.h"

Suite *check_idle_suite(void);

#define IDLE_S  60
#define IDLE_MS INT64_C(60000)

static struct digest_tag
put(uint64_t i, uint32_t idle_s)
{
	struct table_entry e = fixture_entry(i, i);

	e.created_ms = FIXTURE_NOW_MS;
	e.idle_s = idle_s;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	return e.tag;
}

static void
after(int64_t ms)
{
	clock_freeze(FIXTURE_NOW_MS + ms, 0);
}

static int
find(const struct digest_tag *tag)
{
	struct table_entry e;

	return table_find(fx.table, tag, &e);
}

static bool
count_one(void *arg, const struct table_entry *entry)
{
	(void)entry;
	++*(unsigned *)arg;
	return true;
}

static unsigned
n_visited(void)
{
	unsigned n = 0;

	ck_assert_int_eq(table_each(fx.table, count_one, &n), 0);
	return n;
}

START_TEST(what_is_not_used_ends)
{
	struct digest_tag tag = put(1, IDLE_S), other = put(2, 0);

	after(IDLE_MS);
	ck_assert_int_eq(find(&tag), 0);
	ck_assert_uint_eq(n_visited(), 2);
	after(IDLE_MS + 1);
	ck_assert_uint_eq(n_visited(), 1);
	ck_assert_int_eq(find(&tag), TABLE_E_ABSENT);
	ck_assert_int_eq(table_touch(fx.table, &tag), TABLE_E_ABSENT);
	ck_assert_int_eq(table_remove(fx.table, &tag), TABLE_E_ABSENT);
	ck_assert_int_eq(find(&other), 0);
	fixture_check(1);
}
END_TEST

START_TEST(each_use_renews_it)
{
	struct digest_tag tag = put(1, IDLE_S);
	struct table_entry e;

	for (int64_t i = 1; i <= 10; i++) {
		after(i * IDLE_MS);
		ck_assert_int_eq(find(&tag), 0);
		ck_assert_int_eq(table_touch(fx.table, &tag), 0);
		ck_assert_int_eq(table_find(fx.table, &tag, &e), 0);
		ck_assert_int_eq(e.last_seen_ms, FIXTURE_NOW_MS + i * IDLE_MS);
	}
	after(11 * IDLE_MS + 1);
	ck_assert_int_eq(table_touch(fx.table, &tag), TABLE_E_ABSENT);
	ck_assert_int_eq(find(&tag), TABLE_E_ABSENT);
}
END_TEST

/* The lifetime goes on meanwhile. */
START_TEST(use_does_not_renew_the_lifetime)
{
	struct table_entry e = fixture_entry(1, 1);

	e.idle_s = IDLE_S;
	e.lifetime_s = 90;
	e.created_ms = FIXTURE_NOW_MS;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	after(IDLE_MS);
	ck_assert_int_eq(table_touch(fx.table, &e.tag), 0);
	after(90000);
	ck_assert_int_eq(find(&e.tag), 0);
	after(90001);
	ck_assert_int_eq(find(&e.tag), TABLE_E_ABSENT);
}
END_TEST

/* One that was begun before the table was made, as after a reboot. */
START_TEST(an_old_one_was_last_used_when_it_began)
{
	struct table_entry e = fixture_entry(1, 1);

	e.idle_s = IDLE_S;
	e.created_ms = FIXTURE_NOW_MS - 50000;
	ck_assert_int_eq(table_insert(fx.table, &e), 0);
	after(10000);
	ck_assert_int_eq(find(&e.tag), 0);
	after(10001);
	ck_assert_int_eq(find(&e.tag), TABLE_E_ABSENT);
}
END_TEST

/* And no other, wherever in the table the entry lies. */
START_TEST(it_ends_by_the_time_that_the_caller_has_read)
{
	struct table_entry e;

	for (uint64_t i = 0; i < 1000; i++)
		(void)put(i, i % 2 == 0 ? IDLE_S : 0);
	for (uint64_t i = 1000; i < 2000; i++) {
		e = fixture_entry(i, i);
		e.created_ms = FIXTURE_NOW_MS;
		e.lifetime_s = IDLE_S;
		ck_assert_int_eq(table_insert(fx.table, &e), 0);
	}
	after(-1000);
	for (uint64_t i = 0; i < 2000; i++) {
		bool is_short = i % 2 == 0 || i >= 1000, is_idle = is_short && i < 1000;

		e = fixture_entry(i, i);
		ck_assert_int_eq(
		    table_find_at(fx.table, &e.tag, FIXTURE_NOW_MS + IDLE_MS, &e), 0);
		ck_assert_int_eq(
		    table_find_at(fx.table, &e.tag, FIXTURE_NOW_MS + IDLE_MS + 1, &e),
		    is_short ? TABLE_E_ABSENT : 0);
		/* That it was idle too long has been said. */
		ck_assert_int_eq(table_find_at(fx.table, &e.tag, FIXTURE_NOW_MS, &e),
		    is_idle ? TABLE_E_ABSENT : 0);
	}
}
END_TEST

START_TEST(what_has_ended_so_is_swept)
{
	for (uint64_t i = 0; i < 1000; i++)
		(void)put(i, i % 2 == 0 ? IDLE_S : 0);
	ck_assert_uint_eq(fixture_stats().n_expired, 0);
	for (int64_t i = 0; i < 100; i++) {
		after(IDLE_MS + 1 + i * 1000);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert_uint_eq(fixture_stats().n_expired, 500);
	fixture_check(500);
}
END_TEST

/* --------------------------------------------------------------------- concurrent */

static struct digest_tag subject;

static void
find_it_too_late(void)
{
	after(IDLE_MS + 1);
	ck_assert_int_eq(find(&subject), TABLE_E_ABSENT);
}

/* Used in time; but before that is noted, somebody else is told that it has ended. */
START_TEST(once_it_has_ended_no_use_revives_it)
{
	subject = put(1, IDLE_S);
	after(IDLE_MS);
	fixture_call_at("touch", 1, find_it_too_late);
	ck_assert_int_eq(table_touch(fx.table, &subject), TABLE_E_ABSENT);
	fixture_no_steps();
	/* Not even if a clock went back. */
	after(IDLE_MS);
	ck_assert_int_eq(table_touch(fx.table, &subject), TABLE_E_ABSENT);
	ck_assert_int_eq(find(&subject), TABLE_E_ABSENT);
}
END_TEST

static void
use_it_in_time(void)
{
	after(IDLE_MS);
	ck_assert_int_eq(table_touch(fx.table, &subject), 0);
}

/* The other way round: found too late by somebody who has not said so yet. */
START_TEST(a_use_that_comes_first_counts)
{
	subject = put(1, IDLE_S);
	after(IDLE_MS + 1);
	fixture_call_at("touch", 1, use_it_in_time);
	ck_assert_int_eq(find(&subject), 0);
	fixture_check(1);
}
END_TEST

START_TEST(a_use_that_comes_before_the_sweep_counts)
{
	subject = put(1, IDLE_S);
	after(IDLE_MS + 1);
	fixture_call_at("seen ended", 1, use_it_in_time);
	for (int64_t i = 0; i < 70 && clock_boot_ms() != FIXTURE_NOW_MS + IDLE_MS; i++) {
		after(IDLE_MS + 1 + i * 1000);
		ck_assert_int_eq(table_tick(fx.table), 0);
	}
	ck_assert_int_eq(find(&subject), 0);
	ck_assert_uint_eq(fixture_stats().n_expired, 0);
}
END_TEST

/* What is noted in the original while its copy is made reaches the copy. */
static int64_t noted_ms;

static void
note_in_the_original(void)
{
	clock_freeze(noted_ms, 0);
	/* By the slot: a look-up may find the copy already. */
	for (uint64_t b = 0; b < fixture_view().areas[0].end; b++)
		for (unsigned s = 0; s < BUCKET_SLOTS; s++) {
			struct tbl_slot *slot = &fixture_view().areas[0].buckets[b].slots[s];

			if (memcmp((void *)slot->tag, &subject, sizeof(subject)) == 0 &&
			    WORD_LOAD(&slot->seen) != ENTRY_SEEN_NOTHING)
				WORD_STORE(&slot->seen, tbl_entry_seen(noted_ms), "");
		}
}

static const char *const moments[] = { "meta live", "meta empty", "seen, from the original" };

START_TEST(a_use_noted_while_the_entry_moves_is_kept)
{
	struct table_entry e;
	uint64_t i = 1;

	subject = put(0, IDLE_S);
	noted_ms = FIXTURE_NOW_MS + 5000;
	while (!fixture_is_growing())
		(void)put(i++, 0);
	/* Of the moves that follow one is its own. */
	for (unsigned nth = 1; table_find(fx.table, &subject, &e) == 0 &&
			       e.last_seen_ms != noted_ms && nth < 1000;
	     nth++) {
		after(0);
		fixture_call_at(moments[_i], 1, note_in_the_original);
		(void)put(i++, 0);
		fixture_no_steps();
	}
	ck_assert_int_eq(table_find(fx.table, &subject, &e), 0);
	ck_assert_int_eq(e.last_seen_ms, noted_ms);
	while (fixture_is_growing())
		(void)put(i++, 0);
	ck_assert_int_eq(table_find(fx.table, &subject, &e), 0);
	ck_assert_int_eq(e.last_seen_ms, noted_ms);
}
END_TEST

START_TEST(a_copy_takes_the_later_time_and_the_end_from_the_original)
{
	static const struct {
		uint32_t from, to, want;
	} cases[] = { { 10, 20, 20 }, { 20, 10, 20 },
		{ ENTRY_SEEN_ENDED, 20, ENTRY_SEEN_ENDED },
		{ 20, ENTRY_SEEN_ENDED, ENTRY_SEEN_ENDED }, { ENTRY_SEEN_NOTHING, 20, 20 } };
	static struct tbl_bucket bucket;
	struct tbl_slot heir = { .meta = SLOT_LIVE };

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		WORD_STORE(&bucket.slots[3].seen, cases[i].from, "");
		WORD_STORE(&heir.seen, cases[i].to, "");
		tbl_bucket_clear(&bucket, 3, &heir);
		ck_assert_uint_eq(WORD_LOAD(&heir.seen), cases[i].want);
		ck_assert_uint_eq(WORD_LOAD(&bucket.slots[3].seen), ENTRY_SEEN_NOTHING);
	}
}
END_TEST

/* The slot belongs to another entry, which happens to have been seen at the same time. */
static struct tbl_slot *taken;

static void
another_takes_the_slot(void)
{
	taken = fixture_place(1).slot;
	WORD_STORE(&taken->tag[0], WORD_LOAD(&taken->tag[0]) ^ 1, "");
	WORD_STORE(&taken->meta, WORD_LOAD(&taken->meta) + BUCKET_VERSION, "");
}

START_TEST(a_note_in_another_entry_is_undone)
{
	subject = put(1, IDLE_S);
	after(1000);
	fixture_call_at("touch", 1, another_takes_the_slot);
	ck_assert_int_eq(table_touch(fx.table, &subject), TABLE_E_ABSENT);
	ck_assert_int_eq(tbl_entry_seen_ms(WORD_LOAD(&taken->seen)), FIXTURE_NOW_MS);
}
END_TEST

Suite *
check_idle_suite(void)
{
	Suite *s = suite_create("table/idle");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, what_is_not_used_ends);
	tcase_add_test(tc, each_use_renews_it);
	tcase_add_test(tc, use_does_not_renew_the_lifetime);
	tcase_add_test(tc, an_old_one_was_last_used_when_it_began);
	tcase_add_test(tc, it_ends_by_the_time_that_the_caller_has_read);
	tcase_add_test(tc, what_has_ended_so_is_swept);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("concurrent");
	tcase_add_test(tc, once_it_has_ended_no_use_revives_it);
	tcase_add_test(tc, a_use_that_comes_first_counts);
	tcase_add_test(tc, a_use_that_comes_before_the_sweep_counts);
	tcase_add_loop_test(tc, a_use_noted_while_the_entry_moves_is_kept, 0,
	    sizeof(moments) / sizeof(moments[0]));
	tcase_add_test(tc, a_copy_takes_the_later_time_and_the_end_from_the_original);
	tcase_add_test(tc, a_note_in_another_entry_is_undone);
	suite_add_tcase(s, tc);
	return s;
}
