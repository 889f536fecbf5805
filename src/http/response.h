/*
 * response.h - one answer, built whole before a byte of it leaves
 *
 * Purpose    Status, headers, body; and its form as a CGI document response.
 * Source     RFC 3875 section 6; RFC 9110 sections 5.1, 5.5 (header names and values).
 * Calling    response_init(); set status, headers, body; response_format(); response_fini().
 *            response_clear() starts over (an error replaces a half-made answer) and keeps
 *            memory.
 * Ownership  The response owns copies of everything but the content type.
 * Errors     Sticky, like struct buf: response_error() is 0, -ENOMEM, -EMSGSIZE, or -EINVAL (a
 *            name that is no token, a value with CR, LF, NUL or another control character, a
 *            status that is none: never emitted).  Then nothing may be sent but a 500.
 * Threads    No global state.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define RESPONSE_HEADERS_MAX_BYTES (16 * 1024)
#define RESPONSE_BODY_MAX_BYTES    (256 * 1024 * 1024) /* a list of some 800000 users */

struct response {
	int status;              /* 200 until set */
	struct buf headers;      /* "Name: value\r\n" each; not Status, not Content-Length */
	struct str content_type; /* borrowed; STR_NULL: none */
	struct buf body;  /* views may append to it after response_set_body(type, STR_NULL) */
	bool is_bodiless; /* nothing follows the headers, and none of them says how much */
	int error;
};

void response_init(struct response *response);
void response_fini(struct response *response);
void response_clear(struct response *response);

/*
 * Adds one header line; existing ones of that name stay.  Status, Content-Type and
 * Content-Length are not set this way (-EINVAL): each leaves exactly once.
 */
void response_add_header(struct response *response, struct str name, struct str value);

/* Header lines that are written in the source, each with its CR LF: nobody looks at them. */
void response_add_fixed(struct response *response, struct str lines);

/*
 * Replaces the body and sets Content-Type (the only way to set it), which is borrowed as long as
 * the response lives.
 */
void response_set_body(struct response *response, struct str content_type, struct str body);

int response_error(const struct response *response);

/*
 * The whole CGI answer, appended to out: Status, Content-Type if there is one, the headers,
 * Content-Length (also of an empty body, but not where is_bodiless), blank line, and the body unless without_body (HEAD).
 * A response with an error is not formatted: out gets the error instead.
 */
void response_format(const struct response *response, bool without_body, struct buf *out);

/* "Not Found" for 404; "Unknown" for what this program never answers. */
const char *status_reason(int status);

#endif
