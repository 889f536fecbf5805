/*
 * cookie.h - read one cookie from a request, write one to a response
 *
 * Purpose    The Cookie and Set-Cookie lines, nothing about login sessions.
 * Source     RFC 6265 sections 4.1 (Set-Cookie), 4.2 and 5.4 (Cookie), 5.2 (attributes).
 * Ownership  Views returned by cookie_find() live as long as the header string.
 * Units      Max-Age in seconds.
 * Threads    No global state.
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/str.h"

enum {
	COOKIE_E_ABSENT = 1, /* no cookie of that name */
};

enum cookie_same_site {
	COOKIE_SAME_SITE_LAX,
	COOKIE_SAME_SITE_STRICT,
	COOKIE_SAME_SITE_NONE,
};

struct cookie {
	struct str prefix; /* of its name: "__Host-", or empty */
	struct str name;   /* a token */
	struct str value;
	struct str path;
	bool http_only;
	bool secure;
	enum cookie_same_site same_site;
	int64_t max_age_s; /* -1: until the browser ends; 0: expire it now */
	struct str domain; /* empty: the host alone */
};

/*
 * Find the cookie called prefix and name in header (STR_NULL: there is none).
 * 0 and ret_value (borrowed from header), or COOKIE_E_ABSENT.
 *
 * Pairs are split at `;`, blanks and tabs around them trimmed (SP and HTAB only: other
 * "blanks" of Unicode are part of a name), the first `=` splits a pair, blanks around name and
 * value are trimmed, a pair of double quotes around the value is removed.  Nothing is decoded,
 * `$Version` is a name like any other, names are compared byte for byte, the first of two
 * wins.  A pair without `=` has no name.  ret_value may be empty: "sid=" is present.
 */
int cookie_find(struct str header, struct str prefix, struct str name, struct str *ret_value);

/* Is there another cookie of that name, with another value than the first? */
bool cookie_is_ambiguous(struct str header, struct str prefix, struct str name);

/* A token (RFC 9110 section 5.6.2): what a cookie, a header or a method may be called. */
bool cookie_is_token(struct str name);

/*
 * Append the value of a Set-Cookie header.  A name that is no token, or a value, path or domain with a
 * byte that RFC 6265 section 4.1.1 does not allow, makes the buffer's error -EINVAL: nothing
 * that a peer chose can add an attribute or a header.
 */
void cookie_format(struct buf *out, const struct cookie *cookie);

#endif
