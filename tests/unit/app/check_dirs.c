/* check_dirs.c - tests of src/app/dirs.c */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/dirs.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_dirs_suite(void);

static int other_run_fd;

static void
open_both(void)
{
	site_open();
	ck_assert_int_eq(mkdirat(tmp_fd, "run2", 0700), 0);
	other_run_fd = openat(tmp_fd, "run2", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ne(other_run_fd, -1);
}

static void
close_both(void)
{
	(void)close(other_run_fd);
	site_close();
}

static struct dir_binding
look(int run_dir_fd)
{
	struct err err = { "" };
	struct dir_binding pair;

	ck_assert_msg(
	    dir_binding_open(site.app.data_dir_fd, "data", run_dir_fd, &pair, &err) == 0, "%s",
	    err.text);
	return pair;
}

START_TEST(alone)
{
	ck_assert(!site.app.run_binding.has_users);
	ck_assert(!site.app.run_binding.has_other_users);
}
END_TEST

START_TEST(another_process_of_the_same_program_is_company)
{
	struct dir_binding pair = look(site.app.run_dir_fd);

	ck_assert(pair.has_users);
	ck_assert(!pair.has_other_users);
	(void)close(pair.fd);
}
END_TEST

START_TEST(another_run_directory_is_a_stranger)
{
	struct dir_binding pair = look(other_run_fd), third;

	ck_assert(!pair.has_users);
	ck_assert(pair.has_other_users);
	/* Both sides see it, whichever of the two marks is the lower. */
	third = look(site.app.run_dir_fd);
	ck_assert(third.has_users);
	ck_assert(third.has_other_users);
	(void)close(pair.fd);
	(void)close(third.fd);
}
END_TEST

START_TEST(neighbours_are_strangers_to_each_other)
{
	struct dir_binding pairs[8];

	for (int i = 0; i < 8; i++) {
		char path[320];
		int fd;

		(void)snprintf(path, sizeof(path), "%s-%d", site.run_dir, i);
		ck_assert_int_eq(mkdir(path, 0700), 0);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		pairs[i] = look(fd);
		ck_assert(!pairs[i].has_users);
		ck_assert(pairs[i].has_other_users);
		(void)close(fd);
	}
	for (int i = 0; i < 8; i++)
		(void)close(pairs[i].fd);
}
END_TEST

START_TEST(a_mark_ends_with_its_owner)
{
	struct dir_binding pair;

	(void)close(look(other_run_fd).fd);
	app_close(&site.app);
	site_reopen();
	ck_assert(!site.app.run_binding.has_users);
	ck_assert(!site.app.run_binding.has_other_users);
	pair = look(site.app.run_dir_fd);
	ck_assert(pair.has_users);
	(void)close(pair.fd);
}
END_TEST

START_TEST(who_starts_beside_a_stranger_says_so)
{
	struct settings settings = site.settings;
	char run2[320], *log;
	struct err err = { "" };
	struct app app;

	(void)snprintf(run2, sizeof(run2), "%s2", site.run_dir);
	settings.run_dir = run2;
	ck_assert_msg(app_open(&app, &settings, true, &err) == 0, "%s", err.text);
	app_close(&app);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=data-dir-shared"));
	free(log);
}
END_TEST

START_TEST(without_a_key_file)
{
	struct err err = { "" };
	struct dir_binding pair;

	ck_assert_int_eq(renameat(tmp_fd, "data/key", tmp_fd, "data/other"), 0);
	ck_assert_int_eq(
	    dir_binding_open(site.app.data_dir_fd, "data", other_run_fd, &pair, &err), -ENOENT);
	ck_assert_str_eq(err.text, "data/key is gone");
	ck_assert_int_eq(pair.fd, -1);
	ck_assert_int_eq(
	    dir_binding_open(site.app.data_dir_fd, "data", -1, &pair, &err), -EBADF);
}
END_TEST

START_TEST(looking_leaves_no_mark)
{
	struct err err = { "" };
	struct dir_binding pair;

	ck_assert_int_eq(
	    dir_binding_look(site.app.data_dir_fd, "data", site.app.run_dir_fd, &pair, &err),
	    0);
	ck_assert(pair.has_users && !pair.has_other_users);
	ck_assert_int_eq(pair.fd, -1);
	ck_assert_int_eq(
	    dir_binding_look(site.app.data_dir_fd, "data", other_run_fd, &pair, &err), 0);
	ck_assert(!pair.has_users && pair.has_other_users);
	/* There is no other yet. */
	ck_assert_int_eq(dir_binding_look(site.app.data_dir_fd, "data", -1, &pair, &err), 0);
	ck_assert(!pair.has_users && pair.has_other_users);
	pair = look(site.app.run_dir_fd);
	ck_assert(!pair.has_other_users);
	(void)close(pair.fd);
	ck_assert_int_eq(unlinkat(site.app.data_dir_fd, "key", 0), 0);
	ck_assert_int_eq(
	    dir_binding_look(site.app.data_dir_fd, "data", -1, &pair, &err), -ENOENT);
	ck_assert_str_eq(err.text, "data/key is gone");
}
END_TEST

Suite *
check_dirs_suite(void)
{
	Suite *s = suite_create("app/dirs");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, open_both, close_both);
	tcase_add_test(tc, alone);
	tcase_add_test(tc, another_process_of_the_same_program_is_company);
	tcase_add_test(tc, another_run_directory_is_a_stranger);
	tcase_add_test(tc, neighbours_are_strangers_to_each_other);
	tcase_add_test(tc, a_mark_ends_with_its_owner);
	tcase_add_test(tc, who_starts_beside_a_stranger_says_so);
	tcase_add_test(tc, without_a_key_file);
	tcase_add_test(tc, looking_leaves_no_mark);
	suite_add_tcase(s, tc);
	return s;
}
