/*
 * host_list.h - hosts that an operator has named: "www.example.org *.example.net:8443"
 *
 * Purpose    Blanks and tabs separate; each is a host, or `*.` and what follows one label or more;
 *            with a port, or without one.
 * Source     RFC 3986 section 3.2 (authority), RFC 1123 section 2.1 (labels).
 * Threads    No state.
 */
#ifndef CORE_HOST_LIST_H
#define CORE_HOST_LIST_H

#include <stdbool.h>

#include "core/str.h"

/* In words that follow "must be ". */
#define HOST_LIST_RULE \
	"empty, or hosts with blanks between them: www.example.org, *.example.net:8443"

/* "www.example.org" or "www.example.org:8443": labels of letters, digits and hyphens; 1 to 65535. */
bool host_list_is_host(struct str text);

/* Are all of them hosts, or `*.` before one? */
bool host_list_is_valid(struct str list);

/* Is that host (or host:port) among them?  Without regard to the case of A-Z, else literally. */
bool host_list_has(struct str list, struct str host);

#endif
