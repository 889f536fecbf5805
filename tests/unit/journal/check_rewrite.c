/* check_rewrite.c - tests of src/journal/rewrite.c: a whole new journal file */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/scan.h"
#include "journal/rewrite.h"
#include "unit/journal/fault.h"
#include "unit/journal/fixture.h"

Suite *check_rewrite_suite(void);

#define TEMP "User.jsonl.new"
#define NAME "User.jsonl"

static struct fixture f;
static int n_fds;
static const struct jrn_line_header header = {
	.n = 7, .n_records = 2, .key_check = { 1, 2, 3 }
};

static void
set_up(void)
{
	fixture_open(&f);
	n_fds = fixture_n_fds();
}

static void
tear_down(void)
{
	fault_clear();
	ck_assert_int_eq(fixture_n_fds(), n_fds);
	fixture_close(&f);
}

static int
open_snapshot(struct jrn_rewrite *snap)
{
	return jrn_rewrite_open(snap, f.dir_fd, TEMP, &header);
}

static int
add(struct jrn_rewrite *snap, const char *key)
{
	struct jrn_line line = { .record = { JOURNAL_PUT, str_of(key), STR_LIT("{}") } };
	int r = jrn_rewrite_add(snap, &line);

	ck_assert_uint_eq(line.n, snap->n);
	return r;
}

/* The file is a journal with so many lines behind its header. */
static void
assert_journal(const char *name, const struct jrn_rewrite *snap, uint64_t n_lines)
{
	int fd = openat(f.dir_fd, name, O_RDONLY | O_CLOEXEC);
	struct jrn_scan scan;
	struct stat st;

	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_eq(jrn_scan_file(fd, name, 0, &scan, NULL), 0);
	(void)close(fd);
	ck_assert(!jrn_scan_is_torn(&scan));
	/* The header's word counts: so many lines were flushed before the file had its name. */
	ck_assert_int_eq(jrn_scan_is_damaged(&scan), n_lines < header.n_records);
	ck_assert_uint_eq(scan.last_n, header.n + n_lines);
	ck_assert_uint_eq(scan.last_n, snap->n);
	ck_assert_uint_eq(scan.good_len, snap->len);
	ck_assert_uint_eq(scan.header.crc, snap->header_crc);
	ck_assert_uint_eq(scan.header.n_records, header.n_records);
	ck_assert_mem_eq(scan.header.key_check, header.key_check, sizeof(header.key_check));
	ck_assert_uint_eq(st.st_ino, snap->inode);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}

START_TEST(from_header_to_name)
{
	struct jrn_rewrite snap;

	umask(0);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_uint_eq(snap.n, header.n);
	ck_assert_int_eq(add(&snap, "k1"), 0);
	ck_assert_int_eq(add(&snap, "k2"), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	assert_journal(TEMP, &snap, 2);
	/* More may come after a flush. */
	ck_assert_int_eq(add(&snap, "k3"), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	ck_assert_int_eq(fixture_count(&f, NAME), 1);
	ck_assert(!snap.is_published);
	ck_assert_int_eq(jrn_rewrite_publish(&snap, NAME), 0);
	ck_assert(snap.is_published);
	ck_assert_int_eq(fixture_count(&f, TEMP), 0);
	assert_journal(NAME, &snap, 3);
}
END_TEST

START_TEST(a_journal_without_lines)
{
	struct jrn_rewrite snap;

	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_publish(&snap, NAME), 0);
	assert_journal(NAME, &snap, 0);
}
END_TEST

START_TEST(it_takes_the_place_of_the_old_file)
{
	struct jrn_rewrite snap;
	struct stat before, after;

	fixture_write(&f, NAME, "old", 3);
	ck_assert_int_eq(fstatat(f.dir_fd, NAME, &before, 0), 0);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	/* Which stays untouched until then. */
	ck_assert_int_eq(fstatat(f.dir_fd, NAME, &after, 0), 0);
	ck_assert(before.st_ino == after.st_ino && after.st_size == 3);
	ck_assert_int_eq(jrn_rewrite_publish(&snap, NAME), 0);
	assert_journal(NAME, &snap, 0);
}
END_TEST

START_TEST(a_leftover_is_removed)
{
	struct jrn_rewrite snap;

	fixture_write(&f, TEMP, "leftover of a dead writer", 25);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	assert_journal(TEMP, &snap, 0);
	jrn_rewrite_abort(&snap);
	/* A symbolic link is removed too, and not followed. */
	fixture_write(&f, "victim", "x", 1);
	ck_assert_int_eq(symlinkat("victim", f.dir_fd, TEMP), 0);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	assert_journal(TEMP, &snap, 0);
	jrn_rewrite_abort(&snap);
	free(fixture_read(&f, "victim", NULL));
	ck_assert_int_eq(fixture_truncate(&f, "victim", 1), 0);
	/* What cannot be removed is in the way. */
	ck_assert_int_eq(mkdirat(f.dir_fd, TEMP, 0700), 0);
	ck_assert_int_eq(open_snapshot(&snap), -EISDIR);
	ck_assert_int_eq(unlinkat(f.dir_fd, TEMP, AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(aborted_it_never_was)
{
	struct jrn_rewrite snap;

	fixture_write(&f, NAME, "old", 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(open_snapshot(&snap), 0);
		if (i > 0)
			ck_assert_int_eq(add(&snap, "k"), 0);
		if (i > 1)
			ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
		jrn_rewrite_abort(&snap);
		ck_assert_int_eq(snap.fd, -1);
		ck_assert_int_eq(fixture_count(&f, ""), 2 + 1); /* with . and .. */
	}
}
END_TEST

START_TEST(lines_of_any_length)
{
	const size_t n = JOURNAL_VALUE_MAX_BYTES;
	char *value = malloc(n);
	struct jrn_rewrite snap;

	memset(value, ' ', n);
	value[0] = '{';
	value[n - 1] = '}';
	ck_assert_int_eq(open_snapshot(&snap), 0);
	for (uint64_t i = 0; i < 9; i++) {
		struct jrn_line line = { .record = {
					     JOURNAL_PUT, STR_LIT("k"), { value, n - i } } };

		value[n - i - 1] = '}';
		ck_assert_int_eq(jrn_rewrite_add(&snap, &line), 0);
		ck_assert_uint_eq(line.n, header.n + 1 + i);
	}
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	assert_journal(TEMP, &snap, 9);
	/* A disk that fills up meanwhile. */
	fault_set("write", 1, 1, ENOSPC);
	ck_assert_int_eq(
	    jrn_rewrite_add(&snap,
		&(struct jrn_line){ .record = { JOURNAL_PUT, STR_LIT("k"), { value, n } } }),
	    -ENOSPC);
	jrn_rewrite_abort(&snap);
	ck_assert_int_eq(fixture_count(&f, TEMP), 0);
	free(value);
}
END_TEST

START_TEST(an_opening_that_fails_leaves_nothing)
{
	static const struct {
		const char *call;
		int error;
	} cases[] = {
		{ "unlinkat", EIO },
		{ "openat", ENOSPC },
		{ "fstat", EIO },
		{ "malloc", ENOMEM },
	};
	struct jrn_rewrite snap;

	fault_set(cases[_i].call, 1, 1, cases[_i].error);
	ck_assert_int_eq(fault_end(open_snapshot(&snap)), -cases[_i].error);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_int_eq(fixture_count(&f, TEMP), 0);
}
END_TEST

static void
make_temp(void)
{
	fixture_write(&f, TEMP, "another writer's", 16);
}

/* Two at once cannot be; if they are, they do not write into one file. */
START_TEST(a_file_that_appears_meanwhile_is_not_written_into)
{
	struct jrn_rewrite snap;

	fault_before("openat", 1, make_temp);
	ck_assert_int_eq(open_snapshot(&snap), -EEXIST);
	ck_assert_int_eq(fixture_count(&f, TEMP), 1);
}
END_TEST

START_TEST(what_is_not_on_the_disk_is_not_said_to_be)
{
	struct jrn_rewrite snap;

	ck_assert_int_eq(open_snapshot(&snap), 0);
	fault_set("write", 1, 1, ENOSPC);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), -ENOSPC);
	fault_clear();
	fault_set("fsync", 1, 1, EIO);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), -EIO);
	fault_clear();
	jrn_rewrite_abort(&snap);
	ck_assert_int_eq(fixture_count(&f, TEMP), 0);
}
END_TEST

START_TEST(a_name_that_cannot_be_given)
{
	struct jrn_rewrite snap;
	char *bytes;

	fixture_write(&f, NAME, "old", 3);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	fault_set("renameat", 1, 1, EIO);
	ck_assert_int_eq(jrn_rewrite_publish(&snap, NAME), -EIO);
	ck_assert(!snap.is_published);
	ck_assert_int_eq(fixture_count(&f, TEMP), 0);
	bytes = fixture_read(&f, NAME, NULL);
	ck_assert_str_eq(bytes, "old");
	free(bytes);
}
END_TEST

/* The caller must not say that a crash will leave it there; but everybody sees it. */
START_TEST(a_name_that_may_not_survive)
{
	struct jrn_rewrite snap;

	fixture_write(&f, NAME, "old", 3);
	ck_assert_int_eq(open_snapshot(&snap), 0);
	ck_assert_int_eq(jrn_rewrite_sync(&snap), 0);
	fault_set("fsync", 1, 1, EIO);
	ck_assert_int_eq(jrn_rewrite_publish(&snap, NAME), -EIO);
	ck_assert(snap.is_published);
	ck_assert_int_eq(snap.fd, -1);
	assert_journal(NAME, &snap, 0);
}
END_TEST

Suite *
check_rewrite_suite(void)
{
	Suite *s = suite_create("journal/rewrite");
	TCase *tc = tcase_create("core"), *faults = tcase_create("faults");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, from_header_to_name);
	tcase_add_test(tc, a_journal_without_lines);
	tcase_add_test(tc, it_takes_the_place_of_the_old_file);
	tcase_add_test(tc, a_leftover_is_removed);
	tcase_add_test(tc, aborted_it_never_was);
	tcase_add_test(tc, lines_of_any_length);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(faults, set_up, tear_down);
	tcase_add_loop_test(faults, an_opening_that_fails_leaves_nothing, 0, 4);
	tcase_add_test(faults, a_file_that_appears_meanwhile_is_not_written_into);
	tcase_add_test(faults, what_is_not_on_the_disk_is_not_said_to_be);
	tcase_add_test(faults, a_name_that_cannot_be_given);
	tcase_add_test(faults, a_name_that_may_not_survive);
	suite_add_tcase(s, faults);
	return s;
}
