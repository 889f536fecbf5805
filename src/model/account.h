/*
 * account.h - making a user, ending one: for the API and for the operator's command alike
 *
 * Errors     Negative errno: refuse the request (503).
 */
#ifndef MODEL_ACCOUNT_H
#define MODEL_ACCOUNT_H

#include "model/user_sessions.h"
#include "model/users.h"
#include "password/hasher.h"
#include "table/table.h"

struct account {
	struct str email, password;       /* neither absent nor empty */
	struct str first_name, last_name; /* or STR_NULL */
};

/*
 * Why this user cannot be made, in words that follow "Can't create User: "; NULL: it can.  Users
 * of other times with other addresses stay, and can sign in.
 */
const char *account_problem(const struct account *account);
const char *account_email_problem(struct str email); /* more than user_email_problem() */
const char *account_name_problem(struct str name);
const char *account_password_problem(struct str password);

/* What accounts are kept in. */
struct account_env {
	struct users *users;
	struct user_sessions *user_sessions;
	struct table *table;
	struct hasher hasher;
	struct str kept_group; /* users_remove(); STR_NULL: none */
	bool is_distinct;      /* users_add_distinct() */
};

/*
 * Hash the password and store the user.  0 and a reference, USERS_E_EXISTS, USERS_E_CASE, negative
 * errno.
 */
int account_add(
    const struct account_env *env, const struct account *account, struct user **ret_user);

/*
 * Another password.  All login sessions of the user end, in every process, before it returns
 * 0: whoever knew the old password is out.  USERS_E_ABSENT.
 */
int account_set_password(const struct account_env *env, struct str id, struct str password);

/*
 * The same for a user who has proved to know the password whose hash user has.  0 and the new hash;
 * USERS_E_ABSENT: there is no such user any more, or another hash.
 */
int account_change_password(const struct account_env *env, const struct user *user,
    struct str password, char ret_hash[PASSWORD_HASH_BYTES]);

/*
 * End all login sessions of a user, in the file and in every process, before it returns 0.
 * *ret_n (may be NULL): how many were alive.
 */
int account_end_sessions(const struct account_env *env, struct str id, uint64_t *ret_n);

/* The same but for one, of which only the digest is known here; NULL: all. */
int account_end_other_sessions(const struct account_env *env, struct str id,
    const struct digest_tag *keep, uint64_t *ret_n);

/*
 * Disabled, a user can sign in nowhere, and all login sessions have ended before it returns 0.  Of
 * those that could not be ended (negative errno) none lives again when the user is enabled.
 * USERS_E_ABSENT, USERS_E_LAST.
 */
int account_set_disabled(const struct account_env *env, struct str id, bool is_disabled);

/* Delete the user, and end the sessions likewise.  USERS_E_ABSENT, USERS_E_LAST. */
int account_delete(const struct account_env *env, struct str id);

#endif
