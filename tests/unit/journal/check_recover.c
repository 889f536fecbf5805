/* check_recover.c - tests of src/journal/recover.c: after deaths and meddling */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_recover_suite(void);

static void
assert_two_reads(const char *want)
{
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), want);
	ck_assert(journal_is_current(two));
}

/* Bytes behind the known end, as a writer leaves them that dies in the middle. */
static void
append_raw(const void *bytes, size_t n)
{
	int fd = openat(f.dir_fd, "User.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);

	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	(void)close(fd);
}

static void
format_lines(struct buf *buf, uint64_t n, int count)
{
	for (int i = 0; i < count; i++) {
		struct jrn_line line = { n + (uint64_t)i, (uint64_t)i,
			(uint64_t)(count - 1 - i),
			{ JOURNAL_PUT, STR_LIT("raw"), STR_LIT("{}") } };

		jrn_line_add(buf, &line);
	}
}

START_TEST(a_dead_writers_part_of_a_line_is_cut)
{
	struct buf buf;
	struct stat before, after;

	buf_init(&buf, 1000);
	format_lines(&buf, 2, 1);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	append_raw(buf.p, buf.n - 1);
	assert_two_reads("k1={\"v\":1} ");
	ck_assert_int_eq(journal_lock(one, 100), 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &after, 0), 0);
	ck_assert_int_eq(before.st_size, after.st_size);
	journal_unlock(one);
	ck_assert_ptr_nonnull(strstr(f.notices, "a writer died in the middle"));
	assert_two_reads("k1={\"v\":1} ");
	buf_fini(&buf);
}
END_TEST

START_TEST(a_dead_writers_whole_change_is_kept)
{
	struct buf buf;

	buf_init(&buf, 1000);
	format_lines(&buf, 2, 3);
	append_raw(buf.p, buf.n);
	append_raw(buf.p, 5);
	ck_assert(journal_is_current(one));
	ck_assert_uint_eq(fixture_put(one, a, "k2", "{}"), 5);
	ck_assert_str_eq(replica_text(a), "k1={\"v\":1} raw={} k2={} ");
	assert_two_reads("k1={\"v\":1} raw={} k2={} ");
	buf_fini(&buf);
}
END_TEST

START_TEST(a_dead_writers_part_of_a_change_is_cut)
{
	struct buf buf;
	size_t n_two;

	buf_init(&buf, 1000);
	format_lines(&buf, 2, 2);
	n_two = (size_t)(strchr(buf.p, '\n') - buf.p) + 1;
	append_raw(buf.p, n_two);
	ck_assert_uint_eq(fixture_put(one, a, "k2", "{}"), 2);
	assert_two_reads("k1={\"v\":1} k2={} ");
	buf_fini(&buf);
}
END_TEST

START_TEST(a_death_between_write_and_publication_is_finished)
{
	struct jrn_control *control = one->control;
	uint64_t change = control->change;

	/* As if jrn_control_extend() had been cut off after each of its stores. */
	(void)fixture_put(one, a, "k2", "{}");
	for (int step = 0; step < 3; step++) {
		control->change = change;
		if (step > 0)
			control->appended = 1;
		if (step > 1)
			control->slots[control->generation & 1].good_len =
			    control->pending_len - 1;
		ck_assert_int_eq(journal_lock(two, 100), 0);
		if (step > 1) {
			/* Nothing published: then the file itself tells. */
			ck_assert_uint_eq(control->appended, 1);
			ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
			journal_unlock(two);
			return;
		}
		ck_assert_uint_eq(control->appended, 2);
		ck_assert_uint_eq(control->change, change + 1);
		journal_unlock(two);
		assert_two_reads("k1={\"v\":1} k2={} ");
	}
}
END_TEST

START_TEST(a_failed_flush_is_answered_by_a_new_file)
{
	struct stat before, after;
	struct journal_stats stats;
	uint64_t seq;

	clock_freeze(1000000, 0);
	seq = fixture_put(one, a, "k2", "{\"v\":2}");
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	jrn_internal_fail(one, "a test", -EIO);
	jrn_internal_fail(one, "a test", -EIO);
	ck_assert_ptr_nonnull(strstr(f.notices, "a test: Input/output error"));
	journal_stats(two, &stats);
	ck_assert(stats.has_failed);
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	/* Reading goes on. */
	assert_two_reads("k1={\"v\":1} k2={\"v\":2} ");
	ck_assert_int_eq(journal_tick(two), 0);
	journal_stats(one, &stats);
	ck_assert(!stats.has_failed);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &after, 0), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_uint_gt(fixture_put(one, a, "k3", "{}"), seq);
	assert_two_reads("k1={\"v\":1} k2={\"v\":2} k3={} ");
	ck_assert_int_eq(b->n_resets, 1);
}
END_TEST

START_TEST(a_new_file_that_cannot_be_written_is_tried_again_later)
{
	clock_freeze(1000000, 0);
	jrn_internal_fail(one, "a test", -EIO);
	/* A directory cannot be unlinked: the new file cannot be made. */
	ck_assert_int_eq(mkdirat(f.dir_fd, "User.jsonl.recover", 0700), 0);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.recover", AT_REMOVEDIR), 0);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	clock_freeze(1001000, 0);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
}
END_TEST

/* pair_fork()'s run(): begins to write the journal anew, after a failed flush, and stops there. */
static void
begin_to_replace(struct journal *journal)
{
	jrn_internal_fail(journal, "a test", -EIO);
	fault_before("renameat", 1, pair_pause);
	(void)journal_lock(journal, 1000);
}

START_TEST(a_new_file_whose_writer_was_killed_is_tried_again_at_once)
{
	clock_freeze(1000000, 0);
	pair_kill(pair_fork(begin_to_replace));
	ck_assert(one->control->has_failed);
	ck_assert_int_eq(journal_lock(one, 1000), 0);
	journal_unlock(one);
	ck_assert_ptr_nonnull(strstr(f.notices, "a whole new file has been written"));
	assert_two_reads("k1={\"v\":1} ");
	pair_assert_works();
}
END_TEST

START_TEST(a_new_file_without_what_was_lost_says_so)
{
	uint64_t seq = fixture_put(one, a, "k2", "{\"v\":2}");
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	/* The flush failed, and the page was read again from the disk. */
	jrn_internal_fail(one, "a test", -EIO);
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl", n - 3), 0);
	free(bytes);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_str_eq(replica_text(a), "k1={\"v\":1} ");
	journal_unlock(one);
	/* Never acknowledged: neither now. */
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_int_eq(journal_sync(one, seq - 1), 0);
	assert_two_reads("k1={\"v\":1} ");
	seq = fixture_put(two, b, "k3", "{}");
	ck_assert_int_eq(journal_sync(two, seq), 0);
}
END_TEST

START_TEST(an_acknowledged_loss_is_refused)
{
	uint64_t seq = fixture_put(one, a, "k2", "{\"v\":2}");
	struct stat st;

	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &st, 0), 0);
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl", (size_t)st.st_size - 3), 0);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_ptr_nonnull(strstr(f.notices, "damaged at byte"));
	ck_assert_int_eq(f.n_lasting, 1);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
}
END_TEST

START_TEST(another_file_in_its_place_is_taken_over)
{
	static const char other[] = "Other";
	struct journal_config config = f.config;
	struct journal *three;
	struct err err;
	uint64_t seq;

	config.name = other;
	ck_assert_int_eq(journal_open(&config, &three, &err), 0);
	replica_free(a);
	a = replica_new();
	(void)fixture_put(three, a, "o1", "{}");
	journal_close(three);
	seq = one->control->appended;
	ck_assert_int_eq(renameat(f.dir_fd, "Other.jsonl", f.dir_fd, "User.jsonl"), 0);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
	ck_assert_ptr_nonnull(strstr(f.notices, "another file than before"));
	assert_two_reads("o1={} ");
	/* A thread that still waits for a record of the old file is not told that all is well. */
	ck_assert_int_eq(journal_sync(one, seq), -EROFS);
	ck_assert_int_eq(journal_sync(one, fixture_put(two, b, "k", "{}")), 0);
}
END_TEST

START_TEST(a_removed_file_comes_back_from_who_has_it_open)
{
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
	assert_two_reads("k1={\"v\":1} ");
	ck_assert_int_eq(fixture_count(&f, "User.jsonl"), 2);
}
END_TEST

START_TEST(a_removed_file_that_nobody_has_open_starts_empty)
{
	struct replica *c = replica_new();

	journal_close(one);
	journal_close(two);
	one = fixture_journal(&f);
	two = fixture_journal(&f);
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	/* Somebody else might have it. */
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_ptr_nonnull(strstr(f.notices, "removed while in use"));
	ck_assert_int_eq(journal_open(&f.config, &(struct journal *){ NULL }, NULL), -ENOENT);
	journal_close(one);
	one = NULL;
	two->control->retry_at_ms = 0;
	ck_assert_int_eq(journal_catch_up(two, replica_apply, c), 0);
	ck_assert_str_eq(replica_text(c), "");
	ck_assert_ptr_nonnull(strstr(f.notices, "an empty one begins"));
	ck_assert_int_eq(journal_sync(two, fixture_put(two, c, "k", "{}")), 0);
	replica_free(c);
}
END_TEST

START_TEST(without_the_lock_file_nobody_writes)
{
	struct journal *three;

	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.lock", 0), 0);
	ck_assert_int_eq(journal_lock(one, 100), -ESTALE);
	ck_assert_int_eq(journal_tick(one), -ESTALE);
	ck_assert_ptr_nonnull(strstr(f.notices, "removed or replaced while in use"));
	three = fixture_journal(&f);
	ck_assert_int_eq(journal_lock(one, 100), -ESTALE);
	ck_assert_int_eq(journal_lock(three, 100), 0);
	journal_close(three);
}
END_TEST

/* --------------------------------------------------------- compaction cut off */

static void
prepare(uint64_t inode, size_t n)
{
	struct jrn_control_view next = jrn_control_look(one->control);

	next.inode = inode;
	next.prev_len = next.good_len;
	next.good_len = n;
	next.prev_n = 1;
	next.start_len = n;
	next.start_n = 1;
	jrn_control_prepare(one->control, &next);
}

START_TEST(a_compaction_that_died_after_its_rename_is_finished)
{
	struct jrn_control *control = one->control;
	struct stat st;
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	/* The same content in a new file, prepared and renamed, but not switched to. */
	fixture_write(&f, "User.jsonl.new", bytes, n);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl.new", &st, 0), 0);
	prepare(st.st_ino, n);
	ck_assert_int_eq(renameat(f.dir_fd, "User.jsonl.new", f.dir_fd, "User.jsonl"), 0);
	free(bytes);
	assert_two_reads("k1={\"v\":1} ");
	ck_assert_int_eq(b->n_resets, 1);
	/* A process that comes now waits for nobody. */
	journal_close(fixture_journal(&f));
	ck_assert_int_eq(journal_sync(one, 1), 0);
	(void)fixture_put(one, a, "k2", "{}");
	ck_assert_uint_eq(control->generation, 2);
	ck_assert_str_eq(f.notices, "");
	assert_two_reads("k1={\"v\":1} k2={} ");
	ck_assert_int_eq(b->n_resets, 1);
}
END_TEST

START_TEST(a_new_reader_finishes_it_too)
{
	struct jrn_control *control = one->control;
	struct replica *c = replica_new();
	struct journal *three = fixture_journal(&f);
	struct stat st;
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	fixture_write(&f, "User.jsonl.new", bytes, n);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl.new", &st, 0), 0);
	prepare(st.st_ino, n);
	ck_assert_int_eq(renameat(f.dir_fd, "User.jsonl.new", f.dir_fd, "User.jsonl"), 0);
	free(bytes);
	/* Three has neither read nor written: it has no file open. */
	ck_assert_int_eq(journal_sync(three, 1), 0);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, c), 0);
	ck_assert_str_eq(replica_text(c), "k1={\"v\":1} ");
	ck_assert_uint_eq(control->generation, 2);
	journal_close(three);
	replica_free(c);
}
END_TEST

START_TEST(two_generations_behind_starts_over)
{
	for (int i = 0; i < 2; i++) {
		one->control->has_failed = 1;
		one->control->retry_at_ms = 0;
		ck_assert_int_eq(journal_lock(one, 100), 0);
		journal_unlock(one);
	}
	assert_two_reads("k1={\"v\":1} ");
	ck_assert_int_eq(b->n_resets, 2);
}
END_TEST

Suite *
check_recover_suite(void)
{
	Suite *s = suite_create("journal/recover");
	TCase *tc = tcase_create("deaths"), *files = tcase_create("files");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_add_test(tc, a_dead_writers_part_of_a_line_is_cut);
	tcase_add_test(tc, a_dead_writers_whole_change_is_kept);
	tcase_add_test(tc, a_dead_writers_part_of_a_change_is_cut);
	tcase_add_test(tc, a_death_between_write_and_publication_is_finished);
	tcase_add_test(tc, a_compaction_that_died_after_its_rename_is_finished);
	tcase_add_test(tc, a_new_reader_finishes_it_too);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(files, pair_set_up, pair_tear_down);
	tcase_add_test(files, a_failed_flush_is_answered_by_a_new_file);
	tcase_add_test(files, a_new_file_that_cannot_be_written_is_tried_again_later);
	tcase_add_test(files, a_new_file_whose_writer_was_killed_is_tried_again_at_once);
	tcase_add_test(files, a_new_file_without_what_was_lost_says_so);
	tcase_add_test(files, an_acknowledged_loss_is_refused);
	tcase_add_test(files, another_file_in_its_place_is_taken_over);
	tcase_add_test(files, a_removed_file_comes_back_from_who_has_it_open);
	tcase_add_test(files, a_removed_file_that_nobody_has_open_starts_empty);
	tcase_add_test(files, without_the_lock_file_nobody_writes);
	tcase_add_test(files, two_generations_behind_starts_over);
	suite_add_tcase(s, files);
	return s;
}
