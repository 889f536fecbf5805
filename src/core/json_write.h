/*
 * json_write.h - texts in JSON, as this API and the journal write them
 *
 * Purpose    What is not ASCII is written as \uxxxx, with surrogate pairs, and `/` as it is, byte for
 *            byte as Python's json.dumps() does.  json-c's own printer differs in that.  Objects
 *            have fixed shapes: each is written where it is known; in answers with two blanks of
 *            indentation and with its members sorted by name.
 * Errors     Sticky, in the buffer: -ENOMEM or -EMSGSIZE.
 * Threads    No global state.
 */
#ifndef CORE_JSON_WRITE_H
#define CORE_JSON_WRITE_H

#include <stdint.h>

#include "core/buf.h"
#include "core/str.h"

/* Append text as a string with its quotes.  A byte that is no UTF-8 becomes \ufffd. */
void json_write_string(struct buf *out, struct str text);

/* Append the escape of one character: two letters where JSON has such, else \uxxxx. */
void json_write_escape(struct buf *out, uint32_t code);

#endif
