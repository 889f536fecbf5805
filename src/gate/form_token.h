/*
 * form_token.h - was this form filled in on a page of ours, in this browser?
 *
 * Purpose    Against other sites' pages that post a form of ours (CSRF), without state of the server:
 *            a cookie of random bits, and in the form a token that belongs to it.  Each says nothing
 *            without the other.
 * Source     OWASP's cheat sheet on CSRF, "Signed Double-Submit Cookie".
 * Ownership  Nothing is kept.
 * Errors     Negative errno: no randomness.
 * Threads    No state.
 */
#ifndef GATE_FORM_TOKEN_H
#define GATE_FORM_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/str.h"

#define FORM_COOKIE_BYTES 23 /* 128 bits in base64url, and NUL */
#define FORM_TOKEN_BYTES  (16 + 1 + 2 * DIGEST_TAG_BYTES + 1)
#define FORM_TOKEN_LIFE_S (24 * 60 * 60)

/* A fresh value of the cookie. */
int form_cookie_make(char ret_value[FORM_COOKIE_BYTES]);

/* Could it be one?  Who has one keeps it: else the forms in the browser's other tabs would be void. */
bool form_cookie_is_sound(struct str value);

/* What a token is for: it is good for nothing else. */
struct form_token_use {
	struct str cookie;  /* the form cookie's value */
	struct str realm;   /* AUTH_REALM */
	struct str action;  /* "login" */
	struct str session; /* the tag of the session that asks, or empty */
	struct str rd;      /* where it leads to afterwards, or empty */
};

void form_token_make(const struct digest_key *key, const struct form_token_use *use,
    int64_t wall_s, char ret_token[FORM_TOKEN_BYTES]);

/* Made for that use, in the last 24 hours?  It takes as long whatever is wrong with its digest. */
bool form_token_is_good(const struct digest_key *key, const struct form_token_use *use,
    int64_t wall_s, struct str token);

#endif
