/* auth_session_db.c - see auth_session_db.h */
#include "auth/auth_session_db.h"

const struct auth_ops auth_session_db_ops = {
	.name = "session_db_auth",
	.current_user = auth_session_current_user,
	.create_session = auth_session_db_create_session,
	.user_id_for_session_id = auth_session_exp_user_id_for_session_id,
	.end_session = auth_session_db_end_session,
	.destroy_session = auth_session_destroy_session,
};

static const struct auth_session_db *
self_of(const struct auth *auth)
{
	return (const struct auth_session_db *)auth;
}

void
auth_session_db_init(
    struct auth_session_db *self, struct auth_env *env, const struct request_settings *settings)
{
	auth_session_exp_init(&self->exp, env, settings);
	self->exp.session.auth.ops = &auth_session_db_ops;
	self->exp.session.kind = TABLE_KIND_STORED;
}

int
auth_session_db_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES])
{
	const struct auth_session_db *self = self_of(auth);
	struct auth_env *env = auth->env;
	struct user_session session;
	struct table_entry entry;
	int r;

	r = auth_session_new_entry(&self->exp.session, user_id,
	    (uint32_t)self->exp.session_duration_s, ret_session_id, &entry);
	if (r != 0)
		return r;
	if ((r = user_session_init(&session, user_id, &entry.tag, entry.lifetime_s)) != 0)
		return r;
	return user_sessions_begin(env->user_sessions, env->table, &session, &entry);
}

/*
 * The journal first here too: if it refuses, the session stays alive everywhere and the
 * client, told 503, signs out again.  The other order could revive it after a reboot.
 */
int
auth_session_db_end_session(const struct auth *auth, struct str session_id)
{
	char user_id[IDENT_TEXT_BYTES];
	struct digest_tag tag;
	int r;

	if ((r = auth->ops->user_id_for_session_id(auth, session_id, user_id)) != 0)
		return r;
	tag = auth_session_tag(&self_of(auth)->exp.session, session_id);
	if ((r = user_sessions_remove(auth->env->user_sessions, &tag)) != 0)
		return r;
	return auth_session_end_session(auth, session_id);
}
