/* check_legacy_json.c - tests of src/model/legacy_json.c: reading */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "core/clock.h"
#include "model/legacy_json.h"
#include "password/password.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/site.h"

Suite *check_legacy_json_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define ID       "cf3ddee1-ff24-49e4-a40b-2540333fe992"
#define ID2      "5891469b-d2d5-4d33-b05d-02617d665368"
#define ID3      "e83d8bd8-7a9e-4a3c-9c6e-0c3d2a5b1f00"
#define SID      "62c7bf3e-5a4f-4d3b-8e0a-9f1e2d3c4b5a"
#define TIMES    "\"created_at\": \"2017-10-16T04:23:04\", \"updated_at\": \"2017-10-17T04:23:04\""
#define FAKE     "7a321db83885ebbe8358bc1160c803af6cc70c80aa8f750eeb9d21d5f8c75967"

#define USER(id, email)                                                   \
	"\"" id "\": {\"id\": \"" id "\", " TIMES ", \"email\": \"" email \
	"\", \"_password\": "                                             \
	"\"" FAKE "\", \"first_name\": null, \"last_name\": null}"

static struct legacy_json_report report;
static char refused[1000];

static void
note(void *arg, struct str id, const char *reason)
{
	(void)arg;
	(void)snprintf(refused + strlen(refused), sizeof(refused) - strlen(refused),
	    "%.*s: %s\n", STR_FMT(id), reason);
}

static int
users(const char *json, struct err *err)
{
	report = (struct legacy_json_report){ .refused = note };
	refused[0] = '\0';
	return legacy_json_read_users(site.app.env.users, str_of(json), &report, err);
}

static int
sessions(const char *json, const char *realm, struct err *err)
{
	report = (struct legacy_json_report){ .refused = note };
	refused[0] = '\0';
	return legacy_json_read_sessions(site.app.env.user_sessions, site.app.env.table,
	    &site.app.env.key, str_of(realm), str_of(json), &report, err);
}

START_TEST(the_originals_users_come_in_and_can_sign_in)
{
	struct user *user;

	ck_assert_int_eq(
	    users("{" USER(ID, "bob@hbtn.io") ", " USER(ID2, "eve@hbtn.io") "}\n", NULL), 0);
	ck_assert_uint_eq(report.n_added, 2);
	ck_assert_uint_eq(report.n_present, 0);
	ck_assert_uint_eq(report.n_refused, 0);
	site_reopen();
	ck_assert_int_eq(
	    users_find_by_email(site.app.env.users, STR_LIT("bob@hbtn.io"), &user), 0);
	ck_assert_str_eq(user->base.id, ID);
	ck_assert_int_eq(user->base.created_ms, 1508127784000);
	ck_assert_int_eq(password_verify(user->password_hash.p, STR_LIT("fake pwd")), 0);
	user_unref(user);

	/* Again: nothing new. */
	ck_assert_int_eq(users("{" USER(ID, "changed@hbtn.io") "}", NULL), 0);
	ck_assert_uint_eq(report.n_added, 0);
	ck_assert_uint_eq(report.n_present, 1);
	ck_assert_int_eq(users_get(site.app.env.users, STR_LIT(ID), &user), 0);
	unit_assert_str(user->email, "bob@hbtn.io");
	user_unref(user);
}
END_TEST

START_TEST(one_that_cannot_be_taken_does_not_stop_the_others)
{
	user_unref(site_add_user("taken@hbtn.io", "x"));
	ck_assert_int_eq(
	    users("{" USER(ID, "bob@hbtn.io") ", " USER(
		      ID2, "bob@hbtn.io") ", "
					  "\"x\": {\"id\": \"" ID3 "\", " TIMES
					  ", \"email\": \"c@d\"}, "
					  "\"y\": 1, \"z\": null, \"w\": {}, "
					  "\"" ID3 "\": {\"id\": \"" ID3 "\", " TIMES
					  "}, " USER("11111111-2222-4333-8444-555555555555",
					      "taken@hbtn.io") "}",
		NULL),
	    0);
	ck_assert_uint_eq(report.n_added, 1);
	ck_assert_uint_eq(report.n_refused, 7);
	ck_assert_str_eq(refused,
	    ID2 ": the file holds that email twice\n"
		"x: the key differs from the id\n"
		"y: not a user\n"
		"z: not a user\n"
		"w: not a user\n" ID3 ": no email\n"
		"11111111-2222-4333-8444-555555555555: another user has that email\n");
}
END_TEST

START_TEST(an_email_that_is_too_long_is_refused)
{
	char json[1000], email[300];

	memset(email, 'e', sizeof(email));
	email[1] = '@';
	email[255] = '\0';
	(void)snprintf(json, sizeof(json),
	    "{\"" ID "\": {\"id\": \"" ID "\", " TIMES ", \"email\": \"%s\"}}", email);
	ck_assert_int_eq(users(json, NULL), 0);
	ck_assert_uint_eq(report.n_refused, 1);
	email[254] = '\0';
	(void)snprintf(json, sizeof(json),
	    "{\"" ID "\": {\"id\": \"" ID "\", " TIMES ", \"email\": \"%s\"}}", email);
	ck_assert_int_eq(users(json, NULL), 0);
	ck_assert_uint_eq(report.n_added, 1);
	{
		static char json2[3000], name[1100];

		memset(name, 'n', 1025);
		(void)snprintf(json2, sizeof(json2),
		    "{\"" ID2 "\": {\"id\": \"" ID2 "\", " TIMES
		    ", \"email\": \"e@f.g\", \"last_name\": \"%s\"}}",
		    name);
		ck_assert_int_eq(users(json2, NULL), 0);
		ck_assert_str_eq(refused, ID2 ": a name is longer than 1024 bytes\n");
	}
	/* No report is wanted. */
	report = (struct legacy_json_report){ .refused = NULL };
	ck_assert_int_eq(
	    legacy_json_read_users(site.app.env.users, STR_LIT("{\"a\":1}"), &report, NULL), 0);
	ck_assert_uint_eq(report.n_refused, 1);
}
END_TEST

#define RECORD(members) "{\"" ID "\": {\"id\": \"" ID "\", " TIMES ", " members "}}"

static const struct {
	const char *json, *reason; /* NULL: taken */
} records[] = {
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"" FAKE "\""), NULL },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": null"), NULL },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"\""), NULL },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"$y$j9T$a$b\""), NULL },
	{ RECORD("\"email\": \"Zo\xc3\xab@b.c\", \"first_name\": \"Zo\xc3\xab\""), NULL },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"plain\""),
	    "the password is no hash that can be verified" },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"$9$a$b\""),
	    "the password is no hash that can be verified" },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"" FAKE "\\u0000\""),
	    "the password is no hash that can be verified" },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": \"$y$j9T$a$\\u0000b\""),
	    "the password is no hash that can be verified" },
	{ RECORD("\"email\": \"a\\u0000@b.c\""), "email holds a control character" },
	{ RECORD("\"email\": \"a\\n@b.c\""), "email holds a control character" },
	{ RECORD("\"email\": \"a\\u007f@b.c\""), "email holds a control character" },
	{ RECORD("\"email\": \"\""), "no email" },
	{ RECORD("\"email\": null"), "no email" },
	{ RECORD("\"email\": 5"), "not a user" },
	{ RECORD("\"email\": \"a@b.c\", \"_password\": 5"), "not a user" },
	{ RECORD("\"email\": \"a@b.c\", \"last_name\": []"), "not a user" },
};

START_TEST(each_record_is_judged_as_the_api_judges)
{
	const char *want = records[_i].reason;

	ck_assert_int_eq(users(records[_i].json, NULL), 0);
	ck_assert_uint_eq(report.n_added, want == NULL);
	ck_assert_uint_eq(report.n_refused, want != NULL);
	if (want != NULL)
		ck_assert_ptr_nonnull(strstr(refused, want));
}
END_TEST

/* Each member in turn holds far more than a record of the journal can. */
static const char *const members[] = { "email", "_password", "first_name", "last_name",
	"nickname" };

START_TEST(a_value_of_300_kb_stops_only_its_own_user)
{
	static char json[400000], value[300001];
	const bool is_taken = strcmp(members[_i], "nickname") == 0; /* it is not kept */
	uint64_t n;

	memset(value, 'x', sizeof(value) - 1);
	(void)snprintf(json, sizeof(json),
	    "{" USER(ID2, "b@hbtn.io") ", \"" ID "\": {\"id\": \"" ID "\", " TIMES
				       "%s, \"%s\": \"%s\"}, " USER(ID3, "c@hbtn.io") "}",
	    strcmp(members[_i], "email") == 0 ? "" : ", \"email\": \"a@hbtn.io\"", members[_i],
	    value);
	ck_assert_int_eq(users(json, NULL), 0);
	ck_assert_uint_eq(report.n_added, is_taken ? 3 : 2);
	ck_assert_uint_eq(report.n_refused, is_taken ? 0 : 1);
	ck_assert(is_taken || strncmp(refused, ID ": ", strlen(ID ": ")) == 0);
	ck_assert_int_eq(users_count(site.app.env.users, &n), 0);
	ck_assert_uint_eq(n, is_taken ? 3 : 2);
}
END_TEST

static const char *const no_files[] = { "", " ", "[]", "null", "{", "{} x", "{}{}", "hello",
	"{\"a\": }", "{\"a\": \"\xff\"}" };

START_TEST(what_is_no_file_of_objects_is_refused)
{
	struct err err = { "" };
	uint64_t n;

	ck_assert_int_eq(users(no_files[_i], &err), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "not one JSON object"));
	ck_assert_int_eq(sessions(no_files[_i], "", &err), -EBADMSG);
	ck_assert_int_eq(users_count(site.app.env.users, &n), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

START_TEST(an_empty_file_is_one)
{
	ck_assert_int_eq(users("{}\n \t\r\n", NULL), 0);
	ck_assert_int_eq(sessions("{}", "", NULL), 0);
	ck_assert_uint_eq(report.n_added, 0);
}
END_TEST

/* ------------------------------------------------------------------- sessions */

#define SESSION(id, user, session)                                         \
	"\"" id "\": {\"id\": \"" id "\", " TIMES ", \"user_id\": \"" user \
	"\", \"session_id\": "                                             \
	"\"" session "\"}"

static int
find(const char *realm, const char *id, struct table_entry *ret)
{
	const struct digest_tag tag = user_session_digest(
	    &site.app.env.key, TABLE_KIND_STORED, str_of(realm), str_of(id));

	return table_find(site.app.env.table, &tag, ret);
}

START_TEST(the_originals_sessions_come_in_and_open)
{
	char user_id[IDENT_TEXT_BYTES];
	struct table_entry entry;

	clock_freeze(5000, 1508127784000 + 60000);
	site_reboot(); /* the table keeps how far the clocks are apart */
	ck_assert_int_eq(sessions("{" SESSION(ID, ID2, SID) "}", "shop", NULL), 0);
	ck_assert_uint_eq(report.n_added, 1);
	ck_assert_int_eq(find("shop", SID, &entry), 0);
	user_session_unpack_owner(&entry.owner, user_id);
	ck_assert_str_eq(user_id, ID2);
	/* As old as it is. */
	ck_assert_int_eq(entry.created_ms, 5000 - 60000);
	ck_assert_int_eq(find("", SID, &entry), TABLE_E_ABSENT);
	ck_assert_int_eq(sessions("{" SESSION(ID, ID2, SID) "}", "shop", NULL), 0);
	ck_assert_uint_eq(report.n_added, 0);
	ck_assert_uint_eq(report.n_present, 1);
	site_reboot();
	ck_assert_int_eq(find("shop", SID, &entry), 0);
}
END_TEST

static const char *const bad_sessions[] = {
	"{\"a\": 1}",
	"{\"a\": {}}",
	"{" SESSION(ID, ID2, "short") "}",
	"{" SESSION(ID, ID2, "") "}",
	"{" SESSION(ID, ID2, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz") "}",
	"{" SESSION("no-uuid", ID2, SID) "}",
	"{\"" ID "\": {\"id\": \"" ID "\", " TIMES ", \"user_id\": null, \"session_id\": \"" SID
	"\"}}",
	"{\"" ID "\": {\"id\": \"" ID "\", " TIMES ", \"user_id\": \"a\", \"session_id\": 5}}",
	"{\"" ID "\": {\"id\": \"" ID "\", \"user_id\": \"a\", \"session_id\": \"" SID "\"}}",
};

START_TEST(what_is_no_session_is_refused)
{
	ck_assert_int_eq(sessions(bad_sessions[_i], "", NULL), 0);
	ck_assert_uint_eq(report.n_added, 0);
	ck_assert_uint_eq(report.n_refused, 1);
	ck_assert_uint_eq(site_count_stored(), 0);
}
END_TEST

START_TEST(a_user_id_that_nobody_can_sign_in_with_is_kept_but_opens_nothing)
{
	struct table_entry entry;

	ck_assert_int_eq(
	    sessions("{" SESSION(ID, "a-user-id-of-20-byte", SID) "}", "", NULL), 0);
	ck_assert_uint_eq(report.n_added, 1);
	ck_assert_int_eq(find("", SID, &entry), TABLE_E_ABSENT);
	site_reboot();
	ck_assert_int_eq(find("", SID, &entry), TABLE_E_ABSENT);
}
END_TEST

/* n sessions of one user each; every id is there twice. */
static void
write_many(struct buf *json, unsigned n)
{
	buf_init(json, 1 << 24);
	for (unsigned i = 0; i < 2 * n; i++)
		buf_addf(json,
		    "%s\"cf3ddee1-ff24-49e4-a40b-%012x\": {\"id\": "
		    "\"cf3ddee1-ff24-49e4-a40b-%012x\", " TIMES
		    ", \"user_id\": \"u%u\", \"session_id\": "
		    "\"cf3ddee1-ff24-49e4-a40c-%012x\"}",
		    i == 0 ? "{" : ", ", i, i, i / 2, i / 2);
	buf_add_z(json, "}");
	buf_add_char(json, '\0');
	ck_assert_int_eq(buf_error(json), 0);
}

static unsigned
count_open(unsigned n)
{
	struct table_entry entry;
	unsigned n_open = 0;
	char id[40];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(id, sizeof(id), "cf3ddee1-ff24-49e4-a40c-%012x", i);
		n_open += find("", id, &entry) == 0;
	}
	return n_open;
}

START_TEST(many_sessions_share_a_flush)
{
	enum { N = 1000 };
	struct journal_stats before, after;
	struct buf json;

	write_many(&json, N);
	user_sessions_stats(site.app.env.user_sessions, &before);
	ck_assert_int_eq(sessions(json.p, "", NULL), 0);
	user_sessions_stats(site.app.env.user_sessions, &after);
	ck_assert_uint_eq(report.n_added, N);
	ck_assert_uint_eq(report.n_present, N);
	ck_assert_uint_eq(site_count_stored(), N);
	ck_assert_uint_eq(count_open(N), N);
	ck_assert_uint_lt(after.n_flushes - before.n_flushes, 10);
	site_reboot();
	ck_assert_uint_eq(count_open(N), N);
	buf_fini(&json);
}
END_TEST

/* What the table has no room for is not in the journal either; what was counted is in both. */
START_TEST(what_the_table_refuses_is_not_stored)
{
	enum { N = 300, NTH = 280 };
	struct buf json;

	write_many(&json, N);
	fail_part("table_insert_after", NTH, -ENOSPC);
	ck_assert_int_eq(sessions(json.p, "", NULL), -ENOSPC);
	ck_assert_uint_eq(report.n_added, NTH - 1);
	ck_assert_uint_eq(site_count_stored(), NTH - 1);
	ck_assert_uint_eq(count_open(N), NTH - 1);
	buf_fini(&json);
}
END_TEST

/* Killed between journal and table: the import, repeated, goes on from there. */
START_TEST(a_repeated_import_opens_what_is_only_stored)
{
	struct digest_tag tag =
	    user_session_digest(&site.app.env.key, TABLE_KIND_STORED, str_of(""), str_of(SID));
	struct table_entry entry;

	ck_assert_int_eq(sessions("{" SESSION(ID, ID2, SID) "}", "", NULL), 0);
	ck_assert_int_eq(table_remove(site.app.env.table, &tag), 0);
	ck_assert_int_eq(sessions("{" SESSION(ID, ID2, SID) "}", "", NULL), 0);
	ck_assert_uint_eq(report.n_present, 1);
	ck_assert_int_eq(find("", SID, &entry), 0);
}
END_TEST

/* -------------------------------------------------------------------- failures */

static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

START_TEST(what_the_journal_refuses_is_an_error)
{
	struct err err = { "" };

	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(users("{" USER(ID, "bob@hbtn.io") "}", &err), -EIO);
	ck_assert_ptr_nonnull(strstr(err.text, "the journal of users refused"));
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(sessions("{" SESSION(ID, ID2, SID) "}", "", &err), -EIO);
	ck_assert_ptr_nonnull(strstr(err.text, "refused"));
}
END_TEST

/* All or nothing: a failure half-way leaves nobody. */
START_TEST(half_a_file_of_users_is_none)
{
	struct err err = { "" };
	uint64_t n;

	fail_part("journal_append", 1, -ENOSPC);
	ck_assert_int_eq(
	    users("{" USER(ID, "a@b") ", " USER(ID2, "c@d") ", " USER(ID3, "e@f") "}", &err),
	    -ENOSPC);
	ck_assert_uint_eq(report.n_added, 0);
	fail_part("journal_append", 2, -ENOSPC);
	ck_assert_int_eq(
	    users("{" USER(ID, "a@b") ", " USER(ID2, "c@d") ", " USER(ID3, "e@f") "}", &err),
	    0);
	ck_assert(!fail_part_is_done()); /* one append for all */
	ck_assert_uint_eq(report.n_added, 3);
	ck_assert_int_eq(users_count(site.app.env.users, &n), 0);
	ck_assert_uint_eq(n, 3);
}
END_TEST

START_TEST(without_memory_it_is_all_or_nothing)
{
	for (unsigned i = 1; i < 40; i++) {
		uint64_t before, after;
		char json[600];
		int r;

		(void)snprintf(json, sizeof(json),
		    "{\"00000000-0000-4000-8000-0000000000%02u\": {\"id\": "
		    "\"00000000-0000-4000-8000-0000000000%02u\", " TIMES
		    ", \"email\": \"a%u@h.i\"}, "
		    "\"00000000-0000-4000-8000-0000000001%02u\": {\"id\": "
		    "\"00000000-0000-4000-8000-0000000001%02u\", " TIMES
		    ", \"email\": \"b%u@h.i\"}}",
		    i, i, i, i, i, i);
		ck_assert_int_eq(users_count(site.app.env.users, &before), 0);
		fail_alloc_at(i);
		r = users(json, NULL);
		fail_alloc_at(0);
		ck_assert_int_eq(users_count(site.app.env.users, &after), 0);
		ck_assert_int_le(r, 0);
		/* One that could not even be parsed counts as refused. */
		ck_assert_uint_eq(after - before, r == 0 ? 2 - report.n_refused : 0);
	}
}
END_TEST

Suite *
check_legacy_json_suite(void)
{
	Suite *s = suite_create("model/legacy_json");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, the_originals_users_come_in_and_can_sign_in);
	tcase_add_test(tc, one_that_cannot_be_taken_does_not_stop_the_others);
	tcase_add_test(tc, an_email_that_is_too_long_is_refused);
	tcase_add_loop_test(tc, each_record_is_judged_as_the_api_judges, 0, N(records));
	tcase_add_loop_test(tc, a_value_of_300_kb_stops_only_its_own_user, 0, N(members));
	tcase_add_loop_test(tc, what_is_no_file_of_objects_is_refused, 0, N(no_files));
	tcase_add_test(tc, an_empty_file_is_one);
	tcase_add_test(tc, the_originals_sessions_come_in_and_open);
	tcase_add_test(tc, many_sessions_share_a_flush);
	tcase_add_test(tc, what_the_table_refuses_is_not_stored);
	tcase_add_test(tc, a_repeated_import_opens_what_is_only_stored);
	tcase_add_loop_test(tc, what_is_no_session_is_refused, 0, N(bad_sessions));
	tcase_add_test(tc, a_user_id_that_nobody_can_sign_in_with_is_kept_but_opens_nothing);
	tcase_add_loop_test(tc, what_the_journal_refuses_is_an_error, 0, N(parts));
	tcase_add_test(tc, half_a_file_of_users_is_none);
	tcase_add_test(tc, without_memory_it_is_all_or_nothing);
	suite_add_tcase(s, tc);
	return s;
}
