/* views_sessions.c - /auth_session/sessions: a user sees and ends the own ones; see views.h */
#include "app/views.h"

#include <errno.h>
#include <string.h>

#include "app/answer.h"
#include "app/session_cookie.h"
#include "auth/auth_session.h"
#include "core/clock.h"
#include "core/json_write.h"
#include "core/log.h"
#include "http/form.h"
#include "model/account.h"
#include "model/session_list.h"

static struct digest_tag
current_tag(const struct exchange *x)
{
	return auth_session_tag(&x->auth, x->auth.session_id);
}

static bool
is_current(const struct exchange *x, const struct table_entry *entry)
{
	struct digest_tag tag = current_tag(x);

	return memcmp(&entry->tag, &tag, sizeof(tag)) == 0;
}

/*
 * Those of the current user: of every AUTH_TYPE and every site, as these are whom the user wants
 * to know of.  True; or false when an answer was given.
 */
static bool
read_own(struct exchange *x, struct session_list *list)
{
	struct auth_env *env = &x->app->env;
	struct table_owner owner;
	int r;

	if (!x->auth.ops->has_sessions || x->user == NULL ||
	    !user_session_pack_owner(str_of(x->user->base.id), &owner)) {
		answer_status(x, 404);
		return false;
	}
	if ((r = session_list_read(list, &env->key, env->table, &owner)) == 0)
		return true;
	answer_unavailable(x, "sessions", r);
	return false;
}

/* -------------------------------------------------------------------------- list */

static void
write_time(struct buf *body, const char *name, int64_t wall_ms)
{
	char text[CLOCK_TEXT_BYTES];

	clock_format_utc(wall_ms / 1000, text);
	buf_addf(body, "    \"%s\": \"%s\",\n", name, text);
}

static void
write_text(struct buf *body, const char *name, const char *text)
{
	buf_addf(body, "    \"%s\": ", name);
	if (*text != '\0')
		json_write_string(body, str_of(text));
	else
		buf_add_z(body, "null");
}

/* The duration of the request at hand shortens it, for sessions of its own kind. */
static int64_t
lifetime_here(const struct exchange *x, const struct table_entry *entry)
{
	int64_t duration_s = x->settings.session_duration_s;
	bool is_heeded = x->auth.ops->heeds_duration && duration_s > 0 &&
			 entry->kind == x->auth.ops->session_kind;

	return is_heeded && (entry->lifetime_s == 0 || duration_s < entry->lifetime_s)
		   ? duration_s
		   : entry->lifetime_s;
}

static void
write_session(
    struct exchange *x, const struct table_entry *entry, int64_t boot_at_ms, struct buf *body)
{
	char handle[SESSION_HANDLE_BYTES];
	struct details_text details = { "", "" };
	int64_t lifetime_s;

	if (x->settings.keeps_details)
		details_get(x->app->details, &entry->tag, &details);
	session_handle(&x->app->env.key, &entry->tag, handle);
	buf_add_z(body, "  {\n");
	write_text(body, "client", details.client);
	buf_add_z(body, ",\n");
	write_time(body, "created_at", boot_at_ms + entry->created_ms);
	buf_addf(body, "    \"current\": %s,\n", is_current(x, entry) ? "true" : "false");
	if ((lifetime_s = lifetime_here(x, entry)) != 0)
		write_time(
		    body, "expires_at", boot_at_ms + entry->created_ms + lifetime_s * 1000);
	else
		buf_add_z(body, "    \"expires_at\": null,\n");
	buf_addf(body, "    \"id\": \"%s\",\n", handle);
	write_time(body, "last_seen_at", boot_at_ms + user_session_seen_ms(entry));
	write_text(body, "user_agent", details.agent);
	buf_add_z(body, "\n  }");
}

static void
list_sessions(struct exchange *x)
{
	int64_t boot_at_ms = table_wall_offset_ms(x->app->env.table);
	struct session_list list;
	struct buf *body;

	if (!read_own(x, &list))
		return;
	body = answer_json_body(x, 200);
	buf_add_char(body, '[');
	for (size_t i = 0; i < list.n; i++) {
		buf_add_z(body, i > 0 ? ",\n" : "\n");
		write_session(x, &list.entries[i], boot_at_ms, body);
	}
	buf_add_z(body, list.n > 0 ? "\n]\n" : "]\n");
	session_list_fini(&list);
}

/* --------------------------------------------------------------------------- end */

static void
answer_ended(struct exchange *x, const struct table_entry *entry)
{
	answer_json(x, 200, STR_LIT("{}\n"));
	if (is_current(x, entry))
		session_cookie_expire(x);
	counters_add(x->app->counters, COUNTER_SESSIONS_ENDED);
	log_info("session-ended", log_s("handle", x->id), log_z("user", x->user->base.id),
	    answer_actor(x));
}

static void
end_session(struct exchange *x)
{
	struct auth_env *env = &x->app->env;
	const struct table_entry *entry;
	struct session_list list;
	int r = TABLE_E_ABSENT;

	if (!session_handle_is_sound(x->id)) {
		answer_status(x, 404);
		return;
	}
	if (!read_own(x, &list))
		return;
	/* Somebody else's is as unknown as one that nobody has. */
	if ((entry = session_list_find(&list, &env->key, x->id)) != NULL)
		r = user_sessions_end_entry(env->user_sessions, env->table, entry);
	if (r == 0)
		answer_ended(x, entry);
	else if (r > 0)
		answer_status(x, 404);
	else
		answer_unavailable(x, "sessions", r);
	session_list_fini(&list);
}

/* The query's all: 0 and *ret_all, or -EINVAL: it is neither 0 nor 1.  Or -ENOMEM. */
static int
read_all(struct str query, bool *ret_all)
{
	struct str value = STR_LIT("0");
	struct form form;
	int r = form_init(&form, STR_LIT("application/x-www-form-urlencoded"), query);

	if (r == 0)
		(void)form_find(&form, STR_LIT("all"), &value);
	*ret_all = str_eq_z(value, "1");
	if (r > 0 || (r == 0 && !*ret_all && !str_eq_z(value, "0")))
		r = -EINVAL;
	form_wipe(&form);
	return r;
}

static void
end_many(struct exchange *x, bool all)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	struct digest_tag current = current_tag(x);
	uint64_t n;
	int r = account_end_other_sessions(
	    &env, str_of(x->user->base.id), all ? NULL : &current, &n);

	if (r != 0) {
		answer_unavailable(x, "sessions", r);
		return;
	}
	buf_addf(answer_json_body(x, 200), "{\n  \"ended\": %llu\n}\n", (unsigned long long)n);
	if (all)
		session_cookie_expire(x);
	counters_add_many(x->app->counters, COUNTER_SESSIONS_ENDED, n);
	log_info("sessions-ended", log_z("user", x->user->base.id), answer_actor(x),
	    log_i("n", (int64_t)n));
}

static void
end_sessions(struct exchange *x)
{
	bool all;
	int r;

	if (!x->auth.ops->has_sessions || x->user == NULL)
		answer_status(x, 404);
	else if ((r = read_all(x->request->query, &all)) == -EINVAL)
		answer_error(x, 400, STR_LIT("all must be 0 or 1"));
	else if (r != 0)
		answer_unavailable(x, "memory", r);
	else
		end_many(x, all);
}

/* All of them walk over the table; what ends sessions may wait for the disk as well. */
const struct route views_sessions_routes[] = {
	{ STR_INIT("/auth_session/sessions"),
	    .on = { [METHOD_GET] = { .view = list_sessions, .needs = HANDLER_LONG },
		[METHOD_DELETE] = { .view = end_sessions, .needs = HANDLER_LONG } } },
	{ STR_INIT("/auth_session/sessions/"), .has_id = true,
	    .on = { [METHOD_DELETE] = { .view = end_session, .needs = HANDLER_LONG } } },
	{ .path = STR_INIT("") },
};
