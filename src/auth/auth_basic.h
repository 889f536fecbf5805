/*
 * auth_basic.h - AUTH_TYPE=basic_auth: a user by the Authorization header
 *
 * Source     RFC 7617 section 2: "Basic", one blank, strict Base64 (RFC 4648 section 4) of
 *            UTF-8 text, address and password split at the first colon.
 */
#ifndef AUTH_AUTH_BASIC_H
#define AUTH_AUTH_BASIC_H

#include "auth/auth.h"

extern const struct auth_ops auth_basic_ops;

/* What follows "Basic "; STR_NULL for any other header. */
struct str auth_basic_extract_base64(struct str header);

/* Decoded into out (a secret: buf_wipe()); false: not Base64, or not UTF-8. */
bool auth_basic_decode_base64(struct str base64, struct buf *out);

/* Split at the first colon; false without one. */
bool auth_basic_extract_credentials(
    struct str decoded, struct str *ret_email, struct str *ret_password);

/* The address that a request's credentials name, in memory (wipe it); STR_NULL: there are none. */
struct str auth_basic_address(const struct request *request, struct buf *memory);

int auth_basic_current_user(const struct auth *auth, struct user **ret_user);

#endif
