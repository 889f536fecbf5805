/* check_log_lasting.c - tests of src/core/log_lasting.c */
#include "core/log_lasting.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "unit/unit.h"

Suite *check_log_lasting_suite(void);

#define T0_MS INT64_C(1000000)

static int saved_stderr, capture;
static size_t n_read;
static char lines[64 * 1024];

static void
setup(void)
{
	saved_stderr = dup(STDERR_FILENO);
	capture = memfd_create("stderr", 0);
	ck_assert_int_ne(dup2(capture, STDERR_FILENO), -1);
	n_read = 0;
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	ck_assert_int_eq(log_lasting_share(), 0);
	log_lasting_every(INT64_C(60000));
	clock_freeze(T0_MS, 0);
}

static void
teardown(void)
{
	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)close(capture);
	clock_thaw();
	log_lasting_every(0); /* as main.c has it */
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}

/* What was logged since the last call, without the time. */
static const char *
logged(void)
{
	ssize_t n = pread(capture, lines, sizeof(lines) - 1, (off_t)n_read);
	char *to = lines;

	ck_assert_int_ge(n, 0);
	n_read += (size_t)n;
	lines[n] = '\0';
	for (char *at = lines, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		at = strchr(at, ' ') != NULL && at[0] == 't' ? strchr(at, ' ') + 1 : at;
		memmove(to, at, (size_t)(end + 1 - at));
		to += end + 1 - at;
	}
	*to = '\0';
	return lines;
}

static void
at_second(int64_t s)
{
	clock_freeze(T0_MS + s * 1000, 0);
}

static void
meet(const char *reason, int64_t detail)
{
	log_lasting_warn(
	    "unavailable", log_z("reason", reason), log_detail(log_i("bytes", detail)));
}

START_TEST(once_then_once_a_minute_then_that_it_is_over)
{
	for (int i = 0; i < 5; i++)
		meet("a disk", i);
	ck_assert_str_eq(
	    logged(), "level=warn event=unavailable reason=\"a disk\" bytes=0 n=1\n");
	at_second(59);
	meet("a disk", 59);
	log_lasting_tick();
	ck_assert_str_eq(logged(), "");
	at_second(60);
	meet("a disk", 60);
	ck_assert_str_eq(
	    logged(), "level=warn event=unavailable reason=\"a disk\" bytes=60 n=6\n");
	at_second(70);
	meet("a disk", 70);
	at_second(129);
	log_lasting_tick();
	ck_assert_str_eq(logged(), "");
	at_second(130);
	log_lasting_tick();
	log_lasting_tick();
	ck_assert_str_eq(
	    logged(), "level=info event=over was=unavailable reason=\"a disk\" total=8\n");
	/* It begins again. */
	meet("a disk", 130);
	ck_assert_str_eq(
	    logged(), "level=warn event=unavailable reason=\"a disk\" bytes=130 n=1\n");
}
END_TEST

START_TEST(what_was_met_once_has_had_its_line)
{
	meet("a disk", 0);
	(void)logged();
	at_second(60);
	log_lasting_tick();
	at_second(600);
	log_lasting_tick();
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(each_condition_has_its_own_lines)
{
	meet("a disk", 0);
	meet("a lock", 0);
	log_lasting_error("answer", log_z("reason", "a disk"), log_detail(log_i("bytes", 0)));
	ck_assert_str_eq(logged(),
	    "level=warn event=unavailable reason=\"a disk\" bytes=0 n=1\n"
	    "level=warn event=unavailable reason=\"a lock\" bytes=0 n=1\n"
	    "level=error event=answer reason=\"a disk\" bytes=0 n=1\n");
	meet("a lock", 0);
	at_second(59);
	meet("a disk", 0);
	at_second(60);
	log_lasting_tick();
	ck_assert_str_eq(
	    logged(), "level=info event=over was=unavailable reason=\"a lock\" total=2\n");
}
END_TEST

START_TEST(json_is_an_object)
{
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_TARGET_STDERR);
	meet("a \"disk\"", 3);
	meet("a \"disk\"", 4);
	at_second(60);
	log_lasting_tick();
	ck_assert_str_eq(logged(),
	    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"warn\",\"event\":"
	    "\"unavailable\","
	    "\"reason\":\"a \\\"disk\\\"\",\"bytes\":3,\"n\":1}\n"
	    "{\"time\":\"1970-01-01T00:00:00.000Z\",\"level\":\"info\",\"event\":\"over\","
	    "\"was\":\"unavailable\",\"reason\":\"a \\\"disk\\\"\",\"total\":2}\n");
}
END_TEST

/* Whichever they are, their lines are bounded, and none is lost from the count. */
START_TEST(those_without_a_place_share_one)
{
	unsigned n = 0;
	char reason[20];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(reason, sizeof(reason), "r%d", i);
		meet(reason, 0);
	}
	for (const char *at = logged(); (at = strchr(at, '\n')) != NULL; at++)
		n++;
	ck_assert_uint_eq(n, 33);
	meet("r99", 0);
	at_second(60);
	log_lasting_tick();
	ck_assert_str_eq(logged(), "level=info event=over was=several total=69\n");
	/* There is room again. */
	meet("r99", 0);
	meet("r98", 0);
	ck_assert_ptr_nonnull(strstr(logged(), "reason=r98 bytes=0 n=1\n"));
}
END_TEST

START_TEST(long_fields_are_left_out_when_it_is_over)
{
	char reasons[3][400];

	for (int i = 0; i < 3; i++) {
		memset(reasons[i], 'x', sizeof(reasons[i]) - 1);
		reasons[i][sizeof(reasons[i]) - 1] = '\0';
	}
	for (int i = 0; i < 2; i++)
		log_lasting_warn("unavailable", log_z("a", reasons[0]), log_z("b", reasons[1]),
		    log_z("c", reasons[2]));
	ck_assert_ptr_nonnull(strstr(logged(), "xxx n=1\n"));
	at_second(60);
	log_lasting_tick();
	ck_assert_str_eq(logged(), "level=info event=over was=unavailable total=2\n");
}
END_TEST

START_TEST(what_is_not_logged_is_not_counted)
{
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	meet("a disk", 0);
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	meet("a disk", 1);
	ck_assert_str_eq(
	    logged(), "level=warn event=unavailable reason=\"a disk\" bytes=1 n=1\n");
}
END_TEST

#define N_PROCESSES 8
#define N_TIMES     1000

START_TEST(all_processes_share_the_lines)
{
	pid_t pids[N_PROCESSES];

	for (int i = 0; i < N_PROCESSES; i++)
		if ((pids[i] = fork()) == 0) {
			for (int k = 0; k < N_TIMES; k++)
				meet("a disk", 0);
			_exit(0);
		}
	for (int i = 0; i < N_PROCESSES; i++)
		ck_assert_int_eq(waitpid(pids[i], NULL, 0), pids[i]);
	ck_assert_ptr_nonnull(
	    strstr(logged(), "level=warn event=unavailable reason=\"a disk\" bytes=0 n="));
	ck_assert_ptr_null(strstr(strchr(lines, '\n') + 1, "event"));
	at_second(60);
	log_lasting_tick();
	ck_assert_str_eq(
	    logged(), "level=info event=over was=unavailable reason=\"a disk\" total=8000\n");
}
END_TEST

START_TEST(tests_may_see_each)
{
	log_lasting_every(0);
	meet("a disk", 0);
	meet("a disk", 0);
	log_lasting_tick();
	ck_assert_str_eq(logged(),
	    "level=warn event=unavailable reason=\"a disk\" bytes=0 n=1\n"
	    "level=warn event=unavailable reason=\"a disk\" bytes=0 n=1\n");
}
END_TEST

Suite *
check_log_lasting_suite(void)
{
	Suite *s = suite_create("core/log_lasting");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, once_then_once_a_minute_then_that_it_is_over);
	tcase_add_test(tc, what_was_met_once_has_had_its_line);
	tcase_add_test(tc, each_condition_has_its_own_lines);
	tcase_add_test(tc, json_is_an_object);
	tcase_add_test(tc, those_without_a_place_share_one);
	tcase_add_test(tc, long_fields_are_left_out_when_it_is_over);
	tcase_add_test(tc, what_is_not_logged_is_not_counted);
	tcase_add_test(tc, all_processes_share_the_lines);
	tcase_add_test(tc, tests_may_see_each);
	suite_add_tcase(s, tc);
	return s;
}
