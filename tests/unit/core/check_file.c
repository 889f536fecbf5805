/* check_file.c - tests of src/core/file.c: what may not be opened */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit/core/fail_call.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_file_suite(void);

#define DIR_PATH "/the/dir"

static int
try_open(const char *name, struct err *err)
{
	int fd = -1;
	int r = file_open(tmp_fd, DIR_PATH, name, O_RDWR, 0, &fd, err);

	ck_assert_msg((r == 0) == (fd != -1), "%s: %d, descriptor %d", name, r, fd);
	if (r == 0)
		(void)close(fd);
	return r;
}

/* Refused with this code, in a message that names the file and holds this text. */
static void
check_refused(const char *name, int code, const char *text)
{
	struct err err = { "" };

	ck_assert_int_eq(try_open(name, &err), code);
	ck_assert_msg(strstr(err.text, DIR_PATH "/") != NULL && strstr(err.text, text) != NULL,
	    "\"%s\" does not speak of \"%s\"", err.text, text);
}

START_TEST(private_file_is_opened)
{
	struct err err = { "" };
	int fd;

	tmp_write("f", "x", 0600);
	ck_assert_int_eq(try_open("f", &err), 0);
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(file_open(tmp_fd, DIR_PATH, "f", O_RDONLY, 0, &fd, NULL), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	(void)close(fd);
}
END_TEST

START_TEST(absent_file_needs_no_words)
{
	struct err err = { "" };

	ck_assert_int_eq(try_open("f", &err), -ENOENT);
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(file_is_made)
{
	struct stat st;
	int fd;

	ck_assert_int_eq(
	    file_open(tmp_fd, DIR_PATH, "f", O_RDWR | O_CREAT, 0600, &fd, NULL), 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	(void)close(fd);
}
END_TEST

static const unsigned open_modes[] = { 0640, 0620, 0610, 0604, 0602, 0601, 0644, 0666, 0777 };

START_TEST(file_open_to_others_is_refused)
{
	tmp_write("f", "x", open_modes[_i]);
	check_refused("f", -EPERM, "chmod 600");
}
END_TEST

START_TEST(symbolic_link_is_refused)
{
	struct stat st;

	tmp_write("target", "x", 0600);
	ck_assert_int_eq(symlinkat("target", tmp_fd, "f"), 0);
	check_refused("f", -ELOOP, "symbolic link");
	ck_assert_int_eq(symlinkat("nowhere", tmp_fd, "g"), 0);
	check_refused("g", -ELOOP, "symbolic link");
	/* O_CREAT does not make the target of a dangling link. */
	ck_assert_int_eq(
	    file_open(tmp_fd, DIR_PATH, "g", O_RDWR | O_CREAT, 0600, &(int){ 0 }, NULL),
	    -ELOOP);
	ck_assert_int_eq(fstatat(tmp_fd, "nowhere", &st, 0), -1);
}
END_TEST

START_TEST(second_hard_link_is_refused)
{
	tmp_write("f", "x", 0600);
	ck_assert_int_eq(linkat(tmp_fd, "f", tmp_fd, "g", 0), 0);
	check_refused("f", -EPERM, "2 hard links");
	ck_assert_int_eq(unlinkat(tmp_fd, "g", 0), 0);
	ck_assert_int_eq(try_open("f", NULL), 0);
}
END_TEST

/* And none of them blocks. */
START_TEST(other_kinds_are_refused)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(mkfifoat(tmp_fd, "fifo", 0600), 0);
	check_refused("fifo", -EPERM, "not a regular file");
	ck_assert_int_eq(
	    file_open(tmp_fd, DIR_PATH, "fifo", O_RDONLY, 0, &(int){ 0 }, NULL), -EPERM);
	ck_assert_int_eq(mkdirat(tmp_fd, "dir", 0700), 0);
	check_refused("dir", -EISDIR, "cannot open");
	ck_assert_int_eq(
	    file_open(tmp_fd, DIR_PATH, "dir", O_RDONLY, 0, &(int){ 0 }, NULL), -EPERM);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.80s/s", tmp_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	check_refused("s", -ENXIO, "cannot open");
	(void)close(fd);
}
END_TEST

START_TEST(device_is_refused)
{
	int dev = open("/dev", O_RDONLY | O_DIRECTORY, 0);
	struct err err = { "" };

	ck_assert_int_eq(file_open(dev, "/dev", "null", O_RDWR, 0, &(int){ 0 }, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
	(void)close(dev);
}
END_TEST

START_TEST(file_of_another_user_is_refused)
{
	tmp_write("f", "x", 0600);
	fail_call("geteuid", 1, 0);
	check_refused("f", -EPERM, "belongs to user");
}
END_TEST

START_TEST(failing_calls_are_reported)
{
	tmp_write("f", "x", 0600);
	fail_call("fstat", 1, EIO);
	check_refused("f", -EIO, "cannot look at");
	fail_call("openat", 1, EMFILE);
	check_refused("f", -EMFILE, "cannot open");
}
END_TEST

START_TEST(unnamed_file_passes)
{
	int fd = openat(tmp_fd, ".", O_TMPFILE | O_RDWR, 0600);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(file_check(fd, DIR_PATH, "f", NULL), 0);
	(void)close(fd);
}
END_TEST

static int
try_open_dir(const char *name, bool may_create, struct err *err)
{
	char path[sizeof(tmp_path) + 64];
	int fd = -1, r;

	(void)snprintf(path, sizeof(path), "%s/%s", tmp_path, name);
	r = file_open_dir(path, may_create, &fd, err);
	ck_assert((r == 0) == (fd != -1));
	if (r == 0) {
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		(void)close(fd);
	} else {
		ck_assert_ptr_nonnull(strstr(err->text, path));
	}
	return r;
}

START_TEST(directory_is_made_private)
{
	struct stat st;
	struct err err;

	ck_assert_int_eq(try_open_dir("d", false, &err), -ENOENT);
	ck_assert_int_eq(try_open_dir("d", true, &err), 0);
	ck_assert_int_eq(fstatat(tmp_fd, "d", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 077, 0);
	ck_assert_int_eq(try_open_dir("d", true, &err), 0);
	ck_assert_int_eq(try_open_dir("d", false, &err), 0);
	ck_assert_int_eq(try_open_dir("e/f", true, &err), -ENOENT);
}
END_TEST

START_TEST(bad_directories_are_refused)
{
	struct err err;

	ck_assert_int_eq(mkdirat(tmp_fd, "d", 0700), 0);
	ck_assert_int_eq(symlinkat("d", tmp_fd, "link"), 0);
	ck_assert_int_ne(try_open_dir("link", true, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "symbolic links are refused"));
	tmp_write("file", "", 0600);
	ck_assert_int_eq(try_open_dir("file", true, &err), -ENOTDIR);
	ck_assert_int_eq(fchmodat(tmp_fd, "d", 0750, 0), 0);
	ck_assert_int_eq(try_open_dir("d", true, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod 700"));
	/* The mode of a volume may not be ours to change. */
	ck_assert_ptr_nonnull(strstr(err.text, "name a directory below it"));
	ck_assert_int_eq(fchmodat(tmp_fd, "d", 0700, 0), 0);
	fail_call("geteuid", 1, 0);
	ck_assert_int_eq(try_open_dir("d", true, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "belongs to user"));
	ck_assert_ptr_nonnull(strstr(err.text, "chown -R "));
	fail_call("fstat", 1, EIO);
	ck_assert_int_eq(try_open_dir("d", true, &err), -EIO);
	fail_call("open", 1, EMFILE);
	ck_assert_int_eq(try_open_dir("d", true, &err), -EMFILE);
	fail_call("open", 1, ELOOP);
	ck_assert_int_eq(try_open_dir("d", true, &err), -ELOOP);
	fail_call("mkdir", 1, EROFS);
	ck_assert_int_eq(try_open_dir("d", true, &err), -EROFS);
}
END_TEST

START_TEST(all_bytes_whatever_the_calls_do)
{
	char text[5] = "";
	int fd;

	tmp_write("f", "", 0600);
	ck_assert_int_eq(file_open(tmp_fd, DIR_PATH, "f", O_RDWR, 0, &fd, NULL), 0);
	fail_call("write", 1, -2);
	fail_call("write", 1, EINTR);
	ck_assert_int_eq(file_write_all(fd, "abcd", 4), 0);
	ck_assert(fail_call_is_done());
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	fail_call("read", 1, -1);
	fail_call("read", 1, EINTR);
	ck_assert_int_eq(file_read_all(fd, text, 4), 0);
	ck_assert(fail_call_is_done());
	ck_assert_str_eq(text, "abcd");
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_int_eq(file_read_all(fd, text, 5), -ENODATA);
	fail_call("read", 1, EIO);
	ck_assert_int_eq(file_read_all(fd, text, 1), -EIO);
	fail_call("write", 1, ENOSPC);
	ck_assert_int_eq(file_write_all(fd, "x", 1), -ENOSPC);
	fail_call("write", 1, 0);
	ck_assert_int_eq(file_write_all(fd, "x", 1), -EIO);
	(void)close(fd);
}
END_TEST

Suite *
check_file_suite(void)
{
	Suite *s = suite_create("core/file");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, private_file_is_opened);
	tcase_add_test(tc, absent_file_needs_no_words);
	tcase_add_test(tc, file_is_made);
	tcase_add_test(tc, unnamed_file_passes);
	tcase_add_test(tc, directory_is_made_private);
	tcase_add_test(tc, all_bytes_whatever_the_calls_do);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_loop_test(
	    tc, file_open_to_others_is_refused, 0, sizeof(open_modes) / sizeof(open_modes[0]));
	tcase_add_test(tc, symbolic_link_is_refused);
	tcase_add_test(tc, second_hard_link_is_refused);
	tcase_add_test(tc, other_kinds_are_refused);
	tcase_add_test(tc, device_is_refused);
	tcase_add_test(tc, file_of_another_user_is_refused);
	tcase_add_test(tc, failing_calls_are_reported);
	tcase_add_test(tc, bad_directories_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
