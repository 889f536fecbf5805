/* check_command_line.c - tests of src/conf/command_line.c */
#include "conf/command_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit/unit.h"

Suite *check_command_line_suite(void);

enum { OWN_FILE, OWN_LOUD };

static const struct command_line_option own[] = {
	[OWN_FILE] = { "file", "FILE", "which file" },
	[OWN_LOUD] = { "loud", NULL, "say more" },
	{ NULL, NULL, NULL },
};

static struct command_line line;
static struct err err;

static int
read_words(unsigned scopes, const char *const *words)
{
	static char *argv[10];
	int argc = 1;

	argv[0] = (char *)"program";
	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)words[argc - 1];
	argv[argc] = NULL;
	return command_line_read(argc, argv, own, scopes, &line, &err);
}

/* Options may stand after words, and what was given later wins. */
START_TEST(what_was_given)
{
	static const char *const words[] = { "a", "--hash-cost", "2", "--loud", "--file=x", "b",
		"--hash-cost=3", NULL };
	struct settings settings;

	settings_init(&settings);
	ck_assert_int_eq(read_words(SETTINGS_APPLICATION, words), 0);
	ck_assert_str_eq(line.own[OWN_FILE], "x");
	ck_assert_ptr_nonnull(line.own[OWN_LOUD]);
	ck_assert_int_eq(line.n_words, 2);
	ck_assert_str_eq(line.words[0], "a");
	ck_assert_str_eq(line.words[1], "b");
	ck_assert_uint_eq(settings.hash_cost, 5); /* until it is applied */
	ck_assert_int_eq(command_line_apply(&line, &settings, &err), 0);
	ck_assert_uint_eq(settings.hash_cost, 3);
	command_line_free(&line);
}
END_TEST

/* Of a setting that may be given several times, all count. */
START_TEST(given_several_times)
{
	static const char *const words[] = { "--listen", "unix:/a b", "--hash-cost=2",
		"--listen=tcp:127.0.0.1:9000", "--listen=unix:/c", NULL };
	struct settings settings;

	settings_init(&settings);
	ck_assert_int_eq(read_words(SETTINGS_SERVING | SETTINGS_APPLICATION, words), 0);
	ck_assert_uint_eq(line.n_given, 2);
	ck_assert_int_eq(command_line_apply(&line, &settings, &err), 0);
	ck_assert_str_eq(settings.listen, "unix:/a b tcp:127.0.0.1:9000 unix:/c");
	ck_assert_uint_eq(settings.hash_cost, 2);
	command_line_free(&line);
}
END_TEST

START_TEST(nothing_was_given)
{
	static const char *const words[] = { NULL };

	ck_assert_int_eq(read_words(SETTINGS_APPLICATION, words), 0);
	ck_assert_ptr_null(line.own[OWN_FILE]);
	ck_assert_ptr_null(line.own[OWN_LOUD]);
	ck_assert_int_eq(line.n_words, 0);
	command_line_free(&line);
}
END_TEST

START_TEST(a_value_that_is_wrong_is_named_when_it_is_applied)
{
	static const char *const words[] = { "--hash-cost", "x", NULL };
	struct settings settings;

	settings_init(&settings);
	ck_assert_int_eq(read_words(SETTINGS_APPLICATION, words), 0);
	ck_assert_int_eq(command_line_apply(&line, &settings, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "hash-cost: \"x\""));
	command_line_free(&line);
}
END_TEST

static const char *const wrong[][3] = {
	{ "--no-such-option", NULL }, { "--hash-cost", NULL },      /* without its value */
	{ "-h", NULL }, { "--loud=x", NULL }, { "--workers", "3" }, /* another program's */
	{ "--AUTH_TYPE", "none" },                                  /* a request's */
};

START_TEST(wrong_usage)
{
	ck_assert_int_eq(read_words(SETTINGS_APPLICATION, wrong[_i]), -EINVAL);
	ck_assert_str_eq(err.text, "wrong usage");
}
END_TEST

START_TEST(what_may_be_given)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	command_line_help_settings(to, SETTINGS_APPLICATION);
	command_line_help_settings(to, SETTINGS_REQUEST);
	command_line_help_options(to, own);
	ck_assert_int_eq(fclose(to), 0);
	ck_assert_ptr_nonnull(strstr(text, "  --hash-cost N                   cost of new"));
	ck_assert_ptr_nonnull(strstr(text, " doubles it) [5]\n"));
	ck_assert_ptr_nonnull(
	    strstr(text, "  SESSION_NAME NAME               of the cookie [_my"));
	ck_assert_ptr_nonnull(strstr(text, "  --file FILE                     which file\n"));
	ck_assert_ptr_nonnull(strstr(text, "  --loud                          say more\n"));
	ck_assert_ptr_null(strstr(text, "--workers"));
	free(text);
}
END_TEST

Suite *
check_command_line_suite(void)
{
	Suite *s = suite_create("conf/command_line");
	TCase *tc = tcase_create("core");

	tcase_add_test(tc, what_was_given);
	tcase_add_test(tc, given_several_times);
	tcase_add_test(tc, nothing_was_given);
	tcase_add_test(tc, a_value_that_is_wrong_is_named_when_it_is_applied);
	tcase_add_loop_test(tc, wrong_usage, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, what_may_be_given);
	suite_add_tcase(s, tc);
	return s;
}
