/* check_datadir.c - tests of src/app/datadir.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_datadir_suite(void);

static void
sh(const char *command)
{
	char text[700];

	(void)snprintf(text, sizeof(text), "cd '%s' && %s", tmp_path, command);
	ck_assert_int_eq(system(text), 0);
}

static int
n_told(const char *what)
{
	char *log = site_log();
	int n = 0;

	for (const char *at = log; (at = strstr(at, what)) != NULL; at++)
		n++;
	free(log);
	return n;
}

START_TEST(ours_as_long_as_nothing_happens)
{
	ck_assert(!datadir_should_leave(&site.app));
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	sh("touch data && touch data/other");
	ck_assert(!datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("data-dir"), 0);
}
END_TEST

static const char *const losses[] = { "mv data old && cp -a old data",
	"cp -a data copy && mv data old && mv copy data", "rm data/User.jsonl.lock",
	"rm data/UserSession.jsonl.lock",
	"cp -a data/User.jsonl.lock new && mv new data/User.jsonl.lock" };

START_TEST(lost_and_others_can_begin)
{
	sh(losses[_i]);
	/* The first look cannot tell whether it is still being copied. */
	ck_assert(!datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("data-dir-lost"), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("level=error event=data-dir-lost"), 1);
	ck_assert_int_eq(n_told("all workers begin anew"), 1);
	site_reopen();
	ck_assert(!datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("data-dir-lost"), 1);
}
END_TEST

START_TEST(a_copy_that_grows_is_waited_for)
{
	sh("mv data old && cp -a old data && touch data/k1");
	ck_assert(!datadir_should_leave(&site.app));
	for (int i = 0; i < 3; i++) {
		sh("echo >>data/User.jsonl");
		ck_assert(!datadir_should_leave(&site.app));
	}
	ck_assert(datadir_should_leave(&site.app));
}
END_TEST

static const char *const obstacles[] = { "mv data old", "mv data old && mkdir -m 700 data",
	"mv data old && cp -a old data && rm data/User.jsonl",
	"mv data old && cp -a old data && rm data/key && head -c 32 /dev/zero >data/key && "
	"chmod "
	"400 data/key",
	"mv data old && cp -a old data && chmod 755 data" };

/* Above all, nobody begins with an empty directory in its place. */
START_TEST(lost_and_nobody_can_begin)
{
	sh(obstacles[_i]);
	for (int i = 0; i < 3; i++)
		ck_assert(!datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("level=error event=data-dir-lost"), 1);
	ck_assert_int_eq(n_told("restart the program"), 1);
	sh("rm -rf data && mv old data");
	ck_assert(!datadir_should_leave(&site.app));
	ck_assert(!datadir_should_leave(&site.app));
	ck_assert_int_eq(n_told("level=info event=data-dir-back"), 1);
}
END_TEST

static void
expect_others(struct app *app, void *arg)
{
	bool has_others = false;

	ck_assert_int_eq(datadir_look(app, &has_others), 0);
	ck_assert_int_eq(has_others, *(bool *)arg);
}

START_TEST(another_process_sees_who_has_other_journals)
{
	bool expected = false;

	site_in_other_process(expect_others, &expected);
	sh("mv data old && cp -a old data");
	expected = true;
	site_in_other_process(expect_others, &expected);
	site_reopen();
	expected = false;
	site_in_other_process(expect_others, &expected);
	sh("rm data/User.jsonl.lock");
	expected = true;
	site_in_other_process(expect_others, &expected);
}
END_TEST

Suite *
check_datadir_suite(void)
{
	Suite *s = suite_create("app/datadir");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, ours_as_long_as_nothing_happens);
	tcase_add_loop_test(tc, lost_and_others_can_begin, 0, 5);
	tcase_add_test(tc, a_copy_that_grows_is_waited_for);
	tcase_add_loop_test(tc, lost_and_nobody_can_begin, 0, 5);
	tcase_add_test(tc, another_process_sees_who_has_other_journals);
	suite_add_tcase(s, tc);
	return s;
}
