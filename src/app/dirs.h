/*
 * dirs.h - which directories are in use together, and whether they are still in their place
 *
 * Purpose    Login sessions live in the run directory's table, users in the data directory: whoever
 *            works on the one with another one of the other ends no session of the program that
 *            serves.  So each process holds a mark for what it works with (struct dir_binding) as
 *            long as it works with it: a lock on a byte of a file that the others look at, too.
 *            Both directories can be renamed, copied or removed under a running program: who works
 *            with them goes on with what is open, and who comes later finds something else
 *            (struct dir_watch).
 * Source     fcntl(2), open file description locks: the kernel drops them with the process.
 * Ownership  The caller closes the descriptor of a binding; with it goes the mark.  Paths and names
 *            are borrowed.
 * Errors     Negative errno, with the message in err.
 */
#ifndef APP_DIRS_H
#define APP_DIRS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/err.h"

#define DIRS_KEY_FILE "key" /* in the data directory */

struct dir_binding {
	int fd;
	off_t at;             /* of our mark */
	bool has_users;       /* others hold the same mark */
	bool has_other_users; /* others hold another one */
};

/* Of the data directory to a run directory.  The key file must be there: it carries the marks. */
int dir_binding_open(int data_dir_fd, const char *data_dir, int run_dir_fd,
    struct dir_binding *ret, struct err *err);

/*
 * Who uses the data directory now?  Leaves no mark.  run_dir_fd -1: there is no run directory, so
 * that everybody is another user.  The descriptor of the result is -1.
 */
int dir_binding_look(int data_dir_fd, const char *data_dir, int run_dir_fd,
    struct dir_binding *ret, struct err *err);

/* The same in another file of another directory, made if it is absent, for another thing. */
int dir_binding_mark(int dir_fd, const char *dir, const char *name, dev_t dev, ino_t ino,
    struct dir_binding *ret, struct err *err);

/* Who holds marks beside ours now?  0 or -errno. */
int dir_binding_look_again(struct dir_binding *binding);

#define DIR_WATCH_FILES_MAX 2

/* A directory, and the files in it that others must find, too.  What is absent has the inode 0. */
struct dir_place {
	dev_t dev[1 + DIR_WATCH_FILES_MAX];
	ino_t ino[1 + DIR_WATCH_FILES_MAX];
};

struct dir_watch {
	const char *path;
	const char *files[DIR_WATCH_FILES_MAX]; /* NULL: no more */
	bool is_noted;
	struct dir_place place;
	int state; /* the caller's */
};

/* What dir_fd is now, and the files in it.  0 or -errno: nothing is noted. */
int dir_watch_note(struct dir_watch *watch, int dir_fd);

/* Does the path still lead there?  What cannot be looked at now counts as before. */
bool dir_watch_is_ours(const struct dir_watch *watch);

/* What is in dir_fd under the names that are watched.  0 or -errno. */
int dir_watch_look(const struct dir_watch *watch, int dir_fd, struct dir_place *ret);
bool dir_place_is_same(const struct dir_place *a, const struct dir_place *b);

#endif
