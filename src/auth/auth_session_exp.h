/*
 * auth_session_exp.h - AUTH_TYPE=session_exp_auth: sessions end SESSION_DURATION after login
 *
 * Purpose    A session is past when its creation + duration is before now, strictly; it does
 *            not slide.  The duration is that of the request at hand.  A session also carries
 *            the duration it was made with, and never outlives that one either.
 */
#ifndef AUTH_AUTH_SESSION_EXP_H
#define AUTH_AUTH_SESSION_EXP_H

#include "auth/auth_session.h"

extern const struct auth_ops auth_session_exp_ops;

int auth_session_exp_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner);

#endif
