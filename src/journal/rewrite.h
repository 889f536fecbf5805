/*
 * rewrite.h - a whole new journal file, from header to rename
 *
 * Purpose    The one way a journal file comes into being: it is written under another name,
 *            flushed, and only then given the name; the directory is flushed after that.
 * Calling    jrn_rewrite_open(); jrn_rewrite_add() for each line; jrn_rewrite_sync(); then
 *            jrn_rewrite_publish(), or jrn_rewrite_abort() at any time before.
 * Ownership  The caller's struct; publish and abort close everything.
 * Errors     Negative errno.
 */
#ifndef JOURNAL_REWRITE_H
#define JOURNAL_REWRITE_H

#include "journal/internal.h"

struct jrn_rewrite {
	int dir_fd;
	const char *temp_name;
	int fd;
	struct buf buf; /* not written yet */
	uint64_t len;   /* of the file with the buffer */
	uint64_t n;     /* number of the last line */
	uint64_t inode;
	uint32_t header_crc;
	bool is_published; /* the rename has been done */
};

/* A leftover with that temporary name is removed: its writer is dead. */
int jrn_rewrite_open(struct jrn_rewrite *snap, int dir_fd, const char *temp_name,
    const struct jrn_line_header *header);

/* One more line; its number is set here. */
int jrn_rewrite_add(struct jrn_rewrite *snap, struct jrn_line *line);

/* Everything added so far is on the disk. */
int jrn_rewrite_sync(struct jrn_rewrite *snap);

/*
 * Give it the name and flush the directory.  With a failure after the rename is_published is
 * true: the file is there, but its name might not survive a crash.
 */
int jrn_rewrite_publish(struct jrn_rewrite *snap, const char *name);

void jrn_rewrite_abort(struct jrn_rewrite *snap);

/* ------------------------------------------------------------- what is alive */

/*
 * Write and flush the lines of live, from the file fd, under a temporary name.  old: the header
 * of that file; base_n: the number before the first line.
 */
int jrn_rewrite_live(struct journal *journal, int fd, const struct jrn_line_header *old,
    uint64_t base_n, const char *temp_name, const struct jrn_live_index *live,
    struct jrn_rewrite *ret_snap);

/*
 * Add and count what was appended to the file fd, in [from, to), while the snapshot was being
 * written.  Changes of several lines stay together.
 */
int jrn_rewrite_add_tail(
    struct jrn_rewrite *snap, struct jrn_control *control, int fd, uint64_t from, uint64_t to);

/*
 * With the append lock held: the flushed snapshot becomes the journal.  prev_len and prev_n: the
 * end of the file before; CONTROL_UNKNOWN: every reader starts over.  Always ends snap.
 */
int jrn_rewrite_switch(
    struct journal *journal, struct jrn_rewrite *snap, uint64_t prev_len, uint64_t prev_n);

/*
 * With the append lock held: write what is alive in [scan->start, scan->good_len) of the file
 * fd into a new file and make that the journal.  Its numbers go on behind those of the old
 * file.  keeps_readers: what is read there is known to every reader that has read to the end;
 * otherwise every reader starts over.
 */
int jrn_rewrite_replace(
    struct journal *journal, int fd, const struct jrn_scan *scan, bool keeps_readers);

/* With the append lock held and everything in order: see that the file is not too long. */
void jrn_rewrite_if_over(struct journal *journal, const struct jrn_generation *file);

#endif
