/*
 * explain.h - every setting, its value, where that comes from, and what AUTH_PROFILE=strict changes
 *
 * Purpose    For the operator, before a start.  What a web server sends with its requests is not
 *            known here; for those, the table has what holds without it.
 * Calling    After request_settings_prepare().
 */
#ifndef CONF_EXPLAIN_H
#define CONF_EXPLAIN_H

#include <stdio.h>

#include "conf/configuration.h"

/* A line for each; line: the command line that the configuration was read with. */
void explain_settings(
    FILE *to, const struct configuration *conf, const struct command_line *line);

#endif
