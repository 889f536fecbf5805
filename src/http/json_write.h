/*
 * json_write.h - JSON as this API writes it
 *
 * Purpose    Byte for byte what Python's json.dumps(value, sort_keys=True, indent=2) makes:
 *            two blanks of indentation, `"key": value`, members sorted by name, everything
 *            but ASCII as \uxxxx with surrogate pairs, `/` as it is, `[]` and `{}` when empty.
 *            json-c's own printer differs in nearly all of that.  (A fraction is written as
 *            json-c holds it, 1.5e+3 for 1500.0 where it was read so: this API has none.)
 * Source     RFC 8259 section 7 (strings).
 * Calling    json_write() for json-c objects; or, for objects of a fixed shape, the text by
 *            hand and json_write_string() for what is not fixed.
 * Errors     Sticky, in the buffer: -ENOMEM or -EMSGSIZE.
 * Threads    No global state.
 */
#ifndef HTTP_JSON_WRITE_H
#define HTTP_JSON_WRITE_H

#include <stdint.h>

#include <json-c/json_object.h>

#include "core/buf.h"
#include "core/str.h"

/* Append value (NULL: null) and one newline. */
void json_write(struct buf *out, struct json_object *value);

/* Append text as a string with its quotes.  A byte that is no UTF-8 becomes \ufffd. */
void json_write_string(struct buf *out, struct str text);

/* Append the escape of one character: two letters where JSON has such, else \uxxxx. */
void json_write_escape(struct buf *out, uint32_t code);

#endif
