/*
 * internal.h - the handle, for the files of this folder only
 *
 * Lock order: append lock, then files_mutex.  The sync mutex is taken alone.
 */
#ifndef JOURNAL_INTERNAL_H
#define JOURNAL_INTERNAL_H

#include <pthread.h>

#include "journal/control.h"
#include "journal/generation.h"
#include "journal/lock.h"
#include "journal/journal.h"

#define INNER_NAME_MAX_BYTES 64

struct journal {
	struct journal_config config; /* its pointers and dir_fd are our own */
	char path[512];               /* of the journal, for messages */
	char lock_path[512];
	char name[INNER_NAME_MAX_BYTES];
	char file_name[INNER_NAME_MAX_BYTES]; /* User.jsonl */
	char lock_name[INNER_NAME_MAX_BYTES]; /* User.jsonl.lock: control block, locks */
	char new_name
	    [INNER_NAME_MAX_BYTES]; /* User.jsonl.new: being written by journal_tick() */
	char mend_name[INNER_NAME_MAX_BYTES]; /* the same, by the holder of the append lock */

	struct jrn_control *control;
	uint64_t lock_inode;
	atomic_bool is_lock_file_told; /* that it was removed: once for each handle */
	struct jrn_lock lock;          /* of journal_lock() */
	bool is_locked;

	pthread_mutex_t files_mutex;
	struct jrn_generation *current; /* the newest generation that this handle has seen */

	/* Where this handle is in its reading. */
	struct {
		struct jrn_generation *file; /* NULL: nothing read yet */
		uint64_t at, n;
	} reader;
	_Atomic uint64_t change; /* control->change of the last complete reading */
};

/* Tell the operator, through config.notice. */
void jrn_internal_notice(const struct journal *journal, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Nothing is acknowledged from now on, until the file has been replaced. */
void jrn_internal_fail(struct journal *journal, const char *what, int error);

#endif
