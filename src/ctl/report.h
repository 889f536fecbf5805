/*
 * report.h - what the operator's command says, and how
 *
 * Purpose    A failure is told with what was to be done, where, and the way out; text that
 *            strangers chose cannot drive the terminal.
 */
#ifndef CTL_REPORT_H
#define CTL_REPORT_H

#include <stdio.h>

#include "ctl/command.h"

/* Where a journal cannot be read any more, or not be written because of that: which, and where. */
bool report_damage(const struct command *c, const char *what);

/* These return EXIT_FAILURE.  what: "delete the user"; r: negative errno. */
int report_journal_failed(const struct command *c, const char *what, int r);
int report_table_failed(const struct command *c, const char *what, int r);

/* The same for the change of one user; r > 0: there is no such user any more. */
int report_user_failed(const struct command *c, const char *what, int r);

/* Text with control and format characters, and what is no UTF-8, escaped: \x1b, \u202e. */
void report_plain(FILE *to, struct str text);

/* A line: id, time of creation, address, and what else there is: name, groups, disabled. */
void report_user(FILE *to, const struct user *user);

/* 0 and a reference; else it is told why not. */
int report_find_user(struct command *c, const char *email, struct user **ret);

#endif
