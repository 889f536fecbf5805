/* registry.c - see registry.h */
#include "auth/registry.h"

const struct auth *
registry_find(
    union registry_find *room, struct auth_env *env, const struct request_settings *settings)
{
	switch (settings->auth_type) {
	case SETTINGS_AUTH_BASIC:
		auth_basic_init(&room->auth, env, settings);
		break;
	case SETTINGS_AUTH_SESSION:
		auth_session_init(&room->session, env, settings);
		break;
	case SETTINGS_AUTH_SESSION_EXP:
		auth_session_exp_init(&room->session_exp, env, settings);
		break;
	case SETTINGS_AUTH_SESSION_DB:
		auth_session_db_init(&room->session_db, env, settings);
		break;
	case SETTINGS_AUTH_UNKNOWN:
	case SETTINGS_AUTH_NONE:
	case SETTINGS_AUTH_AUTH:
		auth_init(&room->auth, env, settings);
		break;
	}
	return &room->auth;
}
