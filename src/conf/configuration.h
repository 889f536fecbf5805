/*
 * configuration.h - all settings, wherever they are given
 *
 * Purpose    Program and operator's command read the same settings from the same places:
 *            defaults, the environment, the file of variables (env_file.h), the command line.
 *            What comes later wins.
 * Calling    configuration_read() once; configuration_free().
 * Errors     Negative errno with a message.
 * Threads    Single-threaded: it writes the environment.
 */
#ifndef CONF_CONFIGURATION_H
#define CONF_CONFIGURATION_H

#include "conf/command_line.h"
#include "conf/env_file.h"
#include "conf/settings.h"
#include "core/buf.h"

struct configuration {
	struct settings settings;
	const char *path;     /* of the file of variables; NULL: none */
	struct env_file file; /* its variables: they are in the environment */
};

/*
 * path: of --config; NULL: SESSIONGATE_CONFIG says which file, if any.  text: what the file has,
 * where that was read already; NULL: what is there now.
 *
 * line NULL: a CGI program.  Its environment is a request's, and the names in it its web server's:
 * one that is no setting is no mistake.
 */
int configuration_read(struct configuration *configuration, const char *path,
    const struct buf *text, const struct command_line *line, struct err *err);

void configuration_free(struct configuration *configuration);

#endif
