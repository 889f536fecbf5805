/* line.c - see line.h */
#include "journal/line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/hex.h"
#include "journal/crc32c.h"

#define READ_BYTES ((size_t)1024 * 1024)
#define CRC_DIGITS 8
#define CRC_HEAD   ",\"crc\":\""
#define CRC_BYTES  (sizeof(CRC_HEAD) - 1 + CRC_DIGITS + 2)

static const char hex_digits[] = "0123456789abcdef";

static bool
is_valid_key(struct str key)
{
	if (key.n == 0 || key.n > JOURNAL_KEY_MAX_BYTES)
		return false;
	for (size_t i = 0; i < key.n; i++)
		if (key.p[i] < 0x20 || key.p[i] > 0x7e || key.p[i] == '"' || key.p[i] == '\\')
			return false;
	return true;
}

#define EACH_BYTE (UINT64_MAX / 255)

/* Any byte below 0x20?  Eight at a time: this runs over every byte of a replay. */
static bool
has_control_bytes(struct str text)
{
	uint64_t found = 0, word;
	size_t i = 0;

	for (; i + sizeof(word) <= text.n; i += sizeof(word)) {
		memcpy(&word, text.p + i, sizeof(word));
		found |= (word - EACH_BYTE * 0x20) & ~word & EACH_BYTE * 0x80;
	}
	for (; i < text.n; i++)
		found |= (unsigned char)text.p[i] < 0x20;
	return found != 0;
}

static bool
is_valid_value(struct str value)
{
	if (value.n < 2 || value.n > JOURNAL_VALUE_MAX_BYTES || value.p[0] != '{' ||
	    value.p[value.n - 1] != '}')
		return false;
	return !has_control_bytes(value);
}

bool
jrn_line_is_valid_record(const struct journal_record *record)
{
	if (!is_valid_key(record->key))
		return false;
	return record->op == JOURNAL_PUT
		   ? is_valid_value(record->value)
		   : record->op == JOURNAL_DEL && str_is_empty(record->value);
}

/* printf is too slow for the million lines of a compaction. */
static void
add_number(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

static void
add_hex(struct buf *buf, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_char(buf, hex_digits[bytes[i] >> 4]);
		buf_add_char(buf, hex_digits[bytes[i] & 15]);
	}
}

static void
add_crc(struct buf *buf, size_t start)
{
	uint32_t crc;

	buf_add(buf, CRC_HEAD, sizeof(CRC_HEAD) - 1);
	if (buf_error(buf) != 0)
		return;
	crc = jrn_crc32c(0, buf->p + start, buf->n - start);
	for (int shift = 28; shift >= 0; shift -= 4)
		buf_add_char(buf, hex_digits[(crc >> shift) & 15]);
	buf_add(buf, "\"}\n", 3);
}

void
jrn_line_add(struct buf *buf, const struct jrn_line *line)
{
	size_t start = buf->n;

	buf_add_z(buf, "{\"n\":");
	add_number(buf, line->n);
	if (line->unflushed != 0) {
		buf_add_z(buf, ",\"unflushed\":");
		add_number(buf, line->unflushed);
	}
	if (line->more != 0) {
		buf_add_z(buf, ",\"more\":");
		add_number(buf, line->more);
	}
	buf_add_z(buf, line->record.op == JOURNAL_PUT ? ",\"op\":\"put\",\"key\":\""
						      : ",\"op\":\"del\",\"key\":\"");
	buf_add_str(buf, line->record.key);
	buf_add_char(buf, '"');
	if (line->record.op == JOURNAL_PUT) {
		buf_add_z(buf, ",\"value\":");
		buf_add_str(buf, line->record.value);
	}
	add_crc(buf, start);
}

void
jrn_line_add_header(struct buf *buf, const struct jrn_line_header *header, int64_t wall_s)
{
	size_t start = buf->n;
	char time_text[CLOCK_TEXT_BYTES];

	clock_format_utc(wall_s, time_text);
	buf_add_z(buf, "{\"n\":");
	add_number(buf, header->n);
	buf_add_z(buf, ",\"op\":\"snap\",\"format\":\"" LINE_FORMAT);
	add_number(buf, header->format_number != 0 ? header->format_number : LINE_FORMAT_FIRST);
	buf_add_z(buf, "\",\"records\":");
	add_number(buf, header->n_records);
	buf_add_z(buf, ",\"time\":\"");
	buf_add_z(buf, time_text);
	buf_add_z(buf, "\",\"key_check\":\"");
	add_hex(buf, header->key_check, sizeof(header->key_check));
	buf_add_char(buf, '"');
	add_crc(buf, start);
}

/* --------------------------------------------------------------- reading */

/* What is left of a line that is being read; ok turns false at the first surprise. */
struct input {
	struct str rest;
	bool ok;
};

static bool
take_if(struct input *in, struct str want)
{
	if (!str_starts_with(in->rest, want))
		return false;
	in->rest = str_skip(in->rest, want.n);
	return true;
}

static void
take(struct input *in, struct str want)
{
	if (!take_if(in, want))
		in->ok = false;
}

/* As add_number() writes it: no leading zeros, below 2^63 so that sums cannot overflow. */
static uint64_t
take_number(struct input *in)
{
	uint64_t number = 0;
	size_t n = 0;

	while (n < in->rest.n && n < 18 && in->rest.p[n] >= '0' && in->rest.p[n] <= '9')
		number = number * 10 + (uint64_t)(in->rest.p[n++] - '0');
	if (n == 0 || (n > 1 && in->rest.p[0] == '0'))
		in->ok = false;
	in->rest = str_skip(in->rest, n);
	return number;
}

/* A number that is left out when it is 0. */
static uint64_t
take_optional(struct input *in, struct str head)
{
	uint64_t number;

	if (!take_if(in, head))
		return 0;
	if ((number = take_number(in)) == 0)
		in->ok = false;
	return number;
}

static struct str
take_until_quote(struct input *in)
{
	struct str text;

	if (!str_split(in->rest, '"', &text, &in->rest))
		in->ok = false;
	return text;
}

/* Check and take off the crc at the end. */
static bool
check_crc(struct str text, struct input *ret_in, uint32_t *ret_crc)
{
	const char *tail;
	uint32_t crc = 0;

	if (text.n < CRC_BYTES)
		return false;
	tail = text.p + (text.n - CRC_BYTES);
	if (memcmp(tail, CRC_HEAD, sizeof(CRC_HEAD) - 1) != 0 ||
	    memcmp(text.p + text.n - 2, "\"}", 2) != 0)
		return false;
	for (size_t i = 0; i < CRC_DIGITS; i++) {
		unsigned digit = hex_value(tail[sizeof(CRC_HEAD) - 1 + i]);

		if (digit > 15)
			return false;
		crc = crc << 4 | digit;
	}
	if (jrn_crc32c(0, text.p, text.n - CRC_DIGITS - 2) != crc)
		return false;
	*ret_in = (struct input){ str_take(text, text.n - CRC_BYTES), true };
	*ret_crc = crc;
	return true;
}

int
jrn_line_parse(struct str text, struct jrn_line *ret_line)
{
	struct jrn_line line = { .record = { .value = STR_NULL } };
	struct input in;
	uint32_t crc;

	if (!check_crc(text, &in, &crc))
		return LINE_E_BAD;
	take(&in, STR_LIT("{\"n\":"));
	line.n = take_number(&in);
	line.unflushed = take_optional(&in, STR_LIT(",\"unflushed\":"));
	line.more = take_optional(&in, STR_LIT(",\"more\":"));
	take(&in, STR_LIT(",\"op\":\""));
	line.record.op = take_if(&in, STR_LIT("put\"")) ? JOURNAL_PUT : JOURNAL_DEL;
	if (line.record.op == JOURNAL_DEL)
		take(&in, STR_LIT("del\""));
	take(&in, STR_LIT(",\"key\":\""));
	line.record.key = take_until_quote(&in);
	if (line.record.op == JOURNAL_PUT) {
		take(&in, STR_LIT(",\"value\":"));
		line.record.value = in.rest;
	} else if (in.rest.n != 0) {
		return LINE_E_BAD;
	}
	if (!in.ok || line.n == 0 || line.unflushed >= line.n ||
	    !jrn_line_is_valid_record(&line.record))
		return LINE_E_BAD;
	*ret_line = line;
	return 0;
}

static void
copy_printable(struct str text, char *ret_text, size_t size)
{
	size_t n = text.n < size - 1 ? text.n : size - 1;

	for (size_t i = 0; i < n; i++)
		ret_text[i] = (char)(text.p[i] < 0x20 || text.p[i] > 0x7e ? '?' : text.p[i]);
	ret_text[n] = '\0';
}

static bool
take_key_check(struct input *in, uint8_t ret_bytes[LINE_KEY_CHECK_BYTES])
{
	struct str text = take_until_quote(in);

	return text.n == (size_t)2 * LINE_KEY_CHECK_BYTES &&
	       hex_decode(text.p, ret_bytes, LINE_KEY_CHECK_BYTES);
}

/* 0: another one than those that this program knows. */
static unsigned
number_of_format(struct str format)
{
	const struct str lead = STR_LIT(LINE_FORMAT);

	for (unsigned number = LINE_FORMAT_FIRST; number <= LINE_FORMAT_LAST; number++)
		if (format.n == lead.n + 1 && str_starts_with(format, lead) &&
		    format.p[lead.n] == (char)('0' + number))
			return number;
	return 0;
}

int
jrn_line_parse_header(struct str text, struct jrn_line_header *ret_header)
{
	struct jrn_line_header header = { 0 };
	struct input in = { text, true };
	struct str format;

	/*
	 * The name of the format stands at this place in every format, before anything that
	 * another one may do differently, the check sum included.
	 */
	take(&in, STR_LIT("{\"n\":"));
	header.n = take_number(&in);
	take(&in, STR_LIT(",\"op\":\"snap\",\"format\":\""));
	format = take_until_quote(&in);
	if (!in.ok)
		return LINE_E_BAD;
	copy_printable(format, header.format, sizeof(header.format));
	if ((header.format_number = number_of_format(format)) == 0) {
		*ret_header = header;
		return LINE_E_FORMAT;
	}
	if (!check_crc(text, &in, &header.crc))
		return LINE_E_BAD;
	in.rest = str_skip(in.rest, (size_t)(format.p + format.n + 1 - text.p));
	take(&in, STR_LIT(",\"records\":"));
	header.n_records = take_number(&in);
	take(&in, STR_LIT(",\"time\":\""));
	(void)take_until_quote(&in);
	take(&in, STR_LIT(",\"key_check\":\""));
	if (!take_key_check(&in, header.key_check) || !in.ok || in.rest.n != 0)
		return LINE_E_BAD;
	*ret_header = header;
	return 0;
}

/* --------------------------------------------------------- a file, line by line */

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
