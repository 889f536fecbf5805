/* check_user.c - tests of src/model/user.c */
#include "unit/unit.h"

#include <errno.h>

#include "core/clock.h"
#include "model/user.h"
#include "unit/fail_alloc.h"
#include "unit/fail_random.h"

Suite *check_user_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))
#define ID       "cf3ddee1-ff24-49e4-a40b-2540333fe992"
#define BASE           \
	"\"id\":\"" ID \
	"\",\"created_at\":\"2017-10-16T04:23:04\",\"updated_at\":\"2017-10-17 04:23:04\""

static struct user *
parse(const char *json)
{
	return (struct user *)user_model.parse(str_of(json));
}

START_TEST(a_new_user)
{
	struct user *user;

	clock_freeze(1, 1508127784123);
	ck_assert_int_eq(
	    user_new(STR_LIT("bob@hbtn.io"), STR_LIT("$y$h"), STR_LIT("Bob"), STR_NULL, &user),
	    0);
	unit_assert_str(user->email, "bob@hbtn.io");
	unit_assert_str(user->password_hash, "$y$h");
	unit_assert_str(user->first_name, "Bob");
	unit_assert_str(user->last_name, NULL);
	unit_assert_str(user->base.key, user->base.id);
	unit_assert_str(user->base.alternate_key, "bob@hbtn.io");
	/* NUL follows each: libxcrypt and printf() may use them. */
	ck_assert_int_eq(user->password_hash.p[4], '\0');
	ck_assert_int_eq(user->base.created_ms, 1508127784123);
	user_unref(user);
	user_unref(NULL);
	clock_thaw();
}
END_TEST

START_TEST(what_the_journal_says_reads_back)
{
	struct user *user, *again;
	struct buf line;

	ck_assert_int_eq(user_new(STR_LIT("b\xc3\xb6\xf0\x9f\x98\x80\"\\@x"), STR_LIT("$y$h"),
			     STR_LIT("\n\t\x01"), STR_LIT("a\0b"), &user),
	    0);
	buf_init(&line, 10000);
	base_write(&user->base, &line);
	/* One line of ASCII, whatever is in it. */
	for (size_t i = 0; i < line.n; i++)
		ck_assert(line.p[i] >= ' ' && line.p[i] <= '~');
	again = (struct user *)user_model.parse(buf_str(&line));
	ck_assert_ptr_nonnull(again);
	ck_assert(str_eq(again->email, user->email));
	ck_assert(str_eq(again->password_hash, user->password_hash));
	ck_assert(str_eq(again->first_name, user->first_name));
	ck_assert(str_eq(again->last_name, user->last_name));
	ck_assert_str_eq(again->base.id, user->base.id);
	ck_assert_int_eq(again->base.created_ms, user->base.created_ms);
	ck_assert_int_eq(again->base.updated_ms, user->base.updated_ms);
	user_unref(user);
	user_unref(again);
	buf_fini(&line);
}
END_TEST

START_TEST(a_change_keeps_the_rest)
{
	struct user *user, *changed;

	clock_freeze(1, 1000);
	ck_assert_int_eq(user_new(STR_LIT("bob@hbtn.io"), STR_LIT("$y$h"), STR_LIT("Bob"),
			     STR_LIT("Dylan"), &user),
	    0);
	clock_freeze(1, 2000);
	ck_assert_int_eq(
	    user_changed(user, STR_NULL, STR_LIT("Robert"), STR_NULL, &changed), 0);
	ck_assert_str_eq(changed->base.id, user->base.id);
	ck_assert_int_eq(changed->base.created_ms, 1000);
	ck_assert_int_eq(changed->base.updated_ms, 2000);
	unit_assert_str(changed->email, "bob@hbtn.io");
	unit_assert_str(changed->password_hash, "$y$h");
	unit_assert_str(changed->first_name, "Robert");
	unit_assert_str(changed->last_name, "Dylan");
	user_unref(changed);

	ck_assert_int_eq(
	    user_changed(user, STR_LIT("$y$i"), STR_NULL, STR_LIT(""), &changed), 0);
	unit_assert_str(changed->password_hash, "$y$i");
	unit_assert_str(changed->first_name, "Bob");
	unit_assert_str(changed->last_name, "");
	/* The old one is as it was: others may be reading it. */
	unit_assert_str(user->password_hash, "$y$h");
	unit_assert_str(user->last_name, "Dylan");
	ck_assert_int_eq(user->base.updated_ms, 1000);
	user_unref(changed);
	user_unref(user);
	clock_thaw();
}
END_TEST

START_TEST(groups_and_disabled_stay_within)
{
	struct user *user, *in, *out, *again;
	struct buf line;

	ck_assert_int_eq(
	    user_new(STR_LIT("a@b"), STR_LIT("$y$h"), STR_LIT("f"), STR_NULL, &user), 0);
	ck_assert(!user_is_disabled(user));
	ck_assert(!user_in_group(user, STR_LIT("admin")));
	ck_assert_uint_eq(user_model.format(&user->base), 1);
	clock_freeze(1, 2000);
	ck_assert_int_eq(user_regrouped(user, STR_LIT("admin,staff"), &in), 0);
	ck_assert(user_in_group(in, STR_LIT("admin")));
	ck_assert(!user_in_group(user, STR_LIT("admin")));
	ck_assert_int_eq(in->base.updated_ms, 2000);
	ck_assert_uint_eq(user_model.format(&in->base), 2);
	ck_assert_int_eq(user_switched(in, true, &out), 0);
	ck_assert(user_is_disabled(out));
	ck_assert(user_in_group(out, STR_LIT("staff")));
	user_unref(in);
	/* Another password or name changes neither. */
	ck_assert_int_eq(user_changed(out, STR_LIT("$y$i"), STR_LIT("g"), STR_NULL, &in), 0);
	ck_assert(user_is_disabled(in));
	unit_assert_str(in->groups, "admin,staff");
	buf_init(&line, 10000);
	base_write(&in->base, &line);
	buf_add_char(&line, '\0');
	ck_assert_ptr_nonnull(
	    strstr(line.p, ",\"_groups\":[\"admin\",\"staff\"],\"_disabled\":true}"));
	again = parse(line.p);
	unit_assert_str(again->groups, "admin,staff");
	ck_assert(user_is_disabled(again));
	/* In no public form. */
	ck_assert_ptr_null(memmem(in->public_text.p, in->public_text.n, "admin", 5));
	ck_assert_ptr_null(memmem(in->public_text.p, in->public_text.n, "disabled", 8));
	user_unref(in);
	user_unref(again);
	/* Neither leaves a trace: an older program may read such a user. */
	ck_assert_int_eq(user_switched(out, false, &in), 0);
	user_unref(out);
	ck_assert_uint_eq(user_model.format(&in->base), 2);
	ck_assert_int_eq(user_regrouped(in, STR_LIT(""), &out), 0);
	ck_assert_uint_eq(user_model.format(&out->base), 1);
	buf_clear(&line);
	base_write(&out->base, &line);
	buf_add_char(&line, '\0');
	ck_assert_ptr_null(strstr(line.p, "_groups"));
	ck_assert_ptr_null(strstr(line.p, "_disabled"));
	ck_assert_int_eq(user_switched(out, true, &again), 0);
	ck_assert_uint_eq(user_model.format(&again->base), 2);
	user_unref(again);
	user_unref(in);
	user_unref(out);
	user_unref(user);
	buf_fini(&line);
	clock_thaw();
}
END_TEST

START_TEST(groups_are_put_in_order)
{
	struct user *user =
	    parse("{" BASE ",\"_groups\":[\"z\",\"a\",\"z\"],\"_disabled\":false}");

	unit_assert_str(user->groups, "a,z");
	ck_assert(!user_is_disabled(user));
	user_unref(user);
}
END_TEST

/* ------------------------------------------------------------------- reading */

static const struct {
	const char *name, *json;
	bool is_good;
} parse_cases[] = {
	{ "all_members",
	    "{" BASE
	    ",\"email\":\"a@b\",\"_password\":\"x\",\"first_name\":\"f\",\"last_name\":"
	    "\"l\"}",
	    true },
	{ "nulls",
	    "{" BASE
	    ",\"email\":null,\"_password\":null,\"first_name\":null,\"last_name\":null}",
	    true },
	{ "none_of_ours", "{" BASE "}", true },
	{ "others_are_ignored", "{" BASE ",\"admin\":true,\"email\":\"a@b\"}", true },
	{ "email_a_number", "{" BASE ",\"email\":1}", false },
	{ "password_a_list", "{" BASE ",\"_password\":[]}", false },
	{ "first_name_true", "{" BASE ",\"first_name\":true}", false },
	{ "last_name_an_object", "{" BASE ",\"last_name\":{}}", false },
	{ "groups_and_disabled", "{" BASE ",\"_groups\":[\"a\"],\"_disabled\":true}", true },
	{ "none_of_them", "{" BASE ",\"_groups\":[],\"_disabled\":false}", true },
	{ "null_groups_and_disabled", "{" BASE ",\"_groups\":null,\"_disabled\":null}", true },
	/* Not knowing who is in, or out, is no reason to let somebody in. */
	{ "groups_a_text", "{" BASE ",\"_groups\":\"admin\"}", false },
	{ "groups_an_object", "{" BASE ",\"_groups\":{\"admin\":true}}", false },
	{ "a_group_that_is_none", "{" BASE ",\"_groups\":[\"a b\"]}", false },
	{ "a_group_with_a_nul", "{" BASE ",\"_groups\":[\"a\\u0000\"]}", false },
	{ "an_empty_group", "{" BASE ",\"_groups\":[\"\"]}", false },
	{ "a_group_a_number", "{" BASE ",\"_groups\":[1]}", false },
	{ "a_group_null", "{" BASE ",\"_groups\":[null]}", false },
	{ "disabled_a_text", "{" BASE ",\"_disabled\":\"no\"}", false },
	{ "disabled_a_number", "{" BASE ",\"_disabled\":0}", false },
	{ "no_id", "{\"email\":\"a@b\"}", false },
	{ "a_list", "[]", false },
	{ "a_text", "\"x\"", false },
	{ "null", "null", false },
	{ "nothing", "", false },
	{ "half", "{" BASE, false },
	{ "no_json", "hello", false },
};

START_TEST(parses)
{
	struct user *user = parse(parse_cases[_i].json);

	ck_assert_int_eq(user != NULL, parse_cases[_i].is_good);
	user_unref(user);
}
END_TEST

START_TEST(an_absent_password_is_a_hash_that_nothing_has)
{
	struct user *user = parse("{" BASE ",\"email\":null}");

	ck_assert_ptr_nonnull(user);
	unit_assert_str(user->email, NULL);
	unit_assert_str(user->base.alternate_key, NULL);
	unit_assert_str(user->password_hash, "");
	ck_assert_int_eq(user->password_hash.p[0], '\0');
	user_unref(user);
}
END_TEST

/* --------------------------------------------------------------------- forms */

START_TEST(the_public_form_has_these_members_and_no_password)
{
	struct user *user = parse("{" BASE ",\"email\":\"b\\u00f6b@hbtn.io\",\"_password\":"
				  "\"$y$secret\",\"last_name\":\"a\\/b\"}");
	struct buf out;

	ck_assert_ptr_nonnull(user);
	buf_init(&out, 10000);
	user_write_public(user, 1, &out);
	unit_assert_str(buf_str(&out), "  {\n"
				       "    \"created_at\": \"2017-10-16 04:23:04\",\n"
				       "    \"email\": \"b\\u00f6b@hbtn.io\",\n"
				       "    \"first_name\": null,\n"
				       "    \"id\": \"" ID "\",\n"
				       "    \"last_name\": \"a/b\",\n"
				       "    \"updated_at\": \"2017-10-17 04:23:04\"\n"
				       "  }");
	unit_assert_str(buf_str(&user->public_text),
	    "{\n"
	    "  \"created_at\": \"2017-10-16 04:23:04\",\n"
	    "  \"email\": \"b\\u00f6b@hbtn.io\",\n"
	    "  \"first_name\": null,\n"
	    "  \"id\": \"" ID "\",\n"
	    "  \"last_name\": \"a/b\",\n"
	    "  \"updated_at\": \"2017-10-17 04:23:04\"\n"
	    "}\n");
	buf_fini(&out);
	user_unref(user);
}
END_TEST

static const struct {
	const char *members, *want;
} display_cases[] = {
	{ "", "" },
	{ ",\"email\":\"bob@hbtn.io\"", "bob@hbtn.io" },
	{ ",\"first_name\":\"Bob\"", "Bob" },
	{ ",\"last_name\":\"Dylan\"", "Dylan" },
	{ ",\"first_name\":\"Bob\",\"last_name\":\"Dylan\"", "Bob Dylan" },
	{ ",\"email\":\"bob@hbtn.io\",\"first_name\":\"Bob\"", "Bob" },
	{ ",\"email\":\"bob@hbtn.io\",\"last_name\":\"Dylan\"", "Dylan" },
	{ ",\"email\":\"bob@hbtn.io\",\"first_name\":\"Bob\",\"last_name\":\"Dylan\"",
	    "Bob Dylan" },
	{ ",\"email\":\"bob@hbtn.io\",\"first_name\":\"\",\"last_name\":null", "" },
};

START_TEST(display_name)
{
	char json[400] = "{" BASE;
	struct user *user;
	struct buf out;

	(void)strcat(json, display_cases[_i].members);
	(void)strcat(json, "}");
	ck_assert_ptr_nonnull(user = parse(json));
	buf_init(&out, 100);
	user_display_name(user, &out);
	unit_assert_str(buf_str(&out), display_cases[_i].want);
	buf_fini(&out);
	user_unref(user);
}
END_TEST

START_TEST(attributes_by_name)
{
	struct user *user =
	    parse("{" BASE ",\"email\":\"a@b\",\"_password\":\"x\",\"first_name\":\"f\"}");

	ck_assert_ptr_nonnull(user);
	unit_assert_str(base_attribute(&user->base, STR_LIT("id")), ID);
	unit_assert_str(base_attribute(&user->base, STR_LIT("email")), "a@b");
	unit_assert_str(base_attribute(&user->base, STR_LIT("_password")), "x");
	unit_assert_str(base_attribute(&user->base, STR_LIT("first_name")), "f");
	unit_assert_str(base_attribute(&user->base, STR_LIT("last_name")), NULL);
	unit_assert_str(base_attribute(&user->base, STR_LIT("Email")), NULL);
	unit_assert_str(base_attribute(&user->base, STR_LIT("")), NULL);
	user_unref(user);
}
END_TEST

/* ------------------------------------------------------------------ failures */

START_TEST(without_memory_or_randomness)
{
	struct user *user, *changed = NULL;

	fail_random_at(1);
	ck_assert_int_eq(
	    user_new(STR_LIT("a@b"), STR_LIT("h"), STR_NULL, STR_NULL, &user), -EIO);
	for (unsigned i = 1; i <= 3; i++) {
		fail_alloc_at(i);
		ck_assert_int_eq(
		    user_new(STR_LIT("a@b"), STR_LIT("h"), STR_NULL, STR_NULL, &user), -ENOMEM);
	}
	fail_alloc_at(0);
	ck_assert_int_eq(user_new(STR_LIT("a@b"), STR_LIT("h"), STR_NULL, STR_NULL, &user), 0);
	for (unsigned i = 1; i <= 3; i++) {
		fail_alloc_at(i);
		ck_assert_int_eq(
		    user_changed(user, STR_NULL, STR_NULL, STR_NULL, &changed), -ENOMEM);
		ck_assert_ptr_null(changed);
		/* Those of json-c are not counted: these are our own. */
		fail_alloc_at(i);
		ck_assert_ptr_null(parse("{" BASE ",\"email\":\"a@b\"}"));
	}
	fail_alloc_at(0);
	user_unref(user);
}
END_TEST

Suite *
check_user_suite(void)
{
	Suite *s = suite_create("model/user");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, a_new_user);
	tcase_add_test(tc, what_the_journal_says_reads_back);
	tcase_add_test(tc, a_change_keeps_the_rest);
	tcase_add_test(tc, groups_and_disabled_stay_within);
	tcase_add_test(tc, groups_are_put_in_order);
	tcase_add_loop_test(tc, parses, 0, N(parse_cases));
	tcase_add_test(tc, an_absent_password_is_a_hash_that_nothing_has);
	tcase_add_test(tc, the_public_form_has_these_members_and_no_password);
	tcase_add_loop_test(tc, display_name, 0, N(display_cases));
	tcase_add_test(tc, attributes_by_name);
	tcase_add_test(tc, without_memory_or_randomness);
	suite_add_tcase(s, tc);
	return s;
}
