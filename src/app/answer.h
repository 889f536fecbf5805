/*
 * answer.h - the shapes of answers: JSON, errors, the 405 page
 */
#ifndef APP_ANSWER_H
#define APP_ANSWER_H

#include "app/exchange.h"
#include "core/log.h"

/* body: JSON text, its final newline included. */
void answer_json(struct exchange *x, int status, struct str body);

/* {"error": "<text>"} */
void answer_error(struct exchange *x, int status, struct str text);

/* The error with the usual text of that status. */
void answer_status(struct exchange *x, int status);

/* 503 with Retry-After. */
void answer_come_again(struct exchange *x);

/*
 * The same; failure is the negative errno behind it, logged once here.  HASHER_LATER is none: the
 * exchange will be answered again, once the hash is there.
 */
void answer_unavailable(struct exchange *x, const char *what, int failure);

/*
 * Credentials for that address were refused, by a form or by a header: counted, and logged once,
 * here, with the id of the user where there is one.  The answer is the caller's.
 */
#define ANSWER_UNKNOWN_USER   "no user found for this email"
#define ANSWER_WRONG_PASSWORD "wrong password"
void answer_note_failed_login(struct exchange *x, struct str email, const char *reason);

/* For the log: who asks for a change. */
struct log_field answer_actor(const struct exchange *x);

/* For a body that is written in place: sets status and type; then append to the result. */
struct buf *answer_json_body(struct exchange *x, int status);

/* The user, as the API shows one. */
void answer_user(struct exchange *x, int status, const struct user *user);

/* 405: the page of the original, and Allow. */
void answer_method_not_allowed(struct exchange *x, struct str allow);

/* What every answer carries: nosniff, no-store, WWW-Authenticate on 401, CORS. */
void answer_finish(struct exchange *x);

#endif
