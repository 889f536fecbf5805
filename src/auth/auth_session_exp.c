/* auth_session_exp.c - see auth_session_exp.h */
#include "auth/auth_session_exp.h"

#include "core/clock.h"

const struct auth_ops auth_session_exp_ops = {
	.name = "session_exp_auth",
	.current_user = auth_session_current_user,
	.create_session = auth_session_exp_create_session,
	.user_id_for_session_id = auth_session_exp_user_id_for_session_id,
	.end_session = auth_session_end_session,
	.destroy_session = auth_session_destroy_session,
};

static const struct auth_session_exp *
self_of(const struct auth *auth)
{
	return (const struct auth_session_exp *)auth;
}

void
auth_session_exp_init(struct auth_session_exp *self, struct auth_env *env,
    const struct request_settings *settings)
{
	auth_session_init(&self->session, env, settings);
	self->session.auth.ops = &auth_session_exp_ops;
	self->session_duration_s = settings->session_duration_s;
}

int
auth_session_exp_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES])
{
	const struct auth_session_exp *self = self_of(auth);
	struct table_entry entry;
	int r = auth_session_new_entry(&self->session, user_id,
	    (uint32_t)self->session_duration_s, ret_session_id, &entry);

	if (r != 0)
		return r;
	return user_sessions_begin(auth->env->user_sessions, auth->env->table, NULL, &entry);
}

int
auth_session_exp_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES])
{
	const struct auth_session_exp *self = self_of(auth);
	int64_t now_ms = clock_boot_ms();
	struct table_entry entry;
	int r = auth_session_find(&self->session, session_id, &entry);

	if (r != 0)
		return r;
	if (self->session_duration_s > 0 &&
	    entry.created_ms + self->session_duration_s * 1000 < now_ms)
		return AUTH_E_NONE;
	auth_session_note_use(&self->session, &entry, now_ms);
	user_session_unpack_owner(&entry.owner, ret_user_id);
	return 0;
}
