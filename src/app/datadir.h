/*
 * datadir.h - are the journals that we use still the ones that others find?
 *
 * Purpose    The data directory can be renamed and copied under a running program, or a clean-up
 *            job removes a .lock file in it.  Who works with it goes on with what it has open,
 *            and who comes later has other files: a user that sessiongatectl deletes there can
 *            go on signing in here.  So it is looked at every second, as the run directory is
 *            (rundir.h), and all begin anew together as soon as they can.
 *            Besides, each process holds a mark for its journals in the run directory, by which
 *            sessiongatectl proves that it changes what the program serves.
 * Calling    datadir_open() when the journals are open; datadir_should_leave() in each tick.
 * Ownership  path is borrowed; the mark is app->marks.fd.
 */
#ifndef APP_DATADIR_H
#define APP_DATADIR_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

#include "core/err.h"

#define DATADIR_MARKS_FILE "journals.lock" /* in the run directory */

enum {
	DATADIR_N = 3, /* the directory, and the lock file of each journal */
};

struct datadir_place {
	dev_t dev[DATADIR_N];
	ino_t ino[DATADIR_N];
};

/* What stands in the place now, to see whether it is still being copied. */
struct datadir_sight {
	struct datadir_place place;
	off_t size[2];
	struct timespec changed[2];
};

struct datadir {
	bool is_noted;
	struct datadir_place place;
	struct datadir_sight last;
	int state; /* of the last datadir_should_leave() */
};

struct app;

int datadir_open(struct app *app, struct err *err);

/* True: others find other journals, which can be opened, so this process should end. */
bool datadir_should_leave(struct app *app);

/* Does another process work with this run directory, but with other journals?  0 or -errno. */
int datadir_look(struct app *app, bool *ret_has_others);

#endif
