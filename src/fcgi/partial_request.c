/* partial_request.c - see partial_request.h */
#include "fcgi/partial_request.h"

#include <errno.h>
#include <fastcgi.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/file.h"

struct partial_request *
partial_request_new(size_t body_max_bytes)
{
	struct partial_request *partial = malloc(sizeof(*partial));

	if (partial == NULL)
		return NULL;
	fcgi_scan_init(&partial->scan);
	buf_init(&partial->params, FCGI_SCAN_PARAMS_MAX_BYTES);
	buf_init(&partial->body, body_max_bytes + 1);
	partial->scan.params = &partial->params;
	partial->scan.body = &partial->body;
	partial->scan.body_max_bytes = body_max_bytes + 1;
	return partial;
}

void
partial_request_free(struct partial_request *partial)
{
	if (partial == NULL)
		return;
	buf_wipe(&partial->params); /* cookies */
	buf_wipe(&partial->body);   /* passwords */
	free(partial);
}

enum fcgi_scan_result
partial_request_take(struct partial_request *partial, const uint8_t *bytes, size_t n)
{
	enum fcgi_scan_result result;
	size_t used;

	result = fcgi_scan_feed(&partial->scan, bytes, n, &used);
	if (buf_error(&partial->params) != 0 || buf_error(&partial->body) != 0)
		return FCGI_SCAN_MALFORMED;
	/* If the next request came along, its first bytes are lost here. */
	if (result == FCGI_SCAN_COMPLETE && used < n)
		return fcgi_scan_behind(&partial->scan, bytes + used, n - used);
	if (result == FCGI_SCAN_MORE &&
	    partial->scan.n_stdin > PARTIAL_REQUEST_BODY_MAX_BYTES) {
		partial->scan.must_close = true;
		partial->scan.may_go_on = true;
		return FCGI_SCAN_COMPLETE;
	}
	return result;
}

/* One stream in records of the greatest length, and its end. */
static int
feed_stream(int fd, uint8_t type, uint16_t request_id, struct str content)
{
	uint8_t header[FCGI_SCAN_HEADER_BYTES];
	int r;

	for (;;) {
		struct str part = str_take(content, FCGI_MAX_LENGTH);

		fcgi_scan_header(header, type, request_id, (uint16_t)part.n);
		if ((r = file_write_all(fd, header, sizeof(header))) != 0 ||
		    (r = file_write_all(fd, part.p, part.n)) != 0)
			return r;
		if (part.n == 0)
			return 0;
		content = str_skip(content, part.n);
	}
}

int
partial_request_feed(const struct partial_request *partial, int *fd)
{
	const struct fcgi_scan *scan = &partial->scan;
	uint8_t header[FCGI_SCAN_HEADER_BYTES];
	int r;

	if (*fd == -1 && (*fd = memfd_create("request", MFD_CLOEXEC)) == -1)
		return -errno;
	if (lseek(*fd, 0, SEEK_SET) == -1 || ftruncate(*fd, 0) == -1)
		return -errno;
	fcgi_scan_header(header, FCGI_BEGIN_REQUEST, scan->request_id, sizeof(scan->begin));
	if ((r = file_write_all(*fd, header, sizeof(header))) != 0 ||
	    (r = file_write_all(*fd, scan->begin, sizeof(scan->begin))) != 0 ||
	    (r = feed_stream(*fd, FCGI_PARAMS, scan->request_id, buf_str(&partial->params))) !=
		0 ||
	    (r = feed_stream(*fd, FCGI_STDIN, scan->request_id, buf_str(&partial->body))) != 0)
		return r;
	return lseek(*fd, 0, SEEK_SET) == -1 ? -errno : 0;
}
