/* check_open_faults.c - tests of src/journal/open.c: when calls fail */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/internal.h"
#include "journal/rewrite.h"
#include "journal/live_index.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_open_faults_suite(void);

static int
try_open(void)
{
	struct journal *journal = NULL;
	struct err err = { "" };
	int r = fault_end(journal_open(&f.config, &journal, &err));

	ck_assert((r == 0) == (err.text[0] == '\0'));
	journal_close(journal);
	return r;
}

/* Only so many have names of their own within one second. */
static void
remove_saved(void)
{
	DIR *dir = opendir(f.path);
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (strstr(entry->d_name, "-20") != NULL)
			(void)unlinkat(f.dir_fd, entry->d_name, 0);
	(void)closedir(dir);
}

START_TEST(an_opening_that_fails_can_be_tried_again)
{
	/* Every call in turn: for the first process, after a torn tail, for the second. */
	static const char *const calls[] = { "openat", "fcntl", "fcntl-lock", "fstat",
		"fstatfs", "posix_fallocate", "mmap", "malloc", "calloc", "strdup",
		"host_boot_id", "random_fill", "pread", "write", "fsync", "renameat",
		"ftruncate", "unlinkat" };
	static const int errors[] = { EIO, ENOMEM, EINTR };

	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
		for (int state = 0; state < 3; state++)
			for (unsigned nth = 1;; nth++) {
				unsigned hits;

				fault_clear();
				journal_close(one);
				journal_close(two);
				one = two = NULL;
				(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
				if (state == 0)
					(void)unlinkat(f.dir_fd, "User.jsonl", 0);
				if (state == 1)
					pair_append_junk();
				if (state == 2)
					one = fixture_journal(&f);
				fault_set(calls[_i], nth, 1, errors[e]);
				(void)try_open();
				hits = fault_hits();
				fault_clear();
				remove_saved();
				ck_assert_int_eq(try_open(), 0);
				if (hits == 0)
					break;
			}
	journal_close(one);
	one = fixture_journal(&f);
	two = fixture_journal(&f);
	replica_free(a);
	replica_free(b);
	a = replica_new();
	b = replica_new();
	pair_assert_works();
}
END_TEST

START_TEST(the_btrfs_flag_is_asked_for_once)
{
	journal_close(one);
	journal_close(two);
	two = NULL;
	for (int i = 0; i < 2; i++) {
		(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
		fault_set(i == 0 ? "ioctl" : "ioctl-nocow", 1, 1, ENOTTY);
		one = fixture_journal(&f);
		ck_assert_uint_eq(fault_hits(), 1);
		fault_clear();
		journal_close(one);
	}
	(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
	one = fixture_journal(&f);
}
END_TEST

START_TEST(a_failed_file_stays_failed_over_a_restart)
{
	struct journal_stats stats;
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	one->control->has_failed = 1;
	journal_close(one);
	journal_close(two);
	two = NULL;
	/* Also when the file was exchanged meanwhile. */
	fixture_write(&f, "copy", bytes, n);
	free(bytes);
	ck_assert_int_eq(renameat(f.dir_fd, "copy", f.dir_fd, "User.jsonl"), 0);
	one = fixture_journal(&f);
	journal_stats(one, &stats);
	ck_assert(stats.has_failed);
	two = fixture_journal(&f);
	pair_assert_works();
}
END_TEST

START_TEST(what_was_read_but_cannot_be_flushed_is_replaced)
{
	struct journal_stats stats;

	journal_close(one);
	journal_close(two);
	two = NULL;
	(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
	fault_set("fsync", 1, 1, EIO);
	one = fixture_journal(&f);
	journal_stats(one, &stats);
	ck_assert(stats.has_failed);
	two = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	pair_assert_works();
}
END_TEST

START_TEST(the_same_inode_with_another_header_is_another_file)
{
	struct jrn_line_header header = { .n = 5 };
	struct buf buf;

	/*
	 * What is known of the old one says nothing about the new one, be it shorter or longer.
	 */
	for (int k = 0; _i == 0 && k < 40; k++)
		(void)fixture_put(one, a, "k1", "{}");
	ck_assert_int_eq(journal_sync(one, one->control->appended), 0);
	journal_close(one);
	journal_close(two);
	buf_init(&buf, 10000);
	jrn_line_add_header(&buf, &header, 12345);
	for (uint64_t i = 6; i < 30; i++) {
		struct jrn_line line = { .n = i };

		line.record = put_k9;
		jrn_line_add(&buf, &line);
	}
	/* Written over the old one: same number of the inode. */
	fixture_write(&f, "User.jsonl", buf.p, buf.n);
	buf_fini(&buf);
	one = fixture_journal(&f);
	two = fixture_journal(&f);
	replica_free(a);
	a = replica_new();
	pair_assert_works();
	ck_assert_str_eq(replica_text(a), "k9={} last={} ");
}
END_TEST

START_TEST(somebody_who_keeps_everybody_out)
{
	struct jrn_lock other = LOCK_NULL;
	struct journal_salvage report;
	struct err err = { "" };

	journal_close(one);
	journal_close(two);
	one = two = NULL;
	ck_assert_int_eq(jrn_lock_open(&other, f.dir_fd, f.path, "User.jsonl.lock", &err), 0);
	ck_assert_int_eq(jrn_lock_try(&other, LOCK_PRESENCE, false), 0);
	ck_assert_int_eq(try_open(), -EAGAIN);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EBUSY);
	jrn_lock_drop(&other, LOCK_PRESENCE);
	ck_assert_int_eq(jrn_lock_try(&other, LOCK_APPEND, false), 0);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EBUSY);
	jrn_lock_close(&other);
	fault_set("fcntl-lock", 1, 1, EIO);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EIO);
	fault_clear();
	/* A join that has to look again, with the lock, and finds all in order. */
	fault_set("fcntl-lock", 1, 1, EAGAIN);
	one = fixture_journal(&f);
	fault_clear();
	two = fixture_journal(&f);
	pair_assert_works();
}
END_TEST

static void
forget_block(void)
{
	jrn_control_forget(one->control);
}

START_TEST(a_block_that_is_forgotten_while_we_join)
{
	fault_before("fcntl-lock", 1, forget_block);
	ck_assert_int_eq(try_open(), -EBUSY);
	atomic_store(&one->control->is_ready, CONTROL_READY);
	pair_assert_works();
}
END_TEST

Suite *
check_open_faults_suite(void)
{
	Suite *s = suite_create("journal/open_faults");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, an_opening_that_fails_can_be_tried_again, 0, 18);
	tcase_add_test(tc, the_btrfs_flag_is_asked_for_once);
	tcase_add_test(tc, a_failed_file_stays_failed_over_a_restart);
	tcase_add_test(tc, what_was_read_but_cannot_be_flushed_is_replaced);
	tcase_add_loop_test(tc, the_same_inode_with_another_header_is_another_file, 0, 2);
	tcase_add_test(tc, somebody_who_keeps_everybody_out);
	tcase_add_test(tc, a_block_that_is_forgotten_while_we_join);
	suite_add_tcase(s, tc);
	return s;
}
