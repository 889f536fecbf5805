/*
 * control.h - what all processes that have a journal open know together
 *
 * Purpose    <name>.jsonl.lock: a small file in the data directory, never renamed, that
 *            everybody maps.  It holds the locks, how far the journal goes, how far it is
 *            flushed, and which file (generation) it is.  Its content means nothing after a
 *            reboot, save one thing: `synced` is then still a number that was flushed.
 *
 *            The blocks of the file are allocated before it is mapped, so a full disk is a
 *            refusal and never a SIGBUS.
 * Replacing  Compaction replaces the journal by a new file.  There are two slots, for this
 *            generation and the next (or last), and one store of `generation` switches: a
 *            writer may die between any two instructions, and readers never see a mixture.
 *            A reader that had read the old file to its end goes on at a known offset of the
 *            new one.
 * Ownership  The mapping lives from jrn_control_open() to jrn_control_close(), and is never
 *            moved: a robust mutex must not be unmapped while any thread of the process uses
 *            it.
 * Errors     Negative errno with a message.
 */
#ifndef JOURNAL_CONTROL_H
#define JOURNAL_CONTROL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/err.h"
#include "core/host.h"
#include "journal/scan.h"

#define CONTROL_UNKNOWN UINT64_MAX

typedef _Atomic uint64_t control_u64;

enum jrn_control_readiness {
	CONTROL_NOT_READY,
	CONTROL_READY,
	CONTROL_DISTRUSTS, /* not ready, and see jrn_control_distrust() */
};

struct jrn_control_slot {
	control_u64 generation; /* which one is described here; written last */
	control_u64 inode;
	control_u64 header_crc; /* inode numbers are used again, headers are not */
	control_u64 good_len;   /* the file is whole changes up to here */
	control_u64
	    prev_len;       /* where the generation before ended; CONTROL_UNKNOWN: start over */
	control_u64 prev_n; /* and with which number */
	control_u64 start_len; /* where a reader that was at prev_len goes on */
	control_u64 start_n;
	control_u64 synced_n; /* this is on the disk, name and all; 0 until that is so */
};

/* Shared by processes of one machine and one boot; `layout` tells different builds apart. */
struct jrn_control {
	char magic[8];
	uint32_t layout;
	_Atomic uint32_t
	    is_ready; /* enum jrn_control_readiness; set last by whoever initialises */
	uint8_t boot_id[HOST_BOOT_ID_BYTES];

	control_u64 change; /* one more whenever anything in the journal changed */
	control_u64 generation;
	control_u64 appended; /* number of the last line */
	control_u64 synced;   /* number of the last line that is on the disk for sure */
	struct jrn_control_slot slots[2];

	/*
	 * What jrn_control_extend() or jrn_control_switch() is about to make true;
	 * `pending_generation` is written last.  A writer that finds that another died in the
	 * middle finishes it from here.
	 */
	control_u64 pending_generation, pending_len, pending_n, pending_change;

	/* A write or a flush went wrong: nothing is acknowledged until there is a new file. */
	_Atomic uint32_t has_failed;
	_Atomic uint32_t sync_epochs[2]; /* futexes: one more after every flush */
	_Atomic uint32_t refused_with;   /* errno of the last append; 0: it was taken */
	control_u64 lost_from, lost_to;  /* (from, to]: never flushed, and could not be saved */
	control_u64 retry_at_ms;         /* boot clock: replace the failed file, not before */
	control_u64 flush_at_hand; /* group_commit.c: its parity, and up to where it takes */
	control_u64 sync_waiters[2];
	control_u64 batch_size; /* lines that came with the last flush, or while it went on */
	control_u64 flush_ns;   /* how long it took */
	control_u64 flush_begun, flush_ended; /* differ: a flush whose end nobody has seen */
	control_u64 flush_generation;

	/* For compaction; changed with the append lock held. */
	control_u64 n_live, n_dead;
	control_u64 counted_live_bytes; /* at the last exact count */
	control_u64 counted_len;        /* length of the file then */
	control_u64 put_bytes, n_ops;   /* since then */
	control_u64 max_line_bytes;
	control_u64 compact_at_ms; /* boot clock: after a failure, a writer tries not before */

	control_u64 n_appended, n_flushes;

	pthread_mutex_t append_mutex; /* robust, shared; lock.c */
	pthread_mutex_t sync_mutex;   /* robust, shared; group_commit.c */
};

/* A consistent look at the generation of this moment. */
struct jrn_control_view {
	uint64_t generation, inode, header_crc, good_len, prev_len, prev_n, start_len, start_n;
};

/* The lock file is open as lock_fd: give it its blocks and map it. */
int jrn_control_open(
    int lock_fd, const char *path, struct jrn_control **ret_control, struct err *err);
void jrn_control_close(struct jrn_control *control); /* accepts NULL */

/* Initialised in this boot by a program of the same layout. */
bool jrn_control_is_ready(
    const struct jrn_control *control, const uint8_t boot_id[HOST_BOOT_ID_BYTES]);

/*
 * What an initialised block, perhaps of another boot, knows to have been flushed of that file,
 * or 0.
 */
uint64_t jrn_control_old_synced(
    const struct jrn_control *control, uint64_t inode, uint64_t header_crc);

/* The same from the lock file as it is, which need not be whole and is not written. */
uint64_t jrn_control_peek_synced(int lock_fd, uint64_t inode, uint64_t header_crc);

/* Initialise: the caller is the only process here and has scanned the file. */
void jrn_control_init(struct jrn_control *control, const uint8_t boot_id[HOST_BOOT_ID_BYTES],
    uint64_t inode, const struct jrn_scan *scan, bool has_failed);

/*
 * The name of a new file could neither be flushed nor be taken back: a crash may take it, and
 * a later flush would prove nothing.  Whoever initialises leaves it to a first writer to
 * replace the file.
 */
void jrn_control_distrust(struct jrn_control *control);
bool jrn_control_is_distrusted(const struct jrn_control *control);

/* The content is no longer true (salvage): the next one to come initialises. */
void jrn_control_forget(struct jrn_control *control);

struct jrn_control_view jrn_control_look(const struct jrn_control *control);

struct jrn_control_slot *jrn_control_slot(struct jrn_control *control, uint64_t generation);

/*
 * With the append lock held: describe the next generation.  It becomes this one with
 * jrn_control_switch().  prev_len CONTROL_UNKNOWN: every reader starts over.
 */
void jrn_control_prepare(struct jrn_control *control, const struct jrn_control_view *next);
void jrn_control_unprepare(struct jrn_control *control);

/* is_flushed: the new file has its name on the disk. */
void jrn_control_switch(struct jrn_control *control, bool is_flushed);

/* With the append lock held: the journal goes on to here. */
void jrn_control_extend(struct jrn_control *control, uint64_t good_len, uint64_t last_n);

/* With the append lock held: finish what a writer left when it died in one of the above. */
void jrn_control_repair(struct jrn_control *control);

/* Everything up to n is on the disk. */
void jrn_control_raise_synced(struct jrn_control *control, uint64_t n);

/* ---------------------------------------------------------------------------- locks */

/*
 * One writer at a time, over all processes, by two locks in a row.  The mutex in the control
 * block lets writers wait asleep and for a bounded time.  The lock of the open file behind it
 * is the truth: the kernel keeps it and drops it when its holder dies, and it does not depend
 * on numbers of threads that two containers may both have.
 * Such locks belong to the open file, not to the process (fcntl(2), "Open file description
 * locks"): closing another descriptor does not drop them, and a child shares them.  A child is
 * therefore given an open file of its own at its first lock.
 * A struct jrn_lock is used by one thread at a time; others use another one.  Negative errno;
 * -ETIMEDOUT: another holds the lock too long.
 */
struct jrn_lock {
	int fd;    /* -1: not open */
	pid_t pid; /* the process that opened it */
};

#define LOCK_NULL ((struct jrn_lock){ .fd = -1 })

/* Bytes of the lock file, one for each use.  Only numbers: they are not read or written. */
enum jrn_lock_range {
	LOCK_APPEND,   /* held by the writer */
	LOCK_PRESENCE, /* shared by every process that has the journal open */
	LOCK_COMPACT,  /* held by the process that writes a new file */
};

/* Open the lock file once more in this process. */
int jrn_lock_open(
    struct jrn_lock *lock, int dir_fd, const char *dir_path, const char *name, struct err *err);
void jrn_lock_close(struct jrn_lock *lock);

/* Without waiting: 0, -EAGAIN, or another error. */
int jrn_lock_try(struct jrn_lock *lock, enum jrn_lock_range range, bool is_shared);

/* jrn_lock_try(), exclusive, again and again until the time is over: -ETIMEDOUT. */
int jrn_lock_poll(struct jrn_lock *lock, enum jrn_lock_range range, int timeout_ms);

/* Does anybody hold it, in whatever way, this open file left out? */
bool jrn_lock_is_held(const struct jrn_lock *lock, enum jrn_lock_range range);

void jrn_lock_drop(struct jrn_lock *lock, enum jrn_lock_range range);

/* The append lock: first the mutex, then the range. */
int jrn_lock_append(struct jrn_lock *lock, struct jrn_control *control, int timeout_ms);
void jrn_lock_append_drop(struct jrn_lock *lock, struct jrn_control *control);

#endif
