/* ident.c - see ident.h */
#include "core/ident.h"

#include <assert.h>

#include <uuid.h>

#include "core/random.h"

static_assert(sizeof(uuid_t) == IDENT_BYTES, "libuuid's type is what we store");

void
ident_format(const uint8_t bytes[IDENT_BYTES], char ret_text[IDENT_TEXT_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	char *to = ret_text;

	for (int i = 0; i < IDENT_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		*to++ = digits[bytes[i] >> 4];
		*to++ = digits[bytes[i] & 15];
	}
	*to = '\0';
}

int
ident_new(char ret_text[IDENT_TEXT_BYTES])
{
	uint8_t bytes[IDENT_BYTES];
	int r = random_fill(bytes, sizeof(bytes));

	if (r != 0)
		return r;
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40); /* version 4 */
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80); /* variant 10 */
	ident_format(bytes, ret_text);
	return 0;
}

bool
ident_parse(struct str text, uint8_t ret_bytes[IDENT_BYTES])
{
	char z[IDENT_TEXT_BYTES];

	if (text.n != IDENT_TEXT_BYTES - 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		/* uuid_parse() takes either case; an id has exactly one spelling here. */
		if (text.p[i] >= 'A' && text.p[i] <= 'F')
			return false;
		z[i] = text.p[i];
	}
	z[text.n] = '\0';
	return uuid_parse(z, ret_bytes) == 0;
}
