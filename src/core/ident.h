/*
 * ident.h - ids: version 4 UUIDs of objects, and UUIDs or tokens of login sessions
 *
 * Source     RFC 9562 sections 4 and 5.4.  Bytes come from random_fill(), which fails closed;
 *            libuuid only formats.
 * Ownership  The caller's memory.
 */
#ifndef CORE_IDENT_H
#define CORE_IDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

#define IDENT_BYTES      16
#define IDENT_TEXT_BYTES 37 /* 36 characters and NUL */

#define IDENT_SESSION_BYTES 44 /* of a login session: a UUID, or 43 characters; and NUL */

/* 0 and a new id as lower-case text, or negative errno (no randomness: refuse). */
int ident_new(char ret_text[IDENT_TEXT_BYTES]);

/* The same, 256 random bits in base64url (RFC 4648 section 5): 43 characters. */
int ident_new_token(char ret_text[IDENT_SESSION_BYTES]);

/* Exactly 36 characters, lower-case hex, hyphens in place: true and the 16 bytes. */
bool ident_parse(struct str text, uint8_t ret_bytes[IDENT_BYTES]);

void ident_format(const uint8_t bytes[IDENT_BYTES], char ret_text[IDENT_TEXT_BYTES]);

#endif
