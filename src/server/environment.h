/*
 * environment.h - settings from a file of NAME=value lines
 *
 * Purpose    The settings of a running program cannot change on its command line or in its
 *            environment; they can in this file, which is read again at SIGHUP.  Its lines
 *            become variables of the environment, in place of those the program was started
 *            with.  The format is that of systemd's EnvironmentFile=, without escapes.
 * Calling    environment_read(); environment_apply(), which undoes the one before.
 * Threads    Single-threaded processes only: it writes the environment.
 */
#ifndef SERVER_ENVIRONMENT_H
#define SERVER_ENVIRONMENT_H

#include <stddef.h>

#include "core/err.h"
#include "core/str.h"

struct environment {
	char **names, **values; /* owned */
	size_t n;
	char **saved;     /* what the variables were before; NULL: unset */
	size_t n_applied; /* variables that are set */
};

#define ENVIRONMENT_EMPTY ((struct environment){ 0 })

/* Nothing changes yet.  Negative errno with a message that names the line. */
int environment_read(const char *path, struct environment *ret_environment, struct err *err);

/* The same from a text that was read from there. */
int environment_parse(
    const char *path, struct str text, struct environment *ret_environment, struct err *err);

/* Set the variables; 0 or -ENOMEM. */
int environment_apply(struct environment *environment);

/* Set them back. */
void environment_undo(struct environment *environment);

void environment_free(struct environment *environment);

#endif
