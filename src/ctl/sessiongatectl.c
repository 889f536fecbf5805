/*
 * sessiongatectl.c - the operator's command
 *
 * Works on the same directories as the program, while it serves or while it does not.  This
 * file reads the command line; what the command does is in verbs.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "core/harden.h"
#include "core/log.h"
#include "core/process.h"
#include "ctl/audit.h"
#include "ctl/become.h"
#include "ctl/verbs.h"
#include "server/configuration.h"

enum { JOURNALS_WAIT_S = 15 };
enum { EXIT_USAGE = 2 };

/* -------------------------------------------------------------- command line */

static void
print_help(FILE *to)
{
	(void)fprintf(to, "usage: sessiongatectl [option ...] group verb [argument]\n\n");
	for (size_t i = 0; i < n_verbs; i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "%s %s %s", verbs[i].group, verbs[i].name,
		    verbs[i].argument != NULL ? verbs[i].argument : "");
		(void)fprintf(to, "  %-22s %s\n", line, verbs[i].help);
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
	    "  --config FILE          the program's: NAME=value lines\n"
	    "  --help                 this text\n"
	    "  --version              the version\n\n"
	    "Settings are read as the program reads them: options win over --config (or\n"
	    "SESSIONGATE_CONFIG), which wins over the environment, SESSIONGATE_DATA_DIR and "
	    "so\n"
	    "on.  Root works as the owner of the data directory.\n"
	    "Exit status: 0 done, 1 failed, 2 wrong usage, 78 wrong settings.\n");
}

static void
print_version(void)
{
	(void)printf("sessiongatectl %s\n", PACKAGE_VERSION);
}

enum {
	OPTION_FIRST_NAME = 1000,
	OPTION_LAST_NAME,
	OPTION_REALM,
	OPTION_CONFIG,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_N = 6
};

static int
refuse_settings(const struct err *err)
{
	(void)fprintf(stderr, "sessiongatectl: %s\n", err->text);
	return EX_CONFIG;
}

/*
 * True: go on; else the exit status is in *ret_exit.  settings NULL: the options that are no
 * settings; else those that are, which win over what is in *settings.
 */
static bool
parse_options(int argc, char **argv, struct settings *settings, struct command *c,
    const char **config_path, int *ret_exit)
{
	struct option options[64] = {
		{ "first-name", required_argument, NULL, OPTION_FIRST_NAME },
		{ "last-name", required_argument, NULL, OPTION_LAST_NAME },
		{ "realm", required_argument, NULL, OPTION_REALM },
		{ "config", required_argument, NULL, OPTION_CONFIG },
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "version", no_argument, NULL, OPTION_VERSION },
	};
	struct err err;
	int option;

	for (size_t i = 0; i < settings_n_options; i++)
		options[OPTION_N + i] = (struct option){ settings_options[i].name,
			required_argument, NULL, (int)i };
	*ret_exit = EXIT_USAGE;
	optind = 0; /* GNU: start over */
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
		case OPTION_CONFIG:
			*config_path = optarg;
			break;
		case OPTION_HELP:
			print_help(stdout);
			*ret_exit = EXIT_SUCCESS;
			return false;
		case OPTION_VERSION:
			print_version();
			*ret_exit = EXIT_SUCCESS;
			return false;
		case '?':
			(void)fprintf(stderr, "Try: sessiongatectl --help\n");
			return false;
		default:
			if (settings == NULL ||
			    settings_set(
				settings, settings_options[option].name, optarg, &err) == 0)
				break;
			*ret_exit = refuse_settings(&err);
			return false;
		}
	}
	return true;
}

static const struct verb *
find_verb(int n_arguments, char **arguments)
{
	for (size_t i = 0; i < n_verbs; i++)
		if (n_arguments == (verbs[i].argument != NULL ? 3 : 2) &&
		    strcmp(arguments[0], verbs[i].group) == 0 &&
		    strcmp(arguments[1], verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

/* What is wrong with arguments that find_verb() does not know. */
static const char *
misuse(int n_arguments, char **arguments)
{
	static char text[96];

	if (n_arguments == 0)
		return "tell me what to do, for example: user list";
	for (size_t i = 0; n_arguments >= 2 && i < n_verbs; i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(arguments[0], verb->group) != 0 ||
		    strcmp(arguments[1], verb->name) != 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s %s takes %s%s", verb->group, verb->name,
		    verb->argument != NULL ? "one argument: " : "no argument",
		    verb->argument != NULL ? verb->argument : "");
		return text;
	}
	(void)snprintf(text, sizeof(text), "no such command: %s %s", arguments[0],
	    n_arguments > 1 ? arguments[1] : "");
	return text;
}

/* Sessions end in the table of the run directory: it must be the one of who serves. */
static bool
is_right_pair(const struct app *app)
{
	if (!app->run_binding.has_other_users)
		return true;
	(void)fprintf(stderr,
	    app->run_binding.has_users
		? "sessiongatectl: warning: %s is in use with other run directories too; login "
		  "sessions end only in %s\n"
		: "sessiongatectl: %s is in use with another run directory than %s: give the "
		  "--run-dir of the program that serves\n",
	    app->settings->data_dir, app->settings->run_dir);
	return app->run_binding.has_users;
}

/*
 * What is changed must be what the program serves: it holds a mark for its journals in the run
 * directory.  When they were replaced under it, its workers begin anew in a moment.
 */
static bool
are_right_journals(struct app *app)
{
	const struct timespec pause = { 0, 100 * 1000 * 1000 };
	struct dir_binding *journals = &app->journal_binding;
	int r = 0;

	journals->has_other_users = true;
	for (int i = 0; i < JOURNALS_WAIT_S * 10 && r == 0 && journals->has_other_users; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		r = dir_binding_look_again(journals);
	}
	if (r == 0 && !journals->has_other_users)
		return true;
	(void)fprintf(stderr,
	    "sessiongatectl: the program that serves with %s has other journals open than "
	    "those in %s (moved, copied, or a .lock file was removed): nothing was done; look "
	    "at its log, or restart it, and try again\n",
	    app->settings->run_dir, app->settings->data_dir);
	return false;
}

/* -------------------------------------------------------------- configuration */

static void
begin(void *arg)
{
	settings_init(arg);
}

static int
set(void *arg, const char *name, const char *value, struct err *err)
{
	return settings_set(arg, name, value, err);
}

static int
commit(void *arg, struct err *err)
{
	(void)arg;
	(void)err;
	return 0;
}

/* ------------------------------------------------------------------------ work */

/* The caller's own file, before root becomes somebody who may not read it. */
static bool
open_file(struct command *c, const char *path)
{
	if ((c->file_fd = open(path, O_RDONLY | O_CLOEXEC)) != -1)
		return true;
	(void)fprintf(stderr, "sessiongatectl: %s: cannot read: %s\n", path, strerror(errno));
	return false;
}

static int
work(const struct verb *verb, struct command *c, const struct settings *settings,
    char **arguments)
{
	bool is_bare = (verb->flags & VERB_IS_BARE) != 0;
	struct err err = { "" };
	int status;

	if ((verb->flags & VERB_READS_FILE) != 0 && !open_file(c, arguments[0]))
		return EXIT_FAILURE;
	if (!become_owner(settings->data_dir))
		return EXIT_FAILURE;
	harden(); /* a change of user may have undone it */
	if ((verb->flags & VERB_BEGINS) == 0 && access(settings->data_dir, F_OK) == -1 &&
	    errno == ENOENT) {
		/* Looking must not leave directories that belong to the wrong user. */
		(void)fprintf(stderr,
		    "sessiongatectl: %s is not there: give the program's --data-dir, or begin "
		    "with user add\n",
		    settings->data_dir);
		return EXIT_FAILURE;
	}
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if (sodium_init() == -1) {
		(void)fprintf(stderr, "sessiongatectl: cannot start libsodium\n");
		return EXIT_FAILURE;
	}
	if ((is_bare ? app_open_data_dir(&c->app, settings, &err)
		     : app_open(&c->app, settings, false, &err)) != 0) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
		return EXIT_FAILURE;
	}
	if (!is_bare && (!is_right_pair(&c->app) || !are_right_journals(&c->app))) {
		app_close(&c->app);
		return EXIT_FAILURE;
	}
	c->env = app_account_env(&c->app, NULL); /* empty for a bare verb */
	status = verb->run(c, arguments);
	app_close(&c->app);
	return status;
}

int
main(int argc, char **argv)
{
	struct command c = { .realm = "", .file_fd = -1 };
	struct settings settings;
	const struct run_app app = {
		.name = "sessiongatectl",
		.options = settings_options,
		.n_options = settings_n_options,
		.begin = begin,
		.set = set,
		.commit = commit,
		.arg = &settings,
	};
	/* Our command line is another than the program's: it is read here. */
	struct configuration configuration = { .app = &app, .argc = 1, .argv = argv };
	const struct verb *verb;
	struct err err = { "" };
	char **words;
	int n_words, status;

	process_begin();
	harden();
	audit_begin();
	/* Options may stand before and after the verb. */
	(void)unsetenv("POSIXLY_CORRECT");
	if (!parse_options(argc, argv, NULL, &c, &configuration.config_path, &status))
		return status;
	n_words = argc - optind;
	words = argv + optind;
	if (n_words == 1 && strcmp(words[0], "help") == 0) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	if (n_words == 1 && strcmp(words[0], "version") == 0) {
		print_version();
		return EXIT_SUCCESS;
	}
	if ((verb = find_verb(n_words, words)) == NULL) {
		(void)fprintf(stderr, "sessiongatectl: %s\nTry: sessiongatectl --help\n",
		    misuse(n_words, words));
		return EXIT_USAGE;
	}
	if (configuration_read(&configuration, &err) != 0)
		status = refuse_settings(&err);
	else if (parse_options(argc, argv, &settings, &c, &configuration.config_path, &status))
		status = work(verb, &c, &settings, words + 2);
	if (c.file_fd != -1)
		(void)close(c.file_fd);
	configuration_free(&configuration);
	if (fflush(stdout) == EOF)
		return EXIT_FAILURE;
	return status;
}
