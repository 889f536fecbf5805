/*
 * snapshot.h - a whole new journal file, from header to rename
 *
 * Purpose    The one way a journal file comes into being: it is written under another name,
 *            flushed, and only then given the name; the directory is flushed after that.
 * Calling    snapshot_open(); snapshot_add() for each line; snapshot_sync(); then
 *            snapshot_publish(), or snapshot_abort() at any time before.
 * Ownership  The caller's struct; publish and abort close everything.
 * Errors     Negative errno.
 */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "core/buf.h"
#include "store/line.h"

struct snapshot {
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
int snapshot_open(
    struct snapshot *snap, int dir_fd, const char *temp_name, const struct line_header *header);

/* One more line; its number is set here. */
int snapshot_add(struct snapshot *snap, struct line *line);

/* Everything added so far is on the disk. */
int snapshot_sync(struct snapshot *snap);

/*
 * Give it the name and flush the directory.  With a failure after the rename is_published is
 * true: the file is there, but its name might not survive a crash.
 */
int snapshot_publish(struct snapshot *snap, const char *name);

void snapshot_abort(struct snapshot *snap);

#endif
