/* check_configuration.c - tests of src/server/configuration.c */
#include "server/configuration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/host.h"
#include "unit/fail_alloc.h"
#include "unit/server/proc.h"
#include "unit/tmp.h"
#include "unit/unit.h"

Suite *check_configuration_suite(void);

static const struct settings_option options[] = {
	{ "colour", "NAME", "grey", "of the thing" },
	{ "two-words", "N", "", "with a hyphen" },
};

/* The application: what it was told, in this order. */
static char told[512];
static int check_result, commit_result;

static void
begin(void *arg)
{
	(void)arg;
	(void)snprintf(told, sizeof(told), "begin");
}

static int
set(void *arg, const char *name, const char *value, struct err *err)
{
	size_t n = strlen(told);

	(void)arg;
	if (strcmp(value, "bad") == 0)
		return err_set(err, -EINVAL, "%s is bad", name);
	(void)snprintf(told + n, sizeof(told) - n, " %s=%s", name, value);
	return 0;
}

static int
commit(void *arg, struct err *err)
{
	(void)arg;
	(void)strncat(told, " commit", sizeof(told) - strlen(told) - 1);
	return commit_result == 0 ? 0 : err_set(err, commit_result, "not committed");
}

static int
check(void *arg, struct err *err)
{
	(void)arg;
	(void)strncat(told, " check", sizeof(told) - strlen(told) - 1);
	return check_result == 0 ? 0 : err_set(err, check_result, "not sound");
}

static const struct run_app app = {
	.name = "program",
	.version = "1.2",
	.summary = "a test",
	.options = options,
	.n_options = 2,
	.begin = begin,
	.set = set,
	.commit = commit,
	.check = check,
};

static struct configuration conf;
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
	tmp_remove();
}

/* A program called with up to three arguments. */
static void
called_with(const char *a, const char *b, const char *c)
{
	static char *argv[5];

	argv[0] = (char *)"program";
	argv[1] = (char *)a;
	argv[2] = a != NULL ? (char *)b : NULL;
	argv[3] = b != NULL ? (char *)c : NULL;
	conf = (struct configuration){ .app = &app, .argv = argv };
	while (argv[conf.argc] != NULL)
		conf.argc++;
}

static void
set_variable(const char *name, const char *value)
{
	ck_assert_int_eq(setenv(name, value, 1), 0);
}

START_TEST(defaults)
{
	called_with(NULL, NULL, NULL);
	ck_assert_int_eq(configuration_look(&conf, &err), 0);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert(!conf.is_check);
	ck_assert_str_eq(told, "begin check commit");
	ck_assert_uint_eq(conf.options.supervisor.n_workers, (host_n_cpus() + 1) / 2);
	ck_assert_int_eq(conf.options.log_level, LOG_LEVEL_INFO);
}
END_TEST

START_TEST(from_the_environment)
{
	called_with(NULL, NULL, NULL);
	set_variable("SESSIONGATE_WORKERS", "3");
	set_variable("SESSIONGATE_LOG_LEVEL", "debug");
	set_variable("SESSIONGATE_TWO_WORDS", "x");
	set_variable("OTHER_WORKERS", "4");
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 3);
	ck_assert_int_eq(conf.options.log_level, LOG_LEVEL_DEBUG);
	ck_assert_str_eq(told, "begin two-words=x check commit");
}
END_TEST

/* Options win over the file, and that over the environment. */
START_TEST(who_wins)
{
	tmp_write("file", "SESSIONGATE_WORKERS=4\nSESSIONGATE_COLOUR=red\n", 0600);
	set_variable("SESSIONGATE_WORKERS", "3");
	set_variable("SESSIONGATE_SLOW_THREADS", "3");
	set_variable("SESSIONGATE_COLOUR", "green");
	if (_i == 0) {
		called_with("--workers=5", "--config", file);
	} else {
		set_variable("SESSIONGATE_CONFIG", file);
		called_with("--workers", "5", NULL);
	}
	ck_assert_int_eq(configuration_look(&conf, &err), 0);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 5);
	ck_assert_uint_eq(conf.options.supervisor.worker.n_slow_threads, 3);
	ck_assert_str_eq(told, "begin colour=red check commit");
}
END_TEST

START_TEST(looking_sets_nothing)
{
	called_with("--check", "--workers=5", "--colour=red");
	told[0] = '\0';
	ck_assert_int_eq(configuration_look(&conf, &err), 0);
	ck_assert(conf.is_check);
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 0);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 5);
	ck_assert_str_eq(told, "begin colour=red check commit");
}
END_TEST

static const struct {
	const char *first, *second;
	int want;
	const char *printed;
} looks[] = {
	{ "--help", NULL, CONFIGURATION_E_TOLD, "--colour NAME" },
	{ "--help", "--workers=bad", CONFIGURATION_E_TOLD, "--workers N" },
	{ "--version", NULL, CONFIGURATION_E_TOLD, "program 1.2\n" },
	{ "--no-such-option", NULL, CONFIGURATION_E_USAGE, NULL },
	{ "--workers", NULL, CONFIGURATION_E_USAGE, NULL }, /* without its value */
	{ "-w", NULL, CONFIGURATION_E_USAGE, NULL },
	{ "word", NULL, CONFIGURATION_E_USAGE, NULL },
	{ "--workers=3", "word", CONFIGURATION_E_USAGE, NULL },
};

static int
look_and_end(void *arg)
{
	int i = *(int *)arg;

	called_with(looks[i].first, looks[i].second, NULL);
	return configuration_look(&conf, &err) == looks[i].want &&
		       (looks[i].want != CONFIGURATION_E_USAGE || err.text[0] != '\0')
		   ? 0
		   : 1;
}

START_TEST(what_the_command_line_asks)
{
	ck_assert_int_eq(proc_wait(proc_start(look_and_end, &_i)), 0);
	if (looks[_i].printed != NULL)
		ck_assert(proc_has_printed(looks[_i].printed));
}
END_TEST

static const struct {
	const char *name, *value, *want;
} wrong[] = {
	{ "SESSIONGATE_WORKERS", "many", "workers" },
	{ "SESSIONGATE_COLOUR", "bad", "colour is bad" },
	{ "SESSIONGATE_COLOR", "grey", "SESSIONGATE_COLOR" }, /* misspelt */
	{ "SESSIONGATE_", "x", "SESSIONGATE_" },
	{ "SESSIONGATE_CONFIGS", "x", "SESSIONGATE_CONFIGS" },
	{ "SESSIONGATE_WORKER", "3", "SESSIONGATE_WORKER" },
};

START_TEST(wrong_settings_are_named)
{
	called_with(NULL, NULL, NULL);
	set_variable(wrong[_i].name, wrong[_i].value);
	ck_assert_int_eq(configuration_read(&conf, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.text, wrong[_i].want));
}
END_TEST

/* Its environment is a request's: names are its web server's, and values are answered. */
START_TEST(a_cgi_program_is_not_asked)
{
	called_with(NULL, NULL, NULL);
	conf.is_cgi = true;
	check_result = -EINVAL;
	set_variable("SESSIONGATE_ANYTHING", "x");
	set_variable("SESSIONGATE_COLOUR", "red");
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_str_eq(told, "begin colour=red commit");
}
END_TEST

/* Whatever fails: settings and environment are as they were. */
START_TEST(what_is_wrong_changes_nothing)
{
	called_with("--config", file, NULL);
	set_variable("SESSIONGATE_SLOW_THREADS", "2");
	tmp_write("file", "SESSIONGATE_WORKERS=4\nSESSIONGATE_SLOW_THREADS=6\n", 0600);
	ck_assert_int_eq(configuration_look(&conf, &err), 0);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	tmp_write("file", "SESSIONGATE_WORKERS=7\nSESSIONGATE_LOG_LEVEL=error\n", 0600);
	switch (_i) {
	case 0:
		check_result = -EPERM;
		break;
	case 1:
		commit_result = -EPERM;
		break;
	case 2:
		tmp_write("file", "SESSIONGATE_WORKERS=7\nSESSIONGATE_COLOUR=bad\n", 0600);
		break;
	case 3:
		tmp_write("file", "SESSIONGATE_WORKERS=7\nno variable\n", 0600);
		break;
	default:
		ck_assert_int_eq(unlinkat(tmp_fd, "file", 0), 0);
	}
	err.text[0] = '\0';
	ck_assert_int_lt(configuration_read(&conf, &err), 0);
	ck_assert_str_ne(err.text, "");
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 4);
	ck_assert_uint_eq(conf.options.supervisor.worker.n_slow_threads, 6);
	ck_assert_int_eq(conf.options.log_level, LOG_LEVEL_INFO);
	ck_assert_str_eq(getenv("SESSIONGATE_WORKERS"), "4");
	ck_assert_str_eq(getenv("SESSIONGATE_SLOW_THREADS"), "6");
	ck_assert_ptr_null(getenv("SESSIONGATE_LOG_LEVEL"));
	ck_assert_ptr_null(getenv("SESSIONGATE_COLOUR"));
}
END_TEST

START_TEST(what_leaves_the_file_is_as_it_was_before)
{
	called_with("--config", file, NULL);
	set_variable("SESSIONGATE_SLOW_THREADS", "2");
	tmp_write("file", "SESSIONGATE_SLOW_THREADS=6\nSESSIONGATE_COLOUR=red\n", 0600);
	ck_assert_int_eq(configuration_look(&conf, &err), 0);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_uint_eq(conf.options.supervisor.worker.n_slow_threads, 6);
	tmp_write("file", "SESSIONGATE_WORKERS=4\n", 0600);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert_uint_eq(conf.options.supervisor.worker.n_slow_threads, 2);
	ck_assert_uint_eq(conf.options.supervisor.n_workers, 4);
	ck_assert_str_eq(told, "begin check commit");
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
		called_with("--config", file, NULL);
		fail_alloc_at(nth);
		if ((r = configuration_look(&conf, &err)) == 0)
			r = configuration_read(&conf, &err);
		fail_alloc_at(0);
		if (r != 0) {
			ck_assert_int_eq(r, -ENOMEM);
			ck_assert_str_eq(getenv("SESSIONGATE_SLOW_THREADS"), "2");
		}
		configuration_free(&conf);
	}
}
END_TEST

START_TEST(logs)
{
	called_with("--log-level=error", NULL, NULL);
	ck_assert_int_eq(configuration_read(&conf, &err), 0);
	ck_assert(log_is_on(LOG_LEVEL_INFO));
	configuration_use_logs(&conf);
	ck_assert(!log_is_on(LOG_LEVEL_WARN));
	ck_assert(log_is_on(LOG_LEVEL_ERROR));
}
END_TEST

Suite *
check_configuration_suite(void)
{
	Suite *s = suite_create("server/configuration");
	TCase *tc = tcase_create("core");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, from_the_environment);
	tcase_add_loop_test(tc, who_wins, 0, 2);
	tcase_add_test(tc, looking_sets_nothing);
	tcase_add_loop_test(
	    tc, what_the_command_line_asks, 0, sizeof(looks) / sizeof(looks[0]));
	tcase_add_loop_test(tc, wrong_settings_are_named, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tc, a_cgi_program_is_not_asked);
	tcase_add_loop_test(tc, what_is_wrong_changes_nothing, 0, 5);
	tcase_add_test(tc, what_leaves_the_file_is_as_it_was_before);
	tcase_add_test(tc, without_memory);
	tcase_add_test(tc, logs);
	suite_add_tcase(s, tc);
	return s;
}
