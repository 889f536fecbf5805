/*
 * rundir.h - is the session table that we use still the one that others find?
 *
 * Purpose    The run directory, or the table in it, can be removed or replaced under a running
 *            program.  Who works with it goes on with it, and who starts later has another:
 *            two halves that do not see each other's logins and logouts.  The way out is that
 *            all begin anew together, as soon as that is possible.
 * Calling    rundir_note() when the table is open; then rundir_is_ours() now and then.
 * Ownership  path is borrowed.
 */
#ifndef APP_RUNDIR_H
#define APP_RUNDIR_H

#include <stdbool.h>
#include <sys/types.h>

enum rundir_state {
	RUNDIR_OURS,
	RUNDIR_LOST, /* and who starts now cannot begin */
	RUNDIR_LEFT, /* and who starts now can */
};

struct rundir_place {
	dev_t dir_dev, table_dev;
	ino_t dir_ino, table_ino;
};

struct rundir {
	const char *path, *table; /* of the directory; of the file in it */
	bool is_noted;
	struct rundir_place place;
	enum rundir_state state; /* of the last rundir_should_leave() */
};

/* What dir_fd is, and the file of that name in it. */
void rundir_note(struct rundir *rundir, const char *path, int dir_fd, const char *table);

/* Does the path still lead there?  What cannot be looked at now counts as before. */
bool rundir_is_ours(const struct rundir *rundir);

struct app;

/*
 * is_lost: nobody who starts now would find our table.  Logs each change of that once, over all
 * workers.  True: who starts now can open another one, so this process should end.
 */
bool rundir_should_leave(struct app *app, bool is_lost);

#endif
