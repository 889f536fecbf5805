/* check_log_file.c - tests of src/server/log_file.c */
#include "server/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_log_file_suite(void);

static struct err err;
static char *path;

/* Each test has a process of its own, and check does not need these. */
static void
log_to(const char *name, int also)
{
	int fd = openat(tmp_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0640);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	if (also != -1)
		ck_assert_int_eq(dup2(fd, also), also);
	(void)close(fd);
}

static void
say(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void
assert_holds(const char *name, const char *want)
{
	char *text = tmp_read(name);

	ck_assert_ptr_nonnull(text);
	ck_assert_str_eq(text, want);
	free(text);
}

static void
setup(void)
{
	tmp_make();
	(void)umask(027);
}

static void
teardown(void)
{
	free(path);
	tmp_remove();
}

START_TEST(a_file_that_was_moved_away)
{
	struct stat st;

	log_to("log", _i == 0 ? -1 : STDOUT_FILENO);
	ck_assert_ptr_nonnull(path = log_file_find());
	say(STDERR_FILENO, "one\n");
	ck_assert_int_eq(log_file_reopen(path, &err), 0);
	ck_assert_int_eq(renameat(tmp_fd, "log", tmp_fd, "log.1"), 0);
	ck_assert_int_eq(log_file_reopen(path, &err), 1);
	say(STDERR_FILENO, "two\n");
	if (_i == 1)
		say(STDOUT_FILENO, "three\n");
	assert_holds("log.1", "one\n");
	assert_holds("log", _i == 0 ? "two\n" : "two\nthree\n");
	ck_assert_int_eq(fstatat(tmp_fd, "log", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_APPEND, O_APPEND);
	ck_assert_int_eq(log_file_reopen(path, &err), 0);
}
END_TEST

/* logrotate's "create". */
START_TEST(another_file_is_there_already)
{
	log_to("log", -1);
	ck_assert_ptr_nonnull(path = log_file_find());
	ck_assert_int_eq(renameat(tmp_fd, "log", tmp_fd, "log.1"), 0);
	tmp_write("log", "before\n", 0600);
	ck_assert_int_eq(log_file_reopen(path, &err), 1);
	say(STDERR_FILENO, "after\n");
	assert_holds("log", "before\nafter\n");
}
END_TEST

START_TEST(no_file)
{
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	ck_assert_ptr_null(log_file_find());
	log_to("log", -1);
	ck_assert_int_eq(unlinkat(tmp_fd, "log", 0), 0);
	ck_assert_ptr_null(log_file_find()); /* it has no name */
	(void)close(STDERR_FILENO);
	ck_assert_ptr_null(log_file_find());
}
END_TEST

START_TEST(what_is_not_opened)
{
	log_to("log", -1);
	ck_assert_ptr_nonnull(path = log_file_find());
	ck_assert_int_eq(renameat(tmp_fd, "log", tmp_fd, "log.1"), 0);
	if (_i == 0)
		ck_assert_int_eq(symlinkat("elsewhere", tmp_fd, "log"), 0);
	else if (_i == 1)
		ck_assert_int_eq(mkdirat(tmp_fd, "log", 0700), 0);
	else
		ck_assert_int_eq(mkfifoat(tmp_fd, "log", 0600), 0);
	ck_assert_int_lt(log_file_reopen(path, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	say(STDERR_FILENO, "still\n");
	assert_holds("log.1", "still\n");
	ck_assert_int_eq(faccessat(tmp_fd, "elsewhere", F_OK, 0), -1);
}
END_TEST

Suite *
check_log_file_suite(void)
{
	Suite *s = suite_create("server/log_file");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_file_that_was_moved_away, 0, 2);
	tcase_add_test(tc, another_file_is_there_already);
	tcase_add_test(tc, no_file);
	tcase_add_loop_test(tc, what_is_not_opened, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
