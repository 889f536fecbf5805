/*
 * children.h - the worker processes of a supervisor
 *
 * Purpose    Starts workers in generations, knows which are ready, and when one that died is
 *            to have a successor: one that served at once, or nearly; one that never got ready
 *            after a pause that doubles.
 * Calling    children_open(), children_start() for each generation; then whatever happens:
 *            child_note_ready(), child_died().  children_start_due() and
 *            children_forget_gone() before each wait, which ends at children_next_ms().
 *            children_stop(), and when first is NULL children_close().
 * Ownership  The list owns its children, until children_forget_gone().
 * Units      Milliseconds on the boot clock.
 * Threads    Single-threaded: it forks.
 */
#ifndef GATEWAY_CHILDREN_H
#define GATEWAY_CHILDREN_H

#include <sys/types.h>

#include "gateway/supervisor.h"
#include "gateway/takeover.h"

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

struct children {
	const struct supervisor_ops *ops;
	struct supervisor_settings settings; /* of those started from now on */
	struct listen_socket *listen_socket;
	int signal_fd; /* closed in every child; -1: none */
	int handover_fds[2];
	int life_fds[2];     /* wish.h: [1] is open as long as the supervisor lives */
	unsigned generation; /* the newest */
	bool is_stopping;    /* nothing is started any more */
	struct child *first;
};

/* No child, no descriptor.  What is borrowed lives longer than the children. */
void children_init(struct children *children, const struct supervisor_ops *ops,
    const struct supervisor_settings *settings, struct listen_socket *listen_socket);

/* The descriptors that children share.  0 or negative errno. */
int children_open(struct children *children);
void children_close(struct children *children);

/*
 * Instead of children_open(): the descriptors and the children of a program whose place this one
 * took.  They are an older generation; they stay until there is another.  0 or -ENOMEM.
 */
int children_adopt(struct children *children, const struct takeover *takeover);

/* The opposite: what there is to hand over.  False: no memory. */
bool children_record(const struct children *children, struct takeover *takeover);

/*
 * In a process of its own: does a worker come up?  It opens everything, gets no connection, and
 * ends.  0, or negative errno with a message.
 */
int children_try(
    const struct supervisor_ops *ops, const struct worker_options *options, struct err *err);

/*
 * A new generation, as many as the settings say; the others go on.  0, or -ENOMEM: there are
 * fewer.  A fork() that fails is logged and tried again soon.
 */
int children_start(struct children *children);

/* Those whose time has come. */
void children_start_due(struct children *children, int64_t now_ms);

/* When the next is to be started; INT64_MAX: none. */
int64_t children_next_ms(const struct children *children);

/* The newest generation, all of it. */
bool children_are_ready(const struct children *children);

/* SIGTERM to all; none has a successor until the next children_start(). */
void children_end(struct children *children);

/* Of the newest generation? */
bool children_is_current(const struct children *children, const struct child *child);

/* SIGUSR2 to those of older generations, once to each. */
void children_retire(struct children *children);

/* SIGTERM to all, and none is started from now on. */
void children_stop(struct children *children);

/* SIGKILL to all. */
void children_kill(struct children *children);

/* The one that runs, or has died and is not noted yet, as pid; or NULL. */
struct child *children_find(const struct children *children, pid_t pid);

/* Read what is at ready_fd and close it.  Is it ready? */
bool child_note_ready(struct child *child);

/* Its process is no more.  The pause before the next one, or -1: there will be none. */
int64_t child_died(struct children *children, struct child *child, int64_t now_ms);

/* Free those that have no process and will have none. */
void children_forget_gone(struct children *children);

/*
 * The end of a process that has been forked, with the exit status for r: 0, or negative errno;
 * that is logged as event, with the text of err if it has one.
 */
_Noreturn void child_exit(int r, const char *event, const struct err *err);

#endif
