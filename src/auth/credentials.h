/*
 * credentials.h - an address and a password against the stored users
 *
 * Purpose    The one place where a password is verified, for Basic authentication and for the
 *            login route alike: the throttle, admission, the hash, replacing an old hash by a new
 *            one.
 * Errors     AUTHN_UNKNOWN_USER, AUTHN_WRONG_PASSWORD, AUTHN_DISABLED; AUTHN_THROTTLED: the password
 *            was not looked at, auth->attempt says how long to wait; negative errno: no verdict,
 *            refuse the request (-EBUSY: too many hashes at once).
 */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include "auth/auth.h"

/*
 * 0 and ret_user (a reference).  Each refusal costs a hash of today's, whatever is stored.  With
 * hide_unknown that of an unknown address does too, so that the time of the answer does not tell;
 * for callers whose answer does not tell either.
 */
int credentials_verify(const struct auth *auth, struct str email, struct str password,
    bool hide_unknown, struct user **ret_user);

/*
 * Is that the password of a user who is known?  As credentials_verify(); no hash is replaced.
 */
int credentials_check(const struct auth *auth, const struct user *user, struct str password);

/*
 * Do they still hold, now that a session was made with them?  Who changes the password, or disables
 * or deletes the user, ends the sessions that are there, and cannot see one that comes a moment
 * later.  0, enum authn (that session must not be handed out), negative errno.
 */
int credentials_confirm(const struct auth *auth, const struct user *user, struct str password);

#endif
