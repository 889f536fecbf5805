/*
 * transfer.h - the original project's files, in and out
 *
 * Errors     Told on standard error; what is returned is the exit status.
 */
#ifndef CTL_TRANSFER_H
#define CTL_TRANSFER_H

#include <stdbool.h>

#include "ctl/command.h"

/* The users, or the login sessions, of the file that is open; path names it in messages. */
int transfer_import(struct command *c, const char *path, bool is_users);

/* Likewise to standard output. */
int transfer_export(struct command *c, bool is_users);

#endif
