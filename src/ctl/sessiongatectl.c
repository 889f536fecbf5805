/*
 * sessiongatectl.c - the operator's command
 *
 * Works on the same directories as the program, while it serves or while it does not.  This
 * file reads the command line and opens what the verbs work with, which are in a file for each group.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "conf/configuration.h"
#include "core/harden.h"
#include "core/log.h"
#include "core/process.h"
#include "ctl/audit.h"
#include "ctl/become.h"
#include "ctl/command.h"

enum { JOURNALS_WAIT_S = 15 };

/* -------------------------------------------------------------- command line */

/* Options of its own, beside the settings that program and command share. */
enum {
	OWN_FIRST_NAME,
	OWN_LAST_NAME,
	OWN_ANY_PASSWORD,
	OWN_REALM,
	OWN_USER,
	OWN_ALL,
	OWN_JSON,
	OWN_REQUIRE,
	OWN_PREFIX,
	OWN_INSECURE,
	OWN_CONFIG,
	OWN_HELP,
	OWN_VERSION
};

static const struct command_line_option own[] = {
	[OWN_FIRST_NAME] = { "first-name", "TEXT", "of user add" },
	[OWN_LAST_NAME] = { "last-name", "TEXT", "of user add" },
	[OWN_ANY_PASSWORD] = { "any-password", NULL,
	    "of user add, passwd: also one that the program's policy refuses" },
	[OWN_REALM] = { "realm", "TEXT", "of session import: their AUTH_REALM" },
	[OWN_USER] = { "user", "EMAIL", "of session list, session end: whose" },
	[OWN_ALL] = { "all", NULL, "of session end, throttle lift: everybody's" },
	[OWN_JSON] = { "json", NULL, "of session list: as JSON" },
	[OWN_REQUIRE] = { "require", "TERMS",
	    "of gate explain: AUTH_REQUIRE of the check; any" },
	[OWN_PREFIX] = { "prefix", "PATH", "of gate try: GATE_PREFIX of the pages; /_gate/" },
	[OWN_INSECURE] = { "insecure", NULL, "of gate try: take any certificate" },
	[OWN_CONFIG] = { "config", "FILE", "the program's: NAME=value lines" },
	[OWN_HELP] = { "help", NULL, "this text" },
	[OWN_VERSION] = { "version", NULL, "the version" },
	{ NULL, NULL, NULL },
};

/* Which commands heed them; an option that one does not heed would be understood as something. */
static const struct {
	int option;
	const char *group, *verb;
} heeded[] = {
	{ OWN_FIRST_NAME, "user", "add" },
	{ OWN_LAST_NAME, "user", "add" },
	{ OWN_ANY_PASSWORD, "user", "add" },
	{ OWN_ANY_PASSWORD, "user", "passwd" },
	{ OWN_REALM, "session", "import" },
	{ OWN_USER, "session", "list" },
	{ OWN_USER, "session", "end" },
	{ OWN_ALL, "session", "end" },
	{ OWN_ALL, "throttle", "lift" },
	{ OWN_JSON, "session", "list" },
	{ OWN_REQUIRE, "gate", "explain" },
	{ OWN_PREFIX, "gate", "try" },
	{ OWN_INSECURE, "gate", "try" },
};

static const struct {
	const char *name;
	const struct verb *verbs;
} groups[] = {
	{ "user", users_verbs },
	{ "user", membership_verbs },
	{ "group", groups_verbs },
	{ "session", sessions_verbs },
	{ "throttle", throttle_verbs },
	{ "gate", gate_verbs },
	{ "journal", journal_verbs },
};
#define N_GROUPS (sizeof(groups) / sizeof(groups[0]))

static bool
is_word(const struct command_line *line, const char *word)
{
	return line->n_words == 1 && strcmp(line->words[0], word) == 0;
}

static void
print_help(FILE *to)
{
	(void)fprintf(to, "usage: sessiongatectl [option ...] group verb [argument]\n\n");
	for (size_t i = 0; i < N_GROUPS; i++)
		for (const struct verb *verb = groups[i].verbs; verb->name != NULL; verb++) {
			char line[64];

			(void)snprintf(line, sizeof(line), "%s %s %s", groups[i].name,
			    verb->name, verb->argument != NULL ? verb->argument : "");
			/* A long one has the help below it. */
			if (strlen(line) > 22)
				(void)fprintf(to, "  %s\n  %-22s %s\n", line, "", verb->help);
			else
				(void)fprintf(to, "  %-22s %s\n", line, verb->help);
		}
	(void)fprintf(to, "\nPasswords are read from the terminal without echo, or as one line "
			  "from standard\n"
			  "input; never from an argument.\n\n");
	command_line_help_options(to, own);
	command_line_help_settings(to, SETTINGS_APPLICATION);
	(void)fprintf(to,
	    "\nSettings are read as the program reads them: options win over --config (or\n"
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

/* How many of the words are the name, which may be several; 0: they are not. */
static int
match(const char *name, char **words)
{
	int n = 0;

	for (size_t length; *name != '\0'; name += length + (name[length] != '\0')) {
		length = strcspn(name, " ");
		if (words[n] == NULL || strlen(words[n]) != length ||
		    memcmp(words[n], name, length) != 0)
			return 0;
		n++;
	}
	return n;
}

/* The verb that the words after the group begin with, or NULL.  *words becomes its arguments. */
static const struct verb *
find_verb(const char *group, char ***words)
{
	for (size_t i = 0; i < N_GROUPS; i++)
		for (const struct verb *verb = groups[i].verbs; verb->name != NULL; verb++) {
			int n =
			    strcmp(groups[i].name, group) == 0 ? match(verb->name, *words) : 0;

			if (n > 0) {
				*words += n;
				return verb;
			}
		}
	return NULL;
}

static bool
has_right_arguments(const struct verb *verb, char **arguments)
{
	const char *text = verb->argument != NULL ? verb->argument : "";
	int n = 0, n_wanted = *text != '\0';

	while (arguments[n] != NULL)
		n++;
	for (const char *at = text; (at = strchr(at, ' ')) != NULL; at++)
		n_wanted++;
	return n == n_wanted || (n == 0 && *text == '[') ||
	       (n > n_wanted && str_ends_with(str_of(text), STR_LIT("...")));
}

static bool
is_heeded(int option, const char *group, const struct verb *verb)
{
	for (size_t i = 0; i < sizeof(heeded) / sizeof(heeded[0]); i++)
		if (heeded[i].option == option && strcmp(heeded[i].group, group) == 0 &&
		    strcmp(heeded[i].verb, verb->name) == 0)
			return true;
	return false;
}

/* Else it is told. */
static bool
has_right_options(const struct command_line *line, const struct verb *verb)
{
	for (int i = 0; i < OWN_CONFIG; i++) {
		if (line->own[i] == NULL || is_heeded(i, line->words[0], verb))
			continue;
		(void)fprintf(stderr, "sessiongatectl: --%s is no option of %s %s%s\n",
		    own[i].name, line->words[0], verb->name,
		    i == OWN_REALM
			? ": the AUTH_REALM of a login session is in the digest of its "
			  "id alone; under another AUTH_REALM none of a site's is good"
			: "");
		return false;
	}
	return true;
}

/* NULL after telling what is wrong with the words, of which *ret_arguments will be the last. */
static const struct verb *
verb_of(char **words, char ***ret_arguments)
{
	const struct verb *verb = NULL;

	if (words[0] == NULL) {
		(void)fprintf(
		    stderr, "sessiongatectl: no command: give one, for example: user list\n");
	} else {
		*ret_arguments = words + 1;
		verb = find_verb(words[0], ret_arguments);
		if (verb != NULL && has_right_arguments(verb, *ret_arguments))
			return verb;
		if (verb == NULL)
			(void)fprintf(stderr, "sessiongatectl: no such command: %s %s\n",
			    words[0], words[1] != NULL ? words[1] : "");
		else
			(void)fprintf(stderr, "sessiongatectl: %s %s takes %s\n", words[0],
			    verb->name,
			    verb->argument != NULL ? verb->argument : "no argument");
	}
	(void)fprintf(stderr, "Try: sessiongatectl --help\n");
	return NULL;
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
 * directory.  When they were replaced under it, its workers restart in a moment.
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
	bool needs_no_table = (verb->flags & VERB_NEEDS_NO_TABLE) != 0;
	struct err err = { "" };
	int status;

	if ((verb->flags & VERB_NEEDS_NOTHING) != 0)
		return verb->run(c, arguments);
	if ((verb->flags & VERB_READS_FILE) != 0 && !open_file(c, arguments[0]))
		return EXIT_FAILURE;
	if (!become_owner(settings->data_dir))
		return EXIT_FAILURE;
	harden(); /* a change of user may have undone it */
	if ((verb->flags & VERB_CREATES_DIRS) == 0 && access(settings->data_dir, F_OK) == -1 &&
	    errno == ENOENT) {
		/* Looking must not leave directories that belong to the wrong user. */
		(void)fprintf(stderr,
		    "sessiongatectl: %s is not there: give the program's --data-dir, or begin "
		    "with user add\n",
		    settings->data_dir);
		return EXIT_FAILURE;
	}
	log_configure(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT, LOG_TARGET_STDERR);
	if ((needs_no_table ? app_open_data_dir(&c->app, settings, &err)
			    : app_open(&c->app, settings, false, &err)) != 0) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
		return EXIT_FAILURE;
	}
	if (!needs_no_table && (!is_right_pair(&c->app) || !are_right_journals(&c->app))) {
		app_close(&c->app);
		return EXIT_FAILURE;
	}
	c->env = app_account_env(&c->app, NULL); /* empty where nothing is open */
	status = verb->run(c, arguments);
	app_close(&c->app);
	return status;
}

int
main(int argc, char **argv)
{
	struct command c = { .realm = "", .file_fd = -1 };
	struct command_line line = { 0 };
	struct configuration conf = { 0 };
	const struct verb *verb;
	char **arguments;
	struct err err = { "" };
	int status;

	process_begin();
	harden();
	audit_begin();
	/* Options may stand before and after the verb. */
	(void)unsetenv("POSIXLY_CORRECT");
	if (command_line_read(argc, argv, own, SETTINGS_APPLICATION, &line, &err) != 0) {
		(void)fprintf(stderr, "Try: sessiongatectl --help\n");
		return EXIT_USAGE;
	}
	c.first_name = line.own[OWN_FIRST_NAME];
	c.last_name = line.own[OWN_LAST_NAME];
	c.takes_any_password = line.own[OWN_ANY_PASSWORD] != NULL;
	c.user = line.own[OWN_USER];
	c.is_all = line.own[OWN_ALL] != NULL;
	c.is_json = line.own[OWN_JSON] != NULL;
	c.require = line.own[OWN_REQUIRE] != NULL ? line.own[OWN_REQUIRE] : "any";
	c.prefix = line.own[OWN_PREFIX] != NULL ? line.own[OWN_PREFIX] : "/_gate/";
	c.is_insecure = line.own[OWN_INSECURE] != NULL;
	if (line.own[OWN_REALM] != NULL)
		c.realm = line.own[OWN_REALM];

	if (line.own[OWN_HELP] != NULL || is_word(&line, "help")) {
		print_help(stdout);
		status = EXIT_SUCCESS;
	} else if (line.own[OWN_VERSION] != NULL || is_word(&line, "version")) {
		print_version();
		status = EXIT_SUCCESS;
	} else if ((verb = verb_of(line.words, &arguments)) == NULL ||
		   !has_right_options(&line, verb)) {
		status = EXIT_USAGE;
	} else if (configuration_read(&conf, line.own[OWN_CONFIG], NULL, &line, &err) != 0) {
		(void)fprintf(stderr, "sessiongatectl: %s\n", err.text);
		status = EX_CONFIG;
	} else {
		status = work(verb, &c, &conf.settings, arguments);
	}

	if (c.file_fd != -1)
		(void)close(c.file_fd);
	configuration_free(&conf);
	command_line_free(&line);
	return fflush(stdout) == EOF ? EXIT_FAILURE : status;
}
