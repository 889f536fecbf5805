/*
 * sessiongatectl.c - the operator's command
 *
 * Works on the same directories as the program, while it serves or while it does not.  This
 * file reads the command line; what the command does is in ctl_verbs.c.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "core/log.h"
#include "ctl_verbs.h"

enum { EXIT_USAGE = 2 };

/* -------------------------------------------------------------- command line */

static void
print_help(FILE *to)
{
	(void)fprintf(to, "usage: sessiongatectl [option ...] group verb [argument]\n\n");
	for (size_t i = 0; i < ctl_n_verbs; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "%s %s %s", ctl_verbs[i].group,
		    ctl_verbs[i].name,
		    ctl_verbs[i].argument != NULL ? ctl_verbs[i].argument : "");
		(void)fprintf(to, "  %-22s %s\n", line, ctl_verbs[i].help);
	}
	(void)fprintf(to, "\nPasswords are read from the terminal without echo, or as one line "
			  "from standard\n"
			  "input; never from an argument.\n\n"
			  "  --first-name TEXT      of user add\n"
			  "  --last-name TEXT       of user add\n"
			  "  --realm TEXT           of session import: their AUTH_REALM\n");
	for (size_t i = 0; i < settings_n_options; i++) {
		char option[64];

		(void)snprintf(option, sizeof(option), "--%s %s", settings_options[i].name,
		    settings_options[i].argument);
		(void)fprintf(to, "  %-22s %s [%s]\n", option, settings_options[i].help,
		    settings_options[i].fallback);
	}
	(void)fprintf(to,
	    "  --help                 this text\n"
	    "  --version              the version\n\n"
	    "Each setting is also read from the environment: SESSIONGATE_DATA_DIR and so\n"
	    "on.  Exit status: 0 done, 1 failed, 2 wrong usage.\n");
}

enum {
	OPTION_FIRST_NAME = 1000,
	OPTION_LAST_NAME,
	OPTION_REALM,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_N = 5
};

/* 0: go on; else the exit status is in *ret_exit. */
static bool
parse_options(
    int argc, char **argv, struct settings *settings, struct command *c, int *ret_exit)
{
	struct option options[64] = {
		{ "first-name", required_argument, NULL, OPTION_FIRST_NAME },
		{ "last-name", required_argument, NULL, OPTION_LAST_NAME },
		{ "realm", required_argument, NULL, OPTION_REALM },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
	};
	struct err err;
	int option;

	for (size_t i = 0; i < settings_n_options; i++)
		options[OPTION_N + i] = (struct option){ settings_options[i].name,
			required_argument, NULL, (int)i };
	*ret_exit = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_FIRST_NAME:
			c->first_name = optarg;
			break;
		case OPTION_LAST_NAME:
			c->last_name = optarg;
			break;
		case OPTION_REALM:
			c->realm = optarg;
			break;
		case OPTION_HELP:
			print_help(stdout);
			*ret_exit = EXIT_SUCCESS;
			return false;
		case OPTION_VERSION:
			(void)printf("sessiongatectl %s\n", PACKAGE_VERSION);
			*ret_exit = EXIT_SUCCESS;
			return false;
		case '?':
			(void)fprintf(stderr, "Try: sessiongatectl --help\n");
			return false;
		default:
			if (settings_set(
				settings, settings_options[option].name, optarg, &err) == 0)
				break;
			(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
			return false;
		}
	}
	return true;
}

static const struct verb *
find_verb(int n_arguments, char **arguments)
{
	for (size_t i = 0; i < ctl_n_verbs; i++)
		if (n_arguments == (ctl_verbs[i].argument != NULL ? 3 : 2) &&
		    strcmp(arguments[0], ctl_verbs[i].group) == 0 &&
		    strcmp(arguments[1], ctl_verbs[i].name) == 0)
			return &ctl_verbs[i];
	return NULL;
}

/* What is wrong with arguments that find_verb() does not know. */
static const char *
misuse(int n_arguments, char **arguments)
{
	static char text[96];

	if (n_arguments == 0)
		return "tell me what to do, for example: user list";
	for (size_t i = 0; n_arguments >= 2 && i < ctl_n_verbs; i++) {
		const struct verb *verb = &ctl_verbs[i];

		if (strcmp(arguments[0], verb->group) != 0 ||
		    strcmp(arguments[1], verb->name) != 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s %s takes %s%s", verb->group, verb->name,
		    verb->argument != NULL ? "one argument: " : "no argument",
		    verb->argument != NULL ? verb->argument : "");
		return text;
	}
	return "no such command";
}

/* Sessions end in the table of the run directory: it must be the one of who serves. */
static bool
is_right_pair(const struct app *app)
{
	if (!app->pair.has_strangers)
		return true;
	(void)fprintf(stderr,
	    app->pair.has_company
		? "sessiongatectl: warning: %s is in use with other run directories too; login "
		  "sessions end only in %s\n"
		: "sessiongatectl: %s is in use with another run directory than %s: give the "
		  "--run-dir of the program that serves\n",
	    app->settings->data_dir, app->settings->run_dir);
	return app->pair.has_company;
}

int
main(int argc, char **argv)
{
	struct command c = { .realm = "" };
	struct settings settings;
	const struct verb *verb;
	struct err err = { "" };
	int status;

	settings_init(&settings);
	if (settings_from_environment(&settings, &err) != 0) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
		return EXIT_USAGE;
	}
	/* Options may stand before and after the verb. */
	(void)unsetenv("POSIXLY_CORRECT");
	if (!parse_options(argc, argv, &settings, &c, &status))
		return status;
	if ((verb = find_verb(argc - optind, argv + optind)) == NULL) {
		(void)fprintf(stderr, "sessiongatectl: %s\nTry: sessiongatectl --help\n",
		    misuse(argc - optind, argv + optind));
		return EXIT_USAGE;
	}
	if (!verb->begins && access(settings.data_dir, F_OK) == -1 && errno == ENOENT) {
		/* Looking must not leave directories that belong to the wrong user. */
		(void)fprintf(stderr,
		    "sessiongatectl: %s is not there: give the program's --data-dir, or begin "
		    "with user add\n",
		    settings.data_dir);
		return EXIT_FAILURE;
	}
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if (sodium_init() == -1) {
		(void)fprintf(stderr, "sessiongatectl: cannot start libsodium\n");
		return EXIT_FAILURE;
	}
	if ((verb->is_bare ? app_open_data_dir(&c.app, &settings, &err)
			   : app_open(&c.app, &settings, false, &err)) != 0) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
		return EXIT_FAILURE;
	}
	if (!verb->is_bare && !is_right_pair(&c.app)) {
		app_close(&c.app);
		return EXIT_FAILURE;
	}
	c.env = app_account_env(&c.app); /* empty for a bare verb */
	status = verb->run(&c, argv + optind + 2);
	app_close(&c.app);
	if (fflush(stdout) == EOF)
		return EXIT_FAILURE;
	return status;
}
