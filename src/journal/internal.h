/*
 * internal.h - the handle, and what the files of this folder do for each other
 *
 * Purpose    Not for other folders.  From the lower rooms to the higher: fs_check, quarantine,
 *            control, generation; rewrite (rewrite.h); group_commit; recover; replay;
 *            append; compact; open; salvage.  A file calls what stands before it.
 * Threads    Lock order: append lock, then files_mutex.  The sync mutex is taken alone.
 */
#ifndef JOURNAL_INTERNAL_H
#define JOURNAL_INTERNAL_H

#include <pthread.h>

#include "journal/control.h"
#include "journal/generation.h"
#include "journal/journal.h"

#define INTERNAL_NAME_MAX_BYTES 64

struct journal {
	struct journal_config config; /* its pointers and dir_fd are our own */
	char path[512];               /* of the journal, for messages */
	char lock_path[512];
	char name[INTERNAL_NAME_MAX_BYTES];
	char file_name[INTERNAL_NAME_MAX_BYTES]; /* User.jsonl */
	char lock_name[INTERNAL_NAME_MAX_BYTES]; /* User.jsonl.lock: control block, locks */
	char new_name
	    [INTERNAL_NAME_MAX_BYTES]; /* User.jsonl.new: being written by journal_tick() */
	char recover_name
	    [INTERNAL_NAME_MAX_BYTES]; /* the same, by the holder of the append lock */

	struct jrn_control *control;
	uint64_t lock_inode;
	atomic_bool is_lock_file_reported; /* that it was removed: once for each handle */
	struct jrn_lock lock;              /* of journal_lock() */
	bool is_locked;

	pthread_mutex_t files_mutex;
	struct jrn_generation *current; /* the newest generation that this handle has seen */

	/* Where this handle is in its reading. */
	struct {
		struct jrn_generation *file; /* NULL: nothing read yet */
		uint64_t at, n;
	} replay;
	_Atomic uint64_t change; /* control->change of the last complete reading */
};

/* Tell the operator, through config.notice: once for each time that something happens ... */
void jrn_internal_notice(const struct journal *journal, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* ... or again and again, as long as it lasts. */
void jrn_internal_notice_lasting(const struct journal *journal, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Nothing is acknowledged from now on, until the file has been replaced. */
void jrn_internal_fail(struct journal *journal, const char *what, int error);

/* --------------------------------------------------------------------------- fs_check */

/* 0, or -EOPNOTSUPP with the reason. */
int jrn_fs_check(int dir_fd, const char *dir_path, struct err *err);

/* The part that knows: the name of a file system that is refused, or NULL. */
const char *jrn_fs_check_refused(unsigned long type, const char *fuse_name);

/* ------------------------------------------------------------------------- quarantine */

#define QUARANTINE_NAME_BYTES 128

/*
 * Copy [from, end) of fd into a new file "<name>.<what>-<UTC time>" in the directory, flushed.
 * ret_name: what it is called.
 */
int jrn_quarantine_save(int dir_fd, const char *dir_path, const char *name, const char *what,
    int fd, uint64_t from, uint64_t end, char ret_name[QUARANTINE_NAME_BYTES], struct err *err);

/* ----------------------------------------------------------------------- group commit */

/*
 * One process or thread at a time flushes, for everything that is appended at that moment; the
 * others sleep and find their lines covered by it or the next one.  Nothing needs repair when the
 * one that flushes is killed: the number of what is flushed has not moved, and the next one
 * flushes again.
 * Linux tells a failed write-back once to every open file that was open then; afterwards the
 * pages count as clean.  So a failed flush is never tried again on the same file (see "Can
 * Applications Recover from fsync Failures?", ATC 2020).
 */

/*
 * 0: everything up to seq is on the disk.  JRN_E_MOVED: the file is just being replaced, or is in
 * doubt: jrn_recover_now(), and again.  -EROFS: the journal has failed.  -ETIMEDOUT: a process
 * that flushes is stopped.
 */
int jrn_group_commit_wait(struct journal *journal, uint64_t seq, int64_t deadline_ms);

/*
 * The last flush has no end: its process was killed in it.  If it was told of a failure, only
 * files that were open then will be told too, and this handle has none: what the file holds
 * may not be on the disk, however often it is flushed.  Waits for nobody.
 */
bool jrn_group_commit_is_in_doubt(struct journal *journal);

/* ---------------------------------------------------------------------------- recover */

/*
 * The writer before may have died at any instruction, a person may have put another file in the
 * place, a flush may have failed.  Checking leaves a journal that can be appended to, or an error.
 * -EROFS: the journal has failed and could not be replaced yet.  -ESTALE: the lock file was
 * removed or replaced under us.
 */

/* The lock file still has its name; without the name it keeps no later process out. */
int jrn_recover_check_lock_file(struct journal *journal);

/* With the append lock held. */
int jrn_recover_check(struct journal *journal);

/* The same without the append lock, from any thread: takes it for the moment. */
int jrn_recover_now(struct journal *journal, int timeout_ms);

/* ----------------------------------------------------------------------------- replay */

/* This handle has read up to here: it appended the rest itself, with the append lock held. */
void jrn_replay_skip_own(struct journal *journal, uint64_t good_len, uint64_t n);

/* Go over to a new generation if everything of the old one was read; no apply is needed. */
void jrn_replay_follow(struct journal *journal);

/* This handle has caught up at least once. */
bool jrn_replay_has_begun(const struct journal *journal);

/* Everything that is published was read. */
bool jrn_replay_is_at_end(const struct journal *journal);

/* ----------------------------------------------------------------------------- append */

/*
 * After changes were refused because there was no room: would one be taken now?  Without any
 * lock.
 */
void jrn_append_look_for_room(struct journal *journal);

/* ------------------------------------------------------------------------------- open */

/* A handle with names and directory, nothing opened. */
int jrn_open_new(
    const struct journal_config *config, struct journal **ret_journal, struct err *err);

/* Keep everybody else out, until jrn_open_free().  -EBUSY: somebody has the journal open. */
int jrn_open_alone(struct journal *journal, struct err *err);

/* Was it written with our key?  -EKEYREJECTED. */
int jrn_open_check_key(
    const struct journal *journal, const struct jrn_scan *scan, struct err *err);

void jrn_open_free(struct journal *journal);

#endif
