/*
 * auth.h - who sent this request?
 *
 * Purpose    The chain of the original: auth -> auth_basic, auth -> auth_session ->
 *            auth_session_exp -> auth_session_db.  Each has a table of operations; an override
 *            calls its parent's exported function by name.
 * Calling    registry_find() (registry.h) for the AUTH_TYPE of a request, auth_init(); then
 *            auth_filter(), or the operations.
 * Ownership  The objects are small, made per request on the stack, and own nothing.
 * Errors     "Nobody" and "no session" are outcomes: enum authn.  Negative errno is a failure of
 *            the journal, the table or the hash: it is never a verdict, the request is refused
 *            (503; -EBUSY: too many password hashes, come again).
 * Threads    Objects are not shared; struct auth_env is, by all threads.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "conf/request_settings.h"
#include "core/digest.h"
#include "core/ident.h"
#include "http/request.h"
#include "model/user_sessions.h"
#include "model/users.h"
#include "password/authn.h"
#include "password/credential_cache.h"
#include "password/hasher.h"
#include "table/table.h"
#include "throttle/throttle.h"

/* What the chain works with: made once per process, borrowed by every object. */
struct auth_env {
	struct users *users;
	struct user_sessions *user_sessions;
	struct table *table;
	struct digest_key key;
	struct admission admission;
	struct throttle throttle;
	struct credential_cache *verified;
	unsigned hash_cost;
};

enum auth_challenge {
	AUTH_CHALLENGE_COOKIE, /* a scheme on which browsers open no dialogue */
	AUTH_CHALLENGE_BASIC,
};

struct auth;

/* One AUTH_TYPE. */
struct auth_ops {
	struct str name; /* the value of AUTH_TYPE */
	enum auth_challenge challenge;
	bool admits_all;              /* whoever it is, without asking */
	bool has_sessions;            /* those of session_kind */
	bool heeds_duration;          /* its sessions end by time */
	enum table_kind session_kind; /* goes into the digest of the id */

	/*
	 * Who sent this?  0 and ret_user (a reference), or enum authn: nobody.  It waits for
	 * nothing but a hash, which may be HASHER_LATER.
	 */
	int (*current_user)(const struct auth *auth, struct user **ret_user);

	/*
	 * Start a login session.  0 and its id; AUTHN_SESSIONLESS; AUTHN_UNKNOWN_USER: user_id is
	 * absent or too long to be one.  -ENOSPC: the table is full.
	 */
	int (*create_session)(const struct auth *auth, struct str user_id,
	    char ret_session_id[IDENT_SESSION_BYTES]);

	/* Whose session is it?  0 and the owner's id in 16 bytes, or enum authn. */
	int (*owner_of_session)(
	    const struct auth *auth, struct str session_id, struct table_owner *ret_owner);

	/*
	 * End that session, if it is alive, in every process.  0; AUTHN_NO_SESSION: it is not
	 * alive, or somebody else ended it at the same time; AUTHN_SESSIONLESS.
	 */
	int (*end_session)(const struct auth *auth, struct str session_id);
};

/* Of one request. */
struct auth {
	const struct auth_ops *ops; /* NULL: no type has that name, and nobody gets in */
	struct auth_env *env;
	const struct request_settings *settings;
	const struct request *request; /* NULL: none; who works for the operator */
	struct str session_id;         /* in its cookie; STR_NULL: absent or empty */
	bool is_remembered;            /* what create_session() makes is */
	struct hasher hasher;
	struct throttle_attempt *attempt; /* NULL: passwords are looked at as often as asked */
};

/* AUTH_TYPE "auth" and "none". */
extern const struct auth_ops auth_ops, auth_none_ops;

/* hashes: where passwords to be hashed are noted; NULL: they are hashed at once. */
void auth_init(struct auth *auth, const struct auth_ops *ops, struct auth_env *env,
    const struct request_settings *settings, const struct request *request,
    struct hasher_list *hashes);

/* Can anybody get in at all?  Not with a type that nobody knows, nor with settings that are wrong. */
bool auth_is_usable(const struct auth *auth);

/* Does this path need a credential?  Slash tolerant; an entry that ends in '*' is a prefix. */
bool auth_require_auth(struct str path, const struct str *excluded, size_t n_excluded);

/*
 * Does this request get in?  Asked before routing, for every method.  0 and ret_user (a
 * reference; NULL: no current user), or enum authn.
 */
int auth_filter(const struct auth *auth, struct str path, const struct str *excluded,
    size_t n_excluded, struct user **ret_user);

/* The Authorization header; STR_NULL when absent or empty. */
struct str auth_authorization_header(const struct request *request);

/* The id of the user whose session it is.  As owner_of_session(). */
int auth_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES]);

/* End the session of this request's cookie.  As end_session(). */
int auth_destroy_session(const struct auth *auth);

/* The base type: nobody, and no sessions. */
int auth_current_user(const struct auth *auth, struct user **ret_user);
int auth_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES]);
int auth_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner);
int auth_end_session(const struct auth *auth, struct str session_id);

#endif
