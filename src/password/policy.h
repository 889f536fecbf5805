/*
 * policy.h - which new passwords are taken
 *
 * Purpose    Length, and what is guessed first; no rule about kinds of characters.  Whoever has a
 *            password from before keeps it.
 * Source     NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0, 6.2.
 * Threads    No global state.
 */
#ifndef PASSWORD_POLICY_H
#define PASSWORD_POLICY_H

#include "core/err.h"
#include "password/blocklist.h"

struct password_policy {
	unsigned least;                    /* code points of its normal form (nfc.h) */
	const struct blocklist *blocklist; /* NULL: none, and no name is refused either */
	struct str service;                /* the name that users know it by; may be STR_NULL */
};

/*
 * May this be the new password of the user with that address?  Else ret_why says why not, in words
 * that begin with "password".  That it can be one at all is somebody else's question.
 */
bool password_policy_allows(const struct password_policy *policy, struct str password,
    struct str email, struct err *ret_why);

#endif
