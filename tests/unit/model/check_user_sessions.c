/* check_user_sessions.c - tests of src/model/user_sessions.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/user_sessions.h"
#include "unit/fail_part.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_user_sessions_suite(void);

static struct digest_tag
tag_of(int i)
{
	struct digest_tag tag = { { (uint8_t)i, 0xab } };

	return tag;
}

static int
add(int i, const char *user_id)
{
	struct digest_tag tag = tag_of(i);
	struct user_session session;

	ck_assert_int_eq(user_session_init(&session, str_of(user_id), &tag, 0), 0);
	return user_sessions_add(site.app.env.user_sessions, &session);
}

START_TEST(added_and_removed_in_the_file)
{
	struct digest_tag tag = tag_of(1);
	char *text;

	ck_assert_int_eq(add(1, "abcde"), 0);
	ck_assert_int_eq(add(2, "abcde"), 0);
	text = tmp_read("data/UserSession.jsonl");
	ck_assert_ptr_nonnull(text);
	ck_assert_ptr_nonnull(strstr(text, "01ab0000000000000000000000000000"));
	ck_assert_ptr_nonnull(strstr(text, "\"user_id\":\"abcde\""));
	free(text);
	ck_assert_uint_eq(site_count_stored(), 2);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	ck_assert_uint_eq(site_count_stored(), 1);
	/* Removing does not look. */
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), 0);
	site_reboot();
	ck_assert_uint_eq(site_count_stored(), 1);
}
END_TEST

static int
count_puts(void *arg, const struct journal_record *record)
{
	*(int *)arg += record->op == JOURNAL_PUT;
	return 0;
}

static int
stop(void *arg, const struct journal_record *record)
{
	(void)arg;
	return record->op == JOURNAL_PUT ? -EBADMSG : 0;
}

START_TEST(the_whole_journal_is_read_with_a_handle_of_its_own)
{
	struct err err = { "" };
	int n = 0;

	ck_assert_int_eq(add(1, "a"), 0);
	ck_assert_int_eq(add(2, "b"), 0);
	ck_assert_int_eq(
	    user_sessions_read_journal(site.app.env.user_sessions, count_puts, &n, &err), 0);
	ck_assert_int_eq(n, 2);
	ck_assert_int_eq(
	    user_sessions_read_journal(site.app.env.user_sessions, stop, NULL, &err), -EBADMSG);
	ck_assert_ptr_nonnull(strstr(err.text, "UserSession.jsonl"));
	ck_assert_ptr_nonnull(strstr(err.text, site.data_dir));
}
END_TEST

START_TEST(a_journal_of_others_is_refused)
{
	struct user_sessions *sessions = NULL;
	struct err err = { "" };
	int n = 0;

	ck_assert_int_eq(fchmodat(site.app.data_dir_fd, "UserSession.jsonl", 0644, 0), 0);
	ck_assert_int_lt(
	    user_sessions_read_journal(site.app.env.user_sessions, count_puts, &n, &err), 0);
	ck_assert_str_ne(err.text, "");
	ck_assert_int_lt(
	    user_sessions_open(&sessions, &site.app.user_sessions_config, &err), 0);
	ck_assert_ptr_null(sessions);
	user_sessions_close(NULL);
}
END_TEST

static const char *const parts[] = { "journal_lock", "journal_append", "journal_sync" };

START_TEST(what_the_journal_refuses_is_an_error)
{
	struct digest_tag tag = tag_of(1);

	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(add(1, "a"), -EIO);
	fail_part(parts[_i], 1, -EIO);
	ck_assert_int_eq(user_sessions_remove(site.app.env.user_sessions, &tag), -EIO);
	ck_assert_int_eq(add(2, "a"), 0);
}
END_TEST

Suite *
check_user_sessions_suite(void)
{
	Suite *s = suite_create("model/user_sessions");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, added_and_removed_in_the_file);
	tcase_add_test(tc, the_whole_journal_is_read_with_a_handle_of_its_own);
	tcase_add_test(tc, a_journal_of_others_is_refused);
	tcase_add_loop_test(tc, what_the_journal_refuses_is_an_error, 0, 3);
	suite_add_tcase(s, tc);
	return s;
}
