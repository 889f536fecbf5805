/*
 * append.c - what a writer calls: journal_lock(), journal_require_format(), journal_append(),
 * journal_unlock() and journal_sync()
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "journal/rewrite.h"
#include "journal/usage.h"

#define ROOM_BYTES   4096
#define SYNC_WAIT_MS 2000

/* After fork(): a lock of our own.  -ESTALE when the lock file is not the same any more. */
static int
renew_lock(struct journal *journal)
{
	struct jrn_lock lock = LOCK_NULL;
	struct stat st;
	struct err err;
	int r;

	r = jrn_lock_open(
	    &lock, journal->config.dir_fd, journal->config.dir_path, journal->lock_name, &err);
	if (r != 0)
		return r;
	if (fstat(lock.fd, &st) == -1)
		r = -errno;
	else if (st.st_ino != journal->lock_inode)
		r = -ESTALE;
	else
		r = jrn_lock_try(&lock, LOCK_PRESENCE, true);
	if (r != 0) {
		jrn_lock_close(&lock);
		return r;
	}
	/* Closing our copy does not drop what the parent holds. */
	jrn_lock_close(&journal->lock);
	journal->lock = lock;
	journal->is_locked = false;
	return 0;
}

int
journal_lock(struct journal *journal, int timeout_ms)
{
	int r;

	/* A child shares its parent's open file, and with it the lock. */
	if (journal->lock.pid != getpid() && (r = renew_lock(journal)) != 0)
		return r;
	if (journal->is_locked)
		return -EDEADLK;
	if ((r = jrn_lock_append(&journal->lock, journal->control, timeout_ms)) != 0)
		return r;
	if ((r = jrn_recover_check(journal)) != 0) {
		jrn_lock_append_drop(&journal->lock, journal->control);
		return r;
	}
	journal->is_locked = true;
	return 0;
}

void
journal_unlock(struct journal *journal)
{
	if (!journal->is_locked || journal->lock.pid != getpid())
		return;
	journal->is_locked = false;
	jrn_lock_append_drop(&journal->lock, journal->control);
}

/* One line each; more of them are one change. */
static int
format(struct journal *journal, const struct journal_record *records, size_t n, struct buf *buf)
{
	uint64_t appended = journal->control->appended, synced = journal->control->synced;

	for (size_t i = 0; i < n; i++) {
		struct jrn_line line = { .n = appended + 1 + i, .more = n - 1 - i };

		if (!jrn_line_is_valid_record(&records[i]))
			return -EINVAL;
		line.unflushed = line.n - 1 - synced;
		line.record = records[i];
		jrn_line_add(buf, &line);
	}
	return buf_error(buf);
}

/* Once for a row of the same failures, over all processes: a full disk refuses every change. */
static void
report_refusal(struct journal *journal, int r)
{
	if (atomic_exchange(&journal->control->refused_with, (uint32_t)-r) == (uint32_t)-r)
		return;
	jrn_internal_notice(journal, "%s: cannot append: %s: %s; nothing else is lost",
	    journal->path, strerror(-r),
	    r == -ENOSPC || r == -EDQUOT
		? "changes are refused until there is room on its file system"
	    : r == -EFBIG ? "changes are refused until it may be longer (ulimit -f)"
			  : "the change is refused; look at the disk and the kernel's log");
}

/* The same when it is over. */
static void
report_room(struct journal *journal)
{
	if (journal->control->refused_with != 0 &&
	    atomic_exchange(&journal->control->refused_with, 0) != 0)
		jrn_internal_notice(journal, "%s: changes are taken again", journal->path);
}

void
jrn_append_look_for_room(struct journal *journal)
{
	uint64_t good_len = jrn_control_look(journal->control).good_len;
	struct jrn_generation *file;
	struct rlimit limit;
	bool has_room;

	if (journal->control->refused_with == 0 || jrn_generation_current(journal, &file) != 0)
		return;
	/* Blocks beyond the end, which stays where it is: they are the next change's. */
	has_room =
	    (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, (off_t)good_len, ROOM_BYTES) == 0 ||
		errno == EOPNOTSUPP) &&
	    (getrlimit(RLIMIT_FSIZE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY ||
		good_len + ROOM_BYTES <= limit.rlim_cur);
	jrn_generation_unref(file);
	if (has_room)
		report_room(journal);
}

static int
write_lines(struct journal *journal, int fd, uint64_t good_len, const struct buf *buf)
{
	int r = file_write_all(fd, buf->p, buf->n), r2;

	if (r == 0) {
		report_room(journal);
		return 0;
	}
	/* Whatever part of it has arrived must not stay. */
	do
		r2 = ftruncate(fd, (off_t)good_len) == -1 ? -errno : 0;
	while (r2 == -EINTR);
	if (r2 == 0) {
		report_refusal(journal, r);
		return r;
	}
	jrn_internal_fail(journal, "cannot take back what was not written whole", r2);
	return -EROFS;
}

static void
count(struct jrn_control *control, const struct journal_record *records, size_t n,
    struct str text)
{
	for (size_t i = 0; i < n; i++) {
		struct str line, rest;

		(void)str_split(text, '\n', &line, &rest);
		jrn_usage_count_record(control, records[i].op, line.n + 1);
		text = rest;
	}
	control->n_appended += n;
}

int
journal_append(
    struct journal *journal, const struct journal_record *records, size_t n, uint64_t *ret_seq)
{
	struct jrn_control *control = journal->control;
	struct jrn_generation *file;
	uint64_t good_len;
	struct buf buf;
	int r;

	/* A handle that reads must have read everything, as its caller decides by what it saw. */
	if (!journal->is_locked || n == 0 ||
	    (jrn_replay_has_begun(journal) && !jrn_replay_is_at_end(journal)))
		return -EINVAL;
	if (control->has_failed)
		return -EROFS;
	if ((r = jrn_generation_current(journal, &file)) != 0)
		return r < 0 ? r : -ESTALE;
	good_len = jrn_control_look(control).good_len;
	buf_init(&buf, n * (LINE_MAX_BYTES + 1));
	if ((r = format(journal, records, n, &buf)) == 0 &&
	    (r = write_lines(journal, file->fd, good_len, &buf)) == 0) {
		count(control, records, n, buf_str(&buf));
		*ret_seq = control->appended + n;
		jrn_control_extend(control, good_len + buf.n, *ret_seq);
		if (jrn_replay_has_begun(journal))
			jrn_replay_skip_own(journal, good_len + buf.n, *ret_seq);
		jrn_rewrite_if_over(journal, file);
		jrn_replay_follow(journal);
	}
	buf_fini(&buf);
	jrn_generation_unref(file);
	return r;
}

int
journal_require_format(struct journal *journal, unsigned format)
{
	struct jrn_control *control = journal->control;
	struct jrn_generation *file;
	struct jrn_scan scan;
	int r;

	if (!journal->is_locked)
		return -EINVAL;
	if (control->has_failed)
		return -EROFS;
	if ((r = jrn_generation_current(journal, &file)) != 0)
		return r < 0 ? r : -ESTALE;
	if ((r = jrn_scan_header(file->fd, journal->path, &scan, NULL)) == 0 &&
	    scan.header.format_number < format) {
		scan.header.format_number = format;
		scan.good_len = jrn_control_look(control).good_len;
		scan.last_n = control->appended;
		if ((r = jrn_rewrite_replace(journal, file->fd, &scan, false)) == 0)
			jrn_internal_notice(journal,
			    "%s: has the format \"" LINE_FORMAT
			    "%u\" now: earlier versions of the "
			    "program refuse it",
			    journal->path, format);
	}
	jrn_generation_unref(file);
	return r;
}

int
journal_sync(struct journal *journal, uint64_t seq)
{
	int64_t deadline_ms = clock_boot_ms() + SYNC_WAIT_MS;
	int r;

	while ((r = jrn_group_commit_wait(journal, seq, deadline_ms)) == JRN_E_MOVED)
		if ((r = jrn_recover_now(journal, SYNC_WAIT_MS)) != 0)
			break;
	return r;
}
