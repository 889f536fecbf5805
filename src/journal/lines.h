/*
 * lines.h - a stretch of a file, line by line
 *
 * Purpose    Reading a journal of any size through one buffer.
 * Calling    jrn_lines_open(); jrn_lines_next() until it is not positive; jrn_lines_close().
 * Ownership  The descriptor is the caller's and keeps its position.  Text lives until the next
 *            call.
 * Errors     Negative errno.
 */
#ifndef JOURNAL_LINES_H
#define JOURNAL_LINES_H

#include "core/str.h"

struct jrn_lines {
	int fd;
	uint64_t next; /* file offset of the next byte to be read */
	uint64_t end;  /* file offset where to stop */
	char *bytes;
	size_t cap, pos, n; /* bytes[pos..n) is read and not handed out */
	bool is_inside;     /* of a line that was too long for the buffer */
};

enum {
	LINES_WHOLE = 1, /* a line; its line feed is left off */
	LINES_PIECE = 2, /* bytes without line feed: the end of the stretch, or far too long */
};

/* Read from offset from up to offset end, or to the end of the file if that is before. */
int jrn_lines_open(struct jrn_lines *lines, int fd, uint64_t from, uint64_t end);
void jrn_lines_close(struct jrn_lines *lines);

/* LINES_WHOLE, LINES_PIECE, or 0 at the end. */
int jrn_lines_next(struct jrn_lines *lines, struct str *ret_text, uint64_t *ret_offset);

/* File offset behind everything that was handed out. */
uint64_t jrn_lines_offset(const struct jrn_lines *lines);

#endif
