/* check_program.c - tests of src/server/program.c */
#include "server/program.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_program_suite(void);

static char us[PATH_MAX], path[PATH_MAX], link_path[PATH_MAX];

static void
setup(void)
{
	ssize_t n = readlink("/proc/self/exe", us, sizeof(us) - 1);

	ck_assert_int_gt(n, 0);
	us[n] = '\0';
	tmp_make();
	ck_assert_int_eq(symlinkat(us, tmp_fd, "program"), 0);
	(void)snprintf(link_path, sizeof(link_path), "%s/program", tmp_path);
}

/* An upgrade changes where the link leads. */
START_TEST(a_link_stays_a_link)
{
	ck_assert_int_eq(program_find(link_path, path, sizeof(path)), 0);
	ck_assert_str_eq(path, link_path);
}
END_TEST

START_TEST(a_relative_name)
{
	ck_assert_int_eq(chdir(tmp_path), 0);
	ck_assert_int_eq(program_find("./program", path, sizeof(path)), 0);
	ck_assert_int_eq(path[0], '/');
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(access(path, X_OK), 0);
	ck_assert_ptr_nonnull(strstr(path, tmp_path));
}
END_TEST

START_TEST(a_name_alone)
{
	char search[PATH_MAX];

	(void)snprintf(search, sizeof(search), "/nonexistent::%.200s:/bin", tmp_path);
	ck_assert_int_eq(setenv("PATH", search, 1), 0);
	ck_assert_int_eq(program_find("program", path, sizeof(path)), 0);
	ck_assert_str_eq(path, link_path);
}
END_TEST

/* Whoever started us may have called us anything. */
START_TEST(another_name)
{
	static const char *const names[] = { NULL, "", "sh", "/bin/sh", "-", "no/thing" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(program_find(names[i], path, sizeof(path)), 0);
		ck_assert_str_eq(path, us);
	}
}
END_TEST

START_TEST(no_room)
{
	ck_assert_int_lt(program_find(NULL, path, 5), 0);
	ck_assert_int_lt(program_find(link_path, path, 5), 0);
}
END_TEST

Suite *
check_program_suite(void)
{
	Suite *s = suite_create("server/program");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, tmp_remove);
	tcase_add_test(tc, a_link_stays_a_link);
	tcase_add_test(tc, a_relative_name);
	tcase_add_test(tc, a_name_alone);
	tcase_add_test(tc, another_name);
	tcase_add_test(tc, no_room);
	suite_add_tcase(s, tc);
	return s;
}
