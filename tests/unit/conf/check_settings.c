/* check_settings.c - tests of src/conf/settings.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "conf/settings.h"

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
}
END_TEST

/* settings_init() throws its errors away, so a default that is refused would be a zero. */
START_TEST(every_default_is_a_value_that_is_taken)
{
	const struct settings_option *option = &settings_options[_i];
	struct settings s;
	struct err err = { "" };

	settings_init(&s);
	ck_assert_msg(settings_set(&s, option->name, option->fallback, &err) == 0, "%s: %s",
	    option->name, err.text);
	ck_assert_str_ne(option->help, "");
	ck_assert_str_ne(option->argument, "");
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
	ck_assert_str_eq(err.text, "log-email: \"yes\" is neither on nor off");
	ck_assert(!s.log_email);
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
	tcase_add_loop_test(
	    tc, every_default_is_a_value_that_is_taken, 0, (int)settings_n_options);
	tcase_add_test(tc, each_option_reaches_its_own_field);
	suite_add_tcase(s, tc);

	tc = tcase_create("limits");
	tcase_add_loop_test(tc, numbers, 0, sizeof(number_cases) / sizeof(number_cases[0]));
	tcase_add_test(tc, an_empty_directory_is_refused);
	tcase_add_test(tc, control_characters_are_no_part_of_a_directory);
	tcase_add_test(tc, a_switch_is_on_or_off);
	tcase_add_test(tc, an_unknown_name_is_an_error_of_its_own);
	suite_add_tcase(s, tc);
	return s;
}
