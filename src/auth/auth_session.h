/*
 * auth_session.h - AUTH_TYPE=session_auth: a user by a login session in the shared table
 */
#ifndef AUTH_AUTH_SESSION_H
#define AUTH_AUTH_SESSION_H

#include "auth/auth.h"

extern const struct auth_ops auth_session_ops;

int auth_session_current_user(const struct auth *auth, struct user **ret_user);
int auth_session_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES]);
int auth_session_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner);
int auth_session_end_session(const struct auth *auth, struct str session_id);

/* For the types built on this one: the digest of an id, with kind and realm in it. */
struct digest_tag auth_session_tag(const struct auth *auth, struct str session_id);

/*
 * A fresh id and the table entry for it; not inserted.  0, AUTHN_UNKNOWN_USER, negative errno.
 */
int auth_session_new_entry(const struct auth *auth, struct str user_id,
    char ret_session_id[IDENT_SESSION_BYTES], struct table_entry *ret_entry);

/* The entry of a session that has not ended, or AUTHN_NO_SESSION. */
int auth_session_find(const struct auth *auth, struct str session_id, int64_t now_ms,
    struct table_entry *ret_entry);

/*
 * Note that a session which was found, and is alive by its type's rules, is in use now: a store
 * a minute, or 16 in its idle limit, whatever the number of requests, and no lock.  0;
 * AUTHN_NO_SESSION: it has been unused for too long, or has ended meanwhile.
 */
int auth_session_note_use(
    const struct auth *auth, const struct table_entry *entry, int64_t now_ms);

#endif
