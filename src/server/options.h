/*
 * options.h - the settings of serving: sockets, processes, threads, logs
 *
 * Purpose    Beside conf/settings.h, which has what the application needs: each of these, too,
 *            is an option --name and a variable SESSIONGATE_NAME, and the option wins.
 * Ownership  Texts are borrowed from the environment or the command line.
 * Errors     Negative errno and a message; -ENOENT: no option of that name.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "conf/settings.h"
#include "core/log.h"
#include "server/listen.h"
#include "server/supervisor.h"

struct options {
	struct listen_options listen; /* address NULL: inherit */
	struct supervisor_settings supervisor;
	enum log_level log_level;
	enum log_format log_format;
	enum log_target log_target;
	bool access_log;
};

extern const struct settings_option options_table[];
extern const size_t options_n_table;

void options_init(struct options *options);

int options_set(struct options *options, const char *name, const char *value, struct err *err);

#endif
