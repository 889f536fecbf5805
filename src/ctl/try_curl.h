/*
 * try_curl.h - one request of a stranger, sent by the program curl
 *
 * Purpose    A finding is shown as the command that was run, so that it can be seen with it: it is
 *            the same vector of arguments.  (And a command that runs as root and opens the key of
 *            all sessions links no TLS.)
 * Calling    buf_init() of the answer's text once; try_curl_ask() as often as wanted.
 * Errors     Negative errno; -ENOENT: curl is not installed.
 */
#ifndef CTL_TRY_CURL_H
#define CTL_TRY_CURL_H

#include <stdio.h>

#include "core/buf.h"
#include "core/str.h"

/* curl(1), EXIT CODES. */
enum { TRY_CURL_NO_CONNECTION = 7, TRY_CURL_TIMED_OUT = 28 };

#define TRY_CURL_ANSWER_MAX_BYTES 65536 /* what is longer is cut off */

struct try_request {
	const char *url;    /* whom to ask */
	const char *target; /* what for, as it stands in the first line of the request */
	const char *method; /* NULL: GET */
	const char *const *headers; /* "Name: value", NULL after the last; or NULL */
	bool is_insecure, is_http10;
	bool is_loud; /* curl says why nothing comes */
};

struct try_answer {
	struct buf text; /* owned: head and body */
	int status;      /* 0: no answer */
	int curl_status; /* with which curl has ended */
	struct str head, body;
};

int try_curl_ask(const struct try_request *request, struct try_answer *ret);

/* The value of the next header of that name, or STR_NULL.  *rest begins as the head. */
struct str try_answer_next(struct str *rest, struct str name);
struct str try_answer_header(const struct try_answer *answer, struct str name);

/* As a command for a shell. */
void try_curl_print(FILE *to, const struct try_request *request);

#endif
