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

struct range {
	uint32_t first, last;
};

static bool
is_in(const struct range *ranges, size_t n, uint32_t code)
{
	for (size_t i = 0; i < n && ranges[i].first <= code; i++)
		if (code <= ranges[i].last)
			return true;
	return false;
}

bool
utf8_is_unsafe(uint32_t code)
{
	static const struct range unsafe[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad },
		{ 0x600, 0x605 }, { 0x61c, 0x61c }, { 0x6dd, 0x6dd }, { 0x70f, 0x70f },
		{ 0x890, 0x891 }, { 0x8e2, 0x8e2 }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x2064 }, { 0x2066, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd },
		{ 0x13430, 0x13438 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
		{ 0xe0001, 0xe0001 }, { 0xe0020, 0xe007f } };

	return is_in(unsafe, sizeof(unsafe) / sizeof(unsafe[0]), code);
}

bool
utf8_is_blank(uint32_t code)
{
	static const struct range blank[] = { { 0x9, 0xd }, { 0x20, 0x20 }, { 0x85, 0x85 },
		{ 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 },
		{ 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 } };

	return is_in(blank, sizeof(blank) / sizeof(blank[0]), code);
}
