/* check_dropped.c - tests of src/server/dropped.c */
#include "server/dropped.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_lasting.h"
#include "core/log_lasting.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_dropped_suite(void);

static int saved_fd;

static void
setup(void)
{
	int fd;

	tmp_make();
	ck_assert_int_eq(log_lasting_share(), 0); /* nothing has been dropped */
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	log_lasting_every(INT64_C(60000));
	saved_fd = dup(STDERR_FILENO);
	fd = openat(tmp_fd, "log", O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	(void)close(fd);
}

static void
teardown(void)
{
	(void)dup2(saved_fd, STDERR_FILENO);
	(void)close(saved_fd);
	clock_thaw();
	log_lasting_every(0); /* as main.c has it */
	tmp_remove();
}

static unsigned
n_lines(void)
{
	unsigned n = 0;

	for (const char *at = tmp_read("log"); (at = strchr(at, '\n')) != NULL; at++)
		n++;
	return n;
}

START_TEST(a_line_a_minute_for_each_limit)
{
	clock_freeze(1000000, 0);
	for (int i = 0; i < 5; i++)
		dropped_note(DROPPED_VARIABLES, 4096);
	ck_assert_uint_eq(n_lines(), 1);
	ck_assert_ptr_nonnull(strstr(tmp_read("log"), " level=warn event=request-dropped "));
	ck_assert_ptr_nonnull(strstr(tmp_read("log"),
	    " problem=\"a request has too many variables\" limit=4096 of="
	    "\"variables of a request\" n=1\n"));
	/* Another limit has a line of its own. */
	dropped_note(DROPPED_SLOW, 10000);
	ck_assert_uint_eq(n_lines(), 2);
	ck_assert_ptr_nonnull(strstr(tmp_read("log"), " limit=10000 of=--read-deadline n=1\n"));
	/* Those between are counted with the next one. */
	clock_freeze(1000000 + 60000, 0);
	dropped_note(DROPPED_VARIABLES, 4096);
	ck_assert_uint_eq(n_lines(), 3);
	ck_assert_ptr_nonnull(strstr(tmp_read("log"), "n=5\n"));
}
END_TEST

START_TEST(all_have_words)
{
	for (int i = 0; i < DROPPED_N; i++)
		dropped_note((enum dropped)i, 1);
	ck_assert_uint_eq(n_lines(), DROPPED_N);
	ck_assert_ptr_null(strstr(tmp_read("log"), "null"));
}
END_TEST

Suite *
check_dropped_suite(void)
{
	Suite *s = suite_create("server/dropped");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_line_a_minute_for_each_limit);
	tcase_add_test(tc, all_have_words);
	suite_add_tcase(s, tc);
	return s;
}
