/*
 * sessions.h - the operator's view of the login sessions: what is in the session table
 *
 * Purpose    Verbs of verbs.c.  No id of a session is known here, only digests, and they
 *            are not shown.
 */
#ifndef CTL_SESSIONS_H
#define CTL_SESSIONS_H

#include "ctl/verbs.h"

int sessions_list(struct command *c, char **arguments);
int sessions_end(struct command *c, char **arguments);
int sessions_stats(struct command *c, char **arguments);
int sessions_check(struct command *c, char **arguments);

#endif
