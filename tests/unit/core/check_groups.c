/* check_groups.c - tests of src/core/groups.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>

#include "core/groups.h"
#include "unit/fail_alloc.h"

Suite *check_groups_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

static const struct {
	struct str name;
	bool is_good;
} names[] = {
	{ STR_INIT("admin"), true },
	{ STR_INIT("a"), true },
	{ STR_INIT("Az09._-"), true },
	{ STR_INIT("."), true },
	{ STR_INIT("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"), true },
	{ STR_INIT("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm"),
	    false },
	{ STR_INIT(""), false },
	{ { NULL, 0 }, false },
	{ STR_INIT("a b"), false },
	{ STR_INIT("a,b"), false },
	{ STR_INIT("a\0b"), false },
	{ STR_INIT("a/b"), false },
	{ STR_INIT("a:b"), false },
	{ STR_INIT("a\n"), false },
	{ STR_INIT("@"), false },
	{ STR_INIT("["), false },
	{ STR_INIT("`"), false },
	{ STR_INIT("{"), false },
	{ STR_INIT("\xc3\xbc"), false },
};

START_TEST(what_a_group_may_be_called)
{
	ck_assert_int_eq(groups_is_name(names[_i].name), names[_i].is_good);
}
END_TEST

START_TEST(one_is_told_from_another)
{
	const struct str groups = STR_LIT("admin,admins,staff");

	ck_assert(groups_has(groups, STR_LIT("admin")));
	ck_assert(groups_has(groups, STR_LIT("admins")));
	ck_assert(groups_has(groups, STR_LIT("staff")));
	ck_assert(!groups_has(groups, STR_LIT("adm")));
	ck_assert(!groups_has(groups, STR_LIT("Admin")));
	ck_assert(!groups_has(groups, STR_LIT("staf")));
	ck_assert(!groups_has(groups, STR_LIT("admin,admins")));
	ck_assert(!groups_has(groups, STR_LIT("")));
	ck_assert(!groups_has(groups, STR_NULL));
	ck_assert(!groups_has(STR_LIT(""), STR_LIT("admin")));
	ck_assert(!groups_has(STR_LIT(""), STR_LIT("")));
	ck_assert(!groups_has(STR_NULL, STR_LIT("admin")));
}
END_TEST

static const struct {
	const char *before;
	enum groups_change change;
	const char *names[4], *after;
} changes[] = {
	{ "a,b", GROUPS_SET, { "z", "c", "B" }, "B,c,z" },
	{ "a,b", GROUPS_SET, { NULL }, "" },
	{ "", GROUPS_SET, { "a", "b", "a" }, "a,b" },
	{ "", GROUPS_ADD, { "a" }, "a" },
	{ "b,d", GROUPS_ADD, { "c", "a", "e" }, "a,b,c,d,e" },
	{ "a,b", GROUPS_ADD, { "b", "b" }, "a,b" },
	{ "a,b", GROUPS_ADD, { NULL }, "a,b" },
	{ "ab", GROUPS_ADD, { "a", "abc" }, "a,ab,abc" },
	{ "a,b,c", GROUPS_REMOVE, { "b" }, "a,c" },
	{ "a,b,c", GROUPS_REMOVE, { "c", "a", "b" }, "" },
	{ "a,b", GROUPS_REMOVE, { "x", "ab" }, "a,b" },
	{ "", GROUPS_REMOVE, { "a" }, "" },
};

START_TEST(changed)
{
	struct str list[4];
	struct buf out;
	size_t n = 0;

	for (; changes[_i].names[n] != NULL; n++)
		list[n] = str_of(changes[_i].names[n]);
	buf_init(&out, 1000);
	ck_assert_int_eq(
	    groups_changed(str_of(changes[_i].before), changes[_i].change, list, n, &out), 0);
	unit_assert_str(buf_str(&out), changes[_i].after);
	buf_fini(&out);
}
END_TEST

START_TEST(no_name_and_too_many)
{
	char text[2 * GROUPS_MAX][8];
	struct str list[2 * GROUPS_MAX];
	struct buf all, out;

	for (int i = 0; i < 2 * GROUPS_MAX; i++) {
		(void)snprintf(text[i], sizeof(text[i]), "g%03d", i);
		list[i] = str_of(text[i]);
	}
	buf_init(&all, GROUPS_MAX_BYTES);
	buf_init(&out, (size_t)2 * GROUPS_MAX_BYTES);
	ck_assert_int_eq(groups_changed(STR_NULL, GROUPS_SET, list, GROUPS_MAX, &all), 0);
	ck_assert_int_eq(
	    groups_changed(STR_NULL, GROUPS_SET, list, GROUPS_MAX + 1, &out), GROUPS_E_MANY);
	ck_assert_int_eq(groups_changed(buf_str(&all), GROUPS_ADD, &list[GROUPS_MAX], 1, &out),
	    GROUPS_E_MANY);
	buf_clear(&out);
	/* Those that are there already are no more. */
	ck_assert_int_eq(groups_changed(buf_str(&all), GROUPS_ADD, list, GROUPS_MAX, &out), 0);
	ck_assert(str_eq(buf_str(&out), buf_str(&all)));
	list[3] = STR_LIT("a b");
	for (int change = GROUPS_SET; change <= GROUPS_REMOVE; change++)
		ck_assert_int_eq(
		    groups_changed(STR_LIT("a"), (enum groups_change)change, list, 4, &out),
		    GROUPS_E_NAME);
	buf_fini(&out);
	buf_init(&out, 1000);
	fail_alloc_at(1);
	ck_assert_int_eq(groups_changed(STR_LIT("a"), GROUPS_ADD, list, 1, &out), -ENOMEM);
	fail_alloc_at(0);
	buf_fini(&out);
	buf_fini(&all);
}
END_TEST

Suite *
check_groups_suite(void)
{
	Suite *s = suite_create("core/groups");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, what_a_group_may_be_called, 0, N(names));
	tcase_add_test(tc, one_is_told_from_another);
	tcase_add_loop_test(tc, changed, 0, N(changes));
	tcase_add_test(tc, no_name_and_too_many);
	suite_add_tcase(s, tc);
	return s;
}
