/*
 * form.h - the fields of a posted form
 *
 * Purpose    application/x-www-form-urlencoded and multipart/form-data bodies into names and
 *            values.  Files are not fields.
 * Source     WHATWG URL standard section 5.1 (urlencoded); RFC 7578, RFC 2046 section 5.1.1
 *            (multipart); odd cases as werkzeug, which browsers and scripts agree with.
 * Calling    form_init(); form_find() any number of times; form_wipe() always.
 * Ownership  Values are borrowed from the form or from the body: until either goes.
 * Errors     Whatever form_init() returns, the form may be searched and must be wiped; on
 *            anything but 0 it has no fields.
 * Threads    No global state.
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/str.h"

#define FORM_FIELDS_MAX 1000 /* as werkzeug's max_form_parts */

enum {
	FORM_E_TYPE = 1,  /* Content-Type names neither kind */
	FORM_E_MALFORMED, /* no multipart body, or a field in a charset that is not read */
	FORM_E_TOO_MANY,  /* more than FORM_FIELDS_MAX fields */
};

enum {
	FORM_E_ABSENT = 1, /* no field of that name */
};

struct form {
	struct form_field *fields;
	size_t n_fields, n_room;
	struct buf memory; /* decoded names and values */
};

/* 0, FORM_E_TYPE, FORM_E_MALFORMED, FORM_E_TOO_MANY or -ENOMEM.  body may be STR_NULL: an empty one. */
int form_init(struct form *form, struct str content_type, struct str body);

/* 0 and ret_value of the first field called name, byte for byte; or FORM_E_ABSENT. */
int form_find(const struct form *form, struct str name, struct str *ret_value);

/* Frees, and overwrites what was decoded: it may have been a password. */
void form_wipe(struct form *form);

/*
 * Below it: the parts of a multipart/form-data body (RFC 2046 section 5.1.1, RFC 7578).  Like
 * werkzeug, lines may end in LF alone.  multipart_init(); multipart_next() until it returns
 * something else than 0; nothing is left to free.
 */
#define MULTIPART_BOUNDARY_MAX_BYTES \
	200 /* RFC 2046 says 70; werkzeug, and some clients, 200 \
	     */

enum {
	MULTIPART_E_END = 1, /* the closing boundary was there: no more parts */
	/* No boundary, no closing one, a part without its headers, or not ASCII in a charset that is
	 * not UTF-8. */
	MULTIPART_E_MALFORMED,
};

struct multipart {
	char delimiter[2 + MULTIPART_BOUNDARY_MAX_BYTES]; /* "--" and the boundary */
	size_t n_delimiter;
	struct str rest;
	bool is_closed;
};

struct multipart_part {
	struct str disposition; /* value of Content-Disposition */
	struct str type;        /* of Content-Type; STR_NULL: absent */
	bool has_filename;      /* a file, even if its name is empty */
	struct str body;
};

/* 0, MULTIPART_E_MALFORMED or -ENOMEM. */
int multipart_init(struct multipart *multipart, struct str content_type, struct str body);

/* 0 and the next part, MULTIPART_E_END, MULTIPART_E_MALFORMED or -ENOMEM. */
int multipart_next(struct multipart *multipart, struct multipart_part *ret_part);

#endif
