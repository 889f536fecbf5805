/*
 * candidate.h - would the program on the disk serve?
 *
 * Purpose    Before a supervisor becomes another program (takeover.h), a child does: it reads the
 *            settings, opens what a worker opens, has one come up and end, and says so.  What
 *            cannot be executed, crashes, refuses or hangs costs the child alone.
 * Calling    candidate_start(); candidate_read() whenever said_fd is readable; when the child has
 *            been waited for, candidate_judge().
 * Ownership  said_fd is closed by candidate_judge().
 * Threads    Single-threaded: it forks.
 */
#ifndef SERVER_CANDIDATE_H
#define SERVER_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"

struct candidate {
	pid_t pid;   /* 0: none */
	int said_fd; /* its standard output and error */
	int64_t deadline_ms;
	bool is_late;
	char said[1024]; /* the end of it, NUL-terminated */
	size_t n_said;
};

#define CANDIDATE_NONE ((struct candidate){ .said_fd = -1 })

/*
 * become() runs in the child, and executes the other program; it returns only with a negative
 * errno and a message.
 */
int candidate_start(struct candidate *candidate, int (*become)(void *arg, struct err *err),
    void *arg, int64_t deadline_ms, struct err *err);

void candidate_read(struct candidate *candidate);

/* Over its time, or not needed any more. */
void candidate_kill(struct candidate *candidate, bool is_late);

/* 0: it would serve.  -ECANCELED, and err says why not.  It is none afterwards. */
int candidate_judge(struct candidate *candidate, int wait_status, struct err *err);

#endif
