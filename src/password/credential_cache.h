/*
 * credential_cache.h - credentials that were verified a moment ago
 *
 * Purpose    Basic authentication sends the password with every request; hashing it each time
 *            would cost tens of milliseconds each.  This process remembers, for some seconds,
 *            a keyed digest of (address, password, stored hash).  The stored hash is in the
 *            digest, so a changed password takes effect with the next request.
 * Ownership  Memory of this process only; the digest key is random and never leaves it.
 * Threads    All functions from any thread.
 */
#ifndef PASSWORD_CREDENTIAL_CACHE_H
#define PASSWORD_CREDENTIAL_CACHE_H

#include <stdbool.h>

#include "core/str.h"

struct credential_cache;

/* keep_s 0: remembers nothing.  NULL without memory or randomness. */
struct credential_cache *credential_cache_new(unsigned keep_s);
void credential_cache_free(struct credential_cache *verified); /* accepts NULL; wipes */

bool credential_cache_has(struct credential_cache *verified, struct str email,
    struct str password, const char *stored_hash);
void credential_cache_add(struct credential_cache *verified, struct str email,
    struct str password, const char *stored_hash);

#endif
