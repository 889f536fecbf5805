/* check_salvage.c - tests of src/journal/salvage.c: what can still be read of a damaged journal */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "journal/line.h"
#include "journal/scan.h"
#include "unit/journal/fault.h"
#include "unit/journal/fixture.h"

Suite *check_salvage_suite(void);

static struct fixture f;
static struct replica *a, *b;

static void
set_up(void)
{
	fixture_open(&f);
	a = replica_new();
	b = replica_new();
}

static void
tear_down(void)
{
	fault_clear();
	clock_thaw();
	replica_free(a);
	replica_free(b);
	fixture_close(&f);
}

/* journal_open() must refuse, and say so with these words. */
static void
assert_refused(int want, const char *words)
{
	struct journal *journal = NULL;
	struct err err = { "" };
	int r = journal_open(&f.config, &journal, &err);

	ck_assert_msg(r == want, "%d: %s", r, err.text);
	ck_assert_ptr_null(journal);
	ck_assert_msg(strstr(err.text, words) != NULL, "\"%s\" not in \"%s\"", words, err.text);
}

/* A journal with k1 and k2, each flushed before the next, and closed. */
static void
write_two(void)
{
	struct journal *journal = fixture_journal(&f);

	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k1", "{\"v\":1}")), 0);
	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k2", "{\"v\":2}")), 0);
	journal_close(journal);
}

/* One byte of the file becomes another; without such a text: at the place itself. */
static void
damage(const char *text, size_t at)
{
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	if (text != NULL)
		at = (size_t)(strstr(bytes, text) - bytes);
	bytes[at] = '?';
	fixture_write(&f, "User.jsonl", bytes, n);
	free(bytes);
}

static struct journal_salvage
salvage(void)
{
	struct journal_salvage report;
	struct err err = { "" };
	int r = journal_salvage(&f.config, &report, &err);

	ck_assert_msg(r == 0, "%d: %s", r, err.text);
	ck_assert_str_eq(err.text, "");
	return report;
}

static void
assert_reads(const char *want)
{
	struct journal *journal = fixture_journal(&f);

	ck_assert_int_eq(journal_catch_up(journal, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), want);
	journal_close(journal);
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

/* -------------------------------------------------------------------------- what is kept */

START_TEST(a_journal_that_is_in_order)
{
	struct journal_salvage report;
	size_t n_before, n_saved;
	char *before, *saved;
	struct stat st;

	write_two();
	before = fixture_read(&f, "User.jsonl", &n_before);
	clock_freeze(1000000, INT64_C(1769860800000));
	report = salvage();
	clock_thaw();
	ck_assert_uint_eq(report.n_kept, 2);
	ck_assert_uint_eq(report.n_live, 2);
	ck_assert_uint_eq(report.n_bad, 0);
	ck_assert_str_eq(report.saved_as, "User.jsonl.damaged-20260131T120000Z");
	saved = fixture_read(&f, report.saved_as, &n_saved);
	ck_assert_uint_eq(n_saved, n_before);
	ck_assert_mem_eq(saved, before, n_before);
	ck_assert_int_eq(fstatat(f.dir_fd, report.saved_as, &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fixture_count(&f, "User.jsonl.recover"), 0);
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	ck_assert_str_eq(f.notices, "");
	free(before);
	free(saved);
}
END_TEST

START_TEST(everything_but_the_damage)
{
	struct journal_salvage report;
	struct journal *journal;

	write_two();
	journal = fixture_journal(&f);
	(void)fixture_put(journal, a, "k3", "{}");
	(void)fixture_put(journal, a, "k1", "{\"v\":3}");
	(void)fixture_put(journal, a, "k4", "{}");
	ck_assert_int_eq(journal_sync(journal, fixture_del(journal, a, "k4")), 0);
	journal_close(journal);
	damage("\"k2\"", 0);
	/* As after a reboot: otherwise the file is not read through. */
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.lock", 0), 0);
	assert_refused(-EBADMSG, "damaged at byte");
	report = salvage();
	ck_assert_uint_eq(report.n_kept, 5);
	ck_assert_uint_eq(report.n_live, 2);
	ck_assert_uint_eq(report.n_bad, 1);
	/* In the order of creation, each with its newest value. */
	assert_reads("k1={\"v\":3} k3={} ");
}
END_TEST

START_TEST(a_deletion_that_is_damaged_brings_its_key_back)
{
	struct journal *journal;

	write_two();
	journal = fixture_journal(&f);
	(void)fixture_del(journal, a, "k1");
	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k3", "{}")), 0);
	journal_close(journal);
	damage("\"del\"", 0);
	ck_assert_uint_eq(salvage().n_bad, 1);
	assert_reads("k1={\"v\":1} k2={\"v\":2} k3={} ");
}
END_TEST

START_TEST(a_torn_end_is_left_out_too)
{
	struct journal_salvage report;
	size_t n;

	write_two();
	free(fixture_read(&f, "User.jsonl", &n));
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl", n - 1), 0);
	report = salvage();
	ck_assert_uint_eq(report.n_kept, 1);
	ck_assert_uint_eq(report.n_bad, 1);
	assert_reads("k1={\"v\":1} ");
}
END_TEST

START_TEST(nothing_is_left)
{
	static const char *const texts[] = { "", "\n\n", "{}\n", "no journal" };
	struct journal_salvage report;
	char *saved;

	fixture_write(&f, "User.jsonl", texts[_i], strlen(texts[_i]));
	report = salvage();
	ck_assert_uint_eq(report.n_kept, 0);
	ck_assert_uint_eq(report.n_live, 0);
	saved = fixture_read(&f, report.saved_as, NULL);
	ck_assert_str_eq(saved, texts[_i]);
	free(saved);
	assert_reads("");
}
END_TEST

/* A reader that goes on, or a backup beside it, never has a number twice. */
START_TEST(numbers_go_on_behind_the_old_ones)
{
	struct jrn_scan scan;
	uint64_t seq;
	struct journal *journal;
	int fd;

	write_two();
	damage("\"k1\"", 0);
	(void)salvage();
	fd = openat(f.dir_fd, "User.jsonl", O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(jrn_scan_file(fd, "User.jsonl", 0, &scan, NULL), 0);
	(void)close(fd);
	ck_assert_uint_ge(scan.header.n, 2);
	ck_assert_uint_eq(scan.last_n, scan.header.n + 1);
	/* All of it was flushed before it had the name. */
	ck_assert_uint_eq(scan.flushed_n, scan.last_n);
	journal = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(journal, replica_apply, b), 0);
	seq = fixture_put(journal, b, "k9", "{}");
	ck_assert_uint_eq(seq, scan.last_n + 1);
	ck_assert_int_eq(journal_sync(journal, seq), 0);
	journal_close(journal);
}
END_TEST

START_TEST(salvage_takes_lines_of_any_number)
{
	static const struct journal_record del_k1 = { JOURNAL_DEL, { "k1", 2 }, { NULL, 0 } };
	static const struct journal_record put_k9 = { JOURNAL_PUT, { "k9", 2 }, { "{}", 2 } };
	struct jrn_line_header header = { .n = 0 };
	struct journal_salvage report;
	struct err err;
	struct buf buf;

	buf_init(&buf, 10000);
	jrn_line_add_header(&buf, &header, 0);
	for (uint64_t n = 9; n > 6; n--) {
		struct jrn_line line = { .n = n };

		line.record = n == 8 ? del_k1 : put_k9;
		jrn_line_add(&buf, &line);
	}
	fixture_write(&f, "Other.jsonl", buf.p, buf.n);
	buf_fini(&buf);
	f.config.name = "Other";
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), 0);
	ck_assert_uint_eq(report.n_kept, 3);
	ck_assert_uint_eq(report.n_live, 1);
}
END_TEST

/* The new file is flushed: what went wrong with the old one is over. */
START_TEST(a_failure_does_not_outlive_the_file)
{
	struct journal_stats stats;
	struct journal *journal;

	write_two();
	journal = fixture_journal(&f);
	journal->control->has_failed = 1;
	journal_close(journal);
	(void)salvage();
	journal = fixture_journal(&f);
	journal_stats(journal, &stats);
	ck_assert(!stats.has_failed);
	journal_close(journal);
}
END_TEST

/* The file belongs to the key that it was written with, not to the one of who salvages. */
START_TEST(the_key_of_the_header_is_kept)
{
	memset(f.config.key_check, 0x11, sizeof(f.config.key_check));
	write_two();
	damage("\"k1\"", 0);
	memset(f.config.key_check, 0x22, sizeof(f.config.key_check));
	(void)salvage();
	assert_refused(-EKEYREJECTED, "another key");
	memset(f.config.key_check, 0x11, sizeof(f.config.key_check));
	assert_reads("k2={\"v\":2} ");
}
END_TEST

START_TEST(salvage_without_a_header)
{
	struct journal_salvage report;
	struct err err = { "" };
	size_t n;
	char *bytes;

	memset(f.config.key_check, 0x22, sizeof(f.config.key_check));
	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	bytes[3] = '?';
	fixture_write(&f, "User.jsonl", bytes, n);
	free(bytes);
	assert_refused(-EBADMSG, "damaged at byte 0");
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), 0);
	ck_assert_uint_eq(report.n_bad, 1);
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	f.config.key_check[0] = 0;
	assert_refused(-EKEYREJECTED, "another key");
}
END_TEST

/* ------------------------------------------------------------------------- what is refused */

START_TEST(salvage_wants_to_be_alone_and_a_file)
{
	struct journal_salvage report;
	struct err err = { "" };
	struct journal *journal;

	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "there is no"));
	journal = fixture_journal(&f);
	(void)fixture_put(journal, a, "k1", "{}");
	(void)fixture_del(journal, a, "k1");
	(void)fixture_put(journal, a, "k2", "{}");
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "in use"));
	journal_close(journal);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), 0);
	ck_assert_uint_eq(report.n_kept, 3);
	ck_assert_uint_eq(report.n_live, 1);
	assert_reads("k2={} ");
	f.config.name = "a/b";
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EINVAL);
}
END_TEST

START_TEST(somebody_who_is_just_coming_or_going)
{
	static const enum jrn_lock_range ranges[] = { LOCK_APPEND, LOCK_PRESENCE };
	struct journal_salvage report;
	struct jrn_lock other = LOCK_NULL;
	struct err err = { "" };
	size_t n;

	write_two();
	ck_assert_int_eq(jrn_lock_open(&other, f.dir_fd, f.path, "User.jsonl.lock", &err), 0);
	ck_assert_int_eq(jrn_lock_try(&other, ranges[_i], true), 0);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EBUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "stop all programs that have it open first"));
	ck_assert_int_eq(fixture_count(&f, "User.jsonl.damaged"), 0);
	jrn_lock_close(&other);
	(void)salvage();
	free(fixture_read(&f, "User.jsonl", &n));
}
END_TEST

START_TEST(what_is_no_file_of_ours)
{
	struct journal_salvage report;
	struct err err = { "" };

	write_two();
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0644, 0), 0);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "is open to other users"));
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0600, 0), 0);
	ck_assert_int_eq(renameat(f.dir_fd, "User.jsonl", f.dir_fd, "target"), 0);
	ck_assert_int_eq(symlinkat("target", f.dir_fd, "User.jsonl"), 0);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -ELOOP);
	ck_assert_ptr_nonnull(strstr(err.text, "is a symbolic link"));
	fault_set_fs(0x6969);
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EOPNOTSUPP);
}
END_TEST

START_TEST(a_salvage_that_fails_changes_nothing)
{
	static const char *const calls[] = { "openat", "fcntl-lock", "fstat", "malloc",
		"calloc", "random_fill", "pread", "write", "fsync", "renameat", "unlinkat" };
	struct journal_salvage report;
	struct err err;
	size_t n, n_after;
	char *bytes, *after;
	int r;

	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	fixture_write(&f, "User.jsonl", bytes, n - 3);
	for (unsigned nth = 1;; nth++) {
		fault_clear();
		fault_set(calls[_i], nth, 1, EIO);
		err.text[0] = '\0';
		report.n_kept = 4711;
		r = fault_end(journal_salvage(&f.config, &report, &err));
		if (fault_hits() == 0)
			break;
		/* EIO of the exclusive lock's last drop is nobody's concern. */
		if (r == 0)
			break;
		ck_assert_int_eq(r, strstr(calls[_i], "alloc") != NULL ? -ENOMEM : -EIO);
		ck_assert_str_ne(err.text, "");
		ck_assert_uint_eq(report.n_kept, 4711);
		after = fixture_read(&f, "User.jsonl", &n_after);
		ck_assert(fixture_count(&f, "User.jsonl.damaged") > 0 ||
			  (n_after == n - 3 && memcmp(bytes, after, n_after) == 0));
		free(after);
		remove_saved();
	}
	ck_assert_int_eq(r, 0);
	free(bytes);
	fault_clear();
	assert_reads("k1={\"v\":1} ");
}
END_TEST

Suite *
check_salvage_suite(void)
{
	Suite *s = suite_create("journal/salvage");
	TCase *tc = tcase_create("core"), *refused = tcase_create("refused");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_journal_that_is_in_order);
	tcase_add_test(tc, everything_but_the_damage);
	tcase_add_test(tc, a_deletion_that_is_damaged_brings_its_key_back);
	tcase_add_test(tc, a_torn_end_is_left_out_too);
	tcase_add_loop_test(tc, nothing_is_left, 0, 4);
	tcase_add_test(tc, numbers_go_on_behind_the_old_ones);
	tcase_add_test(tc, salvage_takes_lines_of_any_number);
	tcase_add_test(tc, a_failure_does_not_outlive_the_file);
	tcase_add_test(tc, the_key_of_the_header_is_kept);
	tcase_add_test(tc, salvage_without_a_header);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(refused, set_up, tear_down);
	tcase_set_timeout(refused, 60);
	tcase_add_test(refused, salvage_wants_to_be_alone_and_a_file);
	tcase_add_loop_test(refused, somebody_who_is_just_coming_or_going, 0, 2);
	tcase_add_test(refused, what_is_no_file_of_ours);
	tcase_add_loop_test(refused, a_salvage_that_fails_changes_nothing, 0, 11);
	suite_add_tcase(s, refused);
	return s;
}
