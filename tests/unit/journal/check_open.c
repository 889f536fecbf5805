/* check_open.c - tests of src/journal/open.c: opening, refusing */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/control.h"
#include "journal/internal.h"
#include "unit/journal/fixture.h"

Suite *check_open_suite(void);

static struct fixture f;
static struct replica *a, *b;

static void
set_up(void)
{
	fixture_open(&f);
	a = replica_new();
	b = replica_new();
}

static void
tear_down(void)
{
	replica_free(a);
	replica_free(b);
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

/* A journal with k1 and k2, closed; as after a reboot. */
static void
write_two(void)
{
	struct journal *journal = fixture_journal(&f);

	(void)fixture_put(journal, a, "k1", "{\"v\":1}");
	ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, "k2", "{\"v\":2}")), 0);
	journal_close(journal);
}

static void
reboot(void)
{
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl.lock", 0), 0);
}

static void
assert_reads(const char *want)
{
	struct journal *journal = fixture_journal(&f);

	ck_assert_int_eq(journal_catch_up(journal, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), want);
	journal_close(journal);
}

START_TEST(refuses_names_that_lead_elsewhere)
{
	static const char *const names[] = { "", ".", "../User", "a/b", ".User",
		"a-name-that-is-longer-than-forty-characters" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		f.config.name = names[i];
		assert_refused(-EINVAL, "no name for a journal");
	}
	f.config.name = "User";
	f.config.dir_fd = -1;
	assert_refused(-EBADF, "User");
	f.config.dir_fd = f.dir_fd;
}
END_TEST

START_TEST(a_torn_tail_is_saved_and_cut)
{
	char *before, *saved, *after, name[128] = "";
	size_t n_before, n_saved, n_after;
	FILE *pipe;

	write_two();
	before = fixture_read(&f, "User.jsonl", &n_before);
	fixture_write(&f, "User.jsonl", before, n_before - 9);
	reboot();
	assert_reads("k1={\"v\":1} ");
	ck_assert_ptr_nonnull(strstr(f.notices, "torn by a crash"));
	ck_assert_int_eq(fixture_count(&f, "User.jsonl.torn-20"), 1);
	after = fixture_read(&f, "User.jsonl", &n_after);
	ck_assert(n_after < n_before && memcmp(before, after, n_after) == 0);
	(void)snprintf(name, sizeof(name), "ls %s | grep torn", f.path);
	ck_assert_ptr_nonnull(pipe = popen(name, "re"));
	ck_assert_int_eq(fscanf(pipe, "%127s", name), 1);
	(void)pclose(pipe);
	saved = fixture_read(&f, name, &n_saved);
	ck_assert_uint_eq(n_after + n_saved, n_before - 9);
	ck_assert_int_eq(memcmp(saved, before + n_after, n_saved), 0);
	free(before);
	free(after);
	free(saved);
}
END_TEST

/* The lock file is there and speaks of this very file: that is no reason to believe the file. */
START_TEST(who_is_alone_reads_to_the_end)
{
	struct journal *journal;
	char *bytes;
	size_t n;

	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	bytes[n - 20] ^= 1;
	fixture_write(&f, "User.jsonl", bytes, n);
	assert_refused(-EBADMSG, "record 2 was on the disk and is not there");
	/* A process that stays for a moment only does not look for that, and finds it when it reads. */
	f.config.is_passing = true;
	journal = fixture_journal(&f);
	ck_assert_int_eq(journal_catch_up(journal, replica_apply, b), -EBADMSG);
	journal_close(journal);
	f.config.is_passing = false;
	/* An older state, written over it. */
	bytes[n - 20] ^= 1;
	fixture_write(&f, "User.jsonl", bytes, (size_t)(strstr(bytes, "{\"n\":2,") - bytes));
	assert_refused(-EBADMSG, "record 2 was on the disk and is not there");
	fixture_write(&f, "User.jsonl", bytes, n);
	/* Beside somebody who has read it, nobody reads it for that again. */
	journal = fixture_journal(&f);
	bytes[n - 20] ^= 1;
	fixture_write(&f, "User.jsonl", bytes, n);
	journal_close(fixture_journal(&f));
	journal_close(journal);
	assert_refused(-EBADMSG, "record 2 was on the disk and is not there");
	free(bytes);
}
END_TEST

/* "Nothing is lost" is said of a file that the lock file knows, and of no other. */
START_TEST(what_is_not_known_is_not_claimed)
{
	char *bytes;
	size_t n;

	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	/* Behind all that was flushed: known. */
	bytes = realloc(bytes, n + 10);
	memcpy(bytes + n, "{\"n\":3,\"o", 10);
	fixture_write(&f, "User.jsonl", bytes, n + 10);
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	ck_assert_ptr_nonnull(strstr(f.notices, "nothing that was acknowledged is lost"));
	f.notices[0] = '\0';
	/* A copy beside it takes its name: the last record was acknowledged, or it was not. */
	fixture_write(&f, "copy", bytes, n - 5);
	ck_assert_int_eq(renameat(f.dir_fd, "copy", f.dir_fd, "User.jsonl"), 0);
	assert_reads("k1={\"v\":1} ");
	ck_assert_ptr_nonnull(strstr(f.notices, "nobody knows whether that was acknowledged"));
	ck_assert_ptr_null(strstr(f.notices, "nothing that was acknowledged is lost"));
	free(bytes);
}
END_TEST

START_TEST(damage_is_refused_with_its_place_until_salvaged)
{
	struct journal_salvage report;
	struct journal *journal;
	char *bytes, *saved, want[64];
	struct err err = { "" };
	size_t n, at;

	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	at = (size_t)(strstr(bytes, "\"k1\"") - bytes);
	bytes[at + 1] = 'K';
	fixture_write(&f, "User.jsonl", bytes, n);
	reboot();
	/* k2 says that nothing before it was unflushed?  k1 was: so it proves nothing. */
	(void)snprintf(want, sizeof(want), "damaged at byte %zu",
	    (size_t)(strchr(bytes, '\n') - bytes) + 1);
	if (strstr(bytes, "unflushed") == NULL)
		assert_refused(-EBADMSG, want);
	free(bytes);

	/* Now with certainty: each one flushed before the next. */
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	(void)unlinkat(f.dir_fd, "User.jsonl.lock", 0);
	journal = fixture_journal(&f);
	for (int i = 0; i < 4; i++) {
		char key[8];

		(void)snprintf(key, sizeof(key), "k%d", i);
		ck_assert_int_eq(journal_sync(journal, fixture_put(journal, a, key, "{}")), 0);
	}
	journal_close(journal);
	bytes = fixture_read(&f, "User.jsonl", &n);
	at = (size_t)(strstr(bytes, "\"k1\"") - bytes);
	bytes[at + 1] = 'K';
	fixture_write(&f, "User.jsonl", bytes, n);
	reboot();
	while (bytes[at - 1] != '\n')
		at--;
	(void)snprintf(want, sizeof(want), "damaged at byte %zu: record 2 ", at);
	assert_refused(-EBADMSG, want);
	assert_refused(-EBADMSG, "2 intact records behind it");

	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), 0);
	ck_assert_uint_eq(report.n_kept, 3);
	ck_assert_uint_eq(report.n_live, 3);
	ck_assert_uint_eq(report.n_bad, 1);
	saved = fixture_read(&f, report.saved_as, NULL);
	ck_assert_str_eq(saved, bytes);
	assert_reads("k0={} k2={} k3={} ");
	free(bytes);
	free(saved);
}
END_TEST

START_TEST(a_loss_that_the_lock_file_remembers_is_damage)
{
	struct journal_salvage report;
	struct err err = { "" };
	char *bytes;
	size_t n;
	int fd;

	write_two();
	bytes = fixture_read(&f, "User.jsonl", &n);
	fixture_write(&f, "User.jsonl", bytes, n - 9);
	free(bytes);
	/* The same boot: the block is as it was. */
	assert_refused(-EBADMSG, "record 2 was on the disk");
	/* Another boot: what it says about flushes still holds. */
	fd = openat(f.dir_fd, "User.jsonl.lock", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(
	    pwrite(fd, "another boot's id", 16, offsetof(struct jrn_control, boot_id)), 16);
	(void)close(fd);
	assert_refused(-EBADMSG, "record 2 was on the disk");
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), 0);
	assert_reads("k1={\"v\":1} ");
}
END_TEST

START_TEST(a_block_of_another_boot_is_made_again)
{
	int fd;

	write_two();
	fd = openat(f.dir_fd, "User.jsonl.lock", O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(
	    pwrite(fd, "another boot's id", 16, offsetof(struct jrn_control, boot_id)), 16);
	(void)close(fd);
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	ck_assert_str_eq(f.notices, "");
}
END_TEST

START_TEST(another_layout_is_refused_while_in_use_only)
{
	struct journal *journal = fixture_journal(&f);
	int fd = openat(f.dir_fd, "User.jsonl.lock", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(pwrite(fd, "\1\2\3\4", 4, offsetof(struct jrn_control, layout)), 4);
	assert_refused(-EBUSY, "another version");
	journal_close(journal);
	journal_close(fixture_journal(&f));
	ck_assert_int_eq(pwrite(fd, "SGJRNL9", 8, offsetof(struct jrn_control, magic)), 8);
	journal_close(fixture_journal(&f));
	(void)close(fd);
}
END_TEST

START_TEST(the_key_must_be_the_one_of_the_file)
{
	memset(f.config.key_check, 0x11, sizeof(f.config.key_check));
	write_two();
	f.config.key_check[15] = 0x12;
	assert_refused(-EKEYREJECTED, "another key");
	reboot();
	assert_refused(-EKEYREJECTED, "another key");
	/* Without a key of its own a program may read it, and does not change it. */
	memset(f.config.key_check, 0, sizeof(f.config.key_check));
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	reboot();
	write_two();
	/* And what such a program has begun is open to any key. */
	memset(f.config.key_check, 0x11, sizeof(f.config.key_check));
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
}
END_TEST

START_TEST(a_newer_format_is_refused_by_name)
{
	static const char text[] =
	    "{\"n\":0,\"op\":\"snap\",\"format\":\"sessiongate journal 3\",\"crc\":\"0\"}\n";
	struct journal_salvage report;
	struct err err = { "" };

	fixture_write(&f, "User.jsonl", text, sizeof(text) - 1);
	assert_refused(-EPROTONOSUPPORT, "\"sessiongate journal 3\"");
	ck_assert_int_eq(journal_salvage(&f.config, &report, &err), -EPROTONOSUPPORT);
	ck_assert_int_eq(fixture_count(&f, "User.jsonl.damaged"), 0);
}
END_TEST

START_TEST(what_is_no_journal_is_refused)
{
	fixture_write(&f, "User.jsonl", "", 0);
	assert_refused(-EBADMSG, "damaged at byte 0");
	fixture_write(&f, "User.jsonl", "{}\n", 3);
	assert_refused(-EBADMSG, "damaged at byte 0");
}
END_TEST

START_TEST(another_file_in_its_place_is_taken_when_nobody_was_there)
{
	char *old;
	size_t n;

	write_two();
	old = fixture_read(&f, "User.jsonl", &n);
	ck_assert_int_eq(unlinkat(f.dir_fd, "User.jsonl", 0), 0);
	assert_reads("");
	/* The inode number may be used again: the length tells. */
	fixture_write(&f, "backup", old, n);
	ck_assert_int_eq(renameat(f.dir_fd, "backup", f.dir_fd, "User.jsonl"), 0);
	assert_reads("k1={\"v\":1} k2={\"v\":2} ");
	free(old);
}
END_TEST

START_TEST(leftovers_of_a_killed_compaction_go)
{
	fixture_write(&f, "User.jsonl.new", "x", 1);
	fixture_write(&f, "User.jsonl.recover", "x", 1);
	journal_close(fixture_journal(&f));
	ck_assert_int_eq(fixture_count(&f, "User"), 2);
}
END_TEST

Suite *
check_open_suite(void)
{
	Suite *s = suite_create("journal/open");
	TCase *tc = tcase_create("core"), *hostile = tcase_create("hostile");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_checked_fixture(hostile, set_up, tear_down);
	tcase_add_test(tc, a_torn_tail_is_saved_and_cut);
	tcase_add_test(tc, who_is_alone_reads_to_the_end);
	tcase_add_test(tc, what_is_not_known_is_not_claimed);
	tcase_add_test(tc, damage_is_refused_with_its_place_until_salvaged);
	tcase_add_test(tc, a_loss_that_the_lock_file_remembers_is_damage);
	tcase_add_test(tc, a_block_of_another_boot_is_made_again);
	tcase_add_test(tc, the_key_must_be_the_one_of_the_file);
	tcase_add_test(tc, a_newer_format_is_refused_by_name);
	tcase_add_test(tc, another_file_in_its_place_is_taken_when_nobody_was_there);
	tcase_add_test(tc, leftovers_of_a_killed_compaction_go);
	suite_add_tcase(s, tc);
	tcase_add_test(hostile, refuses_names_that_lead_elsewhere);
	tcase_add_test(hostile, another_layout_is_refused_while_in_use_only);
	tcase_add_test(hostile, what_is_no_journal_is_refused);
	suite_add_tcase(s, hostile);
	return s;
}
