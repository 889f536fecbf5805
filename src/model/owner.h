/*
 * owner.h - a user id in 16 bytes, as the session table keeps it
 *
 * Purpose    A UUID is packed into its 16 bytes; other text of at most 15 bytes (the API takes
 *            any text for a user id) is kept as it is, marked by a variant that no UUID of
 *            RFC 9562 has.
 */
#ifndef MODEL_OWNER_H
#define MODEL_OWNER_H

#include <stdbool.h>

#include "core/ident.h"
#include "table/table.h"

/* False: neither a UUID nor at most 15 bytes without NUL. */
bool owner_pack(struct str user_id, struct table_owner *ret_owner);

void owner_unpack(const struct table_owner *owner, char ret_user_id[IDENT_TEXT_BYTES]);

#endif
