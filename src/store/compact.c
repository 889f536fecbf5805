/* compact.c - see compact.h */
#include "store/compact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "store/lines.h"
#include "store/live.h"
#include "store/mend.h"
#include "store/policy.h"
#include "store/snapshot.h"

#define WRITER_WAIT_MS 2000
#define RETRY_MS       1000

int
compact_count(int fd, uint64_t from, uint64_t to, struct live *ret_live)
{
	struct lines lines;
	struct line line;
	struct str text;
	struct live live;
	uint64_t offset;
	int r, found;

	if ((r = live_init(&live)) != 0)
		return r;
	if ((r = lines_open(&lines, fd, from, to)) != 0)
		return r;
	while (r == 0 && (found = lines_next(&lines, &text, &offset)) != 0) {
		if (found < 0)
			r = found;
		else if (found != LINES_WHOLE || line_parse(text, &line) != 0)
			r = -EBADMSG;
		else if (line.record.op == STORE_PUT)
			r = live_put(&live, line.record.key, offset, (uint32_t)text.n + 1);
		else
			live_del(&live, line.record.key);
	}
	if (r == 0 && lines_offset(&lines) != to)
		r = -EBADMSG;
	lines_close(&lines);
	if (r != 0)
		live_fini(&live);
	else
		*ret_live = live;
	return r;
}

/* The newest line of an entry, read where the count has seen it. */
static int
copy_entry(int fd, const struct live_entry *entry, char *bytes, struct snapshot *snap)
{
	struct line line;
	ssize_t n;

	do
		n = pread(fd, bytes, entry->n_bytes, (off_t)entry->offset);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return -errno;
	if (n != (ssize_t)entry->n_bytes ||
	    line_parse(str_mem(bytes, (size_t)n - 1), &line) != 0)
		return -EBADMSG;
	line.unflushed = 0;
	line.more = 0;
	return snapshot_add(snap, &line);
}

static int
copy_live(int fd, const struct live *live, struct snapshot *snap)
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
copy_tail(struct control *control, int fd, uint64_t from, uint64_t to, struct snapshot *snap)
{
	struct lines lines;
	struct line line;
	struct str text;
	uint64_t offset;
	int r = 0, found;

	if ((r = lines_open(&lines, fd, from, to)) != 0)
		return r;
	while (r == 0 && (found = lines_next(&lines, &text, &offset)) != 0) {
		if (found < 0)
			r = found;
		else if (found != LINES_WHOLE || line_parse(text, &line) != 0)
			r = -EBADMSG;
		if (r != 0)
			break;
		line.unflushed = 0;
		policy_count_record(control, line.record.op, text.n + 1);
		r = snapshot_add(snap, &line);
	}
	if (r == 0 && lines_offset(&lines) != to)
		r = -EBADMSG;
	lines_close(&lines);
	return r;
}

int
compact_write(struct store *store, int fd, const struct line_header *old, uint64_t base_n,
    const char *temp_name, const struct live *live, struct snapshot *ret_snap)
{
	struct line_header header = *old;
	int r;

	header.n = base_n;
	header.n_records = live->n_live;
	if ((r = snapshot_open(ret_snap, store->config.dir_fd, temp_name, &header)) != 0)
		return r;
	if ((r = copy_live(fd, live, ret_snap)) == 0)
		r = snapshot_sync(ret_snap);
	if (r != 0)
		snapshot_abort(ret_snap);
	return r;
}

/* With the append lock held: the flushed snapshot becomes the journal.  Always ends snap. */
static int
switch_to(struct store *store, struct snapshot *snap, uint64_t prev_len, uint64_t prev_n)
{
	struct control *control = store->control;
	int r;

	control_prepare(control, &(struct control_view){ .inode = snap->inode,
				     .header_crc = snap->header_crc,
				     .good_len = snap->len,
				     .prev_len = prev_len,
				     .prev_n = prev_n,
				     .start_len = snap->len,
				     .start_n = snap->n });
	r = snapshot_publish(snap, store->file_name);
	if (r != 0 && !snap->is_published) {
		control_unprepare(control);
		return r;
	}
	/*
	 * If only the flush of the directory failed, a crash may bring the old file back, and
	 * with it the loss of what will be appended to the new one: not before a file whose
	 * name is flushed.
	 */
	if (r != 0)
		inner_fail(store, "the directory cannot be flushed", r);
	control_switch(control, r == 0);
	return r;
}

int
compact_replace(struct store *store, int fd, const struct scan *scan, bool keeps_readers)
{
	struct control *control = store->control;
	uint64_t base_n = scan->last_n, snapshot_len;
	struct snapshot snap;
	struct live live;
	int r;

	/* Numbers never run backwards, or a waiting flush would take one for another. */
	if (base_n < control->appended)
		base_n = control->appended;
	if ((r = compact_count(fd, scan->start, scan->good_len, &live)) != 0)
		return r;
	r = compact_write(store, fd, &scan->header, base_n, store->mend_name, &live, &snap);
	if (r == 0) {
		snapshot_len = snap.len;
		r = switch_to(store, &snap, keeps_readers ? scan->good_len : CONTROL_UNKNOWN,
		    scan->last_n);
		if (r == 0)
			policy_set_count(control, &live, snapshot_len, snapshot_len, true);
	}
	live_fini(&live);
	return r;
}

void
compact_if_over(struct store *store, const struct jfile *file)
{
	struct control *control = store->control;
	struct control_view view = control_look(control);
	struct scan scan;
	struct live live;
	int r;

	if (!policy_is_over(control) || (uint64_t)clock_boot_ms() < control->compact_at_ms)
		return;
	if ((r = scan_header(file->fd, store->path, &scan, NULL)) != 0)
		goto out;
	scan.good_len = view.good_len;
	scan.last_n = control->appended;
	if ((r = compact_count(file->fd, scan.start, scan.good_len, &live)) != 0)
		goto out;
	policy_set_count(control, &live, view.good_len, live.live_bytes, false);
	if (policy_is_worth_it(view.good_len, live.live_bytes))
		r = compact_replace(store, file->fd, &scan, true);
	live_fini(&live);
out:
	if (r != 0) {
		/* It is too long, but whole: go on, and do not spend every request on this. */
		control->compact_at_ms = (uint64_t)clock_boot_ms() + RETRY_MS;
		inner_notice(store, "%s: cannot compact: %s", store->path, strerror(-r));
	}
}

/* What compact_tick() works from: the journal as it was at one moment. */
struct moment {
	struct jfile *file;
	struct scan scan; /* start, good_len, last_n and header */
	uint64_t put_bytes, n_ops, counted_len;
};

static int
take_moment(struct store *store, struct lock *lock, struct moment *ret)
{
	struct control *control = store->control;
	struct moment moment;
	int r;

	if ((r = lock_append(lock, control, WRITER_WAIT_MS)) != 0)
		return r;
	if ((r = mend_check(store)) == 0 && (r = jfile_current(store, &moment.file)) == 0) {
		r = scan_header(moment.file->fd, store->path, &moment.scan, NULL);
		moment.scan.good_len = control_look(control).good_len;
		moment.scan.last_n = control->appended;
		moment.put_bytes = control->put_bytes;
		moment.n_ops = control->n_ops;
		moment.counted_len = control->counted_len;
		if (r != 0)
			jfile_unref(moment.file);
		else
			*ret = moment;
	}
	lock_append_drop(lock, control);
	return r;
}

/* The count has shown that the file is fine as it is. */
static int
only_count(struct store *store, struct lock *lock, const struct moment *moment,
    const struct live *live)
{
	struct control *control = store->control;
	int r = lock_append(lock, control, WRITER_WAIT_MS);

	if (r != 0)
		return r;
	/* A writer at the limit may have counted meanwhile: its count is newer. */
	if (control->generation == moment->file->generation &&
	    control->counted_len == moment->counted_len) {
		uint64_t put_bytes = control->put_bytes - moment->put_bytes;
		uint64_t n_ops = control->n_ops - moment->n_ops;
		uint64_t max_line_bytes = control->max_line_bytes;

		policy_set_count(control, live, moment->scan.good_len, live->live_bytes, false);
		control->put_bytes = put_bytes;
		control->n_ops = n_ops;
		control->max_line_bytes = max_line_bytes;
	}
	lock_append_drop(lock, control);
	return 0;
}

static int
rewrite(struct store *store, struct lock *lock, const struct moment *moment,
    const struct live *live)
{
	struct control *control = store->control;
	uint64_t snapshot_len, prev_len;
	struct snapshot snap;
	int r;

	r = compact_write(store, moment->file->fd, &moment->scan.header, moment->scan.last_n,
	    store->new_name, live, &snap);
	if (r != 0)
		return r;
	snapshot_len = snap.len;
	if ((r = lock_append(lock, control, WRITER_WAIT_MS)) != 0) {
		snapshot_abort(&snap);
		return r;
	}
	/* Another one may have replaced the file: then this work is for nothing. */
	if ((r = mend_check(store)) != 0 || control->generation != moment->file->generation) {
		snapshot_abort(&snap);
		goto out;
	}
	prev_len = control_look(control).good_len;
	policy_set_count(control, live, snapshot_len, snapshot_len, true);
	r = copy_tail(control, moment->file->fd, moment->scan.good_len, prev_len, &snap);
	if (r == 0)
		r = snapshot_sync(&snap);
	if (r != 0)
		snapshot_abort(&snap);
	else
		r = switch_to(store, &snap, prev_len, control->appended);
out:
	lock_append_drop(lock, control);
	return r;
}

int
compact_tick(struct store *store)
{
	struct lock lock = LOCK_NULL;
	struct moment moment;
	struct live live;
	struct err err;
	int r;

	if ((r = mend_check_lock_file(store)) != 0)
		return r;
	if (!store->control->has_failed && !policy_is_due(store->control))
		return 0;
	r = lock_open(
	    &lock, store->config.dir_fd, store->config.dir_path, store->lock_name, &err);
	if (r != 0)
		return r;
	/* Another process is at it: let it. */
	if ((r = lock_try(&lock, LOCK_COMPACT, false)) != 0) {
		r = r == -EAGAIN ? 0 : r;
		goto out;
	}
	/* mend_check() in there replaces a file that has failed. */
	if ((r = take_moment(store, &lock, &moment)) != 0)
		goto out;
	if (policy_is_due(store->control)) {
		r = compact_count(
		    moment.file->fd, moment.scan.start, moment.scan.good_len, &live);
		if (r == 0) {
			r = policy_is_worth_it(moment.scan.good_len, live.live_bytes)
				? rewrite(store, &lock, &moment, &live)
				: only_count(store, &lock, &moment, &live);
			live_fini(&live);
		}
	}
	jfile_unref(moment.file);
out:
	lock_close(&lock);
	return r;
}
