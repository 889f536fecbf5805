/* check_segment.c - tests of src/table/segment.c: who may use a file */
#include "unit/table/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "core/file.h"
#include "table/stamp.h"

Suite *check_segment_suite(void);

static int
try_closed(void)
{
	int r = fixture_try_open();

	if (r == 0)
		fixture_close();
	return r;
}

/* ------------------------------------------------------------------ make and attach */

START_TEST(the_first_makes_it_the_second_attaches)
{
	bool is_new = false;

	fixture_close();
	ck_assert_int_eq(unlink(fx.file), 0);
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(is_new);
	fixture_fill(0, 500);
	fixture_close();
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(!is_new);
	fixture_check(500);
	for (uint64_t i = 0; i < 500; i++)
		ck_assert(fixture_has(i));
}
END_TEST

START_TEST(the_file_is_ours_alone)
{
	struct stat st;

	ck_assert_int_eq(stat(fx.file, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(st.st_nlink, 1);
}
END_TEST

#define N_STARTERS 16

START_TEST(many_at_once_make_one_table)
{
	unsigned n_new = 0;

	for (unsigned round = 0; round < 20; round++) {
		int go[2];
		pid_t pids[N_STARTERS];

		fixture_close();
		(void)unlink(fx.file);
		/* Half of the rounds begin with a stale file that all want to replace. */
		fx.config.replace_stale = round % 2 == 1;
		if (fx.config.replace_stale) {
			fixture_open();
			fixture_close();
			fx.config.key_check[0]++;
		}
		ck_assert_int_eq(pipe(go), 0);
		for (unsigned i = 0; i < N_STARTERS; i++) {
			if ((pids[i] = fork()) != 0)
				continue;
			bool is_new;
			char c;

			(void)close(go[1]);
			(void)!read(go[0], &c, 1);
			if (table_open(&fx.config, &fx.table, &is_new, &fx.err) != 0)
				_exit(100);
			fixture_fill(i, i + 1);
			_exit(is_new);
		}
		(void)close(go[0]);
		(void)close(go[1]);
		n_new = 0;
		for (unsigned i = 0; i < N_STARTERS; i++) {
			int status;

			ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
			ck_assert(WIFEXITED(status));
			ck_assert_int_le(WEXITSTATUS(status), 1);
			n_new += (unsigned)WEXITSTATUS(status);
		}
		ck_assert_uint_eq(n_new, 1);
		fixture_open();
		fixture_check(N_STARTERS);
	}
}
END_TEST

/* ----------------------------------------------------------------------- refusals */

static void
write_at(off_t offset, const void *bytes, size_t n)
{
	int fd = open(fx.file, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, bytes, n, offset), (ssize_t)n);
	(void)close(fd);
}

static void
change_header(size_t offset, bool fix_checksum)
{
	struct tbl_header h;
	int fd = open(fx.file, O_RDONLY);

	ck_assert_int_eq(read(fd, &h, sizeof(h)), (ssize_t)sizeof(h));
	(void)close(fd);
	((uint8_t *)&h)[offset] ^= 1;
	if (fix_checksum)
		(void)crypto_generichash(h.checksum, sizeof(h.checksum), (const uint8_t *)&h,
		    offsetof(struct tbl_header, checksum), NULL, 0);
	write_at(0, &h, sizeof(h));
}

static const struct {
	const char *name;
	size_t offset;
	bool fix_checksum;
	int want;
	const char *text;
	bool is_replaceable;
} header_cases[] = {
	{ "no_table", offsetof(struct tbl_header, magic), true, -EINVAL,
	    "is not a session table", false },
	{ "byte_order", offsetof(struct tbl_header, endian), true, -ESTALE, "byte order",
	    true },
	{ "format", offsetof(struct tbl_header, format), true, -ESTALE,
	    "was made by a build with table format 4, this one has 5", true },
	{ "layout", offsetof(struct tbl_header, layout), true, -ESTALE, "another table layout",
	    true },
	{ "libc", offsetof(struct tbl_header, libc), true, -ESTALE, "C library", true },
	{ "boot", offsetof(struct tbl_header, boot_id), true, -ESTALE, "another boot", true },
	{ "pid_namespace", offsetof(struct tbl_header, pid_ns), true, -ESTALE, "pid namespace",
	    true },
	{ "time_namespace", offsetof(struct tbl_header, time_ns), true, -ESTALE,
	    "time namespace", true },
	{ "key", offsetof(struct tbl_header, key_check), true, -ESTALE, "another key file",
	    true },
	{ "salt", offsetof(struct tbl_header, salt), false, -EBADMSG,
	    "damaged (header checksum)", true },
	{ "checksum", offsetof(struct tbl_header, checksum), false, -EBADMSG,
	    "damaged (header checksum)", true },
};

START_TEST(a_table_of_others_is_refused_by_name_or_replaced)
{
	struct table *in_use;
	bool is_new = false;

	fixture_fill(0, 3);
	in_use = fx.table;
	change_header(header_cases[_i].offset, header_cases[_i].fix_checksum);
	ck_assert_int_eq(try_closed(), header_cases[_i].want);
	ck_assert_msg(strstr(fx.err.text, header_cases[_i].text) != NULL, "%s", fx.err.text);
	/* Named, and with the way out. */
	ck_assert_ptr_nonnull(strstr(fx.err.text, fx.file));
	ck_assert(strstr(fx.err.text, "remove it") != NULL ||
		  strstr(fx.err.text, "move it away") != NULL);
	fx.table = in_use;
	fixture_close();
	fx.config.replace_stale = true;
	if (header_cases[_i].is_replaceable) {
		ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
		ck_assert(is_new);
		fixture_check(0);
	} else {
		ck_assert_int_eq(try_closed(), header_cases[_i].want);
	}
}
END_TEST

START_TEST(a_stale_table_in_use_is_not_replaced)
{
	struct table *in_use;

	fixture_fill(0, 3);
	in_use = fx.table;
	change_header(offsetof(struct tbl_header, boot_id), true);
	fx.config.replace_stale = true;
	ck_assert_int_eq(try_closed(), -ESTALE);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "another boot"));
	ck_assert_ptr_nonnull(strstr(fx.err.text, "running processes still use it"));
	/* The same without anybody to tell. */
	ck_assert_int_eq(table_open(&fx.config, &fx.table, NULL, NULL), -ESTALE);
	fx.table = in_use;
	ck_assert(fixture_has(1));
}
END_TEST

START_TEST(open_permissions_links_and_other_things_are_refused)
{
	char other[100];
	struct stat st;

	fixture_close();
	ck_assert_int_eq(chmod(fx.file, 0640), 0);
	ck_assert_int_eq(try_closed(), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "open to other users"));
	ck_assert_int_eq(chmod(fx.file, 0600), 0);

	(void)snprintf(other, sizeof(other), "%s/other", fx.dir);
	ck_assert_int_eq(link(fx.file, other), 0);
	ck_assert_int_eq(try_closed(), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "hard links"));
	ck_assert_int_eq(unlink(fx.file), 0);

	ck_assert_int_eq(symlink("other", fx.file), 0);
	fx.config.replace_stale = true;
	ck_assert_int_eq(try_closed(), -ELOOP);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "symbolic link"));
	ck_assert_int_eq(unlink(fx.file), 0);

	ck_assert_int_eq(mkfifo(fx.file, 0600), 0);
	ck_assert_int_eq(try_closed(), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "not a regular file"));
	ck_assert_int_eq(unlink(fx.file), 0);

	ck_assert_int_eq(mkdir(fx.file, 0700), 0);
	ck_assert_int_lt(try_closed(), 0);
	ck_assert_int_eq(rmdir(fx.file), 0);

	/* The file that the link meant has not been touched. */
	ck_assert_int_eq(stat(other, &st), 0);
	ck_assert_int_gt(st.st_size, 0);
}
END_TEST

START_TEST(another_owner_is_refused)
{
	if (geteuid() != 0) {
		unit_skip("root, who can give a file away");
		return;
	}
	fixture_close();
	ck_assert_int_eq(chown(fx.file, 12345, (gid_t)-1), 0);
	ck_assert_int_eq(try_closed(), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "belongs to user 12345"));
}
END_TEST

static const struct {
	const char *name;
	off_t bytes;
	int want;
	bool is_replaceable;
} cut_cases[] = {
	{ "empty", 0, -EINVAL, false },
	{ "in_the_header", 100, -EINVAL, false },
	{ "after_the_header", 128, -EBADMSG, true },
	{ "in_the_readers", 20000, -EBADMSG, true },
	{ "in_the_first_region", 270336 + 4095, -EBADMSG, true },
	{ "in_a_later_region", 300000, -EBADMSG, true },
};

START_TEST(a_cut_file_is_refused_or_replaced)
{
	bool is_new = false;

	fixture_fill(0, 3000);
	fixture_close();
	ck_assert_int_eq(truncate(fx.file, cut_cases[_i].bytes), 0);
	ck_assert_int_eq(try_closed(), cut_cases[_i].want);
	ck_assert_str_ne(fx.err.text, "");
	fx.config.replace_stale = true;
	if (cut_cases[_i].is_replaceable) {
		ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
		ck_assert(is_new);
	} else {
		ck_assert_int_eq(try_closed(), cut_cases[_i].want);
	}
}
END_TEST

START_TEST(a_damaged_descriptor_is_refused)
{
	const uint64_t nonsense = 1;

	fixture_close();
	write_at(FORMAT_CONTROL_OFFSET + offsetof(struct tbl_control, descriptor), &nonsense,
	    sizeof(nonsense));
	ck_assert_int_eq(try_closed(), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "descriptor"));
}
END_TEST

/* In a chroot it may be a directory of /dev. */
static bool
shm_has_its_own_mount(void)
{
	struct stat shm, dev;

	return stat("/dev/shm", &shm) == 0 && stat("/dev", &dev) == 0 &&
	       shm.st_dev != dev.st_dev;
}

START_TEST(dev_shm_is_refused_under_any_name)
{
	char dir[] = "/dev/shm/check_table.XXXXXX", deep[100];
	int old_fd = fx.config.dir_fd;

	fixture_close();
	if (mkdtemp(dir) == NULL) {
		unit_skip("/dev/shm");
		return;
	}
	(void)snprintf(deep, sizeof(deep), "%s/deep", dir);
	ck_assert_int_eq(file_open_dir(deep, true, &fx.config.dir_fd, &fx.err), 0);
	ck_assert_int_eq(try_closed(), -EPERM);
	ck_assert_ptr_nonnull(strstr(fx.err.text, "/dev/shm"));
	(void)close(fx.config.dir_fd);
	/* Mounted elsewhere: what counts is the file system. */
	if (!shm_has_its_own_mount()) {
		unit_skip("a /dev/shm that is a file system of its own");
	} else if (mount(deep, fx.dir, NULL, MS_BIND, NULL) != 0) {
		unit_skip("root, who can mount /dev/shm elsewhere");
	} else {
		ck_assert_int_eq(file_open_dir(fx.dir, false, &fx.config.dir_fd, &fx.err), 0);
		ck_assert_int_eq(try_closed(), -EPERM);
		(void)close(fx.config.dir_fd);
		ck_assert_int_eq(umount2(fx.dir, MNT_DETACH), 0);
	}
	(void)rmdir(deep);
	(void)rmdir(dir);
	fx.config.dir_fd = old_fd;
}
END_TEST

START_TEST(dev_shm_itself_is_refused_and_its_namesakes_are_not)
{
	int old_fd = fx.config.dir_fd;

	fixture_close();
	fx.config.dir_fd = open("/dev/shm", O_RDONLY | O_DIRECTORY);
	if (fx.config.dir_fd >= 0) {
		ck_assert_int_eq(try_closed(), -EPERM);
		(void)close(fx.config.dir_fd);
	}
	fx.config.dir_fd = old_fd;
	ck_assert_int_eq(try_closed(), 0);
}
END_TEST

/* --------------------------------------------------------------- failing system calls */

static const struct {
	const char *name, *function;
	unsigned nth;
	int error, want;
	bool is_attach;
} fault_cases[] = {
	{ "make_fstat_dir", "fstat", 1, EIO, -EIO, false },
	{ "make_boot_id", "open", 1, EACCES, -EACCES, false },
	{ "make_no_randomness", "getrandom", 1, EPERM, -EPERM, false },
	{ "make_no_tmpfile", "openat", 2, EOPNOTSUPP, -EOPNOTSUPP, false },
	{ "make_disk_full_1", "fallocate", 1, ENOSPC, -ENOSPC, false },
	{ "make_disk_full_2", "fallocate", 2, ENOSPC, -ENOSPC, false },
	{ "make_no_memory", "mmap", 1, ENOMEM, -ENOMEM, false },
	{ "make_attr_init", "pthread_mutexattr_init", 1, ENOMEM, -ENOMEM, false },
	{ "make_attr_shared", "pthread_mutexattr_setpshared", 1, EINVAL, -EINVAL, false },
	{ "make_attr_robust", "pthread_mutexattr_setrobust", 1, EINVAL, -EINVAL, false },
	{ "make_flock", "flock", 1, ENOLCK, -ENOLCK, false },
	{ "make_fsync", "fsync", 1, EIO, -EIO, false },
	{ "make_link", "linkat", 1, EACCES, -EACCES, false },
	{ "make_lost_every_race", "linkat", 1, EEXIST, -EAGAIN, false },
	{ "attach_open", "openat", 1, EMFILE, -EMFILE, true },
	{ "attach_pread", "pread", 1, EIO, -EIO, true },
	{ "attach_flock", "flock", 1, ENOLCK, -ENOLCK, true },
	{ "attach_fstat_share", "fstat", 3, EIO, -EIO, true },
	{ "attach_fstat_size", "fstat", 4, EIO, -EIO, true },
	{ "attach_fstat_size_again", "fstat", 5, EIO, -EIO, true },
	{ "attach_mmap", "mmap", 1, ENOMEM, -ENOMEM, true },
	{ "attach_busy_for_ever", "flock", 1, EWOULDBLOCK, -EAGAIN, true },
};

START_TEST(a_failing_call_is_a_clear_refusal)
{
	unsigned times = fault_cases[_i].want == -EAGAIN ? UINT32_MAX : 1;

	fixture_close();
	if (!fault_cases[_i].is_attach)
		ck_assert_int_eq(unlink(fx.file), 0);
	fault_arm(fault_cases[_i].function, fault_cases[_i].nth, times, fault_cases[_i].error);
	ck_assert_int_eq(try_closed(), fault_cases[_i].want);
	ck_assert_msg(fx.err.text[0] != '\0', "%s says nothing", fault_cases[_i].name);
	fault_disarm();
	/* Nothing is left in the way. */
	fixture_open();
	fixture_check(0);
}
END_TEST

static const struct {
	const char *name, *function;
	unsigned nth;
	int error, want;
} replace_fault_cases[] = {
	/* openat: attach, the directory, the file again; flock: directory, file. */
	{ "open_dir", "openat", 2, EMFILE, -EMFILE },
	{ "lock_dir", "flock", 1, ENOLCK, -ENOLCK },
	{ "open_again", "openat", 3, EMFILE, -EMFILE },
	{ "gone_meanwhile", "openat", 3, ENOENT, 0 },
	{ "lock_file", "flock", 2, ENOLCK, -ENOLCK },
	{ "read_again", "pread", 2, EIO, -EIO },
	{ "unlink", "unlinkat", 1, EACCES, -EACCES },
};

START_TEST(a_failing_replacement_is_a_refusal)
{
	fixture_close();
	change_header(offsetof(struct tbl_header, boot_id), true);
	fx.config.replace_stale = true;
	fault_arm(replace_fault_cases[_i].function, replace_fault_cases[_i].nth, 1,
	    replace_fault_cases[_i].error);
	ck_assert_int_eq(try_closed(), replace_fault_cases[_i].want);
	fault_disarm();
	fixture_open();
	fixture_check(0);
}
END_TEST

/* Somebody else replaces it between our look and our lock: attach to his. */
static void
replaced_by_another(void)
{
	struct table *other;

	fault_disarm();
	ck_assert_int_eq(table_open(&fx.config, &other, NULL, NULL), 0);
	table_close(other);
}

START_TEST(a_table_replaced_meanwhile_is_not_replaced_again)
{
	bool is_new = true;

	fixture_close();
	change_header(offsetof(struct tbl_header, boot_id), true);
	fx.config.replace_stale = true;
	fault_action = replaced_by_another;
	fault_arm("flock", 1, 1, EINTR); /* the directory's lock */
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), -EINTR);
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(!is_new);
}
END_TEST

static void
unlink_it(void)
{
	(void)unlink(fx.file);
}

START_TEST(a_file_that_loses_its_name_is_not_attached_to)
{
	bool is_new = false;

	fixture_close();
	/* At the last moment before its lock is shared. */
	fault_action = unlink_it;
	fault_arm("flock", 1, 1, EWOULDBLOCK);
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(is_new);
}
END_TEST

/* ------------------------------------------------------------- names of directories */

START_TEST(dev_shm_that_is_no_mount_or_not_there)
{
	fixture_close();
	fault_arm("stat", 1, 1, ENOENT);
	ck_assert_int_eq(try_closed(), 0);
	fault_arm("stat", 2, 1, ENOENT);
	ck_assert_int_eq(try_closed(), 0);
	fault_text = "/dev"; /* the same file system */
	fault_arm("stat", 1, 1, ENOENT);
	ck_assert_int_eq(try_closed(), 0);
}
END_TEST

START_TEST(short_names_and_namesakes_are_fine)
{
	int old_fd = fx.config.dir_fd;
	char name[40], dir[] = "/dev/shm.XXXXXX";

	fixture_close();
	(void)snprintf(name, sizeof(name), "check_table.%d", (int)getpid());
	fx.config.name = name;
	fx.config.dir_fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(try_closed(), 0);
	ck_assert_int_eq(unlinkat(fx.config.dir_fd, name, 0), 0);
	(void)close(fx.config.dir_fd);
	if (mkdtemp(dir) != NULL) {
		fx.config.dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
		ck_assert_int_eq(try_closed(), 0);
		ck_assert_int_eq(unlinkat(fx.config.dir_fd, name, 0), 0);
		(void)close(fx.config.dir_fd);
		(void)rmdir(dir);
	}
	fx.config.dir_fd = old_fd;
	fx.config.name = "table";
}
END_TEST

/* Somebody removes or replaces the file while we are about to. */
static bool is_put_back;

static void
swap_file(void)
{
	char other[100];

	fault_action = NULL;
	(void)snprintf(other, sizeof(other), "%s/other", fx.dir);
	ck_assert_int_eq(rename(fx.file, other), 0);
	if (is_put_back) {
		fx.config.replace_stale = false;
		fixture_open();
		fixture_close();
		fx.config.replace_stale = true;
	}
}

START_TEST(a_name_that_means_another_file_now_is_left_alone)
{
	bool is_new = false;

	fixture_close();
	change_header(offsetof(struct tbl_header, boot_id), true);
	fx.config.replace_stale = true;
	is_put_back = _i == 1;
	if (_i == 2) {
		/* Cannot even look: then it is not removed, and tried again. */
		fault_arm("fstat", 4, 1, EIO);
	} else {
		fault_action = swap_file;
		fault_arm("flock", 2, 1, 0);
	}
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert_int_eq(is_new, !is_put_back);
	fixture_check(0);
}
END_TEST

START_TEST(a_name_lost_between_opening_and_sharing)
{
	bool is_new = false;

	fixture_close();
	fault_action = unlink_it;
	fault_arm("flock", 1, 1, 0);
	ck_assert_int_eq(table_open(&fx.config, &fx.table, &is_new, &fx.err), 0);
	ck_assert(is_new);
}
END_TEST

static void
grow_meanwhile(void)
{
	fixture_fill(0, 2000);
}

/*
 * The size was taken before the descriptor was read: a table that grew in between was refused
 * as cut.  Found by a storm of processes.
 */
START_TEST(a_table_that_grows_while_it_is_attached_to_is_not_cut)
{
	struct table *second = NULL;
	struct err err = { "" };

	fault_arm("mmap", 1, 1, 0);
	fault_action = grow_meanwhile;
	ck_assert_msg(table_open(&fx.config, &second, NULL, &err) == 0, "%s", err.text);
	fault_disarm();
	ck_assert(fixture_stats().n_growths > 0);
	table_close(second);
}
END_TEST

Suite *
check_segment_suite(void)
{
	Suite *s = suite_create("table/segment");
	TCase *tc = fixture_one_thread("core");

	tcase_add_test(tc, the_first_makes_it_the_second_attaches);
	tcase_add_test(tc, the_file_is_ours_alone);
	tcase_add_test(tc, many_at_once_make_one_table);
	tcase_add_test(tc, a_table_that_grows_while_it_is_attached_to_is_not_cut);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("hostile");
	tcase_add_loop_test(tc, a_table_of_others_is_refused_by_name_or_replaced, 0,
	    sizeof(header_cases) / sizeof(header_cases[0]));
	tcase_add_test(tc, a_stale_table_in_use_is_not_replaced);
	tcase_add_test(tc, open_permissions_links_and_other_things_are_refused);
	tcase_add_test(tc, another_owner_is_refused);
	tcase_add_loop_test(
	    tc, a_cut_file_is_refused_or_replaced, 0, sizeof(cut_cases) / sizeof(cut_cases[0]));
	tcase_add_test(tc, a_damaged_descriptor_is_refused);
	tcase_add_test(tc, dev_shm_is_refused_under_any_name);
	tcase_add_test(tc, dev_shm_itself_is_refused_and_its_namesakes_are_not);
	suite_add_tcase(s, tc);

	tc = fixture_one_thread("faults");
	tcase_add_loop_test(tc, a_failing_call_is_a_clear_refusal, 0,
	    sizeof(fault_cases) / sizeof(fault_cases[0]));
	tcase_add_loop_test(tc, a_failing_replacement_is_a_refusal, 0,
	    sizeof(replace_fault_cases) / sizeof(replace_fault_cases[0]));
	tcase_add_test(tc, a_table_replaced_meanwhile_is_not_replaced_again);
	tcase_add_test(tc, a_file_that_loses_its_name_is_not_attached_to);
	tcase_add_test(tc, dev_shm_that_is_no_mount_or_not_there);
	tcase_add_test(tc, short_names_and_namesakes_are_fine);
	tcase_add_loop_test(tc, a_name_that_means_another_file_now_is_left_alone, 0, 3);
	tcase_add_test(tc, a_name_lost_between_opening_and_sharing);
	suite_add_tcase(s, tc);
	return s;
}
