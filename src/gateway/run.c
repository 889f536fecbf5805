/* run.c - see run.h */
#include "gateway/run.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/host.h"
#include "gateway/environment.h"
#include "gateway/options.h"
#include "gateway/supervisor.h"
#include "gateway/trip.h"

#define PREFIX "SESSIONGATE_"

#define SYSTEMD_FIRST_FD 3 /* sd_listen_fds(3) */

/* What getopt_long() returns for options that have no letter. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_CHECK, OPTION_CONFIG, OPTION_SETTING };

struct run {
	const struct run_app *app;
	int argc;
	char **argv;
	struct options options;
	struct environment environment; /* of the configuration file */
	const char *config_path;
	bool is_check;
	bool is_cgi;
};

static int
fail(struct run *run, int status, const struct err *err)
{
	(void)fprintf(stderr, "%s: %s\n", run->app->name, err->text);
	if (status == SUPERVISOR_EXIT_USAGE)
		(void)fprintf(stderr, "Try: %s --help\n", run->app->name);
	return status;
}

static void
help_table(const struct settings_option *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s %s", table[i].name, table[i].argument);
		(void)printf("  %-30s  %s", left, table[i].help);
		if (table[i].fallback[0] != '\0')
			(void)printf(" [%s]", table[i].fallback);
		(void)printf("\n");
	}
}

static void
help(const struct run_app *app)
{
	(void)printf(
	    "%s - %s\n\n"
	    "usage: %s --listen unix:/PATH [options]   open a socket and serve FastCGI\n"
	    "       %s [options]                       serve an inherited socket "
	    "(spawn-fcgi, lighttpd, systemd)\n"
	    "       as a CGI program                            answer one request\n\n"
	    "serving:\n",
	    app->name, app->summary, app->name, app->name);
	help_table(options_table, options_n_table);
	(void)printf("\napplication:\n");
	help_table(app->options, app->n_options);
	(void)printf(
	    "\nother:\n"
	    "  --config FILE                   read NAME=value lines; again at SIGHUP\n"
	    "  --check                         check the settings and end\n"
	    "  --help, --version\n\n"
	    "Each option is also a variable: --data-dir is SESSIONGATE_DATA_DIR.  Options win "
	    "over\n"
	    "--config, which wins over the environment.\n"
	    "Exit status: 0 ended as told, 1 failure, 2 wrong usage, 78 wrong settings.\n");
}

/* One setting by name, whoever's it is. */
static int
set(struct run *run, const char *name, const char *value, struct err *err)
{
	int r = options_set(&run->options, name, value, err);

	return r == -ENOENT ? run->app->set(run->app->arg, name, value, err) : r;
}

/* "SESSIONGATE_DATA_DIR" for "data-dir"; until the next call. */
static const char *
variable_name(const char *option)
{
	static char name[64];

	(void)snprintf(name, sizeof(name), PREFIX "%s", option);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
	return name;
}

static int
set_from_environment(
    struct run *run, const struct settings_option *table, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(variable_name(table[i].name));
		int r;

		if (value != NULL && (r = set(run, table[i].name, value, err)) != 0)
			return r;
	}
	return 0;
}

static bool
is_known(const struct settings_option *table, size_t n, const char *name, size_t n_name)
{
	for (size_t i = 0; i < n; i++) {
		const char *known = variable_name(table[i].name);

		if (strlen(known) == n_name && strncmp(known, name, n_name) == 0)
			return true;
	}
	return false;
}

/* A misspelt variable would silently be a default. */
static int
check_names(const struct run *run, struct err *err)
{
	extern char **environ;

	for (char **entry = environ; *entry != NULL; entry++) {
		size_t n = strcspn(*entry, "=");

		if (strncmp(*entry, PREFIX, strlen(PREFIX)) != 0 ||
		    (n == strlen(PREFIX "CONFIG") &&
			strncmp(*entry, PREFIX "CONFIG", n) == 0) ||
		    is_known(options_table, options_n_table, *entry, n) ||
		    is_known(run->app->options, run->app->n_options, *entry, n))
			continue;
		return err_set(
		    err, -EINVAL, "no setting is called %.*s: see --help", (int)n, *entry);
	}
	return 0;
}

/* The table getopt_long() wants, made from ours. */
static struct option *
long_options(const struct run_app *app)
{
	size_t n = options_n_table + app->n_options, i = 0;
	struct option *table = calloc(n + 5, sizeof(*table));

	if (table == NULL)
		return NULL;
	for (; i < n; i++) {
		const struct settings_option *from = i < options_n_table
							 ? &options_table[i]
							 : &app->options[i - options_n_table];

		table[i] =
		    (struct option){ from->name, required_argument, NULL, OPTION_SETTING };
	}
	table[i++] = (struct option){ "help", no_argument, NULL, OPTION_HELP };
	table[i++] = (struct option){ "version", no_argument, NULL, OPTION_VERSION };
	table[i++] = (struct option){ "check", no_argument, NULL, OPTION_CHECK };
	table[i++] = (struct option){ "config", required_argument, NULL, OPTION_CONFIG };
	return table;
}

/*
 * Walk through the command line.  is_applied: set what it says; else only look for what has to
 * be known before.  Positive: end with that status less one.
 */
static int
walk_arguments(struct run *run, bool is_applied, struct err *err)
{
	struct option *table = long_options(run->app);
	int which, c, r = 0;

	if (table == NULL)
		return -ENOMEM;
	optind = 0; /* GNU: start over */
	opterr = is_applied ? 0 : 1;
	while (r == 0 && (c = getopt_long(run->argc, run->argv, "", table, &which)) != -1) {
		switch (c) {
		case OPTION_HELP:
			help(run->app);
			r = 1 + SUPERVISOR_EXIT_OK;
			break;
		case OPTION_VERSION:
			(void)printf("%s %s\n", run->app->name, run->app->version);
			r = 1 + SUPERVISOR_EXIT_OK;
			break;
		case OPTION_CHECK:
			run->is_check = true;
			break;
		case OPTION_CONFIG:
			run->config_path = optarg;
			break;
		case OPTION_SETTING:
			if (is_applied)
				r = set(run, table[which].name, optarg, err);
			break;
		default:
			err_set(err, 0, "wrong usage");
			r = 1 + SUPERVISOR_EXIT_USAGE;
		}
	}
	if (r == 0 && optind < run->argc) {
		err_set(err, 0, "\"%s\" is no option", run->argv[optind]);
		r = 1 + SUPERVISOR_EXIT_USAGE;
	}
	free(table);
	return r;
}

/* All settings: defaults, environment (with the file's variables), command line. */
static int
read_settings(struct run *run, struct err *err)
{
	const struct run_app *app = run->app;
	int r;

	options_init(&run->options);
	app->begin(app->arg);
	/* The variables of a CGI program are its web server's, too. */
	if (!run->is_cgi && (r = check_names(run, err)) != 0)
		return r;
	if ((r = set_from_environment(run, options_table, options_n_table, err)) != 0 ||
	    (r = set_from_environment(run, app->options, app->n_options, err)) != 0 ||
	    (r = walk_arguments(run, true, err)) != 0)
		return r;
	if (!run->is_cgi && app->check != NULL && (r = app->check(app->arg, err)) != 0)
		return r;
	if ((r = app->commit(app->arg, err)) != 0)
		return r;
	if (run->options.supervisor.n_workers == 0)
		run->options.supervisor.n_workers = host_n_cpus();
	return 0;
}

static void
configure_logs(const struct run *run)
{
	log_configure(run->options.log_level, run->options.log_format, run->options.log_target);
	trip_configure(run->options.access_log);
}

static int
read_all(struct run *run, struct err *err)
{
	struct environment environment = ENVIRONMENT_EMPTY;
	struct options before = run->options;
	int r;

	if (run->config_path == NULL)
		run->config_path = getenv("SESSIONGATE_CONFIG");
	if (run->config_path != NULL &&
	    (r = environment_read(run->config_path, &environment, err)) != 0)
		return r;
	environment_undo(&run->environment);
	if ((r = environment_apply(&environment)) != 0 || (r = read_settings(run, err)) != 0) {
		environment_free(&environment);
		(void)environment_apply(&run->environment);
		run->options = before;
		return r;
	}
	environment_free(&run->environment);
	run->environment = environment;
	return 0;
}

static int
ops_prepare(void *arg, struct err *err)
{
	struct run *run = arg;
	struct gateway_app app;
	int r = run->app->open(run->app->arg, true, &app, err);

	if (r == 0)
		run->app->close(run->app->arg);
	return r;
}

static int
ops_start(void *arg, struct gateway_app *ret_app, struct err *err)
{
	struct run *run = arg;

	return run->app->open(run->app->arg, false, ret_app, err);
}

static void
ops_replaced(void *arg)
{
	struct run *run = arg;

	if (run->app->replaced != NULL)
		run->app->replaced(run->app->arg);
}

static void
ops_stop(void *arg)
{
	struct run *run = arg;

	run->app->close(run->app->arg);
}

static int
ops_reload(void *arg, struct supervisor_settings *ret_settings, struct err *err)
{
	struct run *run = arg;
	int r = read_all(run, err);

	if (r != 0)
		return r;
	configure_logs(run);
	*ret_settings = run->options.supervisor;
	return 0;
}

/* No core, no ptrace, no /proc/PID/mem: memory holds passwords for a moment. */
static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
run_cgi(struct run *run)
{
	struct gateway_app app = { 0 };
	struct err err = { "" };
	int r;

	/*
	 * The command line of a CGI program may be the client's own words (RFC 3875
	 * section 4.4: a query without "=" becomes arguments), so it is not looked at.
	 */
	run->argc = 1;
	run->is_cgi = true;
	if ((r = read_all(run, &err)) == 0) {
		configure_logs(run);
		r = run->app->open(run->app->arg, false, &app, &err);
	}
	if (r != 0) {
		(void)printf("Status: 503 Service Unavailable\r\n"
			     "Content-Type: application/json\r\n\r\n"
			     "{\n  \"error\": \"Service Unavailable\"\n}\n");
		(void)fflush(stdout);
		return fail(run, SUPERVISOR_EXIT_FAILURE, &err);
	}
	r = gateway_cgi(&app);
	run->app->close(run->app->arg);
	return r == 0 ? SUPERVISOR_EXIT_OK : SUPERVISOR_EXIT_FAILURE;
}

/* systemd: LISTEN_FDS descriptors from 3 on, for the process LISTEN_PID.  Or -1. */
static int
systemd_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int fd = -1;

	if (pid != NULL && n != NULL && strtol(pid, NULL, 10) == getpid() &&
	    strcmp(n, "1") == 0)
		fd = SYSTEMD_FIRST_FD;
	/* They are for this process, not for its children. */
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return fd;
}

static int
open_socket(struct run *run, struct listen_socket *ret_socket, struct err *err)
{
	bool may_be_unsafe = run->options.listen.may_be_unsafe;
	int fd;

	if (run->options.listen.address != NULL)
		return listen_open(&run->options.listen, ret_socket, err);
	if ((fd = systemd_fd()) != -1)
		return listen_adopt(fd, may_be_unsafe, ret_socket, err);
	if (listen_is_listening(STDIN_FILENO))
		return listen_adopt(STDIN_FILENO, may_be_unsafe, ret_socket, err);
	return err_set(err, -EDESTADDRREQ,
	    "nothing to listen on: give --listen unix:/PATH, or start it from spawn-fcgi, "
	    "lighttpd (bin-path), systemd, or as a CGI program");
}

static int
serve(struct run *run)
{
	struct supervisor_ops ops = {
		.prepare = ops_prepare,
		.start = ops_start,
		.replaced = ops_replaced,
		.stop = ops_stop,
		.reload = ops_reload,
		.arg = run,
	};
	struct listen_socket listen_socket = LISTEN_SOCKET_NONE;
	struct err err = { "" };
	int r;

	if ((r = open_socket(run, &listen_socket, &err)) != 0)
		return fail(run,
		    r == -EDESTADDRREQ || r == -EINVAL || r == -EPERM ? SUPERVISOR_EXIT_USAGE
								      : SUPERVISOR_EXIT_FAILURE,
		    &err);
	r = supervisor_run(&ops, &run->options.supervisor, &listen_socket);
	listen_close(&listen_socket);
	return r;
}

static bool
is_cgi(void)
{
	return (getenv("GATEWAY_INTERFACE") != NULL || getenv("REQUEST_METHOD") != NULL) &&
	       !listen_is_listening(STDIN_FILENO);
}

int
run_main(int argc, char **argv, const struct run_app *app)
{
	struct run run = { .app = app, .argc = argc, .argv = argv };
	struct err err = { "" };
	int r;

	harden();
	if (is_cgi()) {
		r = run_cgi(&run);
	} else if ((r = walk_arguments(&run, false, &err)) > 0) {
		r = r - 1 == SUPERVISOR_EXIT_OK ? 0 : fail(&run, r - 1, &err);
	} else if (r < 0 || (r = read_all(&run, &err)) < 0) {
		r = fail(&run, SUPERVISOR_EXIT_CONFIG, &err);
	} else if (run.is_check) {
		(void)printf("%s: the settings are sound\n", app->name);
		r = SUPERVISOR_EXIT_OK;
	} else {
		configure_logs(&run);
		r = serve(&run);
	}
	environment_free(&run.environment);
	return r;
}
