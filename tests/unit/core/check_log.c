/* check_log.c - tests of src/core/log.c: no value can end a line or look like another key */
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <json-c/json_object.h>
#include <json-c/json_tokener.h>

#include "core/clock.h"
#include "unit/core/fail_call.h"
#include "unit/fail_alloc.h"
#include "unit/unit.h"

Suite *check_log_suite(void);

static int saved_stderr, capture;
static char lines[64 * 1024];

static void
setup(void)
{
	saved_stderr = dup(STDERR_FILENO);
	capture = memfd_create("stderr", 0);
	ck_assert_int_ne(dup2(capture, STDERR_FILENO), -1);
	clock_freeze(0, INT64_C(1508127784056));
}

static void
teardown(void)
{
	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	(void)close(capture);
	clock_thaw();
	(void)unsetenv("JOURNAL_STREAM");
	log_context(STR_NULL, STR_NULL);
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}

/* What was logged since setup. */
static const char *
logged(void)
{
	ssize_t n = pread(capture, lines, sizeof(lines) - 1, 0);

	ck_assert_int_ge(n, 0);
	lines[n] = '\0';
	return lines;
}

#define TIME "time=2017-10-16T04:23:04.056Z "
#define JSON "{\"time\":\"2017-10-16T04:23:04.056Z\","

START_TEST(logfmt_line)
{
	log_info("login", log_z("user", "bob"), log_i("ms", -31), log_z("nothing", NULL));
	ck_assert_str_eq(
	    logged(), TIME "level=info event=login user=bob ms=-31 nothing=\"\"\n");
}
END_TEST

START_TEST(absent_text_is_no_field)
{
	log_info("login", log_opt("a", STR_NULL), log_opt("b", STR_LIT("")),
	    log_opt("c", STR_LIT("x")), log_opt("d", STR_NULL));
	ck_assert_str_eq(logged(), TIME "level=info event=login b=\"\" c=x\n");
}
END_TEST

START_TEST(json_line)
{
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_TARGET_STDERR);
	log_warn("login", log_z("user", "bob"), log_i("ms", 31));
	ck_assert_str_eq(logged(),
	    JSON "\"level\":\"warn\",\"event\":\"login\",\"user\":\"bob\",\"ms\":31}\n");
}
END_TEST

START_TEST(levels)
{
	log_debug("a");
	log_info("b");
	log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	ck_assert(!log_is_on(LOG_LEVEL_WARN));
	ck_assert(log_is_on(LOG_LEVEL_ERROR));
	log_warn("c");
	log_error("d");
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	log_debug("e");
	ck_assert_str_eq(logged(), TIME "level=info event=b\n" TIME "level=error event=d\n" TIME
					"level=debug event=e\n");
}
END_TEST

START_TEST(context_of_the_request)
{
	char long_id[100];

	log_context(STR_LIT("r-1"), STR_LIT("192.0.2.1"));
	log_info("a");
	log_context(STR_LIT("r 2"), STR_NULL);
	log_info("b");
	log_context(STR_NULL, STR_NULL);
	log_info("c");
	ck_assert_str_eq(logged(),
	    TIME "level=info event=a request=r-1 client=192.0.2.1\n" TIME
		 "level=info event=b request=\"r 2\"\n" TIME "level=info event=c\n");
	memset(long_id, 'x', sizeof(long_id));
	log_context(str_mem(long_id, sizeof(long_id)), STR_NULL);
	log_info("d");
	ck_assert_uint_eq(strspn(strrchr(logged(), '=') + 1, "x"), 64);
}
END_TEST

#define S(text)                          \
	{                                \
		(text), sizeof(text) - 1 \
	}

static const struct {
	const char *name;
	struct str in;
	const char *want_logfmt, *want_json;
} value_cases[] = {
	{ "plain", S("bob@hbtn.io"), "bob@hbtn.io", "\"bob@hbtn.io\"" },
	{ "empty", S(""), "\"\"", "\"\"" },
	{ "blank", S("a b"), "\"a b\"", "\"a b\"" },
	{ "another_key", S("x level=error"), "\"x level=error\"", "\"x level=error\"" },
	{ "equal_sign", S("a=b"), "\"a=b\"", "\"a=b\"" },
	{ "quotes", S("\"a\""), "\"\\\"a\\\"\"", "\"\\\"a\\\"\"" },
	{ "quote_and_key", S("a\" level=\"error"), "\"a\\\" level=\\\"error\"",
	    "\"a\\\" level=\\\"error\"" },
	{ "backslash", S("a\\"), "\"a\\\\\"", "\"a\\\\\"" },
	{ "line_feed", S("a\ntime=x"), "\"a\\x0atime=x\"", "\"a\\u000atime=x\"" },
	{ "carriage_return", S("a\rb"), "\"a\\x0db\"", "\"a\\u000db\"" },
	{ "nul", S("a\0b"), "\"a\\x00b\"", "\"a\\u0000b\"" },
	{ "terminal_escape", S("\x1b[31m"), "\"\\x1b[31m\"", "\"\\u001b[31m\"" },
	{ "tab", S("\t"), "\"\\x09\"", "\"\\u0009\"" },
	{ "del", S("\x7f"), "\"\\x7f\"", "\"\\u007f\"" },
	{ "c1_control", S("\302\233"), "\"\\xc2\\x9b\"", "\"\\u00c2\\u009b\"" },
	{ "right_to_left", S("\342\200\256"), "\"\\xe2\\x80\\xae\"",
	    "\"\\u00e2\\u0080\\u00ae\"" },
	{ "line_separator", S("\342\200\250"), "\"\\xe2\\x80\\xa8\"",
	    "\"\\u00e2\\u0080\\u00a8\"" },
	{ "invalid_utf_8", S("\377"), "\"\\xff\"", "\"\\u00ff\"" },
	{ "percent_signs", S("%s%n"), "%s%n", "\"%s%n\"" },
	{ "object", S("\"},{\"a\":\"b"), "\"\\\"},{\\\"a\\\":\\\"b\"",
	    "\"\\\"},{\\\"a\\\":\\\"b\"" },
};

START_TEST(value_in_logfmt)
{
	char want[1000];

	log_info("e", log_s("k", value_cases[_i].in), log_i("n", 1));
	(void)snprintf(want, sizeof(want), TIME "level=info event=e k=%s n=1\n",
	    value_cases[_i].want_logfmt);
	ck_assert_str_eq(logged(), want);
}
END_TEST

START_TEST(value_in_json)
{
	char want[1000];
	struct json_object *object;

	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON, LOG_TARGET_STDERR);
	log_info("e", log_s("k", value_cases[_i].in), log_i("n", 1));
	(void)snprintf(want, sizeof(want),
	    JSON "\"level\":\"info\",\"event\":\"e\",\"k\":%s,\"n\":1}\n",
	    value_cases[_i].want_json);
	ck_assert_str_eq(logged(), want);
	object = json_tokener_parse(logged());
	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(json_object_object_length(object), 5);
	(void)json_object_put(object);
}
END_TEST

START_TEST(every_byte_stays_on_its_line)
{
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		log_configure(LOG_LEVEL_INFO, c % 2 == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT,
		    LOG_TARGET_STDERR);
		log_context(str_mem(&byte, 1), str_mem(&byte, 1));
		log_info("e", log_s("k", str_mem(&byte, 1)));
	}
	(void)logged();
	for (const char *p = lines; *p != '\0'; p++)
		ck_assert_msg(*p == '\n' || (*p >= ' ' && *p <= '~'), "%02x",
		    (unsigned)(unsigned char)*p);
}
END_TEST

START_TEST(long_values_are_cut)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	log_info("e", log_s("k", str_mem(text, 512)), log_s("l", str_mem(text, 513)));
	(void)logged();
	ck_assert_uint_eq(strspn(strstr(lines, " k=") + 3, "x"), 512);
	ck_assert_int_eq(strncmp(strstr(lines, " k=") + 3 + 512, " l=", 3), 0);
	ck_assert_str_eq(strstr(lines, " l=") + 3 + 512, "...\n");
}
END_TEST

/* More than a line may hold is left out, not half written. */
START_TEST(line_is_whole_or_absent)
{
	static const char text[512] = { 1 };
	struct str s = str_mem(text, sizeof(text));

	log_info("e", log_s("a", s), log_s("b", s), log_s("c", s), log_s("d", s), log_s("e", s),
	    log_s("f", s), log_s("g", s), log_s("h", s), log_s("i", s), log_s("j", s));
	ck_assert_str_eq(logged(), "");
	fail_alloc_at(1);
	log_info("e");
	ck_assert_str_eq(logged(), "");
	fail_call("write", 1, EIO);
	log_info("e");
	ck_assert_str_eq(logged(), "");
}
END_TEST

static const struct {
	enum log_level level;
	int want;
} priorities[] = {
	{ LOG_LEVEL_DEBUG, LOG_DEBUG },
	{ LOG_LEVEL_INFO, LOG_INFO },
	{ LOG_LEVEL_WARN, LOG_WARNING },
	{ LOG_LEVEL_ERROR, LOG_ERR },
};

/* Whoever starts the program looks at standard error, and there may be no syslog. */
START_TEST(to_both_until_it_is_ready)
{
	log_configure(LOG_LEVEL_INFO, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	log_error("start", log_z("problem", "none"));
	ck_assert_str_eq(syslog_text, "level=error event=start problem=none");
	ck_assert_str_eq(logged(), "level=error event=start problem=none\n");
	log_started();
	log_error("later");
	ck_assert_str_eq(syslog_text, "level=error event=later");
	ck_assert_ptr_null(strstr(logged(), "later"));
}
END_TEST

static void
set_journal(ino_t ino)
{
	struct stat st;
	char text[64];

	ck_assert_int_eq(fstat(STDERR_FILENO, &st), 0);
	(void)snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev,
	    (uintmax_t)(ino != 0 ? ino : st.st_ino));
	ck_assert_int_eq(setenv("JOURNAL_STREAM", text, 1), 0);
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
}

START_TEST(the_journal_learns_the_severity)
{
	set_journal(0);
	log_error("a");
	log_warn("b", log_i("n", 1));
	log_info("c");
	log_debug("d");
	ck_assert_str_eq(logged(), "<3>" TIME "level=error event=a\n"
				   "<4>" TIME "level=warn event=b n=1\n"
				   "<6>" TIME "level=info event=c\n"
				   "<7>" TIME "level=debug event=d\n");
	ck_assert_str_eq(log_prefix(LOG_LEVEL_WARN), "<4>");
}
END_TEST

START_TEST(the_journal_reads_json)
{
	set_journal(0);
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_JSON, LOG_TARGET_STDERR);
	log_warn("b", log_i("n", 1));
	ck_assert_str_eq(logged(), "<4>" JSON "\"level\":\"warn\",\"event\":\"b\",\"n\":1}\n");
}
END_TEST

START_TEST(another_stream_is_no_journal)
{
	set_journal(1);
	log_error("a");
	ck_assert_int_eq(setenv("JOURNAL_STREAM", "x", 1), 0);
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	log_error("a");
	ck_assert_str_eq(logged(), TIME "level=error event=a\n" TIME "level=error event=a\n");
	ck_assert_str_eq(log_prefix(LOG_LEVEL_ERROR), "");
	set_journal(0);
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	log_started();
	log_error("a");
	ck_assert_str_eq(syslog_text, "level=error event=a");
}
END_TEST

START_TEST(to_syslog)
{
	log_started();
	log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_LOGFMT, LOG_TARGET_SYSLOG);
	log_event(priorities[_i].level, "e", log_z("k", "%s\n"), LOG_END);
	ck_assert_int_eq(syslog_priority, priorities[_i].want);
	ck_assert_str_eq(strchr(syslog_text, ' ') + 1, "event=e k=\"%s\\x0a\"");
	ck_assert_str_eq(logged(), "");
}
END_TEST

#define N(cases) (int)(sizeof(cases) / sizeof(cases[0]))

Suite *
check_log_suite(void)
{
	Suite *s = suite_create("core/log");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, logfmt_line);
	tcase_add_test(tc, absent_text_is_no_field);
	tcase_add_test(tc, json_line);
	tcase_add_test(tc, levels);
	tcase_add_test(tc, context_of_the_request);
	tcase_add_test(tc, to_both_until_it_is_ready);
	tcase_add_test(tc, the_journal_learns_the_severity);
	tcase_add_test(tc, the_journal_reads_json);
	tcase_add_test(tc, another_stream_is_no_journal);
	tcase_add_loop_test(tc, to_syslog, 0, N(priorities));
	suite_add_tcase(s, tc);
	tc = tcase_create("limits");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, long_values_are_cut);
	tcase_add_test(tc, line_is_whole_or_absent);
	suite_add_tcase(s, tc);
	tc = tcase_create("hostile");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, value_in_logfmt, 0, N(value_cases));
	tcase_add_loop_test(tc, value_in_json, 0, N(value_cases));
	tcase_add_test(tc, every_byte_stays_on_its_line);
	suite_add_tcase(s, tc);
	return s;
}
