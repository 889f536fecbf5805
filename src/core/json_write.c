/* json_write.c - see json_write.h */
#include "core/json_write.h"

#include "core/utf8.h"

/* Stands for itself.  DEL does not: Python escapes it as well. */
static bool
is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* The letter of a two-character escape, or NUL. */
static char
short_escape(uint32_t code)
{
	switch (code) {
	case '"':
	case '\\':
		return (char)code;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return '\0';
	}
}

void
json_write_escape(struct buf *out, uint32_t code)
{
	char letter = short_escape(code);

	if (letter != '\0') {
		buf_add_char(out, '\\');
		buf_add_char(out, letter);
	} else if (code > 0xffff) {
		code -= 0x10000;
		buf_addf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 | code >> 10),
		    (unsigned)(0xdc00 | (code & 0x3ff)));
	} else {
		buf_addf(out, "\\u%04x", (unsigned)code);
	}
}

void
json_write_string(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	while (text.n > 0) {
		uint32_t code;
		size_t n = 0;

		while (n < text.n && is_plain((unsigned char)text.p[n]))
			n++;
		buf_add(out, text.p, n);
		text = str_skip(text, n);
		if (text.n == 0)
			break;
		if ((n = utf8_next(text, &code)) == 0) {
			code = 0xfffd;
			n = 1;
		}
		json_write_escape(out, code);
		text = str_skip(text, n);
	}
	buf_add_char(out, '"');
}
