/* check_app.c - tests of src/app/app.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/fail_alloc.h"
#include "unit/fail_part.h"
#include "unit/fail_random.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_app_suite(void);

/* A data directory that is empty, by mistake or not, is told; only then. */
START_TEST(a_new_data_directory_is_told)
{
	char command[400], *log;

	site_power_off();
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", site.data_dir);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(site_power_on(NULL), 0);
	log = site_log();
	ck_assert_ptr_nonnull(strstr(log, "event=data-dir-new dir="));
	ck_assert_ptr_nonnull(strstr(log, " users=0 "));
	free(log);
	site_forget_log();
	site_reboot();
	log = site_log();
	ck_assert_ptr_null(strstr(log, "data-dir-new"));
	free(log);
}
END_TEST

START_TEST(makes_what_is_missing_and_keeps_it_private)
{
	static const char *const files[] = { "data/key", "data/User.jsonl",
		"data/UserSession.jsonl", "run/sessions.table", "run/hash-slots.1",
		"run/counters.6", "run/restore.lock" };
	struct stat st;

	ck_assert_int_eq(fstatat(tmp_fd, "data", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(fstatat(tmp_fd, "run", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0700);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		ck_assert_msg(fstatat(tmp_fd, files[i], &st, 0) == 0, "%s", files[i]);
		ck_assert_uint_eq(st.st_mode & 077, 0);
	}
}
END_TEST

START_TEST(open_and_close_again)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	for (int i = 0; i < 3; i++) {
		uint64_t n;

		site_reopen();
		ck_assert_int_eq(users_count(site.app.env.users, &n), 0);
		ck_assert_uint_eq(n, 1);
	}
	app_close(&site.app);
	ck_assert_int_eq(site.app.data_dir_fd, -1);
	ck_assert_ptr_null(site.app.env.users);
	/* Twice does no harm. */
	app_close(&site.app);
	site_reopen();
}
END_TEST

static const char *const broken[] = { "data", "run", "data/key", "data/User.jsonl",
	"data/UserSession.jsonl", "run/hash-slots.1", "run/counters.6" };

/* Something that others may write, or that is no file of ours: a clear refusal, at every one. */
START_TEST(what_is_open_to_others_is_refused)
{
	struct err err = { "" };
	struct app app;

	ck_assert_int_eq(fchmodat(tmp_fd, broken[_i], 0777, 0), 0);
	ck_assert_int_eq(app_open(&app, &site.settings, true, &err), -EPERM);
	ck_assert_ptr_nonnull(strstr(err.text, "open to other users"));
	ck_assert_int_eq(app.data_dir_fd, -1);
	ck_assert_int_eq(fchmodat(tmp_fd, broken[_i], 0700, 0), 0);
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_named)
{
	struct settings settings = site.settings;
	struct err err = { "" };
	struct app app;

	settings.data_dir = "/proc/nowhere/data";
	ck_assert_int_lt(app_open(&app, &settings, true, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/proc/nowhere/data"));
	settings = site.settings;
	settings.run_dir = "/proc/nowhere/run";
	ck_assert_int_lt(app_open(&app, &settings, true, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/proc/nowhere/run"));
	/* /run is empty after a reboot: what to do. */
	ck_assert_msg(strstr(err.text, "install -d -o ") != NULL &&
			  strstr(err.text, "/etc/tmpfiles.d/") != NULL,
	    "%s", err.text);
}
END_TEST

/* Neither at a start nor in a worker is it left out. */
START_TEST(a_list_of_passwords_that_cannot_be_read_is_refused)
{
	static char path[400]; /* the settings keep it */
	struct err err = { "" };
	struct app app;

	(void)snprintf(path, sizeof(path), "%s/list", tmp_path);
	site.settings.password_blocklist = path;
	for (int at_start = 0; at_start < 2; at_start++) {
		ck_assert_int_eq(app_open(&app, &site.settings, at_start, &err), -ENOENT);
		ck_assert_ptr_nonnull(strstr(err.text, path));
	}
}
END_TEST

/* Another key: the journal's digests would fit no cookie, and the table would be a stranger's. */
START_TEST(another_key_is_noticed)
{
	struct err err = { "" };
	struct app app;

	app_close(&site.app);
	ck_assert_int_eq(unlinkat(tmp_fd, "data/key", 0), 0);
	ck_assert_int_lt(app_open(&app, &site.settings, true, &err), 0);
	ck_assert_str_ne(err.text, "");
	ck_assert_int_eq(unlinkat(tmp_fd, "data/key", 0), 0);
}
END_TEST

START_TEST(without_memory_or_randomness_nothing_opens_half)
{
	struct err err;
	struct app app;
	int r = -1;

	for (unsigned i = 1; i < 200 && r != 0; i++) {
		err.text[0] = '\0';
		fail_alloc_at(i);
		r = app_open(&app, &site.settings, true, &err);
		fail_alloc_at(0);
		if (r != 0)
			ck_assert_msg(err.text[0] != '\0', "allocation %u: no message", i);
	}
	ck_assert_int_eq(r, 0);
	app_close(&app);
	fail_random_at(1);
	r = app_open(&app, &site.settings, true, &err);
	ck_assert_int_lt(r, 0);
	ck_assert_str_ne(err.text, "");
}
END_TEST

/* Workers that come later do not read the whole journal. */
START_TEST(a_later_worker_does_not_restore_again)
{
	const struct digest_tag tag = { { 1, 2, 3 } };
	struct user_session session;
	struct table_entry entry;

	ck_assert_int_eq(user_session_init(&session, STR_LIT("abcde"), &tag, 0), 0);
	ck_assert_int_eq(user_sessions_add(site.app.env.user_sessions, &session), 0);
	app_close(&site.app);
	fail_part("journal_catch_up", 1, -EIO);
	ck_assert_int_eq(app_open(&site.app, &site.settings, false, NULL), 0);
	ck_assert(!fail_part_is_done());
	ck_assert_int_eq(table_find(site.app.env.table, &tag, &entry), TABLE_E_ABSENT);
}
END_TEST

START_TEST(hashes_at_once_has_its_bounds)
{
	ck_assert_uint_ge(site.app.env.admission.n_slots, 1);
	site.settings.hashes_at_once = 256;
	site_reopen();
	ck_assert_uint_eq(site.app.env.admission.n_slots, 256);
	site.settings.hashes_at_once = 3;
	site.settings.hash_wait_ms = 17;
	site_reopen();
	ck_assert_uint_eq(site.app.env.admission.n_slots, 3);
	ck_assert_uint_eq(site.app.env.admission.wait_ms, 17);
}
END_TEST

/* Salvage needs the journals and their key; a run directory that is gone must not be in its way. */
START_TEST(the_data_directory_opens_without_the_run_directory)
{
	struct settings settings = site.settings;
	struct journal_salvage report;
	struct err err = { "" };
	struct app app;

	app_close(&site.app);
	settings.run_dir = "/proc/nowhere/run";
	ck_assert_msg(app_open_data_dir(&app, &settings, &err) == 0, "%s", err.text);
	ck_assert_int_eq(app.run_dir_fd, -1);
	ck_assert_int_eq(app.run_binding.fd, -1);
	ck_assert_str_eq(app.users_config.name, "User");
	ck_assert_int_eq(journal_salvage(&app.users_config, &report, &err), 0);
	ck_assert_str_eq(app.user_sessions_config.name, "UserSession");
	ck_assert_int_eq(journal_salvage(&app.user_sessions_config, &report, &err), 0);
	app_close(&app);
	settings.data_dir = "/proc/nowhere/data";
	ck_assert_int_lt(app_open_data_dir(&app, &settings, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "/proc/nowhere/data"));
	site_reopen();
}
END_TEST

Suite *
check_app_suite(void)
{
	Suite *s = suite_create("app/app");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, a_new_data_directory_is_told);
	tcase_add_test(tc, makes_what_is_missing_and_keeps_it_private);
	tcase_add_test(tc, open_and_close_again);
	tcase_add_loop_test(tc, what_is_open_to_others_is_refused, 0, 7);
	tcase_add_test(tc, a_directory_that_cannot_be_made_is_named);
	tcase_add_test(tc, the_data_directory_opens_without_the_run_directory);
	tcase_add_test(tc, a_list_of_passwords_that_cannot_be_read_is_refused);
	tcase_add_test(tc, another_key_is_noticed);
	tcase_add_test(tc, without_memory_or_randomness_nothing_opens_half);
	tcase_add_test(tc, a_later_worker_does_not_restore_again);
	tcase_add_test(tc, hashes_at_once_has_its_bounds);
	suite_add_tcase(s, tc);
	return s;
}
