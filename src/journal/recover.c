/* recover.c - what a writer looks at before it writes: see internal.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/rewrite.h"

#define RETRY_MS 1000

/*
 * Bytes behind the known end: their writer died before it could tell.  Whole changes are kept
 * (they were not acknowledged, so either is right), the rest is cut.
 */
static int
recover_tail(struct journal *journal, const struct jrn_control_view *view)
{
	struct jrn_control *control = journal->control;
	struct jrn_scan scan = { .good_len = view->good_len, .last_n = control->appended };
	struct jrn_generation *file;
	int r;

	if ((r = jrn_generation_current(journal, &file)) != 0)
		return r < 0 ? r : -ESTALE;
	if ((r = jrn_scan_tail(file->fd, &scan)) != 0)
		goto out;
	if (jrn_scan_is_torn(&scan)) {
		if (ftruncate(file->fd, (off_t)scan.good_len) == -1) {
			r = -errno;
			goto out;
		}
		jrn_internal_notice(journal,
		    "%s: a writer died in the middle: %llu bytes cut at byte %llu",
		    journal->path, (unsigned long long)(scan.end - scan.good_len),
		    (unsigned long long)scan.good_len);
	}
	if (scan.last_n != control->appended) {
		control->put_bytes += scan.good_len - view->good_len;
		control->n_ops += scan.last_n - control->appended;
		jrn_control_extend(control, scan.good_len, scan.last_n);
	}
out:
	jrn_generation_unref(file);
	return r;
}

/* The file to take over from; -ENOENT when there is none. */
static int
open_source(struct journal *journal, int *ret_fd, struct err *err)
{
	struct jrn_generation *file;
	int r = file_open(journal->config.dir_fd, journal->config.dir_path, journal->file_name,
	    O_RDWR, 0, ret_fd, err);

	if (r != -ENOENT)
		return r;
	/* Removed while we have it open: what was acknowledged is still there. */
	(void)pthread_mutex_lock(&journal->files_mutex);
	file = journal->current;
	if (file != NULL && file->generation == journal->control->generation)
		r = (*ret_fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0)) == -1 ? -errno : 0;
	(void)pthread_mutex_unlock(&journal->files_mutex);
	return r;
}

static int
replace_from(struct journal *journal, int fd, struct err *err)
{
	struct jrn_control *control = journal->control;
	struct jrn_control_view view = jrn_control_look(control);
	bool is_same, keeps_readers;
	struct jrn_scan scan;
	struct stat st;
	int r;

	if (fstat(fd, &st) == -1)
		return err_set(err, -errno, "%s: %s", journal->path, strerror(errno));
	is_same = st.st_ino == view.inode;
	r = jrn_scan_file(fd, journal->path, is_same ? control->synced : 0, &scan, err);
	if (r != 0)
		return r;
	if (jrn_scan_is_damaged(&scan))
		return jrn_scan_refuse(&scan, journal->path, err);
	keeps_readers = is_same && scan.last_n == control->appended;
	if (!keeps_readers) {
		control->lost_from = is_same ? scan.last_n : 0;
		control->lost_to = control->appended;
	}
	if (!is_same)
		jrn_internal_notice(
		    journal, "%s: this is another file than before: taken over", journal->path);
	if ((r = jrn_rewrite_replace(journal, fd, &scan, keeps_readers)) != 0)
		err_set(err, r, "%s: cannot write a new file: %s", journal->path, strerror(-r));
	return r;
}

/* Other processes may have it open: what they read must not vanish. */
static bool
is_alone(struct journal *journal)
{
	bool is_free = jrn_lock_try(&journal->lock, LOCK_PRESENCE, false) == 0;

	return jrn_lock_try(&journal->lock, LOCK_PRESENCE, true) == 0 && is_free;
}

/* Neither the name nor a descriptor is left: start with an empty file. */
static int
replace_with_nothing(struct journal *journal, struct err *err)
{
	struct jrn_control *control = journal->control;
	struct jrn_line_header header = { .n = control->appended };
	const struct jrn_live_index nothing = { .n_live = 0 };
	struct jrn_rewrite snap;
	int r;

	if (!is_alone(journal))
		return err_set(err, -ENOENT,
		    "%s was removed while in use: put it back, or restart all programs that "
		    "use it",
		    journal->path);
	memcpy(header.key_check, journal->config.key_check, sizeof(header.key_check));
	r = jrn_rewrite_live(
	    journal, -1, &header, header.n, journal->recover_name, &nothing, &snap);
	if (r == 0) {
		jrn_internal_notice(
		    journal, "%s was removed: an empty one begins", journal->path);
		control->lost_from = 0;
		control->lost_to = control->appended;
		r = jrn_rewrite_switch(journal, &snap, CONTROL_UNKNOWN, 0);
	}
	if (r != 0)
		err_set(err, r, "%s: cannot make it: %s", journal->path, strerror(-r));
	return r;
}

/*
 * The file cannot be gone on with: a whole new one, or -EROFS.  has_failed: a
 * thread that waits for a flush of it must be refused.  Otherwise it waits, and the new file has
 * what it waits for.
 */
static int
replace(struct journal *journal, bool has_failed)
{
	struct jrn_control *control = journal->control;
	uint64_t now_ms = (uint64_t)clock_boot_ms();
	struct err err = { "" };
	int fd, r;

	if (control->has_failed && now_ms < control->retry_at_ms)
		return -EROFS;
	if (has_failed)
		control->has_failed = 1;
	r = open_source(journal, &fd, &err);
	if (r == -ENOENT) {
		r = replace_with_nothing(journal, &err);
	} else if (r == 0) {
		r = replace_from(journal, fd, &err);
		(void)close(fd);
	}
	if (r != 0) {
		/* Only then: who comes after one that was killed here need not wait. */
		control->retry_at_ms = now_ms + RETRY_MS;
		control->has_failed = 1;
		jrn_internal_notice_lasting(journal, "%s", err.text);
		return -EROFS;
	}
	control->has_failed = 0;
	jrn_internal_notice(
	    journal, "%s: a whole new file has been written and flushed", journal->path);
	return 0;
}

/* The process that was replacing the file died after the rename.  All is written: finish it. */
static bool
finish_switch(struct journal *journal, const struct stat *st)
{
	struct jrn_control *control = journal->control;
	struct jrn_control_slot *next = jrn_control_slot(control, control->generation + 1);

	if (next->generation != control->generation + 1 || next->inode != st->st_ino ||
	    next->good_len != (uint64_t)st->st_size || fsync(journal->config.dir_fd) == -1)
		return false;
	jrn_control_switch(control, true);
	control->has_failed = 0;
	return true;
}

int
jrn_recover_check_lock_file(struct journal *journal)
{
	struct stat st;

	if (fstatat(journal->config.dir_fd, journal->lock_name, &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    st.st_ino == journal->lock_inode)
		return 0;
	if (!atomic_exchange(&journal->is_lock_file_reported, true))
		jrn_internal_notice(journal,
		    "%s was removed or replaced while in use: changes are refused until all "
		    "programs that use it have restarted",
		    journal->lock_path);
	return -ESTALE;
}

int
jrn_recover_check(struct journal *journal)
{
	struct jrn_control *control = journal->control;
	struct jrn_control_view view;
	struct stat st;
	int r;

	if ((r = jrn_recover_check_lock_file(journal)) != 0)
		return r;
	jrn_control_repair(control);
	if (fstatat(journal->config.dir_fd, journal->file_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? replace(journal, true) : -errno;
	if (st.st_ino != jrn_control_look(control).inode && !finish_switch(journal, &st))
		return replace(journal, true);
	view = jrn_control_look(control);
	if (control->has_failed || (uint64_t)st.st_size < view.good_len)
		return replace(journal, true);
	if ((uint64_t)st.st_size > view.good_len)
		r = recover_tail(journal, &view);
	if (r == 0 && jrn_group_commit_is_in_doubt(journal)) {
		jrn_internal_notice(
		    journal, "%s: a process was killed while it flushed", journal->path);
		r = replace(journal, false);
	}
	return r;
}

int
jrn_recover_now(struct journal *journal, int timeout_ms)
{
	struct jrn_lock lock = LOCK_NULL;
	struct err err;
	int r;

	r = jrn_lock_open(
	    &lock, journal->config.dir_fd, journal->config.dir_path, journal->lock_name, &err);
	if (r != 0)
		return r;
	if ((r = jrn_lock_append(&lock, journal->control, timeout_ms)) == 0) {
		r = jrn_recover_check(journal);
		jrn_lock_append_drop(&lock, journal->control);
	}
	jrn_lock_close(&lock);
	return r;
}
