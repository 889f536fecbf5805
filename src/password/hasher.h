/*
 * hasher.h - password.h for a program that serves: admitted, and out of the way
 *
 * Purpose    A hash waits for its admission, then runs in a thread of its own with the least
 *            priority: session checks that come meanwhile get the processor at once.  (A thread
 *            may lower its own priority but not raise it again without privilege, hence one
 *            thread a hash; it costs some 20 us of a hash's 28 ms.)
 * Errors     As password.h and admission.h; -EAGAIN: no thread could be made.
 * Threads    From any thread.
 */
#ifndef PASSWORD_HASHER_H
#define PASSWORD_HASHER_H

#include "password/admission.h"
#include "password/password.h"

int hasher_hash(struct admission *admission, struct str password, unsigned cost,
    char ret_hash[PASSWORD_HASH_BYTES]);

/* password_verify_evenly() */
int hasher_verify(
    struct admission *admission, const char *stored, struct str password, unsigned cost);

#endif
