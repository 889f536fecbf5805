/* check_replay.c - tests of src/journal/replay.c: reading when calls fail, or the file changes */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "journal/internal.h"
#include "unit/journal/fault.h"
#include "unit/journal/pair.h"

Suite *check_replay_suite(void);

static int
refuse(void *arg, const struct journal_record *record)
{
	(void)arg;
	return record->op == JOURNAL_RESET ? 0 : 7;
}

static int
refuse_all(void *arg, const struct journal_record *record)
{
	(void)arg;
	(void)record;
	return -ECANCELED;
}

START_TEST(apply_may_refuse)
{
	struct journal *three = fixture_journal(&f);

	ck_assert_int_eq(journal_catch_up(three, refuse_all, NULL), -ECANCELED);
	ck_assert_int_eq(journal_catch_up(three, refuse, NULL), 7);
	ck_assert(!journal_is_current(three));
	pair_replace_file();
	ck_assert_int_eq(journal_catch_up(three, refuse, NULL), 7);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	journal_close(three);
}
END_TEST

START_TEST(reading_that_fails)
{
	fault_set("malloc", 1, 1, ENOMEM);
	ck_assert_int_eq(fault_end(journal_catch_up(two, replica_apply, b)), -ENOMEM);
	fault_clear();
	fault_set("pread", 1, 1, EINTR);
	fault_set("pread", 2, 1, EIO);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EIO);
	fault_clear();
	fault_set("pread", 1, 1, 0);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
	fault_clear();
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	pair_assert_works();
}
END_TEST

START_TEST(a_first_reading_that_fails)
{
	struct journal *three = fixture_journal(&f);

	ck_assert(!jrn_replay_is_at_end(three));
	fault_set("pread", 1, 1, EIO);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), -EIO);
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, EMFILE);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), -EMFILE);
	fault_clear();
	/* Moved all the time. */
	fault_set("jrn_generation_current", 1, 1000, 0);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), -ESTALE);
	fault_clear();
	fault_set("jrn_generation_current", 1, 1, 0);
	fault_set("jrn_recover_now", 1, 1, ETIMEDOUT);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), -ETIMEDOUT);
	fault_clear();
	ck_assert_int_eq(journal_lock(three, 100), 0);
	fault_set("jrn_generation_current", 1, 1, 0);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), -ESTALE);
	journal_unlock(three);
	fault_clear();
	/* Replaced between the look and the opening. */
	fault_before("jrn_generation_current", 1, pair_replace_file);
	ck_assert_int_eq(journal_catch_up(three, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	journal_close(three);
}
END_TEST

START_TEST(an_old_file_that_cannot_be_read_any_more)
{
	/* Two is one record behind in a file that is replaced, and its pages are gone. */
	pair_replace_file();
	fault_set("pread", 1, 1, 0);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_uint_eq(fault_hits(), 1);
	ck_assert_int_eq(b->n_resets, 2);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	/* For want of memory: later. */
	(void)fixture_put(one, a, "k2", "{}");
	pair_replace_file();
	fault_clear();
	fault_set("malloc", 1, 1, ENOMEM);
	ck_assert_int_eq(fault_end(journal_catch_up(two, replica_apply, b)), -ENOMEM);
	pair_assert_works();
	ck_assert_int_eq(b->n_resets, 2);
}
END_TEST

START_TEST(damage_under_a_reader)
{
	char *bytes = fixture_read(&f, "User.jsonl", NULL);
	struct jrn_line line = { .n = 7 };
	struct buf buf;
	int fd = openat(f.dir_fd, "User.jsonl", O_RDWR | O_CLOEXEC);
	off_t at = strchr(bytes, '\n') - bytes + 1;

	/* An intact line with another number. */
	line.record =
	    (struct journal_record){ JOURNAL_PUT, STR_LIT("k1"), STR_LIT("{\"v\":1}") };
	buf_init(&buf, 1000);
	jrn_line_add(&buf, &line);
	ck_assert_int_eq(pwrite(fd, buf.p, buf.n, at), (ssize_t)buf.n);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
	ck_assert_int_eq(pwrite(fd, "xxxx", 4, at), 4);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(f.notices, "journal salvage User"));
	ck_assert_int_eq(pwrite(fd, "xxxx", 4, 0), 4);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), -EBADMSG);
	(void)close(fd);
	buf_fini(&buf);
	free(bytes);
}
END_TEST

START_TEST(following_needs_the_end)
{
	struct jrn_control_view view;

	/* Not at the end of the old file; at its end, but without a descriptor to spare. */
	pair_replace_file();
	jrn_replay_follow(two);
	view = jrn_control_look(two->control);
	ck_assert_uint_ne(two->replay.file->generation, view.generation);
	ck_assert(!jrn_replay_is_at_end(two));
	fault_set("jrn_generation_current", 1, 1, EMFILE);
	jrn_replay_follow(one);
	ck_assert_uint_ne(one->replay.file->generation, view.generation);
	ck_assert(!jrn_replay_is_at_end(one));
	fault_clear();
	one->replay.n++;
	jrn_replay_follow(one);
	ck_assert_uint_ne(one->replay.file->generation, view.generation);
	one->replay.n--;
	jrn_replay_follow(one);
	ck_assert_uint_eq(one->replay.file->generation, view.generation);
	ck_assert(jrn_replay_is_at_end(one));
	pair_assert_works();
}
END_TEST

Suite *
check_replay_suite(void)
{
	Suite *s = suite_create("journal/replay");
	TCase *tc = tcase_create("faults");

	tcase_add_checked_fixture(tc, pair_set_up, pair_tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, apply_may_refuse);
	tcase_add_test(tc, reading_that_fails);
	tcase_add_test(tc, a_first_reading_that_fails);
	tcase_add_test(tc, an_old_file_that_cannot_be_read_any_more);
	tcase_add_test(tc, damage_under_a_reader);
	tcase_add_test(tc, following_needs_the_end);
	suite_add_tcase(s, tc);
	return s;
}
