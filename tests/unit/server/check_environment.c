/* check_environment.c - tests of src/server/environment.c */
#include "server/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/fail_alloc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_environment_suite(void);

static struct err err;
static char path[300];

static int
read_text(const char *text, struct environment *environment)
{
	tmp_write("config", text, 0600);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	return environment_read(path, environment, &err);
}

START_TEST(a_file_of_variables)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text("# comment\n\n A = 1 \nB=\"two words\"\nC='x'\nD=\nE=a=b\n"
				   "F=\"\nA=2",
			     &environment),
	    0);
	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(unsetenv("B"), 0);
	ck_assert_int_eq(environment_apply(&environment), 0);
	ck_assert_str_eq(getenv("A"), "2");
	ck_assert_str_eq(getenv("B"), "two words");
	ck_assert_str_eq(getenv("C"), "x");
	ck_assert_str_eq(getenv("D"), "");
	ck_assert_str_eq(getenv("E"), "a=b");
	ck_assert_str_eq(getenv("F"), "\"");
	environment_undo(&environment);
	ck_assert_str_eq(getenv("A"), "before");
	ck_assert_ptr_null(getenv("B"));
	environment_undo(&environment); /* once is enough */
	ck_assert_str_eq(getenv("A"), "before");
	environment_free(&environment);
}
END_TEST

static const char *const bad_files[] = { "A", "=1", "1A=1", "A B=1", "A-B=1",
	"ok=1\nexport A=1" };

START_TEST(a_bad_line_is_named)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text(bad_files[_i], &environment), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "line "));
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_uint_eq(environment.n, 0);
}
END_TEST

START_TEST(no_file)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(environment_read("/nonexistent/x", &environment, &err), -ENOENT);
	ck_assert_int_lt(environment_read(tmp_path, &environment, &err), 0);
}
END_TEST

START_TEST(a_line_with_a_nul_is_bad)
{
	struct environment environment = ENVIRONMENT_EMPTY;
	int fd = openat(tmp_fd, "config", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, "A=1\nB=x\0y\n", 10), 10);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	ck_assert_int_eq(environment_read(path, &environment, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "line 2 "));
}
END_TEST

START_TEST(reading_changes_nothing)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(read_text("A=1\n", &environment), 0);
	ck_assert_str_eq(getenv("A"), "before");
	environment_free(&environment);
	ck_assert_uint_eq(environment.n, 0);
	environment_free(&environment); /* once more does no harm */
}
END_TEST

/* As editors of other systems end a line. */
START_TEST(carriage_returns_are_no_value)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text("A=/data\r\n\r\n# x\r\nB=\"b\"\r\nC=\r", &environment), 0);
	ck_assert_uint_eq(environment.n, 3);
	ck_assert_str_eq(environment.values[0], "/data");
	ck_assert_str_eq(environment.values[1], "b");
	ck_assert_str_eq(environment.values[2], "");
	environment_free(&environment);
}
END_TEST

START_TEST(an_empty_file_is_no_variables)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text("\n# nothing\n", &environment), 0);
	ck_assert_uint_eq(environment.n, 0);
	ck_assert_int_eq(environment_apply(&environment), 0);
	environment_free(&environment);
}
END_TEST

START_TEST(a_text_that_was_read_before)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(
	    environment_parse("/etc/x", STR_LIT("A=1\nB=2"), &environment, &err), 0);
	ck_assert_uint_eq(environment.n, 2);
	ck_assert_str_eq(environment.values[1], "2");
	environment_free(&environment);
	ck_assert_int_eq(environment_parse("/etc/x", STR_LIT(""), &environment, &err), 0);
	ck_assert_uint_eq(environment.n, 0);
	ck_assert_int_eq(
	    environment_parse("/etc/x", STR_LIT("A=1\nB"), &environment, &err), -EINVAL);
	ck_assert_str_eq(err.text, "/etc/x: line 2 is not NAME=value");
}
END_TEST

START_TEST(freeing_sets_them_back)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(read_text("A=1\nB=2\n", &environment), 0);
	ck_assert_int_eq(environment_apply(&environment), 0);
	ck_assert_str_eq(getenv("A"), "1");
	environment_free(&environment);
	ck_assert_str_eq(getenv("A"), "before");
	ck_assert_ptr_null(getenv("B"));
}
END_TEST

START_TEST(a_file_of_variables_without_memory)
{
	int r = -1;

	tmp_write("config", "A=1\nA=2\nB=2\n", 0600);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	ck_assert_int_eq(setenv("A", "before", 1), 0);
	for (unsigned nth = 1; r != 0; nth++) {
		struct environment environment = ENVIRONMENT_EMPTY;

		ck_assert_uint_lt(nth, 30);
		fail_alloc_at(nth); /* until the 0 below */
		if ((r = environment_read(path, &environment, &err)) == 0)
			r = environment_apply(&environment);
		fail_alloc_at(0);
		if (r != 0)
			ck_assert_int_eq(r, -ENOMEM);
		environment_free(&environment);
		ck_assert_str_eq(getenv("A"), "before");
	}
}
END_TEST

Suite *
check_environment_suite(void)
{
	Suite *s = suite_create("server/environment");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, a_file_of_variables);
	tcase_add_loop_test(
	    tc, a_bad_line_is_named, 0, sizeof(bad_files) / sizeof(bad_files[0]));
	tcase_add_test(tc, a_line_with_a_nul_is_bad);
	tcase_add_test(tc, no_file);
	tcase_add_test(tc, reading_changes_nothing);
	tcase_add_test(tc, carriage_returns_are_no_value);
	tcase_add_test(tc, an_empty_file_is_no_variables);
	tcase_add_test(tc, a_text_that_was_read_before);
	tcase_add_test(tc, freeing_sets_them_back);
	tcase_add_test(tc, a_file_of_variables_without_memory);
	suite_add_tcase(s, tc);
	return s;
}
