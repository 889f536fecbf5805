/* check_internal.c - tests of src/journal/internal.c: what the operator is told, and failing */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "journal/internal.h"
#include "unit/journal/pair.h"

Suite *check_internal_suite(void);

static int n_told, n_told_lasting;
static char told[ERR_TEXT_MAX_BYTES + 1];

static void
on_notice(void *arg, bool is_lasting, const char *text)
{
	ck_assert_ptr_eq(arg, told);
	ck_assert_uint_lt(strlen(text), ERR_TEXT_MAX_BYTES);
	n_told++;
	n_told_lasting += is_lasting;
	(void)strcpy(told, text);
}

START_TEST(a_notice_goes_to_who_opened_the_journal)
{
	struct journal journal = { .config = { .notice = on_notice, .notice_arg = told } };

	jrn_internal_notice(&journal, "%s: %d%%", "a", 5);
	ck_assert_int_eq(n_told, 1);
	ck_assert_str_eq(told, "a: 5%");
	ck_assert_int_eq(n_told_lasting, 0);
	jrn_internal_notice_lasting(&journal, "%s: %d%%", "b", 6);
	ck_assert_str_eq(told, "b: 6%");
	ck_assert_int_eq(n_told_lasting, 1);
	/* Or to nobody. */
	journal.config.notice = NULL;
	jrn_internal_notice(&journal, "%s", "b");
	jrn_internal_notice_lasting(&journal, "%s", "b");
	ck_assert_int_eq(n_told, 2);
}
END_TEST

START_TEST(a_notice_that_is_too_long_is_cut)
{
	struct journal journal = { .config = { .notice = on_notice, .notice_arg = told } };
	char text[2 * ERR_TEXT_MAX_BYTES];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	jrn_internal_notice(&journal, "%s", text);
	ck_assert_uint_eq(strlen(told), ERR_TEXT_MAX_BYTES - 1);
}
END_TEST

/* The first to fail tells it, once for all processes; reading goes on. */
START_TEST(a_failure_is_told_once_and_holds_for_all)
{
	struct journal_stats stats;
	uint64_t seq;

	jrn_internal_fail(one, "cannot do this", -EIO);
	ck_assert_int_eq(strncmp(f.notices, one->path, strlen(one->path)), 0);
	ck_assert_ptr_nonnull(strstr(f.notices, ": cannot do this: Input/output error: "));
	ck_assert_ptr_nonnull(strstr(f.notices, "until a new file has been written\n"));
	jrn_internal_fail(two, "cannot do that", -ENOSPC);
	ck_assert_ptr_null(strstr(f.notices, "that"));
	journal_stats(two, &stats);
	ck_assert(stats.has_failed);
	ck_assert_int_eq(journal_sync(two, 1), -EROFS);
	ck_assert_int_eq(journal_catch_up(two, replica_apply, b), 0);
	ck_assert_str_eq(replica_text(b), "k1={\"v\":1} ");
	one->is_locked = true;
	ck_assert_int_eq(journal_append(one, &put_k9, 1, &seq), -EROFS);
	one->is_locked = false;
	pair_assert_works();
	/* The next failure is news. */
	f.notices[0] = '\0';
	jrn_internal_fail(two, "cannot do that", -ENOSPC);
	ck_assert_ptr_nonnull(strstr(f.notices, "cannot do that: No space left on device"));
}
END_TEST

START_TEST(a_failure_is_told_as_what_it_means_here)
{
	ck_assert_ptr_nonnull(strstr(journal_words(-EROFS), "not replaced yet"));
	ck_assert_ptr_nonnull(strstr(journal_words(-ESTALE), "removed or replaced"));
	ck_assert_ptr_nonnull(strstr(journal_words(-EBADMSG), "damaged"));
	ck_assert_ptr_nonnull(strstr(journal_words(-EFBIG), "ulimit -f"));
	ck_assert_str_eq(journal_words(-EACCES), strerror(EACCES));
}
END_TEST

Suite *
check_internal_suite(void)
{
	Suite *s = suite_create("journal/internal");
	TCase *tc = tcase_create("core"), *handles = tcase_create("handles");

	tcase_add_test(tc, a_notice_goes_to_who_opened_the_journal);
	tcase_add_test(tc, a_notice_that_is_too_long_is_cut);
	tcase_add_test(tc, a_failure_is_told_as_what_it_means_here);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(handles, pair_set_up, pair_tear_down);
	tcase_add_test(handles, a_failure_is_told_once_and_holds_for_all);
	suite_add_tcase(s, handles);
	return s;
}
