/*
 * partial_request.h - a request that did not arrive in one piece
 *
 * Purpose    While its bytes come, a slow request occupies this buffer and no thread.  A body
 *            over the limit is read to its end and dropped.  When it is whole, libfcgi reads it
 *            from a file in memory, framed anew.
 * Calling    partial_request_new(); partial_request_read() whenever the connection is readable; partial_request_feed();
 *            partial_request_free().
 * Ownership  partial_request_free() accepts NULL.
 * Threads    Belongs to the owner of the connection.
 */
#ifndef FCGI_PARTIAL_REQUEST_H
#define FCGI_PARTIAL_REQUEST_H

#include "core/buf.h"
#include "fcgi/record.h"

/*
 * How much of a body is read and dropped, so that the client of the web server sees 413 and
 * not a broken connection.  Beyond, the answer does not wait for the end.
 */
#define PARTIAL_REQUEST_BODY_MAX_BYTES (8 * 1024 * 1024)

struct partial_request {
	struct fcgi_scan scan;
	struct buf params;
	struct buf body;
};

/* NULL without memory. */
struct partial_request *partial_request_new(void);
void partial_request_free(struct partial_request *gather);

/*
 * Read what has arrived.  FCGI_SCAN_MORE: nothing more for now.  FCGI_SCAN_MALFORMED also when
 * the peer closed the connection, or without memory.  scratch is any memory of
 * n_scratch bytes.
 */
enum fcgi_scan_result partial_request_read(
    struct partial_request *gather, int fd, uint8_t *scratch, size_t n_scratch);

/* Write the whole request to an empty memory file *fd (made if it is -1).  0 or negative errno.
 */
int partial_request_feed(const struct partial_request *gather, int *fd);

#endif
