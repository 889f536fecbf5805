/*
 * json.h - the JSON body of a request
 *
 * Source     RFC 8259, strictly: what the grammar does not name is refused.  json-c parses;
 *            what its strict mode lets through is refused before, and what the strict
 *            mode of some versions wrongly refuses is written in another way (see json.c).
 * Ownership  The caller owns the object: json_wipe() ends it.
 * Threads    No global state.
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

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

#endif
