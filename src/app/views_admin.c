/* views_admin.c - /users/<id>/groups and /users/<id>/disabled, for administrators; see views.h */
#include "app/views.h"

#include <errno.h>

#include <json-c/json.h>

#include "app/answer.h"
#include "app/body.h"
#include "app/permission.h"
#include "core/json_write.h"
#include "core/log.h"
#include "http/json.h"
#include "model/account.h"

/* 0 and a reference; else an answer was given. */
static int
find_user(struct exchange *x, struct user **ret_user)
{
	int r = users_get(x->app->env.users, x->id, ret_user);

	if (r == USERS_E_ABSENT)
		answer_status(x, 404);
	else if (r != 0)
		answer_unavailable(x, "users", r);
	return r;
}

static void
answer_failure(struct exchange *x, int r)
{
	if (r == USERS_E_ABSENT)
		answer_status(x, 404);
	else if (r == USERS_E_LAST)
		answer_last_administrator(x);
	else if (r == USERS_E_MANY)
		answer_error(x, 400, STR_LIT("Can't update User: more than 64 groups"));
	else
		answer_unavailable(x, "users", r);
}

/* The member of the object in the body, whatever it is; *ret_body ends with json_wipe(). */
static struct json_object *
take_member(struct exchange *x, const char *name, struct json_object **ret_body)
{
	struct json_object *member = NULL;
	struct user *user;

	*ret_body = NULL;
	/* An unknown id is looked at first, whatever the body. */
	if (find_user(x, &user) != 0)
		return NULL;
	user_unref(user);
	if ((*ret_body = body_take_object(x)) == NULL)
		return NULL;
	if (!json_object_object_get_ex(*ret_body, name, &member) || member == NULL)
		answer_error(x, 400, STR_LIT("Wrong format"));
	return member;
}

/* -------------------------------------------------------------------------- groups */

static void
answer_groups(struct exchange *x, const struct user *user)
{
	struct buf *body = answer_json_body(x, 200);
	struct str groups = user->groups, name;
	const char *lead = "\n";

	buf_add_z(body, "{\n  \"groups\": [");
	while (!str_is_null(name = groups_next(&groups))) {
		buf_add_z(body, lead);
		buf_add_z(body, "    ");
		json_write_string(body, name);
		lead = ",\n";
	}
	buf_add_z(body, str_is_empty(user->groups) ? "]\n}\n" : "\n  ]\n}\n");
}

static void
get_groups(struct exchange *x)
{
	struct user *user;

	if (find_user(x, &user) != 0)
		return;
	answer_groups(x, user);
	user_unref(user);
}

/* False when an answer was given. */
static bool
read_groups(struct exchange *x, struct json_object *list, struct str ret_names[GROUPS_MAX],
    size_t *ret_n)
{
	size_t n = json_object_is_type(list, json_type_array) ? json_object_array_length(list)
							      : SIZE_MAX;

	if (n != SIZE_MAX && n > GROUPS_MAX) {
		answer_failure(x, USERS_E_MANY);
		return false;
	}
	for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!json_object_is_type(item, json_type_string)) {
			n = SIZE_MAX;
			break;
		}
		ret_names[i] = str_mem(
		    json_object_get_string(item), (size_t)json_object_get_string_len(item));
		if (!groups_is_name(ret_names[i])) {
			answer_error(x, 400,
			    STR_LIT("Can't update User: a group's name is " GROUPS_NAME_RULE));
			return false;
		}
	}
	if (n == SIZE_MAX)
		answer_error(x, 400, STR_LIT("Wrong format"));
	*ret_n = n;
	return n != SIZE_MAX;
}

static void
set_groups(struct exchange *x, const struct str *names, size_t n)
{
	struct user *changed;
	int r = users_set_groups(
	    x->app->env.users, x->id, GROUPS_SET, names, n, permission_kept_group(x), &changed);

	if (r != 0) {
		answer_failure(x, r);
		return;
	}
	log_info("groups-changed", log_s("user", x->id), log_s("groups", changed->groups),
	    answer_actor(x));
	answer_groups(x, changed);
	user_unref(changed);
}

static void
put_groups(struct exchange *x)
{
	struct str names[GROUPS_MAX];
	struct json_object *body, *list = take_member(x, "groups", &body);
	size_t n;

	if (list != NULL && read_groups(x, list, names, &n))
		set_groups(x, names, n);
	json_wipe(body);
}

/* ------------------------------------------------------------------------ disabled */

static void
answer_disabled(struct exchange *x, bool is_disabled)
{
	answer_json(x, 200,
	    is_disabled ? STR_LIT("{\n  \"disabled\": true\n}\n")
			: STR_LIT("{\n  \"disabled\": false\n}\n"));
}

static void
get_disabled(struct exchange *x)
{
	struct user *user;

	if (find_user(x, &user) != 0)
		return;
	answer_disabled(x, user_is_disabled(user));
	user_unref(user);
}

/* The user goes first: there may be sessions left, which open nothing. */
static void
note_half_disabled(struct exchange *x)
{
	struct user *user;

	if (users_get(x->app->env.users, x->id, &user) != 0)
		return;
	if (user_is_disabled(user))
		log_warn("user-disabled", log_s("user", x->id), answer_actor(x),
		    log_z("effect",
			"the user's login sessions could not be ended: they open nothing"));
	user_unref(user);
}

static void
set_disabled(struct exchange *x, bool is_disabled)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	int r;

	env.kept_group = permission_kept_group(x);
	if ((r = account_set_disabled(&env, x->id, is_disabled)) != 0) {
		if (is_disabled && r < 0)
			note_half_disabled(x);
		answer_failure(x, r);
		return;
	}
	if (is_disabled)
		log_info("user-disabled", log_s("user", x->id), answer_actor(x));
	else
		log_info("user-enabled", log_s("user", x->id), answer_actor(x));
	answer_disabled(x, is_disabled);
}

static void
put_disabled(struct exchange *x)
{
	struct json_object *body, *is_disabled = take_member(x, "disabled", &body);

	if (is_disabled != NULL && json_object_is_type(is_disabled, json_type_boolean))
		set_disabled(x, json_object_get_boolean(is_disabled));
	else if (is_disabled != NULL)
		answer_error(x, 400, STR_LIT("Wrong format"));
	json_wipe(body);
}

const struct route views_admin_routes[] = {
	{ STR_INIT("/users/"), .has_id = true, .rest = STR_INIT("/groups"), .is_of_users = true,
	    .is_of_admins = true,
	    .on = { [METHOD_GET] = { .view = get_groups, .who = PERMISSION_ADMIN },
		[METHOD_PUT] = { .view = put_groups,
		    .needs = HANDLER_WAIT,
		    .who = PERMISSION_ADMIN } } },
	{ STR_INIT("/users/"), .has_id = true, .rest = STR_INIT("/disabled"),
	    .is_of_users = true, .is_of_admins = true,
	    .on = { [METHOD_GET] = { .view = get_disabled, .who = PERMISSION_ADMIN },
		[METHOD_PUT] = { .view = put_disabled,
		    .needs = HANDLER_WAIT,
		    .who = PERMISSION_ADMIN } } },
	{ .path = STR_INIT("") },
};
