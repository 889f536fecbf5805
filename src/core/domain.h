/*
 * domain.h - a domain of the DNS, and the hosts below it: what COOKIE_DOMAIN may be
 *
 * Source     RFC 1034 section 3.1, RFC 1123 section 2.1; RFC 6265 section 5.1.3 (domain-match).
 * Threads    No state.
 */
#ifndef CORE_DOMAIN_H
#define CORE_DOMAIN_H

#include <stdbool.h>

#include "core/str.h"

/* Two labels or more, and no address of IPv4; no dot at either end. */
bool domain_is_valid(struct str text);

/* Is the host (or host:port) the domain, or below it?  Without regard to the case of A-Z. */
bool domain_has(struct str domain, struct str host);

#endif
