/*
 * settings.h - the settings of the process
 *
 * Purpose    What holds for the program as a whole: directories, limits, costs.  Each is an
 *            option --name and an environment variable SESSIONGATE_NAME (upper case, hyphens
 *            as underscores); the option wins.  What may differ between two locations of one
 *            web server is in request_settings.h.
 * Calling    settings_init() (defaults); settings_set() for each that is given: whence, is
 *            server/configuration.h's.
 * Ownership  Texts are borrowed from the environment or the command line: both live as long
 *            as the process.
 * Units      In the name.
 * Errors     Negative errno and a message that names the setting, the value and what is
 *            allowed.  A bad value is never replaced by a default.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct settings {
	const char *data_dir;    /* journals and the key */
	const char *run_dir;     /* session table, shared blocks */
	unsigned hash_cost;      /* of yescrypt, PASSWORD_COST_* */
	unsigned hashes_at_once; /* over all processes; 0: one per processor */
	unsigned hash_wait_ms;   /* then 503 */
	unsigned
	    basic_memory_s;    /* how long a verified Basic credential is remembered; 0: not */
	unsigned max_sessions; /* over all users */
	unsigned
	    max_user_sessions; /* of one user; then the oldest of that user ends; 0: no limit */
	bool fold_email_case;  /* Bob@x.org is bob@x.org */
	bool log_email; /* with login-failed: people type passwords into the wrong field */
};

/* One row of the table that --help, the manual's test and the parsers share. */
struct settings_option {
	const char *name;     /* "data-dir" */
	const char *argument; /* "DIR" */
	const char *fallback; /* default as text */
	const char *help;
};

extern const struct settings_option settings_options[];
extern const size_t settings_n_options;

void settings_init(struct settings *settings);

/* One option by its name without hyphens in front.  -ENOENT: no setting has that name. */
int settings_set(
    struct settings *settings, const char *name, const char *value, struct err *err);

#endif
