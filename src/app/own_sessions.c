/* own_sessions.c - see own_sessions.h */
#include "app/own_sessions.h"

#include <string.h>

#include "app/answer.h"
#include "app/session_cookie.h"
#include "auth/auth_session.h"
#include "core/log.h"

static struct digest_tag
current_tag(const struct exchange *x)
{
	return auth_session_tag(&x->auth, x->auth.session_id);
}

bool
own_sessions_is_current(const struct exchange *x, const struct table_entry *entry)
{
	struct digest_tag tag = current_tag(x);

	return memcmp(&entry->tag, &tag, sizeof(tag)) == 0;
}

int
own_sessions_read(struct exchange *x, struct session_list *list)
{
	struct auth_env *env = &x->app->env;
	struct table_owner owner;

	if (!x->auth.ops->has_sessions || x->user == NULL ||
	    !user_session_pack_owner(str_of(x->user->base.id), &owner))
		return AUTHN_SESSIONLESS;
	return session_list_read(list, &env->key, env->table, &owner);
}

/* The duration of the request at hand shortens it, for sessions of its own kind. */
int64_t
own_sessions_lifetime_s(const struct exchange *x, const struct table_entry *entry)
{
	int64_t duration_s = x->settings.session_duration_s;
	bool is_heeded = x->auth.ops->heeds_duration && duration_s > 0 &&
			 entry->kind == x->auth.ops->session_kind;

	return is_heeded && (entry->lifetime_s == 0 || duration_s < entry->lifetime_s)
		   ? duration_s
		   : entry->lifetime_s;
}

void
own_sessions_details(
    const struct exchange *x, const struct table_entry *entry, struct details_text *ret)
{
	*ret = (struct details_text){ "", "" };
	if (x->settings.keeps_details)
		details_get(x->app->details, &entry->tag, ret);
}

static void
note_ended(struct exchange *x, const struct table_entry *entry, struct str handle)
{
	if (own_sessions_is_current(x, entry))
		session_cookie_expire(x);
	counters_add(x->app->counters, COUNTER_SESSIONS_ENDED);
	log_info("session-ended", log_s("handle", handle), log_z("user", x->user->base.id),
	    answer_actor(x));
}

int
own_sessions_end(struct exchange *x, struct str handle)
{
	struct auth_env *env = &x->app->env;
	const struct table_entry *entry;
	struct session_list list;
	int r;

	if (!session_handle_is_sound(handle))
		return AUTHN_NO_SESSION;
	if ((r = own_sessions_read(x, &list)) != 0)
		return r;
	/* Somebody else's is as unknown as one that nobody has. */
	if ((entry = session_list_find(&list, &env->key, handle)) == NULL)
		r = AUTHN_NO_SESSION;
	else if ((r = user_sessions_end_entry(env->user_sessions, env->table, entry)) == 0)
		note_ended(x, entry, handle);
	else if (r > 0)
		r = AUTHN_NO_SESSION;
	session_list_fini(&list);
	return r;
}

int
own_sessions_end_many(struct exchange *x, bool all, uint64_t *ret_n)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	struct digest_tag current;
	int r;

	if (!x->auth.ops->has_sessions || x->user == NULL)
		return AUTHN_SESSIONLESS;
	current = current_tag(x);
	r = account_end_other_sessions(
	    &env, str_of(x->user->base.id), all ? NULL : &current, ret_n);
	if (r != 0)
		return r;
	if (all)
		session_cookie_expire(x);
	counters_add_many(x->app->counters, COUNTER_SESSIONS_ENDED, *ret_n);
	log_info("sessions-ended", log_z("user", x->user->base.id), answer_actor(x),
	    log_i("n", (int64_t)*ret_n));
	return 0;
}
