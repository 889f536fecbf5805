/*
 * session_list.h - login sessions as people see them: of one user or of all, each with a handle
 *
 * Purpose    A handle names a session and opens nothing: it is a keyed digest of the session's
 *            tag, which is itself a keyed digest of the id.  It stays the same as long as the
 *            session lives, whatever moves in the table, and in every process.
 * Ownership  session_list_fini() frees all.
 * Errors     Negative errno.
 */
#ifndef MODEL_SESSION_LIST_H
#define MODEL_SESSION_LIST_H

#include "model/user_sessions.h"

/* Hexadecimal, so that none begins with a hyphen; 80 bits: no two of all sessions are alike. */
#define SESSION_HANDLE_BYTES 21

struct session_list {
	struct table_entry *entries; /* newest first, none twice */
	size_t n, room;
};

#define SESSION_LIST_NULL ((struct session_list){ .entries = NULL })

/* owner NULL: of all users.  Both kinds, whatever their realm.  It takes as long as a walk over the table. */
int session_list_read(struct session_list *list, const struct digest_key *key,
    struct table *table, const struct table_owner *owner);
void session_list_fini(struct session_list *list);

void session_handle(const struct digest_key *key, const struct digest_tag *tag,
    char ret_handle[SESSION_HANDLE_BYTES]);

/* Could it be one? */
bool session_handle_is_sound(struct str handle);

/* The one with that handle; NULL: none. */
const struct table_entry *session_list_find(
    const struct session_list *list, const struct digest_key *key, struct str handle);

#endif
