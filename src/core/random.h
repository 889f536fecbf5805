/*
 * random.h - random bytes, or a refusal
 *
 * Purpose    The one source of what must not be guessed.  It fails closed: no fallback to
 *            anything weaker, ever.  (libuuid 2.38 falls back to rand() seeded from pid and
 *            time when getrandom() is refused, so libuuid never draws bytes here.)
 * Source     getrandom(2), flags 0: waits for the kernel's pool once after boot.
 * Errors     Negative errno; then the caller must refuse the request (503).
 * Threads    No state in user space, so fork() copies nothing.
 */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stddef.h>

/* 0 and n random bytes; on failure the bytes are zero and must not be used. */
int random_fill(void *ret_bytes, size_t n);

#endif
