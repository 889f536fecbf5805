/*
 * answer.h - the shapes of answers: JSON, errors, the 405 page, what all answers carry
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
#define ANSWER_RETRY_AFTER_S 2
void answer_come_again(struct exchange *x);

/*
 * The same; failure is the negative errno behind it, logged once here.  HASHER_LATER is none: the
 * exchange will be answered again, once the hash is there.
 */
void answer_unavailable(struct exchange *x, const char *what, int failure);

/*
 * An outcome of enum authn: its status, and where it is a failed login, counted and logged once,
 * with the id of the user where the address has one.  The filter's answer does not tell whether
 * it has; a route's does.
 */
void answer_filtered(struct exchange *x, int authn, struct str email);
void answer_refused(struct exchange *x, int authn, struct str email);

/* 429 with Retry-After, for one that was noted already. */
void answer_throttled(struct exchange *x);

/* May it be the new password of the user with that address?  Else why not: "password is ...". */
bool answer_takes_password(
    const struct exchange *x, struct str password, struct str email, struct err *ret_why);

/* For the log: who asks for a change. */
struct log_field answer_actor(const struct exchange *x);

/* For a body that is written in place: sets status and type; then append to the result. */
struct buf *answer_json_body(struct exchange *x, int status);

/* The user, as the API shows one. */
void answer_user(struct exchange *x, int status, const struct user *user);

/* 409: see permission_kept_group(). */
void answer_last_administrator(struct exchange *x);

/* 405: the page of the original, and Allow. */
void answer_method_not_allowed(struct exchange *x, struct str allow);

/*
 * What every answer carries: nosniff, no-store, WWW-Authenticate on 401, CORS on every path under
 * the prefix, what the path rules refuse too, and every status.
 */
void answer_finish(struct exchange *x);

#endif
