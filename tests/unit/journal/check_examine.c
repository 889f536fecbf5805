/* check_examine.c - tests of src/journal/salvage.c: what opening would find, and nothing changed */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/fixture.h"

Suite *check_examine_suite(void);

static struct fixture f;
static struct replica *a;
static struct journal_examination found;
static struct err err;

static void
set_up(void)
{
	fixture_open(&f);
	a = replica_new();
	err.text[0] = '\0';
}

static void
tear_down(void)
{
	fault_clear();
	replica_free(a);
	fixture_close(&f);
}

/* Three, each flushed before the next. */
static struct journal *
write_three(void)
{
	struct journal *journal = fixture_journal(&f);

	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k1", "{\"v\":1}")), 0);
	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k2", "{\"v\":2}")), 0);
	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k3", "{\"v\":3}")), 0);
	return journal;
}

/* Names, sizes, contents and times of all files, as one number. */
static char *
everything(void)
{
	char *text = NULL, command[160];
	size_t n = 0;
	FILE *pipe;

	(void)snprintf(command, sizeof(command),
	    "cd %s && stat -c '%%n %%s %%y %%z' . * 2>&1; cat ./* 2>/dev/null | cksum", f.path);
	ck_assert_ptr_nonnull(pipe = popen(command, "re"));
	ck_assert_int_gt(getdelim(&text, &n, '\0', pipe), 0);
	(void)pclose(pipe);
	return text;
}

static int
examine(void)
{
	char *before = everything(), *after;
	int n_fds = fixture_n_fds();
	int r;

	found.n_lines = found.n_torn_bytes = 4711;
	r = journal_examine(&f.config, &found, &err);
	after = everything();
	ck_assert_str_eq(before, after);
	ck_assert_int_eq(fixture_n_fds(), n_fds);
	free(before);
	free(after);
	return r;
}

START_TEST(there_is_none)
{
	ck_assert_int_eq(examine(), 0);
	ck_assert(found.is_absent);
	ck_assert_uint_eq(found.n_lines, 0);
	ck_assert_str_eq(err.text, "");
}
END_TEST

START_TEST(one_that_is_in_use)
{
	struct journal *journal = write_three();

	ck_assert_int_eq(examine(), 0);
	ck_assert(!found.is_absent);
	ck_assert_uint_eq(found.n_lines, 3);
	ck_assert_uint_eq(found.n_torn_bytes, 0);
	/* Beside a writer with the lock, too. */
	ck_assert_int_eq(journal_lock(journal, 100), 0);
	ck_assert_int_eq(examine(), 0);
	journal_unlock(journal);
	journal_close(journal);
	ck_assert_int_eq(examine(), 0);
	ck_assert_uint_eq(found.n_lines, 3);
}
END_TEST

START_TEST(a_torn_end_is_no_refusal_and_is_not_cut)
{
	size_t n;

	journal_close(write_three());
	free(fixture_read(&f, "User.jsonl", &n));
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.lock", 0), 0);
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl", n - 2), 0);
	ck_assert_int_eq(examine(), 0);
	ck_assert_uint_eq(found.n_lines, 2);
	ck_assert_uint_gt(found.n_torn_bytes, 10);
}
END_TEST

START_TEST(a_loss_that_the_lock_file_remembers)
{
	struct journal *journal = write_three();
	char want[200];
	size_t n;

	free(fixture_read(&f, "User.jsonl", &n));
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl", n - 2), 0);
	ck_assert_int_eq(examine(), -EBADMSG);
	ck_assert_uint_eq(found.n_lines, 4711);
	ck_assert_ptr_nonnull(strstr(err.text, "record 3 was on the disk and is not there"));
	(void)snprintf(
	    want, sizeof(want), "sessiongatectl --data-dir %s journal salvage User", f.path);
	ck_assert_msg(strstr(err.text, want) != NULL, "%s", err.text);
	journal_close(journal);
	/* A lock file that is cut knows nothing, and is no refusal. */
	ck_assert_int_eq(fixture_truncate(&f, "User.jsonl.lock", 100), 0);
	ck_assert_int_eq(examine(), 0);
}
END_TEST

START_TEST(damage_in_the_middle_and_at_the_head)
{
	char *bytes, *at;
	size_t n;

	journal_close(write_three());
	bytes = fixture_read(&f, "User.jsonl", &n);
	ck_assert_ptr_nonnull(at = strstr(bytes, "\"k2\""));
	at[1] = '?';
	fixture_write(&f, "User.jsonl", bytes, n);
	ck_assert_int_eq(examine(), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "1 intact records behind it"));
	bytes[2] = '?';
	fixture_write(&f, "User.jsonl", bytes, n);
	free(bytes);
	ck_assert_int_eq(examine(), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "damaged at byte 0"));
	ck_assert_ptr_nonnull(strstr(err.text, " journal salvage User"));
}
END_TEST

START_TEST(one_that_belongs_to_another_key_or_to_others)
{
	f.config.key_check[0] = 1;
	journal_close(write_three());
	f.config.key_check[0] = 2;
	ck_assert_int_eq(examine(), -EKEYREJECTED);
	f.config.key_check[0] = 1;
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0640, 0), 0);
	ck_assert_int_eq(examine(), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "chmod 600"));
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl", 0600, 0), 0);
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl.lock", 0644, 0), 0);
	ck_assert_int_eq(examine(), -EPERM);
	ck_assert_int_eq(fchmodat(f.dir_fd, "User.jsonl.lock", 0600, 0), 0);
	fault_set_fs(0x6969);
	ck_assert_int_eq(examine(), -EOPNOTSUPP);
	f.config.name = "a/b";
	ck_assert_int_eq(examine(), -EINVAL);
}
END_TEST

START_TEST(a_call_that_fails_is_told)
{
	static const char *const calls[] = { "openat", "fstat", "malloc", "calloc", "pread",
		"fstatfs" };
	int r;

	journal_close(write_three());
	for (unsigned nth = 1;; nth++) {
		fault_set(calls[_i], nth, 1, EIO);
		err.text[0] = '\0';
		r = fault_end(journal_examine(&f.config, &found, &err));
		if (fault_hits() == 0 || r == 0)
			break;
		ck_assert_int_eq(r, strstr(calls[_i], "alloc") != NULL ? -ENOMEM : -EIO);
		ck_assert_str_ne(err.text, "");
		fault_clear();
	}
	ck_assert_int_eq(r, 0);
}
END_TEST

Suite *
check_examine_suite(void)
{
	Suite *s = suite_create("journal/examine");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, there_is_none);
	tcase_add_test(tc, one_that_is_in_use);
	tcase_add_test(tc, a_torn_end_is_no_refusal_and_is_not_cut);
	tcase_add_test(tc, a_loss_that_the_lock_file_remembers);
	tcase_add_test(tc, damage_in_the_middle_and_at_the_head);
	tcase_add_test(tc, one_that_belongs_to_another_key_or_to_others);
	tcase_add_loop_test(tc, a_call_that_fails_is_told, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}
