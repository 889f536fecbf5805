/* scan.c - see scan.h */
#include "journal/scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/line.h"

#define HEADER_MAX_BYTES 4096

/* A change of several lines counts as read with its last one. */
struct group {
	uint64_t n_more; /* lines that are still missing */
};

static bool
fits(const struct jrn_line *line, uint64_t n_expected, const struct group *group)
{
	return line->n == n_expected && (group->n_more == 0 || line->more == group->n_more - 1);
}

static void
learn_flushed(struct jrn_scan *scan, const struct jrn_line *line)
{
	uint64_t flushed_n = line->n - 1 - line->unflushed;

	if (flushed_n > scan->flushed_n)
		scan->flushed_n = flushed_n;
}

/* live may be NULL. */
static int
read_on(int fd, struct jrn_scan *scan, struct jrn_live_index *live)
{
	struct group group = { 0 };
	uint64_t n = scan->last_n, offset;
	bool is_bad = false;
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return -errno;
	scan->end = (uint64_t)st.st_size;
	if ((r = jrn_lines_open(&lines, fd, scan->good_len, scan->end)) != 0)
		return r;
	while ((r = jrn_lines_next(&lines, &text, &offset)) > 0) {
		if (r != LINES_WHOLE || jrn_line_parse(text, &line) != 0) {
			if (!is_bad)
				scan->bad_at = offset;
			is_bad = true;
			continue;
		}
		learn_flushed(scan, &line);
		if (is_bad || !fits(&line, n + 1, &group)) {
			if (!is_bad)
				scan->bad_at = offset;
			is_bad = true;
			scan->n_behind++;
			continue;
		}
		if (live != NULL && offset == scan->start &&
		    (r = jrn_live_index_expect(live, scan->end - offset, text.n + 1)) != 0)
			break;
		if (live != NULL &&
		    (r = jrn_live_index_note(live, &line, offset, text.n + 1)) != 0)
			break;
		n = line.n;
		group.n_more = line.more;
		if (line.more == 0) {
			scan->last_n = n;
			scan->good_len = jrn_lines_offset(&lines);
		}
	}
	jrn_lines_close(&lines);
	if (!is_bad)
		scan->bad_at = scan->good_len;
	return r;
}

int
jrn_scan_tail(int fd, struct jrn_scan *scan)
{
	return read_on(fd, scan, NULL);
}

void
jrn_scan_salvage_command(const char *path, char ret_command[SCAN_COMMAND_BYTES])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	int n_dir = slash != NULL ? (int)(slash - path) : 0;

	(void)snprintf(ret_command, SCAN_COMMAND_BYTES,
	    "sessiongatectl%s%.*s journal salvage %.*s", n_dir > 0 ? " --data-dir " : "", n_dir,
	    path, (int)strcspn(name, "."), name);
}

int
jrn_scan_refuse(const struct jrn_scan *scan, const char *path, struct err *err)
{
	char command[SCAN_COMMAND_BYTES];

	jrn_scan_salvage_command(path, command);
	return err_set(err, -EBADMSG,
	    "%s: damaged at byte %llu: record %llu was on the disk and is not there (%llu "
	    "intact records behind it): stop everything that uses it, then restore a backup "
	    "and remove its .lock file, or keep what is intact: %s",
	    path, (unsigned long long)scan->bad_at, (unsigned long long)scan->last_n + 1,
	    (unsigned long long)scan->n_behind, command);
}

static int
refuse_header(const char *path, struct err *err)
{
	char command[SCAN_COMMAND_BYTES];

	jrn_scan_salvage_command(path, command);
	return err_set(err, -EBADMSG,
	    "%s: damaged at byte 0: the first line is not the header of a journal; restore a "
	    "backup, or keep what is intact: %s",
	    path, command);
}

int
jrn_scan_header(int fd, const char *path, struct jrn_scan *ret_scan, struct err *err)
{
	struct jrn_scan scan = { 0 };
	struct jrn_lines lines;
	struct str text;
	uint64_t offset;
	int r;

	if ((r = jrn_lines_open(&lines, fd, 0, HEADER_MAX_BYTES)) != 0)
		return err_set(err, r, "%s: no memory", path);
	if ((r = jrn_lines_next(&lines, &text, &offset)) < 0)
		err_set(err, r, "cannot read %s: %s", path, strerror(-r));
	else if (r != LINES_WHOLE ||
		 (r = jrn_line_parse_header(text, &scan.header)) == LINE_E_BAD)
		r = refuse_header(path, err);
	else if (r == LINE_E_FORMAT)
		r = err_set(err, -EPROTONOSUPPORT,
		    "%s has the format \"%s\", and this program reads up to \"" LINE_FORMAT
		    "%d\": use the version that wrote it, or a newer one",
		    path, scan.header.format, LINE_FORMAT_LAST);
	scan.start = scan.good_len = jrn_lines_offset(&lines);
	scan.last_n = scan.flushed_n = scan.header.n;
	jrn_lines_close(&lines);
	if (r == 0)
		*ret_scan = scan;
	return r;
}

int
jrn_scan_file(
    int fd, const char *path, uint64_t flushed_n, struct jrn_scan *ret_scan, struct err *err)
{
	return jrn_scan_and_count(fd, path, flushed_n, ret_scan, NULL, err);
}

int
jrn_scan_and_count(int fd, const char *path, uint64_t flushed_n, struct jrn_scan *ret_scan,
    struct jrn_live_index *live, struct err *err)
{
	struct jrn_scan scan;
	int r;

	if ((r = jrn_scan_header(fd, path, &scan, err)) != 0)
		return r;
	scan.flushed_n += scan.header.n_records;
	if (flushed_n > scan.flushed_n)
		scan.flushed_n = flushed_n;
	if ((r = read_on(fd, &scan, live)) != 0)
		return err_set(err, r, "cannot read %s: %s", path, strerror(-r));
	*ret_scan = scan;
	return 0;
}
