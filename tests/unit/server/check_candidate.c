/* check_candidate.c - tests of src/server/candidate.c */
#include "server/candidate.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/listen.h"
#include "server/takeover.h"
#include "unit/unit.h"

Suite *check_candidate_suite(void);

static struct candidate candidate;
static struct err err;

/* What runs in the child. */
static int
execute(void *arg, struct err *child_err)
{
	const char *script = arg;

	(void)execl("/bin/sh", "sh", "-c", script, (char *)NULL);
	return err_set(child_err, -errno, "no shell");
}

static int
cannot(void *arg, struct err *child_err)
{
	(void)arg;
	return err_set(child_err, -ENOENT, "/usr/sbin/gone: not there");
}

static int
outcome(int (*become)(void *arg, struct err *child_err), const char *script)
{
	int status;

	ck_assert_int_eq(
	    candidate_start(&candidate, become, (void *)(uintptr_t)script, 1234, &err), 0);
	ck_assert_int_gt(candidate.pid, 0);
	ck_assert_int_eq(candidate.deadline_ms, 1234);
	for (;;) {
		struct pollfd fd = { candidate.said_fd, POLLIN, 0 };

		if (candidate.said_fd != -1 && poll(&fd, 1, 10) > 0)
			candidate_read(&candidate);
		if (waitpid(candidate.pid, &status, WNOHANG) == candidate.pid)
			break;
	}
	err.text[0] = '\0';
	return candidate_judge(&candidate, status, &err);
}

static void
assert_refused(const char *script, const char *want)
{
	ck_assert_int_eq(outcome(execute, script), -ECANCELED);
	ck_assert_str_eq(err.text, want);
	ck_assert_int_eq(candidate.pid, 0);
	ck_assert_int_eq(candidate.said_fd, -1);
}

START_TEST(one_that_would_serve)
{
	ck_assert_int_eq(outcome(execute, "echo warning >&2; echo '" TAKEOVER_READY "'"), 0);
	ck_assert_int_eq(candidate.pid, 0);
	ck_assert_int_eq(candidate.said_fd, -1);
}
END_TEST

START_TEST(those_that_would_not)
{
	assert_refused("exit 0", "it ended without a message (status 0)");
	assert_refused("echo what is this", "what is this (status 0)");
	assert_refused(
	    "echo first; echo the reason >&2; echo; exit 78", "the reason (status 78)");
	assert_refused("echo '" TAKEOVER_READY "'; exit 1", TAKEOVER_READY " (status 1)");
	assert_refused("echo '" TAKEOVER_READY "'; echo no", "no (status 0)");
	assert_refused("kill -SEGV $$", "it ended by signal 11 (Segmentation fault)");
	assert_refused("echo oh; kill -ABRT $$", "it ended by signal 6 (Aborted): oh");
	ck_assert_int_eq(outcome(cannot, NULL), -ECANCELED);
	ck_assert_str_eq(err.text, "/usr/sbin/gone: not there (status 1)");
}
END_TEST

START_TEST(one_that_talks)
{
	ck_assert_int_eq(outcome(execute, "i=0; while [ $i -lt 20000 ]; do echo line $i; "
					  "i=$((i+1)); done; exit 3"),
	    -ECANCELED);
	ck_assert_str_eq(err.text, "line 19999 (status 3)");
}
END_TEST

START_TEST(one_that_hangs)
{
	int status;

	ck_assert_int_eq(
	    candidate_start(&candidate, execute, (void *)(uintptr_t) "exec sleep 60", 0, &err),
	    0);
	candidate_kill(&candidate, true);
	ck_assert_int_eq(waitpid(candidate.pid, &status, 0), candidate.pid);
	ck_assert_int_eq(candidate_judge(&candidate, status, &err), -ECANCELED);
	ck_assert_str_eq(err.text, "it is not ready in time");
	candidate_kill(&candidate, true); /* there is none: nobody is killed */
	candidate_read(&candidate);
}
END_TEST

/* It has nothing of ours: no signal blocked, no socket as its standard input. */
START_TEST(what_it_begins_with)
{
	sigset_t some;

	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &some, NULL), 0);
	ck_assert_int_eq(
	    outcome(execute, "grep -q '^SigBlk:.*[1-9a-f]' /proc/self/status && exit 5;"
			     "[ $(readlink /proc/self/fd/0) = /dev/null ] || exit 6;"
			     "echo '" TAKEOVER_READY "'"),
	    0);
}
END_TEST

START_TEST(no_descriptor_for_it)
{
	struct rlimit limit = { 3, 3 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(candidate_start(&candidate, execute, NULL, 0, &err), -EMFILE);
	ck_assert_int_eq(candidate.pid, 0);
}
END_TEST

Suite *
check_candidate_suite(void)
{
	Suite *s = suite_create("server/candidate");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, one_that_would_serve);
	tcase_add_test(tc, those_that_would_not);
	tcase_add_test(tc, one_that_talks);
	tcase_add_test(tc, one_that_hangs);
	tcase_add_test(tc, what_it_begins_with);
	tcase_add_test(tc, no_descriptor_for_it);
	suite_add_tcase(s, tc);
	return s;
}
