/* check_program.c - tests of src/server/program.c */
#include "server/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
	program_find(link_path, path, sizeof(path));
	ck_assert_str_eq(path, link_path);
}
END_TEST

START_TEST(a_relative_name)
{
	ck_assert_int_eq(chdir(tmp_path), 0);
	program_find("./program", path, sizeof(path));
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
	program_find("program", path, sizeof(path));
	ck_assert_str_eq(path, link_path);
}
END_TEST

/* Whoever started us may have called us anything. */
START_TEST(another_name)
{
	static const char *const names[] = { NULL, "", "sh", "/bin/sh", "-", "no/thing" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		program_find(names[i], path, sizeof(path));
		ck_assert_str_eq(path, us);
	}
}
END_TEST

START_TEST(no_room)
{
	program_find(NULL, path, 16);
	ck_assert_str_eq(path, "/proc/self/exe");
	program_find(link_path, path, 16);
	ck_assert_str_eq(path, "/proc/self/exe");
}
END_TEST

/* ------------------------------------------------------------- one file, whatever its name */

/* A program of its own under a name in the directory. */
static void
install(const char *name, const char *script)
{
	char text[200];
	int n = snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
	int fd = openat(tmp_fd, name, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0700);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, (size_t)n), n);
	ck_assert_int_eq(close(fd), 0);
}

static const char *
named(const char *name)
{
	(void)snprintf(path, sizeof(path), "%.200s/%s", tmp_path, name);
	return path;
}

/* How it ends; 127: it was not executed, which the message tells. */
static int
execute(const struct program_file *file, const char *message)
{
	static char word[] = "program";
	char *const argv[] = { word, NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct err err = { "" };
		int r = program_file_execute(file, argv, &err);

		_exit(r < 0 && strstr(err.text, message) != NULL &&
			      fcntl(file->fd, F_GETFD) == FD_CLOEXEC
			  ? 127
			  : 126);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

START_TEST(what_was_opened_is_executed)
{
	struct program_file file;
	struct err err = { "" };

	install("a", "exit 5");
	install("b", "exit 6");
	ck_assert_msg(program_file_open(named("a"), &file, &err) == 0, "%s", err.text);
	ck_assert_int_eq(execute(&file, ""), 5);
	ck_assert_int_eq(renameat(tmp_fd, "b", tmp_fd, "a"), 0);
	ck_assert_int_eq(execute(&file, ""), 5);
	ck_assert_int_eq(unlinkat(tmp_fd, "a", 0), 0);
	ck_assert_int_eq(execute(&file, ""), 5);
	program_file_close(&file);
	ck_assert_int_eq(file.fd, -1);
	program_file_close(&file);
}
END_TEST

/* No script: what it runs from is that file, and nothing of ours is open in it. */
START_TEST(a_binary_is_executed)
{
	struct program_file file;
	struct err err = { "" };

	ck_assert_msg(program_file_open("/bin/false", &file, &err) == 0, "%s", err.text);
	ck_assert_int_eq(execute(&file, ""), 1);
	program_file_close(&file);
}
END_TEST

START_TEST(what_was_written_to_is_not_executed)
{
	struct program_file file;
	struct err err = { "" };

	install("a", "exit 5");
	ck_assert_int_eq(program_file_open(named("a"), &file, &err), 0);
	install("a", "exit  6");
	ck_assert_int_eq(execute(&file, "written to after it was tried"), 127);
	program_file_close(&file);
	/* The same size, another time. */
	ck_assert_int_eq(program_file_open(named("a"), &file, &err), 0);
	ck_assert_int_eq(
	    utimensat(tmp_fd, "a", (const struct timespec[2]){ { 1, 0 }, { 1, 0 } }, 0), 0);
	ck_assert_int_eq(execute(&file, "written to after it was tried"), 127);
	program_file_close(&file);
}
END_TEST

START_TEST(what_cannot_be_executed_says_why)
{
	struct program_file file = PROGRAM_FILE_NONE;
	struct err err = { "" };

	ck_assert_int_eq(program_file_open(named("gone"), &file, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.text, "/gone: No such file or directory"));
	ck_assert_int_eq(file.fd, -1);
	install("a", "exit 5");
	ck_assert_int_eq(fchmodat(tmp_fd, "a", 0600, 0), 0);
	ck_assert_int_eq(program_file_open(named("a"), &file, &err), 0);
	ck_assert_int_eq(execute(&file, "Permission denied"), 127);
	program_file_close(&file);
}
END_TEST

START_TEST(the_name_is_the_last_of_the_path)
{
	char name[16];

	program_set_name("/usr/sbin/sessiongate");
	ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
	ck_assert_str_eq(name, "sessiongate");
	program_set_name("another");
	ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
	ck_assert_str_eq(name, "another");
	program_set_name("/proc/self/exe");
	ck_assert_int_eq(prctl(PR_GET_NAME, name), 0);
	ck_assert_int_eq(strncmp(name, strrchr(us, '/') + 1, sizeof(name) - 1), 0);
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
	tcase_add_test(tc, what_was_opened_is_executed);
	tcase_add_test(tc, a_binary_is_executed);
	tcase_add_test(tc, what_was_written_to_is_not_executed);
	tcase_add_test(tc, what_cannot_be_executed_says_why);
	tcase_add_test(tc, the_name_is_the_last_of_the_path);
	suite_add_tcase(s, tc);
	return s;
}
