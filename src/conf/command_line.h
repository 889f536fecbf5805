/*
 * command_line.h - settings as options, beside the options a program has for itself
 *
 * Purpose    What was given is noted first and set later: --config has to be known before the
 *            settings are read, and an option wins over the file it names.
 * Calling    command_line_read(); command_line_apply() to settings; command_line_free().
 *            command_line_help_settings() and command_line_help_options() print what may be given.
 * Ownership  Values and words are those of argv, which getopt_long(3) puts into another order; but
 *            those of one that was given several times are the line's.
 * Errors     Negative errno.  -EINVAL of command_line_read(): wrong usage; getopt_long() has said
 *            more on standard error.
 */
#ifndef CONF_COMMAND_LINE_H
#define CONF_COMMAND_LINE_H

#include <stdio.h>

#include "conf/settings.h"

#define COMMAND_LINE_OWN_MAX 16

struct command_line_option {
	const char *name;
	const char *argument; /* NULL: it takes none */
	const char *help;
};

struct command_line {
	const char *own[COMMAND_LINE_OWN_MAX]; /* by their place; NULL: not given */
	struct {
		const char *name, *value;
		char *joined; /* owned: the value of one that was given several times */
	} * given;            /* owned: settings */
	size_t n_given;
	char **words; /* what is no option */
	int n_words;
};

/* options: the program's own, NULL as the name after the last.  scopes: whose settings are options. */
int command_line_read(int argc, char **argv, const struct command_line_option *options,
    unsigned scopes, struct command_line *ret_line, struct err *err);

int command_line_apply(
    const struct command_line *line, struct settings *settings, struct err *err);

void command_line_free(struct command_line *line);

/* A line for each. */
void command_line_help_settings(FILE *to, enum settings_scope scope);
void command_line_help_options(FILE *to, const struct command_line_option *options);

#endif
