/*
 * verbs.h - what the operator's command can do: one row and one function each
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include <stddef.h>

#include "app/app.h"

struct command {
	struct app app;
	struct account_env env;
	const char *first_name, *last_name, *realm; /* options; names may be NULL */
	int file_fd;                                /* VERB_READS_FILE: the argument, open */
};

enum verb_flag {
	VERB_BEGINS = 1,     /* may be the first to use the directories: makes them */
	VERB_IS_BARE = 2,    /* needs no open journals and run directory: app_open_data_dir() */
	VERB_READS_FILE = 4, /* the argument is a file of who runs the command */
};

struct verb {
	const char *group, *name, *argument; /* argument NULL: none */
	const char *help;
	unsigned flags;                                  /* enum verb_flag */
	int (*run)(struct command *c, char **arguments); /* returns the exit status */
};

extern const struct verb verbs[];
extern const size_t n_verbs;

#endif
