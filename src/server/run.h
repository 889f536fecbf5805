/*
 * run.h - the program around an application: options, modes, processes
 *
 * Purpose    Reads the settings, finds out how it was started (a socket to open, an inherited
 *            one, plain CGI), and runs the application that way until it ends.
 *            At SIGHUP it becomes the program that is on the disk then (takeover.h).
 * Calling    return run_main(argc, argv, &app);
 * Errors     The exit status, enum supervisor_exit.
 */
#ifndef SERVER_RUN_H
#define SERVER_RUN_H

#include "conf/settings.h"
#include "core/checklist.h"
#include "server/handler.h"

struct run_app {
	const char *name, *version, *summary;
	const struct settings_option *options; /* of the application, beside those of serving */
	size_t n_options;

	/*
	 * The settings are read at start and at SIGHUP: begin() (defaults), set() for each that
	 * is given, and commit(), which checks them as a whole (environment included); if
	 * anything fails, the settings before stay in force.
	 */
	void (*begin)(void *arg);
	int (*set)(void *arg, const char *name, const char *value, struct err *err);
	int (*commit)(void *arg, struct err *err);

	/*
	 * The settings that cannot change while serving, and their values in force: a program
	 * that takes over sets them before it reads its own.  NULL: none.
	 */
	const char *const *fixed;
	const char *(*get)(void *arg, const char *name);

	/*
	 * Before commit(), when a server is about to run: is the environment sound?  A CGI
	 * program is not asked: its environment is the request's, and a bad value there is
	 * answered like any other request.  NULL: nothing to check.
	 */
	int (*check)(void *arg, struct err *err);

	/*
	 * For --check: look at all that open() needs, and change nothing.  NULL: there is
	 * nothing to look at.
	 */
	void (*examine)(void *arg, struct checklist *list);

	/*
	 * Make the application ready to answer, in the process that will.  at_start: in a
	 * process of its own, once before all others, for what has to be done once.
	 */
	int (*open)(void *arg, bool at_start, struct handler *ret_app, struct err *err);
	void (*close)(void *arg);

	/*
	 * After open(), in a worker, before it says that it is ready: what the first request
	 * would have to wait for.  NULL: nothing.
	 */
	void (*warm)(void *arg);

	/* After open(), in a worker that took the place of one that died.  NULL: nothing. */
	void (*replaced)(void *arg);

	void *arg;
};

int run_main(int argc, char **argv, const struct run_app *app);

#endif
