/* rewrite.c - see rewrite.h */
#include "journal/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/usage.h"

#define WRITE_BYTES ((size_t)256 * 1024)
#define RETRY_MS    1000

static int
flush_buffer(struct jrn_rewrite *snap)
{
	int r = file_write_all(snap->fd, buf_str(&snap->buf).p, snap->buf.n);

	if (r == 0)
		buf_clear(&snap->buf);
	return r;
}

int
jrn_rewrite_open(struct jrn_rewrite *snap, int dir_fd, const char *temp_name,
    const struct jrn_line_header *header)
{
	struct jrn_line_header written;
	struct stat st;
	int r = 0;

	*snap = (struct jrn_rewrite){ .dir_fd = dir_fd, .temp_name = temp_name, .fd = -1 };
	buf_init(&snap->buf, WRITE_BYTES + LINE_MAX_BYTES);
	if (unlinkat(dir_fd, temp_name, 0) == -1 && errno != ENOENT)
		return -errno;
	snap->fd = openat(dir_fd, temp_name,
	    O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (snap->fd == -1)
		return -errno;
	jrn_line_add_header(&snap->buf, header, clock_wall_s());
	if (fstat(snap->fd, &st) == -1)
		r = -errno;
	else
		r = buf_error(&snap->buf);
	if (r != 0) {
		jrn_rewrite_abort(snap);
		return r;
	}
	(void)jrn_line_parse_header(str_mem(snap->buf.p, snap->buf.n - 1), &written);
	snap->header_crc = written.crc;
	snap->inode = st.st_ino;
	snap->len = snap->buf.n;
	snap->n = header->n;
	return 0;
}

int
jrn_rewrite_add(struct jrn_rewrite *snap, struct jrn_line *line)
{
	size_t n = snap->buf.n;

	line->n = ++snap->n;
	jrn_line_add(&snap->buf, line);
	if (buf_error(&snap->buf) != 0)
		return buf_error(&snap->buf);
	snap->len += snap->buf.n - n;
	return snap->buf.n < WRITE_BYTES ? 0 : flush_buffer(snap);
}

int
jrn_rewrite_sync(struct jrn_rewrite *snap)
{
	int r = flush_buffer(snap);

	return r != 0 ? r : fsync(snap->fd) == -1 ? -errno : 0;
}

static void
close_all(struct jrn_rewrite *snap)
{
	buf_fini(&snap->buf);
	(void)close(snap->fd);
	snap->fd = -1;
}

int
jrn_rewrite_publish(struct jrn_rewrite *snap, const char *name)
{
	int r = 0;

	if (renameat(snap->dir_fd, snap->temp_name, snap->dir_fd, name) == -1) {
		r = -errno;
		jrn_rewrite_abort(snap);
		return r;
	}
	snap->is_published = true;
	if (fsync(snap->dir_fd) == -1)
		r = -errno;
	close_all(snap);
	return r;
}

void
jrn_rewrite_abort(struct jrn_rewrite *snap)
{
	(void)unlinkat(snap->dir_fd, snap->temp_name, 0);
	close_all(snap);
}

/* ------------------------------------------------------------- what is alive */

/* The newest line of an entry, read where the count has seen it. */
static int
copy_entry(
    int fd, const struct jrn_live_index_entry *entry, char *bytes, struct jrn_rewrite *snap)
{
	struct jrn_line line;
	ssize_t n;

	do
		n = pread(fd, bytes, entry->n_bytes, (off_t)entry->offset);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -errno;
	if (n != (ssize_t)entry->n_bytes ||
	    jrn_line_parse(str_mem(bytes, (size_t)n - 1), &line) != 0)
		return -EBADMSG;
	line.unflushed = 0;
	line.more = 0;
	return jrn_rewrite_add(snap, &line);
}

static int
copy_live(int fd, const struct jrn_live_index *live, struct jrn_rewrite *snap)
{
	char *bytes = malloc(LINE_MAX_BYTES + 1);
	int r = 0;

	if (bytes == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < live->n_entries && r == 0; i++)
		if (live->entries[i].n_bytes != 0)
			r = copy_entry(fd, &live->entries[i], bytes, snap);
	free(bytes);
	return r;
}

int
jrn_rewrite_add_tail(
    struct jrn_rewrite *snap, struct jrn_control *control, int fd, uint64_t from, uint64_t to)
{
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	uint64_t offset;
	int r = 0, found;

	if ((r = jrn_lines_open(&lines, fd, from, to)) != 0)
		return r;
	while (r == 0 && (found = jrn_lines_next(&lines, &text, &offset)) != 0) {
		if (found < 0)
			r = found;
		else if (found != LINES_WHOLE || jrn_line_parse(text, &line) != 0)
			r = -EBADMSG;
		if (r != 0)
			break;
		line.unflushed = 0;
		jrn_usage_count_record(control, line.record.op, text.n + 1);
		r = jrn_rewrite_add(snap, &line);
	}
	if (r == 0 && jrn_lines_offset(&lines) != to)
		r = -EBADMSG;
	jrn_lines_close(&lines);
	return r;
}

int
jrn_rewrite_live(struct journal *journal, int fd, const struct jrn_line_header *old,
    uint64_t base_n, const char *temp_name, const struct jrn_live_index *live,
    struct jrn_rewrite *ret_snap)
{
	struct jrn_line_header header = *old;
	int r;

	header.n = base_n;
	header.n_records = live->n_live;
	if ((r = jrn_rewrite_open(ret_snap, journal->config.dir_fd, temp_name, &header)) != 0)
		return r;
	if ((r = copy_live(fd, live, ret_snap)) == 0)
		r = jrn_rewrite_sync(ret_snap);
	if (r != 0)
		jrn_rewrite_abort(ret_snap);
	return r;
}

int
jrn_rewrite_switch(
    struct journal *journal, struct jrn_rewrite *snap, uint64_t prev_len, uint64_t prev_n)
{
	struct jrn_control *control = journal->control;
	int r;

	jrn_control_prepare(control, &(struct jrn_control_view){ .inode = snap->inode,
					 .header_crc = snap->header_crc,
					 .good_len = snap->len,
					 .prev_len = prev_len,
					 .prev_n = prev_n,
					 .start_len = snap->len,
					 .start_n = snap->n });
	r = jrn_rewrite_publish(snap, journal->file_name);
	if (r != 0 && !snap->is_published) {
		jrn_control_unprepare(control);
		return r;
	}
	/*
	 * If only the flush of the directory failed, a crash may bring the old file back, and
	 * with it the loss of what will be appended to the new one: not before a file whose
	 * name is flushed.
	 */
	if (r != 0)
		jrn_internal_fail(journal, "the directory cannot be flushed", r);
	jrn_control_switch(control, r == 0);
	return r;
}

int
jrn_rewrite_replace(
    struct journal *journal, int fd, const struct jrn_scan *scan, bool keeps_readers)
{
	struct jrn_control *control = journal->control;
	uint64_t base_n = scan->last_n, snapshot_len;
	struct jrn_rewrite snap;
	struct jrn_live_index live;
	int r;

	/* Numbers never run backwards, or a waiting flush would take one for another. */
	if (base_n < control->appended)
		base_n = control->appended;
	if ((r = jrn_live_index_read(fd, scan->start, scan->good_len, &live)) != 0)
		return r;
	r = jrn_rewrite_live(
	    journal, fd, &scan->header, base_n, journal->recover_name, &live, &snap);
	if (r == 0) {
		snapshot_len = snap.len;
		r = jrn_rewrite_switch(journal, &snap,
		    keeps_readers ? scan->good_len : CONTROL_UNKNOWN, scan->last_n);
		if (r == 0)
			jrn_usage_set_count(control, &live, snapshot_len, snapshot_len, true);
	}
	jrn_live_index_fini(&live);
	return r;
}

void
jrn_rewrite_if_over(struct journal *journal, const struct jrn_generation *file)
{
	struct jrn_control *control = journal->control;
	struct jrn_control_view view = jrn_control_look(control);
	struct jrn_scan scan;
	struct jrn_live_index live;
	int r;

	if (!jrn_usage_is_over(control) || (uint64_t)clock_boot_ms() < control->compact_at_ms)
		return;
	if ((r = jrn_scan_header(file->fd, journal->path, &scan, NULL)) != 0)
		goto out;
	scan.good_len = view.good_len;
	scan.last_n = control->appended;
	if ((r = jrn_live_index_read(file->fd, scan.start, scan.good_len, &live)) != 0)
		goto out;
	jrn_usage_set_count(control, &live, view.good_len, live.live_bytes, false);
	if (jrn_usage_is_worth_it(view.good_len, live.live_bytes))
		r = jrn_rewrite_replace(journal, file->fd, &scan, true);
	jrn_live_index_fini(&live);
out:
	if (r != 0) {
		/* It is too long, but whole: go on, and do not spend every request on this. */
		control->compact_at_ms = (uint64_t)clock_boot_ms() + RETRY_MS;
		jrn_internal_notice_lasting(
		    journal, "%s: cannot compact: %s", journal->path, strerror(-r));
	}
}
