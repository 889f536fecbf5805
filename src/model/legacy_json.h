/*
 * legacy_json.h - the original project's files, in and out
 *
 * Purpose    .db_User.json and .db_UserSession.json: one JSON object, key = id, value = all
 *            attributes; times with a 'T'.  Objects that are there already stay as they are,
 *            so an import may be repeated.
 * Ownership  The caller's buffers.
 * Errors     Negative errno with a message: nothing was imported.  One object that cannot be
 *            taken is reported and counted, and does not stop the others.
 */
#ifndef MODEL_LEGACY_JSON_H
#define MODEL_LEGACY_JSON_H

#include "core/digest.h"
#include "model/user_sessions.h"
#include "model/users.h"

#define LEGACY_JSON_MAX_BYTES ((size_t)1 << 30)

struct legacy_json_report {
	uint64_t n_added, n_present, n_refused;

	/* Told about each refusal, if not NULL. */
	void (*refused)(void *arg, struct str id, const char *reason);
	void *arg;
};

/* All or nothing on the disk.  SHA-256 passwords come along and work until they are replaced.
 */
int legacy_json_read_users(
    struct users *users, struct str json, struct legacy_json_report *report, struct err *err);

/* The ids in the file are live cookies: they are digested here, with the realm of the site. */
int legacy_json_read_sessions(struct user_sessions *sessions, struct table *table,
    const struct digest_key *key, struct str realm, struct str json,
    struct legacy_json_report *report, struct err *err);

int legacy_json_write_users(struct users *users, struct buf *out);

/* session_id is a digest there: the original can read the file, but no cookie fits it. */
int legacy_json_write_sessions(struct user_sessions *sessions, struct buf *out);

#endif
