/* check_scan.c - tests of src/journal/scan.c: torn or damaged? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/scan.h"
#include "unit/unit.h"

Suite *check_scan_suite(void);

static struct buf text;
static size_t starts[64]; /* where line i begins; 0 is the header */
static size_t n_lines;

static void
begin(uint64_t n, uint64_t n_records)
{
	struct jrn_line_header header = { .n = n, .n_records = n_records };

	buf_init(&text, 4 * LINE_MAX_BYTES);
	jrn_line_add_header(&text, &header, 0);
	starts[0] = 0;
	n_lines = 1;
}

static void
add(uint64_t n, uint64_t unflushed, uint64_t more)
{
	struct jrn_line line = { n, unflushed, more,
		{ JOURNAL_DEL, STR_LIT("key"), STR_NULL } };

	starts[n_lines++] = text.n;
	jrn_line_add(&text, &line);
}

static int
scan_text(uint64_t flushed_n, struct jrn_scan *ret_scan)
{
	int fd = memfd_create("journal", MFD_CLOEXEC), r;

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(file_write_all(fd, text.p, text.n), 0);
	r = jrn_scan_file(fd, "journal", flushed_n, ret_scan, NULL);
	(void)close(fd);
	return r;
}

static void
wipe(size_t line)
{
	memset(text.p + starts[line], 0, starts[line + 1] - starts[line] - 1);
}

START_TEST(a_whole_file)
{
	struct jrn_scan scan;

	begin(7, 1);
	add(8, 0, 0);
	add(9, 0, 1);
	add(10, 1, 0);
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert(!jrn_scan_is_torn(&scan) && !jrn_scan_is_damaged(&scan));
	ck_assert_uint_eq(scan.last_n, 10);
	ck_assert_uint_eq(scan.good_len, text.n);
	ck_assert_uint_eq(scan.start, starts[1]);
	ck_assert_uint_eq(scan.flushed_n, 8);
	buf_fini(&text);
}
END_TEST

START_TEST(every_torn_tail_is_cut_behind_a_whole_change)
{
	struct jrn_scan scan;
	size_t whole;

	begin(0, 0);
	add(1, 0, 0);
	add(2, 1, 2);
	add(3, 2, 1);
	add(4, 3, 0);
	add(5, 4, 0);
	whole = text.n;
	for (size_t n = whole; n >= starts[1]; n--) {
		size_t want = n >= whole       ? whole
			      : n >= starts[5] ? starts[5]
			      : n >= starts[2] ? starts[2]
					       : starts[1];

		text.n = n;
		ck_assert_int_eq(scan_text(0, &scan), 0);
		ck_assert(!jrn_scan_is_damaged(&scan));
		ck_assert_uint_eq(scan.good_len, want);
		ck_assert_int_eq(jrn_scan_is_torn(&scan), want < n);
		/* The same, known to have been flushed. */
		ck_assert_int_eq(scan_text(5, &scan), 0);
		ck_assert_int_eq(jrn_scan_is_damaged(&scan), n < whole);
	}
	buf_fini(&text);
}
END_TEST

START_TEST(a_hole_before_unflushed_lines_is_torn)
{
	struct jrn_scan scan;

	/* 3, 4 and 5 were on their way together; 4 and 5 arrived, 3 did not. */
	begin(0, 0);
	add(1, 0, 0);
	add(2, 0, 0);
	add(3, 0, 0);
	add(4, 1, 0);
	add(5, 2, 0);
	wipe(3);
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert(jrn_scan_is_torn(&scan) && !jrn_scan_is_damaged(&scan));
	ck_assert_uint_eq(scan.good_len, starts[3]);
	ck_assert_uint_eq(scan.bad_at, starts[3]);
	ck_assert_uint_eq(scan.n_behind, 2);
	/* The same, but somebody knows that 3 had been flushed. */
	ck_assert_int_eq(scan_text(3, &scan), 0);
	ck_assert(jrn_scan_is_damaged(&scan));
	buf_fini(&text);
}
END_TEST

START_TEST(a_hole_before_a_line_that_proves_it_is_damage)
{
	struct jrn_scan scan;

	begin(0, 0);
	add(1, 0, 0);
	add(2, 0, 0);
	add(3, 0, 0);
	add(4, 1, 0);
	wipe(2);
	wipe(3);
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert(jrn_scan_is_damaged(&scan));
	ck_assert_uint_eq(scan.bad_at, starts[2]);
	ck_assert_uint_eq(scan.flushed_n, 2);
	buf_fini(&text);
}
END_TEST

START_TEST(lines_of_the_snapshot_are_proven_by_the_header)
{
	struct jrn_scan scan;

	begin(10, 2);
	add(11, 0, 0);
	add(12, 0, 0);
	text.n--;
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert(jrn_scan_is_damaged(&scan));
	ck_assert_uint_eq(scan.bad_at, starts[2]);
	buf_fini(&text);
}
END_TEST

START_TEST(numbers_and_changes_must_fit)
{
	struct jrn_scan scan;

	begin(0, 0);
	add(1, 0, 0);
	add(3, 2, 0);
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert_uint_eq(scan.last_n, 1);
	ck_assert_uint_eq(scan.bad_at, starts[2]);
	buf_fini(&text);

	begin(0, 0);
	add(1, 0, 2);
	add(2, 1, 0);
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert_uint_eq(scan.last_n, 0);
	ck_assert_uint_eq(scan.bad_at, starts[2]);
	ck_assert(!jrn_scan_is_damaged(&scan));
	buf_fini(&text);
}
END_TEST

START_TEST(what_is_no_journal_is_refused)
{
	struct jrn_scan scan;

	buf_init(&text, 1000);
	ck_assert_int_eq(scan_text(0, &scan), -EBADMSG);
	buf_add_z(&text, "hello\n");
	ck_assert_int_eq(scan_text(0, &scan), -EBADMSG);
	buf_clear(&text);
	buf_add_z(&text, "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal 3\"}\n");
	ck_assert_int_eq(scan_text(0, &scan), -EPROTONOSUPPORT);
	buf_fini(&text);
	begin(0, 0);
	text.n--;
	ck_assert_int_eq(scan_text(0, &scan), -EBADMSG);
	buf_fini(&text);
}
END_TEST

/* doc/journal.md shows a journal: it is one. */
START_TEST(the_documented_sample_is_a_journal)
{
	static const char mark[] = "```jsonl\n";
	const char *srcdir = getenv("srcdir");
	static char page[64 * 1024];
	struct jrn_scan scan;
	char path[4096], *begin, *end;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/doc/journal.md", srcdir != NULL ? srcdir : ".");
	ck_assert_ptr_nonnull(file = fopen(path, "re"));
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	(void)fclose(file);
	ck_assert_ptr_nonnull(begin = strstr(page, mark));
	begin += sizeof(mark) - 1;
	ck_assert_ptr_nonnull(end = strstr(begin, "```"));
	buf_init(&text, sizeof(page));
	buf_add(&text, begin, (size_t)(end - begin));
	ck_assert_int_eq(scan_text(0, &scan), 0);
	ck_assert(!jrn_scan_is_torn(&scan) && !jrn_scan_is_damaged(&scan));
	ck_assert_uint_eq(scan.last_n, 5);
	buf_fini(&text);
}
END_TEST

Suite *
check_scan_suite(void)
{
	Suite *s = suite_create("journal/scan");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, a_whole_file);
	tcase_add_test(tc, every_torn_tail_is_cut_behind_a_whole_change);
	tcase_add_test(tc, a_hole_before_unflushed_lines_is_torn);
	tcase_add_test(tc, a_hole_before_a_line_that_proves_it_is_damage);
	tcase_add_test(tc, lines_of_the_snapshot_are_proven_by_the_header);
	tcase_add_test(tc, numbers_and_changes_must_fit);
	tcase_add_test(tc, what_is_no_journal_is_refused);
	tcase_add_test(tc, the_documented_sample_is_a_journal);
	suite_add_tcase(s, tc);
	return s;
}
