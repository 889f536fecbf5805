/* check_compact.c - tests of src/journal/compact.c, live_index.c: when calls fail, or others write meanwhile */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/live_index.h"
#include "journal/internal.h"
#include "journal/rewrite.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_compact_suite(void);

START_TEST(a_tick_that_fails_changes_nothing)
{
	static const struct {
		const char *call;
		unsigned nth;
		int error, want;
	} cases[] = {
		{ "openat", 1, EMFILE, -EMFILE },
		{ "fcntl-lock", 1, EIO, -EIO },
		{ "fcntl-lock", 1, EAGAIN, 0 }, /* another one is at it */
		{ "fcntl-lock", 1, EACCES, 0 },
		{ "jrn_lock_append", 1, ETIMEDOUT, -ETIMEDOUT },
		{ "jrn_lock_append", 2, ETIMEDOUT, -ETIMEDOUT },
		{ "jrn_generation_current", 1, EMFILE, -EMFILE },
		{ "fstatat", 2, ENOENT, -ESTALE },
		{ "fstatat", 4, ENOENT, -ESTALE },
		{ "fstatat", 3, EIO, -EIO },
		{ "random_fill", 1, EPERM, -EPERM },
		{ "unlinkat", 1, EIO, -EIO },
		{ "openat", 2, ENOSPC, -ENOSPC },
		{ "write", 1, ENOSPC, -ENOSPC },
		{ "fsync", 1, ENOSPC, -ENOSPC },
		{ "fsync", 2, ENOSPC, -ENOSPC },
		{ "renameat", 1, EIO, -EIO },
		{ "pread", 1, EIO, -EIO },
		{ "pread", 1, 0, -EBADMSG },
		{ "pread", 2, EIO, -EIO },
		{ "pread", 2, 0, -EBADMSG },
		{ "malloc", 1, ENOMEM, -ENOMEM },
	};
	uint64_t generation;

	pair_grow();
	generation = one->control->generation;
	fault_set(cases[_i].call, cases[_i].nth, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(journal_tick(one)), cases[_i].want);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_uint_eq(one->control->generation, generation);
	fault_clear();
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(one->control->generation, generation + 1);
	pair_assert_works();
}
enum { N_TICK_CASES = 22 };
END_TEST

START_TEST(every_allocation_and_read_of_a_tick)
{
	static const char *const calls[] = { "malloc", "calloc", "pread", "pread" };
	unsigned n = 0;
	int r;

	pair_grow();
	do {
		fault_clear();
		fault_set(calls[_i], ++n, 1, _i == 3 ? 0 : _i == 2 ? EIO : ENOMEM);
		r = fault_end(journal_tick(one));
		ck_assert(r == 0 || r == -ENOMEM || r == -EIO || r == -EBADMSG);
		ck_assert(fault_hits() == 0 || r != 0);
	} while (fault_hits() != 0);
	ck_assert_uint_gt(n, 1);
	pair_assert_works();
}
END_TEST

static void
append_big_ones(void)
{
	char *big = malloc(BIG_BYTES);
	struct journal_record record = { JOURNAL_PUT, STR_LIT("b"), str_mem(big, BIG_BYTES) };
	struct journal *other = fixture_journal(&f);
	uint64_t seq;

	memset(big, ' ', BIG_BYTES);
	big[0] = '{';
	big[BIG_BYTES - 1] = '}';
	ck_assert_int_eq(journal_lock(other, 100), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(journal_append(other, &record, 1, &seq), 0);
	journal_close(other);
	free(big);
}

START_TEST(a_disk_that_is_full_when_they_are_copied)
{
	pair_grow();
	fault_before("fsync", 1, append_big_ones);
	fault_set("write", 2, 1, ENOSPC);
	ck_assert_int_eq(journal_tick(one), -ENOSPC);
	fault_clear();
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	pair_assert_works();
}
END_TEST

START_TEST(lines_appended_during_a_compaction_come_along)
{
	struct journal_record records[3] = { put_k9, del_k1, put_k9 };
	uint64_t seq;

	pair_grow();
	fault_before("fsync", 1, pair_append_elsewhere);
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} big={} k9={} ");
	ck_assert_int_eq(b->n_resets, 1);
	/* A change of several lines stays one. */
	pair_lock(one);
	ck_assert_int_eq(journal_append(one, records, 3, &seq), 0);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	journal_unlock(one);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
}
END_TEST

START_TEST(what_fails_while_they_are_copied)
{
	static const char *const calls[] = { "pread", "malloc" };
	unsigned nth = 0;
	int r;

	/* The number of calls before is not of interest: all of them, one after the other. */
	pair_grow();
	do {
		fault_clear();
		fault_before("fsync", 1, pair_append_elsewhere);
		fault_set(calls[_i / 2], ++nth, 1, _i % 2 == 0 ? EIO : 0);
		r = fault_end(journal_tick(one));
		ck_assert(r == 0 || r == -EIO || r == -ENOMEM || r == -EBADMSG);
	} while (fault_hits() > 1 || r != 0);
	ck_assert_uint_gt(nth, 2);
	fault_clear();
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	pair_assert_works();
}
END_TEST

static void
damage_tail(void)
{
	int fd = openat(f.dir_fd, "User.jsonl", O_RDWR | O_CLOEXEC);
	struct stat st;

	pair_append_elsewhere();
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pwrite(fd, "????", 4, st.st_size - 8), 4);
	(void)close(fd);
}

static void
damage_k1(void)
{
	int fd = openat(f.dir_fd, "User.jsonl", O_RDWR | O_CLOEXEC);
	char *bytes = fixture_read(&f, "User.jsonl", NULL);
	off_t at = strstr(bytes, "\"k1\"") - bytes;

	ck_assert_int_eq(pwrite(fd, "\"K1\"", 4, at), 4);
	(void)close(fd);
	free(bytes);
}

static void
damage_last_byte(void)
{
	int fd = openat(f.dir_fd, "User.jsonl", O_RDWR | O_CLOEXEC);
	struct stat st;

	pair_append_elsewhere();
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(pwrite(fd, "?", 1, st.st_size - 1), 1);
	(void)close(fd);
}

START_TEST(damage_between_count_and_copy_stops_it)
{
	pair_grow();
	fault_before("unlinkat", 1, damage_k1);
	ck_assert_int_eq(journal_tick(one), -EBADMSG);
	ck_assert_uint_eq(fault_hits(), 1);
}
END_TEST

START_TEST(damage_that_appears_during_a_compaction_stops_it)
{
	pair_grow();
	fault_before("fsync", 1, _i == 0 ? damage_tail : damage_last_byte);
	ck_assert_int_eq(journal_tick(one), -EBADMSG);
	fault_clear();
	/* Before the count. */
	ck_assert_int_eq(journal_tick(one), -EBADMSG);
}
END_TEST

START_TEST(a_file_replaced_during_a_compaction_wins)
{
	pair_grow();
	fault_before("jrn_lock_append", 2, pair_replace_file);
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(one->control->generation, 2);
	ck_assert_int_eq(fixture_count(&f, "User"), 2);
	fault_clear();
	pair_assert_works();
}
END_TEST

/* More than 1 MiB and all of it alive; the bound does not know. */
static void
grow_alive(void)
{
	char *big = malloc(BIG_BYTES + 1), key[8];

	memset(big, ' ', BIG_BYTES);
	big[0] = '{';
	big[BIG_BYTES - 1] = '}';
	big[BIG_BYTES] = '\0';
	for (int i = 0; i < 7; i++) {
		(void)snprintf(key, sizeof(key), "b%d", i);
		(void)fixture_put(one, a, key, big);
	}
	one->control->counted_live_bytes = 0;
	one->control->put_bytes = 0;
	one->control->counted_len = 0;
	free(big);
}

START_TEST(a_count_that_shows_that_all_is_well)
{
	grow_alive();
	fault_set("jrn_lock_append", 2, 1, ETIMEDOUT);
	ck_assert_int_eq(journal_tick(one), -ETIMEDOUT);
	fault_clear();
	/* A writer at the limit counts itself, and its count stays. */
	fault_before("jrn_lock_append", 2, pair_append_elsewhere);
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(one->control->n_ops, 0);
	one->control->counted_live_bytes = 0;
	one->control->counted_len = 0;
	one->control->compact_at_ms = UINT64_MAX;
	fault_clear();
	fault_before("jrn_lock_append", 2, pair_append_elsewhere);
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(one->control->generation, 1);
	ck_assert_uint_eq(one->control->n_ops, 1);
	ck_assert_uint_gt(one->control->counted_live_bytes, 7 * BIG_BYTES);
	fault_clear();
	ck_assert_int_eq(journal_tick(one), 0);
	one->control->counted_live_bytes = 0;
	one->control->counted_len = 0;
	fault_before("jrn_lock_append", 2, pair_replace_file);
	ck_assert_int_eq(journal_tick(one), 0);
	ck_assert_uint_eq(one->control->generation, 2);
}
END_TEST

START_TEST(a_writer_compacts_when_nobody_ticks)
{
	uint64_t seq;

	pair_grow();
	one->control->compact_at_ms = 0;
	clock_freeze(1000000, 0);
	ck_assert_uint_eq(one->control->generation, 1);
	/* Without success it goes on, and not at once again. */
	fault_set("renameat", 1, 1, EIO);
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_ptr_nonnull(strstr(f.notices, "cannot compact"));
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(one->control->generation, 1);
	clock_freeze(1002000, 0);
	fault_clear();
	pair_lock(one);
	fault_set("malloc", 2, 1, ENOMEM);
	ck_assert_int_eq(fault_end(journal_append(one, &put_k9, 1, &seq)), 0);
	journal_unlock(one);
	clock_freeze(1004000, 0);
	fault_clear();
	fault_set("pread", 2, 1, EIO);
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(one->control->generation, 1);
	fault_clear();
	clock_freeze(1006000, 0);
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(one->control->generation, 2);
	ck_assert(journal_is_current(one));
	pair_assert_works();
	/* The directory's flush fails: then nothing is acknowledged. */
	pair_grow();
	one->control->compact_at_ms = 0;
	fault_set("fsync", 2, 1, EIO);
	ck_assert_int_eq(journal_sync(one, fixture_put(one, a, "k3", "{}")), -EROFS);
	pair_assert_works();
}
END_TEST

START_TEST(a_count_that_finds_all_alive_is_kept_by_the_writer)
{
	grow_alive();
	clock_freeze(1000000, 0);
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(one->control->generation, 1);
	ck_assert_uint_gt(one->control->counted_live_bytes, 7 * BIG_BYTES);
}
END_TEST

START_TEST(many_live_lines_are_written_piece_by_piece)
{
	grow_alive();
	one->control->has_failed = 1;
	fault_set("write", 2, 1, ENOSPC);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	pair_assert_works();
	ck_assert_uint_eq(one->control->generation, 2);
}
END_TEST

START_TEST(what_is_no_line_is_not_counted)
{
	struct jrn_line line = { .n = 1 };
	struct jrn_live_index live;
	struct buf buf;
	int fd = memfd_create("x", MFD_CLOEXEC);

	buf_init(&buf, 1000);
	line.record = put_k9;
	jrn_line_add(&buf, &line);
	buf_add_z(&buf, "no line\n");
	ck_assert_int_eq(file_write_all(fd, buf.p, buf.n), 0);
	ck_assert_int_eq(jrn_live_index_read(fd, 0, buf.n, &live), -EBADMSG);
	ck_assert_int_eq(jrn_live_index_read(fd, 0, buf.n - 9, &live), -EBADMSG);
	ck_assert_int_eq(jrn_live_index_read(fd, 0, buf.n + 9, &live), -EBADMSG);
	ck_assert_int_eq(ftruncate(fd, (off_t)buf.n - 8), 0);
	ck_assert_int_eq(jrn_live_index_read(fd, 0, buf.n + 9, &live), -EBADMSG);
	ck_assert_int_eq(jrn_live_index_read(fd, 0, buf.n - 8, &live), 0);
	jrn_live_index_fini(&live);
	(void)close(fd);
	buf_fini(&buf);
}
END_TEST

Suite *
check_compact_suite(void)
{
	Suite *s = suite_create("journal/compact");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_tick_that_fails_changes_nothing, 0, N_TICK_CASES);
	tcase_add_loop_test(tc, every_allocation_and_read_of_a_tick, 0, 4);
	tcase_add_test(tc, lines_appended_during_a_compaction_come_along);
	tcase_add_loop_test(tc, what_fails_while_they_are_copied, 0, 3);
	tcase_add_loop_test(tc, damage_that_appears_during_a_compaction_stops_it, 0, 2);
	tcase_add_test(tc, damage_between_count_and_copy_stops_it);
	tcase_add_test(tc, a_disk_that_is_full_when_they_are_copied);
	tcase_add_test(tc, a_file_replaced_during_a_compaction_wins);
	tcase_add_test(tc, a_count_that_shows_that_all_is_well);
	tcase_add_test(tc, a_writer_compacts_when_nobody_ticks);
	tcase_add_test(tc, a_count_that_finds_all_alive_is_kept_by_the_writer);
	tcase_add_test(tc, many_live_lines_are_written_piece_by_piece);
	tcase_add_test(tc, what_is_no_line_is_not_counted);
	suite_add_tcase(s, tc);
	return s;
}
