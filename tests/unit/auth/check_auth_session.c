/* check_auth_session.c - tests of src/auth/auth_session.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "auth/auth_session.h"
#include "unit/auth/visit.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"
#include "unit/tmp.h"

Suite *check_auth_session_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

/* All that holds for every type with sessions is tested for each. */
static const char *const types[] = { "session_auth", "session_exp_auth", "session_db_auth" };

static int
create(const char *type, const char *user_id, char id[IDENT_SESSION_BYTES])
{
	const struct auth *auth = visit(type, NULL, NULL, NULL)->auth;

	return auth->ops->create_session(auth, str_of(user_id), id);
}

/* Whose session?  "" for nobody's. */
static const char *
owner(const char *type, const char *id, const char *realm)
{
	static char user_id[IDENT_TEXT_BYTES];
	const struct auth *auth = visit(type, realm, NULL, NULL)->auth;
	int r = auth_user_id_for_session_id(auth, str_of(id), user_id);

	ck_assert_int_ge(r, 0);
	return r == 0 ? user_id : "(nobody)";
}

START_TEST(select_gives_this_type)
{
	unit_assert_str(visit(types[_i], NULL, NULL, NULL)->auth->ops->name, types[_i]);
}
END_TEST

START_TEST(a_session_belongs_to_who_it_was_made_for)
{
	char a[IDENT_SESSION_BYTES], b[IDENT_SESSION_BYTES], c[IDENT_SESSION_BYTES];
	uint8_t bytes[IDENT_BYTES];

	ck_assert_int_eq(create(types[_i], "abcde", a), 0);
	ck_assert_int_eq(create(types[_i], "fghij", b), 0);
	ck_assert_int_eq(create(types[_i], "abcde", c), 0);
	ck_assert(ident_parse(str_of(a), bytes));
	ck_assert_str_ne(a, b);
	ck_assert_str_ne(a, c);
	/* A user may hold many. */
	ck_assert_str_eq(owner(types[_i], a, NULL), "abcde");
	ck_assert_str_eq(owner(types[_i], b, NULL), "fghij");
	ck_assert_str_eq(owner(types[_i], c, NULL), "abcde");
}
END_TEST

static const char *const user_ids[] = { "", "a", "abcde", "123456789012345",
	"cf3ddee1-ff24-49e4-a40b-2540333fe992", "p\xc3\xa4ul" };

START_TEST(any_text_is_a_user_id)
{
	char id[IDENT_SESSION_BYTES];

	for (int i = 0; i < N(user_ids); i++) {
		ck_assert_int_eq(create(types[_i], user_ids[i], id), 0);
		ck_assert_str_eq(owner(types[_i], id, NULL), user_ids[i]);
	}
}
END_TEST

START_TEST(none_and_too_long_are_no_user_id)
{
	const struct auth *auth = visit(types[_i], NULL, NULL, NULL)->auth;
	char id[IDENT_SESSION_BYTES] = "untouched";

	ck_assert_int_eq(create(types[_i], NULL, id), AUTHN_UNKNOWN_USER);
	ck_assert_int_eq(create(types[_i], "1234567890123456", id), AUTHN_UNKNOWN_USER);
	ck_assert_int_eq(
	    create(types[_i], "cf3ddee1-ff24-49e4-a40b-2540333fe9921", id), AUTHN_UNKNOWN_USER);
	ck_assert_int_eq(
	    auth->ops->create_session(auth, STR_LIT("a\0b"), id), AUTHN_UNKNOWN_USER);
	ck_assert_str_eq(id, "untouched");
}
END_TEST

START_TEST(none_and_unknown_are_no_session)
{
	const struct auth *auth = visit(types[_i], NULL, NULL, NULL)->auth;
	char id[IDENT_SESSION_BYTES], user_id[IDENT_TEXT_BYTES],
	    changed[IDENT_SESSION_BYTES + 1];

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	ck_assert_int_eq(
	    auth_user_id_for_session_id(auth, STR_NULL, user_id), AUTHN_NO_SESSION);
	ck_assert_str_eq(owner(types[_i], "", NULL), "(nobody)");
	ck_assert_str_eq(owner(types[_i], "abcde", NULL), "(nobody)");
	ck_assert_str_eq(
	    owner(types[_i], "cf3ddee1-ff24-49e4-a40b-2540333fe992", NULL), "(nobody)");
	/* Any one character: another id.  Upper case too. */
	for (size_t i = 0; i < strlen(id); i++) {
		(void)strcpy(changed, id);
		changed[i] = changed[i] == '0' ? '1' : '0';
		ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
		(void)strcpy(changed, id);
		if (changed[i] >= 'a') {
			changed[i] = (char)(changed[i] - 32);
			ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
		}
	}
	(void)strcpy(changed, id);
	(void)strcat(changed, "0");
	ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
	changed[35] = '\0';
	ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
}
END_TEST

static int
create_token(const char *type, const char *user_id, char id[IDENT_SESSION_BYTES])
{
	const struct auth *auth = visit(type, "SESSION_ID=token", NULL, NULL)->auth;

	return auth->ops->create_session(auth, str_of(user_id), id);
}

/* Whatever SESSION_ID is: sessions of the other kind, from before, go on. */
START_TEST(both_kinds_of_ids_are_good)
{
	char uuid[IDENT_SESSION_BYTES], token[IDENT_SESSION_BYTES],
	    changed[IDENT_SESSION_BYTES];

	ck_assert_int_eq(create(types[_i], "abcde", uuid), 0);
	ck_assert_int_eq(create_token(types[_i], "fghij", token), 0);
	ck_assert_uint_eq(strlen(uuid), 36);
	ck_assert_uint_eq(strlen(token), 43);
	for (int is_token = 0; is_token < 2; is_token++) {
		const char *setting = is_token ? "SESSION_ID=token" : "SESSION_ID=uuid";

		ck_assert_str_eq(owner(types[_i], uuid, setting), "abcde");
		ck_assert_str_eq(owner(types[_i], token, setting), "fghij");
	}
	/* Any one character, to any other: nobody's.  The last one's, that are decoded alike, too. */
	for (size_t i = 0; i < strlen(token); i++)
		for (int c = 1; c < 256; c++) {
			(void)strcpy(changed, token);
			changed[i] = (char)c;
			if (changed[i] != token[i])
				ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
		}
	(void)strcpy(changed, token);
	changed[42] = '\0';
	ck_assert_str_eq(owner(types[_i], changed, NULL), "(nobody)");
}
END_TEST

/* --------------------------------------------------------------- separation */

START_TEST(a_realm_is_a_site_of_its_own)
{
	const struct auth *auth;
	char id[IDENT_SESSION_BYTES], other[IDENT_SESSION_BYTES];

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	auth = visit(types[_i], "AUTH_REALM=shop", NULL, NULL)->auth;
	ck_assert_int_eq(auth->ops->create_session(auth, STR_LIT("fghij"), other), 0);
	ck_assert_str_eq(owner(types[_i], id, "AUTH_REALM=shop"), "(nobody)");
	ck_assert_str_eq(owner(types[_i], id, "AUTH_REALM=Shop"), "(nobody)");
	ck_assert_str_eq(owner(types[_i], id, "AUTH_REALM="), "abcde");
	ck_assert_str_eq(owner(types[_i], other, NULL), "(nobody)");
	ck_assert_str_eq(owner(types[_i], other, "AUTH_REALM=shop"), "fghij");
	/* Nor can the other site end it. */
	auth = visit(types[_i], "AUTH_REALM=shop", NULL, NULL)->auth;
	ck_assert_int_eq(auth->ops->end_session(auth, str_of(id)), AUTHN_NO_SESSION);
	ck_assert_str_eq(owner(types[_i], id, NULL), "abcde");
}
END_TEST

START_TEST(memory_and_database_sessions_are_of_two_kinds)
{
	char memory[IDENT_SESSION_BYTES], stored[IDENT_SESSION_BYTES];

	ck_assert_int_eq(create("session_auth", "abcde", memory), 0);
	ck_assert_int_eq(create("session_db_auth", "fghij", stored), 0);
	ck_assert_str_eq(owner("session_db_auth", memory, NULL), "(nobody)");
	ck_assert_str_eq(owner("session_auth", stored, NULL), "(nobody)");
	ck_assert_str_eq(owner("session_exp_auth", stored, NULL), "(nobody)");
	/* The two that are kept in memory share their sessions. */
	ck_assert_str_eq(owner("session_exp_auth", memory, NULL), "abcde");
}
END_TEST

/* What is kept opens nothing: neither the digest nor its text. */
START_TEST(the_digest_is_no_id)
{
	char id[IDENT_SESSION_BYTES], key[USER_SESSION_KEY_BYTES];
	struct digest_tag tag;
	struct visit *v;

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	v = visit(types[_i], NULL, NULL, NULL);
	tag = auth_session_tag(v->auth, str_of(id));
	user_session_key(&tag, key);
	ck_assert_str_eq(owner(types[_i], key, NULL), "(nobody)");
	ck_assert_int_eq(
	    auth_user_id_for_session_id(v->auth, str_mem(tag.bytes, sizeof(tag.bytes)), id),
	    AUTHN_NO_SESSION);
}
END_TEST

/* ---------------------------------------------------------------- by request */

START_TEST(current_user_by_the_cookie)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;
	char id[IDENT_SESSION_BYTES], stranger[IDENT_SESSION_BYTES];
	struct visit *v;

	ck_assert_int_eq(create(types[_i], bob->base.id, id), 0);
	ck_assert_int_eq(create(types[_i], "abcde", stranger), 0);
	v = visit(types[_i], visit_cookie(id), NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), 0);
	ck_assert_str_eq(user->base.id, bob->base.id);
	user_unref(user);
	user = NULL;
	/* A session of somebody who is no user. */
	v = visit(types[_i], visit_cookie(stranger), NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	v = visit(types[_i], visit_cookie("x"), NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	v = visit(types[_i], NULL, NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	/* The id anywhere else is no session. */
	{
		char query[100], header[100], authorization[100];

		(void)snprintf(query, sizeof(query), "QUERY_STRING=_my_session_id=%s", id);
		(void)snprintf(header, sizeof(header), "HTTP_X__MY_SESSION_ID=%s", id);
		(void)snprintf(
		    authorization, sizeof(authorization), "HTTP_AUTHORIZATION=Bearer %s", id);
		v = visit(types[_i], query, header, authorization);
		ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	}
	ck_assert_ptr_null(user);
	/* A deleted user's sessions are nobody's. */
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), 0);
	v = visit(types[_i], visit_cookie(id), NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	ck_assert_str_eq(owner(types[_i], id, NULL), "(nobody)");
	user_unref(bob);
}
END_TEST

/* Also where the session is still there: it could not be ended. */
START_TEST(a_disabled_user_has_no_session)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;
	struct str id = str_of(bob->base.id);
	char session[IDENT_SESSION_BYTES];
	struct visit *v;

	ck_assert_int_eq(create(types[_i], bob->base.id, session), 0);
	v = visit(types[_i], visit_cookie(session), NULL, NULL);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), 0);
	user_unref(user);
	user = NULL;
	ck_assert_int_eq(users_set_disabled(site.app.env.users, id, true, STR_NULL), 0);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), AUTHN_NO_SESSION);
	ck_assert_ptr_null(user);
	user_unref(bob);
}
END_TEST

/* ---------------------------------------------------------------- last seen */

#define MINUTE_MS INT64_C(60000)
#define BEGAN_MS  (1000 * MINUTE_MS + 59000)
#define WALL_MS   INT64_C(1508127784000)

static int64_t
last_seen_ms(const char *auth_type, const char *id)
{
	enum table_kind kind =
	    strcmp(auth_type, "session_db_auth") == 0 ? TABLE_KIND_STORED : TABLE_KIND_MEMORY;
	struct digest_tag tag =
	    user_session_digest(&site.app.env.key, kind, STR_LIT(""), str_of(id));
	struct table_entry entry;

	ck_assert_int_eq(table_find(site.app.env.table, &tag, &entry), 0);
	return entry.last_seen_ms;
}

/* A request with the cookie, at this time.  Was the use noted? */
static bool
visit_notes(const char *auth_type, const char *id, int64_t now_ms, int result)
{
	struct visit *v = visit(auth_type, visit_cookie(id), NULL, NULL);
	struct user *user = NULL;

	clock_freeze(now_ms, WALL_MS);
	/* If the table is touched at all, it fails once: the request does not depend on it. */
	fail_part("table_touch", 1, -ETIMEDOUT);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), result);
	if (result == 0)
		user_unref(user);
	if (!fail_part_is_done()) {
		fail_part_none();
		return false;
	}
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), result);
	if (result == 0)
		user_unref(user);
	return true;
}

START_TEST(a_use_is_noted_once_a_minute)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char id[IDENT_SESSION_BYTES];

	clock_freeze(BEGAN_MS, WALL_MS);
	ck_assert_int_eq(create(types[_i], bob->base.id, id), 0);
	ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS);
	/* In the minute after the login there is nothing to note. */
	ck_assert(!visit_notes(types[_i], id, BEGAN_MS, 0));
	ck_assert(!visit_notes(types[_i], id, BEGAN_MS + MINUTE_MS - 1, 0));
	/* In the next one there is, once. */
	ck_assert(visit_notes(types[_i], id, BEGAN_MS + MINUTE_MS, 0));
	ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS + MINUTE_MS);
	for (int64_t ms = 0; ms < MINUTE_MS; ms += 1000)
		ck_assert(!visit_notes(types[_i], id, BEGAN_MS + MINUTE_MS + ms, 0));
	ck_assert(visit_notes(types[_i], id, BEGAN_MS + 90 * MINUTE_MS, 0));
	ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS + 90 * MINUTE_MS);
	user_unref(bob);
}
END_TEST

START_TEST(what_was_not_used_was_not_seen)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");
	char id[IDENT_SESSION_BYTES], other[IDENT_SESSION_BYTES];
	const struct auth *auth;

	clock_freeze(BEGAN_MS, WALL_MS);
	ck_assert_int_eq(create(types[_i], bob->base.id, id), 0);
	ck_assert_int_eq(create(types[_i], bob->base.id, other), 0);
	ck_assert(visit_notes(types[_i], other, BEGAN_MS + 5 * MINUTE_MS, 0));
	ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS);
	/* Nor does an expired one come back into use. */
	if (strcmp(types[_i], "session_auth") != 0) {
		struct visit *v =
		    visit(types[_i], visit_cookie(id), "SESSION_DURATION=60", NULL);
		char user_id[IDENT_TEXT_BYTES];

		auth = v->auth;
		ck_assert_int_eq(
		    auth_user_id_for_session_id(auth, str_of(id), user_id), AUTHN_NO_SESSION);
		ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS);
	}
	user_unref(bob);
}
END_TEST

/* ---------------------------------------------------------------- unused */

/* Is it alive at that time, where SESSION_IDLE is this? */
static bool
is_alive(const char *type, const char *idle, const char *id, int64_t now_ms)
{
	char param[64];
	struct visit *v;
	struct table_owner owner;
	int r;

	clock_freeze(now_ms, WALL_MS);
	(void)snprintf(param, sizeof(param), "SESSION_IDLE=%s", idle);
	v = visit(type, visit_cookie(id), param, NULL);
	r = v->auth->ops->owner_of_session(v->auth, v->auth->session_id, &owner);
	ck_assert(r == 0 || r == AUTHN_NO_SESSION);
	return r == 0;
}

static void
begin_idle(const char *type, const char *idle, char ret_id[IDENT_SESSION_BYTES])
{
	char param[64];
	const struct auth *auth;

	clock_freeze(BEGAN_MS, WALL_MS);
	(void)snprintf(param, sizeof(param), "SESSION_IDLE=%s", idle);
	auth = visit(type, param, NULL, NULL)->auth;
	ck_assert_int_eq(auth->ops->create_session(auth, STR_LIT("abcde"), ret_id), 0);
}

#define HOUR_MS (60 * MINUTE_MS)

START_TEST(a_session_ends_when_it_is_not_used)
{
	char id[IDENT_SESSION_BYTES];

	begin_idle(types[_i], "1h", id);
	for (int64_t i = 1; i <= 5; i++)
		ck_assert(is_alive(types[_i], "1h", id, BEGAN_MS + i * HOUR_MS));
	ck_assert(!is_alive(types[_i], "1h", id, BEGAN_MS + 6 * HOUR_MS + 1));
	/* For ever, and where the limit is another too. */
	ck_assert(!is_alive(types[_i], "1h", id, BEGAN_MS + 6 * HOUR_MS));
	ck_assert(!is_alive(types[_i], "0", id, BEGAN_MS + 6 * HOUR_MS));
}
END_TEST

START_TEST(the_shorter_limit_counts)
{
	char id[IDENT_SESSION_BYTES];

	/* Where it is shorter it opens nothing, and is no use of it. */
	begin_idle(types[_i], "1h", id);
	ck_assert(!is_alive(types[_i], "10m", id, BEGAN_MS + 11 * MINUTE_MS));
	ck_assert(is_alive(types[_i], "2h", id, BEGAN_MS + 60 * MINUTE_MS));
	ck_assert(is_alive(types[_i], "10m", id, BEGAN_MS + 70 * MINUTE_MS));
	ck_assert(!is_alive(types[_i], "2h", id, BEGAN_MS + 131 * MINUTE_MS));
	/* Begun without one. */
	begin_idle(types[_i], "0", id);
	ck_assert(!is_alive(types[_i], "10m", id, BEGAN_MS + 11 * MINUTE_MS));
	ck_assert(is_alive(types[_i], "0", id, BEGAN_MS + 100 * HOUR_MS));
	ck_assert(is_alive(types[_i], "10m", id, BEGAN_MS + 100 * HOUR_MS + 10 * MINUTE_MS));
}
END_TEST

/* How often a use is noted: once in a sixteenth, a minute at most, a second at least. */
static const struct {
	const char *idle;
	int64_t interval_ms;
} note_cases[] = { { "0", 60000 }, { "1h", 60000 }, { "16m", 60000 }, { "8m", 30000 },
	{ "16", 1000 }, { "4", 1000 } };

START_TEST(uses_are_noted_now_and_then)
{
	char id[IDENT_SESSION_BYTES];

	for (int i = 0; i < N(note_cases); i++) {
		const char *idle = note_cases[i].idle;
		int64_t ms = note_cases[i].interval_ms;

		begin_idle(types[_i], idle, id);
		ck_assert(is_alive(types[_i], idle, id, BEGAN_MS + ms - 1));
		ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS);
		ck_assert(is_alive(types[_i], idle, id, BEGAN_MS + ms));
		ck_assert_int_eq(last_seen_ms(types[_i], id), BEGAN_MS + ms);
	}
}
END_TEST

/* It ended between the look-up and the note. */
START_TEST(a_use_that_comes_too_late_is_refused)
{
	char id[IDENT_SESSION_BYTES];

	begin_idle(types[_i], "1h", id);
	fail_part("table_touch", 1, TABLE_E_ABSENT);
	ck_assert(!is_alive(types[_i], "1h", id, BEGAN_MS + HOUR_MS));
	fail_part_none();
	/* What cannot be noted is no reason to refuse. */
	fail_part("table_touch", 1, -ETIMEDOUT);
	ck_assert(is_alive(types[_i], "1h", id, BEGAN_MS + HOUR_MS));
	ck_assert(fail_part_is_done());
}
END_TEST

START_TEST(destroyed_by_the_cookie)
{
	char a[IDENT_SESSION_BYTES], b[IDENT_SESSION_BYTES];
	struct visit *v;

	ck_assert_int_eq(create(types[_i], "abcde", a), 0);
	ck_assert_int_eq(create(types[_i], "abcde", b), 0);
	v = visit(types[_i], NULL, NULL, NULL);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
	v = visit(types[_i], visit_cookie("x"), NULL, NULL);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
	v = visit(types[_i], visit_cookie(a), NULL, NULL);
	ck_assert_int_eq(auth_destroy_session(v->auth), 0);
	ck_assert_str_eq(owner(types[_i], a, NULL), "(nobody)");
	ck_assert_str_eq(owner(types[_i], b, NULL), "abcde");
	v = visit(types[_i], visit_cookie(a), NULL, NULL);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
	v = visit(types[_i], NULL, NULL, NULL);
	ck_assert_int_eq(v->auth->ops->end_session(v->auth, str_of(b)), 0);
	ck_assert_str_eq(owner(types[_i], b, NULL), "(nobody)");
	ck_assert_int_eq(v->auth->ops->end_session(v->auth, str_of(b)), AUTHN_NO_SESSION);
	ck_assert_int_eq(v->auth->ops->end_session(v->auth, STR_NULL), AUTHN_NO_SESSION);
}
END_TEST

/* ------------------------------------------------------------ other processes */

struct there {
	const char *type;
	char id[IDENT_SESSION_BYTES];
};

static void
end_there(struct app *app, void *arg)
{
	const struct there *there = arg;
	char user_id[IDENT_TEXT_BYTES];
	struct request_settings settings = site_settings(there->type, NULL);
	struct auth auth;

	auth_init(&auth, registry_find(settings.auth_type), &app->env, &settings, NULL, NULL);
	if (auth_user_id_for_session_id(&auth, str_of(there->id), user_id) != 0 ||
	    strcmp(user_id, "abcde") != 0 ||
	    auth.ops->end_session(&auth, str_of(there->id)) != 0)
		_exit(1);
}

START_TEST(every_process_sees_it_begin_and_end)
{
	struct there there = { .type = types[_i] };

	ck_assert_int_eq(create(types[_i], "abcde", there.id), 0);
	site_in_other_process(end_there, &there);
	ck_assert_str_eq(owner(types[_i], there.id, NULL), "(nobody)");
}
END_TEST

START_TEST(the_table_outlives_a_restart_of_the_program)
{
	char id[IDENT_SESSION_BYTES];

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	site_reopen();
	ck_assert_str_eq(owner(types[_i], id, NULL), "abcde");
}
END_TEST

/* Neither the table nor a journal nor the log holds what a thief could use. */
START_TEST(no_file_holds_the_id)
{
	char id[IDENT_SESSION_BYTES], command[600];

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	(void)snprintf(command, sizeof(command), "grep -rqaF %s '%s'", id, tmp_path);
	ck_assert_int_ne(system(command), 0);
	/* As 16 bytes: the first eight hexadecimal digits. */
	(void)snprintf(command, sizeof(command),
	    "grep -rqaP '\\x%.2s\\x%.2s\\x%.2s\\x%.2s' '%s'", id, id + 2, id + 4, id + 6,
	    tmp_path);
	ck_assert_int_ne(system(command), 0);
}
END_TEST

/* -------------------------------------------------------------------- failures */

START_TEST(a_failure_is_no_verdict)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *user = NULL;
	char id[IDENT_SESSION_BYTES], user_id[IDENT_TEXT_BYTES];
	struct visit *v;

	fail_random_at(1);
	ck_assert_int_eq(create(types[_i], bob->base.id, id), -EIO);
	fail_part("table_insert_after", 1, -ENOSPC);
	ck_assert_int_eq(create(types[_i], bob->base.id, id), -ENOSPC);
	ck_assert_int_eq(create(types[_i], bob->base.id, id), 0);
	v = visit(types[_i], visit_cookie(id), NULL, NULL);
	fail_part("table_find_at", 1, -EBADMSG);
	ck_assert_int_eq(auth_user_id_for_session_id(v->auth, str_of(id), user_id), -EBADMSG);
	fail_part("table_find_at", 1, -EBADMSG);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), -EBADMSG);
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	fail_part("journal_catch_up", 1, -EIO);
	ck_assert_int_eq(v->auth->ops->current_user(v->auth, &user), -EIO);
	ck_assert_ptr_null(user);
	fail_part("table_find_at", 1, -EBADMSG);
	ck_assert_int_eq(auth_destroy_session(v->auth), -EBADMSG);
	fail_part("table_remove", 1, -ETIMEDOUT);
	ck_assert_int_eq(auth_destroy_session(v->auth), -ETIMEDOUT);
	/* Refused is not ended: the client may try again. */
	ck_assert_str_eq(owner(types[_i], id, NULL), bob->base.id);
	v = visit(types[_i], visit_cookie(id), NULL, NULL);
	ck_assert_int_eq(auth_destroy_session(v->auth), 0);
	user_unref(bob);
}
END_TEST

/* Ended by another process between the look and the removal. */
static void
remove_meanwhile(void *arg)
{
	ck_assert_int_eq(table_remove(site.app.env.table, arg), 0);
}

START_TEST(who_comes_second_has_ended_nothing)
{
	char id[IDENT_SESSION_BYTES];
	struct digest_tag tag;
	struct visit *v;

	ck_assert_int_eq(create(types[_i], "abcde", id), 0);
	v = visit(types[_i], visit_cookie(id), NULL, NULL);
	tag = auth_session_tag(v->auth, str_of(id));
	fail_part_before("table_remove", remove_meanwhile, &tag);
	ck_assert_int_eq(auth_destroy_session(v->auth), AUTHN_NO_SESSION);
}
END_TEST

/* The oldest of a user ends; nobody else's. */
START_TEST(one_user_cannot_take_all_places)
{
	char bobs[4][IDENT_SESSION_BYTES], eves[IDENT_SESSION_BYTES];

	site.settings.max_user_sessions = 3;
	site_reopen();
	clock_freeze(1000000, 1700000000000);
	ck_assert_int_eq(create(types[_i], "eve", eves), 0);
	for (int i = 0; i < 4; i++) {
		clock_freeze(1000001 + i, 1700000000000);
		ck_assert_int_eq(create(types[_i], "bob", bobs[i]), 0);
	}
	ck_assert_str_eq(owner(types[_i], bobs[0], NULL), "(nobody)");
	for (int i = 1; i < 4; i++)
		ck_assert_str_eq(owner(types[_i], bobs[i], NULL), "bob");
	ck_assert_str_eq(owner(types[_i], eves, NULL), "eve");
}
END_TEST

START_TEST(a_full_table_refuses_and_keeps_what_it_has)
{
	char ids[6][IDENT_SESSION_BYTES];

	site.settings.max_sessions = 5;
	site_reopen();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(create(types[_i], "bob", ids[i]), 0);
	ck_assert_int_eq(create(types[_i], "bob", ids[5]), -ENOSPC);
	for (int i = 0; i < 5; i++)
		ck_assert_str_eq(owner(types[_i], ids[i], NULL), "bob");
	/* A place that is free again can be had. */
	{
		const struct auth *auth = visit(types[_i], NULL, NULL, NULL)->auth;

		ck_assert_int_eq(auth->ops->end_session(auth, str_of(ids[0])), 0);
	}
	ck_assert_int_eq(create(types[_i], "bob", ids[5]), 0);
	/* Nothing of the refused one is left in the journal either. */
	site_reboot();
	for (int i = 1; i < 6; i++)
		ck_assert_str_eq(owner(types[_i], ids[i], NULL),
		    strcmp(types[_i], "session_db_auth") == 0 ? "bob" : "(nobody)");
}
END_TEST

Suite *
check_auth_session_suite(void)
{
	Suite *s = suite_create("auth/auth_session");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, select_gives_this_type, 0, N(types));
	tcase_add_loop_test(tc, a_session_belongs_to_who_it_was_made_for, 0, N(types));
	tcase_add_loop_test(tc, any_text_is_a_user_id, 0, N(types));
	tcase_add_loop_test(tc, none_and_too_long_are_no_user_id, 0, N(types));
	tcase_add_loop_test(tc, none_and_unknown_are_no_session, 0, N(types));
	tcase_add_loop_test(tc, both_kinds_of_ids_are_good, 0, N(types));
	tcase_add_loop_test(tc, a_realm_is_a_site_of_its_own, 0, N(types));
	tcase_add_test(tc, memory_and_database_sessions_are_of_two_kinds);
	tcase_add_loop_test(tc, the_digest_is_no_id, 0, N(types));
	tcase_add_loop_test(tc, current_user_by_the_cookie, 0, N(types));
	tcase_add_loop_test(tc, a_disabled_user_has_no_session, 0, N(types));
	tcase_add_loop_test(tc, a_session_ends_when_it_is_not_used, 0, N(types));
	tcase_add_loop_test(tc, the_shorter_limit_counts, 0, N(types));
	tcase_add_loop_test(tc, uses_are_noted_now_and_then, 0, N(types));
	tcase_add_loop_test(tc, a_use_that_comes_too_late_is_refused, 0, N(types));
	tcase_add_loop_test(tc, a_use_is_noted_once_a_minute, 0, N(types));
	tcase_add_loop_test(tc, what_was_not_used_was_not_seen, 0, N(types));
	tcase_add_loop_test(tc, destroyed_by_the_cookie, 0, N(types));
	tcase_add_loop_test(tc, every_process_sees_it_begin_and_end, 0, N(types));
	tcase_add_loop_test(tc, the_table_outlives_a_restart_of_the_program, 0, N(types));
	tcase_add_loop_test(tc, no_file_holds_the_id, 0, N(types));
	tcase_add_loop_test(tc, one_user_cannot_take_all_places, 0, N(types));
	suite_add_tcase(s, tc);

	tc = tcase_create("failures");
	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_loop_test(tc, a_failure_is_no_verdict, 0, N(types));
	tcase_add_loop_test(tc, who_comes_second_has_ended_nothing, 0, N(types));
	tcase_add_loop_test(tc, a_full_table_refuses_and_keeps_what_it_has, 0, N(types));
	suite_add_tcase(s, tc);
	return s;
}
