/*
 * program.h - the file this program was started from
 *
 * Purpose    Where a newer program will be: a package puts it under the same name.
 * Calling    program_find() at start, while the file still has that name.
 *            program_file_open(), program_file_execute() as often as need be,
 *            program_file_close(): one file, whatever has its name meanwhile.
 */
#ifndef SERVER_PROGRAM_H
#define SERVER_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "core/err.h"

/* A file to execute. */
struct program_file {
	int fd; /* -1: none */
	off_t size;
	struct timespec written;
};

#define PROGRAM_FILE_NONE ((struct program_file){ .fd = -1 })

/*
 * The whole path, NUL-terminated: the name it was called by where that is this program (a link to
 * the version in use stays a link), else the file itself; /proc/self/exe where neither is known.
 */
void program_find(const char *argv0, char *ret_path, size_t size);

/* 0 or negative errno with a message; it may be one that cannot be executed. */
int program_file_open(const char *path, struct program_file *ret_file, struct err *err);
void program_file_close(struct program_file *file);

/*
 * As execv(2).  It returns only on failure, negative errno with a message: -ESTALE where the file
 * was written to since it was opened.
 */
int program_file_execute(const struct program_file *file, char *const argv[], struct err *err);

/* What ps(1) and pgrep(1) know the process by: not the number of a descriptor. */
void program_set_name(const char *path);

#endif
