/*
 * registry.h - the auth object that the settings of a request ask for
 */
#ifndef AUTH_REGISTRY_H
#define AUTH_REGISTRY_H

#include "auth/auth_basic.h"
#include "auth/auth_session_db.h"

/* Room for any of them. */
union registry_find {
	struct auth auth;
	struct auth_session session;
	struct auth_session_exp session_exp;
	struct auth_session_db session_db;
};

/* The object, inside room; the base type for AUTH_TYPE none, auth, and unknown. */
const struct auth *registry_find(
    union registry_find *room, struct auth_env *env, const struct request_settings *settings);

#endif
