/* check_views_sessions.c - tests of src/app/views_sessions.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "core/clock.h"
#include "model/session_list.h"
#include "unit/app/ask.h"
#include "unit/fail_part.h"

Suite *check_views_sessions_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define SESSIONS "/api/v1/auth_session/sessions"
#define BOOT     INT64_C(60000000)
#define WALL     INT64_C(1508127784000) /* 2017-10-16 04:23:04 */

static const char *const types[] = { "session_auth", "session_exp_auth", "session_db_auth" };

static void
log_in(const char *type, const char *email, char id[IDENT_SESSION_BYTES])
{
	char body[100];

	(void)snprintf(body, sizeof(body), "email=%s&password=pwd", email);
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = type,
			     .type = "application/x-www-form-urlencoded",
			     .body = body,
			     .params = { "SESSION_DURATION=600" } }),
	    200);
	answer_session_id(id);
}

static int
is_in(const char *type, const char *id)
{
	return ask((struct ask){ .method = "GET",
		   .path = "/api/v1/users/me",
		   .auth_type = type,
		   .cookie = id }) == 200;
}

static int
on_sessions(
    const char *method, const char *type, const char *id, const char *tail, const char *query)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s%s", SESSIONS, tail);
	return ask((struct ask){ .method = method,
	    .path = path,
	    .auth_type = type,
	    .cookie = id,
	    .params = { "SESSION_DURATION=600", query } });
}

/* The list, as who has this session sees it; the caller puts it. */
static struct json_object *
list_of(const char *type, const char *id)
{
	struct json_object *list;

	ck_assert_int_eq(on_sessions("GET", type, id, "", NULL), 200);
	list = json_tokener_parse(answer.body);
	ck_assert(json_object_is_type(list, json_type_array));
	return list;
}

static const char *
member(struct json_object *list, size_t i, const char *name)
{
	return json_object_get_string(
	    json_object_object_get(json_object_array_get_idx(list, i), name));
}

/* The handle of the i-th, with a slash before it. */
static void
take_handle(const char *type, const char *id, size_t i, char ret[SESSION_HANDLE_BYTES + 1])
{
	struct json_object *list = list_of(type, id);

	(void)snprintf(ret, SESSION_HANDLE_BYTES + 1, "/%s", member(list, i, "id"));
	ck_assert_uint_eq(strlen(ret), SESSION_HANDLE_BYTES);
	json_object_put(list);
}

/* -------------------------------------------------------------------------- list */

START_TEST(the_own_ones_newest_first)
{
	char first[IDENT_SESSION_BYTES], second[IDENT_SESSION_BYTES], eves[IDENT_SESSION_BYTES];
	bool is_lasting = strcmp(types[_i], "session_auth") == 0;
	struct json_object *list;
	char want[1000], handles[2][SESSION_HANDLE_BYTES + 1];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	clock_freeze(BOOT, WALL);
	site_reboot();
	log_in(types[_i], "bob@hbtn.io", first);
	log_in(types[_i], "eve@hbtn.io", eves);
	clock_freeze(BOOT + 120000, WALL + 120000);
	log_in(types[_i], "bob@hbtn.io", second);
	clock_freeze(BOOT + 300000, WALL + 300000);
	take_handle(types[_i], first, 0, handles[0]);
	take_handle(types[_i], first, 1, handles[1]);
	(void)snprintf(want, sizeof(want),
	    "[\n  {\n    \"client\": null,\n"
	    "    \"created_at\": \"2017-10-16 04:25:04\",\n"
	    "    \"current\": false,\n"
	    "    \"expires_at\": %s,\n"
	    "    \"id\": \"%s\",\n"
	    "    \"last_seen_at\": \"2017-10-16 04:25:04\",\n"
	    "    \"user_agent\": null\n  },\n  {\n    \"client\": null,\n"
	    "    \"created_at\": \"2017-10-16 04:23:04\",\n"
	    "    \"current\": true,\n"
	    "    \"expires_at\": %s,\n"
	    "    \"id\": \"%s\",\n"
	    "    \"last_seen_at\": \"2017-10-16 04:28:04\",\n"
	    "    \"user_agent\": null\n  }\n]\n",
	    is_lasting ? "null" : "\"2017-10-16 04:35:04\"", handles[0] + 1,
	    is_lasting ? "null" : "\"2017-10-16 04:33:04\"", handles[1] + 1);
	ck_assert_str_eq(answer.body, want);
	ck_assert_str_eq(answer_header("Cache-Control"), "no-store");
	/* No id of a session, and no digest of one, is in it. */
	ck_assert_ptr_null(strstr(answer.body, first));
	ck_assert_ptr_null(strstr(answer.body, second));
	/* Eve sees her own, and another handle. */
	list = list_of(types[_i], eves);
	ck_assert_uint_eq(json_object_array_length(list), 1);
	ck_assert_str_eq(member(list, 0, "current"), "true");
	ck_assert_str_ne(member(list, 0, "id"), handles[0] + 1);
	ck_assert_str_ne(member(list, 0, "id"), handles[1] + 1);
	json_object_put(list);
}
END_TEST

/* Whoever looks for strangers wants to see those of every site. */
START_TEST(of_every_type_and_realm)
{
	char ids[3][IDENT_SESSION_BYTES];
	struct json_object *list;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < N(types); i++)
		log_in(types[i], "bob@hbtn.io", ids[i]);
	for (int i = 0; i < N(types); i++) {
		list = list_of(types[i], ids[i]);
		ck_assert_uint_eq(json_object_array_length(list), 3);
		json_object_put(list);
	}
	(void)on_sessions("GET", types[0], ids[0], "", "AUTH_REALM=b");
	answer_is_error(403, "Forbidden");
	(void)on_sessions("DELETE", types[1], ids[1], "", NULL);
	ck_assert_str_eq(answer.body, "{\n  \"ended\": 2\n}\n");
	ck_assert(is_in(types[1], ids[1]));
	ck_assert(!is_in(types[0], ids[0]));
	ck_assert(!is_in(types[2], ids[2]));
}
END_TEST

/* The duration of the request decides, as it does when the session is checked. */
START_TEST(a_shorter_duration_shows)
{
	char id[IDENT_SESSION_BYTES];
	struct json_object *list;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	clock_freeze(BOOT, WALL);
	site_reboot();
	log_in(types[_i], "bob@hbtn.io", id);
	(void)ask((struct ask){ .method = "GET",
	    .path = SESSIONS,
	    .auth_type = types[_i],
	    .cookie = id,
	    .params = { "SESSION_DURATION=60" } });
	list = json_tokener_parse(answer.body);
	ck_assert_str_eq(member(list, 0, "expires_at"), "2017-10-16 04:24:04");
	json_object_put(list);
	(void)ask((struct ask){ .method = "GET",
	    .path = SESSIONS,
	    .auth_type = types[_i],
	    .cookie = id,
	    .params = { "SESSION_DURATION=6000" } });
	list = json_tokener_parse(answer.body);
	ck_assert_str_eq(member(list, 0, "expires_at"), "2017-10-16 04:33:04");
	json_object_put(list);
}
END_TEST

static void
log_in_with(
    const char *details, const char *client, const char *agent, char id[IDENT_SESSION_BYTES])
{
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = "session_db_auth",
			     .type = "application/x-www-form-urlencoded",
			     .body = "email=bob@hbtn.io&password=pwd",
			     .params = { details, client, agent } }),
	    200);
	answer_session_id(id);
}

START_TEST(client_and_browser)
{
	char ids[3][IDENT_SESSION_BYTES];
	struct json_object *list;
	struct stat st;
	char path[400];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)snprintf(path, sizeof(path), "%s/%s", site.run_dir, DETAILS_FILE);
	clock_freeze(BOOT, WALL);
	log_in_with(
	    "SESSION_DETAILS=off", "REMOTE_ADDR=192.0.2.1", "HTTP_USER_AGENT=a", ids[0]);
	ck_assert_int_eq(stat(path, &st), -1); /* not kept, not even a file */
	clock_freeze(BOOT + 1000, WALL + 1000);
	log_in_with("SESSION_DETAILS=on", "REMOTE_ADDR=192.0.2.2",
	    "HTTP_USER_AGENT=b \"\xc3\xa4", ids[1]);
	clock_freeze(BOOT + 2000, WALL + 2000);
	log_in_with("SESSION_DETAILS=on", "REMOTE_ADDR=unix:", "X=", ids[2]);
	ck_assert_int_eq(
	    on_sessions("GET", "session_db_auth", ids[0], "", "SESSION_DETAILS=on"), 200);
	ck_assert_ptr_nonnull(strstr(answer.body, "\"user_agent\": \"b \\\"\\u00e4\""));
	list = json_tokener_parse(answer.body);
	ck_assert_ptr_null(member(list, 0, "client"));
	ck_assert_ptr_null(member(list, 0, "user_agent"));
	ck_assert_str_eq(member(list, 1, "client"), "192.0.2.2");
	ck_assert_ptr_null(member(list, 2, "client"));
	ck_assert_ptr_null(member(list, 2, "user_agent"));
	json_object_put(list);
	/* Where they are off none are shown. */
	list = list_of("session_db_auth", ids[0]);
	ck_assert_ptr_null(member(list, 1, "client"));
	json_object_put(list);
	/* They do not outlive a boot, and the session does. */
	site_reboot();
	ck_assert_int_eq(
	    on_sessions("GET", "session_db_auth", ids[1], "", "SESSION_DETAILS=on"), 200);
	ck_assert_ptr_null(strstr(answer.body, "192.0.2.2"));
}
END_TEST

START_TEST(a_login_goes_on_without_them)
{
	char id[IDENT_SESSION_BYTES], path[400], *log;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	(void)snprintf(path, sizeof(path), "%s/%s", site.run_dir, DETAILS_FILE);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	log_in_with("SESSION_DETAILS=on", "REMOTE_ADDR=192.0.2.2", "HTTP_USER_AGENT=b", id);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "level=warn event=session-details-lost"));
	free(log);
	ck_assert_int_eq(
	    on_sessions("GET", "session_db_auth", id, "", "SESSION_DETAILS=on"), 200);
}
END_TEST

/* --------------------------------------------------------------------------- end */

START_TEST(one_by_its_handle)
{
	char here[IDENT_SESSION_BYTES], other[IDENT_SESSION_BYTES], want[200], *log;
	char handle[SESSION_HANDLE_BYTES + 1];
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	clock_freeze(BOOT, WALL);
	log_in(types[_i], "bob@hbtn.io", here);
	clock_freeze(BOOT + 1000, WALL + 1000);
	log_in(types[_i], "bob@hbtn.io", other);
	take_handle(types[_i], here, 0, handle);
	site_forget_log();
	ck_assert_int_eq(on_sessions("DELETE", types[_i], here, handle, NULL), 200);
	ck_assert_str_eq(answer.body, "{}\n");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert(!is_in(types[_i], other));
	ck_assert(is_in(types[_i], here));
	log = site_log();
	(void)snprintf(want, sizeof(want), " handle=%s user=%s actor=%s\n", handle + 1,
	    bob->base.id, bob->base.id);
	ck_assert_msg(
	    strstr(log, "level=info event=session-ended ") != NULL && strstr(log, want) != NULL,
	    "%s", log);
	free(log);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_SESSIONS_ENDED), 1);
	/* Once. */
	(void)on_sessions("DELETE", types[_i], here, handle, NULL);
	answer_is_error(404, "Not found");
	/* It is over after a reboot as well. */
	site_reboot();
	ck_assert(!is_in(types[_i], other));
	user_unref(bob);
}
END_TEST

START_TEST(the_own_one_is_a_logout)
{
	char id[IDENT_SESSION_BYTES], handle[SESSION_HANDLE_BYTES + 1];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	log_in(types[_i], "bob@hbtn.io", id);
	take_handle(types[_i], id, 0, handle);
	ck_assert_int_eq(on_sessions("DELETE", types[_i], id, handle, NULL), 200);
	ck_assert_int_eq(strncmp(answer_header("Set-Cookie"), "_my_session_id=;", 16), 0);
	ck_assert_ptr_nonnull(strstr(answer_header("Set-Cookie"), "Max-Age=0"));
	ck_assert(!is_in(types[_i], id));
	(void)on_sessions("DELETE", types[_i], id, handle, NULL);
	answer_is_error(403, "Forbidden");
}
END_TEST

START_TEST(nobody_elses)
{
	char bobs[IDENT_SESSION_BYTES], eves[IDENT_SESSION_BYTES];
	char handle[SESSION_HANDLE_BYTES + 1];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	log_in(types[_i], "bob@hbtn.io", bobs);
	log_in(types[_i], "eve@hbtn.io", eves);
	take_handle(types[_i], bobs, 0, handle);
	(void)on_sessions("DELETE", types[_i], eves, handle, NULL);
	answer_is_error(404, "Not found");
	(void)on_sessions("DELETE", types[_i], eves, "", "QUERY_STRING=all=1");
	ck_assert_str_eq(answer.body, "{\n  \"ended\": 1\n}\n");
	ck_assert(is_in(types[_i], bobs));
	/* A handle is no cookie. */
	ck_assert(!is_in(types[_i], handle + 1));
}
END_TEST

START_TEST(what_is_no_handle)
{
	static const char *const tails[] = { "/x", "/0123456789abcdef0123",
		"/0123456789ABCDEF0123", "/0123456789abcdef0123%00",
		"/cf3ddee1-ff24-49e4-a40b-2540333fe992", "/current" };
	char id[IDENT_SESSION_BYTES];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	log_in("session_auth", "bob@hbtn.io", id);
	(void)on_sessions("DELETE", "session_auth", id, tails[_i], NULL);
	answer_is_error(404, "Not found");
	ck_assert(is_in("session_auth", id));
}
END_TEST

static const struct {
	const char *query;
	int n; /* of two others, and the current one; -1: refused */
} queries[] = {
	{ NULL, 2 },
	{ "QUERY_STRING=", 2 },
	{ "QUERY_STRING=all=0", 2 },
	{ "QUERY_STRING=al=1", 2 },
	{ "QUERY_STRING=all=1", 3 },
	{ "QUERY_STRING=x=y&all=1", 3 },
	{ "QUERY_STRING=%61ll=%31", 3 },
	{ "QUERY_STRING=all", -1 },
	{ "QUERY_STRING=all=", -1 },
	{ "QUERY_STRING=all=true", -1 },
	{ "QUERY_STRING=all=2&all=1", -1 },
};

static void
end_many(const char *type, const char *query, int want)
{
	char ids[3][IDENT_SESSION_BYTES], eves[IDENT_SESSION_BYTES], text[100], *log;

	for (int i = 0; i < 3; i++)
		log_in(type, "bob@hbtn.io", ids[i]);
	log_in(type, "eve@hbtn.io", eves);
	(void)on_sessions("DELETE", type, ids[0], "", query);
	if (want < 0) {
		answer_is_error(400, "all must be 0 or 1");
	} else {
		(void)snprintf(text, sizeof(text), "{\n  \"ended\": %d\n}\n", want);
		ck_assert_int_eq(answer.status, 200);
		ck_assert_str_eq(answer.body, text);
		(void)snprintf(text, sizeof(text), " n=%d\n", want);
		log = site_log();
		ck_assert_msg(
		    strstr(log, "level=info event=sessions-ended ") != NULL, "%s", log);
		ck_assert_ptr_nonnull(strstr(log, text));
		free(log);
	}
	ck_assert_int_eq(answer_header("Set-Cookie") != NULL, want == 3);
	ck_assert_int_eq(is_in(type, ids[0]), want != 3);
	ck_assert_int_eq(is_in(type, ids[1]), want < 0);
	ck_assert_int_eq(is_in(type, ids[2]), want < 0);
	ck_assert(is_in(type, eves));
}

START_TEST(the_others_or_all)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	end_many(types[_i % N(types)], queries[_i / N(types)].query, queries[_i / N(types)].n);
}
END_TEST

/* ------------------------------------------------------------- not at all */

START_TEST(where_there_are_no_sessions)
{
	static const char *const methods[] = { "GET", "DELETE", "DELETE" };
	static const char *const paths[] = { SESSIONS, SESSIONS,
		SESSIONS "/0123456789abcdef0123" };

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 3; i++) {
		(void)ask((struct ask){
		    .method = methods[i], .path = paths[i], .auth_type = "none" });
		answer_is_error(404, "Not found");
		(void)ask((struct ask){ .method = methods[i],
		    .path = paths[i],
		    .auth_type = "basic_auth",
		    .basic = "bob@hbtn.io:pwd" });
		answer_is_error(404, "Not found");
		(void)ask((struct ask){
		    .method = methods[i], .path = paths[i], .auth_type = "session_auth" });
		answer_is_error(401, "Unauthorized");
		(void)ask((struct ask){ .method = methods[i],
		    .path = paths[i],
		    .auth_type = "session_auth",
		    .cookie = "cf3ddee1-ff24-49e4-a40b-2540333fe992" });
		answer_is_error(403, "Forbidden");
	}
}
END_TEST

START_TEST(a_failure_is_a_503)
{
	char id[IDENT_SESSION_BYTES], other[IDENT_SESSION_BYTES];
	char handle[SESSION_HANDLE_BYTES + 1];

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	clock_freeze(BOOT, WALL);
	log_in("session_db_auth", "bob@hbtn.io", id);
	clock_freeze(BOOT + 1000, WALL + 1000);
	log_in("session_db_auth", "bob@hbtn.io", other);
	take_handle("session_db_auth", id, 0, handle);
	fail_part("table_each", 1, -EBADMSG);
	(void)on_sessions("GET", "session_db_auth", id, "", NULL);
	answer_is_error(503, "Service unavailable");
	fail_part("table_each", 1, -EBADMSG);
	(void)on_sessions("DELETE", "session_db_auth", id, handle, NULL);
	answer_is_error(503, "Service unavailable");
	fail_part("journal_sync", 1, -EIO);
	(void)on_sessions("DELETE", "session_db_auth", id, handle, NULL);
	answer_is_error(503, "Service unavailable");
	fail_part("journal_sync", 1, -EIO);
	(void)on_sessions("DELETE", "session_db_auth", id, "", NULL);
	answer_is_error(503, "Service unavailable");
	/* Nothing is half: it is alive everywhere, and can be ended now. */
	ck_assert(is_in("session_db_auth", other));
	ck_assert_int_eq(on_sessions("DELETE", "session_db_auth", id, handle, NULL), 200);
	ck_assert(!is_in("session_db_auth", other));
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_SESSIONS_ENDED), 1);
}
END_TEST

Suite *
check_views_sessions_suite(void)
{
	Suite *s = suite_create("app/views_sessions");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, the_own_ones_newest_first, 0, N(types));
	tcase_add_test(tc, of_every_type_and_realm);
	tcase_add_loop_test(tc, a_shorter_duration_shows, 1, N(types));
	tcase_add_test(tc, client_and_browser);
	tcase_add_test(tc, a_login_goes_on_without_them);
	tcase_add_loop_test(tc, one_by_its_handle, 0, N(types));
	tcase_add_loop_test(tc, the_own_one_is_a_logout, 0, N(types));
	tcase_add_loop_test(tc, nobody_elses, 0, N(types));
	tcase_add_loop_test(tc, what_is_no_handle, 0, 6);
	tcase_add_loop_test(tc, the_others_or_all, 0, N(queries) * N(types));
	tcase_add_test(tc, where_there_are_no_sessions);
	tcase_add_test(tc, a_failure_is_a_503);
	suite_add_tcase(s, tc);
	return s;
}
