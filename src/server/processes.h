/*
 * processes.h - the worker processes of a supervisor
 *
 * Purpose    Starts workers in generations, knows which are ready, and when one that died is
 *            to have a successor: one that served at once, or nearly; one that never got ready
 *            after a pause that doubles.
 * Calling    processes_open(), processes_start() for each generation; then whatever happens:
 *            child_note_ready(), child_died().  processes_start_due() and
 *            processes_forget_gone() before each wait, which ends at processes_next_ms().
 *            processes_stop(), and when first is NULL processes_close().
 * Ownership  The list owns its children, until processes_forget_gone().
 * Units      Milliseconds on the boot clock.
 * Threads    Single-threaded: it forks.
 */
#ifndef SERVER_PROCESSES_H
#define SERVER_PROCESSES_H

#include <sys/types.h>

#include "server/supervisor_ops.h"

/*
 * The exit status of a worker whose application has to be opened again, in all workers together
 * (handler.h, tick()).  Of no errno, nor of sysexits.h, a shell, a sanitizer or valgrind.
 */
#define PROCESSES_EXIT_LEFT 87

struct child {
	pid_t pid; /* 0: to be started at start_ms */
	unsigned generation;
	int ready_fd; /* readable when it is ready or dead; -1: has been, or not running */
	bool is_ready;
	bool is_told_to_end;
	bool is_replacement; /* of one that died */
	unsigned n_failures; /* in a row, before it was ready */
	int64_t start_ms;
	struct child *next;
};

struct processes {
	const struct supervisor_ops *ops;
	struct supervisor_settings settings; /* of those started from now on */
	struct listen_set *listen;
	int signal_fd; /* closed in every child; -1: none */
	int handover_fds[2];
	int life_fds[2];     /* a pipe: [1] is open as long as the supervisor lives */
	unsigned generation; /* the newest */
	bool is_stopping;    /* nothing is started any more */
	struct child *first;
};

/* No child, no descriptor.  What is borrowed lives longer than the children. */
void processes_init(struct processes *children, const struct supervisor_ops *ops,
    const struct supervisor_settings *settings, struct listen_set *listen);

/* The descriptors that children share.  0 or negative errno. */
int processes_open(struct processes *children);
void processes_close(struct processes *children);

/*
 * Instead of processes_open(): the descriptors and the children of a program whose place this one
 * took.  They are an older generation; they stay until there is another.  0 or -ENOMEM.
 */
int processes_adopt(struct processes *children, const struct takeover *takeover);

/* The opposite: what there is to hand over.  False: no memory. */
bool processes_record(const struct processes *children, struct takeover *takeover);

/*
 * In a process of its own: does a worker come up?  It opens everything, gets no connection, and
 * ends.  0, or negative errno with a message.
 */
int processes_try(
    const struct supervisor_ops *ops, const struct worker_options *options, struct err *err);

/*
 * A new generation, as many as the settings say; the others go on.  0, or -ENOMEM: there are
 * fewer.  A fork() that fails is logged and tried again soon.
 */
int processes_start(struct processes *children);

/* Those whose time has come. */
void processes_start_due(struct processes *children, int64_t now_ms);

/* When the next is to be started; INT64_MAX: none. */
int64_t processes_next_ms(const struct processes *children);

/* The newest generation, all of it. */
bool processes_are_ready(const struct processes *children);

/* SIGTERM to all; none has a successor until the next processes_start(). */
void processes_end(struct processes *children);

/* Of the newest generation? */
bool processes_is_current(const struct processes *children, const struct child *child);

/* SIGUSR2 to those of older generations, once to each. */
void processes_retire(struct processes *children);

/* SIGTERM to all, and none is started from now on. */
void processes_stop(struct processes *children);

/* SIGKILL to all. */
void processes_kill(struct processes *children);

/* The one that runs, or has died and is not noted yet, as pid; or NULL. */
struct child *processes_find(const struct processes *children, pid_t pid);

/* Read what is at ready_fd and close it.  Is it ready? */
bool child_note_ready(struct child *child);

/* Its process is no more.  The pause before the next one, or -1: there will be none. */
int64_t child_died(struct processes *children, struct child *child, int64_t now_ms);

/* Free those that have no process and will have none. */
void processes_forget_gone(struct processes *children);

/*
 * The end of a process that has been forked, with the exit status for r: r itself, or negative
 * errno, which is logged as event, with the text of err if it has one.
 */
_Noreturn void child_exit(int r, const char *event, const struct err *err);

#endif
