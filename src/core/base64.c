/* base64.c - see base64.h */
#include "core/base64.h"

#include <sodium.h>

int
base64_decode(struct str text, struct buf *out)
{
	size_t room = text.n / 4 * 3, n;
	char *to;

	/* libsodium 1.0.18 decodes every byte from 0x80 on as if it were `/`. */
	for (size_t i = 0; i < text.n; i++)
		if (((unsigned char)text.p[i] & 0x80) != 0)
			return BASE64_E_MALFORMED;
	if ((to = buf_reserve(out, room)) == NULL)
		return buf_error(out);
	/*
	 * Without a list of characters to ignore and without a pointer for the end, libsodium
	 * takes all of the text or none, and checks the padding and its bits.
	 */
	if (sodium_base642bin((unsigned char *)to, room, text.p, text.n, NULL, &n, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0) {
		sodium_memzero(to, room);
		return BASE64_E_MALFORMED;
	}
	buf_advance(out, n);
	return 0;
}
