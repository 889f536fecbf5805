/* check_lines.c - tests of src/journal/line.c: a stretch of a file, line by line */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/line.h"
#include "unit/journal/fault.h"
#include "unit/unit.h"

Suite *check_lines_suite(void);

static int
file_of(const char *bytes, size_t n)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(file_write_all(fd, bytes, n), 0);
	return fd;
}

/* The next one is this, and stands there. */
static void
assert_next(struct jrn_lines *lines, int want, const char *text, size_t n, uint64_t at)
{
	struct str line;
	uint64_t offset = UINT64_MAX;

	ck_assert_int_eq(jrn_lines_next(lines, &line, &offset), want);
	ck_assert(line.n == n && memcmp(line.p, text, n) == 0);
	ck_assert_uint_eq(offset, at);
}

static void
assert_end(struct jrn_lines *lines)
{
	struct str line;
	uint64_t offset;

	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(jrn_lines_next(lines, &line, &offset), 0);
}

START_TEST(lines_with_their_places)
{
	int fd = file_of("one\n\nthree\0x\nend", 16);
	struct jrn_lines lines;

	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, 16), 0);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 0);
	assert_next(&lines, LINES_WHOLE, "one", 3, 0);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 4);
	assert_next(&lines, LINES_WHOLE, "", 0, 4);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 5);
	/* A NUL is a byte like any other. */
	assert_next(&lines, LINES_WHOLE, "three\0x", 7, 5);
	assert_next(&lines, LINES_PIECE, "end", 3, 13);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 16);
	assert_end(&lines);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 16);
	/* Where the descriptor stands is the caller's business. */
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 16);
	jrn_lines_close(&lines);
	ck_assert_ptr_null(lines.bytes);
	jrn_lines_close(&lines);
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 16);
	(void)close(fd);
}
END_TEST

/* What does not end within the stretch is a piece, though the file goes on. */
START_TEST(a_stretch_in_the_middle)
{
	int fd = file_of("one\ntwo\nthree\n", 14);
	struct jrn_lines lines;

	ck_assert_int_eq(jrn_lines_open(&lines, fd, 4, 11), 0);
	assert_next(&lines, LINES_WHOLE, "two", 3, 4);
	assert_next(&lines, LINES_PIECE, "thr", 3, 8);
	assert_end(&lines);
	jrn_lines_close(&lines);
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 5, 8), 0);
	assert_next(&lines, LINES_WHOLE, "wo", 2, 5);
	assert_end(&lines);
	jrn_lines_close(&lines);
	(void)close(fd);
}
END_TEST

START_TEST(a_file_that_ends_before_the_stretch)
{
	int fd = file_of("one\ntwo", 7);
	struct jrn_lines lines;

	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, UINT64_MAX >> 1), 0);
	assert_next(&lines, LINES_WHOLE, "one", 3, 0);
	assert_next(&lines, LINES_PIECE, "two", 3, 4);
	assert_end(&lines);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 7);
	jrn_lines_close(&lines);
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 100, 200), 0);
	assert_end(&lines);
	jrn_lines_close(&lines);
	(void)close(fd);
}
END_TEST

START_TEST(a_stretch_of_nothing)
{
	int fd = file_of("one\ntwo\n", 8);
	struct jrn_lines lines;

	ck_assert_int_eq(jrn_lines_open(&lines, fd, 4, 4), 0);
	assert_end(&lines);
	jrn_lines_close(&lines);
	/* And one that is none. */
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 4, 0), 0);
	assert_end(&lines);
	jrn_lines_close(&lines);
	(void)close(fd);
}
END_TEST

START_TEST(a_line_longer_than_the_buffer_comes_in_pieces)
{
	const size_t n_long = 3 * 1024 * 1024;
	int fd = memfd_create("lines", MFD_CLOEXEC), n_pieces = 0, r;
	char *bytes = malloc(n_long);
	struct jrn_lines lines;
	struct str line;
	uint64_t offset;

	memset(bytes, 'x', n_long);
	ck_assert_int_eq(file_write_all(fd, "one\n", 4), 0);
	ck_assert_int_eq(file_write_all(fd, bytes, n_long), 0);
	ck_assert_int_eq(file_write_all(fd, "\ntwo\nend", 8), 0);
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, n_long + 100), 0);
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), LINES_WHOLE);
	unit_assert_str(line, "one");
	while ((r = jrn_lines_next(&lines, &line, &offset)) == LINES_PIECE)
		n_pieces++;
	ck_assert_int_ge(n_pieces, 3);
	ck_assert_int_eq(r, LINES_WHOLE);
	unit_assert_str(line, "two");
	ck_assert_uint_eq(offset, n_long + 5);
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), LINES_PIECE);
	unit_assert_str(line, "end");
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), 0);
	jrn_lines_close(&lines);
	free(bytes);
	(void)close(fd);
}
END_TEST

/* No line that may stand in a journal is torn by the edge of the buffer. */
START_TEST(lines_of_all_lengths_over_many_buffers)
{
	const size_t longest = LINE_MAX_BYTES - 1;
	char *bytes = malloc(longest + 1);
	int fd = memfd_create("lines", MFD_CLOEXEC);
	uint64_t at = 0, end, offset;
	struct jrn_lines lines;
	struct str line;

	memset(bytes, 'x', longest);
	bytes[longest] = '\n';
	for (size_t n = longest, i = 0; i < 24; i++, n -= 9973)
		ck_assert_int_eq(file_write_all(fd, bytes + longest - n, n + 1), 0);
	end = (uint64_t)lseek(fd, 0, SEEK_CUR);
	ck_assert_uint_gt(end, 3 * 1024 * 1024);
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, end), 0);
	for (size_t n = longest, i = 0; i < 24; i++, n -= 9973) {
		assert_next(&lines, LINES_WHOLE, bytes, n, at);
		at += n + 1;
	}
	assert_end(&lines);
	jrn_lines_close(&lines);
	/* A long stretch, too, ends where it was said to end. */
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, end - 100), 0);
	for (int i = 0; i < 23; i++)
		ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), LINES_WHOLE);
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), LINES_PIECE);
	assert_end(&lines);
	ck_assert_uint_eq(jrn_lines_offset(&lines), end - 100);
	jrn_lines_close(&lines);
	free(bytes);
	(void)close(fd);
}
END_TEST

START_TEST(reading_that_fails)
{
	int fd = file_of("one\n", 4);
	struct jrn_lines lines;
	struct str line;
	uint64_t offset;

	fault_set("malloc", 1, 1, ENOMEM);
	ck_assert_int_eq(fault_end(jrn_lines_open(&lines, fd, 0, 4)), -ENOMEM);
	jrn_lines_close(&lines);
	fault_clear();
	ck_assert_int_eq(jrn_lines_open(&lines, fd, 0, 4), 0);
	fault_set("pread", 1, 1, EIO);
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), -EIO);
	ck_assert_uint_eq(jrn_lines_offset(&lines), 0);
	/* The next attempt goes on where this one ended; being interrupted is no failure. */
	fault_clear();
	fault_set("pread", 1, 2, EINTR);
	assert_next(&lines, LINES_WHOLE, "one", 3, 0);
	ck_assert_uint_eq(fault_hits(), 2);
	fault_clear();
	jrn_lines_close(&lines);
	(void)close(fd);
	ck_assert_int_eq(jrn_lines_open(&lines, -1, 0, 4), 0);
	ck_assert_int_eq(jrn_lines_next(&lines, &line, &offset), -EBADF);
	jrn_lines_close(&lines);
}
END_TEST

Suite *
check_lines_suite(void)
{
	Suite *s = suite_create("journal/lines");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, lines_with_their_places);
	tcase_add_test(tc, a_stretch_in_the_middle);
	tcase_add_test(tc, a_file_that_ends_before_the_stretch);
	tcase_add_test(tc, a_stretch_of_nothing);
	tcase_add_test(tc, a_line_longer_than_the_buffer_comes_in_pieces);
	tcase_add_test(tc, lines_of_all_lengths_over_many_buffers);
	tcase_add_test(tc, reading_that_fails);
	suite_add_tcase(s, tc);
	return s;
}
