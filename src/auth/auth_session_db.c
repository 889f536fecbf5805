/* auth_session_db.c - see auth_session_db.h */
#include "auth/auth_session_db.h"

const struct auth_ops auth_session_db_ops = {
	.name = STR_INIT("session_db_auth"),
	.has_sessions = true,
	.heeds_duration = true,
	.session_kind = TABLE_KIND_STORED,
	.current_user = auth_session_current_user,
	.create_session = auth_session_db_create_session,
	.owner_of_session = auth_session_exp_owner_of_session,
	.end_session = auth_session_db_end_session,
};

int
auth_session_db_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES])
{
	struct user_session session;
	struct table_entry entry;
	int r = auth_session_new_entry(auth, user_id, ret_session_id, &entry);

	if (r != 0 ||
	    (r = user_session_init(&session, user_id, &entry.tag, entry.lifetime_s)) != 0)
		return r;
	session.idle_s = entry.idle_s;
	session.is_remembered = entry.is_remembered;
	return user_sessions_begin(auth->env->user_sessions, auth->env->table, &session, &entry,
	    auth->settings->session_max_per_user);
}

/* Only a session that is alive by this type's own rules can be ended. */
int
auth_session_db_end_session(const struct auth *auth, struct str session_id)
{
	struct table_owner owner;
	struct digest_tag tag;
	int r;

	if ((r = auth->ops->owner_of_session(auth, session_id, &owner)) != 0)
		return r;
	tag = auth_session_tag(auth, session_id);
	r = user_sessions_end(auth->env->user_sessions, auth->env->table, &tag);
	return r == TABLE_E_ABSENT ? AUTHN_NO_SESSION : r;
}
