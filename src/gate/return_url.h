/*
 * return_url.h - where a visitor goes after signing in or out
 *
 * Purpose    The address comes from a link that anybody may have made: it must lead back to this host,
 *            or to one that the operator has named, whatever a browser makes of it.
 * Source     RFC 3986 sections 3 and 5.2; the WHATWG URL standard sections 4.4 and 4.5, which takes `\`
 *            for `/`, and drops tabs and line ends.
 * Ownership  Nothing is kept.
 * Threads    No state.
 */
#ifndef GATE_RETURN_URL_H
#define GATE_RETURN_URL_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

#define RETURN_URL_MAX_BYTES 2048 /* of what comes */

struct return_url_rules {
	struct str prefix; /* GATE_PREFIX: what is below it is no place to return to */
	struct str hosts;  /* GATE_RETURN_HOSTS: host_list.h */
	bool is_https;     /* the request is: then http:// is none */
};

/*
 * May the visitor be sent to url?  If so it is appended to out, written anew: visible ASCII
 * without `" < > \ ^ ` { | }`, each `%` with two digits behind it.  So it can be the value of a
 * Location header as it is, and is taken again as it is.
 *
 * A path of this host; or http:// or https:// with a host that is in the list, in that spelling, and
 * a path.  Not: what begins with `//` or `/\`, or has a segment `.` or `..` or a control byte, all
 * of them also after one and after two decodings; `\` in the path, or a `%` in it without its two
 * digits; what is below the prefix.
 */
bool return_url_rewrite(struct str url, const struct return_url_rules *rules, struct buf *out);

/*
 * Append the value that a login page's rd has for request_uri: origin ("https://www.example.org",
 * or empty) and it, its slashes at the beginning made one, all but `A-Za-z0-9-._~/` as %XX.
 */
void return_url_quote(struct str origin, struct str request_uri, struct buf *out);

#endif
