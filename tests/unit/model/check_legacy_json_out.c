/* check_legacy_json_out.c - tests of src/model/legacy_json.c: writing */
#include "unit/unit.h"

#include <json-c/json.h>

#include "core/clock.h"
#include "model/legacy_json.h"
#include "unit/site.h"

Suite *check_legacy_json_out_suite(void);

#define WALL INT64_C(1508127784123)

START_TEST(users_as_the_original_writes_them)
{
	const struct account account = { STR_LIT("b\xc3\xb6"
						 "b@hbtn.io"),
		STR_LIT("pwd"), STR_LIT("B\"b"), STR_NULL };
	struct json_object *file, *value, *member;
	struct user *bob, *eve;
	struct buf out;

	clock_freeze(1, WALL);
	ck_assert_int_eq(account_add(&site.accounts, &account, &bob), 0);
	eve = site_add_user("eve@hbtn.io", "pwd");
	buf_init(&out, 100000);
	ck_assert_int_eq(legacy_json_write_users(site.app.env.users, &out), 0);
	buf_add_char(&out, '\0');
	file = json_tokener_parse(out.p);
	ck_assert(json_object_is_type(file, json_type_object));
	ck_assert_int_eq(json_object_object_length(file), 2);
	ck_assert(json_object_object_get_ex(file, eve->base.id, &value));
	ck_assert(json_object_object_get_ex(file, bob->base.id, &value));
	ck_assert_int_eq(json_object_object_length(value), 7);
	ck_assert(json_object_object_get_ex(value, "created_at", &member));
	ck_assert_str_eq(json_object_get_string(member), "2017-10-16T04:23:04");
	ck_assert(json_object_object_get_ex(value, "updated_at", &member));
	ck_assert_str_eq(json_object_get_string(member), "2017-10-16T04:23:04");
	ck_assert(json_object_object_get_ex(value, "id", &member));
	ck_assert_str_eq(json_object_get_string(member), bob->base.id);
	ck_assert(json_object_object_get_ex(value, "email", &member));
	ck_assert_str_eq(json_object_get_string(member), "b\xc3\xb6"
							 "b@hbtn.io");
	ck_assert(json_object_object_get_ex(value, "_password", &member));
	unit_assert_str(bob->password_hash, json_object_get_string(member));
	ck_assert(json_object_object_get_ex(value, "first_name", &member));
	ck_assert_str_eq(json_object_get_string(member), "B\"b");
	ck_assert(json_object_object_get_ex(value, "last_name", &member));
	ck_assert_ptr_null(member);
	(void)json_object_put(file);
	buf_fini(&out);
	user_unref(bob);
	user_unref(eve);
}
END_TEST

START_TEST(what_goes_out_comes_in_again)
{
	struct legacy_json_report report = { .refused = NULL };
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *again;
	struct digest_tag tag = { { 1, 2, 3 } };
	struct table_entry entry;
	struct user_session session;
	struct buf out_users, out_sessions;

	buf_init(&out_users, 100000);
	buf_init(&out_sessions, 100000);
	ck_assert_int_eq(user_session_init(&session, str_of(bob->base.id), &tag, 0), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	ck_assert_int_eq(legacy_json_write_users(site.app.env.users, &out_users), 0);
	ck_assert_int_eq(
	    legacy_json_write_sessions(site.app.env.user_sessions, &out_sessions), 0);
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), 0);

	ck_assert_int_eq(
	    legacy_json_read_users(site.app.env.users, buf_str(&out_users), &report, NULL), 0);
	ck_assert_int_eq(
	    legacy_json_read_sessions(site.app.env.user_sessions, site.app.env.table,
		&site.app.env.key, STR_NULL, buf_str(&out_sessions), &report, NULL),
	    0);
	ck_assert_uint_eq(report.n_added, 2);
	ck_assert_int_eq(users_get(site.app.env.users, str_of(bob->base.id), &again), 0);
	ck_assert(str_eq(again->password_hash, bob->password_hash));
	user_unref(again);
	/* A digest that is imported is that digest, not the digest of a digest. */
	ck_assert_int_eq(table_find(site.app.env.table, &tag, &entry), 0);
	buf_fini(&out_users);
	buf_fini(&out_sessions);
	user_unref(bob);
}
END_TEST

START_TEST(groups_and_disabled_come_along)
{
	const struct str names[] = { STR_LIT("staff"), STR_LIT("admin") };
	struct legacy_json_report report = { .refused = NULL };
	struct user *bob = site_add_user("bob@hbtn.io", "pwd"), *now;
	struct str id = str_of(bob->base.id);
	struct buf out;

	ck_assert_int_eq(
	    users_set_groups(site.accounts.users, id, GROUPS_ADD, names, 2, STR_NULL, &now), 0);
	user_unref(now);
	ck_assert_int_eq(account_set_disabled(&site.accounts, id, true), 0);
	buf_init(&out, 100000);
	ck_assert_int_eq(legacy_json_write_users(site.app.env.users, &out), 0);
	buf_add_char(&out, '\0');
	ck_assert_ptr_nonnull(
	    strstr(out.p, ", \"_groups\": [\"admin\",\"staff\"], \"_disabled\": true}"));
	out.n--;
	ck_assert_int_eq(account_delete(&site.accounts, id), 0);
	ck_assert_int_eq(
	    legacy_json_read_users(site.app.env.users, buf_str(&out), &report, NULL), 0);
	ck_assert_uint_eq(report.n_added, 1);
	ck_assert_int_eq(users_get(site.app.env.users, id, &now), 0);
	unit_assert_str(now->groups, "admin,staff");
	ck_assert(user_is_disabled(now));
	user_unref(now);
	user_unref(bob);
	buf_fini(&out);
}
END_TEST

START_TEST(nothing_is_an_empty_object)
{
	struct buf out;

	buf_init(&out, 100);
	ck_assert_int_eq(legacy_json_write_users(site.app.env.users, &out), 0);
	unit_assert_str(buf_str(&out), "{}\n");
	buf_clear(&out);
	ck_assert_int_eq(legacy_json_write_sessions(site.app.env.user_sessions, &out), 0);
	unit_assert_str(buf_str(&out), "{}\n");
	buf_fini(&out);
}
END_TEST

START_TEST(a_buffer_that_is_too_small_is_an_error)
{
	struct buf out;

	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	user_unref(site_add_user("eve@hbtn.io", "pwd"));
	buf_init(&out, 100);
	ck_assert_int_lt(legacy_json_write_users(site.app.env.users, &out), 0);
	buf_fini(&out);
}
END_TEST

Suite *
check_legacy_json_out_suite(void)
{
	Suite *s = suite_create("model/legacy_json_out");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, users_as_the_original_writes_them);
	tcase_add_test(tc, what_goes_out_comes_in_again);
	tcase_add_test(tc, groups_and_disabled_come_along);
	tcase_add_test(tc, nothing_is_an_empty_object);
	tcase_add_test(tc, a_buffer_that_is_too_small_is_an_error);
	suite_add_tcase(s, tc);
	return s;
}
