/* check_digest.c - tests of src/core/digest.c: the tags, and the key file */
#include "core/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/core/fail_call.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_digest_suite(void);

#define DIR_PATH "/the/dir"

/*
 * Made with Python: hashlib.blake2b(key=bytes(range(32)), digest_size=16), fed for each part
 * with struct.pack("<Q", len(part)) + part.
 */
static const struct {
	struct str parts[2];
	size_t n_parts;
	const char *want;
} tag_cases[] = {
	{ { { "ab", 2 }, { "c", 1 } }, 2, "c006572bf2a0f76fe91755c911b607d2" },
	{ { { "a", 1 }, { "bc", 2 } }, 2, "5fd9999f6b4cf06712e8d02a8a292cbb" },
	{ { { "", 0 } }, 1, "a93a3b99d2c6ddb6177797d4335c4a42" },
	{ { { NULL, 0 } }, 1, "a93a3b99d2c6ddb6177797d4335c4a42" },
	{ { { NULL, 0 } }, 0, "3daf97bce7888fd59773c66bf647459c" },
};

START_TEST(tag)
{
	struct digest_key key;
	struct digest_tag got;
	char text[2 * DIGEST_TAG_BYTES + 1];

	for (size_t i = 0; i < DIGEST_KEY_BYTES; i++)
		key.bytes[i] = (uint8_t)i;
	got = digest_tag(&key, tag_cases[_i].parts, tag_cases[_i].n_parts);
	for (size_t i = 0; i < DIGEST_TAG_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", got.bytes[i]);
	ck_assert_str_eq(text, tag_cases[_i].want);
	key.bytes[0] ^= 1;
	got = digest_tag(&key, tag_cases[_i].parts, tag_cases[_i].n_parts);
	(void)snprintf(text, 3, "%02x", got.bytes[0]);
	ck_assert_int_ne(strncmp(text, tag_cases[_i].want, 2), 0);
}
END_TEST

static int
load(struct digest_key *ret_key, struct err *err)
{
	return digest_key_load(tmp_fd, DIR_PATH, "key", ret_key, err);
}

static int
n_entries(void)
{
	struct stat st;

	return fstatat(tmp_fd, "key", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

START_TEST(key_is_made_once)
{
	struct digest_key one, two;
	struct stat st;

	memset(&one, 0, sizeof(one));
	ck_assert_int_eq(load(&one, NULL), 0);
	ck_assert_int_eq(load(&two, NULL), 0);
	ck_assert_mem_eq(&one, &two, sizeof(one));
	memset(&two, 0, sizeof(two));
	ck_assert_mem_ne(&one, &two, sizeof(one));
	ck_assert_int_eq(fstatat(tmp_fd, "key", &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_uint_eq(st.st_mode, S_IFREG | 0400);
	ck_assert_int_eq(st.st_size, DIGEST_KEY_BYTES);
	ck_assert_uint_eq(st.st_nlink, 1);
	digest_key_wipe(&one);
	ck_assert_mem_eq(&one, &two, sizeof(one));
}
END_TEST

/* All of many processes that start at once get one key. */
START_TEST(reading_makes_no_key)
{
	struct digest_key made, read;
	struct err err = { "" };

	ck_assert_int_eq(digest_key_read(tmp_fd, DIR_PATH, "key", &read, &err), -ENOENT);
	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(faccessat(tmp_fd, "key", F_OK, 0), -1);
	ck_assert_int_eq(digest_key_load(tmp_fd, DIR_PATH, "key", &made, &err), 0);
	ck_assert_int_eq(digest_key_read(tmp_fd, DIR_PATH, "key", &read, &err), 0);
	ck_assert_mem_eq(&made, &read, sizeof(made));
}
END_TEST

START_TEST(key_race)
{
	enum { N_ROUNDS = 30, N_PROCESSES = 6 };
	struct shared {
		int go;
		struct digest_key keys[N_PROCESSES];
	} *shared = mmap(
	    NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(shared, MAP_FAILED);
	for (int round = 0; round < N_ROUNDS; round++) {
		struct digest_key key;
		pid_t pids[N_PROCESSES];

		memset(shared, 0, sizeof(*shared));
		for (int i = 0; i < N_PROCESSES; i++) {
			pids[i] = fork();
			ck_assert_int_ne(pids[i], -1);
			if (pids[i] != 0)
				continue;
			while (__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE) == 0)
				;
			_exit(load(&shared->keys[i], NULL) == 0 ? 0 : 1);
		}
		__atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
		for (int i = 0; i < N_PROCESSES; i++) {
			int status;

			ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
			ck_assert_int_eq(status, 0);
		}
		ck_assert_int_eq(load(&key, NULL), 0);
		for (int i = 0; i < N_PROCESSES; i++)
			ck_assert_mem_eq(&shared->keys[i], &key, sizeof(key));
		ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	}
}
END_TEST

static void
check_refused(int code, const char *text)
{
	struct digest_key key;
	struct err err = { "" };

	ck_assert_int_eq(load(&key, &err), code);
	ck_assert_msg(strstr(err.text, text) != NULL && strstr(err.text, DIR_PATH) != NULL,
	    "\"%s\" does not speak of \"%s\"", err.text, text);
}

START_TEST(key_of_another_length_is_refused)
{
	static const char bytes[] = "0123456789abcdef0123456789abcdef0";

	tmp_write("key", bytes + 2, 0400);
	check_refused(-EINVAL, "not 32 bytes long");
	ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	tmp_write("key", bytes, 0400);
	check_refused(-EINVAL, "not 32 bytes long");
	ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	tmp_write("key", "", 0400);
	check_refused(-EINVAL, "not 32 bytes long");
}
END_TEST

START_TEST(key_that_others_may_read_is_refused)
{
	tmp_write("key", "0123456789abcdef0123456789abcdef", 0440);
	check_refused(-EPERM, "open to other users");
}
END_TEST

START_TEST(key_that_is_no_file_is_refused)
{
	ck_assert_int_eq(mkfifoat(tmp_fd, "key", 0600), 0);
	check_refused(-EPERM, "not a regular file");
	ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	ck_assert_int_eq(symlinkat("/dev/zero", tmp_fd, "key"), 0);
	check_refused(-ELOOP, "symbolic link");
	ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	ck_assert_int_eq(symlinkat("elsewhere", tmp_fd, "key"), 0);
	check_refused(-ELOOP, "symbolic link");
}
END_TEST

static const struct {
	const char *call;
	unsigned nth;
	int how;
	const char *text;
	int leaves_key;
} failures[] = {
	{ "openat", 1, EACCES, "cannot open", 0 },
	{ "openat", 2, EOPNOTSUPP, "cannot make a file", 0 },
	{ "getrandom", 1, EPERM, "no randomness", 0 },
	{ "write", 1, ENOSPC, "cannot write", 0 },
	{ "fchmod", 1, EPERM, "cannot write", 0 },
	{ "fsync", 1, EIO, "cannot write", 0 },
	{ "linkat", 1, ENOSPC, "cannot make", 0 },
	{ "fsync", 2, EIO, "cannot flush", 1 },
	{ "openat", 3, EMFILE, "cannot open", 1 },
	{ "read", 1, EIO, "cannot read", 1 },
};

/* A failure at any step is reported, and never leaves half a key under its name. */
START_TEST(failing_calls_leave_no_half_key)
{
	struct digest_key key;

	fail_call(failures[_i].call, failures[_i].nth, failures[_i].how);
	check_refused(-failures[_i].how, failures[_i].text);
	ck_assert(fail_call_is_done());
	ck_assert_int_eq(n_entries(), failures[_i].leaves_key);
	ck_assert_int_eq(load(&key, NULL), 0);
}
END_TEST

START_TEST(fstat_of_a_key_fails)
{
	struct digest_key key;

	ck_assert_int_eq(load(&key, NULL), 0);
	fail_call("fstat", 2, EIO);
	check_refused(-EINVAL, "not 32 bytes long");
	/* Somebody was faster, and took it away again. */
	ck_assert_int_eq(unlinkat(tmp_fd, "key", 0), 0);
	fail_call("linkat", 1, EEXIST);
	ck_assert_int_eq(load(&key, NULL), -ENOENT);
}
END_TEST

/* A key appears by a link from there. */
START_TEST(without_proc_it_is_named)
{
	struct digest_key key;
	struct err err = { "" };

	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) == -1) {
		(void)printf(
		    "# /proc cannot be taken away here: without_proc_it_is_named skipped\n");
		return;
	}
	ck_assert_int_eq(digest_key_load(tmp_fd, DIR_PATH, "key", &key, &err), -ENOENT);
	ck_assert_msg(strstr(err.text, "/proc is not mounted") != NULL, "%s", err.text);
}
END_TEST

Suite *
check_digest_suite(void)
{
	Suite *s = suite_create("core/digest");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_loop_test(tc, tag, 0, sizeof(tag_cases) / sizeof(tag_cases[0]));
	tcase_add_test(tc, key_is_made_once);
	tcase_add_test(tc, reading_makes_no_key);
	tcase_add_test(tc, key_race);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, key_of_another_length_is_refused);
	tcase_add_test(tc, key_that_others_may_read_is_refused);
	tcase_add_test(tc, key_that_is_no_file_is_refused);
	tcase_add_loop_test(
	    tc, failing_calls_leave_no_half_key, 0, sizeof(failures) / sizeof(failures[0]));
	tcase_add_test(tc, fstat_of_a_key_fails);
	suite_add_tcase(s, tc);
	/* Its /proc is gone for good. */
	tc = tcase_create("without /proc");
	tcase_set_tags(tc, "own-process");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, without_proc_it_is_named);
	suite_add_tcase(s, tc);
	return s;
}
