/*
 * fuzz_journal.c - a journal file: what replay accepts, and where it stops
 *
 * The first byte chooses: odd, and the check sum of every line is made right before the file is
 * read, so that what stands in the lines is tried and not the check sum alone.  The rest is the
 * file.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"
#include "fuzz/fuzz.h"
#include "journal/live_index.h"
#include "journal/crc32c.h"
#include "journal/line.h"
#include "journal/scan.h"

#define CRC_TAIL_BYTES 10 /* xxxxxxxx"} */

static int fd = -1;

static void
put_file(const char *p, size_t n)
{
	if (fd == -1)
		fd = memfd_create("journal", MFD_CLOEXEC);
	fuzz_promise(fd != -1);
	fuzz_promise(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
	fuzz_promise(file_write_all(fd, p, n) == 0);
}

/* The right check sum where the form of the line's end has a place for one. */
static void
seal(char *p, size_t n)
{
	struct str rest = str_mem(p, n), line;
	bool goes_on = true;

	while (goes_on) {
		char digits[9], *begin;

		goes_on = str_split(rest, '\n', &line, &rest);
		if (line.n <= CRC_TAIL_BYTES)
			continue;
		begin = p + (line.p - p);
		(void)snprintf(digits, sizeof(digits), "%08x",
		    jrn_crc32c(0, line.p, line.n - CRC_TAIL_BYTES));
		memcpy(begin + line.n - CRC_TAIL_BYTES, digits, 8);
	}
}

/* Every accepted line is the only way to say what it says, and the numbers have no gap. */
static void
check_lines(const struct jrn_scan *scan)
{
	uint64_t n = scan->header.n, offset, n_more = 0;
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	struct buf buf;
	int r;

	buf_init(&buf, LINE_MAX_BYTES + 1);
	fuzz_promise(jrn_lines_open(&lines, fd, scan->start, scan->good_len) == 0);
	while ((r = jrn_lines_next(&lines, &text, &offset)) > 0) {
		fuzz_promise(r == LINES_WHOLE && jrn_line_parse(text, &line) == 0);
		fuzz_promise(line.n == ++n && line.unflushed < line.n);
		fuzz_promise(n_more == 0 || line.more == n_more - 1);
		n_more = line.more;
		fuzz_promise(jrn_line_is_valid_record(&line.record));
		fuzz_promise(fuzz_is_inside(line.record.key, text));
		fuzz_promise(fuzz_is_inside(line.record.value, text));
		buf_clear(&buf);
		jrn_line_add(&buf, &line);
		fuzz_promise(
		    buf_error(&buf) == 0 && str_eq(str_take(buf_str(&buf), buf.n - 1), text));
	}
	fuzz_promise(r == 0 && n == scan->last_n && n_more == 0);
	fuzz_promise(jrn_lines_offset(&lines) == scan->good_len);
	jrn_lines_close(&lines);
	buf_fini(&buf);
}

static void
check_scan(const struct jrn_scan *scan, size_t n)
{
	struct jrn_scan again;
	struct jrn_live_index live;

	fuzz_promise(scan->end == n && scan->start <= scan->good_len && scan->good_len <= n);
	fuzz_promise(scan->good_len <= scan->bad_at && scan->bad_at <= n);
	check_lines(scan);
	fuzz_promise(jrn_live_index_read(fd, scan->start, scan->good_len, &live) == 0);
	fuzz_promise(live.n_live <= live.n_records);
	fuzz_promise(live.n_records == scan->last_n - scan->header.n);
	jrn_live_index_fini(&live);
	/* What is left after a cut is whole, and knows nothing of what was cut. */
	fuzz_promise(ftruncate(fd, (off_t)scan->good_len) == 0);
	fuzz_promise(jrn_scan_file(fd, "journal", 0, &again, NULL) == 0);
	fuzz_promise(!jrn_scan_is_torn(&again) && again.good_len == scan->good_len);
	fuzz_promise(again.last_n == scan->last_n && again.flushed_n <= scan->flushed_n);
	if (!jrn_scan_is_damaged(scan))
		fuzz_promise(!jrn_scan_is_damaged(&again));
	/* One byte less takes one change at most, and makes none. */
	if (scan->good_len > scan->start) {
		fuzz_promise(ftruncate(fd, (off_t)scan->good_len - 1) == 0);
		fuzz_promise(jrn_scan_file(fd, "journal", 0, &again, NULL) == 0);
		fuzz_promise(again.last_n < scan->last_n && jrn_scan_is_torn(&again));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jrn_scan scan;
	struct err err;
	char *copy;
	int r;

	if (size == 0)
		return 0;
	copy = fuzz_copy(str_mem(data + 1, size - 1));
	if (data[0] % 2 == 1)
		seal(copy, size - 1);
	put_file(copy, size - 1);
	free(copy);
	err.text[0] = '\0';
	r = jrn_scan_file(fd, "journal", 0, &scan, &err);
	fuzz_promise(r == 0 || r == -EBADMSG || r == -EPROTONOSUPPORT);
	fuzz_promise((r == 0) == (err.text[0] == '\0'));
	for (const char *p = err.text; *p != '\0'; p++)
		fuzz_promise(*p >= 0x20 && *p < 0x7f);
	if (r == 0)
		check_scan(&scan, size - 1);
	return 0;
}
