/* views_users.c - /users and /users/<id>; see views.h */
#include "app/views.h"

#include <errno.h>

#include "app/answer.h"
#include "app/body.h"
#include "core/log.h"
#include "http/json.h"
#include "model/account.h"
#include "password/password.h"

/* ---------------------------------------------------------------------- read */

static bool
add_to_list(void *arg, const struct user *user)
{
	struct buf *body = arg;

	buf_add_z(body, body->n > 1 ? ",\n" : "\n");
	user_write_public(user, 1, body);
	return buf_error(body) == 0;
}

static void
list_users(struct exchange *x)
{
	struct buf *body = answer_json_body(x, 200);
	int r;

	buf_add_char(body, '[');
	r = users_each(x->app->env.users, add_to_list, body);
	buf_add_z(body, body->n > 1 ? "\n]\n" : "]\n");
	if (r == 0 && (r = buf_error(body)) == 0)
		return;
	response_clear(x->response);
	answer_unavailable(x, "users", r);
}

static void
get_user(struct exchange *x)
{
	struct user *user;
	int r;

	if (str_eq(x->id, STR_LIT("me"))) {
		if (x->user != NULL)
			answer_user(x, 200, x->user);
		else
			answer_status(x, 404);
		return;
	}
	r = users_get(x->app->env.users, x->id, &user);
	if (r == 0) {
		answer_user(x, 200, user);
		user_unref(user);
	} else if (r == USERS_E_ABSENT) {
		answer_status(x, 404);
	} else {
		answer_unavailable(x, "users", r);
	}
}

/* A name is a text, null or absent. */
static bool
get_name(struct json_object *body, const char *name, struct str *ret_text)
{
	return body_member(body, name, ret_text) != BODY_OTHER;
}

/* ----------------------------------------------------------------------- add */

static void
answer_cannot(struct exchange *x, const char *what, const char *reason)
{
	struct buf text;

	buf_init(&text, 512);
	buf_addf(&text, "Can't %s User: %s", what, reason);
	answer_error(x, 400, buf_str(&text));
	buf_fini(&text);
}

static void
answer_cannot_create(struct exchange *x, const char *reason)
{
	answer_cannot(x, "create", reason);
}

static void
add_user(struct exchange *x, const struct account *account)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	const char *problem = account_problem(account);
	struct user *user;
	struct err why;
	int r;

	if (problem == NULL &&
	    !answer_takes_password(x, account->password, account->email, &why))
		problem = why.text;
	if (problem != NULL) {
		answer_cannot_create(x, problem);
		return;
	}
	env.is_distinct = x->settings.is_strict;
	r = account_add(&env, account, &user);
	if (r == 0) {
		log_info("user-added", log_z("user", user->base.id), answer_actor(x));
		answer_user(x, 201, user);
		user_unref(user);
	} else if (r == USERS_E_EXISTS) {
		answer_cannot_create(x, "email already exists");
	} else if (r == USERS_E_CASE) {
		answer_cannot_create(x, "email already exists in another case of letters");
	} else {
		answer_unavailable(x, "users", r);
	}
}

static void
add_from_body(struct exchange *x, struct json_object *body)
{
	struct account account;
	enum body_member email = body_member(body, "email", &account.email);
	enum body_member password = body_member(body, "password", &account.password);

	if (email == BODY_ABSENT || (email == BODY_TEXT && account.email.n == 0))
		answer_error(x, 400, STR_LIT("email missing"));
	else if (password == BODY_ABSENT || (password == BODY_TEXT && account.password.n == 0))
		answer_error(x, 400, STR_LIT("password missing"));
	else if (email != BODY_TEXT)
		answer_cannot_create(x, "email is not a string");
	else if (password != BODY_TEXT)
		answer_cannot_create(x, "password is not a string");
	else if (!get_name(body, "first_name", &account.first_name))
		answer_cannot_create(x, "first_name is neither a string nor null");
	else if (!get_name(body, "last_name", &account.last_name))
		answer_cannot_create(x, "last_name is neither a string nor null");
	else
		add_user(x, &account);
}

static void
post_user(struct exchange *x)
{
	struct json_object *body = body_take_object(x);

	if (body == NULL)
		return;
	add_from_body(x, body);
	json_wipe(body);
}

/* -------------------------------------------------------------------- rename */

static void
rename_from_body(struct exchange *x, struct json_object *body)
{
	struct str first_name, last_name;
	const char *problem;
	struct user *changed;
	int r;

	if (!get_name(body, "first_name", &first_name) ||
	    !get_name(body, "last_name", &last_name)) {
		answer_error(x, 400, STR_LIT("Wrong format"));
		return;
	}
	if ((problem = account_name_problem(first_name)) != NULL ||
	    (problem = account_name_problem(last_name)) != NULL) {
		answer_cannot(x, "update", problem);
		return;
	}
	r = users_rename(x->app->env.users, x->id, first_name, last_name, &changed);
	if (r == 0) {
		log_info("user-renamed", log_s("user", x->id), answer_actor(x));
		answer_user(x, 200, changed);
		user_unref(changed);
	} else if (r == USERS_E_ABSENT) {
		answer_status(x, 404);
	} else {
		answer_unavailable(x, "users", r);
	}
}

static void
rename_user(struct exchange *x)
{
	struct json_object *body;
	struct user *user;
	int r;

	/* An unknown id is looked at first, whatever the body. */
	if ((r = users_get(x->app->env.users, x->id, &user)) != 0) {
		if (r == USERS_E_ABSENT)
			answer_status(x, 404);
		else
			answer_unavailable(x, "users", r);
		return;
	}
	user_unref(user);
	if ((body = body_take_object(x)) == NULL)
		return;
	rename_from_body(x, body);
	json_wipe(body);
}

/* -------------------------------------------------------------------- delete */

/* The user goes first: there may be sessions left, which open nothing. */
static void
note_half_deleted(const struct exchange *x)
{
	struct user *user;
	int r = users_get(x->app->env.users, x->id, &user);

	if (r == 0)
		user_unref(user);
	else if (r == USERS_E_ABSENT)
		log_warn("user-deleted", log_s("user", x->id), answer_actor(x),
		    log_z("effect",
			"the user's login sessions could not be ended: they open nothing"));
}

static void
delete_user(struct exchange *x)
{
	struct account_env env = app_account_env(x->app, x->permit.hashes);
	int r;

	env.kept_group = permission_kept_group(x);
	r = account_delete(&env, x->id);
	if (r == USERS_E_LAST) {
		answer_last_administrator(x);
	} else if (r == USERS_E_ABSENT) {
		answer_status(x, 404);
	} else if (r != 0) {
		note_half_deleted(x);
		answer_unavailable(x, "users", r);
	} else {
		log_info("user-deleted", log_s("user", x->id), answer_actor(x));
		answer_json(x, 200, STR_LIT("{}\n"));
	}
}

const struct route views_users_routes[] = {
	{ STR_INIT("/users"),
	    .is_of_users = true,
	    .on = { /* as long as there are users */
		[METHOD_GET] = { .view = list_users,
		    .needs = HANDLER_LONG,
		    .who = PERMISSION_ADMIN },
		[METHOD_POST] = { .view = post_user, .who = PERMISSION_ADMIN } } },
	{ STR_INIT("/users/"),
	    .has_id = true,
	    .is_of_users = true,
	    .on = { [METHOD_GET] = { .view = get_user, .who = PERMISSION_OWN },
		[METHOD_PUT] = { .view = rename_user,
		    .needs = HANDLER_WAIT,
		    .who = PERMISSION_OWN },
		[METHOD_DELETE] = { .view = delete_user,
		    .needs = HANDLER_WAIT,
		    .who = PERMISSION_OWN } } },
	{ .path = STR_INIT("") },
};
