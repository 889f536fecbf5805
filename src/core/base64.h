/*
 * base64.h - strict Base64
 *
 * Source     RFC 4648 sections 3.2, 3.3, 3.5 and 4: the standard alphabet, padding required,
 *            zero pad bits, nothing foreign in between.  One text, one meaning.
 * Ownership  Decoded bytes are appended to the caller's buffer: when they are a secret, the
 *            caller ends it with buf_wipe().
 * Threads    No global state.
 */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include "core/buf.h"
#include "core/str.h"

enum {
	BASE64_E_MALFORMED = 1, /* not the strict Base64 of anything */
};

/*
 * Append what text stands for.  0, BASE64_E_MALFORMED, or what buf_error() says.  On anything
 * but 0 nothing was appended.  The empty text stands for no bytes.
 */
int base64_decode(struct str text, struct buf *out);

#endif
