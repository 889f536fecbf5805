/*
 * takeover.h - what a supervisor tells the program that takes its place
 *
 * Purpose    At SIGHUP the supervisor becomes the program that is on the disk now: the same
 *            process, another image.  What it must not lose goes through a file in memory: the
 *            listening sockets, the workers, the settings that cannot change, the text of the
 *            file of variables (so that what was tried and what takes over read the same).
 * Source     execve(2): process id, children, open descriptors, blocked and pending signals stay.
 * Calling    The old image: takeover_init(), fill in, takeover_write(), exec with
 *            takeover_set_env() in the environment.  The new one: takeover_find(), first of all.  takeover_fini().
 * Ownership  The takeover owns its texts, arrays and file, not the other descriptors.
 * Errors     Negative errno with a message.  -ENOENT of takeover_find(): nothing to take over.
 */
#ifndef SERVER_TAKEOVER_H
#define SERVER_TAKEOVER_H

#include <sys/types.h>

#include "conf/configuration.h"
#include "core/buf.h"
#include "core/err.h"
#include "server/listen_set.h"
#include "server/program.h"

/* What a candidate (candidate.h) prints when it could serve. */
#define TAKEOVER_READY "sessiongate takeover: ready"

#define TAKEOVER_FIXED_MAX 8

struct takeover_child {
	pid_t pid;
	unsigned generation;
	int ready_fd; /* as in processes.h */
	bool is_ready, is_told_to_end;
};

struct takeover {
	pid_t pid;     /* of the supervisor, before and after */
	bool is_trial; /* only find out whether it would succeed */
	unsigned generation;
	bool was_ever_ready, has_told_ready;
	struct listen_set listen;
	int handover_fds[2], life_fds[2];
	struct takeover_child *children;
	size_t n_children;
	char *log_path;           /* of the log file; NULL: none */
	char *program;            /* its path; NULL: not told */
	struct program_file file; /* what was there: it is tried, and then executed */
	/* Settings that cannot change while serving: name, value, name, ... */
	char *fixed[2 * TAKEOVER_FIXED_MAX];
	size_t n_fixed;
	bool has_config;
	struct buf config; /* the text of the file of variables */
};

void takeover_init(struct takeover *takeover);
void takeover_fini(struct takeover *takeover);

/*
 * Note what the next program has to know beside what the supervisor itself notes, and open the
 * file of it, which is at path.  log_path may be NULL.  0 or negative errno with a message.
 */
int takeover_record(struct takeover *takeover, const char *path, const char *log_path,
    const struct configuration *conf, struct err *err);

/* A child, copied.  False: no memory, or no room. */
bool takeover_add_child(struct takeover *takeover, const struct takeover_child *child);

/* A descriptor of the record, closed on exec; or negative errno. */
int takeover_write(const struct takeover *takeover);

/*
 * Execute that program, which finds the record at record_fd: as a trial in a child of this
 * process, or in its place.  The variables of file are not in its environment: it reads them
 * itself.  It returns only on failure, negative errno with a message; all is as it was then.
 */
int takeover_execute(const struct takeover *takeover, char *const argv[], struct env_file *file,
    int record_fd, bool is_trial, struct err *err);

/*
 * Put into the environment that the program which is executed next finds the record at fd: in this
 * process, or as a trial in a child of this process.  fd -1: take that out again.
 */
int takeover_set_env(int fd, bool is_trial);

/* All descriptors of the record, and fd, stay open (or do not) in the program executed next. */
void takeover_keep_open(const struct takeover *takeover, int fd, bool is_kept);

/*
 * Read the record this process was started with, and take it out of the environment.  All
 * descriptors are closed on exec again.
 */
int takeover_find(struct takeover *ret_takeover, struct err *err);

/* Are the settings that cannot change while serving what they were? */
int takeover_check_fixed(
    const struct takeover *takeover, const struct settings *settings, struct err *err);

#endif
