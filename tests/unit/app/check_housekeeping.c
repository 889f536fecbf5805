/* check_housekeeping.c - tests of src/app/housekeeping.c */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/housekeeping.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_housekeeping_suite(void);

#define N(cases) (int)(sizeof(cases) / sizeof((cases)[0]))

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

/* As a tick does; the table itself tells only of a file without a name. */
static bool
tick(struct app *app)
{
	return housekeeping_should_leave_run_dir(app, !dir_watch_is_ours(&app->run_watch));
}

START_TEST(run_dir_is_ours_as_long_as_nothing_happens)
{
	ck_assert(dir_watch_is_ours(&site.app.run_watch));
	ck_assert(!tick(&site.app));
	sh("touch run && touch run/other && chmod 700 run");
	ck_assert(!tick(&site.app));
	ck_assert_int_eq(n_told("session-table"), 0);
}
END_TEST

static const char *const run_losses[] = { "mv run old && mkdir -m 700 run", "rm -r run",
	"mv run old", "rm run/sessions.table", "mv run/sessions.table run/old" };

START_TEST(run_dir_lost_and_others_can_begin)
{
	struct stat st;

	sh(run_losses[_i]);
	ck_assert(!dir_watch_is_ours(&site.app.run_watch));
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("level=error event=session-table-lost"), 1);
	ck_assert_int_eq(n_told("all workers restart"), 1);
	ck_assert_int_eq(n_told(site.run_dir), 1);
	/* What they will begin with is there, and it is not touched a second time. */
	ck_assert_int_eq(fstatat(tmp_fd, "run/sessions.table", &st, 0), 0);
	site_reopen();
	ck_assert(!tick(&site.app));
	/* The next time is told again. */
	sh("rm run/sessions.table");
	ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("event=session-table-lost"), 2);
}
END_TEST

static const char *const run_obstacles[] = { "mv run old && touch run",
	"mv run old && ln -s old run", "mv run old && mkdir run && chmod 755 run" };

START_TEST(run_dir_lost_and_nobody_can_begin)
{
	sh(run_obstacles[_i]);
	for (int i = 0; i < 3; i++)
		ck_assert(!tick(&site.app));
	ck_assert_int_eq(n_told("level=error event=session-table-lost"), 1);
	ck_assert_int_eq(n_told("restart the program"), 1);
	ck_assert_int_eq(n_told("all workers restart"), 0);
	/* It is put right: either way. */
	sh("rm -rf run && mkdir -m 700 run");
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("event=session-table-lost"), 2);
	ck_assert_int_eq(n_told("all workers restart"), 1);
	sh("rm -rf run && mv old run");
	ck_assert(!tick(&site.app));
	ck_assert(!tick(&site.app));
	ck_assert_int_eq(n_told("level=info event=session-table-back"), 1);
}
END_TEST

static void
tick_there(struct app *app, void *arg)
{
	(void)arg;
	sh("mv run old");
	for (int i = 0; i < 3; i++)
		ck_assert(tick(app));
}

START_TEST(of_several_workers_one_tells)
{
	site_in_other_process(tick_there, NULL);
	for (int i = 0; i < 3; i++)
		ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("event=session-table-lost"), 1);
}
END_TEST

/* Then it is the table alone that tells. */
START_TEST(what_cannot_be_noted_or_looked_at_is_no_loss)
{
	struct dir_watch watch = { site.run_dir, .files = { "sessions.table" } };

	ck_assert_int_eq(dir_watch_note(&watch, -1), -EBADF);
	ck_assert(dir_watch_is_ours(&watch));
	ck_assert(housekeeping_should_leave_run_dir(&site.app, true));
}
END_TEST

/* What is absent is watched as well: a file that others will find, and we have not. */
START_TEST(an_absent_file_that_comes)
{
	struct dir_watch watch = { site.run_dir, .files = { "absent" } };

	ck_assert_int_eq(dir_watch_note(&watch, site.app.run_dir_fd), 0);
	ck_assert(dir_watch_is_ours(&watch));
	sh("touch run/absent");
	ck_assert(!dir_watch_is_ours(&watch));
}
END_TEST

START_TEST(data_dir_is_ours_as_long_as_nothing_happens)
{
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	user_unref(site_add_user("bob@hbtn.io", "pwd"));
	sh("touch data && touch data/other");
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("data-dir"), 0);
}
END_TEST

static const char *const data_losses[] = { "mv data old && cp -a old data",
	"cp -a data copy && mv data old && mv copy data", "rm data/User.jsonl.lock",
	"rm data/UserSession.jsonl.lock",
	"cp -a data/User.jsonl.lock new && mv new data/User.jsonl.lock" };

START_TEST(data_dir_lost_and_others_can_begin)
{
	sh(data_losses[_i]);
	/* The first look cannot tell whether it is still being copied. */
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("data-dir-lost"), 0);
	for (int i = 0; i < 3; i++)
		ck_assert(housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("level=error event=data-dir-lost"), 1);
	ck_assert_int_eq(n_told("all workers restart"), 1);
	site_reopen();
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("data-dir-lost"), 1);
}
END_TEST

START_TEST(a_copy_that_grows_is_waited_for)
{
	sh("mv data old && cp -a old data && touch data/k1");
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	for (int i = 0; i < 3; i++) {
		sh("echo >>data/User.jsonl");
		ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	}
	ck_assert(housekeeping_should_leave_data_dir(&site.app));
}
END_TEST

static const char *const data_obstacles[] = { "mv data old", "mv data old && mkdir -m 700 data",
	"mv data old && cp -a old data && rm data/User.jsonl",
	"mv data old && cp -a old data && rm data/key && head -c 32 /dev/zero >data/key && "
	"chmod "
	"400 data/key",
	"mv data old && cp -a old data && chmod 755 data" };

/* Above all, nobody begins with an empty directory in its place. */
START_TEST(data_dir_lost_and_nobody_can_begin)
{
	sh(data_obstacles[_i]);
	for (int i = 0; i < 3; i++)
		ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("level=error event=data-dir-lost"), 1);
	ck_assert_int_eq(n_told("restart the program"), 1);
	sh("rm -rf data && mv old data");
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert(!housekeeping_should_leave_data_dir(&site.app));
	ck_assert_int_eq(n_told("level=info event=data-dir-back"), 1);
}
END_TEST

static void
expect_others(struct app *app, void *arg)
{
	ck_assert_int_eq(dir_binding_look_again(&app->journal_binding), 0);
	ck_assert_int_eq(app->journal_binding.has_other_users, *(bool *)arg);
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
check_housekeeping_suite(void)
{
	Suite *s = suite_create("app/housekeeping");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, run_dir_is_ours_as_long_as_nothing_happens);
	tcase_add_loop_test(tc, run_dir_lost_and_others_can_begin, 0, N(run_losses));
	tcase_add_loop_test(tc, run_dir_lost_and_nobody_can_begin, 0, N(run_obstacles));
	tcase_add_test(tc, of_several_workers_one_tells);
	tcase_add_test(tc, what_cannot_be_noted_or_looked_at_is_no_loss);
	tcase_add_test(tc, an_absent_file_that_comes);
	tcase_add_test(tc, data_dir_is_ours_as_long_as_nothing_happens);
	tcase_add_loop_test(tc, data_dir_lost_and_others_can_begin, 0, N(data_losses));
	tcase_add_test(tc, a_copy_that_grows_is_waited_for);
	tcase_add_loop_test(tc, data_dir_lost_and_nobody_can_begin, 0, N(data_obstacles));
	tcase_add_test(tc, another_process_sees_who_has_other_journals);
	suite_add_tcase(s, tc);
	return s;
}
