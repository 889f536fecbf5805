/*
 * failed_login.h - a login that fails is counted and logged, whoever answers it
 */
#ifndef APP_FAILED_LOGIN_H
#define APP_FAILED_LOGIN_H

#include "app/exchange.h"

/* Is that outcome (enum authn) one? */
bool failed_login_is(int authn);

/*
 * Counted and logged once, with the id of the user where the address (or STR_NULL) has one; of
 * AUTHN_THROTTLED, as such.
 */
void failed_login_note(const struct exchange *x, struct str email, int authn);

#endif
