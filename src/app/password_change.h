/*
 * password_change.h - a user's own new password, for the API and the pages alike
 */
#ifndef APP_PASSWORD_CHANGE_H
#define APP_PASSWORD_CHANGE_H

#include "app/exchange.h"

/*
 * Of x->user.  0: the password is the new one, all other sessions of the user have ended, the
 * response sets the cookie of a new one, and *ret_user (a reference) is the user as it is now.
 * AUTHN_WRONG_PASSWORD, AUTHN_THROTTLED: noted as a failed login.  AUTHN_NO_SESSION: the user was
 * deleted meanwhile.  Negative errno: 503; the log says whether it is changed already.
 *
 * answer_takes_password() must have taken new_password before.
 */
int password_change(
    struct exchange *x, struct str current, struct str new_password, struct user **ret_user);

#endif
