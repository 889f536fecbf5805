/*
 * ask.h - a request to the site, and its answer, in one line of a test
 *
 * Calling    ask((struct ask){ "GET", "/api/v1/status" }); then look at `answer`, which lives
 *            until the next ask().
 * Errors     An answer that no answer may be, whatever was asked, fails the test.
 */
#ifndef UNIT_APP_ASK_H
#define UNIT_APP_ASK_H

#include "unit/site.h"

#define ASK_PARAMS_MAX 12

struct ask {
	const char *method, *path;
	const char *auth_type; /* NULL: none, so that all may come in */
	const char *cookie;    /* of _my_session_id */
	const char *basic;     /* "address:password" */
	const char *type;      /* of the body */
	const char *body;
	const char *params[ASK_PARAMS_MAX]; /* "NAME=value" */
};

struct answer {
	int status;
	struct buf text;
	const char *body;
};

extern struct answer answer;

/* The status, too, as result. */
int ask(struct ask ask);

/* Of answer.text: status and body, and what holds for every answer. */
void answer_split(bool is_head);

/* The value of the answer's header; NULL: absent.  Lives a few calls. */
const char *answer_header(const char *name);

/* {"error": text} */
void answer_is_error(int status, const char *text);

/* The id in Set-Cookie, of either kind; copied. */
void answer_session_id(char id[IDENT_SESSION_BYTES]);

#endif
