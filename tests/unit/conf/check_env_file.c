/* check_env_file.c - tests of src/conf/env_file.c */
#include "conf/env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/fail_alloc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_env_file_suite(void);

static struct err err;
static char path[300];

static int
read_text(const char *text, struct env_file *file)
{
	tmp_write("config", text, 0600);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	return env_file_read(path, file, &err);
}

START_TEST(a_file_of_variables)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(read_text("# comment\n\n A = 1 \nB=\"two words\"\nC='x'\nD=\nE=a=b\n"
				   "F=\"\nA=2",
			     &file),
	    0);
	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(unsetenv("B"), 0);
	ck_assert_int_eq(env_file_apply(&file), 0);
	ck_assert_str_eq(getenv("A"), "2");
	ck_assert_str_eq(getenv("B"), "two words");
	ck_assert_int_eq(file.lines[0], 3);
	ck_assert_int_eq(file.lines[file.n - 1], 9);
	ck_assert_str_eq(getenv("C"), "x");
	ck_assert_str_eq(getenv("D"), "");
	ck_assert_str_eq(getenv("E"), "a=b");
	ck_assert_str_eq(getenv("F"), "\"");
	env_file_undo(&file);
	ck_assert_str_eq(getenv("A"), "before");
	ck_assert_ptr_null(getenv("B"));
	env_file_undo(&file); /* once is enough */
	ck_assert_str_eq(getenv("A"), "before");
	env_file_free(&file);
}
END_TEST

static const char *const bad_files[] = { "A", "=1", "1A=1", "A B=1", "A-B=1",
	"ok=1\nexport A=1" };

START_TEST(a_bad_line_is_named)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(read_text(bad_files[_i], &file), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "line "));
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_uint_eq(file.n, 0);
}
END_TEST

START_TEST(no_file)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(env_file_read("/nonexistent/x", &file, &err), -ENOENT);
	ck_assert_int_lt(env_file_read(tmp_path, &file, &err), 0);
}
END_TEST

START_TEST(a_line_with_a_nul_is_bad)
{
	struct env_file file = ENV_FILE_EMPTY;
	int fd = openat(tmp_fd, "config", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_eq(write(fd, "A=1\nB=x\0y\n", 10), 10);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	ck_assert_int_eq(env_file_read(path, &file, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "line 2 "));
}
END_TEST

START_TEST(reading_changes_nothing)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(read_text("A=1\n", &file), 0);
	ck_assert_str_eq(getenv("A"), "before");
	env_file_free(&file);
	ck_assert_uint_eq(file.n, 0);
	env_file_free(&file); /* once more does no harm */
}
END_TEST

/* As editors of other systems end a line. */
START_TEST(carriage_returns_are_no_value)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(read_text("A=/data\r\n\r\n# x\r\nB=\"b\"\r\nC=\r", &file), 0);
	ck_assert_uint_eq(file.n, 3);
	ck_assert_str_eq(file.values[0], "/data");
	ck_assert_str_eq(file.values[1], "b");
	ck_assert_str_eq(file.values[2], "");
	env_file_free(&file);
}
END_TEST

START_TEST(an_empty_file_is_no_variables)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(read_text("\n# nothing\n", &file), 0);
	ck_assert_uint_eq(file.n, 0);
	ck_assert_int_eq(env_file_apply(&file), 0);
	env_file_free(&file);
}
END_TEST

START_TEST(a_text_that_was_read_before)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(env_file_parse("/etc/x", STR_LIT("A=1\nB=2"), &file, &err), 0);
	ck_assert_uint_eq(file.n, 2);
	ck_assert_str_eq(file.values[1], "2");
	env_file_free(&file);
	ck_assert_int_eq(env_file_parse("/etc/x", STR_LIT(""), &file, &err), 0);
	ck_assert_uint_eq(file.n, 0);
	ck_assert_int_eq(env_file_parse("/etc/x", STR_LIT("A=1\nB"), &file, &err), -EINVAL);
	ck_assert_str_eq(err.text, "/etc/x: line 2 is not NAME=value");
}
END_TEST

START_TEST(freeing_sets_them_back)
{
	struct env_file file = ENV_FILE_EMPTY;

	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(read_text("A=1\nB=2\n", &file), 0);
	ck_assert_int_eq(env_file_apply(&file), 0);
	ck_assert_str_eq(getenv("A"), "1");
	env_file_free(&file);
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
		struct env_file file = ENV_FILE_EMPTY;

		ck_assert_uint_lt(nth, 30);
		fail_alloc_at(nth); /* until the 0 below */
		if ((r = env_file_read(path, &file, &err)) == 0)
			r = env_file_apply(&file);
		fail_alloc_at(0);
		if (r != 0)
			ck_assert_int_eq(r, -ENOMEM);
		env_file_free(&file);
		ck_assert_str_eq(getenv("A"), "before");
	}
}
END_TEST

Suite *
check_env_file_suite(void)
{
	Suite *s = suite_create("conf/env_file");
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
