/* auth_session_exp.c - see auth_session_exp.h */
#include "auth/auth_session_exp.h"

#include "core/clock.h"

const struct auth_ops auth_session_exp_ops = {
	.name = STR_INIT("session_exp_auth"),
	.has_sessions = true,
	.heeds_duration = true,
	.session_kind = TABLE_KIND_MEMORY,
	.current_user = auth_session_current_user,
	.create_session = auth_session_create_session,
	.owner_of_session = auth_session_exp_owner_of_session,
	.end_session = auth_session_end_session,
};

int
auth_session_exp_owner_of_session(
    const struct auth *auth, struct str session_id, struct table_owner *ret_owner)
{
	int64_t duration_s = auth->settings->session_duration_s, now_ms = clock_boot_ms();
	struct table_entry entry;
	int r = auth_session_find(auth, session_id, now_ms, &entry);

	if (r != 0)
		return r;
	if (duration_s > 0 && entry.created_ms + duration_s * 1000 < now_ms)
		return AUTHN_NO_SESSION;
	*ret_owner = entry.owner;
	return auth_session_note_use(auth, &entry, now_ms);
}
