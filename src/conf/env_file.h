/*
 * env_file.h - settings from a file of NAME=value lines
 *
 * Purpose    The settings of a running program cannot change on its command line or in its
 *            file; they can in this file, which is read again at SIGHUP.  Its lines
 *            become variables of the file, in place of those the program was started
 *            with.  The format is that of systemd's EnvironmentFile=, without escapes.
 * Calling    env_file_read(); env_file_apply(), which undoes the one before.
 * Threads    Single-threaded processes only: it writes the environment.
 */
#ifndef CONF_ENV_FILE_H
#define CONF_ENV_FILE_H

#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/str.h"

struct env_file {
	char **names, **values; /* owned */
	int *lines;             /* where each stands */
	size_t n;
	char **saved;     /* what the variables were before; NULL: unset */
	size_t n_applied; /* variables that are set */
};

#define ENV_FILE_EMPTY ((struct env_file){ 0 })

#define ENV_FILE_MAX_BYTES ((size_t)1024 * 1024)

/* Its variables; nothing changes yet.  Negative errno with a message that names the line. */
int env_file_read(const char *path, struct env_file *ret_file, struct err *err);

/* The two halves of that: the text, appended to a buf of the caller's, and what is in it. */
int env_file_load(const char *path, struct buf *ret_text, struct err *err);
int env_file_parse(
    const char *path, struct str text, struct env_file *ret_file, struct err *err);

/* Set the variables; 0 or -ENOMEM. */
int env_file_apply(struct env_file *file);

/* Set them back. */
void env_file_undo(struct env_file *file);

void env_file_free(struct env_file *file);

#endif
