/* utf8.c - see utf8.h */
#include "core/utf8.h"

size_t
utf8_next(struct str text, uint32_t *ret_code)
{
	const unsigned char *p = (const unsigned char *)text.p;
	unsigned char least = 0x80, most = 0xbf; /* of the second byte */
	uint32_t code;
	size_t n;

	if (text.n == 0)
		return 0;
	if (p[0] < 0x80) {
		*ret_code = p[0];
		return 1;
	}
	/* The table of RFC 3629 section 4: where the second byte has a narrower range. */
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
		code = p[0] & 0x1fu;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		n = 3;
		code = p[0] & 0x0fu;
		if (p[0] == 0xe0)
			least = 0xa0; /* else overlong */
		if (p[0] == 0xed)
			most = 0x9f; /* else a surrogate */
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		code = p[0] & 0x07u;
		if (p[0] == 0xf0)
			least = 0x90; /* else overlong */
		if (p[0] == 0xf4)
			most = 0x8f; /* else above U+10FFFF */
	} else {
		return 0;
	}
	if (text.n < n || p[1] < least || p[1] > most)
		return 0;
	code = code << 6 | (p[1] & 0x3fu);
	for (size_t i = 2; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	*ret_code = code;
	return n;
}

bool
utf8_is_valid(struct str text)
{
	uint32_t code;

	while (text.n > 0) {
		size_t n = utf8_next(text, &code);

		if (n == 0)
			return false;
		text = str_skip(text, n);
	}
	return true;
}
