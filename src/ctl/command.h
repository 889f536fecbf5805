/*
 * command.h - what the operator's command can do: one row and one function each
 *
 * Purpose    A group of verbs is a file with a table of them; sessiongatectl.c finds the verb,
 *            opens what it needs, and runs it.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include "app/app.h"

enum { EXIT_USAGE = 2 };

/* What a verb works with. */
struct command {
	struct app app;
	struct account_env env;
	const char *first_name, *last_name, *realm; /* options; names may be NULL */
	bool takes_any_password;                    /* an option */
	const char *user;                           /* --user; NULL: not given */
	const char *require, *prefix;               /* --require, --prefix */
	bool is_json, is_all, is_insecure;          /* --json, --all, --insecure */
	int file_fd;                                /* VERB_READS_FILE: the argument, open */
};

enum verb_flag {
	VERB_CREATES_DIRS = 1,   /* may be the first to use the directories: makes them */
	VERB_NEEDS_NO_TABLE = 2, /* nor open journals and run directory: app_open_data_dir() */
	VERB_READS_FILE = 4,     /* the argument is a file of who runs the command */
	VERB_NEEDS_NOTHING = 8,  /* no directories at all */
};

struct verb {
	const char *name;     /* "add", "group add" */
	const char *argument; /* "EMAIL GROUP...": that one, and one or more;
				 "[HANDLE]": one or none; NULL: none */
	const char *help;
	unsigned flags; /* enum verb_flag */
	int (*run)(
	    struct command *c, char **arguments); /* NULL after the last; the exit status */
};

/* Each ends with a row without a name. */
extern const struct verb users_verbs[], membership_verbs[], groups_verbs[], sessions_verbs[],
    throttle_verbs[], gate_verbs[], journal_verbs[];

#endif
