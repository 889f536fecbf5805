/*
 * auth_session_db.h - AUTH_TYPE=session_db_auth: sessions that are kept in the UserSession file
 *
 * Purpose    A login is on the disk before its answer leaves, and so is a logout.  The session
 *            table is the index: checking a session touches no disk.
 */
#ifndef AUTH_AUTH_SESSION_DB_H
#define AUTH_AUTH_SESSION_DB_H

#include "auth/auth_session_exp.h"

extern const struct auth_ops auth_session_db_ops;

int auth_session_db_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES]);
int auth_session_db_end_session(const struct auth *auth, struct str session_id);

#endif
