/* ident.c - see ident.h */
#include "core/ident.h"

#include <assert.h>

#include <sodium.h>
#include <uuid.h>

#include "core/hex.h"
#include "core/random.h"

static_assert(sizeof(uuid_t) == IDENT_BYTES, "libuuid's type is what we store");
static_assert(sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_URLSAFE_NO_PADDING) ==
		  IDENT_SESSION_BYTES,
    "a token fits");

void
ident_format(const uint8_t bytes[IDENT_BYTES], char ret_text[IDENT_TEXT_BYTES])
{
	uuid_unparse_lower(bytes, ret_text);
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

int
ident_new_token(char ret_text[IDENT_SESSION_BYTES])
{
	uint8_t bytes[32];
	int r = random_fill(bytes, sizeof(bytes));

	if (r != 0)
		return r;
	(void)sodium_bin2base64(ret_text, IDENT_SESSION_BYTES, bytes, sizeof(bytes),
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(bytes, sizeof(bytes));
	return 0;
}

/* uuid_parse() takes either case; an id has exactly one spelling here, and a start reads a million.
 */
bool
ident_parse(struct str text, uint8_t ret_bytes[IDENT_BYTES])
{
	return text.n == IDENT_TEXT_BYTES - 1 && text.p[8] == '-' && text.p[13] == '-' &&
	       text.p[18] == '-' && text.p[23] == '-' && hex_decode(text.p, ret_bytes, 4) &&
	       hex_decode(text.p + 9, ret_bytes + 4, 2) &&
	       hex_decode(text.p + 14, ret_bytes + 6, 2) &&
	       hex_decode(text.p + 19, ret_bytes + 8, 2) &&
	       hex_decode(text.p + 24, ret_bytes + 10, 6);
}
