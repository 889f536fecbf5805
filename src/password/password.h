/*
 * password.h - hash a password, verify one
 *
 * Purpose    libxcrypt's yescrypt for what we store; the unsalted SHA-256 of the original
 *            project is still verified, so that imported users can sign in once more.
 * Source     crypt(5): formats and costs; attacks on truncation are met by refusing over-long
 *            passwords instead of cutting them.
 * Calling    Each call of password_hash() and password_verify() takes tens of milliseconds and
 *            16 MiB by intent: hold an admission (admission.h).
 * Rationale  A password is hashed in its normal form (nfc.h).  Hashes that were made of other
 *            spellings, before there was one or by another program, verify too: the password is
 *            tried in its normal form, then as it came where that differs.  In this order
 *            whoever changes the password pays one hash from then on, on any keyboard.  How many
 *            are tried follows from the password alone, which the client knows: so the time of a
 *            refusal tells nothing about the user, and an unknown one costs the same.
 * Ownership  The caller's memory.  Passwords are views and never copied out; copies made here
 *            are wiped.
 * Errors     Negative errno: unexpected (-ENOMEM, no randomness): refuse the request.
 * Threads    No global state.
 */
#ifndef PASSWORD_PASSWORD_H
#define PASSWORD_PASSWORD_H

#include <stdbool.h>

#include "core/str.h"
#include "password/authn.h"

#define PASSWORD_MAX_BYTES    1024 /* as given; 64 characters of any script are 256 */
#define PASSWORD_HASH_BYTES   384  /* CRYPT_OUTPUT_SIZE, NUL included */
#define PASSWORD_COST_DEFAULT 5    /* libxcrypt's default for yescrypt: 16 MiB, about 28 ms */
#define PASSWORD_COST_LEAST   1    /* below the default: see password_cost_weakness() */
#define PASSWORD_COST_MOST    11

enum {
	PASSWORD_E_UNUSABLE = 1, /* longer than PASSWORD_MAX_BYTES, or with a NUL byte */
};

/*
 * 0 and a yescrypt hash with a fresh salt, or PASSWORD_E_UNUSABLE.  libxcrypt takes 511 bytes at
 * most: of a longer normal form it gets the digest that password.c describes.
 */
int password_hash(struct str password, unsigned cost, char ret_hash[PASSWORD_HASH_BYTES]);

/*
 * 0, or AUTHN_WRONG_PASSWORD: also for a stored text that is no hash, and for a password that
 * password_hash() would refuse.
 */
int password_verify(const char *stored, struct str password);

/*
 * The same for who must not learn from the time of a refusal whether there is such a user, or
 * how his password is stored: AUTHN_WRONG_PASSWORD has always taken what a hash of this cost
 * takes.  "" is the hash of a user who is not there.  Two kinds take longer, until the password
 * is given once and hashed as today: those of a greater cost, and of another method of crypt(5).
 */
int password_verify_evenly(const char *stored, struct str password, unsigned cost);

/* The stored hash is valid but not what password_hash() would make today. */
bool password_needs_rehash(const char *stored, unsigned cost);

/*
 * False: password_verify() says mismatch whatever the password, because stored is no hash of
 * any method it knows.
 */
bool password_is_hash(struct str stored);

/*
 * How many times faster than at libxcrypt's own default somebody guesses who has the hashes; 0:
 * the cost is the default or more.
 */
unsigned password_cost_weakness(unsigned cost);

/* The original's form: 64 lower-case hexadecimal digits. */
bool password_is_legacy(const char *stored);

#endif
