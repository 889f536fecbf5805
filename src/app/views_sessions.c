/* views_sessions.c - /auth_session/sessions: a user sees and ends the own ones; see views.h */
#include "app/views.h"

#include <errno.h>

#include "app/answer.h"
#include "app/own_sessions.h"
#include "core/clock.h"
#include "core/json_write.h"
#include "http/form.h"

/* r as of own_sessions.h. */
static void
answer_failure(struct exchange *x, int r)
{
	if (r > 0)
		answer_status(x, 404);
	else
		answer_unavailable(x, "sessions", r);
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

static void
write_session(
    struct exchange *x, const struct table_entry *entry, int64_t boot_at_ms, struct buf *body)
{
	char handle[SESSION_HANDLE_BYTES];
	struct details_text details;
	int64_t lifetime_s;

	own_sessions_details(x, entry, &details);
	session_handle(&x->app->env.key, &entry->tag, handle);
	buf_add_z(body, "  {\n");
	write_text(body, "client", details.client);
	buf_add_z(body, ",\n");
	write_time(body, "created_at", boot_at_ms + entry->created_ms);
	buf_addf(body, "    \"current\": %s,\n",
	    own_sessions_is_current(x, entry) ? "true" : "false");
	if ((lifetime_s = own_sessions_lifetime_s(x, entry)) != 0)
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
	int r = own_sessions_read(x, &list);

	if (r != 0) {
		answer_failure(x, r);
		return;
	}
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
end_session(struct exchange *x)
{
	int r = own_sessions_end(x, x->id);

	if (r == 0)
		answer_json(x, 200, STR_LIT("{}\n"));
	else
		answer_failure(x, r);
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
	uint64_t n;
	int r = own_sessions_end_many(x, all, &n);

	if (r == 0)
		buf_addf(answer_json_body(x, 200), "{\n  \"ended\": %llu\n}\n",
		    (unsigned long long)n);
	else
		answer_failure(x, r);
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
