/* check_views_password.c - tests of src/app/views_password.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "unit/app/ask.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"

Suite *check_views_password_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define FORM     "application/x-www-form-urlencoded"
#define JSON     "application/json"
#define PATH     "/api/v1/users/me/password"
#define CHANGE   "current_password=pwd&new_password=another+one"
#define EXPIRED                                                        \
	"_my_session_id=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; " \
	"Expires=Thu, 01 Jan 1970 00:00:00 GMT"

static const char *const types[] = { "session_auth", "session_exp_auth", "session_db_auth" };

static struct user *bob;

static void
open_fixture(void)
{
	site_open();
	bob = site_add_user("bob@hbtn.io", "pwd");
}

static void
close_fixture(void)
{
	user_unref(bob);
	site_close();
}

/* A session of that type; its id. */
static const char *
sign_in(const char *type, const char *password)
{
	static char ids[8][IDENT_SESSION_BYTES];
	static int which;
	char *id = ids[which++ % 8], body[1200];

	(void)snprintf(body, sizeof(body), "email=bob@hbtn.io&password=%s", password);
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = type,
			     .type = FORM,
			     .body = body }),
	    200);
	answer_session_id(id);
	return id;
}

static int
change(const char *type, const char *cookie, const char *body)
{
	return ask((struct ask){ .method = "PUT",
	    .path = PATH,
	    .auth_type = type,
	    .cookie = cookie,
	    .type = FORM,
	    .body = body });
}

static int
get_me(const char *type, const char *cookie)
{
	return ask((struct ask){
	    .method = "GET", .path = "/api/v1/users/me", .auth_type = type, .cookie = cookie });
}

/* With Basic. */
static int
get_me_as(const char *credentials)
{
	return ask((struct ask){ .method = "GET",
	    .path = "/api/v1/users/me",
	    .auth_type = "basic_auth",
	    .basic = credentials });
}

/* One line has both. */
static bool
has_logged(const char *event, const char *text)
{
	char *log = site_log();
	bool has = false;

	for (char *line = strtok(log, "\n"); line != NULL && !has; line = strtok(NULL, "\n"))
		has = strstr(line, event) != NULL && strstr(line, text) != NULL;
	free(log);
	return has;
}

/* -------------------------------------------------------------------- changed */

START_TEST(this_session_goes_on_under_another_id_and_all_others_end)
{
	const char *mine = sign_in(types[_i], "pwd"), *others[N(types)];
	char id[IDENT_SESSION_BYTES], want[200];
	struct user *now;

	for (int i = 0; i < N(types); i++)
		others[i] = sign_in(types[i], "pwd");
	site_forget_log();
	ck_assert_int_eq(change(types[_i], mine, CHANGE), 200);
	answer_session_id(id);
	ck_assert_str_eq(
	    answer_header("Set-Cookie") + 15 + 36, "; Path=/; HttpOnly; SameSite=Lax");
	ck_assert_str_ne(id, mine);
	ck_assert_int_eq(users_get(site.app.env.users, str_of(bob->base.id), &now), 0);
	unit_assert_str(buf_str(&now->public_text), answer.body);
	user_unref(now);
	(void)snprintf(want, sizeof(want), " user=%s actor=%s", bob->base.id, bob->base.id);
	ck_assert(has_logged("level=info event=password-changed", want));
	ck_assert(!has_logged("", "another"));

	ck_assert_int_eq(get_me(types[_i], id), 200);
	ck_assert_int_eq(get_me(types[_i], mine), 403);
	for (int i = 0; i < N(types); i++)
		ck_assert_int_eq(get_me(types[i], others[i]), 403);
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 1);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 403);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:another one"), 200);

	/* Not even the stored ones come back. */
	site_reboot();
	for (int i = 0; i < N(types); i++)
		ck_assert_int_eq(get_me(types[i], others[i]), 403);
	ck_assert_int_eq(
	    get_me(types[_i], id), strcmp(types[_i], "session_db_auth") == 0 ? 200 : 403);
}
END_TEST

START_TEST(sessions_of_others_stay)
{
	struct user *eve = site_add_user("eve@hbtn.io", "pwd");
	const char *mine = sign_in(types[_i], "pwd");
	char hers[IDENT_SESSION_BYTES];

	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = types[_i],
	    .type = FORM,
	    .body = "email=eve@hbtn.io&password=pwd" });
	answer_session_id(hers);
	ck_assert_int_eq(change(types[_i], mine, CHANGE), 200);
	ck_assert_int_eq(get_me(types[_i], hers), 200);
	user_unref(eve);
}
END_TEST

START_TEST(with_basic_too)
{
	const char *session = sign_in("session_db_auth", "pwd");
	struct ask it = { .method = "PUT",
		.path = PATH,
		.auth_type = "basic_auth",
		.basic = "bob@hbtn.io:pwd",
		.type = FORM,
		.body = CHANGE };

	ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 200); /* is remembered */
	ck_assert_int_eq(ask(it), 200);
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_int_eq(get_me("session_db_auth", session), 403);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 403);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:another one"), 200);
	ck_assert_int_eq(ask(it), 403);
}
END_TEST

START_TEST(json_does_as_well)
{
	const char *id = sign_in("session_auth", "pwd");

	ck_assert_int_eq(
	    ask((struct ask){ .method = "PUT",
		.path = PATH,
		.auth_type = "session_auth",
		.cookie = id,
		.type = JSON,
		.body = "{\"current_password\": \"pwd\", \"new_password\": \"\\u00e9\"}" }),
	    200);
	(void)sign_in("session_auth", "e%CC%81"); /* another spelling of it */
}
END_TEST

/* It is a sign-in: what was left of the duration begins anew. */
START_TEST(the_duration_begins_anew)
{
	const int64_t boot = INT64_C(1000) * 3600 * 1000;
	struct ask it = { .method = "PUT",
		.path = PATH,
		.auth_type = "session_exp_auth",
		.type = FORM,
		.body = CHANGE,
		.params = { "SESSION_DURATION=60" } };
	char id[IDENT_SESSION_BYTES];

	clock_freeze(boot, INT64_C(1508127784123));
	it.cookie = sign_in("session_exp_auth", "pwd");
	clock_freeze(boot + 50 * 1000, INT64_C(1508127834123));
	ck_assert_int_eq(ask(it), 200);
	answer_session_id(id);
	clock_freeze(boot + 100 * 1000, INT64_C(1508127884123));
	it.method = "GET";
	it.path = "/api/v1/users/me";
	it.cookie = id;
	ck_assert_int_eq(ask(it), 200);
	clock_freeze(boot + 111 * 1000, INT64_C(1508127895123));
	ck_assert_int_eq(ask(it), 403);
}
END_TEST

/* A browser that was told to keep the cookie keeps the new one, and no other does. */
START_TEST(a_session_that_is_remembered_goes_on_so)
{
	struct ask it = { .method = "POST",
		.path = "/api/v1/auth_session/login",
		.auth_type = types[_i],
		.type = FORM,
		.body = "email=bob@hbtn.io&password=pwd&remember=1",
		.params = { "SESSION_REMEMBER=3600" } };
	char id[IDENT_SESSION_BYTES];

	ck_assert_int_eq(ask(it), 200);
	answer_session_id(id);
	it.method = "PUT";
	it.path = PATH;
	it.cookie = id;
	it.body = CHANGE;
	ck_assert_int_eq(ask(it), 200);
	ck_assert_ptr_nonnull(strstr(answer_header("Set-Cookie"), "; Max-Age=3600"));
	it.cookie = sign_in(types[_i], "another+one");
	it.body = "current_password=another+one&new_password=third";
	ck_assert_int_eq(ask(it), 200);
	ck_assert_ptr_null(strstr(answer_header("Set-Cookie"), "Max-Age"));
}
END_TEST

/* -------------------------------------------------------------------- refused */

START_TEST(a_wrong_password)
{
	const char *mine = sign_in(types[_i], "pwd"), *other = sign_in(types[_i], "pwd");
	char want[200];

	site_forget_log();
	(void)change(types[_i], mine, "current_password=pwe&new_password=another+one");
	answer_is_error(403, "wrong password");
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_LOGINS_FAILED), 1);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_PASSWORD_CHANGES), 0);
	(void)snprintf(want, sizeof(want), "reason=\"wrong password\" user=%s", bob->base.id);
	ck_assert(has_logged("event=login-failed", want));
	ck_assert_int_eq(get_me(types[_i], mine), 200);
	ck_assert_int_eq(get_me(types[_i], other), 200);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 200);
}
END_TEST

/* As logins are: then not even the right one is looked at. */
START_TEST(who_guesses_is_slowed)
{
	const char *mine = sign_in(types[_i], "pwd");
	int n = 0;

	while (change(types[_i], mine, "current_password=pwe&new_password=another+one") == 403)
		n++;
	ck_assert_int_eq(n, 5);
	answer_is_error(429, "Too many requests");
	ck_assert_ptr_nonnull(answer_header("Retry-After"));
	ck_assert_int_eq(change(types[_i], mine, CHANGE), 429);
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_PASSWORD_CHANGES), 0);
	/* Nor at a login, from there. */
	ck_assert_int_eq(ask((struct ask){ .method = "POST",
			     .path = "/api/v1/auth_session/login",
			     .auth_type = types[_i],
			     .type = FORM,
			     .body = "email=bob@hbtn.io&password=pwd" }),
	    429);
	ck_assert_int_eq(get_me(types[_i], mine), 200);
}
END_TEST

static const struct {
	const char *type, *body, *error;
} refused[] = {
	{ FORM, "", "current_password missing" },
	{ FORM, "new_password=x", "current_password missing" },
	{ FORM, "current_password=&new_password=x", "current_password missing" },
	{ FORM, "current_password=pwd", "new_password missing" },
	{ FORM, "current_password=pwd&new_password=", "new_password missing" },
	{ FORM, "current_password=pwd&new_password=a%00b",
	    "new_password holds a NUL character" },
	{ FORM, "current_password=pwd&new_password=%e4", "new_password is not UTF-8" },
	{ JSON, "{}", "current_password missing" },
	{ JSON, "{\"current_password\": \"pwd\"}", "new_password missing" },
	{ JSON, "{\"current_password\": null, \"new_password\": \"x\"}",
	    "current_password is not a string" },
	{ JSON, "{\"current_password\": \"pwd\", \"new_password\": 1}",
	    "new_password is not a string" },
	{ JSON, "{\"current_password\": \"pwd\", \"new_password\": \"a\\u0000b\"}",
	    "new_password holds a NUL character" },
	{ JSON, "[]", "Wrong format" },
	{ JSON, "", "Wrong format" },
	{ JSON, CHANGE, "Wrong format" },
	{ "text/plain", CHANGE, "Wrong format" },
	{ NULL, CHANGE, "Wrong format" },
};

/* Before the current one is looked at. */
START_TEST(what_is_no_new_password)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part("admission_enter", 1, -EBUSY);
	(void)ask((struct ask){ .method = "PUT",
	    .path = PATH,
	    .auth_type = "session_auth",
	    .cookie = id,
	    .type = refused[_i].type,
	    .body = refused[_i].body });
	answer_is_error(400, refused[_i].error);
	ck_assert(!fail_part_is_done());
	fail_part_none();
	ck_assert_int_eq(get_me("session_auth", id), 200);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 200);
}
END_TEST

START_TEST(the_longest)
{
	const char *id = sign_in("session_auth", "pwd");
	char body[1200] = "current_password=pwd&new_password=", new_id[IDENT_SESSION_BYTES];
	size_t n = strlen(body);

	memset(&body[n], 'x', PASSWORD_MAX_BYTES + 1);
	(void)change("session_auth", id, body);
	answer_is_error(400, "new_password is longer than 1024 bytes");
	body[n + PASSWORD_MAX_BYTES] = '\0';
	ck_assert_int_eq(change("session_auth", id, body), 200);
	answer_session_id(new_id);
	(void)sign_in("session_auth", &body[n]);
}
END_TEST

START_TEST(the_policy_of_the_request)
{
	struct ask it = { .method = "PUT",
		.path = PATH,
		.auth_type = "session_auth",
		.type = FORM,
		.body = "current_password=pwd&new_password=12345678901234",
		.params = { "PASSWORD_MIN=15", "AUTH_REALM=the name of this shop" } };

	ck_assert_int_eq(
	    blocklist_parse(STR_LIT("123456789012345\n"), "x", &site.app.blocklist, NULL), 0);
	(void)ask((struct ask){ .method = "POST",
	    .path = "/api/v1/auth_session/login",
	    .auth_type = "session_auth",
	    .type = FORM,
	    .body = "email=bob@hbtn.io&password=pwd",
	    .params = { "AUTH_REALM=the name of this shop" } });
	it.cookie = answer_header("Set-Cookie") + 15;
	((char *)(uintptr_t)it.cookie)[36] = '\0';
	it.cookie = strdup(it.cookie);
	(void)ask(it);
	answer_is_error(400, "new_password is shorter than 15 characters");
	it.body = "current_password=pwd&new_password=123456789012345";
	(void)ask(it);
	answer_is_error(400, "new_password is one of those that are guessed first");
	it.body = "current_password=pwd&new_password=The+name+of+this+shop";
	(void)ask(it);
	answer_is_error(400, "new_password is the name of the service");
	it.body = "current_password=pwd&new_password=bob@hbtn.io";
	it.params[0] = "PASSWORD_MIN=8";
	(void)ask(it);
	answer_is_error(400, "new_password is the user's address");
	it.params[0] = "PASSWORD_MIN=65";
	(void)ask(it);
	answer_is_error(500, "Internal server error");
	it.params[0] = "PASSWORD_MIN=15";
	it.body = "current_password=pwd&new_password=123456789012346";
	ck_assert_int_eq(ask(it), 200);
	free((char *)(uintptr_t)it.cookie);
}
END_TEST

/* Each user may, unless there is no API of users at all. */
START_TEST(whatever_users_may_do)
{
	static const struct {
		const char *param;
		int status;
	} cases[] = { { "USERS_API=open", 200 }, { "USERS_API=self", 200 },
		{ "USERS_API=admin", 200 }, { "USERS_API=off", 404 } };
	struct ask it = { .method = "PUT",
		.path = PATH,
		.auth_type = "basic_auth",
		.basic = "bob@hbtn.io:pwd",
		.type = FORM,
		.body = "current_password=pwd&new_password=pwd" };

	it.params[0] = cases[_i].param;
	ck_assert_int_eq(ask(it), cases[_i].status);
}
END_TEST

START_TEST(who_is_not_signed_in)
{
	(void)change("session_auth", NULL, CHANGE);
	answer_is_error(401, "Unauthorized");
	(void)change("session_auth", "5535d4d7-3d77-4d06-8281-495dc3acfe76", CHANGE);
	answer_is_error(403, "Forbidden");
	(void)change("none", NULL, CHANGE);
	answer_is_error(404, "Not found");
}
END_TEST

/* ------------------------------------------------------------- failures and races */

static const struct {
	const char *part;
	unsigned nth;
} failures[] = { { "admission_enter", 1 }, { "admission_enter", 2 }, { "journal_lock", 1 },
	{ "journal_append", 1 }, { "journal_sync", 1 } };

START_TEST(without_it_nothing_has_changed)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part(failures[_i].part, failures[_i].nth, -EIO);
	ck_assert_int_eq(change("session_auth", id, CHANGE), 503);
	ck_assert(fail_part_is_done());
	ck_assert_ptr_null(answer_header("Set-Cookie"));
	ck_assert_uint_eq(counters_get(site.app.counters, COUNTER_PASSWORD_CHANGES), 0);
	if (strncmp(failures[_i].part, "admission", 9) == 0) {
		ck_assert_int_eq(get_me("session_auth", id), 200);
		ck_assert_int_eq(get_me_as("bob@hbtn.io:pwd"), 200);
	}
}
END_TEST

/* The password is changed, and then the sessions cannot be ended: the log must say so. */
START_TEST(half_a_change_is_told)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part("table_each", 1, -EIO);
	ck_assert_int_eq(change("session_auth", id, CHANGE), 503);
	ck_assert(fail_part_is_done());
	ck_assert(has_logged("level=warn event=password-changed", bob->base.id));
	ck_assert_int_eq(get_me_as("bob@hbtn.io:another one"), 200);
}
END_TEST

/* Nor can a new one begin: the answer tells the truth, and so does the cookie. */
START_TEST(where_no_session_can_begin_the_user_is_signed_out)
{
	const char *id = sign_in(types[_i], "pwd");

	fail_part("table_insert_after", 1, -ENOSPC);
	ck_assert_int_eq(change(types[_i], id, CHANGE), 200);
	ck_assert_str_eq(answer_header("Set-Cookie"), EXPIRED);
	ck_assert(has_logged("level=warn event=session-not-renewed", bob->base.id));
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 0);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:another one"), 200);
}
END_TEST

static void
set_password_meanwhile(void *arg)
{
	ck_assert_int_eq(
	    account_set_password(&site.accounts, str_of(arg), STR_LIT("third")), 0);
}

static void
delete_meanwhile(void *arg)
{
	ck_assert_int_eq(account_delete(&site.accounts, str_of(arg)), 0);
}

/* The operator sets another one between the change and the new session, and ends all sessions. */
START_TEST(a_session_after_yet_another_password_is_not_handed_out)
{
	const char *id = sign_in(types[_i], "pwd");

	fail_part_before("table_insert_after", set_password_meanwhile, bob->base.id);
	ck_assert_int_eq(change(types[_i], id, CHANGE), 200);
	ck_assert_str_eq(answer_header("Set-Cookie"), EXPIRED);
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 0);
	site_reboot();
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 0);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:third"), 200);
}
END_TEST

START_TEST(the_current_one_is_another_meanwhile)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part_before("admission_enter", set_password_meanwhile, bob->base.id);
	(void)change("session_auth", id, CHANGE);
	answer_is_error(403, "wrong password");
	ck_assert_int_eq(get_me_as("bob@hbtn.io:third"), 200);
}
END_TEST

static void
hash_anew_meanwhile(void *arg)
{
	char hash[PASSWORD_HASH_BYTES];

	ck_assert_int_eq(password_hash(STR_LIT("pwd"), 1, hash), 0);
	ck_assert_int_eq(
	    users_set_password(site.accounts.users, str_of(arg), STR_NULL, str_of(hash)), 0);
}

START_TEST(the_current_one_is_hashed_anew_meanwhile)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part_before("admission_enter", hash_anew_meanwhile, bob->base.id);
	ck_assert_int_eq(change("session_auth", id, CHANGE), 200);
	ck_assert_int_eq(get_me_as("bob@hbtn.io:another one"), 200);
}
END_TEST

START_TEST(a_user_that_is_deleted_meanwhile)
{
	const char *id = sign_in("session_auth", "pwd");

	fail_part_before("admission_enter", delete_meanwhile, bob->base.id);
	(void)change("session_auth", id, CHANGE);
	answer_is_error(403, "Forbidden");
	ck_assert_uint_eq(user_sessions_count(site.app.env.table), 0);
}
END_TEST

Suite *
check_views_password_suite(void)
{
	Suite *s = suite_create("app/views_password");
	TCase *tc = tcase_create("changed");

	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_loop_test(
	    tc, this_session_goes_on_under_another_id_and_all_others_end, 0, N(types));
	tcase_add_loop_test(tc, sessions_of_others_stay, 0, N(types));
	tcase_add_test(tc, with_basic_too);
	tcase_add_test(tc, json_does_as_well);
	tcase_add_test(tc, the_duration_begins_anew);
	tcase_add_loop_test(tc, a_session_that_is_remembered_goes_on_so, 0, N(types));
	suite_add_tcase(s, tc);

	tc = tcase_create("refused");
	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_loop_test(tc, a_wrong_password, 0, N(types));
	tcase_add_loop_test(tc, who_guesses_is_slowed, 0, N(types));
	tcase_add_loop_test(tc, what_is_no_new_password, 0, N(refused));
	tcase_add_test(tc, the_longest);
	tcase_add_test(tc, the_policy_of_the_request);
	tcase_add_loop_test(tc, whatever_users_may_do, 0, 4);
	tcase_add_test(tc, who_is_not_signed_in);
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, open_fixture, close_fixture);
	tcase_add_loop_test(tc, without_it_nothing_has_changed, 0, N(failures));
	tcase_add_test(tc, half_a_change_is_told);
	tcase_add_loop_test(tc, where_no_session_can_begin_the_user_is_signed_out, 0, N(types));
	tcase_add_loop_test(
	    tc, a_session_after_yet_another_password_is_not_handed_out, 0, N(types));
	tcase_add_test(tc, the_current_one_is_another_meanwhile);
	tcase_add_test(tc, the_current_one_is_hashed_anew_meanwhile);
	tcase_add_test(tc, a_user_that_is_deleted_meanwhile);
	suite_add_tcase(s, tc);
	return s;
}
