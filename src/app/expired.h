/*
 * expired.h - login sessions that have ended by themselves: unused for too long, or past their duration
 *
 * Purpose    A line in the log and a count for each, once, when the session table has swept it, which takes a
 *            minute at most; no request has a part in it.
 */
#ifndef APP_EXPIRED_H
#define APP_EXPIRED_H

#include "app/app.h"

/* With table and counters open. */
void expired_watch(struct app *app);

#endif
