/*
 * housekeeping.h - what an application does about once a second, beside answering
 *
 * Purpose    The table, the journals and past sessions are kept in order, and both directories are
 *            watched.  When the run directory, the data directory or a file in one was removed or
 *            replaced, some processes work with what they have open, and others with what they
 *            find: two halves that do not see each other's users, logins and logouts.  The way out
 *            is that all restart together, as soon as that is possible.
 */
#ifndef APP_HOUSEKEEPING_H
#define APP_HOUSEKEEPING_H

#include "app/app.h"

/*
 * is_lost: nobody who starts now would find our table.  Logs each change of that once, over all
 * workers.  True: who starts now can open another one, so this process should end.
 */
bool housekeeping_should_leave_run_dir(struct app *app, bool is_lost);

/* True: others find other journals, which can be opened, so this process should end. */
bool housekeeping_should_leave_data_dir(struct app *app);

/* All of it; arg is the struct app.  True: this process should end. */
bool housekeeping_tick(void *arg);

#endif
