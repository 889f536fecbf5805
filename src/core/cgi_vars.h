/*
 * cgi_vars.h - the variables of one request, as CGI and FastCGI hand them over
 *
 * Purpose    A NULL-terminated array of "NAME=value" strings: the environment of a CGI
 *            program and FCGX_Request.envp have the same shape.  One pass collects what a
 *            caller wants, because a request has 30 of them and wants a dozen.
 * Source     RFC 3875 section 4.1; FastCGI 1.0 section 6.2.
 * Ownership  Values are borrowed from the array.
 */
#ifndef CORE_CGI_VARS_H
#define CORE_CGI_VARS_H

#include <stddef.h>

#include "core/str.h"

#define PARAMS_WANTS_MOST 64

struct cgi_vars_want {
	struct str name;
	struct str *ret_value; /* the first one's value, STR_NULL when absent */
	size_t *ret_count;     /* how often it came; may be NULL */
};

void cgi_vars_collect(
    const char *const *params, const struct cgi_vars_want *wants, size_t n_wants);

#endif
