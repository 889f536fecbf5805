/*
 * disk.h - what a power loss may leave of a recorded run
 *
 * Purpose    Follow a trace event by event; at any point build the directories that a file
 *            system may legally show after the next boot.  The model promises only what
 *            fsync(2) promises: what was written to a file before a successful flush of that
 *            file began is there once the flush returned; names are there once the directory
 *            was flushed; a rename happens wholly or not at all.  All else may have reached
 *            the disk or not, whole or torn, in any order, and a file may have grown without
 *            its bytes.  After a failed flush what was pending stays doubtful for ever: a
 *            later flush of the same file proves nothing (Linux marks the pages clean).
 * Source     open(2), fsync(2), rename(2); Pillai et al., "All File Systems Are Not Created
 *            Equal" (OSDI 2014); Rebello et al., "Can Applications Recover from fsync
 *            Failures?" (USENIX ATC 2020).
 * Calling    disk_start(); then for each event disk_step(), and between two of them
 *            disk_each_state().
 * Threads    One disk a thread.
 */
#ifndef PROOF_JOURNAL_DISK_H
#define PROOF_JOURNAL_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

#define DISK_FILES_MAX   24
#define DISK_PENDING_MAX 256

struct image_file {
	char name[TRACE_NAME_MAX];
	uint32_t inode;
	uint8_t *p;
	size_t n, room;
};

/* A directory: names and contents. */
struct image {
	unsigned n;
	struct image_file file[DISK_FILES_MAX];
};

void image_clear(struct image *image); /* gives the memory back */

/* Make the directory hold exactly this; false with errno. */
bool image_write(const struct image *image, int dir_fd);
/* Does it hold exactly this?  Files whose name ends in skip_suffix are not compared. */
bool image_equals_dir(const struct image *image, int dir_fd, const char *skip_suffix);
uint64_t image_digest(const struct image *image);

struct disk {
	const struct trace *trace;
	uint32_t at; /* events done */
	uint8_t fate[TRACE_EVENTS_MAX];
};

void disk_start(struct disk *disk, const struct trace *trace);
void disk_step(struct disk *disk);

/* What processes see now: everything that was done. */
bool disk_live(const struct disk *disk, struct image *ret_image);

/*
 * Call fn with states, the telling ones first, then n_random drawn ones, until it returns
 * false.  The image is lent; what says which kind of state it is.
 */
typedef bool (*disk_state_fn)(void *arg, const struct image *image, const char *what);
bool disk_each_state(
    const struct disk *disk, uint64_t *seed, unsigned n_random, disk_state_fn fn, void *arg);

/* Only the hardest: nothing that was pending has arrived, or only the names have. */
bool disk_worst_states(const struct disk *disk, disk_state_fn fn, void *arg);

/* xorshift64*: the proofs must be repeatable from a printed number. */
uint64_t disk_random(uint64_t *seed);

#endif
