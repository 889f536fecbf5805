/*
 * auth.h - who sent this request?
 *
 * Purpose    The chain of the original: auth -> auth_basic, auth -> auth_session ->
 *            auth_session_exp -> auth_session_db.  Each has a table of operations; an override
 *            calls its parent's exported function by name.
 * Calling    registry_find() (registry.h) for the settings of a request; then filter_run()
 *            (filter.h), or the operations below.
 * Ownership  The objects are small, made per request on the stack, and own nothing.
 * Errors     "Nobody" and "no session" are outcomes (AUTH_E_NONE).  Negative errno is a failure
 *            of the store, the table or the hash: it is never a verdict, the request is
 *            refused (503; -EBUSY: too many password hashes, come again).
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
#include "password/admission.h"
#include "password/credential_cache.h"
#include "table/table.h"

enum {
	AUTH_E_NONE = 1, /* no user, no session: the original's None and False */
	/* Of current_user() alone, and no user either.  For the log: the client must not see it. */
	AUTH_E_UNKNOWN, /* there are credentials, of nobody */
	AUTH_E_WRONG,   /* there are credentials, with a wrong password */
	/* Of end_session() and destroy_session() alone. */
	AUTH_E_SESSIONLESS, /* a type without sessions: there is nothing to end */
};

/* What the chain works with: made once per process, borrowed by every object. */
struct auth_env {
	struct users *users;
	struct user_sessions *user_sessions;
	struct table *table;
	struct digest_key key;
	struct admission admission;
	struct credential_cache *verified;
	unsigned hash_cost;
};

struct auth;

struct auth_ops {
	const char *name; /* the value of AUTH_TYPE */

	/*
	 * Who sent this?  0 and ret_user (a reference), or AUTH_E_*: nobody.  It waits for
	 * nothing but a hash, which may be HASHER_LATER.
	 */
	int (*current_user)(
	    const struct auth *auth, const struct request *request, struct user **ret_user);

	/*
	 * Start a login session.  0 and its id, or AUTH_E_NONE: this type has no sessions, or
	 * user_id is absent or too long to be one.  -ENOSPC: the table is full.
	 */
	int (*create_session)(
	    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES]);

	/* Whose session is it?  0 and the user id, or AUTH_E_NONE. */
	int (*user_id_for_session_id)(
	    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES]);

	/*
	 * End that session, if it is alive, in every process.  0; AUTH_E_NONE: it is not alive,
	 * or somebody else ended it at the same time; AUTH_E_SESSIONLESS.
	 */
	int (*end_session)(const struct auth *auth, struct str session_id);

	/* The same for the session of this request's cookie. */
	int (*destroy_session)(const struct auth *auth, const struct request *request);
};

struct auth {
	const struct auth_ops *ops;
	struct auth_env *env;
	const struct request_settings *settings;
};

extern const struct auth_ops auth_ops;

void auth_init(
    struct auth *auth, struct auth_env *env, const struct request_settings *settings);

/* Does this path need a credential?  Slash tolerant; an entry that ends in '*' is a prefix. */
bool auth_require_auth(struct str path, const struct str *excluded, size_t n_excluded);

/* The Authorization header; STR_NULL when absent or empty. */
struct str auth_authorization_header(const struct request *request);

/* The value of the cookie named SESSION_NAME; STR_NULL when absent or empty. */
struct str auth_session_cookie(const struct auth *auth, const struct request *request);

/* The base type: nobody, and no sessions. */
int auth_current_user(
    const struct auth *auth, const struct request *request, struct user **ret_user);
int auth_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES]);
int auth_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES]);
int auth_end_session(const struct auth *auth, struct str session_id);
int auth_destroy_session(const struct auth *auth, const struct request *request);

#endif
