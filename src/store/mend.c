/* mend.c - see mend.h */
#include "store/mend.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "store/compact.h"
#include "store/lines.h"
#include "store/policy.h"
#include "store/snapshot.h"
#include "store/sync.h"

#define RETRY_MS 1000

/*
 * Bytes behind the known end: their writer died before it could tell.  Whole changes are kept
 * (they were not acknowledged, so either is right), the rest is cut.
 */
static int
mend_tail(struct store *store, const struct control_view *view)
{
	struct control *control = store->control;
	struct scan scan = { .good_len = view->good_len, .last_n = control->appended };
	struct jfile *file;
	int r;

	if ((r = jfile_current(store, &file)) != 0)
		return r < 0 ? r : -ESTALE;
	if ((r = scan_tail(file->fd, &scan)) != 0)
		goto out;
	if (scan_is_torn(&scan)) {
		if (ftruncate(file->fd, (off_t)scan.good_len) == -1) {
			r = -errno;
			goto out;
		}
		inner_notice(store,
		    "%s: a writer died in the middle: %llu bytes cut at byte %llu", store->path,
		    (unsigned long long)(scan.end - scan.good_len),
		    (unsigned long long)scan.good_len);
	}
	if (scan.last_n != control->appended) {
		control->put_bytes += scan.good_len - view->good_len;
		control->n_ops += scan.last_n - control->appended;
		control_extend(control, scan.good_len, scan.last_n);
	}
out:
	jfile_unref(file);
	return r;
}

/* The file to take over from; -ENOENT when there is none. */
static int
open_source(struct store *store, int *ret_fd, struct err *err)
{
	struct jfile *file;
	int r = file_open(store->config.dir_fd, store->config.dir_path, store->file_name,
	    O_RDWR, 0, ret_fd, err);

	if (r != -ENOENT)
		return r;
	/* Removed while we have it open: what was acknowledged is still there. */
	(void)pthread_mutex_lock(&store->files_mutex);
	file = store->current;
	if (file != NULL && file->generation == store->control->generation)
		r = (*ret_fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0)) == -1 ? -errno : 0;
	(void)pthread_mutex_unlock(&store->files_mutex);
	return r;
}

static int
replace_from(struct store *store, int fd, struct err *err)
{
	struct control *control = store->control;
	struct control_view view = control_look(control);
	bool is_same, keeps_readers;
	struct scan scan;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(err, -errno, "%s: %s", store->path, strerror(errno));
	is_same = st.st_ino == view.inode;
	r = scan_file(fd, store->path, is_same ? control->synced : 0, &scan, err);
	if (r != 0)
		return r;
	if (scan_is_damaged(&scan))
		return scan_refuse(&scan, store->path, err);
	keeps_readers = is_same && scan.last_n == control->appended;
	if (!keeps_readers) {
		control->lost_from = is_same ? scan.last_n : 0;
		control->lost_to = control->appended;
	}
	if (!is_same)
		inner_notice(
		    store, "%s: this is another file than before: taken over", store->path);
	if ((r = compact_replace(store, fd, &scan, keeps_readers)) != 0)
		err_set(err, r, "%s: cannot write a new file: %s", store->path, strerror(-r));
	return r;
}

/* Others may have it open still: what they read must not vanish under them. */
static bool
is_alone(struct store *store)
{
	bool is_free = lock_try(&store->lock, LOCK_PRESENCE, false) == 0;

	return lock_try(&store->lock, LOCK_PRESENCE, true) == 0 && is_free;
}

/* Neither the name nor anybody's descriptor: begin anew. */
static int
replace_with_nothing(struct store *store, struct err *err)
{
	struct control *control = store->control;
	struct line_header header = { .n = control->appended };
	struct snapshot snap;
	int r;

	if (!is_alone(store))
		return err_set(err, -ENOENT,
		    "%s was removed while in use: put it back, or restart all programs that "
		    "use it",
		    store->path);
	memcpy(header.key_check, store->config.key_check, sizeof(header.key_check));
	r = snapshot_open(&snap, store->config.dir_fd, store->mend_name, &header);
	if (r == 0 && (r = snapshot_sync(&snap)) != 0)
		snapshot_abort(&snap);
	if (r == 0) {
		inner_notice(store, "%s was removed: an empty one begins", store->path);
		control->lost_from = 0;
		control->lost_to = control->appended;
		control_prepare(control, &(struct control_view){ .inode = snap.inode,
					     .header_crc = snap.header_crc,
					     .good_len = snap.len,
					     .prev_len = CONTROL_UNKNOWN,
					     .start_len = snap.len,
					     .start_n = snap.n });
		if ((r = snapshot_publish(&snap, store->file_name)) == 0)
			control_switch(control, true);
		else
			control_unprepare(control);
	}
	if (r != 0)
		err_set(err, r, "%s: cannot make it: %s", store->path, strerror(-r));
	return r;
}

/*
 * The file cannot be gone on with: a whole new one, or -EROFS.  has_failed: who waits for a
 * flush of it must be refused; else they wait, and the new file has what they wait for.
 */
static int
replace(struct store *store, bool has_failed)
{
	struct control *control = store->control;
	uint64_t now_ms = (uint64_t)clock_boot_ms();
	struct err err = { "" };
	int fd, r;

	if (control->has_failed && now_ms < control->retry_at_ms)
		return -EROFS;
	if (has_failed)
		control->has_failed = 1;
	control->retry_at_ms = now_ms + RETRY_MS;
	r = open_source(store, &fd, &err);
	if (r == -ENOENT) {
		r = replace_with_nothing(store, &err);
	} else if (r == 0) {
		r = replace_from(store, fd, &err);
		(void)close(fd);
	}
	if (r != 0) {
		control->has_failed = 1;
		inner_notice(store, "%s", err.text);
		return -EROFS;
	}
	control->has_failed = 0;
	inner_notice(store, "%s: a whole new file has been written and flushed", store->path);
	return 0;
}

/* Who was replacing the file died after the rename: all is written, finish it. */
static bool
finish_switch(struct store *store, const struct stat *st)
{
	struct control *control = store->control;
	struct control_slot *next = control_slot(control, control->generation + 1);

	if (next->generation != control->generation + 1 || next->inode != st->st_ino ||
	    next->good_len != (uint64_t)st->st_size || fsync(store->config.dir_fd) == -1)
		return false;
	control_switch(control, true);
	control->has_failed = 0;
	return true;
}

int
mend_check_lock_file(struct store *store)
{
	struct stat st;

	if (fstatat(store->config.dir_fd, store->lock_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_ino == store->lock_inode)
		return 0;
	if (!atomic_exchange(&store->is_lock_file_told, true))
		inner_notice(store,
		    "%s was removed or replaced while in use: changes are refused until all "
		    "programs that use it have begun anew",
		    store->lock_path);
	return -ESTALE;
}

int
mend_check(struct store *store)
{
	struct control *control = store->control;
	struct control_view view;
	struct stat st;
	int r;

	if ((r = mend_check_lock_file(store)) != 0)
		return r;
	control_repair(control);
	if (fstatat(store->config.dir_fd, store->file_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? replace(store, true) : -errno;
	if (st.st_ino != control_look(control).inode && !finish_switch(store, &st))
		return replace(store, true);
	view = control_look(control);
	if (control->has_failed || (uint64_t)st.st_size < view.good_len)
		return replace(store, true);
	if ((uint64_t)st.st_size > view.good_len)
		r = mend_tail(store, &view);
	if (r == 0 && sync_is_in_doubt(store)) {
		inner_notice(store, "%s: a process was killed while it flushed", store->path);
		r = replace(store, false);
	}
	return r;
}

int
mend_now(struct store *store, int timeout_ms)
{
	struct lock lock = LOCK_NULL;
	struct err err;
	int r;

	r = lock_open(
	    &lock, store->config.dir_fd, store->config.dir_path, store->lock_name, &err);
	if (r != 0)
		return r;
	if ((r = lock_append(&lock, store->control, timeout_ms)) == 0) {
		r = mend_check(store);
		lock_append_drop(&lock, store->control);
	}
	lock_close(&lock);
	return r;
}
