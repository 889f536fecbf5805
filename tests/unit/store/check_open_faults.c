/* check_open_faults.c - tests of src/store/attach.c, place.c, aside.c and salvage.c: when calls fail */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/file.h"
#include "store/aside.h"
#include "store/compact.h"
#include "store/live.h"
#include "store/place.h"
#include "unit/store/fault.h"
#include "unit/store/pair.h"

Suite *check_open_faults_suite(void);

static int
try_open(void)
{
	struct store *store = NULL;
	struct err err = { "" };
	int r = fault_end(store_open(&f.config, &store, &err));

	ck_assert((r == 0) == (err.text[0] == '\0'));
	store_close(store);
	return r;
}

/* Only so many have names of their own within one second. */
static void
remove_saved(void)
{
	DIR *dir = opendir(f.path);
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		if (strstr(entry->d_name, "-20") != NULL)
			(void)unlinkat(f.dir_fd, entry->d_name, 0);
	(void)closedir(dir);
}

START_TEST(an_opening_that_fails_can_be_tried_again)
{
	/* Every call in turn: for the first process, after a torn tail, for the second. */
	static const char *const calls[] = { "openat", "fcntl", "fcntl-lock", "fstat",
		"fstatfs", "posix_fallocate", "mmap", "malloc", "calloc", "strdup",
		"host_boot_id", "random_fill", "pread", "write", "fsync", "renameat",
		"ftruncate", "unlinkat" };
	static const int errors[] = { EIO, ENOMEM, EINTR };

	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++)
		for (int state = 0; state < 3; state++)
			for (unsigned nth = 1;; nth++) {
				unsigned hits;

				fault_clear();
				store_close(one);
				store_close(two);
				one = two = NULL;
				(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
				if (state == 0)
					(void)unlinkat(f.dir_fd, "User.jsonl", 0);
				if (state == 1)
					pair_append_junk();
				if (state == 2)
					one = fixture_store(&f);
				fault_set(calls[_i], nth, 1, errors[e]);
				(void)try_open();
				hits = fault_hits();
				fault_clear();
				remove_saved();
				ck_assert_int_eq(try_open(), 0);
				if (hits == 0)
					break;
			}
	store_close(one);
	one = fixture_store(&f);
	two = fixture_store(&f);
	replica_free(a);
	replica_free(b);
	a = replica_new();
	b = replica_new();
	pair_assert_works();
}
END_TEST

START_TEST(the_btrfs_flag_is_asked_for_once)
{
	store_close(one);
	store_close(two);
	two = NULL;
	for (int i = 0; i < 2; i++) {
		(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
		fault_set(i == 0 ? "ioctl" : "ioctl-nocow", 1, 1, ENOTTY);
		one = fixture_store(&f);
		ck_assert_uint_eq(fault_hits(), 1);
		fault_clear();
		store_close(one);
	}
	(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
	one = fixture_store(&f);
}
END_TEST

START_TEST(a_failed_file_stays_failed_over_a_restart)
{
	struct store_stats stats;
	size_t n;
	char *bytes = fixture_read(&f, "User.jsonl", &n);

	one->control->has_failed = 1;
	store_close(one);
	store_close(two);
	two = NULL;
	/* Also when the file was exchanged meanwhile. */
	fixture_write(&f, "copy", bytes, n);
	free(bytes);
	ck_assert_int_eq(renameat(f.dir_fd, "copy", f.dir_fd, "User.jsonl"), 0);
	one = fixture_store(&f);
	store_stats(one, &stats);
	ck_assert(stats.has_failed);
	two = fixture_store(&f);
	pair_assert_works();
}
END_TEST

START_TEST(what_was_read_but_cannot_be_flushed_is_replaced)
{
	struct store_stats stats;

	store_close(one);
	store_close(two);
	two = NULL;
	(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
	fault_set("fsync", 1, 1, EIO);
	one = fixture_store(&f);
	store_stats(one, &stats);
	ck_assert(stats.has_failed);
	two = fixture_store(&f);
	ck_assert_int_eq(store_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	pair_assert_works();
}
END_TEST

START_TEST(the_same_inode_with_another_header_is_another_file)
{
	struct line_header header = { .n = 5 };
	struct buf buf;

	/*
	 * What is known of the old one says nothing about the new one, be it shorter or longer.
	 */
	for (int k = 0; _i == 0 && k < 40; k++)
		(void)fixture_put(one, a, "k1", "{}");
	ck_assert_int_eq(store_sync(one, one->control->appended), 0);
	store_close(one);
	store_close(two);
	buf_init(&buf, 10000);
	line_add_header(&buf, &header, 12345);
	for (uint64_t i = 6; i < 30; i++) {
		struct line line = { .n = i };

		line.record = put_k9;
		line_add(&buf, &line);
	}
	/* Written over the old one: same number of the inode. */
	fixture_write(&f, "User.jsonl", buf.p, buf.n);
	buf_fini(&buf);
	one = fixture_store(&f);
	two = fixture_store(&f);
	replica_free(a);
	a = replica_new();
	pair_assert_works();
	ck_assert_str_eq(replica_text(a), "k9={} last={} ");
}
END_TEST

START_TEST(somebody_who_keeps_everybody_out)
{
	struct lock other = LOCK_NULL;
	struct store_salvage report;
	struct err err = { "" };

	store_close(one);
	store_close(two);
	one = two = NULL;
	ck_assert_int_eq(lock_open(&other, f.dir_fd, f.path, "User.jsonl.lock", &err), 0);
	ck_assert_int_eq(lock_try(&other, LOCK_PRESENCE, false), 0);
	ck_assert_int_eq(try_open(), -EAGAIN);
	ck_assert_int_eq(store_salvage(&f.config, &report, &err), -EBUSY);
	lock_drop(&other, LOCK_PRESENCE);
	ck_assert_int_eq(lock_try(&other, LOCK_APPEND, false), 0);
	ck_assert_int_eq(store_salvage(&f.config, &report, &err), -EBUSY);
	lock_close(&other);
	fault_set("fcntl-lock", 1, 1, EIO);
	ck_assert_int_eq(store_salvage(&f.config, &report, &err), -EIO);
	fault_clear();
	/* A join that has to look again, with the lock, and finds all in order. */
	fault_set("fcntl-lock", 1, 1, EAGAIN);
	one = fixture_store(&f);
	fault_clear();
	two = fixture_store(&f);
	pair_assert_works();
}
END_TEST

static void
forget_block(void)
{
	control_forget(one->control);
}

START_TEST(a_block_that_is_forgotten_while_we_join)
{
	fault_before("fcntl-lock", 1, forget_block);
	ck_assert_int_eq(try_open(), -EBUSY);
	atomic_store(&one->control->is_ready, CONTROL_READY);
	pair_assert_works();
}
END_TEST

START_TEST(a_lock_of_its_own_after_a_fork)
{
	/* White box: what a child finds at its first lock. */
	one->lock.pid = 0;
	fault_set("openat", 1, 1, EMFILE);
	ck_assert_int_eq(store_lock(one, 100), -EMFILE);
	fault_clear();
	fault_set("fstat", 2, 1, EIO);
	ck_assert_int_eq(store_lock(one, 100), -EIO);
	fault_clear();
	fault_set("fcntl-lock", 1, 1, EIO);
	ck_assert_int_eq(store_lock(one, 100), -EIO);
	fault_clear();
	ck_assert_int_eq(store_lock(one, 100), 0);
	/* And it does not drop what is its parent's. */
	one->lock.pid = 0;
	store_unlock(one);
	ck_assert_int_eq(store_lock(two, 20), -ETIMEDOUT);
	one->lock.pid = getpid();
	store_unlock(one);
	one->lock_inode++;
	one->lock.pid = 0;
	ck_assert_int_eq(store_lock(one, 100), -ESTALE);
	one->lock_inode--;
	pair_assert_works();
}
END_TEST

START_TEST(file_systems_of_the_mount_table)
{
	struct err err = { "" };
	struct stat st;
	char mounts[512];

	ck_assert_int_eq(fstat(f.dir_fd, &st), 0);
	fault_set_fs(0x6969);
	ck_assert_int_eq(try_open(), -EOPNOTSUPP);
	fault_set_fs(0x65735546);
	(void)snprintf(mounts, sizeof(mounts),
	    "1 1 0:0 / / rw - rootfs x rw\n1 - \nno line\n36 35 %u:%u / /data rw - \n36 35 "
	    "%u:%u / "
	    "/data "
	    "rw - fuse.sshfs host: rw\n",
	    major(st.st_dev), minor(st.st_dev), major(st.st_dev), minor(st.st_dev));
	fault_set_mounts(mounts);
	ck_assert_int_eq(place_check(f.dir_fd, f.path, &err), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err.text, "(FUSE, fuse.sshfs)"));
	(void)snprintf(mounts, sizeof(mounts),
	    "36 35 %u:%u / /data rw - virtiofs somewhere rw\n", major(st.st_dev),
	    minor(st.st_dev));
	ck_assert_int_eq(place_check(f.dir_fd, f.path, &err), 0);
	fault_set("fopen", 1, 1, EMFILE);
	ck_assert_int_eq(place_check(f.dir_fd, f.path, &err), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(err.text, "(FUSE, unknown)"));
}
END_TEST

START_TEST(a_salvage_that_fails_changes_nothing)
{
	static const char *const calls[] = { "openat", "fcntl-lock", "fstat", "malloc",
		"calloc", "random_fill", "pread", "write", "fsync", "renameat", "unlinkat" };
	struct store_salvage report;
	struct err err;
	size_t n, n_after;
	char *bytes = fixture_read(&f, "User.jsonl", &n), *after;
	int r;

	store_close(one);
	store_close(two);
	one = two = NULL;
	fixture_write(&f, "User.jsonl", bytes, n - 3);
	for (unsigned nth = 1;; nth++) {
		fault_clear();
		fault_set(calls[_i], nth, 1, EIO);
		r = fault_end(store_salvage(&f.config, &report, &err));
		if (fault_hits() == 0)
			break;
		/* EIO of the exclusive lock's last drop is nobody's concern. */
		if (r == 0)
			break;
		after = fixture_read(&f, "User.jsonl", &n_after);
		ck_assert(fixture_count(&f, "User.jsonl.damaged") > 0 ||
			  (n_after == n - 3 && memcmp(bytes, after, n_after) == 0));
		free(after);
		remove_saved();
	}
	ck_assert_int_eq(r, 0);
	free(bytes);
	fault_clear();
	one = fixture_store(&f);
	two = fixture_store(&f);
	ck_assert_int_eq(store_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "");
}
END_TEST

START_TEST(salvage_takes_lines_of_any_number)
{
	struct line_header header = { .n = 0 };
	struct store_salvage report;
	struct err err;
	struct buf buf;

	buf_init(&buf, 10000);
	line_add_header(&buf, &header, 0);
	for (uint64_t n = 9; n > 6; n--) {
		struct line line = { .n = n };

		line.record = n == 8 ? del_k1 : put_k9;
		line_add(&buf, &line);
	}
	fixture_write(&f, "Other.jsonl", buf.p, buf.n);
	buf_fini(&buf);
	f.config.name = "Other";
	ck_assert_int_eq(store_salvage(&f.config, &report, &err), 0);
	ck_assert_uint_eq(report.n_kept, 3);
	ck_assert_uint_eq(report.n_live, 1);
	f.config.name = "User";
}
END_TEST

Suite *
check_open_faults_suite(void)
{
	Suite *s = suite_create("store/open-faults");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, an_opening_that_fails_can_be_tried_again, 0, 18);
	tcase_add_test(tc, the_btrfs_flag_is_asked_for_once);
	tcase_add_test(tc, a_failed_file_stays_failed_over_a_restart);
	tcase_add_test(tc, what_was_read_but_cannot_be_flushed_is_replaced);
	tcase_add_loop_test(tc, the_same_inode_with_another_header_is_another_file, 0, 2);
	tcase_add_test(tc, somebody_who_keeps_everybody_out);
	tcase_add_test(tc, a_block_that_is_forgotten_while_we_join);
	tcase_add_test(tc, a_lock_of_its_own_after_a_fork);
	tcase_add_test(tc, file_systems_of_the_mount_table);
	tcase_add_loop_test(tc, a_salvage_that_fails_changes_nothing, 0, 11);
	tcase_add_test(tc, salvage_takes_lines_of_any_number);
	suite_add_tcase(s, tc);
	return s;
}
