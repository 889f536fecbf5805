/* check_views_users.c - tests of src/app/views_users.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/app/ask.h"
#include "unit/fail_part.h"
#include "unit/tmp.h"

Suite *check_views_users_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define WALL     INT64_C(1508127784123)

static int
post(const char *body)
{
	return ask((struct ask){ .method = "POST",
	    .path = "/api/v1/users",
	    .type = "application/json",
	    .body = body });
}

static int
put(const char *id, const char *body)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/api/v1/users/%s", id);
	return ask((struct ask){
	    .method = "PUT", .path = path, .type = "application/json", .body = body });
}

static int
on_user(const char *method, const char *id)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/api/v1/users/%s", id);
	return ask((struct ask){ .method = method, .path = path });
}

/* The user that an answer shows, as text. */
static const char *
shown(
    const char *id, const char *email, const char *first, const char *last, const char *updated)
{
	static char text[1000];

	(void)snprintf(text, sizeof(text),
	    "{\n"
	    "  \"created_at\": \"2017-10-16 04:23:04\",\n"
	    "  \"email\": \"%s\",\n"
	    "  \"first_name\": %s,\n"
	    "  \"id\": \"%s\",\n"
	    "  \"last_name\": %s,\n"
	    "  \"updated_at\": \"%s\"\n"
	    "}\n",
	    email, first, id, last, updated);
	return text;
}

/* ------------------------------------------------------------------------ add */

START_TEST(add)
{
	struct user *user;
	char *text;

	clock_freeze(1, WALL);
	ck_assert_int_eq(
	    post("{\"email\": \"bob@hbtn.io\", \"password\": \"H0lbertonSchool98!\", "
		 "\"first_name\": \"Bob\", \"last_name\": null, \"id\": \"mine\", "
		 "\"_password\": \"x\", \"created_at\": \"1970-01-01 00:00:00\"}"),
	    201);
	ck_assert_int_eq(
	    users_find_by_email(site.app.env.users, STR_LIT("bob@hbtn.io"), &user), 0);
	ck_assert_str_eq(answer.body,
	    shown(user->base.id, "bob@hbtn.io", "\"Bob\"", "null", "2017-10-16 04:23:04"));
	ck_assert_str_eq(answer_header("Content-Type"), "application/json");
	user_unref(user);
	/* Neither the answer nor the log nor a file shows the password. */
	ck_assert_ptr_null(strstr(answer.text.p, "H0lberton"));
	ck_assert_ptr_null(strstr(answer.text.p, "$y$"));
	text = site_log();
	ck_assert_ptr_nonnull(strstr(text, "user-added"));
	ck_assert_ptr_null(strstr(text, "H0lberton"));
	free(text);
	text = tmp_read("data/User.jsonl");
	ck_assert_ptr_null(strstr(text, "H0lberton"));
	free(text);
}
END_TEST

static const struct {
	const char *body, *error;
} refused[] = {
	{ "", "Wrong format" },
	{ "null", "Wrong format" },
	{ "[]", "Wrong format" },
	{ "\"email\"", "Wrong format" },
	{ "1", "Wrong format" },
	{ "{", "Wrong format" },
	{ "{\"email\": }", "Wrong format" },
	{ "{'email': 'a'}", "Wrong format" },
	{ "{} x", "Wrong format" },
	{ "{\"email\": \"\xff\", \"password\": \"x\"}", "Wrong format" },
	{ "email=a&password=b", "Wrong format" },
	{ "{}", "email missing" },
	{ "{\"email\": \"\"}", "email missing" },
	{ "{\"email\": \"\", \"password\": \"x\"}", "email missing" },
	{ "{\"password\": \"x\"}", "email missing" },
	{ "{\"Email\": \"a@b\", \"password\": \"x\"}", "email missing" },
	{ "{\"email\": \"a@b\"}", "password missing" },
	{ "{\"email\": \"a@b\", \"password\": \"\"}", "password missing" },
	{ "{\"email\": 1}", "password missing" },
	{ "{\"email\": null, \"password\": \"x\"}",
	    "Can't create User: email is not a string" },
	{ "{\"email\": 1, \"password\": \"x\"}", "Can't create User: email is not a string" },
	{ "{\"email\": [], \"password\": \"x\"}", "Can't create User: email is not a string" },
	{ "{\"email\": {}, \"password\": \"x\"}", "Can't create User: email is not a string" },
	{ "{\"email\": true, \"password\": \"x\"}",
	    "Can't create User: email is not a string" },
	{ "{\"email\": \"a@b\", \"password\": null}",
	    "Can't create User: password is not a string" },
	{ "{\"email\": \"a@b\", \"password\": 1}",
	    "Can't create User: password is not a string" },
	{ "{\"email\": \"a@b\", \"password\": false}",
	    "Can't create User: password is not a string" },
	{ "{\"email\": \"a@b\", \"password\": \"x\", \"first_name\": 1}",
	    "Can't create User: first_name is neither a string nor null" },
	{ "{\"email\": \"a@b\", \"password\": \"x\", \"last_name\": []}",
	    "Can't create User: last_name is neither a string nor null" },
	{ "{\"email\": \"bob@hbtn.io\", \"password\": \"x\"}",
	    "Can't create User: email already exists" },
	{ "{\"email\": \"a\\u0000b\", \"password\": \"x\"}",
	    "Can't create User: email holds a control character" },
	{ "{\"email\": \"not an email\", \"password\": \"x\"}",
	    "Can't create User: email holds a blank" },
	{ "{\"email\": \"bob\", \"password\": \"x\"}",
	    "Can't create User: email needs one @, with something before and after it" },
	{ "{\"email\": \"bob:b@hbtn.io\", \"password\": \"x\"}",
	    "Can't create User: email holds a colon" },
	{ "{\"email\": \"a@b\", \"password\": \"x\\u0000y\"}",
	    "Can't create User: password holds a NUL character" },
	/* The last of two equal members wins. */
	{ "{\"email\": \"a@b\", \"email\": \"\", \"password\": \"x\"}", "email missing" },
};

START_TEST(what_cannot_be_added_is_told)
{
	uint64_t n;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)post(refused[_i].body);
	answer_is_error(400, refused[_i].error);
	ck_assert_int_eq(users_count(site.app.env.users, &n), 0);
	ck_assert_uint_eq(n, 1);
}
END_TEST

static const struct {
	const char *type;
	int want;
} types[] = {
	{ "application/json", 201 },
	{ "APPLICATION/JSON", 201 },
	{ "application/json; charset=utf-8", 201 },
	{ "application/vnd.api+json", 201 },
	{ "text/plain", 400 },
	{ "application/x-www-form-urlencoded", 400 },
	{ "application/jsonx", 400 },
	{ "text/json", 400 },
	{ NULL, 400 },
};

START_TEST(the_body_must_say_that_it_is_json)
{
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/users",
	    .type = types[_i].type,
	    .body = "{\"email\": \"a@b\", \"password\": \"x\"}" });
	ck_assert_int_eq(answer.status, types[_i].want);
	if (types[_i].want == 400)
		answer_is_error(400, "Wrong format");
}
END_TEST

START_TEST(lengths)
{
	static char body[4000], text[1100];

	memset(text, 'x', sizeof(text));
	(void)snprintf(
	    body, sizeof(body), "{\"email\": \"e@%.253s\", \"password\": \"x\"}", text);
	(void)post(body);
	answer_is_error(400, "Can't create User: email is longer than 254 bytes");
	(void)snprintf(
	    body, sizeof(body), "{\"email\": \"a@b\", \"password\": \"%.1025s\"}", text);
	(void)post(body);
	answer_is_error(400, "Can't create User: password is longer than 1024 bytes");
	(void)snprintf(body, sizeof(body),
	    "{\"email\": \"a@b\", \"password\": \"x\", \"first_name\": \"%.1025s\"}", text);
	(void)post(body);
	answer_is_error(400, "Can't create User: a name is longer than 1024 bytes");
	(void)snprintf(body, sizeof(body),
	    "{\"email\": \"e@%.252s\", \"password\": \"%.1024s\", \"first_name\": \"%.1024s\"}",
	    text, text, text);
	ck_assert_int_eq(post(body), 201);
}
END_TEST

/* ----------------------------------------------------------------------- read */

START_TEST(list)
{
	struct user *bob, *eve;
	char want[2000];

	ck_assert_int_eq(ask((struct ask){ .method = "GET", .path = "/api/v1/users" }), 200);
	ck_assert_str_eq(answer.body, "[]\n");
	clock_freeze(1, WALL);
	bob = site_add_user("bob@hbtn.io", "pwd");
	eve = site_add_user("eve@hbtn.io", "pwd");
	ck_assert_int_eq(ask((struct ask){ .method = "GET", .path = "/api/v1/users/" }), 200);
	(void)snprintf(want, sizeof(want),
	    "[\n"
	    "  {\n"
	    "    \"created_at\": \"2017-10-16 04:23:04\",\n"
	    "    \"email\": \"bob@hbtn.io\",\n"
	    "    \"first_name\": null,\n"
	    "    \"id\": \"%s\",\n"
	    "    \"last_name\": null,\n"
	    "    \"updated_at\": \"2017-10-16 04:23:04\"\n"
	    "  },\n"
	    "  {\n"
	    "    \"created_at\": \"2017-10-16 04:23:04\",\n"
	    "    \"email\": \"eve@hbtn.io\",\n"
	    "    \"first_name\": null,\n"
	    "    \"id\": \"%s\",\n"
	    "    \"last_name\": null,\n"
	    "    \"updated_at\": \"2017-10-16 04:23:04\"\n"
	    "  }\n"
	    "]\n",
	    bob->base.id, eve->base.id);
	ck_assert_str_eq(answer.body, want);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

START_TEST(get)
{
	struct user *bob;

	clock_freeze(1, WALL);
	bob = site_add_user("bob@hbtn.io", "pwd");
	ck_assert_int_eq(on_user("GET", bob->base.id), 200);
	ck_assert_str_eq(answer.body,
	    shown(bob->base.id, "bob@hbtn.io", "null", "null", "2017-10-16 04:23:04"));
	(void)on_user("GET", "cf3ddee1-ff24-49e4-a40b-2540333fe992");
	answer_is_error(404, "Not found");
	(void)on_user("GET", "bob@hbtn.io");
	answer_is_error(404, "Not found");
	(void)on_user("GET", "%6d%65");
	answer_is_error(404, "Not found");
	user_unref(bob);
}
END_TEST

START_TEST(me)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	/* Under none there is no current user, whatever is sent. */
	(void)ask((struct ask){
	    .method = "GET", .path = "/api/v1/users/me", .basic = "bob@hbtn.io:pwd" });
	answer_is_error(404, "Not found");
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me",
			     .auth_type = "basic_auth",
			     .basic = "bob@hbtn.io:pwd" }),
	    200);
	ck_assert_ptr_nonnull(strstr(answer.body, bob->base.id));
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me/",
			     .auth_type = "basic_auth",
			     .basic = "bob@hbtn.io:pwd" }),
	    200);
	user_unref(bob);
}
END_TEST

/* --------------------------------------------------------------------- change */

START_TEST(rename_user)
{
	struct user *bob;

	clock_freeze(1, WALL);
	bob = site_add_user("bob@hbtn.io", "pwd");
	clock_freeze(1, WALL + 60000);
	ck_assert_int_eq(
	    put(bob->base.id, "{\"first_name\": \"B\\u00f6b\", \"email\": \"x@y\", "
			      "\"password\": \"new\", \"id\": \"mine\"}"),
	    200);
	ck_assert_str_eq(answer.body,
	    shown(bob->base.id, "bob@hbtn.io", "\"B\\u00f6b\"", "null", "2017-10-16 04:24:04"));
	ck_assert_int_eq(
	    put(bob->base.id, "{\"last_name\": \"Dylan\", \"first_name\": null}"), 200);
	ck_assert_str_eq(answer.body, shown(bob->base.id, "bob@hbtn.io", "\"B\\u00f6b\"",
					  "\"Dylan\"", "2017-10-16 04:24:04"));
	/* Nothing to change is a change all the same: updated_at moves. */
	clock_freeze(1, WALL + 120000);
	ck_assert_int_eq(put(bob->base.id, "{}"), 200);
	ck_assert_str_eq(answer.body, shown(bob->base.id, "bob@hbtn.io", "\"B\\u00f6b\"",
					  "\"Dylan\"", "2017-10-16 04:25:04"));
	ck_assert_int_eq(put(bob->base.id, "{\"first_name\": \"\"}"), 200);
	ck_assert_ptr_nonnull(strstr(answer.body, "\"first_name\": \"\""));
	/* The password is the old one. */
	ck_assert_int_eq(ask((struct ask){ .method = "GET",
			     .path = "/api/v1/users/me",
			     .auth_type = "basic_auth",
			     .basic = "bob@hbtn.io:pwd" }),
	    200);
	user_unref(bob);
}
END_TEST

static const char *const bad_puts[] = { "", "null", "[]", "1", "{", "{\"first_name\": 1}",
	"{\"first_name\": \"ok\", \"last_name\": false}", "{\"last_name\": {}}" };

START_TEST(a_bad_rename_changes_nothing)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *now;

	(void)put(bob->base.id, bad_puts[_i]);
	answer_is_error(400, "Wrong format");
	/* The id is looked at first. */
	(void)put("cf3ddee1-ff24-49e4-a40b-2540333fe992", bad_puts[_i]);
	answer_is_error(404, "Not found");
	(void)put("me", bad_puts[_i]);
	answer_is_error(404, "Not found");
	ck_assert_int_eq(users_get(site.app.env.users, str_of(bob->base.id), &now), 0);
	unit_assert_str(now->first_name, NULL);
	user_unref(now);
	user_unref(bob);
}
END_TEST

START_TEST(a_name_that_is_too_long_is_refused)
{
	static char body[1200], text[1026];
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	memset(text, 'x', 1025);
	(void)snprintf(body, sizeof(body), "{\"first_name\": \"%s\"}", text);
	(void)put(bob->base.id, body);
	answer_is_error(400, "Can't update User: a name is longer than 1024 bytes");
	(void)snprintf(body, sizeof(body), "{\"last_name\": \"%s\"}", text);
	(void)put(bob->base.id, body);
	answer_is_error(400, "Can't update User: a name is longer than 1024 bytes");
	user_unref(bob);
}
END_TEST

START_TEST(delete_user)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	(void)on_user("DELETE", "me");
	answer_is_error(404, "Not found");
	ck_assert_int_eq(on_user("DELETE", bob->base.id), 200);
	ck_assert_str_eq(answer.body, "{}\n");
	(void)on_user("DELETE", bob->base.id);
	answer_is_error(404, "Not found");
	(void)on_user("GET", bob->base.id);
	answer_is_error(404, "Not found");
	user_unref(bob);
}
END_TEST

/* Deleted, by another process, between the look at the id and the change. */
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
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	fail_part_before("journal_lock", delete_meanwhile, bob->base.id);
	(void)put(bob->base.id, "{}");
	answer_is_error(404, "Not found");
	user_unref(bob);
}
END_TEST

/* -------------------------------------------------------------------- failures */

static bool
is_logged(const char *text)
{
	char *log = site_log();
	bool is_there = strstr(log, text) != NULL;

	free(log);
	return is_there;
}

START_TEST(a_failure_is_a_503)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	user_unref(site_add_user("u1", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	(void)ask((struct ask){ .method = "GET", .path = "/api/v1/users" });
	answer_is_error(503, "Service unavailable");
	fail_part("journal_catch_up", 1, -EIO);
	(void)on_user("GET", bob->base.id);
	answer_is_error(503, "Service unavailable");
	fail_part("journal_catch_up", 1, -EIO);
	(void)put(bob->base.id, "{}");
	answer_is_error(503, "Service unavailable");
	fail_part("journal_append", 1, -ENOSPC);
	(void)put(bob->base.id, "{}");
	answer_is_error(503, "Service unavailable");
	fail_part("journal_sync", 1, -EIO);
	(void)post("{\"email\": \"a@b\", \"password\": \"x\"}");
	answer_is_error(503, "Service unavailable");
	fail_part("admission_enter", 1, -EBUSY);
	(void)post("{\"email\": \"c@d\", \"password\": \"x\"}");
	answer_is_error(503, "Service unavailable");
	fail_part("journal_append", 1, -ENOSPC);
	(void)on_user("DELETE", bob->base.id);
	answer_is_error(503, "Service unavailable");
	ck_assert(!is_logged("user-deleted"));
	/* The user is gone, whatever comes after. */
	fail_part("table_each", 1, -ETIMEDOUT);
	(void)on_user("DELETE", bob->base.id);
	answer_is_error(503, "Service unavailable");
	ck_assert(is_logged("level=warn event=user-deleted"));
	(void)on_user("GET", bob->base.id);
	answer_is_error(404, "Not found");
	ck_assert(fail_part_is_done());
	user_unref(bob);
}
END_TEST

/* ------------------------------------------------------------------ who did it */

/* The log has a line with that event, user and actor; it is forgotten. */
static void
log_names(const char *event, const char *user, const char *actor)
{
	char *log = site_log(), *rest = log, *line, want[200], lead[100];
	bool is_found = false;

	(void)snprintf(lead, sizeof(lead), " level=info event=%s ", event);
	(void)snprintf(want, sizeof(want), " user=%s actor=%s", user, actor);
	while ((line = strsep(&rest, "\n")) != NULL)
		is_found =
		    is_found || (strstr(line, lead) != NULL && strlen(line) > strlen(want) &&
				    strcmp(line + strlen(line) - strlen(want), want) == 0);
	ck_assert_msg(is_found, "no%sends with%s", lead, want);
	free(log);
	site_forget_log();
}

START_TEST(a_change_is_logged_with_who_made_it)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *ann;
	char path[200];

	site_forget_log();
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/users",
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd",
	    .type = "application/json",
	    .body = "{\"email\": \"ann@hbtn.io\", \"password\": \"x\"}" });
	ck_assert_int_eq(answer.status, 201);
	ck_assert_int_eq(
	    users_find_by_email(site.app.env.users, STR_LIT("ann@hbtn.io"), &ann), 0);
	log_names("user-added", ann->base.id, bob->base.id);
	(void)snprintf(path, sizeof(path), "/api/v1/users/%s", ann->base.id);
	(void)ask((struct ask){ .method = "PUT",
	    .path = path,
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd",
	    .type = "application/json",
	    .body = "{\"first_name\": \"Ann\"}" });
	ck_assert_int_eq(answer.status, 200);
	log_names("user-renamed", ann->base.id, bob->base.id);
	(void)ask((struct ask){ .method = "DELETE",
	    .path = path,
	    .auth_type = "basic_auth",
	    .basic = "bob@hbtn.io:pwd" });
	ck_assert_int_eq(answer.status, 200);
	log_names("user-deleted", ann->base.id, bob->base.id);
	/* Where everybody gets in, nobody is known. */
	ck_assert_int_eq(put(bob->base.id, "{\"first_name\": \"Bob\"}"), 200);
	log_names("user-renamed", bob->base.id, "nobody");
	user_unref(ann);
	user_unref(bob);
}
END_TEST

Suite *
check_views_users_suite(void)
{
	Suite *s = suite_create("app/views_users");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, add);
	tcase_add_loop_test(tc, what_cannot_be_added_is_told, 0, N(refused));
	tcase_add_loop_test(tc, the_body_must_say_that_it_is_json, 0, N(types));
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, list);
	tcase_add_test(tc, get);
	tcase_add_test(tc, me);
	tcase_add_test(tc, rename_user);
	tcase_add_loop_test(tc, a_bad_rename_changes_nothing, 0, N(bad_puts));
	tcase_add_test(tc, a_name_that_is_too_long_is_refused);
	tcase_add_test(tc, delete_user);
	tcase_add_test(tc, deleted_meanwhile_is_not_found);
	tcase_add_test(tc, a_failure_is_a_503);
	tcase_add_test(tc, a_change_is_logged_with_who_made_it);
	suite_add_tcase(s, tc);
	return s;
}
