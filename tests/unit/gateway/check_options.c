/* check_options.c - tests of src/gateway/options.c and environment.c */
#include "gateway/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/environment.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_options_suite(void);

static struct err err;

START_TEST(defaults_are_those_of_the_table)
{
	struct options options;

	options_init(&options);
	ck_assert_uint_eq(options.supervisor.worker.n_threads, 2);
	ck_assert_int_eq(options.supervisor.worker.read_deadline_ms, 10000);
	ck_assert_int_eq(options.supervisor.worker.stop_deadline_ms, 10000);
	ck_assert_uint_eq(options.listen.mode, 0660);
	ck_assert_int_ge(options.listen.backlog, 1024);
	ck_assert_ptr_null(options.listen.address);
	ck_assert(!options.access_log);
	ck_assert(!options.listen.may_be_unsafe);
	/* Each default is a value that the option takes. */
	for (size_t i = 0; i < options_n_table; i++)
		if (options_table[i].fallback[0] != '\0')
			ck_assert_msg(options_set(&options, options_table[i].name,
					  options_table[i].fallback, &err) == 0,
			    "%s", err.text);
}
END_TEST

static const struct {
	const char *name, *value;
	int want;
} cases[] = {
	{ "workers", "3", 0 },
	{ "workers", "-1", -EINVAL },
	{ "workers", "", -EINVAL },
	{ "workers", "3x", -EINVAL },
	{ "workers", " 3", -EINVAL },
	{ "workers", "257", -EINVAL },
	{ "workers", "99999999999999999999", -EINVAL },
	{ "threads", "0", -EINVAL },
	{ "slow-threads", "1024", 0 },
	{ "slow-waiting", "0", -EINVAL },
	{ "slow-wait", "1", 0 },
	{ "read-deadline", "99", -EINVAL },
	{ "write-deadline", "3600001", -EINVAL },
	{ "stop-deadline", "0", 0 },
	{ "backlog", "1023", -EINVAL },
	{ "backlog", "65535", 0 },
	{ "socket-mode", "660", 0 },
	{ "socket-mode", "0888", -EINVAL },
	{ "socket-mode", "1777", -EINVAL },
	{ "socket-mode", "rw", -EINVAL },
	{ "socket-owner", "root", 0 },
	{ "socket-owner", ":root", 0 },
	{ "socket-owner", "root:root", 0 },
	{ "socket-owner", "no-such-user", -EINVAL },
	{ "socket-owner", "root:no-such-group", -EINVAL },
	{ "allow-unsafe-socket", "on", 0 },
	{ "allow-unsafe-socket", "yes", -EINVAL },
	{ "plain-libfcgi", "on", 0 },
	{ "access-log", "off", 0 },
	{ "access-log", "1", -EINVAL },
	{ "log-level", "debug", 0 },
	{ "log-level", "DEBUG", -EINVAL },
	{ "log-format", "json", 0 },
	{ "log-format", "xml", -EINVAL },
	{ "log-target", "syslog", 0 },
	{ "log-target", "", -EINVAL },
	{ "listen", "anything", 0 }, /* listen.c judges */
	{ "worker", "3", -ENOENT },
	{ "", "3", -ENOENT },
};

START_TEST(values)
{
	struct options options;

	options_init(&options);
	err.text[0] = '\0';
	ck_assert_int_eq(
	    options_set(&options, cases[_i].name, cases[_i].value, &err), cases[_i].want);
	if (cases[_i].want == -EINVAL)
		ck_assert_ptr_nonnull(strstr(err.text, cases[_i].name));
}
END_TEST

static char path[300];

static int
read_text(const char *text, struct environment *environment)
{
	tmp_write("config", text, 0600);
	(void)snprintf(path, sizeof(path), "%s/config", tmp_path);
	return environment_read(path, environment, &err);
}

START_TEST(a_file_of_variables)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text("# comment\n\n A = 1 \nB=\"two words\"\nC='x'\nD=\nE=a=b\n"
				   "F=\"\nA=2",
			     &environment),
	    0);
	ck_assert_int_eq(setenv("A", "before", 1), 0);
	ck_assert_int_eq(unsetenv("B"), 0);
	ck_assert_int_eq(environment_apply(&environment), 0);
	ck_assert_str_eq(getenv("A"), "2");
	ck_assert_str_eq(getenv("B"), "two words");
	ck_assert_str_eq(getenv("C"), "x");
	ck_assert_str_eq(getenv("D"), "");
	ck_assert_str_eq(getenv("E"), "a=b");
	ck_assert_str_eq(getenv("F"), "\"");
	environment_undo(&environment);
	ck_assert_str_eq(getenv("A"), "before");
	ck_assert_ptr_null(getenv("B"));
	environment_undo(&environment); /* once is enough */
	ck_assert_str_eq(getenv("A"), "before");
	environment_free(&environment);
}
END_TEST

static const char *const bad_files[] = { "A", "=1", "1A=1", "A B=1", "A-B=1",
	"ok=1\nexport A=1" };

START_TEST(a_bad_line_is_named)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(read_text(bad_files[_i], &environment), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "line "));
	ck_assert_ptr_nonnull(strstr(err.text, path));
	ck_assert_uint_eq(environment.n, 0);
}
END_TEST

START_TEST(no_file)
{
	struct environment environment = ENVIRONMENT_EMPTY;

	ck_assert_int_eq(environment_read("/nonexistent/x", &environment, &err), -ENOENT);
	ck_assert_int_lt(environment_read(tmp_path, &environment, &err), 0);
}
END_TEST

Suite *
check_options_suite(void)
{
	Suite *s = suite_create("gateway/options");
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, defaults_are_those_of_the_table);
	tcase_add_loop_test(tc, values, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, tc);
	tc = tcase_create("environment");
	tcase_add_checked_fixture(tc, tmp_make, tmp_remove);
	tcase_add_test(tc, a_file_of_variables);
	tcase_add_loop_test(
	    tc, a_bad_line_is_named, 0, sizeof(bad_files) / sizeof(bad_files[0]));
	tcase_add_test(tc, no_file);
	suite_add_tcase(s, tc);
	return s;
}
