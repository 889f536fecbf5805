/*
 * fields.h - the texts of a body that is a JSON object or a form, as its sender likes
 *
 * Calling    fields_init(); fields_find() any number of times; fields_wipe() always.
 * Ownership  Values are borrowed from the fields or from the body: until either goes.
 * Errors     Whatever fields_init() returns, the fields may be searched and must be wiped; on
 *            anything but 0 there are none.
 * Threads    No global state.
 */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "http/form.h"
#include "http/request.h"

enum {
	FIELDS_E_FORMAT = 1, /* neither a JSON object nor a form */
	FIELDS_E_TOO_MANY,   /* form.h */
};

enum {
	FIELDS_E_ABSENT = 1, /* no field of that name, or an empty one */
	FIELDS_E_NO_TEXT,    /* a member of another type, null too */
};

struct json_object;

struct fields {
	struct json_object *json; /* NULL: the form counts */
	struct form form;
};

/* 0, FIELDS_E_FORMAT, FIELDS_E_TOO_MANY or -ENOMEM. */
int fields_init(struct fields *fields, const struct request *request);

/* 0 and ret_text, FIELDS_E_ABSENT or FIELDS_E_NO_TEXT. */
int fields_find(const struct fields *fields, const char *name, struct str *ret_text);

/* Frees, and overwrites what was decoded: it may have been a password. */
void fields_wipe(struct fields *fields);

#endif
