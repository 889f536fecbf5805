/* append.c - see append.h */
#include "journal/append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/compact.h"
#include "journal/line.h"
#include "journal/usage.h"
#include "journal/replay.h"

#define ROOM_BYTES 4096

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
tell_refusal(struct journal *journal, int r)
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
tell_room(struct journal *journal)
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
		tell_room(journal);
}

static int
write_lines(struct journal *journal, int fd, uint64_t good_len, const struct buf *buf)
{
	int r = file_write_all(fd, buf->p, buf->n), r2;

	if (r == 0) {
		tell_room(journal);
		return 0;
	}
	/* Whatever part of it has arrived must not stay. */
	do
		r2 = ftruncate(fd, (off_t)good_len) == -1 ? -errno : 0;
	while (r2 == -EINTR);
	if (r2 == 0) {
		tell_refusal(journal, r);
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
jrn_append_records(
    struct journal *journal, const struct journal_record *records, size_t n, uint64_t *ret_seq)
{
	struct jrn_control *control = journal->control;
	struct jrn_generation *file;
	uint64_t good_len;
	struct buf buf;
	int r;

	/* Who reads must have read everything: it decides by what it saw.  Who never read does
	 * not. */
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
		jrn_compact_if_over(journal, file);
		jrn_replay_follow(journal);
	}
	buf_fini(&buf);
	jrn_generation_unref(file);
	return r;
}
