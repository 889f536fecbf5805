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

#include "core/buf.h"
#include "journal/line.h"

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

#endif
