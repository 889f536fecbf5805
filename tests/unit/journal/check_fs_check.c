/* check_fs_check.c - tests of src/journal/fs_check.c, and of the privacy that journal_open() asks for */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/file.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/fixture.h"

Suite *check_fs_check_suite(void);

#define FUSE_MAGIC 0x65735546ul

static struct fixture f;

static void
set_up(void)
{
	fixture_open(&f);
}

static void
tear_down(void)
{
	fault_clear();
	fixture_close(&f);
}

/* journal_open() must refuse, and say so with these words. */
static void
assert_refused(int want, const char *words)
{
	struct journal *journal = NULL;
	struct err err = { "" };
	int r = journal_open(&f.config, &journal, &err);

	ck_assert_msg(r == want, "%d: %s", r, err.text);
	ck_assert_ptr_null(journal);
	ck_assert_msg(strstr(err.text, words) != NULL, "\"%s\" not in \"%s\"", words, err.text);
}

/* ------------------------------------------------------------------------- file systems */

static const struct {
	unsigned long type;
	const char *fuse_name;
	const char *want; /* NULL: fit for a journal */
} types[] = {
	{ 0x6969, "", "NFS" },
	{ 0xff534d42, "", "CIFS" },
	{ 0xfe534d42, "", "SMB2" },
	{ 0x517b, "", "SMB" },
	{ 0x00c36400, "", "Ceph" },
	{ 0x5346414f, "", "AFS" },
	{ 0x6b414653, "", "AFS" },
	{ 0x73757245, "", "Coda" },
	{ 0x01021997, "", "9P" },
	{ 0x01161970, "", "GFS2" },
	{ 0x7461636f, "", "OCFS2" },
	{ 0x0bd00bd0, "", "Lustre" },
	{ 0x47504653, "", "GPFS" },
	{ FUSE_MAGIC, "fuse.sshfs", "FUSE" },
	{ FUSE_MAGIC, "fuse", "FUSE" },
	{ FUSE_MAGIC, "unknown", "FUSE" },
	{ FUSE_MAGIC, "", "FUSE" },
	{ FUSE_MAGIC, "fuseblk", NULL },
	{ FUSE_MAGIC, "fuse.fuse-overlayfs", NULL },
	{ FUSE_MAGIC, "virtiofs", NULL },
	{ 0xef53, "", NULL },     /* ext4 */
	{ 0x01021994, "", NULL }, /* tmpfs */
	{ 0x794c7630, "", NULL }, /* overlayfs */
	{ 0x9123683e, "", NULL }, /* btrfs */
	{ 0x58465342, "", NULL }, /* xfs */
	{ 0x2fc12fc1, "", NULL }, /* zfs */
	{ 0xef53, "fuse.sshfs", NULL },
};

START_TEST(file_systems_by_name)
{
	const char *got = jrn_fs_check_refused(types[_i].type, types[_i].fuse_name);

	if (types[_i].want == NULL)
		ck_assert_ptr_null(got);
	else
		ck_assert_str_eq(got, types[_i].want);
}
END_TEST

START_TEST(a_local_directory_is_fit)
{
	struct err err = { "" };

	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), 0);
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(a_refusal_names_directory_and_file_system)
{
	struct err err = { "" };
	char want[256];

	/* Where a type is a signed number of 32 bits it is below zero. */
	fault_set_fs((long)(int)0xff534d42);
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), -EOPNOTSUPP);
	(void)snprintf(want, sizeof(want),
	    "%s is on a file system (CIFS) over which locks and shared memory do not reach: "
	    "use a local disk",
	    f.path);
	ck_assert_str_eq(err.text, want);
	assert_refused(-EOPNOTSUPP, want);
	/* Nothing was made there. */
	ck_assert_int_eq(fixture_count(&f, "User"), 0);
}
END_TEST

START_TEST(what_cannot_be_looked_at_is_not_fit)
{
	struct err err = { "" };

	ck_assert_int_eq(jrn_fs_check(-1, "the-path", &err), -EBADF);
	ck_assert_str_eq(err.text, "cannot look at the-path: Bad file descriptor");
	fault_set("fstatfs", 1, 1, EIO);
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), -EIO);
	fault_clear();
	fault_set("fstat", 1, 1, EIO);
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), -EIO);
}
END_TEST

START_TEST(file_systems_of_the_mount_table)
{
	struct err err = { "" };
	struct stat st;
	char mounts[512];

	ck_assert_int_eq(fstat(f.dir_fd, &st), 0);
	fault_set_fs(0x6969);
	assert_refused(-EOPNOTSUPP, "(NFS) over which");
	fault_set_fs(0x65735546);
	(void)snprintf(mounts, sizeof(mounts),
	    "1 1 0:0 / / rw - rootfs x rw\n1 - \nno line\n36 35 %u:%u / /data rw - \n36 35 "
	    "%u:%u / "
	    "/data "
	    "rw - fuse.sshfs host: rw\n"
	    "37 35 0:0 / /other rw - virtiofs somewhere rw\n",
	    major(st.st_dev), minor(st.st_dev), major(st.st_dev), minor(st.st_dev));
	fault_set_mounts(mounts);
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err.text, "(FUSE, fuse.sshfs)"));
	(void)snprintf(mounts, sizeof(mounts),
	    "36 35 %u:%u / /data rw - virtiofs somewhere rw\n", major(st.st_dev),
	    minor(st.st_dev));
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), 0);
	fault_set("fopen", 1, 1, EMFILE);
	ck_assert_int_eq(jrn_fs_check(f.dir_fd, f.path, &err), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err.text, "(FUSE, unknown)"));
}
END_TEST

/* ------------------------------------------------- nobody else may have prepared anything */

/* file_open_dir() is what every directory that reaches journal_open() went through. */
START_TEST(the_directory_is_private)
{
	struct err err = { "" };
	char path[128], want[512];
	struct stat st;
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/data", f.path);
	umask(0);
	ck_assert_int_eq(file_open_dir(path, true, &fd, &err), 0);
	(void)close(fd);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(chmod(path, 0750), 0);
	ck_assert_int_eq(file_open_dir(path, true, &fd, &err), -EPERM);
	(void)snprintf(want, sizeof(want),
	    "%s is open to other users (mode 0750): run chmod 700 %s, or, where that is not to "
	    "be "
	    "(a volume), name a directory below it that has this mode",
	    path, path);
	ck_assert_str_eq(err.text, want);
	ck_assert_int_eq(chmod(path, 0700), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 1, (gid_t)-1), 0);
		ck_assert_int_eq(file_open_dir(path, true, &fd, &err), -EPERM);
		(void)snprintf(
		    want, sizeof(want), "%s belongs to user 1, but this process", path);
		ck_assert_int_eq(strncmp(err.text, want, strlen(want)), 0);
	} else {
		unit_skip("root, who can give a directory away");
	}
	ck_assert_int_eq(renameat(f.dir_fd, "data", f.dir_fd, "elsewhere"), 0);
	ck_assert_int_eq(symlinkat("elsewhere", f.dir_fd, "data"), 0);
	ck_assert_int_lt(file_open_dir(path, true, &fd, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "symbolic links are refused"));
	ck_assert_int_eq(unlinkat(f.dir_fd, "elsewhere", AT_REMOVEDIR), 0);
}
END_TEST

START_TEST(files_are_private)
{
	struct stat st;

	umask(0);
	journal_close(fixture_journal(&f));
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fstatat(f.dir_fd, "User.jsonl.lock", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(fixture_count(&f, "User"), 2);
}
END_TEST

static const char *const both_names[] = { "User.jsonl", "User.jsonl.lock" };

START_TEST(refuses_what_others_may_have_prepared)
{
	const char *name = both_names[_i];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char want[256];
	int fd;

	journal_close(fixture_journal(&f));
	ck_assert_int_eq(fchmodat(f.dir_fd, name, 0640, 0), 0);
	(void)snprintf(want, sizeof(want),
	    "is open to other users (mode 0640): run chmod 600 %s/%s", f.path, name);
	assert_refused(-EPERM, want);
	ck_assert_int_eq(fchmodat(f.dir_fd, name, 0602, 0), 0);
	assert_refused(-EPERM, "is open to other users (mode 0602)");
	ck_assert_int_eq(fchmodat(f.dir_fd, name, 0600, 0), 0);

	ck_assert_int_eq(linkat(f.dir_fd, name, f.dir_fd, "other", 0), 0);
	assert_refused(-EPERM, "hard links");
	ck_assert_int_eq(unlinkat(f.dir_fd, "other", 0), 0);

	if (geteuid() == 0) {
		ck_assert_int_eq(fchownat(f.dir_fd, name, 1, (gid_t)-1, 0), 0);
		assert_refused(-EPERM, "belongs to user 1");
		ck_assert_int_eq(fchownat(f.dir_fd, name, 0, (gid_t)-1, 0), 0);
	} else {
		unit_skip("root, who can give a file away");
	}

	ck_assert_int_eq(renameat(f.dir_fd, name, f.dir_fd, "target"), 0);
	ck_assert_int_eq(symlinkat("target", f.dir_fd, name), 0);
	assert_refused(-ELOOP, "symbolic link");
	ck_assert_int_eq(unlinkat(f.dir_fd, name, 0), 0);
	ck_assert_int_eq(symlinkat("nowhere", f.dir_fd, name), 0);
	assert_refused(-ELOOP, "symbolic link");
	ck_assert_int_eq(unlinkat(f.dir_fd, name, 0), 0);
	ck_assert_int_eq(fixture_count(&f, "nowhere"), 0);

	ck_assert_int_eq(mkfifoat(f.dir_fd, name, 0600), 0);
	assert_refused(-EPERM, "not a regular file");
	ck_assert_int_eq(unlinkat(f.dir_fd, name, 0), 0);

	ck_assert_int_eq(mkdirat(f.dir_fd, name, 0700), 0);
	assert_refused(-EISDIR, "cannot open");
	ck_assert_int_eq(unlinkat(f.dir_fd, name, AT_REMOVEDIR), 0);

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%.60s/%.20s", f.path, name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_refused(-ENXIO, "cannot open");
	ck_assert_int_eq(unlinkat(f.dir_fd, name, 0), 0);
	(void)close(fd);
}
END_TEST

Suite *
check_fs_check_suite(void)
{
	Suite *s = suite_create("journal/fs_check");
	TCase *tc = tcase_create("core"), *hostile = tcase_create("hostile");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, file_systems_by_name, 0, sizeof(types) / sizeof(types[0]));
	tcase_add_test(tc, a_local_directory_is_fit);
	tcase_add_test(tc, a_refusal_names_directory_and_file_system);
	tcase_add_test(tc, what_cannot_be_looked_at_is_not_fit);
	tcase_add_test(tc, file_systems_of_the_mount_table);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(hostile, set_up, tear_down);
	tcase_add_test(hostile, the_directory_is_private);
	tcase_add_test(hostile, files_are_private);
	tcase_add_loop_test(hostile, refuses_what_others_may_have_prepared, 0, 2);
	suite_add_tcase(s, hostile);
	return s;
}
