/* configuration.c - see configuration.h */
#include "server/configuration.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/host.h"
#include "server/txn.h"

#define PREFIX "SESSIONGATE_"

/* What getopt_long() returns for options that have no letter. */
enum { OPTION_HELP = 256, OPTION_VERSION, OPTION_CHECK, OPTION_CONFIG, OPTION_SETTING };

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
	    "  --check                         look at all that a start would open, and end\n"
	    "  --help, --version\n\n"
	    "Each option is also a variable: --data-dir is SESSIONGATE_DATA_DIR.  Options win "
	    "over\n"
	    "--config, which wins over the environment.\n"
	    "Exit status: 0 ended as told, 1 failure, 2 wrong usage, 78 wrong settings.\n");
}

/* One setting by name, whoever's it is. */
static int
set(struct configuration *conf, const char *name, const char *value, struct err *err)
{
	int r = options_set(&conf->options, name, value, err);

	return r == -ENOENT ? conf->app->set(conf->app->arg, name, value, err) : r;
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
    struct configuration *conf, const struct settings_option *table, size_t n, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = getenv(variable_name(table[i].name));
		int r;

		if (value != NULL && (r = set(conf, table[i].name, value, err)) != 0)
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
check_names(const struct configuration *conf, struct err *err)
{
	extern char **environ;

	for (char **entry = environ; *entry != NULL; entry++) {
		size_t n = strcspn(*entry, "=");

		if (strncmp(*entry, PREFIX, strlen(PREFIX)) != 0 ||
		    (n == strlen(PREFIX "CONFIG") &&
			strncmp(*entry, PREFIX "CONFIG", n) == 0) ||
		    is_known(options_table, options_n_table, *entry, n) ||
		    is_known(conf->app->options, conf->app->n_options, *entry, n))
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

/* is_applied: set what it says; else only look for what has to be known before. */
static int
walk(struct configuration *conf, bool is_applied, struct err *err)
{
	struct option *table = long_options(conf->app);
	int which, c, r = 0;

	if (table == NULL)
		return -ENOMEM;
	optind = 0; /* GNU: start over */
	opterr = is_applied ? 0 : 1;
	while (r == 0 && (c = getopt_long(conf->argc, conf->argv, "", table, &which)) != -1) {
		switch (c) {
		case OPTION_HELP:
			help(conf->app);
			r = CONFIGURATION_E_TOLD;
			break;
		case OPTION_VERSION:
			(void)printf("%s %s\n", conf->app->name, conf->app->version);
			r = CONFIGURATION_E_TOLD;
			break;
		case OPTION_CHECK:
			conf->is_check = true;
			break;
		case OPTION_CONFIG:
			conf->config_path = optarg;
			break;
		case OPTION_SETTING:
			if (is_applied)
				r = set(conf, table[which].name, optarg, err);
			break;
		default:
			err_set(err, 0, "wrong usage");
			r = CONFIGURATION_E_USAGE;
		}
	}
	if (r == 0 && optind < conf->argc) {
		err_set(err, 0, "\"%s\" is no option", conf->argv[optind]);
		r = CONFIGURATION_E_USAGE;
	}
	free(table);
	return r;
}

/* All settings: defaults, environment (with the file's variables), command line. */
static int
read_settings(struct configuration *conf, struct err *err)
{
	const struct run_app *app = conf->app;
	int r;

	options_init(&conf->options);
	app->begin(app->arg);
	/* The variables of a CGI program are its web server's, too. */
	if (!conf->is_cgi && (r = check_names(conf, err)) != 0)
		return r;
	if ((r = set_from_environment(conf, options_table, options_n_table, err)) != 0 ||
	    (r = set_from_environment(conf, app->options, app->n_options, err)) != 0 ||
	    (r = walk(conf, true, err)) != 0)
		return r;
	if (!conf->is_cgi && app->check != NULL && (r = app->check(app->arg, err)) != 0)
		return r;
	if ((r = app->commit(app->arg, err)) != 0)
		return r;
	/* The web server in front takes twice as long over a request: it needs the other half. */
	if (conf->options.supervisor.n_workers == 0)
		conf->options.supervisor.n_workers = (host_n_cpus() + 1) / 2;
	return 0;
}

int
configuration_read(struct configuration *conf, struct err *err)
{
	struct environment environment = ENVIRONMENT_EMPTY;
	struct options before = conf->options;
	int r = 0;

	if (conf->config_path == NULL)
		conf->config_path = getenv("SESSIONGATE_CONFIG");
	if (conf->config_text != NULL)
		r = environment_parse(
		    conf->config_path, buf_str(conf->config_text), &environment, err);
	else if (conf->config_path != NULL)
		r = environment_read(conf->config_path, &environment, err);
	if (r != 0)
		return r;
	environment_undo(&conf->environment);
	if ((r = environment_apply(&environment)) != 0 || (r = read_settings(conf, err)) != 0) {
		environment_free(&environment);
		(void)environment_apply(&conf->environment);
		conf->options = before;
		return r;
	}
	environment_free(&conf->environment);
	conf->environment = environment;
	return 0;
}

void
configuration_use_logs(const struct configuration *conf)
{
	log_configure(
	    conf->options.log_level, conf->options.log_format, conf->options.log_target);
	txn_configure(conf->options.access_log);
}

int
configuration_look(struct configuration *conf, struct err *err)
{
	return walk(conf, false, err);
}

void
configuration_free(struct configuration *conf)
{
	environment_free(&conf->environment);
}
