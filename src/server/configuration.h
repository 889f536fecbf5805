/*
 * configuration.h - all settings of the program, wherever they are given
 *
 * Purpose    The settings of serving (options.h) and those of the application, from the
 *            environment, the file of variables (environment.h) and the command line; the
 *            answers to --help and --version.
 * Calling    configuration_look() for what the command line asks besides settings;
 *            configuration_read(), again whenever they may have changed;
 *            configuration_use_logs().  configuration_free().
 * Ownership  argv and app are borrowed.
 * Errors     Negative errno with a message, and the settings before stay in force.
 *            CONFIGURATION_E_*: from configuration_look() alone.
 * Threads    Single-threaded: it writes the environment.
 */
#ifndef SERVER_CONFIGURATION_H
#define SERVER_CONFIGURATION_H

#include "server/environment.h"
#include "server/options.h"
#include "server/run.h"

enum {
	CONFIGURATION_E_TOLD =
	    1,                 /* --help or --version: it is printed, there is no more to do */
	CONFIGURATION_E_USAGE, /* the command line is wrong; err has a message */
};

struct configuration {
	const struct run_app *app;
	int argc;
	char **argv;
	bool is_cgi; /* the environment is a request's, the command line perhaps its client's */

	struct options options;
	struct environment environment; /* of the file of variables */
	const char *config_path;
	const struct buf *config_text; /* instead of what is at that path now; NULL: that */
	bool is_check;                 /* --check: do not serve */
};

/* Sets is_check and config_path, and nothing else. */
int configuration_look(struct configuration *configuration, struct err *err);

int configuration_read(struct configuration *configuration, struct err *err);

/* Log from now on as the settings say. */
void configuration_use_logs(const struct configuration *configuration);

void configuration_free(struct configuration *configuration);

#endif
