/*
 * auth_session.h - AUTH_TYPE=session_auth: a user by a login session in the shared table
 */
#ifndef AUTH_AUTH_SESSION_H
#define AUTH_AUTH_SESSION_H

#include "auth/auth.h"

struct auth_session {
	struct auth auth;
	enum table_kind kind; /* goes into the digest of the id */
};

extern const struct auth_ops auth_session_ops;

void auth_session_init(
    struct auth_session *self, struct auth_env *env, const struct request_settings *settings);

int auth_session_current_user(
    const struct auth *auth, const struct request *request, struct user **ret_user);
int auth_session_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES]);
int auth_session_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES]);
int auth_session_end_session(const struct auth *auth, struct str session_id);
int auth_session_destroy_session(const struct auth *auth, const struct request *request);

/* For the types built on this one: the digest of an id, with kind and realm in it. */
struct digest_tag auth_session_tag(const struct auth_session *self, struct str session_id);

/* A fresh id and the table entry for it; not inserted.  0, AUTH_E_NONE, negative errno. */
int auth_session_new_entry(const struct auth_session *self, struct str user_id,
    uint32_t lifetime_s, char ret_session_id[IDENT_TEXT_BYTES], struct table_entry *ret_entry);

/*
 * Note that a session which was found, and is alive by its type's rules, is in use now: one
 * store a minute, whatever the number of requests, and no lock.  No verdict depends on it.
 */
void auth_session_note_use(
    const struct auth_session *self, const struct table_entry *entry, int64_t now_ms);

/* The entry of a live session, or AUTH_E_NONE. */
int auth_session_find(
    const struct auth_session *self, struct str session_id, struct table_entry *ret_entry);

#endif
