/*
 * salvage.c - journal_examine() and journal_salvage(): would this journal be taken as it is, and
 * what can still be read of a damaged one
 *
 * Examining looks at everything that opening looks at, beside whoever has the journal open, and
 * changes nothing.  Salvage is only ever done at a person's word: it passes over changes that were
 * acknowledged once.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/rewrite.h"

#define HEADER_MAX_BYTES 4096

_Static_assert(
    sizeof(((struct journal_salvage *)0)->saved_as) == QUARANTINE_NAME_BYTES, "same name");

/* ------------------------------------------------------------------------ examine */

/* As it would be opened, but never made: -ENOENT has no message. */
static int
open_there(const struct journal *journal, const char *name, int *ret_fd, struct err *err)
{
	return file_open(
	    journal->config.dir_fd, journal->config.dir_path, name, O_RDWR, 0, ret_fd, err);
}

/* What the lock file knows of this very file, or 0. */
static int
look_up_synced(const struct journal *journal, int fd, const struct jrn_scan *header,
    uint64_t *ret_synced, struct err *err)
{
	struct stat st;
	int lock_fd, r;

	*ret_synced = 0;
	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", journal->path, strerror(errno));
	if ((r = open_there(journal, journal->lock_name, &lock_fd, err)) != 0)
		return r == -ENOENT ? 0 : r;
	*ret_synced = jrn_control_peek_synced(lock_fd, st.st_ino, header->header.crc);
	(void)close(lock_fd);
	return 0;
}

static int
examine_file(const struct journal *journal, int fd, struct journal_examination *examination,
    struct err *err)
{
	uint64_t synced;
	struct jrn_scan scan;
	int r;

	/* First what was flushed, then what is there: others may go on writing. */
	if ((r = jrn_scan_header(fd, journal->path, &scan, err)) != 0 ||
	    (r = jrn_open_check_key(journal, &scan, err)) != 0 ||
	    (r = look_up_synced(journal, fd, &scan, &synced, err)) != 0 ||
	    (r = jrn_scan_file(fd, journal->path, synced, &scan, err)) != 0)
		return r;
	if (jrn_scan_is_damaged(&scan))
		return jrn_scan_refuse(&scan, journal->path, err);
	examination->n_lines = scan.last_n - scan.header.n;
	examination->n_torn_bytes = scan.end - scan.good_len;
	return 0;
}

int
journal_examine(const struct journal_config *config,
    struct journal_examination *ret_examination, struct err *err)
{
	struct journal_examination examination = { 0 };
	struct journal *journal;
	int fd, r;

	if ((r = jrn_open_new(config, &journal, err)) != 0)
		return r;
	if ((r = jrn_fs_check(journal->config.dir_fd, journal->config.dir_path, err)) == 0)
		r = open_there(journal, journal->file_name, &fd, err);
	if (r == -ENOENT) {
		examination.is_absent = true;
		r = 0;
	} else if (r == 0) {
		r = examine_file(journal, fd, &examination, err);
		(void)close(fd);
	}
	if (r == 0)
		*ret_examination = examination;
	jrn_open_free(journal);
	return r;
}

/* ------------------------------------------------------------------------ salvage */

/* An editor of another system ends lines with CR LF: what stands before that is whole. */
static struct str
without_return(struct str text)
{
	return text.n > 0 && text.p[text.n - 1] == '\r' ? str_mem(text.p, text.n - 1) : text;
}

/* Every intact line counts, in the order of the file, whatever its number. */
static int
salvage_lines(int fd, uint64_t from, uint64_t end, struct jrn_live_index *live,
    uint64_t *ret_last_n, struct journal_salvage *report)
{
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	uint64_t offset;
	int r = 0, found;

	if ((r = jrn_lines_open(&lines, fd, from, end)) != 0)
		return r;
	while (r == 0 && (found = jrn_lines_next(&lines, &text, &offset)) != 0) {
		if (found > 0)
			text = without_return(text);
		if (found < 0) {
			r = found;
		} else if (found != LINES_WHOLE || jrn_line_parse(text, &line) != 0) {
			report->n_bad++;
		} else {
			report->n_kept++;
			if (line.n > *ret_last_n)
				*ret_last_n = line.n;
			r = jrn_live_index_note(live, &line, offset, text.n + 1);
		}
	}
	jrn_lines_close(&lines);
	return r;
}

/* The header with a carriage return. */
static bool
read_returned_header(int fd, struct jrn_scan *ret_scan)
{
	struct jrn_scan scan = { 0 };
	struct jrn_lines lines;
	struct str text;
	uint64_t offset;
	bool is_read;

	if (jrn_lines_open(&lines, fd, 0, HEADER_MAX_BYTES) != 0)
		return false;
	is_read = jrn_lines_next(&lines, &text, &offset) == LINES_WHOLE &&
		  jrn_line_parse_header(without_return(text), &scan.header) == 0;
	scan.start = jrn_lines_offset(&lines);
	scan.last_n = scan.header.n;
	jrn_lines_close(&lines);
	if (is_read)
		*ret_scan = scan;
	return is_read;
}

/* The header, or one in its place: the key check is then the caller's. */
static int
salvage_header(struct journal *journal, int fd, struct jrn_scan *ret_scan, struct err *err)
{
	struct err said = { "" };
	int r = jrn_scan_header(fd, journal->path, ret_scan, &said);

	if (r == 0)
		return 0;
	if (r != -EBADMSG)
		return err_set(err, r, "%s", said.text);
	if (read_returned_header(fd, ret_scan))
		return 0;
	*ret_scan = (struct jrn_scan){ 0 };
	memcpy(ret_scan->header.key_check, journal->config.key_check, LINE_KEY_CHECK_BYTES);
	/* Which one it had is lost; there may be records that need it. */
	ret_scan->header.format_number = LINE_FORMAT_LAST;
	return 0;
}

static int
salvage_file(struct journal *journal, int fd, struct journal_salvage *report, struct err *err)
{
	struct jrn_rewrite snap;
	struct jrn_live_index live;
	struct jrn_scan scan;
	struct stat st;
	uint64_t end;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(
		    err, -errno, "cannot look at %s: %s", journal->path, strerror(errno));
	end = (uint64_t)st.st_size;
	if ((r = salvage_header(journal, fd, &scan, err)) != 0)
		return r;
	if ((r = jrn_live_index_init(&live)) != 0)
		return err_set(err, r, "no randomness: %s", strerror(-r));
	r = salvage_lines(fd, scan.start, end, &live, &scan.last_n, report);
	if (r != 0)
		err_set(err, r, "cannot read %s: %s", journal->path, strerror(-r));
	else
		r = jrn_quarantine_save(journal->config.dir_fd, journal->config.dir_path,
		    journal->file_name, "damaged", fd, 0, end, report->saved_as, err);
	if (r == 0) {
		report->n_live = live.n_live;
		r = jrn_rewrite_live(journal, fd, &scan.header, scan.last_n,
		    journal->recover_name, &live, &snap);
		if (r == 0)
			r = jrn_rewrite_publish(&snap, journal->file_name);
		if (r != 0)
			err_set(err, r, "cannot write %s: %s", journal->path, strerror(-r));
	}
	jrn_live_index_fini(&live);
	return r;
}

int
journal_salvage(
    const struct journal_config *config, struct journal_salvage *ret_report, struct err *err)
{
	struct journal_salvage report = { 0 };
	struct journal *journal;
	int fd, r;

	if ((r = jrn_open_new(config, &journal, err)) != 0)
		return r;
	if ((r = jrn_open_alone(journal, err)) != 0)
		goto out;
	r = file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR, 0, &fd, err);
	if (r == -ENOENT)
		err_set(err, r, "there is no %s", journal->path);
	if (r != 0)
		goto out;
	if ((r = salvage_file(journal, fd, &report, err)) == 0) {
		/* What the block knew was about the damaged file. */
		jrn_control_forget(journal->control);
		*ret_report = report;
	}
	(void)close(fd);
out:
	jrn_open_free(journal);
	return r;
}
