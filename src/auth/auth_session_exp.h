/*
 * auth_session_exp.h - AUTH_TYPE=session_exp_auth: sessions end SESSION_DURATION after login
 *
 * Purpose    A session is past when its creation + duration is before now, strictly; it does
 *            not slide.  The duration is that of the request at hand.  A session also carries
 *            the duration it was made with, and never outlives that one either.
 */
#ifndef AUTH_AUTH_SESSION_EXP_H
#define AUTH_AUTH_SESSION_EXP_H

#include "auth/auth_session.h"

struct auth_session_exp {
	struct auth_session session;
	int64_t session_duration_s; /* 0: sessions never end by time */
};

extern const struct auth_ops auth_session_exp_ops;

void auth_session_exp_init(struct auth_session_exp *self, struct auth_env *env,
    const struct request_settings *settings);

int auth_session_exp_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES]);
int auth_session_exp_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES]);

#endif
