/*
 * digest.h - keyed digests: what is kept in the place of a secret
 *
 * Purpose    The session table, the journal and the log know a login session only by
 *            digest_tag(): 128 bits of keyed BLAKE2b.  Without the key nobody can turn it
 *            back, confirm a guess, or make one.
 * Source     BLAKE2b with a key (RFC 7693 section 2.9) from libsodium.
 * Threads    A key may be used by all threads at once.
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include <stdint.h>

#include "core/err.h"
#include "core/str.h"

#define DIGEST_KEY_BYTES 32
#define DIGEST_TAG_BYTES 16

struct digest_key {
	uint8_t bytes[DIGEST_KEY_BYTES];
};

struct digest_tag {
	uint8_t bytes[DIGEST_TAG_BYTES];
};

/*
 * Digest of a list of parts.  Each part's length goes in too, so ("ab", "c") and ("a", "bc")
 * differ.  The first part names the use, for example "session/memory".
 */
struct digest_tag digest_tag(
    const struct digest_key *key, const struct str *parts, size_t n_parts);

/*
 * Read the key file `name` in the directory, mode 0400, 32 bytes; made from fresh randomness
 * when absent.  Safe when several processes start at once: all get the same key.
 */
int digest_key_load(int dir_fd, const char *dir_path, const char *name,
    struct digest_key *ret_key, struct err *err);

/* The same, but nothing is made: -ENOENT, without a message, when the file is absent. */
int digest_key_read(int dir_fd, const char *dir_path, const char *name,
    struct digest_key *ret_key, struct err *err);

/* Overwrite a key that is no longer needed. */
void digest_key_wipe(struct digest_key *key);

#endif
