/*
 * compact.c - journal_tick(): the journal as a new file that holds only what is alive, written
 * beside the writers, which go on appending
 */
#include <errno.h>

#include "journal/rewrite.h"
#include "journal/usage.h"

#define WRITER_WAIT_MS 2000

/* What journal_tick() works from: the journal as it was at one moment. */
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

	r = jrn_rewrite_live(journal, moment->file->fd, &moment->scan.header,
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
	r = jrn_rewrite_add_tail(
	    &snap, control, moment->file->fd, moment->scan.good_len, prev_len);
	if (r == 0)
		r = jrn_rewrite_sync(&snap);
	if (r != 0)
		jrn_rewrite_abort(&snap);
	else
		r = jrn_rewrite_switch(journal, &snap, prev_len, control->appended);
out:
	jrn_lock_append_drop(lock, control);
	return r;
}

static int
compact(struct journal *journal)
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
		r = jrn_live_index_read(
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

int
journal_tick(struct journal *journal)
{
	jrn_append_look_for_room(journal);
	return compact(journal);
}
