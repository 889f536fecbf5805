/* check_explain.c - tests of src/conf/explain.c */
#include "conf/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/request_settings.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_explain_suite(void);

static const struct command_line_option own[] = { { NULL, NULL, NULL } };

static const char *const names[] = { "AUTH_PROFILE", "AUTH_TYPE", "SESSION_DURATION",
	"SESSION_ID", "CORS_ORIGINS", "CSRF_CHECK", "SESSIONGATE_WORKERS",
	"SESSIONGATE_CONFIG" };

static char *text; /* "\n" in front */

static void
setup(void)
{
	tmp_make();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unsetenv(names[i]);
}

static void
teardown(void)
{
	free(text);
	text = NULL;
	setup();
	tmp_remove();
	request_settings_prepare();
}

/* Of a program with these lines in its file and these options. */
static void
explain(const char *file_text, const char *a, const char *b)
{
	char *argv[] = { (char *)"program", (char *)a, a != NULL ? (char *)b : NULL, NULL };
	int argc = a == NULL ? 1 : b == NULL ? 2 : 3;
	struct configuration conf;
	struct command_line line;
	struct err err = { "" };
	char path[300];
	size_t n;
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s/file", tmp_path);
	if (file_text != NULL)
		tmp_write("file", file_text, 0600);
	ck_assert_int_eq(command_line_read(argc, argv, own,
			     SETTINGS_SERVING | SETTINGS_APPLICATION, &line, &err),
	    0);
	ck_assert_msg(
	    configuration_read(&conf, file_text != NULL ? path : NULL, NULL, &line, &err) == 0,
	    "%s", err.text);
	request_settings_prepare();
	free(text);
	text = NULL;
	ck_assert_ptr_nonnull(to = open_memstream(&text, &n));
	(void)fputc('\n', to);
	explain_settings(to, &conf, &line);
	(void)fclose(to);
	configuration_free(&conf);
	command_line_free(&line);
}

static void
has(const char *line)
{
	char want[400];

	(void)snprintf(want, sizeof(want), "\nsetting %s\n", line);
	ck_assert_msg(strstr(text, want) != NULL, "%s is not in%s", line, text);
}

START_TEST(each_setting_has_a_line)
{
	explain(NULL, NULL, NULL);
	for (size_t i = 0; i < settings_n; i++) {
		char want[100];

		(void)snprintf(want, sizeof(want),
		    "\nsetting %s%s = ", settings_is_of_request(&settings_table[i]) ? "" : "--",
		    settings_table[i].name);
		ck_assert_msg((strstr(text, want) != NULL) ==
				  (settings_table[i].kind != SETTINGS_IGNORED),
		    "%s", want);
	}
	has("--hash-cost = 5 (default)");
	has("--listen = unset (default)");
	has("SESSIONGATE_STATUS = unset (web server alone)");
}
END_TEST

START_TEST(where_it_comes_from)
{
	char want[400];

	ck_assert_int_eq(setenv("SESSIONGATE_WORKERS", "2", 1), 0);
	ck_assert_int_eq(setenv("AUTH_TYPE", "auth", 1), 0);
	explain(NULL, NULL, NULL);
	has("--workers = 2 (environment)");
	has("AUTH_TYPE = auth (environment)");
	explain("# one\nSESSIONGATE_WORKERS=3\nSESSION_ID=uuid\nCORS_ORIGINS=\n\n"
		"SESSIONGATE_WORKERS=4\n",
	    NULL, NULL);
	/* The last of two counts. */
	(void)snprintf(want, sizeof(want), "--workers = 4 (%s/file line 6)", tmp_path);
	has(want);
	(void)snprintf(want, sizeof(want), "CORS_ORIGINS = \"\" (%s/file line 4)", tmp_path);
	has(want);
	explain("SESSIONGATE_WORKERS=3\n", "--workers=5", "--workers=6");
	has("--workers = 6 (command line)");
}
END_TEST

START_TEST(what_strict_would_change)
{
	ck_assert_int_eq(setenv("CSRF_CHECK", "log", 1), 0);
	ck_assert_int_eq(setenv("SESSION_DURATION", "8x", 1), 0);
	explain(NULL, NULL, NULL);
	has("AUTH_PROFILE = standard (default)");
	has("AUTH_TYPE = unset (default; strict: the web server must send one)");
	has("SESSION_ID = uuid (default; strict: token)");
	has("DEVICE_COOKIE = off (default; strict: on)");
	has("COOKIE_PREFIX = none (default; pages and checks: auto; strict: auto)");
	has("GATE_PREFIX = /_gate/ (default)");
	has("GATE = unset (web server alone)");
	has("CORS_ORIGINS = unset (default; strict: \"\")");
	has("CSRF_CHECK = log (environment; strict refuses it: under AUTH_PROFILE=strict "
	    "CSRF_CHECK must be on)");
	has("SESSION_DURATION = 8x (environment; strict refuses it: under AUTH_PROFILE=strict "
	    "SESSION_DURATION must be readable: give seconds, or a number and s, m, h or d, "
	    "such "
	    "as 8h)");
	ck_assert_int_eq(setenv("SESSION_DURATION", "8h", 1), 0);
	ck_assert_int_eq(setenv("AUTH_TYPE", "none", 1), 0);
	explain(NULL, NULL, NULL);
	has("SESSION_DURATION = 8h (environment)");
	has("AUTH_TYPE = none (environment; strict refuses it: under AUTH_PROFILE=strict "
	    "AUTH_TYPE must not be none: it lets everybody in)");
}
END_TEST

START_TEST(what_strict_has_changed)
{
	ck_assert_int_eq(setenv("AUTH_PROFILE", "strict", 1), 0);
	ck_assert_int_eq(setenv("SESSION_ID", "uuid", 1), 0);
	explain(NULL, NULL, NULL);
	has("AUTH_PROFILE = strict (environment)");
	has("SESSION_DURATION = 43200 (AUTH_PROFILE=strict)");
	has("SESSION_ID = uuid (environment)");
	has("CORS_ORIGINS = \"\" (AUTH_PROFILE=strict)");
	has("CSRF_CHECK = on (default)");
}
END_TEST

Suite *
check_explain_suite(void)
{
	Suite *s = suite_create("conf/explain");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, each_setting_has_a_line);
	tcase_add_test(tc, where_it_comes_from);
	tcase_add_test(tc, what_strict_would_change);
	tcase_add_test(tc, what_strict_has_changed);
	suite_add_tcase(s, tc);
	return s;
}
