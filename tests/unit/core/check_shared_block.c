/* check_shared_block.c - tests of src/core/shared_block.c */
#include "core/shared_block.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/core/fail_call.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_shared_block_suite(void);

#define DIR_PATH "/the/dir"

static int n_inits;

static void
init(void *block)
{
	n_inits++;
	memcpy(block, "made", 4);
}

static const struct shared_block_spec spec = { "block", 100, init };
static const struct shared_block_spec zero_spec = { "zeros", 100, NULL };

static char *
map(const struct shared_block_spec *of)
{
	struct err err = { "" };
	void *block = NULL;
	int r = shared_block_map(tmp_fd, DIR_PATH, of, &block, &err);

	ck_assert_msg(r == 0, "%s", err.text);
	return block;
}

START_TEST(made_once_and_shared)
{
	char *one, *two;

	n_inits = 0;
	one = map(&spec);
	two = map(&spec);
	ck_assert_ptr_ne(one, two);
	ck_assert_int_eq(n_inits, 1);
	ck_assert_mem_eq(two, "made", 4);
	ck_assert_int_eq(two[99], 0);
	two[99] = 'x';
	ck_assert_int_eq(one[99], 'x');
	ck_assert_int_eq(map(&zero_spec)[99], 0);
}
END_TEST

/* Offsets 8 to 23 hold the boot's id. */
START_TEST(block_of_another_boot_is_made_again)
{
	char *one;
	int fd;

	n_inits = 0;
	one = map(&spec);
	fd = openat(tmp_fd, "block", O_RDWR);
	one[99] = 'x';
	ck_assert_int_eq(pwrite(fd, "?", 1, 8), 1);
	(void)close(fd);
	ck_assert_int_eq(map(&spec)[99], 0);
	ck_assert_int_eq(n_inits, 2);
}
END_TEST

/* A process that died while it made the block. */
START_TEST(half_made_block_is_made_again)
{
	tmp_write("block", "sgsh", 0600);
	n_inits = 0;
	ck_assert_mem_eq(map(&spec), "made", 4);
	ck_assert_int_eq(n_inits, 1);
}
END_TEST

START_TEST(space_is_allocated_first)
{
	struct stat st;

	(void)map(&spec);
	ck_assert_int_eq(fstatat(tmp_fd, "block", &st, 0), 0);
	ck_assert_int_ge(st.st_blocks * 512, st.st_size);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

static const struct {
	const char *call;
	unsigned nth;
	int how;
	const char *text;
} failures[] = {
	{ "openat", 1, EMFILE, "cannot open" },
	{ "flock", 1, EIO, "cannot lock" },
	{ "open", 1, EACCES, "cannot read this boot's id" },
	{ "posix_fallocate", 1, ENOSPC, "no room" },
	{ "mmap", 1, ENOMEM, "cannot map" },
};

START_TEST(failing_calls_are_reported)
{
	struct err err = { "" };
	void *block;

	fail_call(failures[_i].call, failures[_i].nth, failures[_i].how);
	ck_assert_int_eq(
	    shared_block_map(tmp_fd, DIR_PATH, &spec, &block, &err), -failures[_i].how);
	ck_assert_msg(strstr(err.text, failures[_i].text) != NULL, "%s", err.text);
	ck_assert_mem_eq(map(&spec), "made", 4);
}
END_TEST

START_TEST(interrupted_lock_goes_on)
{
	fail_call("flock", 1, EINTR);
	(void)map(&spec);
	ck_assert(fail_call_is_done());
}
END_TEST

START_TEST(prepared_files_are_refused)
{
	void *block;

	ck_assert_int_eq(symlinkat("elsewhere", tmp_fd, "block"), 0);
	ck_assert_int_eq(shared_block_map(tmp_fd, DIR_PATH, &spec, &block, NULL), -ELOOP);
	ck_assert_int_eq(unlinkat(tmp_fd, "block", 0), 0);
	tmp_write("block", "", 0666);
	ck_assert_int_eq(shared_block_map(tmp_fd, DIR_PATH, &spec, &block, NULL), -EPERM);
}
END_TEST

Suite *
check_shared_block_suite(void)
{
	Suite *s = suite_create("core/shared_block");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, made_once_and_shared);
	tcase_add_test(tc, block_of_another_boot_is_made_again);
	tcase_add_test(tc, half_made_block_is_made_again);
	tcase_add_test(tc, space_is_allocated_first);
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_loop_test(
	    tc, failing_calls_are_reported, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tc, interrupted_lock_goes_on);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, prepared_files_are_refused);
	suite_add_tcase(s, tc);
	return s;
}
