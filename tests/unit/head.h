/*
 * head.h - the head of an answer, parsed as a web server does, for tests
 *
 * Purpose    A text search sees a field that is wanted, and not that it is there twice.
 * Calling    head_body() once for an answer, then head_value().
 * Errors     A head that is no head fails the test: RFC 3875 section 6.3 and RFC 9110 section 5.
 */
#ifndef UNIT_HEAD_H
#define UNIT_HEAD_H

#include <stdbool.h>

/*
 * The body behind the head, which begins with a Status, has one line for each field, and no field
 * twice but Set-Cookie (RFC 6265 section 3).
 */
const char *head_body(const char *answer);

/* The same of fields alone, without Status and empty line. */
void head_check_fields(const char *fields);

/* The value of the field, in any case of letters, or NULL.  Lives a few calls. */
const char *head_value(const char *answer, const char *name);

#endif
