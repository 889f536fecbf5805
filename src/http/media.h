/*
 * media.h - media types and header parameters
 *
 * Purpose    Content-Type and Content-Disposition share one grammar:
 *            value *( ";" name "=" ( token / quoted-string ) ).
 * Source     RFC 9110 sections 5.6.4 (quoted-string), 5.6.6 (parameters), 8.3.1 (media type).
 * Ownership  Views are borrowed from the header.
 * Threads    No global state.
 */
#ifndef HTTP_MEDIA_H
#define HTTP_MEDIA_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/str.h"

/* What stands before the parameters, trimmed. */
struct str media_type(struct str header);

/*
 * The parameter called name (any case; the first of two): true, and its value appended to
 * out (NULL: not wanted) without its quotes and their escapes.  A `;` inside quotes belongs to
 * the value.
 */
bool media_parameter(struct str header, struct str name, struct buf *out);

#endif
