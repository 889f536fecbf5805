/* check_settings.c - tests of src/conf/settings.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/settings.h"
#include "core/log.h"

Suite *check_settings_suite(void);

START_TEST(defaults_are_those_of_the_table)
{
	struct settings s;

	settings_init(&s);
	ck_assert_str_eq(s.data_dir, "/var/lib/sessiongate");
	ck_assert_str_eq(s.run_dir, "/run/sessiongate");
	ck_assert_uint_eq(s.hash_cost, 5);
	ck_assert_uint_eq(s.hashes_at_once, 0);
	ck_assert_uint_eq(s.hash_wait_ms, 5000);
	ck_assert_uint_eq(s.basic_memory_s, 10);
	ck_assert_uint_eq(s.max_sessions, 1000000);
	ck_assert_uint_eq(s.max_user_sessions, 1000);
	ck_assert(!s.log_email);
	ck_assert_str_eq(s.listen, "");
	ck_assert_uint_eq(s.socket_mode, 0660);
	ck_assert(s.socket_owner.uid == (uid_t)-1 && s.socket_owner.gid == (gid_t)-1);
	ck_assert_uint_eq(s.backlog, 4096);
	ck_assert_uint_eq(s.n_slow_threads, 32);
	ck_assert_uint_eq(s.answer_memory_mib, 256);
	ck_assert_uint_eq(s.log_level, 1);
	ck_assert(!s.access_log);
	ck_assert(!s.allow_unsafe_socket);
}
END_TEST

/* settings_init() throws its errors away, so a default that is refused would be a zero. */
START_TEST(every_row)
{
	const struct setting *setting = &settings_table[_i];
	struct settings s;
	struct err err = { "" };

	settings_init(&s);
	ck_assert_str_ne(setting->help, "");
	ck_assert_str_ne(setting->argument, "");
	if (settings_is_of_request(setting)) {
		ck_assert_str_eq(cgi_vars_name(setting->var), setting->name);
		ck_assert_int_eq(settings_set(&s, setting->name, "", &err), -ENOENT);
		return;
	}
	ck_assert_msg(settings_set(&s, setting->name, setting->fallback, &err) == 0, "%s: %s",
	    setting->name, err.text);
}
END_TEST

static const struct {
	const char *name, *value;
	bool is_taken;
} number_cases[] = {
	{ "hash-cost", "1", true },
	{ "hash-cost", "11", true },
	{ "hash-cost", "0", false },
	{ "hash-cost", "12", false },
	{ "hash-cost", "", false },
	{ "hash-cost", " 5", false },
	{ "hash-cost", "5 ", false },
	{ "hash-cost", "+5", false },
	{ "hash-cost", "-5", false },
	{ "hash-cost", "0x5", false },
	{ "hash-cost", "5.0", false },
	{ "hash-cost", "five", false },
	{ "hash-cost", "005", true },
	{ "hash-cost", "18446744073709551621", false }, /* 5 more than fits 64 bits */
	{ "hash-cost", "4294967301", false },           /* 5 more than fits 32 bits */
	{ "hashes-at-once", "0", true },
	{ "hashes-at-once", "256", true },
	{ "hashes-at-once", "257", false },
	{ "hash-wait", "0", true },
	{ "hash-wait", "60000", true },
	{ "hash-wait", "60001", false },
	{ "basic-memory", "0", true },
	{ "basic-memory", "3600", true },
	{ "basic-memory", "3601", false },
	{ "max-sessions", "0", false },
	{ "max-sessions", "1", true },
	{ "max-sessions", "50000000", true },
	{ "max-sessions", "50000001", false },
	{ "max-user-sessions", "0", true },
	{ "max-user-sessions", "50000000", true },
	{ "max-user-sessions", "50000001", false },
};

START_TEST(numbers)
{
	struct settings s, before;
	struct err err = { "" };
	int r;

	settings_init(&s);
	before = s;
	r = settings_set(&s, number_cases[_i].name, number_cases[_i].value, &err);
	if (number_cases[_i].is_taken) {
		ck_assert_msg(r == 0, "%s: %s", number_cases[_i].name, err.text);
		ck_assert_str_eq(err.text, "");
		return;
	}
	ck_assert_int_eq(r, -EINVAL);
	/* The setting, the value and the way out. */
	ck_assert_ptr_nonnull(strstr(err.text, number_cases[_i].name));
	ck_assert_ptr_nonnull(strstr(err.text, number_cases[_i].value));
	ck_assert_ptr_nonnull(strstr(err.text, "is not a number from "));
	ck_assert_mem_eq(&s, &before, sizeof(s));
}
END_TEST

START_TEST(each_option_reaches_its_own_field)
{
	struct settings s;

	settings_init(&s);
	ck_assert_int_eq(settings_set(&s, "data-dir", "d", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "run-dir", "r", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "hash-cost", "2", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "hashes-at-once", "3", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "hash-wait", "4", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "basic-memory", "5", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "max-sessions", "6", NULL), 0);
	ck_assert_int_eq(settings_set(&s, "max-user-sessions", "7", NULL), 0);
	ck_assert_str_eq(s.data_dir, "d");
	ck_assert_str_eq(s.run_dir, "r");
	ck_assert_uint_eq(s.hash_cost, 2);
	ck_assert_uint_eq(s.hashes_at_once, 3);
	ck_assert_uint_eq(s.hash_wait_ms, 4);
	ck_assert_uint_eq(s.basic_memory_s, 5);
	ck_assert_uint_eq(s.max_sessions, 6);
	ck_assert_uint_eq(s.max_user_sessions, 7);
	ck_assert(!s.log_email);
	ck_assert(!s.fold_email_case);
	ck_assert_int_eq(settings_set(&s, "email-case", "fold", NULL), 0);
	ck_assert(s.fold_email_case);
	ck_assert(!s.log_email);
	ck_assert_int_eq(settings_set(&s, "email-case", "exact", NULL), 0);
	ck_assert(!s.fold_email_case);
	ck_assert_int_eq(settings_set(&s, "email-case", "on", NULL), -EINVAL);
	ck_assert_int_eq(settings_set(&s, "log-email", "on", NULL), 0);
	ck_assert(s.log_email);
	ck_assert_int_eq(settings_set(&s, "log-email", "off", NULL), 0);
	ck_assert(!s.log_email);
}
END_TEST

START_TEST(an_empty_directory_is_refused)
{
	struct settings s;
	struct err err = { "" };

	settings_init(&s);
	ck_assert_int_eq(settings_set(&s, "data-dir", "", &err), -EINVAL);
	ck_assert_str_eq(err.text, "data-dir is empty: give a DIR");
	ck_assert_str_eq(s.data_dir, "/var/lib/sessiongate");
}
END_TEST

START_TEST(control_characters_are_no_part_of_a_directory)
{
	static const char *const values[] = { "/data\r", "/da\nta", "\t/data", "/data\x7f" };
	struct settings settings;
	struct err err;

	settings_init(&settings);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		ck_assert_int_eq(settings_set(&settings, "data-dir", values[i], &err), -EINVAL);
		ck_assert_str_eq(err.text, "data-dir has a control character: give a DIR");
	}
	ck_assert_int_eq(settings_set(&settings, "data-dir", "/d\303\244ta x", &err), 0);
}
END_TEST

START_TEST(a_switch_is_on_or_off)
{
	static const char *const values[] = { "", "On", "yes", "1", "on ", "off\n" };
	struct settings s;
	struct err err = { "" };

	settings_init(&s);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		ck_assert_int_eq(settings_set(&s, "log-email", values[i], &err), -EINVAL);
	ck_assert_int_eq(settings_set(&s, "log-email", "yes", &err), -EINVAL);
	ck_assert_str_eq(err.text, "log-email: \"yes\" is none of off, on");
	ck_assert(!s.log_email);
}
END_TEST

START_TEST(variables)
{
	for (size_t i = 0; i < settings_n; i++) {
		if (strcmp(settings_table[i].name, "data-dir") == 0)
			ck_assert_str_eq(
			    settings_variable(&settings_table[i]), "SESSIONGATE_DATA_DIR");
		if (settings_is_of_request(&settings_table[i]))
			ck_assert_str_eq(
			    settings_variable(&settings_table[i]), settings_table[i].name);
	}
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
	{ "threads", "2", 0 }, /* what older configurations may have */
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
	struct settings settings;
	struct err err = { "" };

	settings_init(&settings);
	ck_assert_int_eq(
	    settings_set(&settings, cases[_i].name, cases[_i].value, &err), cases[_i].want);
	if (cases[_i].want == -EINVAL)
		ck_assert_ptr_nonnull(strstr(err.text, cases[_i].name));
}
END_TEST

START_TEST(an_owner)
{
	struct settings settings;

	settings_init(&settings);
	ck_assert_int_eq(settings_set(&settings, "socket-owner", ":root", NULL), 0);
	ck_assert(settings.socket_owner.uid == (uid_t)-1);
	ck_assert_uint_eq(settings.socket_owner.gid, 0);
	ck_assert_int_eq(settings_set(&settings, "socket-owner", "root", NULL), 0);
	ck_assert_uint_eq(settings.socket_owner.uid, 0);
	ck_assert(settings.socket_owner.gid == (gid_t)-1);
}
END_TEST

START_TEST(words_are_their_places)
{
	struct settings settings;
	struct err err = { "" };

	settings_init(&settings);
	ck_assert_int_eq(settings_set(&settings, "log-level", "error", NULL), 0);
	ck_assert_uint_eq(settings.log_level, LOG_LEVEL_ERROR);
	ck_assert_int_eq(settings_set(&settings, "log-format", "json", NULL), 0);
	ck_assert_uint_eq(settings.log_format, LOG_FORMAT_JSON);
	ck_assert_int_eq(settings_set(&settings, "log-target", "syslog", NULL), 0);
	ck_assert_uint_eq(settings.log_target, LOG_TARGET_SYSLOG);
	ck_assert_int_eq(settings_set(&settings, "log-level", "loud", &err), -EINVAL);
	ck_assert_str_eq(err.text, "log-level: \"loud\" is none of debug, info, warn, error");
}
END_TEST

START_TEST(an_unknown_name_is_an_error_of_its_own)
{
	struct settings s;
	struct err err = { "" };

	settings_init(&s);
	ck_assert_int_eq(settings_set(&s, "data_dir", "x", &err), -ENOENT);
	ck_assert_str_eq(err.text, "no setting is called \"data_dir\"");
	ck_assert_int_eq(settings_set(&s, "", "x", NULL), -ENOENT);
}
END_TEST

Suite *
check_settings_suite(void)
{
	Suite *s = suite_create("conf/settings");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, defaults_are_those_of_the_table);
	tcase_add_loop_test(tc, every_row, 0, (int)settings_n);
	tcase_add_test(tc, variables);
	tcase_add_test(tc, each_option_reaches_its_own_field);
	suite_add_tcase(s, tc);

	tc = tcase_create("limits");
	tcase_add_loop_test(tc, numbers, 0, sizeof(number_cases) / sizeof(number_cases[0]));
	tcase_add_loop_test(tc, values, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tc, an_owner);
	tcase_add_test(tc, words_are_their_places);
	tcase_add_test(tc, an_empty_directory_is_refused);
	tcase_add_test(tc, control_characters_are_no_part_of_a_directory);
	tcase_add_test(tc, a_switch_is_on_or_off);
	tcase_add_test(tc, an_unknown_name_is_an_error_of_its_own);
	suite_add_tcase(s, tc);
	return s;
}
