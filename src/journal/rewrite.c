/* rewrite.c - see rewrite.h */
#include "journal/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"

#define WRITE_BYTES ((size_t)256 * 1024)

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
