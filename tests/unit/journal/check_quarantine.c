/* check_quarantine.c - tests of src/journal/quarantine.c: copies of what is about to be cut or replaced */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/fixture.h"

Suite *check_quarantine_suite(void);

#define WALL_MS INT64_C(1769860800000) /* 2026-01-31 12:00:00 UTC */

static struct fixture f;
static int source_fd;

static void
set_up(void)
{
	fixture_open(&f);
	clock_freeze(1000000, WALL_MS);
	fixture_write(&f, "source", "0123456789", 10);
	source_fd = openat(f.dir_fd, "source", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ne(source_fd, -1);
}

static void
tear_down(void)
{
	fault_clear();
	clock_thaw();
	(void)close(source_fd);
	fixture_close(&f);
}

static int
save(uint64_t from, uint64_t end, char name[QUARANTINE_NAME_BYTES], struct err *err)
{
	return fault_end(jrn_quarantine_save(
	    f.dir_fd, f.path, "User.jsonl", "torn", source_fd, from, end, name, err));
}

static void
assert_saved(const char *name, const char *want)
{
	char *bytes = fixture_read(&f, name, NULL);

	ck_assert_str_eq(bytes, want);
	free(bytes);
}

START_TEST(a_private_copy_named_after_the_time)
{
	char name[QUARANTINE_NAME_BYTES];
	struct err err = { "" };
	struct stat st;

	umask(0);
	ck_assert_int_eq(save(3, 7, name, &err), 0);
	ck_assert_str_eq(name, "User.jsonl.torn-20260131T120000Z");
	ck_assert_str_eq(err.text, "");
	assert_saved(name, "3456");
	ck_assert_int_eq(fstatat(f.dir_fd, name, &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(jrn_quarantine_save(f.dir_fd, f.path, "UserSession.jsonl", "damaged",
			     source_fd, 0, 10, name, &err),
	    0);
	ck_assert_str_eq(name, "UserSession.jsonl.damaged-20260131T120000Z");
	assert_saved(name, "0123456789");
	/* The source is only read. */
	assert_saved("source", "0123456789");
}
END_TEST

START_TEST(what_has_the_name_already_stays)
{
	char name[QUARANTINE_NAME_BYTES];

	ck_assert_int_eq(save(0, 1, name, NULL), 0);
	/* A symbolic link has the next one: it is not followed. */
	ck_assert_int_eq(
	    symlinkat("victim", f.dir_fd, "User.jsonl.torn-20260131T120000Z-2"), 0);
	ck_assert_int_eq(save(1, 2, name, NULL), 0);
	ck_assert_str_eq(name, "User.jsonl.torn-20260131T120000Z-3");
	assert_saved(name, "1");
	assert_saved("User.jsonl.torn-20260131T120000Z", "0");
	ck_assert_int_eq(fixture_count(&f, "victim"), 0);
}
END_TEST

START_TEST(names_run_out)
{
	char name[QUARANTINE_NAME_BYTES];
	struct err err = { "" };

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(save(0, 1, name, &err), 0);
	ck_assert_str_eq(name, "User.jsonl.torn-20260131T120000Z-100");
	ck_assert_int_eq(save(0, 1, name, &err), -EEXIST);
	ck_assert_ptr_nonnull(strstr(err.text, "User.jsonl"));
	ck_assert_int_eq(fixture_count(&f, "User.jsonl.torn-"), 100);
	/* The next second has names of its own. */
	clock_freeze(1000000, WALL_MS + 1000);
	ck_assert_int_eq(save(0, 1, name, &err), 0);
	ck_assert_str_eq(name, "User.jsonl.torn-20260131T120001Z");
}
END_TEST

START_TEST(long_stretches_are_copied_whole)
{
	const size_t n = 3 * 65536 + 17;
	char *bytes = malloc(n), *copy, name[QUARANTINE_NAME_BYTES];
	size_t n_copy;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(i * 31 + i / 65536);
	fixture_write(&f, "source", bytes, n);
	ck_assert_int_eq(save(5, n - 1, name, NULL), 0);
	copy = fixture_read(&f, name, &n_copy);
	ck_assert_uint_eq(n_copy, n - 6);
	ck_assert_int_eq(memcmp(copy, bytes + 5, n_copy), 0);
	free(copy);
	free(bytes);
}
END_TEST

START_TEST(a_shorter_source_is_copied_to_its_end)
{
	char name[QUARANTINE_NAME_BYTES];

	ck_assert_int_eq(save(8, 1000, name, NULL), 0);
	assert_saved(name, "89");
	ck_assert_int_eq(save(4, 4, name, NULL), 0);
	assert_saved(name, "");
}
END_TEST

START_TEST(interruptions_are_no_failures)
{
	char name[QUARANTINE_NAME_BYTES];

	fault_set("__pread_chk", 1, 2, EINTR);
	fault_set("pread", 1, 2, EINTR);
	fault_set("write", 1, 2, EINTR);
	ck_assert_int_eq(save(0, 10, name, NULL), 0);
	ck_assert_uint_ge(fault_hits(), 2);
	assert_saved(name, "0123456789");
}
END_TEST

/* A copy that is not whole on the disk is none: what it was to save must not be cut then. */
START_TEST(a_copy_that_fails_leaves_nothing)
{
	static const struct {
		const char *call;
		int error;
	} cases[] = {
		{ "openat", EMFILE },
		{ "openat", EACCES },
		{ "malloc", ENOMEM },
		{ "pread", EIO },
		{ "write", ENOSPC },
		{ "fsync", EIO },
	};
	char name[QUARANTINE_NAME_BYTES], want[256];
	struct err err = { "" };

	fault_set(cases[_i].call, 1, 1, cases[_i].error);
	/* Compiled with fortification it has this name. */
	if (strcmp(cases[_i].call, "pread") == 0)
		fault_set("__pread_chk", 1, 1, cases[_i].error);
	ck_assert_int_eq(save(0, 10, name, &err), -cases[_i].error);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_int_eq(fixture_count(&f, "User"), 0);
	(void)snprintf(want, sizeof(want), "cannot save a part of %s/User.jsonl as %s: %s",
	    f.path, name, strerror(cases[_i].error));
	ck_assert_str_eq(err.text, want);
	fault_clear();
	ck_assert_int_eq(save(0, 10, name, &err), 0);
	ck_assert_str_eq(name, "User.jsonl.torn-20260131T120000Z");
}
END_TEST

Suite *
check_quarantine_suite(void)
{
	Suite *s = suite_create("journal/quarantine");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_private_copy_named_after_the_time);
	tcase_add_test(tc, what_has_the_name_already_stays);
	tcase_add_test(tc, names_run_out);
	tcase_add_test(tc, long_stretches_are_copied_whole);
	tcase_add_test(tc, a_shorter_source_is_copied_to_its_end);
	tcase_add_test(tc, interruptions_are_no_failures);
	tcase_add_loop_test(tc, a_copy_that_fails_leaves_nothing, 0, 6);
	suite_add_tcase(s, tc);
	return s;
}
