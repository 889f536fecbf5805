/* check_recover_faults.c - tests of src/journal/recover.c: when recovery fails too */
#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_recover_faults_suite(void);

START_TEST(a_tail_that_cannot_be_recovered_yet)
{
	static const struct {
		const char *call;
		int error, want;
	} cases[] = {
		{ "ftruncate", EIO, -EIO },
		{ "pread", EIO, -EIO },
		{ "fstat", EIO, -EIO },
		{ "malloc", ENOMEM, -ENOMEM },
		{ "jrn_generation_current", EMFILE, -EMFILE },
		{ "jrn_generation_current", 0, -ESTALE },
	};

	pair_append_junk();
	fault_set(cases[_i].call, 1, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(journal_lock(one, 100)), cases[_i].want);
	pair_assert_works();
}
END_TEST

START_TEST(a_whole_change_and_nothing_else_is_kept)
{
	struct jrn_line line = { .n = 2 };
	struct buf buf;
	int fd = openat(f.dir_fd, "User.jsonl", O_WRONLY | O_APPEND | O_CLOEXEC);

	line.record = put_k9;
	buf_init(&buf, 1000);
	jrn_line_add(&buf, &line);
	ck_assert_int_eq(write(fd, buf.p, buf.n), (ssize_t)buf.n);
	(void)close(fd);
	buf_fini(&buf);
	pair_assert_works();
	ck_assert_str_eq(f.notices, "");
	ck_assert_str_eq(replica_text(a), "k1={\"v\":1} k9={} last={} ");
}
END_TEST

START_TEST(a_replacement_that_fails_is_tried_again)
{
	static const struct {
		const char *call;
		unsigned nth;
		int error;
	} cases[] = {
		{ "openat", 1, EMFILE },
		{ "fstat", 2, EIO },
		{ "pread", 1, EIO },
		{ "pread", 2, EIO },
		{ "random_fill", 1, EPERM },
		{ "unlinkat", 1, EIO },
		{ "openat", 2, ENOSPC },
		{ "fstat", 4, EIO },
		{ "malloc", 1, ENOMEM },
		{ "malloc", 2, ENOMEM },
		{ "malloc", 4, ENOMEM },
		{ "calloc", 1, ENOMEM },
	};

	clock_freeze(1000000, 0);
	one->control->has_failed = 1;
	fault_set(cases[_i].call, cases[_i].nth, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(journal_lock(one, 100)), -EROFS);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert(f.notices[0] != '\0');
	pair_assert_works();
}
END_TEST

START_TEST(a_removed_file_and_no_way_to_bring_it_back)
{
	static const struct {
		const char *call;
		unsigned nth;
		int error;
	} cases[] = {
		{ "unlinkat", 1, EIO },
		{ "openat", 2, ENOSPC },
		{ "write", 1, ENOSPC },
		{ "fsync", 1, EIO },
		{ "fsync", 2, EIO },
		{ "renameat", 1, EIO },
		{ "fcntl-lock", 2, EIO },
		{ "fcntl-lock", 3, EIO },
	};

	journal_close(one);
	journal_close(two);
	two = NULL;
	one = fixture_journal(&f);
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	fault_set(cases[_i].call, cases[_i].nth, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(journal_lock(one, 100)), -EROFS);
	ck_assert_uint_eq(fault_hits(), 1);
	fault_clear();
	one->control->retry_at_ms = 0;
	/* The shared lock may be gone with the last case: take it again. */
	ck_assert_int_eq(jrn_lock_try(&one->lock, LOCK_PRESENCE, true), 0);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
	replica_free(a);
	a = replica_new();
	two = fixture_journal(&f);
	pair_assert_works();
	ck_assert_str_eq(replica_text(a), "last={} ");
}
END_TEST

START_TEST(a_removed_file_of_which_an_older_one_is_open)
{
	/* One has the generation before open: that is not what was removed. */
	pair_replace_file();
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	ck_assert_ptr_nonnull(strstr(f.notices, "removed while in use"));
}
END_TEST

START_TEST(a_removed_file_and_no_descriptor_to_spare)
{
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	fault_set("fcntl", 1, 1, EMFILE);
	ck_assert_int_eq(journal_lock(one, 100), -EROFS);
	pair_assert_works();
}
END_TEST

START_TEST(a_prepared_file_that_does_not_fit_is_not_taken)
{
	struct jrn_control *control = one->control;
	struct jrn_control_view next = jrn_control_look(control);
	struct stat st;
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	fixture_write(&f, "User.jsonl.new", bytes, n);
	free(bytes);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl.new", &st, 0), 0);
	ck_assert_int_eq(renameat(f.dir_fd, "User.jsonl.new", f.dir_fd, "User.jsonl"), 0);
	next.inode = _i == 0 ? st.st_ino + 1 : st.st_ino;
	next.good_len = _i == 1 ? n + 1 : n;
	next.prev_len = n;
	next.prev_n = next.start_n = 1;
	next.start_len = n;
	jrn_control_prepare(control, &next);
	if (_i == 2)
		fault_set("fsync", 1, 1, EIO);
	ck_assert_int_eq(journal_lock(one, 100), 0);
	journal_unlock(one);
	ck_assert_ptr_nonnull(strstr(f.notices, "another file than before"));
	pair_assert_works();
}
END_TEST

START_TEST(recovery_from_elsewhere_may_fail_too)
{
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(jrn_recover_now(one, 100), -EMFILE);
}
END_TEST

Suite *
check_recover_faults_suite(void)
{
	Suite *s = suite_create("journal/recover_faults");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_tail_that_cannot_be_recovered_yet, 0, 6);
	tcase_add_test(tc, a_whole_change_and_nothing_else_is_kept);
	tcase_add_loop_test(tc, a_replacement_that_fails_is_tried_again, 0, 12);
	tcase_add_loop_test(tc, a_removed_file_and_no_way_to_bring_it_back, 0, 8);
	tcase_add_test(tc, a_removed_file_of_which_an_older_one_is_open);
	tcase_add_test(tc, a_removed_file_and_no_descriptor_to_spare);
	tcase_add_loop_test(tc, a_prepared_file_that_does_not_fit_is_not_taken, 0, 3);
	tcase_add_test(tc, recovery_from_elsewhere_may_fail_too);
	suite_add_tcase(s, tc);
	return s;
}
