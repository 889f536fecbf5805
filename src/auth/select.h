/*
 * select.h - the auth object that the settings of a request ask for
 */
#ifndef AUTH_SELECT_H
#define AUTH_SELECT_H

#include "auth/auth_basic.h"
#include "auth/auth_session_db.h"

/* Room for any of them. */
union select_auth {
	struct auth auth;
	struct auth_session session;
	struct auth_session_exp session_exp;
	struct auth_session_db session_db;
};

/* The object, inside room; the base type for AUTH_TYPE none, auth, and unknown. */
const struct auth *select_auth(
    union select_auth *room, struct auth_env *env, const struct settings_request *settings);

#endif
