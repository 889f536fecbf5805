/* lines.c - see lines.h */
#include "journal/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/line.h"

#define READ_BYTES ((size_t)1024 * 1024)
_Static_assert(READ_BYTES > LINE_MAX_BYTES, "a line fits");

int
jrn_lines_open(struct jrn_lines *lines, int fd, uint64_t from, uint64_t end)
{
	/* Mostly this is the few hundred bytes that another process has just appended. */
	size_t cap = end < from                ? 0
		     : end - from < READ_BYTES ? (size_t)(end - from)
					       : READ_BYTES;

	*lines = (struct jrn_lines){ .fd = fd, .next = from, .end = end, .cap = cap };
	if ((lines->bytes = malloc(cap + 1)) == NULL)
		return -ENOMEM;
	return 0;
}

void
jrn_lines_close(struct jrn_lines *lines)
{
	free(lines->bytes);
	lines->bytes = NULL;
}

uint64_t
jrn_lines_offset(const struct jrn_lines *lines)
{
	return lines->next - (lines->n - lines->pos);
}

/* Read until the buffer is full or the stretch is at its end.  0 or negative. */
static int
fill(struct jrn_lines *lines)
{
	memmove(lines->bytes, lines->bytes + lines->pos, lines->n - lines->pos);
	lines->n -= lines->pos;
	lines->pos = 0;
	while (lines->n < lines->cap && lines->next < lines->end) {
		size_t want = lines->cap - lines->n;
		ssize_t r;

		if (want > lines->end - lines->next)
			want = (size_t)(lines->end - lines->next);
		r = pread(lines->fd, lines->bytes + lines->n, want, (off_t)lines->next);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -errno;
		if (r == 0)
			lines->end = lines->next;
		lines->n += (size_t)r;
		lines->next += (size_t)r;
	}
	return 0;
}

int
jrn_lines_next(struct jrn_lines *lines, struct str *ret_text, uint64_t *ret_offset)
{
	size_t n_left = lines->n - lines->pos, n;
	const char *feed = n_left > 0 ? memchr(lines->bytes + lines->pos, '\n', n_left) : NULL;
	bool is_piece;
	int r;

	if (feed == NULL) {
		if ((r = fill(lines)) < 0)
			return r;
		if (lines->n == 0)
			return 0;
		feed = memchr(lines->bytes, '\n', lines->n);
	}
	*ret_offset = jrn_lines_offset(lines);
	n = feed != NULL ? (size_t)(feed - (lines->bytes + lines->pos)) : lines->n;
	*ret_text = str_mem(lines->bytes + lines->pos, n);
	lines->pos += n + (feed != NULL ? 1 : 0);
	/* The end of a line whose beginning was handed out before is no line. */
	is_piece = feed == NULL || lines->is_inside;
	lines->is_inside = feed == NULL;
	return is_piece ? LINES_PIECE : LINES_WHOLE;
}
