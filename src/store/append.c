/* append.c - see append.h */
#include "store/append.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/file.h"
#include "store/compact.h"
#include "store/line.h"
#include "store/policy.h"
#include "store/reader.h"

#define ROOM_BYTES 4096

/* One line each; more of them are one change. */
static int
format(struct store *store, const struct store_record *records, size_t n, struct buf *buf)
{
	uint64_t appended = store->control->appended, synced = store->control->synced;

	for (size_t i = 0; i < n; i++) {
		struct line line = { .n = appended + 1 + i, .more = n - 1 - i };

		if (!line_is_valid_record(&records[i]))
			return -EINVAL;
		line.unflushed = line.n - 1 - synced;
		line.record = records[i];
		line_add(buf, &line);
	}
	return buf_error(buf);
}

/* Once for a row of the same failures, over all processes: a full disk refuses every change. */
static void
tell_refusal(struct store *store, int r)
{
	if (atomic_exchange(&store->control->refused_with, (uint32_t)-r) == (uint32_t)-r)
		return;
	inner_notice(store, "%s: cannot append: %s: %s; nothing else is lost", store->path,
	    strerror(-r),
	    r == -ENOSPC || r == -EDQUOT
		? "changes are refused until there is room on its file system"
	    : r == -EFBIG ? "changes are refused until it may be longer (ulimit -f)"
			  : "the change is refused; look at the disk and the kernel's log");
}

/* The same when it is over. */
static void
tell_room(struct store *store)
{
	if (store->control->refused_with != 0 &&
	    atomic_exchange(&store->control->refused_with, 0) != 0)
		inner_notice(store, "%s: changes are taken again", store->path);
}

void
append_look_for_room(struct store *store)
{
	uint64_t good_len = control_look(store->control).good_len;
	struct jfile *file;
	struct rlimit limit;
	bool has_room;

	if (store->control->refused_with == 0 || jfile_current(store, &file) != 0)
		return;
	/* Blocks beyond the end, which stays where it is: they are the next change's. */
	has_room =
	    (fallocate(file->fd, FALLOC_FL_KEEP_SIZE, (off_t)good_len, ROOM_BYTES) == 0 ||
		errno == EOPNOTSUPP) &&
	    (getrlimit(RLIMIT_FSIZE, &limit) == -1 || limit.rlim_cur == RLIM_INFINITY ||
		good_len + ROOM_BYTES <= limit.rlim_cur);
	jfile_unref(file);
	if (has_room)
		tell_room(store);
}

static int
write_lines(struct store *store, int fd, uint64_t good_len, const struct buf *buf)
{
	int r = file_write_all(fd, buf->p, buf->n), r2;

	if (r == 0) {
		tell_room(store);
		return 0;
	}
	/* Whatever part of it has arrived must not stay. */
	do
		r2 = ftruncate(fd, (off_t)good_len) == -1 ? -errno : 0;
	while (r2 == -EINTR);
	if (r2 == 0) {
		tell_refusal(store, r);
		return r;
	}
	inner_fail(store, "cannot take back what was not written whole", r2);
	return -EROFS;
}

static void
count(struct control *control, const struct store_record *records, size_t n, struct str text)
{
	for (size_t i = 0; i < n; i++) {
		struct str line, rest;

		(void)str_split(text, '\n', &line, &rest);
		policy_count_record(control, records[i].op, line.n + 1);
		text = rest;
	}
	control->n_appended += n;
}

int
append_records(
    struct store *store, const struct store_record *records, size_t n, uint64_t *ret_seq)
{
	struct control *control = store->control;
	struct jfile *file;
	uint64_t good_len;
	struct buf buf;
	int r;

	/* Who reads must have read everything: it decides by what it saw.  Who never read does
	 * not. */
	if (!store->is_locked || n == 0 ||
	    (reader_has_begun(store) && !reader_is_at_end(store)))
		return -EINVAL;
	if (control->has_failed)
		return -EROFS;
	if ((r = jfile_current(store, &file)) != 0)
		return r < 0 ? r : -ESTALE;
	good_len = control_look(control).good_len;
	buf_init(&buf, n * (LINE_MAX_BYTES + 1));
	if ((r = format(store, records, n, &buf)) == 0 &&
	    (r = write_lines(store, file->fd, good_len, &buf)) == 0) {
		count(control, records, n, buf_str(&buf));
		*ret_seq = control->appended + n;
		control_extend(control, good_len + buf.n, *ret_seq);
		if (reader_has_begun(store))
			reader_skip_own(store, good_len + buf.n, *ret_seq);
		compact_if_over(store, file);
		reader_follow(store);
	}
	buf_fini(&buf);
	jfile_unref(file);
	return r;
}
