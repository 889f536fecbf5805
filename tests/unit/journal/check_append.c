/* check_append.c - tests of src/journal/append.c: writing when calls fail */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
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

Suite *check_append_suite(void);

START_TEST(a_failed_write_leaves_nothing)
{
	static const int errors[] = { ENOSPC, EDQUOT, EIO, EFBIG };
	uint64_t seq = 0;
	size_t n_before, n_after;

	free(fixture_read(&f, "User.jsonl", &n_before));
	pair_lock(one);
	fault_set("write", 1, 1, errors[_i]);
	fault_set("ftruncate", 1, 1, EINTR);
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -errors[_i]);
	ck_assert_uint_eq(seq, 0);
	journal_unlock(one);
	free(fixture_read(&f, "User.jsonl", &n_after));
	ck_assert_uint_eq(n_before, n_after);
	pair_assert_works();
}
END_TEST

/* A person who reads "No space left on device" must learn where, and what to do; once is enough. */
START_TEST(a_failed_write_names_the_file_and_the_way_out)
{
	static const struct {
		int error;
		const char *reason, *way_out;
	} cases[] = {
		{ ENOSPC, "No space left on device", "room on its file system" },
		{ EDQUOT, "Disk quota exceeded", "room on its file system" },
		{ EFBIG, "File too large", "ulimit -f" },
		{ EIO, "Input/output error", "the kernel's log" },
	};
	uint64_t seq;

	pair_lock(one);
	for (int i = 0; i < 2; i++) {
		fault_set("write", 1, 1, cases[_i].error);
		ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -cases[_i].error);
		fault_clear();
		ck_assert_int_eq(strncmp(f.notices, one->path, strlen(one->path)), 0);
		ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].reason));
		ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].way_out));
		ck_assert_ptr_eq(strchr(f.notices, '\n'), strrchr(f.notices, '\n'));
	}
	/* After a change that was written it is news again; so is another reason. */
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), 0);
	f.notices[0] = '\0';
	fault_set("write", 1, 1, cases[_i].error);
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -cases[_i].error);
	ck_assert_ptr_nonnull(strstr(f.notices, cases[_i].reason));
	fault_clear();
	fault_set("write", 1, 1, ENOMEM);
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(f.notices, "Cannot allocate memory"));
	journal_unlock(one);
}
END_TEST

/* Everybody knows that changes are refused, until one is taken, or a tick finds room. */
START_TEST(a_refusal_is_a_state_that_begins_and_ends)
{
	static const int errors[] = { ENOSPC, EFBIG, EDQUOT };
	struct journal_stats stats;
	uint64_t seq;

	for (int i = 0; i < 3; i++) {
		pair_lock(one);
		f.notices[0] = '\0';
		fault_set("write", 1, 1, errors[i]);
		ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -errors[i]);
		fault_clear();
		journal_unlock(one);
		journal_stats(two, &stats);
		ck_assert(stats.has_failed);
		ck_assert_ptr_null(strstr(f.notices, "changes are taken again"));
		if (i == 0) {
			pair_lock(one);
			ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), 0);
			journal_unlock(one);
		} else {
			ck_assert_int_eq(journal_tick(two), 0);
		}
		ck_assert_ptr_nonnull(strstr(f.notices, "changes are taken again"));
		journal_stats(two, &stats);
		ck_assert(!stats.has_failed);
	}
	pair_assert_works();
}
END_TEST

START_TEST(what_cannot_be_taken_back_ends_the_file)
{
	struct stat before, after;
	uint64_t seq;

	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &before, 0), 0);
	pair_lock(one);
	fault_set("write", 1, 1, EIO);
	fault_set("ftruncate", 1, 1, EIO);
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -EROFS);
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -EROFS);
	journal_unlock(one);
	pair_assert_works();
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &after, 0), 0);
	ck_assert_uint_ne(before.st_ino, after.st_ino);
}
END_TEST

START_TEST(who_never_reads_may_append)
{
	struct journal *blind = fixture_journal(&f);
	uint64_t seq;

	ck_assert_int_eq(journal_lock(blind, 100), 0);
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(journal_append(blind, &put_k9, 1, &seq), -EMFILE);
	fault_set("jrn_generation_current", 1, 1, 0);
	ck_assert_int_eq(journal_append(blind, &put_k9, 1, &seq), -ESTALE);
	fault_set("malloc", 1, 1, ENOMEM);
	ck_assert_int_eq(fault_end(journal_append(blind, &put_k9, 1, &seq)), -ENOMEM);
	fault_clear();
	fault_set("fstat", 2, 1, EIO);
	ck_assert_int_eq(journal_append(blind, &put_k9, 1, &seq), -EIO);
	fault_clear();
	ck_assert_int_eq(journal_append(blind, &put_k9, 1, &seq), 0);
	journal_close(blind);
	pair_assert_works();
}
END_TEST

/* ------------------------------------------------------------------------ the format */

static void
has_format(int number)
{
	char want[64];
	size_t n;
	char *text = fixture_read(&f, "User.jsonl", &n);

	(void)snprintf(want, sizeof(want), "\"format\":\"sessiongate journal %d\"", number);
	ck_assert_ptr_nonnull(strstr(text, want));
	free(text);
}

/* Nothing is lost, everybody reads it from the beginning, and it stays so. */
START_TEST(a_later_format_is_a_whole_new_file)
{
	uint64_t seq;
	int n_resets;

	ck_assert_int_eq(journal_require_format(one, 2), -EINVAL); /* without the lock */
	ck_assert_int_eq(journal_sync(two, fixture_put(two, b, "k2", "{\"v\":2}")), 0);
	n_resets = b->n_resets;
	has_format(1);
	pair_lock(one);
	ck_assert_int_eq(journal_require_format(one, 1), 0);
	has_format(1);
	ck_assert_int_eq(journal_require_format(one, 2), 0);
	has_format(2);
	ck_assert_ptr_nonnull(strstr(f.notices, "earlier versions of the program refuse it"));
	/* What was read is not what is there now. */
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -EINVAL);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	f.notices[0] = '\0';
	ck_assert_int_eq(journal_require_format(one, 2), 0); /* again: nothing to do */
	ck_assert_int_eq(journal_require_format(one, 1), 0);
	ck_assert_str_eq(f.notices, "");
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), 0);
	journal_unlock(one);
	ck_assert_int_eq(journal_sync(one, seq), 0);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_int_eq(b->n_resets, n_resets + 1);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} k2={\"v\":2} k9={} ");
	/* A failed flush, and a compaction, write the file anew. */
	pair_replace_file();
	has_format(2);
	pair_assert_works();
	pair_grow();
	ck_assert_int_eq(journal_tick(two), 0);
	has_format(2);
	pair_assert_works();
	has_format(2);
}
END_TEST

START_TEST(who_never_reads_may_ask_for_a_format)
{
	struct journal *blind = fixture_journal(&f);
	uint64_t seq;

	ck_assert_int_eq(journal_lock(blind, 100), 0);
	ck_assert_int_eq(journal_require_format(blind, 2), 0);
	ck_assert_int_eq(journal_append(blind, &put_k9, 1, &seq), 0);
	journal_close(blind);
	has_format(2);
	ck_assert_int_eq(journal_catch_up(one, replica_apply, a), 0);
	ck_assert_str_eq(replica_text(a), "k1={\"v\":1} k9={} ");
	pair_assert_works();
}
END_TEST

static const struct {
	const char *call;
	int error;
} format_faults[] = { { "write", ENOSPC }, { "fsync", EIO }, { "renameat", EIO },
	{ "openat", EMFILE }, { "jrn_generation_current", 0 } };

START_TEST(a_format_that_cannot_be_written)
{
	pair_lock(one);
	fault_set(format_faults[_i].call, 1, 1, format_faults[_i].error);
	ck_assert_int_lt(journal_require_format(one, 2), 0);
	fault_clear();
	has_format(1);
	journal_unlock(one);
	pair_assert_works();
	one->control->has_failed = 1;
	one->control->retry_at_ms = UINT64_MAX;
	one->is_locked = true;
	ck_assert_int_eq(journal_require_format(one, 2), -EROFS);
	one->is_locked = false;
	one->control->has_failed = 0;
}
END_TEST

Suite *
check_append_suite(void)
{
	Suite *s = suite_create("journal/append");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_failed_write_leaves_nothing, 0, 4);
	tcase_add_loop_test(tc, a_failed_write_names_the_file_and_the_way_out, 0, 4);
	tcase_add_test(tc, a_refusal_is_a_state_that_begins_and_ends);
	tcase_add_test(tc, what_cannot_be_taken_back_ends_the_file);
	tcase_add_test(tc, who_never_reads_may_append);
	tcase_add_test(tc, a_later_format_is_a_whole_new_file);
	tcase_add_test(tc, who_never_reads_may_ask_for_a_format);
	tcase_add_loop_test(tc, a_format_that_cannot_be_written, 0, 5);
	suite_add_tcase(s, tc);
	return s;
}
