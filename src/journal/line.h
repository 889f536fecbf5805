/*
 * line.h - lines of the journal: record or header to text and back, and a file line by line
 *
 * Purpose    The keys of a line have one order, so a line is written and read by hand, without
 *            a JSON library; any JSON tool reads it too.
 *
 *            {"n":1,"op":"put","key":"k","value":{...},"crc":"xxxxxxxx"}
 *            {"n":2,"unflushed":1,"more":1,"op":"del","key":"k","crc":"xxxxxxxx"}
 *            {"n":0,"op":"snap","format":"sessiongate journal 1","records":0,
 *                "time":"2026-01-31 12:00:00","key_check":"<32 hex>","crc":"xxxxxxxx"}
 *
 *            The last is the header, the first line of every file.  crc is the CRC-32C, in
 *            hexadecimal, of all bytes of the line before its own value.
 * Calling    jrn_lines_open(); jrn_lines_next() until it is not positive; jrn_lines_close(): a
 *            file of any size through one buffer.
 * Ownership  A parsed line borrows from the text it was parsed from.  The descriptor of a
 *            struct jrn_lines is the caller's and keeps its position; text of it lives until
 *            the next call.
 * Errors     LINE_E_*: listed at each function.
 */
#ifndef JOURNAL_LINE_H
#define JOURNAL_LINE_H

#include "core/buf.h"
#include "journal/journal.h"

#define LINE_FORMAT          "sessiongate journal "
#define LINE_FORMAT_FIRST    1
#define LINE_FORMAT_LAST     2   /* see journal_require_format() */
#define LINE_FIELDS_MAX      256 /* everything in a line but its value and line feed */
#define LINE_MAX_BYTES       (JOURNAL_VALUE_MAX_BYTES + LINE_FIELDS_MAX)
#define LINE_KEY_CHECK_BYTES 16

enum {
	LINE_E_BAD = 1, /* not such a line, or its check sum is wrong */
	LINE_E_FORMAT,  /* a header of a format that this program does not know */
};

struct jrn_line {
	uint64_t n;         /* running number, one more than the line before */
	uint64_t unflushed; /* how many lines just before it were not on the disk for sure */
	uint64_t more;      /* how many lines follow that belong to the same change */
	struct journal_record record;
};

struct jrn_line_header {
	uint64_t n;         /* the number before the first record */
	uint64_t n_records; /* so many records were flushed before the file got its name */
	uint8_t key_check[LINE_KEY_CHECK_BYTES];
	unsigned format_number; /* 0: LINE_FORMAT_FIRST, while it is written */
	uint32_t crc;           /* of the line: set by reading it */
	char format[64];        /* LINE_E_FORMAT: what it says, printable */
};

/* Key and value can be told in one line: their characters and lengths. */
bool jrn_line_is_valid_record(const struct journal_record *record);

/* Append the line with its line feed. */
void jrn_line_add(struct buf *buf, const struct jrn_line *line);
void jrn_line_add_header(struct buf *buf, const struct jrn_line_header *header, int64_t wall_s);

/* A line without its line feed.  0, LINE_E_BAD. */
int jrn_line_parse(struct str text, struct jrn_line *ret_line);

/* 0, LINE_E_BAD, LINE_E_FORMAT (only ret_header->format is set then). */
int jrn_line_parse_header(struct str text, struct jrn_line_header *ret_header);

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
