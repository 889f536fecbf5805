/*
 * proc.h - what runs in a process of its own, for tests
 *
 * Purpose    Servers fork, take signals and end: tests run them in a child and watch.
 * Calling    In a private directory (tmp.h): proc_start(), whatever, proc_wait().
 * Errors     What never comes fails the test, after UNIT_PATIENCE_MS.
 */
#ifndef UNIT_SERVER_PROC_H
#define UNIT_SERVER_PROC_H

#include <stdbool.h>
#include <sys/types.h>

/* A child that ends with what fn returns; it writes to the files "out" and "err". */
pid_t proc_start(int (*fn)(void *arg), void *arg);

/* The exit status of a child, or the negative number of the signal that killed it. */
int proc_wait(pid_t pid);

bool proc_is_running(pid_t pid);

/* Are these words in its standard output, or standard error? */
bool proc_has_printed(const char *text);
bool proc_has_said(const char *text);

/* How often it has said so. */
int proc_n_said(const char *text);

#endif
