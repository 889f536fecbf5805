/*
 * verified.h - credentials that were verified a moment ago
 *
 * Purpose    Basic authentication sends the password with every request; hashing it each time
 *            would cost tens of milliseconds each.  This process remembers, for some seconds,
 *            a keyed digest of (address, password, stored hash).  The stored hash is in the
 *            digest, so a changed password takes effect with the next request.
 * Ownership  Memory of this process only; the digest key is random and never leaves it.
 * Threads    All functions from any thread.
 */
#ifndef PASSWORD_VERIFIED_H
#define PASSWORD_VERIFIED_H

#include <stdbool.h>

#include "core/str.h"

struct verified;

/* keep_s 0: remembers nothing.  NULL without memory or randomness. */
struct verified *verified_new(unsigned keep_s);
void verified_free(struct verified *verified); /* accepts NULL; wipes */

bool verified_has(
    struct verified *verified, struct str email, struct str password, const char *stored_hash);
void verified_add(
    struct verified *verified, struct str email, struct str password, const char *stored_hash);

#endif
