/*
 * origin.h - the Origin of a request: whose page made the browser send it?
 *
 * Source     RFC 6454 section 6.2 (its text, which browsers write in lower case), RFC 9110
 *            section 7.2 (Host).
 * Threads    No state.
 */
#ifndef HTTP_ORIGIN_H
#define HTTP_ORIGIN_H

#include <stdbool.h>

#include "core/str.h"

/* Is it in a list that blanks or commas separate?  Byte for byte. */
bool origin_is_listed(struct str list, struct str origin);

/*
 * Is it the host of a request with this Host?  Of one that came over https a page of http is none:
 * whoever is on the way can write it.  A page of https is the host of one over http too: a server
 * behind something that ends TLS may not know of it.
 */
bool origin_is_host(struct str origin, struct str host, bool is_https);

/* Is its host the domain, or below it?  Else as that. */
bool origin_is_below(struct str origin, struct str domain, bool is_https);

#endif
