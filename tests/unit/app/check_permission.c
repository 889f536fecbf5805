/* check_permission.c - tests of src/app/permission.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit/app/ask.h"

Suite *check_permission_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static struct user *ann, *bob, *root;

static void
put_into(const struct user *user, const char *group)
{
	const struct str name = str_of(group);
	struct user *changed;

	ck_assert_int_eq(users_set_groups(site.app.env.users, str_of(user->base.id), GROUPS_ADD,
			     &name, 1, STR_NULL, &changed),
	    0);
	user_unref(changed);
}

static void
set_up(void)
{
	site_open();
	ann = site_add_user("ann@x", "pwd");
	bob = site_add_user("bob@x", "pwd");
	root = site_add_user("root@x", "pwd");
	put_into(ann, "admins");
	put_into(root, "admin");
	site_forget_log();
}

static void
tear_down(void)
{
	user_unref(ann);
	user_unref(bob);
	user_unref(root);
	site_close();
}

/* "<ann>", "<bob>", "<root>" in it become their ids. */
static const char *
path_of(const char *path)
{
	static char text[200];
	const struct {
		const char *word;
		const struct user *user;
	} words[] = { { "<ann>", ann }, { "<bob>", bob }, { "<root>", root } };

	(void)snprintf(text, sizeof(text), "/api/v1%s", path);
	for (int i = 0; i < N(words); i++) {
		const char *at = strstr(path, words[i].word);

		if (at != NULL)
			(void)snprintf(text, sizeof(text), "/api/v1%.*s%s%s", (int)(at - path),
			    path, words[i].user->base.id, at + strlen(words[i].word));
	}
	return text;
}

static int
as(const char *who, const char *api, const char *method, const char *path, const char *body)
{
	char basic[100], setting[100];

	(void)snprintf(basic, sizeof(basic), "%s:pwd", who);
	(void)snprintf(setting, sizeof(setting), "USERS_API=%s", api);
	return ask((struct ask){ .method = method,
	    .path = path_of(path),
	    .auth_type = "basic_auth",
	    .basic = basic,
	    .type = "application/json",
	    .body = body,
	    .params = { setting } });
}

/* What ann, who is no administrator, and root may: a letter of open, self, admin, off each. */
static const struct {
	const char *method, *path, *body;
	short of_ann[4], of_root[4];
} cases[] = {
	{ "GET", "/users", NULL, { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "HEAD", "/users", NULL, { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "OPTIONS", "/users", NULL, { 200, 200, 200, 404 }, { 200, 200, 200, 404 } },
	{ "PATCH", "/users", NULL, { 405, 405, 405, 404 }, { 405, 405, 405, 404 } },
	{ "POST", "/users", "{", { 400, 403, 403, 404 }, { 400, 403, 400, 404 } },
	{ "GET", "/users/me", NULL, { 200, 200, 200, 404 }, { 200, 200, 200, 404 } },
	{ "GET", "/users/me/", NULL, { 200, 200, 200, 404 }, { 200, 200, 200, 404 } },
	{ "GET", "/users/<ann>", NULL, { 200, 200, 200, 404 }, { 200, 403, 200, 404 } },
	{ "GET", "/users/<bob>", NULL, { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "HEAD", "/users/<bob>", NULL, { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "GET", "/users/unknown", NULL, { 404, 403, 403, 404 }, { 404, 403, 404, 404 } },
	{ "PUT", "/users/me", "{}", { 404, 200, 200, 404 }, { 404, 200, 200, 404 } },
	{ "PUT", "/users/<ann>", "{}", { 200, 200, 200, 404 }, { 200, 403, 200, 404 } },
	{ "PUT", "/users/<bob>", "{}", { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "PUT", "/users/<bob>", "[", { 400, 403, 403, 404 }, { 400, 403, 400, 404 } },
	{ "PUT", "/users/unknown", "{}", { 404, 403, 403, 404 }, { 404, 403, 404, 404 } },
	{ "DELETE", "/users/unknown", NULL, { 404, 403, 403, 404 }, { 404, 403, 404, 404 } },
	{ "DELETE", "/users/<bob>", NULL, { 200, 403, 403, 404 }, { 200, 403, 200, 404 } },
	{ "PUT", "/users/me/password", "{", { 400, 400, 400, 404 }, { 400, 400, 400, 404 } },
	{ "GET", "/users/<bob>/groups", NULL, { 404, 404, 403, 404 }, { 404, 404, 200, 404 } },
	{ "GET", "/users/<ann>/groups", NULL, { 404, 404, 403, 404 }, { 404, 404, 200, 404 } },
	{ "GET", "/users/me/groups", NULL, { 404, 404, 403, 404 }, { 404, 404, 200, 404 } },
	{ "PUT", "/users/<bob>/groups", "{}", { 404, 404, 403, 404 }, { 404, 404, 400, 404 } },
	{ "PUT", "/users/<ann>/groups", "{\"groups\": [\"admin\"]}", { 404, 404, 403, 404 },
	    { 404, 404, 200, 404 } },
	{ "DELETE", "/users/<bob>/groups", NULL, { 404, 404, 405, 404 },
	    { 404, 404, 405, 404 } },
	{ "OPTIONS", "/users/<bob>/groups", NULL, { 404, 404, 200, 404 },
	    { 404, 404, 200, 404 } },
	{ "GET", "/users/<bob>/disabled", NULL, { 404, 404, 403, 404 },
	    { 404, 404, 200, 404 } },
	{ "PUT", "/users/<bob>/disabled", "{\"disabled\": true}", { 404, 404, 403, 404 },
	    { 404, 404, 200, 404 } },
	{ "PUT", "/users/me/disabled", "{\"disabled\": false}", { 404, 404, 403, 404 },
	    { 404, 404, 200, 404 } },
	{ "GET", "/users/unknown/groups", NULL, { 404, 404, 403, 404 },
	    { 404, 404, 404, 404 } },
	{ "GET", "/users/<bob>/groups/x", NULL, { 404, 404, 404, 404 },
	    { 404, 404, 404, 404 } },
	{ "GET", "/users//groups", NULL, { 404, 404, 404, 404 }, { 404, 404, 404, 404 } },
	{ "GET", "/users/groups", NULL, { 404, 403, 403, 404 }, { 404, 403, 404, 404 } },
	/* These are no routes of users. */
	{ "GET", "/status", NULL, { 200, 200, 200, 200 }, { 200, 200, 200, 200 } },
	{ "GET", "/stats", NULL, { 200, 200, 200, 200 }, { 200, 200, 200, 200 } },
	{ "GET", "/nothing", NULL, { 404, 404, 404, 404 }, { 404, 404, 404, 404 } },
};
static const char *const apis[] = { "open", "self", "admin", "off" };

START_TEST(who_may_do_what)
{
	for (int api = 0; api < N(apis); api++)
		for (int is_root = 0; is_root < 2; is_root++) {
			int want = is_root ? cases[_i].of_root[api] : cases[_i].of_ann[api];
			const char *text = want == 403 ? "Forbidden" : "Not found";

			ck_assert_msg(
			    as(is_root ? "root@x" : "ann@x", apis[api], cases[_i].method,
				cases[_i].path, cases[_i].body) == want,
			    "%s %s under %s by %s: %d, want %d", cases[_i].method,
			    cases[_i].path, apis[api], is_root ? "root" : "ann", answer.status,
			    want);
			if ((want == 403 || want == 404) &&
			    strcmp(cases[_i].method, "HEAD") != 0)
				answer_is_error(want, text);
			/* The next one finds bob where he was. */
			if (want == 200 && strcmp(cases[_i].method, "DELETE") == 0) {
				user_unref(bob);
				bob = site_add_user("bob@x", "pwd");
			}
		}
}
END_TEST

/* Not what its own rows say, and not what the filter decides. */
START_TEST(nobody_is_nobody)
{
	for (int api = 1; api < N(apis); api++) {
		char setting[100];
		int want = api == 3 ? 404 : 403;

		(void)snprintf(setting, sizeof(setting), "USERS_API=%s", apis[api]);
		ck_assert_int_eq(
		    ask((struct ask){
			.method = "GET", .path = "/api/v1/users", .params = { setting } }),
		    want);
		ck_assert_int_eq(ask((struct ask){ .method = "GET",
				     .path = path_of("/users/<ann>"),
				     .params = { setting } }),
		    want);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(ask((struct ask){ .method = i == 0   ? "GET"
								     : i == 1 ? "PUT"
									      : "DELETE",
					     .path = "/api/v1/users/me",
					     .params = { setting } }),
			    404);
		/* Without a credential: the filter. */
		ck_assert_int_eq(ask((struct ask){ .method = "GET",
				     .path = "/api/v1/users",
				     .auth_type = "basic_auth",
				     .params = { setting } }),
		    401);
	}
}
END_TEST

START_TEST(a_user_may_go)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(as("ann@x", apis[_i], "DELETE",
				     i == 0 ? "/users/<ann>" : "/users/me", NULL),
		    200);
		ck_assert_str_eq(answer.body, "{}\n");
		ck_assert_int_eq(as("ann@x", apis[_i], "GET", "/users/me", NULL), 403);
		user_unref(ann);
		ann = site_add_user("ann@x", "pwd");
	}
}
END_TEST

static int
ask_as_root(const char *group)
{
	return ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users",
	    .auth_type = "basic_auth",
	    .basic = "root@x:pwd",
	    .params = { "USERS_API=admin", group } });
}

START_TEST(the_group_of_administrators_has_a_name)
{
	ck_assert_int_eq(ask_as_root(NULL), 200);
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=admin"), 200);
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=ops"), 403);
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=Admin"), 403);
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=admi"), 403);
	put_into(root, "ops");
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=ops"), 200);
	/* What is none opens nothing. */
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP="), 500);
	ck_assert_int_eq(ask_as_root("ADMIN_GROUP=a b"), 500);
}
END_TEST

START_TEST(a_refusal_is_logged_and_counted)
{
	char want[300], *log;

	site_forget_log();
	ck_assert_int_eq(as("ann@x", "admin", "PUT", "/users/<bob>", "{}"), 403);
	log = site_log();
	(void)snprintf(want, sizeof(want), " actor=%s method=PUT path=/users/%s\n",
	    ann->base.id, bob->base.id);
	ck_assert_ptr_nonnull(strstr(log, want));
	ck_assert_ptr_nonnull(strstr(log, "level=info event=permission-denied "));
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_DENIED), 1);
	ck_assert_int_eq(as("ann@x", "admin", "GET", "/users/me", NULL), 200);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_DENIED), 1);
}
END_TEST

/* Under self and admin alike; under open everybody may delete everybody. */
START_TEST(the_last_administrator_stays)
{
	for (int i = 0; i < 2; i++) {
		(void)as("root@x", apis[1 + i], "DELETE", "/users/me", NULL);
		answer_is_error(409, "the last enabled administrator");
	}
	ck_assert_int_eq(as("root@x", "open", "DELETE", "/users/<root>", NULL), 200);
}
END_TEST

Suite *
check_permission_suite(void)
{
	Suite *s = suite_create("app/permission");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, who_may_do_what, 0, N(cases));
	tcase_add_test(tc, nobody_is_nobody);
	tcase_add_loop_test(tc, a_user_may_go, 1, 3);
	tcase_add_test(tc, the_group_of_administrators_has_a_name);
	tcase_add_test(tc, a_refusal_is_logged_and_counted);
	tcase_add_test(tc, the_last_administrator_stays);
	suite_add_tcase(s, tc);
	return s;
}
