/* check_views_admin.c - tests of src/app/views_admin.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/app/ask.h"
#include "unit/fail_part.h"

Suite *check_views_admin_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static struct user *bob, *root;

static void
set_up(void)
{
	const struct str admin = STR_LIT("admin");
	struct user *changed;

	site_open();
	bob = site_add_user("bob@x", "pwd");
	root = site_add_user("root@x", "pwd");
	ck_assert_int_eq(users_set_groups(site.app.env.users, str_of(root->base.id), GROUPS_ADD,
			     &admin, 1, STR_NULL, &changed),
	    0);
	user_unref(changed);
	site_forget_log();
}

static void
tear_down(void)
{
	user_unref(bob);
	user_unref(root);
	site_close();
}

/* By root. */
static int
on(const char *method, const char *id, const char *what, const char *body)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "/api/v1/users/%s/%s", id, what);
	return ask((struct ask){ .method = method,
	    .path = path,
	    .auth_type = "basic_auth",
	    .basic = "root@x:pwd",
	    .type = "application/json",
	    .body = body,
	    .params = { "USERS_API=admin" } });
}

static void
logged(const char *event, const char *more)
{
	char want[400], *log = site_log();

	(void)snprintf(
	    want, sizeof(want), " user=%s%s actor=%s\n", bob->base.id, more, root->base.id);
	ck_assert_msg(strstr(log, want) != NULL, "no %s in %s", want, log);
	(void)snprintf(want, sizeof(want), "level=info event=%s ", event);
	ck_assert_msg(strstr(log, want) != NULL, "no %s in %s", want, log);
	free(log);
	site_forget_log();
}

START_TEST(groups_are_read_and_set)
{
	ck_assert_int_eq(on("GET", bob->base.id, "groups", NULL), 200);
	ck_assert_str_eq(answer.body, "{\n  \"groups\": []\n}\n");
	ck_assert_int_eq(
	    on("PUT", bob->base.id, "groups", "{\"groups\": [\"staff\", \"b\", \"staff\"]}"),
	    200);
	ck_assert_str_eq(
	    answer.body, "{\n  \"groups\": [\n    \"b\",\n    \"staff\"\n  ]\n}\n");
	logged("groups-changed", " groups=b,staff");
	ck_assert_int_eq(on("GET", bob->base.id, "groups/", NULL), 200);
	ck_assert_str_eq(
	    answer.body, "{\n  \"groups\": [\n    \"b\",\n    \"staff\"\n  ]\n}\n");
	ck_assert_int_eq(on("PUT", bob->base.id, "groups", "{\"groups\": []}"), 200);
	ck_assert_str_eq(answer.body, "{\n  \"groups\": []\n}\n");
	ck_assert_int_eq(on("GET", "me", "groups", NULL), 200);
	ck_assert_str_eq(answer.body, "{\n  \"groups\": [\n    \"admin\"\n  ]\n}\n");
}
END_TEST

static const struct {
	const char *what, *body, *error;
} refused[] = {
	{ "groups", "", "Wrong format" },
	{ "groups", "[]", "Wrong format" },
	{ "groups", "{}", "Wrong format" },
	{ "groups", "{\"groups\": null}", "Wrong format" },
	{ "groups", "{\"groups\": \"admin\"}", "Wrong format" },
	{ "groups", "{\"groups\": {}}", "Wrong format" },
	{ "groups", "{\"groups\": [1]}", "Wrong format" },
	{ "groups", "{\"groups\": [\"a\", null]}", "Wrong format" },
	{ "groups", "{\"groups\": [[\"a\"]]}", "Wrong format" },
	{ "groups", "{\"groups\": [\"a b\"]}",
	    "Can't update User: a group's name is " GROUPS_NAME_RULE },
	{ "groups", "{\"groups\": [\"\"]}",
	    "Can't update User: a group's name is " GROUPS_NAME_RULE },
	{ "groups", "{\"groups\": [\"a\\u0000\"]}",
	    "Can't update User: a group's name is " GROUPS_NAME_RULE },
	{ "disabled", "", "Wrong format" },
	{ "disabled", "true", "Wrong format" },
	{ "disabled", "{}", "Wrong format" },
	{ "disabled", "{\"disabled\": null}", "Wrong format" },
	{ "disabled", "{\"disabled\": 1}", "Wrong format" },
	{ "disabled", "{\"disabled\": \"true\"}", "Wrong format" },
};

START_TEST(what_is_wrong_changes_nothing)
{
	(void)on("PUT", bob->base.id, refused[_i].what, refused[_i].body);
	answer_is_error(400, refused[_i].error);
	/* The id is looked at first. */
	(void)on("PUT", "unknown", refused[_i].what, refused[_i].body);
	answer_is_error(404, "Not found");
	(void)on("GET", bob->base.id, "groups", NULL);
	ck_assert_str_eq(answer.body, "{\n  \"groups\": []\n}\n");
	(void)on("GET", bob->base.id, "disabled", NULL);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": false\n}\n");
}
END_TEST

START_TEST(too_many_groups)
{
	char body[2000] = "{\"groups\": [\"g0\"";

	for (int i = 1; i < GROUPS_MAX; i++)
		(void)snprintf(
		    body + strlen(body), sizeof(body) - strlen(body), ", \"g%d\"", i);
	(void)strcat(body, "]}");
	ck_assert_int_eq(on("PUT", bob->base.id, "groups", body), 200);
	(void)strcpy(body + strlen(body) - 2, ", \"g64\"]}");
	(void)on("PUT", bob->base.id, "groups", body);
	answer_is_error(400, "Can't update User: more than 64 groups");
}
END_TEST

static int
log_in(const char *type)
{
	return ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = type,
	    .type = "application/x-www-form-urlencoded",
	    .body = "email=bob@x&password=pwd" });
}

static int
get_me(const char *type, const char *id)
{
	return ask((struct ask){
	    .method = "GET", .path = "/api/v1/users/me", .auth_type = type, .cookie = id });
}

static const char *const types[] = { "session_auth", "session_exp_auth", "session_db_auth" };

START_TEST(who_is_disabled_is_out)
{
	char id[IDENT_SESSION_BYTES];

	ck_assert_int_eq(on("GET", bob->base.id, "disabled", NULL), 200);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": false\n}\n");
	ck_assert_int_eq(log_in(types[_i]), 200);
	answer_session_id(id);
	ck_assert_int_eq(get_me(types[_i], id), 200);
	site_forget_log();
	ck_assert_int_eq(on("PUT", bob->base.id, "disabled", "{\"disabled\": true}"), 200);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": true\n}\n");
	logged("user-disabled", "");
	ck_assert_int_eq(get_me(types[_i], id), 403);
	(void)log_in(types[_i]);
	answer_is_error(401, "wrong password");
	ck_assert_int_eq(on("GET", bob->base.id, "disabled", NULL), 200);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": true\n}\n");
	site_forget_log();
	ck_assert_int_eq(on("PUT", bob->base.id, "disabled", "{\"disabled\": false}"), 200);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": false\n}\n");
	logged("user-enabled", "");
	ck_assert_int_eq(get_me(types[_i], id), 403);
	ck_assert_int_eq(log_in(types[_i]), 200);
}
END_TEST

/* No request takes the last one, and none that is made at the same time. */
START_TEST(an_administrator_is_left)
{
	static const struct {
		const char *what, *body;
	} ways[] = { { "groups", "{\"groups\": [\"staff\"]}" },
		{ "groups", "{\"groups\": []}" }, { "disabled", "{\"disabled\": true}" } };

	for (int i = 0; i < N(ways); i++) {
		(void)on("PUT", root->base.id, ways[i].what, ways[i].body);
		answer_is_error(409, "the last enabled administrator");
	}
	ck_assert_int_eq(
	    on("PUT", root->base.id, "groups", "{\"groups\": [\"admin\", \"staff\"]}"), 200);
	ck_assert_int_eq(on("PUT", bob->base.id, "groups", "{\"groups\": [\"admin\"]}"), 200);
	ck_assert_int_eq(on("PUT", bob->base.id, "disabled", "{\"disabled\": true}"), 200);
	for (int i = 0; i < N(ways); i++)
		ck_assert_int_eq(on("PUT", root->base.id, ways[i].what, ways[i].body), 409);
	ck_assert_int_eq(on("PUT", bob->base.id, "disabled", "{\"disabled\": false}"), 200);
	ck_assert_int_eq(on("PUT", root->base.id, "disabled", "{\"disabled\": true}"), 200);
	/* From now on root is nobody, who was just now an administrator. */
	ck_assert_int_eq(on("PUT", root->base.id, "disabled", "{\"disabled\": false}"), 403);
}
END_TEST

static void
delete_there(struct app *app, void *arg)
{
	if (users_remove(app->env.users, str_of(arg), STR_NULL) != 0)
		_exit(1);
}

static void
delete_meanwhile(void *arg)
{
	site_in_other_process(delete_there, arg);
}

START_TEST(deleted_meanwhile_is_not_found)
{
	fail_part_before("journal_lock", delete_meanwhile, bob->base.id);
	(void)on("PUT", bob->base.id, _i == 0 ? "groups" : "disabled",
	    _i == 0 ? "{\"groups\": []}" : "{\"disabled\": true}");
	answer_is_error(404, "Not found");
}
END_TEST

static bool
is_logged(const char *text)
{
	char *log = site_log();
	bool is = strstr(log, text) != NULL;

	free(log);
	return is;
}

START_TEST(a_failure_is_a_503)
{
	fail_part("journal_append", 1, -ENOSPC);
	(void)on("PUT", bob->base.id, "groups", "{\"groups\": [\"a\"]}");
	answer_is_error(503, "Service unavailable");
	ck_assert(!is_logged("groups-changed"));
	fail_part("journal_append", 1, -ENOSPC);
	(void)on("PUT", bob->base.id, "disabled", "{\"disabled\": true}");
	answer_is_error(503, "Service unavailable");
	ck_assert(!is_logged("user-disabled"));
	/* Disabled, whatever comes after. */
	fail_part("table_each", 1, -ETIMEDOUT);
	(void)on("PUT", bob->base.id, "disabled", "{\"disabled\": true}");
	answer_is_error(503, "Service unavailable");
	ck_assert(is_logged("level=warn event=user-disabled"));
	(void)on("GET", bob->base.id, "disabled", NULL);
	ck_assert_str_eq(answer.body, "{\n  \"disabled\": true\n}\n");
	fail_part("table_each", 1, -ETIMEDOUT);
	(void)on("PUT", bob->base.id, "disabled", "{\"disabled\": false}");
	answer_is_error(503, "Service unavailable");
	ck_assert_int_eq(on("PUT", bob->base.id, "disabled", "{\"disabled\": false}"), 200);
}
END_TEST

Suite *
check_views_admin_suite(void)
{
	Suite *s = suite_create("app/views_admin");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, groups_are_read_and_set);
	tcase_add_loop_test(tc, what_is_wrong_changes_nothing, 0, N(refused));
	tcase_add_test(tc, too_many_groups);
	tcase_add_loop_test(tc, who_is_disabled_is_out, 0, N(types));
	tcase_add_test(tc, an_administrator_is_left);
	tcase_add_loop_test(tc, deleted_meanwhile_is_not_found, 0, 2);
	tcase_add_test(tc, a_failure_is_a_503);
	suite_add_tcase(s, tc);
	return s;
}
