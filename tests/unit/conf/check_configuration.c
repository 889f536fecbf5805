/* check_configuration.c - tests of src/conf/configuration.c */
#include "conf/configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/fail_alloc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_configuration_suite(void);

enum { OWN_CONFIG };

static const struct command_line_option own[] = {
	[OWN_CONFIG] = { "config", "FILE", "" },
	{ NULL, NULL, NULL },
};

static struct configuration conf;
static struct command_line line;
static struct err err;
static char file[300];

static void
setup(void)
{
	extern char **environ;
	bool is_found = true;

	tmp_make();
	(void)snprintf(file, sizeof(file), "%s/file", tmp_path);
	while (is_found) {
		is_found = false;
		for (char **entry = environ; *entry != NULL && !is_found; entry++)
			if (strncmp(*entry, "SESSIONGATE_", 12) == 0) {
				char name[100];

				(void)snprintf(name, sizeof(name), "%.*s",
				    (int)strcspn(*entry, "="), *entry);
				ck_assert_int_eq(unsetenv(name), 0);
				is_found = true;
			}
	}
}

static void
teardown(void)
{
	configuration_free(&conf);
	command_line_free(&line);
	tmp_remove();
}

/* The settings of a program called with up to three arguments. */
static int
read_with(const char *a, const char *b, const char *c)
{
	static char *argv[5];
	int argc = 1, r;

	argv[0] = (char *)"program";
	argv[1] = (char *)a;
	argv[2] = a != NULL ? (char *)b : NULL;
	argv[3] = b != NULL ? (char *)c : NULL;
	while (argv[argc] != NULL)
		argc++;
	err.text[0] = '\0';
	command_line_free(&line);
	r = command_line_read(
	    argc, argv, own, SETTINGS_SERVING | SETTINGS_APPLICATION, &line, &err);
	return r != 0 ? r : configuration_read(&conf, line.own[OWN_CONFIG], NULL, &line, &err);
}

static void
set_variable(const char *name, const char *value)
{
	ck_assert_int_eq(setenv(name, value, 1), 0);
}

START_TEST(defaults)
{
	ck_assert_int_eq(read_with(NULL, NULL, NULL), 0);
	ck_assert_uint_eq(conf.settings.n_workers, 0);
	ck_assert_str_eq(conf.settings.data_dir, "/var/lib/sessiongate");
	ck_assert_ptr_null(conf.path);
}
END_TEST

START_TEST(from_the_environment)
{
	set_variable("SESSIONGATE_WORKERS", "3");
	set_variable("SESSIONGATE_DATA_DIR", "/d");
	set_variable("OTHER_WORKERS", "4");
	ck_assert_int_eq(read_with(NULL, NULL, NULL), 0);
	ck_assert_uint_eq(conf.settings.n_workers, 3);
	ck_assert_str_eq(conf.settings.data_dir, "/d");
}
END_TEST

/* Options win over the file, and that over the environment. */
START_TEST(who_wins)
{
	tmp_write("file", "SESSIONGATE_WORKERS=4\nSESSIONGATE_DATA_DIR=/file\n", 0600);
	set_variable("SESSIONGATE_WORKERS", "3");
	set_variable("SESSIONGATE_SLOW_THREADS", "3");
	set_variable("SESSIONGATE_DATA_DIR", "/environment");
	if (_i == 0) {
		set_variable("SESSIONGATE_CONFIG", "/nowhere");
		ck_assert_int_eq(read_with("--workers=5", "--config", file), 0);
	} else {
		set_variable("SESSIONGATE_CONFIG", file);
		ck_assert_int_eq(read_with("--workers", "5", NULL), 0);
	}
	ck_assert_str_eq(conf.path, file);
	ck_assert_uint_eq(conf.settings.n_workers, 5);
	ck_assert_uint_eq(conf.settings.n_slow_threads, 3);
	ck_assert_str_eq(conf.settings.data_dir, "/file");
}
END_TEST

/* What was tried is what takes over, whatever is in the file by then. */
START_TEST(a_text_in_place_of_the_file)
{
	struct buf text;

	ck_assert_int_eq(read_with(NULL, NULL, NULL), 0);
	buf_init(&text, 100);
	buf_add_z(&text, "SESSIONGATE_WORKERS=7\n");
	tmp_write("file", "SESSIONGATE_WORKERS=4\n", 0600);
	ck_assert_int_eq(configuration_read(&conf, file, &text, &line, &err), 0);
	ck_assert_uint_eq(conf.settings.n_workers, 7);
	buf_fini(&text);
}
END_TEST

static const struct {
	const char *name, *value, *want;
} wrong[] = {
	{ "SESSIONGATE_WORKERS", "many", "workers" },
	{ "SESSIONGATE_RUNDIR", "/run", "SESSIONGATE_RUNDIR" }, /* misspelt */
	{ "SESSIONGATE_", "x", "SESSIONGATE_" },
	{ "SESSIONGATE_CONFIGS", "x", "SESSIONGATE_CONFIGS" },
	{ "SESSIONGATE_WORKER", "3", "SESSIONGATE_WORKER" },
	{ "SESSIONGATE_AUTH_TYPE", "none", "SESSIONGATE_AUTH_TYPE" },
	{ "SESSIONGATE_STATUS", "on", "SESSIONGATE_STATUS" }, /* a request's alone */
	{ "SESSIONGATE_CONFIG", "/nowhere", "/nowhere: No such file" },
};

/* And the environment is as it was. */
START_TEST(wrong_settings_are_named)
{
	set_variable("SESSIONGATE_SLOW_THREADS", "2");
	if (_i % 2 == 0) {
		char text[200];

		(void)snprintf(text, sizeof(text), "SESSIONGATE_SLOW_THREADS=6\n%s=%s\n",
		    wrong[_i].name, wrong[_i].value);
		tmp_write("file", text, 0600);
		ck_assert_int_lt(read_with("--config", file, NULL), 0);
		ck_assert_ptr_null(getenv(wrong[_i].name));
	} else {
		set_variable(wrong[_i].name, wrong[_i].value);
		ck_assert_int_lt(read_with(NULL, NULL, NULL), 0);
	}
	ck_assert_ptr_nonnull(strstr(err.text, wrong[_i].want));
	ck_assert_str_eq(getenv("SESSIONGATE_SLOW_THREADS"), "2");
}
END_TEST

START_TEST(a_wrong_option_is_named)
{
	ck_assert_int_eq(read_with("--workers=many", NULL, NULL), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, "workers: \"many\""));
}
END_TEST

/* Its environment is a request's: names are its web server's. */
START_TEST(a_cgi_program)
{
	set_variable("SESSIONGATE_ANYTHING", "x");
	set_variable("SESSIONGATE_DATA_DIR", "/d");
	ck_assert_int_eq(configuration_read(&conf, NULL, NULL, NULL, &err), 0);
	ck_assert_str_eq(conf.settings.data_dir, "/d");
	set_variable("SESSIONGATE_SLOW_THREADS", "none");
	ck_assert_int_eq(configuration_read(&conf, NULL, NULL, NULL, &err), -EINVAL);
}
END_TEST

START_TEST(freeing_sets_the_environment_back)
{
	set_variable("SESSIONGATE_SLOW_THREADS", "2");
	tmp_write("file", "SESSIONGATE_SLOW_THREADS=6\nSESSIONGATE_WORKERS=4\n", 0600);
	ck_assert_int_eq(read_with("--config", file, NULL), 0);
	ck_assert_uint_eq(conf.settings.n_slow_threads, 6);
	ck_assert_str_eq(getenv("SESSIONGATE_WORKERS"), "4");
	configuration_free(&conf);
	ck_assert_ptr_null(getenv("SESSIONGATE_WORKERS"));
	ck_assert_str_eq(getenv("SESSIONGATE_SLOW_THREADS"), "2");
}
END_TEST

START_TEST(without_memory)
{
	int r = -1;

	set_variable("SESSIONGATE_SLOW_THREADS", "2");
	tmp_write("file", "SESSIONGATE_SLOW_THREADS=6\n", 0600);
	for (unsigned nth = 1; r != 0; nth++) {
		ck_assert_uint_lt(nth, 40);
		fail_alloc_at(nth);
		r = read_with("--config", file, NULL);
		fail_alloc_at(0);
		if (r != 0) {
			ck_assert_int_eq(r, -ENOMEM);
			ck_assert_str_eq(getenv("SESSIONGATE_SLOW_THREADS"), "2");
		}
	}
}
END_TEST

Suite *
check_configuration_suite(void)
{
	Suite *s = suite_create("conf/configuration");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, from_the_environment);
	tcase_add_loop_test(tc, who_wins, 0, 2);
	tcase_add_test(tc, a_text_in_place_of_the_file);
	tcase_add_loop_test(tc, wrong_settings_are_named, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, a_wrong_option_is_named);
	tcase_add_test(tc, a_cgi_program);
	tcase_add_test(tc, freeing_sets_the_environment_back);
	tcase_add_test(tc, without_memory);
	suite_add_tcase(s, tc);
	return s;
}
