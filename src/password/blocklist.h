/*
 * blocklist.h - passwords that are guessed first, from a file
 *
 * Purpose    One password a line.  A-Z count as a-z, and spellings of one text are one (nfc.h): who
 *            guesses tries those too.  For the same reason a listed password, or one character, that is
 *            repeated to its end ("abcabcabc") is as good as listed.
 * Calling    blocklist_open() once; blocklist_has(); blocklist_close().
 * Ownership  Of a password 8 bytes are kept, a keyed digest, in memory of this process.
 * Errors     Negative errno with a message: a file that cannot be read is no empty list.
 * Threads    blocklist_has() from any thread.
 */
#ifndef PASSWORD_BLOCKLIST_H
#define PASSWORD_BLOCKLIST_H

#include <stdbool.h>

#include "core/err.h"
#include "core/str.h"

#define BLOCKLIST_FILE_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct blocklist;

/*
 * Lines end in LF or CR LF; empty ones, those that begin with "#!" and those that are longer than a
 * password may be are skipped.  -EINVAL: no line is left, or this is no text.
 */
int blocklist_open(const char *path, struct blocklist **ret, struct err *err);

/* Below it: of a text.  path is for messages. */
int blocklist_parse(struct str text, const char *path, struct blocklist **ret, struct err *err);

void blocklist_close(struct blocklist *blocklist); /* accepts NULL */

size_t blocklist_count(const struct blocklist *blocklist);

/* form: the normal form, or what has none. */
bool blocklist_has(const struct blocklist *blocklist, struct str form);

#endif
