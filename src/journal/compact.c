/* compact.c - see compact.h */
#include "journal/compact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/lines.h"
#include "journal/live_index.h"
#include "journal/recover.h"
#include "journal/usage.h"
#include "journal/rewrite.h"

#define WRITER_WAIT_MS 2000
#define RETRY_MS       1000

int
jrn_compact_count(int fd, uint64_t from, uint64_t to, struct jrn_live_index *ret_live)
{
	struct jrn_lines lines;
	struct jrn_line line;
	struct str text;
	struct jrn_live_index live;
	uint64_t offset;
	int r, found;

	if ((r = jrn_live_index_init(&live)) != 0)
		return r;
	if ((r = jrn_lines_open(&lines, fd, from, to)) != 0)
		return r;
	while (r == 0 && (found = jrn_lines_next(&lines, &text, &offset)) != 0) {
		if (found < 0)
			r = found;
		else if (found != LINES_WHOLE || jrn_line_parse(text, &line) != 0)
			r = -EBADMSG;
		else if (line.record.op == JOURNAL_PUT)
			r = jrn_live_index_put(
			    &live, line.record.key, offset, (uint32_t)text.n + 1);
		else
			jrn_live_index_del(&live, line.record.key);
	}
	if (r == 0 && jrn_lines_offset(&lines) != to)
		r = -EBADMSG;
	jrn_lines_close(&lines);
	if (r != 0)
		jrn_live_index_fini(&live);
	else
		*ret_live = live;
	return r;
}

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

/* What was appended while the snapshot was being written, changes kept together. */
static int
copy_tail(
    struct jrn_control *control, int fd, uint64_t from, uint64_t to, struct jrn_rewrite *snap)
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
jrn_compact_write(struct journal *journal, int fd, const struct jrn_line_header *old,
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

/* With the append lock held: the flushed snapshot becomes the journal.  Always ends snap. */
static int
switch_to(struct journal *journal, struct jrn_rewrite *snap, uint64_t prev_len, uint64_t prev_n)
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
jrn_compact_replace(
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
	if ((r = jrn_compact_count(fd, scan->start, scan->good_len, &live)) != 0)
		return r;
	r = jrn_compact_write(
	    journal, fd, &scan->header, base_n, journal->mend_name, &live, &snap);
	if (r == 0) {
		snapshot_len = snap.len;
		r = switch_to(journal, &snap, keeps_readers ? scan->good_len : CONTROL_UNKNOWN,
		    scan->last_n);
		if (r == 0)
			jrn_usage_set_count(control, &live, snapshot_len, snapshot_len, true);
	}
	jrn_live_index_fini(&live);
	return r;
}

void
jrn_compact_if_over(struct journal *journal, const struct jrn_generation *file)
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
	if ((r = jrn_compact_count(file->fd, scan.start, scan.good_len, &live)) != 0)
		goto out;
	jrn_usage_set_count(control, &live, view.good_len, live.live_bytes, false);
	if (jrn_usage_is_worth_it(view.good_len, live.live_bytes))
		r = jrn_compact_replace(journal, file->fd, &scan, true);
	jrn_live_index_fini(&live);
out:
	if (r != 0) {
		/* It is too long, but whole: go on, and do not spend every request on this. */
		control->compact_at_ms = (uint64_t)clock_boot_ms() + RETRY_MS;
		jrn_internal_notice(
		    journal, "%s: cannot compact: %s", journal->path, strerror(-r));
	}
}

/* What jrn_compact_tick() works from: the journal as it was at one moment. */
struct moment {
	struct jrn_generation *file;
	struct jrn_scan scan; /* start, good_len, last_n and header */
	uint64_t put_bytes, n_ops, counted_len;
};

static int
take_moment(struct journal *journal, struct jrn_lock *lock, struct moment *ret)
{
	struct jrn_control *control = journal->control;
	struct moment moment;
	int r;

	if ((r = jrn_lock_append(lock, control, WRITER_WAIT_MS)) != 0)
		return r;
	if ((r = jrn_recover_check(journal)) == 0 &&
	    (r = jrn_generation_current(journal, &moment.file)) == 0) {
		r = jrn_scan_header(moment.file->fd, journal->path, &moment.scan, NULL);
		moment.scan.good_len = jrn_control_look(control).good_len;
		moment.scan.last_n = control->appended;
		moment.put_bytes = control->put_bytes;
		moment.n_ops = control->n_ops;
		moment.counted_len = control->counted_len;
		if (r != 0)
			jrn_generation_unref(moment.file);
		else
			*ret = moment;
	}
	jrn_lock_append_drop(lock, control);
	return r;
}

/* The count has shown that the file is fine as it is. */
static int
only_count(struct journal *journal, struct jrn_lock *lock, const struct moment *moment,
    const struct jrn_live_index *live)
{
	struct jrn_control *control = journal->control;
	int r = jrn_lock_append(lock, control, WRITER_WAIT_MS);

	if (r != 0)
		return r;
	/* A writer at the limit may have counted meanwhile: its count is newer. */
	if (control->generation == moment->file->generation &&
	    control->counted_len == moment->counted_len) {
		uint64_t put_bytes = control->put_bytes - moment->put_bytes;
		uint64_t n_ops = control->n_ops - moment->n_ops;
		uint64_t max_line_bytes = control->max_line_bytes;

		jrn_usage_set_count(
		    control, live, moment->scan.good_len, live->live_bytes, false);
		control->put_bytes = put_bytes;
		control->n_ops = n_ops;
		control->max_line_bytes = max_line_bytes;
	}
	jrn_lock_append_drop(lock, control);
	return 0;
}

static int
rewrite(struct journal *journal, struct jrn_lock *lock, const struct moment *moment,
    const struct jrn_live_index *live)
{
	struct jrn_control *control = journal->control;
	uint64_t snapshot_len, prev_len;
	struct jrn_rewrite snap;
	int r;

	r = jrn_compact_write(journal, moment->file->fd, &moment->scan.header,
	    moment->scan.last_n, journal->new_name, live, &snap);
	if (r != 0)
		return r;
	snapshot_len = snap.len;
	if ((r = jrn_lock_append(lock, control, WRITER_WAIT_MS)) != 0) {
		jrn_rewrite_abort(&snap);
		return r;
	}
	/* Another one may have replaced the file: then this work is for nothing. */
	if ((r = jrn_recover_check(journal)) != 0 ||
	    control->generation != moment->file->generation) {
		jrn_rewrite_abort(&snap);
		goto out;
	}
	prev_len = jrn_control_look(control).good_len;
	jrn_usage_set_count(control, live, snapshot_len, snapshot_len, true);
	r = copy_tail(control, moment->file->fd, moment->scan.good_len, prev_len, &snap);
	if (r == 0)
		r = jrn_rewrite_sync(&snap);
	if (r != 0)
		jrn_rewrite_abort(&snap);
	else
		r = switch_to(journal, &snap, prev_len, control->appended);
out:
	jrn_lock_append_drop(lock, control);
	return r;
}

int
jrn_compact_tick(struct journal *journal)
{
	struct jrn_lock lock = LOCK_NULL;
	struct moment moment;
	struct jrn_live_index live;
	struct err err;
	int r;

	if ((r = jrn_recover_check_lock_file(journal)) != 0)
		return r;
	if (!journal->control->has_failed && !jrn_usage_is_due(journal->control))
		return 0;
	r = jrn_lock_open(
	    &lock, journal->config.dir_fd, journal->config.dir_path, journal->lock_name, &err);
	if (r != 0)
		return r;
	/* Another process is at it: let it. */
	if ((r = jrn_lock_try(&lock, LOCK_COMPACT, false)) != 0) {
		r = r == -EAGAIN ? 0 : r;
		goto out;
	}
	/* jrn_recover_check() in there replaces a file that has failed. */
	if ((r = take_moment(journal, &lock, &moment)) != 0)
		goto out;
	if (jrn_usage_is_due(journal->control)) {
		r = jrn_compact_count(
		    moment.file->fd, moment.scan.start, moment.scan.good_len, &live);
		if (r == 0) {
			r = jrn_usage_is_worth_it(moment.scan.good_len, live.live_bytes)
				? rewrite(journal, &lock, &moment, &live)
				: only_count(journal, &lock, &moment, &live);
			jrn_live_index_fini(&live);
		}
	}
	jrn_generation_unref(moment.file);
out:
	jrn_lock_close(&lock);
	return r;
}
