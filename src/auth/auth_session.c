/* auth_session.c - see auth_session.h */
#include "auth/auth_session.h"

#include "core/clock.h"

const struct auth_ops auth_session_ops = {
	.name = STR_INIT("session_auth"),
	.has_sessions = true,
	.session_kind = TABLE_KIND_MEMORY,
	.current_user = auth_session_current_user,
	.create_session = auth_session_create_session,
	.owner_of_session = auth_session_owner_of_session,
	.end_session = auth_session_end_session,
};

struct digest_tag
auth_session_tag(const struct auth *auth, struct str session_id)
{
	return user_session_digest(
	    &auth->env->key, auth->ops->session_kind, auth->settings->realm, session_id);
}

int
auth_session_new_entry(const struct auth *auth, struct str user_id,
    char ret_session_id[IDENT_SESSION_BYTES], struct table_entry *ret_entry)
{
	int r;

	*ret_entry = (struct table_entry){ .created_ms = clock_boot_ms(),
		.kind = auth->ops->session_kind };
	if (auth->ops->heeds_duration)
		ret_entry->lifetime_s = (uint32_t)auth->settings->session_duration_s;
	ret_entry->idle_s = (uint32_t)auth->settings->session_idle_s;
	ret_entry->is_remembered = auth->is_remembered;
	if (!user_session_pack_owner(user_id, &ret_entry->owner))
		return AUTHN_UNKNOWN_USER;
	/* Whatever it is: one of the other kind, from before, is found by its digest as well. */
	r = auth->settings->has_token_ids ? ident_new_token(ret_session_id)
					  : ident_new(ret_session_id);
	if (r != 0)
		return r;
	ret_entry->tag = auth_session_tag(auth, str_of(ret_session_id));
	return 0;
}

int
auth_session_create_session(
    const struct auth *auth, struct str user_id, char ret_session_id[IDENT_SESSION_BYTES])
{
	struct table_entry entry;
	int r = auth_session_new_entry(auth, user_id, ret_session_id, &entry);

	if (r != 0)
		return r;
	return user_sessions_begin(auth->env->user_sessions, auth->env->table, NULL, &entry,
	    auth->settings->session_max_per_user);
}

int
auth_session_find(const struct auth *auth, struct str session_id, int64_t now_ms,
    struct table_entry *ret_entry)
{
	struct digest_tag tag;
	int r;

	if (str_is_null(session_id))
		return AUTHN_NO_SESSION;
	tag = auth_session_tag(auth, session_id);
	r = table_find_at(auth->env->table, &tag, now_ms, ret_entry);
	return r == TABLE_E_ABSENT ? AUTHN_NO_SESSION : r;
}

#define NOTE_MOST_MS  60000
#define NOTE_LEAST_MS 1000
#define NOTES_A_LIMIT 16 /* of the idle limit one is lost at most */

/* How old a note of use may be before another one is made. */
static int64_t
note_interval_ms(int64_t idle_s)
{
	int64_t ms = idle_s * 1000 / NOTES_A_LIMIT;

	if (ms == 0 || ms > NOTE_MOST_MS)
		return NOTE_MOST_MS;
	return ms < NOTE_LEAST_MS ? NOTE_LEAST_MS : ms;
}

int
auth_session_note_use(const struct auth *auth, const struct table_entry *entry, int64_t now_ms)
{
	int64_t idle_s = entry->idle_s, here_s = auth->settings->session_idle_s;

	/* What it was begun with the table knows; the limit here may be shorter. */
	if (here_s != 0 && (idle_s == 0 || here_s < idle_s)) {
		idle_s = here_s;
		if (entry->last_seen_ms + idle_s * 1000 < now_ms)
			return AUTHN_NO_SESSION;
	}
	/* A note that cannot be made now only lets the session end earlier. */
	return now_ms - entry->last_seen_ms >= note_interval_ms(idle_s) &&
		       table_touch(auth->env->table, &entry->tag) == TABLE_E_ABSENT
		   ? AUTHN_NO_SESSION
		   : 0;
}

int
auth_session_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner)
{
	int64_t now_ms = clock_boot_ms();
	struct table_entry entry;
	int r = auth_session_find(auth, session_id, now_ms, &entry);

	if (r != 0)
		return r;
	*ret_owner = entry.owner;
	return auth_session_note_use(auth, &entry, now_ms);
}

int
auth_session_current_user(const struct auth *auth, struct user **ret_user)
{
	struct table_owner owner;
	const uint8_t *uuid;
	struct user *user;
	int r = auth->ops->owner_of_session(auth, auth->session_id, &owner);

	if (r != 0)
		return r;
	if ((uuid = user_session_owner_uuid(&owner)) == NULL)
		return AUTHN_NO_SESSION;
	if ((r = users_get_by_uuid(auth->env->users, uuid, &user)) != 0)
		return r == USERS_E_ABSENT ? AUTHN_NO_SESSION : r;
	/* The sessions end a moment after the user is disabled, or cannot end. */
	if (user_is_disabled(user)) {
		user_unref(user);
		return AUTHN_NO_SESSION;
	}
	*ret_user = user;
	return 0;
}

int
auth_session_end_session(const struct auth *auth, struct str session_id)
{
	struct table_owner owner;
	struct digest_tag tag;
	int r;

	/* Only a session that is alive by this type's own rules can be ended. */
	if ((r = auth->ops->owner_of_session(auth, session_id, &owner)) != 0)
		return r;
	tag = auth_session_tag(auth, session_id);
	r = table_remove(auth->env->table, &tag);
	return r == TABLE_E_ABSENT ? AUTHN_NO_SESSION : r;
}
