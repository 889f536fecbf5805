/*
 * multipart.h - the parts of a multipart/form-data body
 *
 * Source     RFC 2046 section 5.1.1 (boundaries), RFC 7578 (form-data).  Like werkzeug, lines
 *            may end in LF alone.
 * Calling    multipart_init(); multipart_next() until it returns something else than 0.
 * Ownership  Views are borrowed from the body.  Nothing is left to free.
 * Threads    No global state.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include <stdbool.h>

#include "core/str.h"

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
