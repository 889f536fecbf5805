/*
 * percent.h - percent-decoding, once
 *
 * Source     RFC 3986 section 2.1; for forms the WHATWG URL standard, section 5.1.
 * Ownership  Decoded bytes are appended to the caller's buffer; its error is sticky.
 * Threads    No global state.
 */
#ifndef CORE_PERCENT_H
#define CORE_PERCENT_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

/* The byte that the escape at the start of text stands for, 0 to 255; -1: there is none. */
int percent_escape(struct str text);

/* Append text with its escapes replaced.  What is no escape stays as it is. */
void percent_decode(struct str text, struct buf *out);

/* The same for a name or a value of a form, where `+` is a blank. */
void percent_decode_form(struct str text, struct buf *out);

#endif
