/*
 * nfc.h - one spelling for what looks the same: Unicode normalization form C
 *
 * Purpose    An "e" with an acute accent is one code point from one keyboard and two from another.
 *            A password is hashed in the form that all of them come to.
 * Source     Unicode Standard Annex #15, by utf8proc; NIST SP 800-63B-4 section 3.1.1.2.
 * Ownership  The caller's memory, which holds a password: wiped by the caller.  Nothing is
 *            allocated.
 * Threads    No global state.
 */
#ifndef PASSWORD_NFC_H
#define PASSWORD_NFC_H

#include <stdbool.h>

#include "core/str.h"

#define NFC_TEXT_MAX_BYTES 1024
#define NFC_MAX_BYTES      (3 * NFC_TEXT_MAX_BYTES) /* no text grows by more: Annex #15 section 12 */

/*
 * Text of at most NFC_TEXT_MAX_BYTES in that form, in room.  False: it is longer, or no UTF-8.
 */
bool nfc_of(struct str text, char room[NFC_MAX_BYTES], struct str *ret_form);

#endif
