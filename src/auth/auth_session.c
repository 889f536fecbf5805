/* auth_session.c - see auth_session.h */
#include "auth/auth_session.h"

#include "core/clock.h"

const struct auth_ops auth_session_ops = {
	.name = "session_auth",
	.current_user = auth_session_current_user,
	.create_session = auth_session_create_session,
	.user_id_for_session_id = auth_session_user_id_for_session_id,
	.end_session = auth_session_end_session,
	.destroy_session = auth_session_destroy_session,
};

static const struct auth_session *
self_of(const struct auth *auth)
{
	return (const struct auth_session *)auth;
}

void
auth_session_init(
    struct auth_session *self, struct auth_env *env, const struct request_settings *settings)
{
	auth_init(&self->auth, env, settings);
	self->auth.ops = &auth_session_ops;
	self->kind = TABLE_KIND_MEMORY;
}

struct digest_tag
auth_session_tag(const struct auth_session *self, struct str session_id)
{
	return user_session_digest(
	    &self->auth.env->key, self->kind, self->auth.settings->realm, session_id);
}

int
auth_session_new_entry(const struct auth_session *self, struct str user_id, uint32_t lifetime_s,
    char ret_session_id[IDENT_TEXT_BYTES], struct table_entry *ret_entry)
{
	int r;

	*ret_entry = (struct table_entry){
		.created_ms = clock_boot_ms(), .lifetime_s = lifetime_s, .kind = self->kind
	};
	if (!user_session_pack_owner(user_id, &ret_entry->owner))
		return AUTH_E_NONE;
	if ((r = ident_new(ret_session_id)) != 0)
		return r;
	ret_entry->tag = auth_session_tag(self, str_of(ret_session_id));
	return 0;
}

int
auth_session_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_TEXT_BYTES])
{
	struct table_entry entry;
	int r = auth_session_new_entry(self_of(auth), user_id, 0, ret_session_id, &entry);

	if (r != 0)
		return r;
	return user_sessions_begin(auth->env->user_sessions, auth->env->table, NULL, &entry);
}

int
auth_session_find(
    const struct auth_session *self, struct str session_id, struct table_entry *ret_entry)
{
	struct digest_tag tag;
	int r;

	if (str_is_null(session_id))
		return AUTH_E_NONE;
	tag = auth_session_tag(self, session_id);
	r = table_find(self->auth.env->table, &tag, ret_entry);
	return r == TABLE_E_ABSENT ? AUTH_E_NONE : r;
}

void
auth_session_note_use(
    const struct auth_session *self, const struct table_entry *entry, int64_t now_ms)
{
	if (now_ms / TABLE_SEEN_MS != entry->last_seen_ms / TABLE_SEEN_MS)
		(void)table_touch(self->auth.env->table, &entry->tag);
}

int
auth_session_user_id_for_session_id(
    const struct auth *auth, struct str session_id, char ret_user_id[IDENT_TEXT_BYTES])
{
	struct table_entry entry;
	int r = auth_session_find(self_of(auth), session_id, &entry);

	if (r != 0)
		return r;
	auth_session_note_use(self_of(auth), &entry, clock_boot_ms());
	user_session_unpack_owner(&entry.owner, ret_user_id);
	return 0;
}

int
auth_session_current_user(
    const struct auth *auth, const struct request *request, struct user **ret_user)
{
	struct str session_id = auth_session_cookie(auth, request);
	char user_id[IDENT_TEXT_BYTES];
	int r;

	if ((r = auth->ops->user_id_for_session_id(auth, session_id, user_id)) != 0)
		return r;
	r = users_get(auth->env->users, str_of(user_id), ret_user);
	return r == USERS_E_ABSENT ? AUTH_E_NONE : r;
}

int
auth_session_end_session(const struct auth *auth, struct str session_id)
{
	char user_id[IDENT_TEXT_BYTES];
	struct digest_tag tag;
	int r;

	/* Only a session that is alive by this type's own rules can be ended. */
	if ((r = auth->ops->user_id_for_session_id(auth, session_id, user_id)) != 0)
		return r;
	tag = auth_session_tag(self_of(auth), session_id);
	r = table_remove(auth->env->table, &tag);
	return r == TABLE_E_ABSENT ? AUTH_E_NONE : r;
}

int
auth_session_destroy_session(const struct auth *auth, const struct request *request)
{
	return auth->ops->end_session(auth, auth_session_cookie(auth, request));
}
