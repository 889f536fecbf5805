/* percent.c - see percent.h */
#include "core/percent.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
percent_escape(struct str text)
{
	int high, low;

	if (text.n < 3 || text.p[0] != '%')
		return -1;
	high = hex_digit(text.p[1]);
	low = hex_digit(text.p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static void
decode(struct str text, bool plus_is_blank, struct buf *out)
{
	/* No escape is shorter than what it stands for. */
	char *to = buf_reserve(out, text.n);
	size_t n = 0;

	if (to == NULL)
		return;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '%') {
			int byte = percent_escape(str_skip(text, i));

			if (byte >= 0) {
				c = (char)byte;
				i += 2;
			}
		} else if (c == '+' && plus_is_blank) {
			c = ' ';
		}
		to[n++] = c;
	}
	buf_advance(out, n);
}

void
percent_decode(struct str text, struct buf *out)
{
	decode(text, false, out);
}

void
percent_decode_form(struct str text, struct buf *out)
{
	decode(text, true, out);
}
