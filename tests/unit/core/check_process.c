/* check_process.c - tests of src/core/process.c */
#include "core/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_process_suite(void);

static bool
is_null(int fd)
{
	struct stat ours, null;

	return fstat(fd, &ours) == 0 && stat("/dev/null", &null) == 0 &&
	       ours.st_rdev == null.st_rdev && S_ISCHR(ours.st_mode) &&
	       (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* _i: those that are closed, one bit each. */
START_TEST(closed_descriptors_are_none)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		for (int fd = 0; fd < 3; fd++)
			if ((_i & 1 << fd) != 0)
				(void)close(fd);
		process_begin();
		for (int fd = 0; fd < 3; fd++)
			if ((_i & 1 << fd) != 0 && !is_null(fd))
				_exit(10 + fd);
		_exit(open("/dev/zero", O_RDONLY) > 2 ? 0 : 20);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(open_ones_stay_what_they_are)
{
	struct stat before[3], after;

	for (int fd = 0; fd < 3; fd++)
		ck_assert_int_eq(fstat(fd, &before[fd]), 0);
	process_begin();
	for (int fd = 0; fd < 3; fd++) {
		ck_assert_int_eq(fstat(fd, &after), 0);
		ck_assert_uint_eq(before[fd].st_ino, after.st_ino);
	}
}
END_TEST

START_TEST(a_limit_on_files_is_an_error)
{
	const struct rlimit limit = { 10, 10 };
	char bytes[20] = "";
	pid_t pid;
	int status, fd;

	tmp_make();
	if ((pid = fork()) == 0) {
		process_begin();
		fd = openat(tmp_fd, "f", O_WRONLY | O_CREAT, 0600);
		if (fd == -1 || setrlimit(RLIMIT_FSIZE, &limit) == -1 ||
		    write(fd, bytes, sizeof(bytes)) != 10)
			_exit(1);
		_exit(write(fd, bytes, 1) == -1 && errno == EFBIG ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	tmp_remove();
}
END_TEST

START_TEST(libsodium_knows_the_processor)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		process_begin();
		_exit(sodium_init()); /* 1: it was done before */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

Suite *
check_process_suite(void)
{
	Suite *s = suite_create("core/process");
	TCase *tc = tcase_create("core");

	tcase_add_loop_test(tc, closed_descriptors_are_none, 0, 8);
	tcase_add_test(tc, open_ones_stay_what_they_are);
	tcase_add_test(tc, a_limit_on_files_is_an_error);
	tcase_add_test(tc, libsodium_knows_the_processor);
	suite_add_tcase(s, tc);
	return s;
}
