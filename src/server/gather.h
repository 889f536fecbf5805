/*
 * gather.h - a request that did not arrive in one piece
 *
 * Purpose    While its bytes come, a slow request occupies this buffer and no thread.  A body
 *            over the limit is read to its end and dropped.  When it is whole, libfcgi reads it
 *            from a file in memory, framed anew.
 * Calling    gather_new(); gather_read() whenever the connection is readable; gather_feed();
 *            gather_free().
 * Ownership  gather_free() accepts NULL.
 * Threads    Belongs to the owner of the connection.
 */
#ifndef SERVER_GATHER_H
#define SERVER_GATHER_H

#include "core/buf.h"
#include "server/fcgi_scan.h"

/*
 * How much of a body is read and dropped, so that the client of the web server sees 413 and
 * not a broken connection.  Beyond, the answer does not wait for the end.
 */
#define GATHER_BODY_MAX_BYTES (8 * 1024 * 1024)

struct gather {
	struct fcgi_scan scan;
	struct buf params;
	struct buf body;
};

/* NULL without memory. */
struct gather *gather_new(void);
void gather_free(struct gather *gather);

/*
 * Read what has arrived.  FCGI_SCAN_MORE: nothing more for now.  FCGI_SCAN_MALFORMED also when
 * the peer closed the connection, or without memory.  scratch is any memory of
 * n_scratch bytes.
 */
enum fcgi_scan_result gather_read(
    struct gather *gather, int fd, uint8_t *scratch, size_t n_scratch);

/* Write the whole request to an empty memory file *fd (made if it is -1).  0 or negative errno.
 */
int gather_feed(const struct gather *gather, int *fd);

#endif
