/* check_preflight.c - tests of src/app/preflight.c: what a start would find, and nothing changed */
#include "app/preflight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/fail_random.h"
#include "unit/site.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_preflight_suite(void);

static char lines[8192];
static unsigned n_bad;

static void
sh(const char *command)
{
	char text[1000];

	(void)snprintf(text, sizeof(text), "cd '%s' && %s", tmp_path, command);
	ck_assert_int_eq(system(text), 0);
}

/* All names, modes, contents and times, as the file "after" or "before". */
static void
note_everything(const char *name)
{
	char command[400];

	(void)snprintf(command, sizeof(command),
	    "find data run other -exec stat -c '%%n %%a %%s %%y %%z' {} + >%s 2>&1; "
	    "find data run -type f -exec cksum {} + >>%s 2>&1; true",
	    name, name);
	sh(command);
}

static void
examine(void)
{
	struct checklist list = { .to = fmemopen(lines, sizeof(lines), "w") };

	note_everything("before");
	preflight(&site.settings, &list);
	ck_assert_int_eq(fclose(list.to), 0);
	note_everything("after");
	sh("cmp before after");
	n_bad = list.n_bad;
}

static void
assert_line(const char *start, const char *text)
{
	const char *at = strstr(lines, start), *found;

	ck_assert_msg(at != NULL, "no %s in %s", start, lines);
	found = strstr(at, text);
	ck_assert_msg(found != NULL && found < strchr(at, '\n'), "no %s in %s", text, at);
}

/* app_open() agrees. */
static void
assert_start(bool is_good)
{
	struct err err = { "" };
	struct app app;
	int r = app_open(&app, &site.settings, true, &err);

	ck_assert_msg((r == 0) == is_good, "%s", err.text);
	if (r == 0)
		app_close(&app);
}

START_TEST(a_low_hash_cost_is_mentioned)
{
	examine();
	assert_line("ok      hash-cost: ",
	    "warning: 1 is low: whoever gets the password hashes "
	    "guesses 16 times faster");
	ck_assert_uint_eq(n_bad, 0);
	site.settings.hash_cost = 5;
	examine();
	ck_assert_ptr_null(strstr(lines, "hash-cost"));
}
END_TEST

START_TEST(the_list_of_passwords_is_read)
{
	char path[400];

	examine();
	ck_assert_ptr_null(strstr(lines, "password-blocklist"));
	(void)snprintf(path, sizeof(path), "%s/list", tmp_path);
	site.settings.password_blocklist = path;
	examine();
	assert_line("not ok  password-blocklist: ", "list: No such file or directory");
	ck_assert_uint_eq(n_bad, 1);
	sh("printf 'a\\nb\\n' >list");
	examine();
	assert_line("ok      password-blocklist: ", "list: 2 passwords");
	ck_assert_uint_eq(n_bad, 0);
}
END_TEST

START_TEST(beside_a_program_that_serves)
{
	struct user *bob = site_add_user("bob@hbtn.io", "pwd");

	examine();
	ck_assert_msg(n_bad == 0, "%s", lines);
	assert_line("ok      data directory: ", site.data_dir);
	assert_line("ok      key: ", "/key");
	assert_line("ok      journal: ", "User.jsonl: 1 line\n");
	ck_assert_ptr_nonnull(strstr(lines, "UserSession.jsonl: 0 lines"));
	assert_line("ok      run directory: ", site.run_dir);
	assert_line("ok      session table: ", "sessions.table\n");
	assert_line("ok      shared file: ", "restore.lock");
	assert_line("ok      use: ", "a running program");
	/* It goes on as before. */
	ck_assert_int_eq(account_delete(&site.accounts, str_of(bob->base.id)), 0);
	user_unref(bob);
}
END_TEST

START_TEST(before_the_first_start)
{
	char deep[340];

	app_close(&site.app);
	examine();
	ck_assert_uint_eq(n_bad, 0);
	assert_line("ok      use: ", "no program");
	sh("rm -r data run && mkdir -m 700 run");
	examine();
	ck_assert_msg(n_bad == 0, "%s", lines);
	assert_line("ok      data directory: ", "is absent: a start makes it");
	assert_line("ok      session table: ", "is absent: a start makes it");
	ck_assert_ptr_null(strstr(lines, "journal"));
	sh("rm -r run && mkdir -m 700 data");
	examine();
	ck_assert_msg(n_bad == 0, "%s", lines);
	assert_line("ok      key: ", "is absent: a start makes it");
	assert_line("ok      journal: ", "is absent: a start makes it");
	assert_line("ok      run directory: ", "is absent: a start makes it");
	ck_assert_ptr_null(strstr(lines, "use:"));
	/* Only the last directory is made. */
	(void)snprintf(deep, sizeof(deep), "%s/other/deep/", tmp_path);
	site.settings.run_dir = deep;
	examine();
	ck_assert_uint_eq(n_bad, 1);
	assert_line("not ok  run directory: ", "is absent and cannot be made");
	assert_start(false);
	sh("mkdir other");
	examine();
	ck_assert_uint_eq(n_bad, 0);
	site.settings.run_dir = site.run_dir;
	assert_start(true);
	ck_assert_int_eq(site_power_on(&(struct err){ "" }), 0);
}
END_TEST

static const struct {
	const char *damage, *start, *text;
} refusals[] = {
	{ "chmod 750 data", "not ok  data directory: ", "chmod 700" },
	{ "mv data other && ln -s other data", "not ok  data directory: ", "symbolic links" },
	{ "mv data other && touch data", "not ok  data directory: ", "is not a directory" },
	{ "chmod 755 run", "not ok  run directory: ", "chmod 700" },
	{ "chmod 444 data/key", "not ok  key: ", "is open to other users" },
	{ "rm data/key && head -c 31 /dev/zero >data/key && chmod 400 data/key",
	    "not ok  key: ", "is not 32 bytes long" },
	{ "chmod 600 data/key && head -c 32 /dev/zero >data/key",
	    "not ok  journal: ", "another key" },
	{ "rm data/key", "not ok  journal: ", "another key" },
	{ "rm data/User.jsonl && ln -s /dev/null data/User.jsonl",
	    "not ok  journal: ", "symbolic link" },
	{ "printf X | dd of=data/User.jsonl bs=1 seek=2 conv=notrunc 2>log",
	    "not ok  journal: ", "journal salvage User" },
	{ "chmod 644 data/UserSession.jsonl.lock", "not ok  journal: ", "chmod 600" },
	{ "rm run/sessions.table && echo no >run/sessions.table && chmod 600 "
	  "run/sessions.table",
	    "not ok  session table: ", "move it away" },
	{ "chmod 644 run/sessions.table", "not ok  session table: ", "chmod 600" },
	{ "chmod 666 run/counters.6", "not ok  shared file: ", "chmod 600" },
	{ "rm run/hash-slots.1 && ln -s x run/hash-slots.1",
	    "not ok  shared file: ", "symbolic link" },
};

START_TEST(what_a_start_would_refuse)
{
	app_close(&site.app);
	sh(refusals[_i].damage);
	examine();
	ck_assert_uint_ge(n_bad, 1);
	assert_line(refusals[_i].start, refusals[_i].text);
	assert_start(false);
}
END_TEST

START_TEST(a_torn_end_and_a_stale_table_are_no_refusals)
{
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	app_close(&site.app);
	sh("printf '{' >>data/User.jsonl; rm data/*.lock; "
	   "printf XXXX | dd of=run/sessions.table bs=1 seek=40 conv=notrunc 2>log");
	examine();
	ck_assert_msg(n_bad == 0, "%s", lines);
	assert_line("ok      journal: ", "lines: 1, and 1 bytes that a crash has torn off");
	assert_line("ok      session table: ", "a start makes a new one");
	assert_start(true);
	ck_assert_int_eq(site_power_on(&(struct err){ "" }), 0);
}
END_TEST

START_TEST(somebody_uses_it_otherwise)
{
	site.settings.run_dir = "other";
	(void)snprintf(site.run_dir, sizeof(site.run_dir), "%s/other", tmp_path);
	site.settings.run_dir = site.run_dir;
	examine();
	ck_assert_uint_eq(n_bad, 0);
	assert_line("ok      use: ", "with another run directory");
	sh("mkdir -m 700 other");
	examine();
	assert_line("ok      use: ", "with another run directory");
	assert_line("ok      session table: ", "is absent");
}
END_TEST

START_TEST(more_sessions_than_a_table_takes)
{
	site.settings.max_sessions = UINT32_MAX;
	sh("mkdir -m 700 other");
	examine();
	assert_line("not ok  session table: ", "the maximum of sessions is");
	ck_assert_uint_eq(n_bad, 1);
}
END_TEST

Suite *
check_preflight_suite(void)
{
	Suite *s = suite_create("app/preflight");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, beside_a_program_that_serves);
	tcase_add_test(tc, a_low_hash_cost_is_mentioned);
	tcase_add_test(tc, the_list_of_passwords_is_read);
	tcase_add_test(tc, before_the_first_start);
	tcase_add_loop_test(
	    tc, what_a_start_would_refuse, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, a_torn_end_and_a_stale_table_are_no_refusals);
	tcase_add_test(tc, somebody_uses_it_otherwise);
	tcase_add_test(tc, more_sessions_than_a_table_takes);
	suite_add_tcase(s, tc);
	return s;
}
