/* check_rundir.c - tests of src/app/rundir.c */
#include "unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "unit/site.h"
#include "unit/tmp.h"

Suite *check_rundir_suite(void);

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
	return rundir_should_leave(app, !rundir_is_ours(&app->rundir));
}

START_TEST(ours_as_long_as_nothing_happens)
{
	ck_assert(rundir_is_ours(&site.app.rundir));
	ck_assert(!tick(&site.app));
	sh("touch run && touch run/other && chmod 700 run");
	ck_assert(!tick(&site.app));
	ck_assert_int_eq(n_told("session-table"), 0);
}
END_TEST

static const char *const losses[] = { "mv run old && mkdir -m 700 run", "rm -r run",
	"mv run old", "rm run/sessions.table", "mv run/sessions.table run/old" };

START_TEST(lost_and_others_can_begin)
{
	struct stat st;

	sh(losses[_i]);
	ck_assert(!rundir_is_ours(&site.app.rundir));
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("level=error event=session-table-lost"), 1);
	ck_assert_int_eq(n_told("all workers begin anew"), 1);
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

static const char *const obstacles[] = { "mv run old && touch run",
	"mv run old && ln -s old run", "mv run old && mkdir run && chmod 755 run" };

START_TEST(lost_and_nobody_can_begin)
{
	sh(obstacles[_i]);
	for (int i = 0; i < 3; i++)
		ck_assert(!tick(&site.app));
	ck_assert_int_eq(n_told("level=error event=session-table-lost"), 1);
	ck_assert_int_eq(n_told("restart the program"), 1);
	ck_assert_int_eq(n_told("all workers begin anew"), 0);
	/* It is put right: either way. */
	sh("rm -rf run && mkdir -m 700 run");
	ck_assert(tick(&site.app));
	ck_assert(tick(&site.app));
	ck_assert_int_eq(n_told("event=session-table-lost"), 2);
	ck_assert_int_eq(n_told("all workers begin anew"), 1);
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
	struct rundir rundir;

	rundir_note(&rundir, site.run_dir, -1, "sessions.table");
	ck_assert(rundir_is_ours(&rundir));
	rundir_note(&rundir, site.run_dir, site.app.run_dir_fd, "absent");
	ck_assert(rundir_is_ours(&rundir));
	ck_assert(rundir_should_leave(&site.app, true));
}
END_TEST

Suite *
check_rundir_suite(void)
{
	Suite *s = suite_create("app/rundir");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, site_open, site_close);
	tcase_add_test(tc, ours_as_long_as_nothing_happens);
	tcase_add_loop_test(tc, lost_and_others_can_begin, 0, 5);
	tcase_add_loop_test(tc, lost_and_nobody_can_begin, 0, 3);
	tcase_add_test(tc, of_several_workers_one_tells);
	tcase_add_test(tc, what_cannot_be_noted_or_looked_at_is_no_loss);
	suite_add_tcase(s, tc);
	return s;
}
