/*
 * dir_binding.h - which run directories a data directory is in use with
 *
 * Purpose    Sessions live in the run directory's table: who works on the users with another
 *            run directory ends no session of the program that serves.  Each process holds a
 *            mark for its run directory as long as it has the data directory open.
 * Source     fcntl(2), open file description locks: the kernel drops them with the process.
 * Ownership  The caller closes the descriptor; with it goes the mark.
 * Errors     Negative errno, with the message in err.
 */
#ifndef APP_DIR_BINDING_H
#define APP_DIR_BINDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct dir_binding {
	int fd;
	off_t at;           /* of our mark */
	bool has_company;   /* others use the data directory with this run directory */
	bool has_strangers; /* others use it with another one */
};

/* The key file must be there: the marks are locks on bytes beyond its end. */
int dir_binding_open(int data_dir_fd, const char *data_dir, int run_dir_fd,
    struct dir_binding *ret, struct err *err);

/*
 * Who uses the data directory now?  Leaves no mark.  run_dir_fd -1: there is no run directory, so
 * that everybody is a stranger.  The descriptor of the result is -1.
 */
int dir_binding_look(int data_dir_fd, const char *data_dir, int run_dir_fd,
    struct dir_binding *ret, struct err *err);

/* The same in another file of another directory, made if it is absent, for another thing. */
int dir_binding_mark(int dir_fd, const char *dir, const char *name, dev_t dev, ino_t ino,
    struct dir_binding *ret, struct err *err);

/* Who holds marks beside ours now?  0 or -errno. */
int dir_binding_look_again(struct dir_binding *pair);

#endif
