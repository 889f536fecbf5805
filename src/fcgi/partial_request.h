/*
 * partial_request.h - a request that did not arrive in one piece
 *
 * Purpose    While its bytes come, a slow request occupies this buffer and no thread.  A body
 *            over the limit is read to its end and dropped.  When it is whole, libfcgi reads it
 *            from a file in memory, framed anew.
 * Calling    partial_request_new(); partial_request_take() with the bytes as they come, until it
 *            says something else than FCGI_SCAN_MORE; partial_request_feed();
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

/* Keeps so much of the body, and one byte more if there is more.  NULL without memory. */
struct partial_request *partial_request_new(size_t body_max_bytes);
void partial_request_free(struct partial_request *partial);

/*
 * Some more of it, copied.  FCGI_SCAN_MALFORMED also without memory; FCGI_SCAN_COMPLETE with
 * scan.must_close also for a body that is not read to its end.
 */
enum fcgi_scan_result partial_request_take(
    struct partial_request *partial, const uint8_t *bytes, size_t n);

/* Write the whole request to an empty memory file *fd (made if it is -1).  0 or negative errno.
 */
int partial_request_feed(const struct partial_request *partial, int *fd);

#endif
