/* nfc.c - see nfc.h */
#include "password/nfc.h"

#include <sodium.h>
#include <utf8proc.h>

/* No character becomes more than 3 code points for its 2 bytes. */
#define CODES_MAX (NFC_TEXT_MAX_BYTES * 3 / 2)

#define OPTIONS (UTF8PROC_STABLE | UTF8PROC_COMPOSE)

bool
nfc_of(struct str text, char room[NFC_MAX_BYTES], struct str *ret_form)
{
	utf8proc_int32_t codes[CODES_MAX];
	utf8proc_ssize_t n;
	size_t n_bytes = 0;

	if (text.n > NFC_TEXT_MAX_BYTES)
		return false;
	/* By its parts: utf8proc_map() would leave copies in memory of the heap. */
	n = utf8proc_decompose((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n,
	    codes, CODES_MAX, OPTIONS);
	if (n >= 0 && n <= CODES_MAX)
		n = utf8proc_normalize_utf32(codes, n, OPTIONS);
	else
		n = -1;
	for (utf8proc_ssize_t i = 0; i < n; i++) {
		utf8proc_uint8_t bytes[4];
		size_t n_more = (size_t)utf8proc_encode_char(codes[i], bytes);

		if (n_more == 0 || n_more > NFC_MAX_BYTES - n_bytes) {
			n = -1;
			break;
		}
		memcpy(&room[n_bytes], bytes, n_more);
		n_bytes += n_more;
	}
	sodium_memzero(codes, sizeof(codes));
	*ret_form = str_mem(room, n_bytes);
	return n >= 0;
}
