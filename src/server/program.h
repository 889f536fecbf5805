/*
 * program.h - the file this program was started from
 *
 * Purpose    Where a newer program will be: a package puts it under the same name.
 * Calling    program_find() at start: later /proc/self/exe names a file that is gone.
 */
#ifndef SERVER_PROGRAM_H
#define SERVER_PROGRAM_H

#include <stddef.h>

/*
 * The whole path, NUL-terminated: the name it was called by where that is this program (a link to
 * the version in use stays a link), else the file itself.  0, or negative errno: not known.
 */
int program_find(const char *argv0, char *ret_path, size_t size);

#endif
