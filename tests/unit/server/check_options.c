/* check_options.c - tests of src/server/options.c */
#include "server/options.h"

#include <errno.h>

#include "unit/unit.h"

Suite *check_options_suite(void);

static struct err err;

START_TEST(defaults_are_those_of_the_table)
{
	struct options options;

	options_init(&options);
	ck_assert_uint_eq(options.supervisor.worker.n_slow_threads, 32);
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
	{ "plain-libfcgi", "on", 0 }, /* what older configurations may have */
	{ "plain-libfcgi", "off", 0 },
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

Suite *
check_options_suite(void)
{
	Suite *s = suite_create("server/options");
	TCase *tc = tcase_create("options");

	tcase_add_test(tc, defaults_are_those_of_the_table);
	tcase_add_loop_test(tc, values, 0, sizeof(cases) / sizeof(cases[0]));
	suite_add_tcase(s, tc);
	return s;
}
