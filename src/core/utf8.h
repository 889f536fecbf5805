/*
 * utf8.h - is this UTF-8, and which characters are they
 *
 * Source     RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.  Categories are
 *            those of Unicode 14.0.
 * Threads    No global state.
 */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "core/str.h"

/* How many bytes the first character of text has, and ret_code; 0: text begins with none. */
size_t utf8_next(struct str text, uint32_t *ret_code);

/* Empty text is valid. */
bool utf8_is_valid(struct str text);

/*
 * A control, a format character or a line end (categories Cc, Cf, Zl, Zp): what drives a terminal,
 * turns the direction of text, or is there and not seen.
 */
bool utf8_is_unsafe(uint32_t code);

/* A blank of any width (White_Space). */
bool utf8_is_blank(uint32_t code);

#endif
