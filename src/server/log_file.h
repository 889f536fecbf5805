/*
 * log_file.h - standard error, where it is a file
 *
 * Purpose    logrotate(8) moves a log file away and asks for a new one by SIGHUP: standard error is
 *            opened again under the name it had at the start.
 * Calling    log_file_find() at start; log_file_reopen() at SIGHUP.
 */
#ifndef SERVER_LOG_FILE_H
#define SERVER_LOG_FILE_H

#include <stdbool.h>

#include "core/err.h"

/* The path of the file that standard error is, on the heap; NULL: it is none, or nameless. */
char *log_file_find(void);

/*
 * Where another file has that name by now, or none: standard error (and output, where it is the
 * same file) becomes a new one.  1: it did; 0: it is the same; negative errno with a message, and
 * everything is as it was.
 */
int log_file_reopen(const char *path, struct err *err);

#endif
