/*
 * json.h - the JSON body of a request, and JSON as this API writes it
 *
 * Purpose    Of answers: what is not ASCII is written as \uxxxx, with surrogate pairs, and `/` as
 *            it is, byte for byte as Python's json.dumps() does.  json-c's own printer differs in
 *            that.  The objects of answers have fixed shapes: each is written where it is known,
 *            in two blanks of indentation and with its members sorted by name.
 * Source     RFC 8259, strictly: what the grammar does not name is refused.  json-c parses;
 *            what its strict mode lets through is refused before, and what the strict
 *            mode of some versions wrongly refuses is written in another way (see json.c).
 * Ownership  The caller owns the object: json_wipe() ends it.
 * Threads    No global state.
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <stdint.h>

#include "core/buf.h"
#include "core/str.h"

struct json_object;
struct request;

#define JSON_DEPTH_MAX 8 /* arrays and objects inside one another */

enum {
	JSON_E_TYPE = 1, /* Content-Type is neither application/json nor application/...+json */
	JSON_E_SYNTAX,   /* the body is not one JSON value, or is nested too deeply */
};

/*
 * Parse the body.  0 and ret_value, JSON_E_TYPE, JSON_E_SYNTAX, or -ENOMEM.
 *
 * ret_value is NULL for the JSON value null (so json-c represents it).  Of two members with
 * one name the last counts.  Strings are valid UTF-8 and may hold NUL: ask
 * json_object_get_string_len().  A NUL in the name of a member has become
 * U+FFFD.  Refused as JSON_E_SYNTAX, though the grammar has it: an escaped surrogate without
 * its other half (UTF-8 has no such character).
 */
int json_parse_body(const struct request *request, struct json_object **ret_value);

/* Overwrite the strings of value, or of its members (perhaps passwords), and free it.  NULL:
 * ok. */
void json_wipe(struct json_object *value);

/*
 * Append text as a string with its quotes.  A byte that is no UTF-8 becomes \ufffd.  Errors are
 * sticky, in the buffer: -ENOMEM or -EMSGSIZE.
 */
void json_write_string(struct buf *out, struct str text);

/* Append the escape of one character: two letters where JSON has such, else \uxxxx. */
void json_write_escape(struct buf *out, uint32_t code);

#endif
