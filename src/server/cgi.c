/* cgi.c - plain CGI: the one request of this process (see handler.h; RFC 3875) */
#include "server/handler.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "server/dropped.h"
#include "server/txn.h"

/* A web server that stops sending must not leave processes behind. */
#define READ_DEADLINE_MS 10000

/* What is read and dropped of a body over the limit, so that the server may see the answer. */
#define DRAIN_MAX_BYTES (8 * 1024 * 1024)

extern char **environ;

/*
 * Read n_wanted bytes, or to the end if it comes first: a CGI program must not read past
 * CONTENT_LENGTH (RFC 3875 section 4.2), the server need not close the pipe.
 */
static int
read_body(struct buf *body, int64_t n_wanted, bool *ret_is_over_limit)
{
	int64_t deadline_ms = clock_boot_ms() + READ_DEADLINE_MS;
	int64_t n_read = 0;

	*ret_is_over_limit = false;
	while (n_read < n_wanted) {
		struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
		int64_t left_ms = deadline_ms - clock_boot_ms();
		char bytes[4096];
		size_t want = n_wanted - n_read < (int64_t)sizeof(bytes)
				  ? (size_t)(n_wanted - n_read)
				  : sizeof(bytes);
		ssize_t n;

		if (left_ms <= 0)
			return -ETIMEDOUT;
		n = poll(&in, 1, (int)left_ms);
		if (n == -1 && errno != EINTR)
			return -errno;
		if (n <= 0)
			continue;
		n = read(STDIN_FILENO, bytes, want);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n == -1)
			return -errno;
		if (n == 0)
			break;
		n_read += n;
		if (n_read <= REQUEST_BODY_MAX_BYTES)
			buf_add(body, bytes, (size_t)n);
		else
			*ret_is_over_limit = true;
		if (n_read > DRAIN_MAX_BYTES)
			break;
	}
	return buf_error(body);
}

static int
answer(const struct handler *app, struct txn *txn)
{
	bool is_over_limit = false;
	struct str bytes;
	int64_t n_body;
	int r;

	if ((r = txn_begin(txn, (const char *const *)environ)) != 0)
		return r;
	/*
	 * A length that is none leaves nothing to read: the answer is 400 anyway.  A check has
	 * no body.
	 */
	n_body = !request_is_check(&txn->request) &&
			 (txn->request.refusal == 0 || txn->request.refusal == 413)
		     ? txn->request.content_length
		     : 0;
	if ((r = read_body(&txn->body, n_body, &is_over_limit)) != 0) {
		if (r == -ETIMEDOUT)
			dropped_note(DROPPED_SLOW, READ_DEADLINE_MS);
		return r;
	}
	txn_body_done(txn, buf_str(&txn->body), is_over_limit);
	(void)txn_handle(txn, app, TXN_MAY_ALL);
	bytes = txn_answer(txn);
	r = file_write_all(STDOUT_FILENO, bytes.p, bytes.n);
	txn_end(txn, r == 0);
	return r;
}

int
cgi_run(const struct handler *app)
{
	struct txn txn;
	int r;

	txn_init(&txn);
	r = answer(app, &txn);
	txn_fini(&txn);
	return r;
}
