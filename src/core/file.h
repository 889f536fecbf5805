/*
 * file.h - directories and files that nobody else may have prepared
 *
 * Purpose    The journal, the session table and the key live in private directories.  Every
 *            open goes through here: no symbolic links, our own user, no permissions for
 *            anyone else, one hard link, a regular file.  Otherwise a clear refusal.
 * Ownership  The caller closes returned descriptors (all O_CLOEXEC).
 * Errors     Negative errno, with the message in err.
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/err.h"

/*
 * Open directory path; made with mode 0700 when absent and may_create (its parent must exist).
 * Refused: a symbolic link, another owner, group or other permissions.
 */
int file_open_dir(const char *path, bool may_create, int *ret_fd, struct err *err);

/*
 * open(2) of name in dir_fd with O_NOFOLLOW|O_CLOEXEC added, then file_check().  dir_path is
 * for messages.  -ENOENT is returned without a message: often an answer, not an error.
 */
int file_open(int dir_fd, const char *dir_path, const char *name, int flags, mode_t mode,
    int *ret_fd, struct err *err);

/* A regular file, ours, one link, no permission bits for group or others. */
int file_check(int fd, const char *dir_path, const char *name, struct err *err);

/* All n bytes, whatever EINTR and short counts do.  -ENODATA: the file ended first. */
int file_read_all(int fd, void *ret_bytes, size_t n);
int file_write_all(int fd, const void *bytes, size_t n);

#endif
