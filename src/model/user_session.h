/*
 * user_session.h - one login session that is kept in the file
 *
 * Purpose    user_id, session_id and, beyond the original, the limits it was given.
 *            session_id is a digest (core/digest.h) in hexadecimal: reading the file opens no
 *            session.
 * Ownership  As in base.h.
 */
#ifndef MODEL_USER_SESSION_H
#define MODEL_USER_SESSION_H

#include "core/digest.h"
#include "model/base.h"
#include "table/table.h"

#define USER_SESSION_KEY_BYTES (2 * DIGEST_TAG_BYTES + 1)
#define USER_SESSION_USER_BYTES \
	IDENT_TEXT_BYTES /* a UUID, or other text of at most 15 bytes \
			  */

struct user_session {
	struct base base;
	char user_id[USER_SESSION_USER_BYTES];
	char session_id[USER_SESSION_KEY_BYTES];
	uint32_t duration_s; /* 0: never expires */
	uint32_t idle_s;     /* ends when unused for so long; 0: never */
	bool is_remembered;
};

extern const struct base_model user_session_model;

/* -EINVAL: user_id is too long.  Else as base_init(). */
int user_session_init(struct user_session *session, struct str user_id,
    const struct digest_tag *tag, uint32_t duration_s);

/*
 * From the value of a journal record, without allocating in the usual case: a restart reads a
 * million of them.
 */
bool user_session_read(struct user_session *session, struct str json);

/*
 * What is kept in the place of a session id: digested with its kind and its realm, so that
 * neither a memory session nor another site's opens anything here.
 */
struct digest_tag user_session_digest(const struct digest_key *key, enum table_kind kind,
    struct str realm, struct str session_id);

/*
 * Its own duration has passed, by the wall clock; or its idle limit, if it was not used since its
 * login, and the journal knows of no use.
 */
bool user_session_is_past(const struct user_session *session, int64_t wall_ms);

struct digest_tag user_session_tag(const struct user_session *session);
void user_session_key(const struct digest_tag *tag, char ret_key[USER_SESSION_KEY_BYTES]);

/*
 * A user id in 16 bytes, as the session table keeps it.  A UUID is packed; other text of at most
 * 15 bytes (the API takes any text for a user id) is kept as it is, marked by a variant that no
 * UUID of RFC 9562 has.  False: neither a UUID nor at most 15 bytes without NUL.
 */
bool user_session_pack_owner(struct str user_id, struct table_owner *ret_owner);
void user_session_unpack_owner(
    const struct table_owner *owner, char ret_user_id[IDENT_TEXT_BYTES]);

/* When it was last seen, boot clock: a session that was never used since its login, then. */
int64_t user_session_seen_ms(const struct table_entry *entry);

/* The UUID that is packed there; NULL: it is other text. */
const uint8_t *user_session_owner_uuid(const struct table_owner *owner);

#endif
