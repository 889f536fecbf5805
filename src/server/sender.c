/* sender.c - see sender.h */
#include "server/sender.h"

#include <errno.h>
#include <fastcgi.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "fcgi/record.h"

/* Of each record but the last: a multiple of eight needs no padding. */
#define CONTENT_BYTES 65528
#define RECORD_BYTES  (FCGI_SCAN_HEADER_BYTES + CONTENT_BYTES)

#define TAIL_BYTES SENDER_TAIL_BYTES

#define RECORDS_AT_ONCE 4
#define PIECES_MAX      (3 * RECORDS_AT_ONCE + 1) /* header, end of head, body; the tail */

/* What one system call is given. */
struct batch {
	struct iovec pieces[PIECES_MAX];
	int n_pieces;
	size_t n_bytes;
	uint8_t headers[RECORDS_AT_ONCE][FCGI_SCAN_HEADER_BYTES];
	uint8_t tail[TAIL_BYTES];
};

void
sender_init(struct sender *sender, uint16_t request_id, struct str head, struct str body)
{
	*sender = (struct sender){ head, body, request_id, 0 };
}

static void
add(struct batch *batch, const void *p, size_t n)
{
	if (n == 0)
		return;
	/* sendmsg(2) writes to none of them. */
	batch->pieces[batch->n_pieces++] = (struct iovec){ (void *)(uintptr_t)p, n };
	batch->n_bytes += n;
}

/* n bytes of the answer from there. */
static void
add_content(struct batch *batch, const struct sender *sender, size_t at, size_t n)
{
	if (at < sender->head.n) {
		struct str part = str_take(str_skip(sender->head, at), n);

		add(batch, part.p, part.n);
		n -= part.n;
		at += part.n;
	}
	if (n > 0)
		add(batch, sender->body.p + (at - sender->head.n), n);
}

/* The record that has byte at of all of them, from there to its end. */
static void
add_record(struct batch *batch, const struct sender *sender, uint64_t at, unsigned k)
{
	size_t n_answer = sender->head.n + sender->body.n;
	size_t begin = (size_t)(at / RECORD_BYTES) * CONTENT_BYTES;
	size_t skip = (size_t)(at % RECORD_BYTES);
	size_t n = n_answer - begin < CONTENT_BYTES ? n_answer - begin : CONTENT_BYTES;

	if (skip < FCGI_SCAN_HEADER_BYTES) {
		fcgi_scan_header(
		    batch->headers[k], FCGI_STDOUT, sender->request_id, (uint16_t)n);
		add(batch, batch->headers[k] + skip, FCGI_SCAN_HEADER_BYTES - skip);
		skip = 0;
	} else {
		skip -= FCGI_SCAN_HEADER_BYTES;
	}
	add_content(batch, sender, begin + skip, n - skip);
}

/* The end of the stream, and of the request with its eight bytes: all zero, for all is well. */
static void
make_tail(uint16_t request_id, uint8_t ret_tail[TAIL_BYTES])
{
	memset(ret_tail, 0, TAIL_BYTES);
	fcgi_scan_header(ret_tail, FCGI_STDOUT, request_id, 0);
	fcgi_scan_header(ret_tail + FCGI_SCAN_HEADER_BYTES, FCGI_END_REQUEST, request_id,
	    TAIL_BYTES - 2 * FCGI_SCAN_HEADER_BYTES);
}

void
sender_frame(uint16_t request_id, size_t n, uint8_t ret_head[SENDER_HEAD_BYTES],
    uint8_t ret_tail[SENDER_TAIL_BYTES])
{
	fcgi_scan_header(ret_head, FCGI_STDOUT, request_id, (uint16_t)n);
	make_tail(request_id, ret_tail);
}

static void
add_tail(struct batch *batch, const struct sender *sender, size_t skip)
{
	make_tail(sender->request_id, batch->tail);
	add(batch, batch->tail + skip, TAIL_BYTES - skip);
}

enum sender_result
sender_go_on(struct sender *sender, int fd, size_t n_max)
{
	uint64_t n_answer = sender->head.n + sender->body.n;
	uint64_t n_records = (n_answer + CONTENT_BYTES - 1) / CONTENT_BYTES;
	uint64_t tail_at = n_answer + n_records * FCGI_SCAN_HEADER_BYTES;
	uint64_t enough = sender->n_sent + n_max;

	while (sender->n_sent < enough) {
		struct batch batch;
		struct msghdr message = { .msg_iov = batch.pieces };
		ssize_t n;

		batch.n_pieces = 0;
		batch.n_bytes = 0;
		for (unsigned k = 0;
		     k < RECORDS_AT_ONCE && sender->n_sent + batch.n_bytes < tail_at; k++)
			add_record(&batch, sender, sender->n_sent + batch.n_bytes, k);
		if (sender->n_sent + batch.n_bytes >= tail_at)
			add_tail(
			    &batch, sender, (size_t)(sender->n_sent + batch.n_bytes - tail_at));
		message.msg_iovlen = (size_t)batch.n_pieces;
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN || errno == EWOULDBLOCK ? SENDER_MORE
								       : SENDER_BROKEN;
		sender->n_sent += (uint64_t)n;
		if (sender->n_sent == tail_at + TAIL_BYTES)
			return SENDER_DONE;
	}
	return SENDER_MORE;
}

bool
sender_budget_take(struct sender_budget *budget, size_t n)
{
	size_t taken = atomic_load(&budget->n_taken);

	atomic_store(&budget->n_last, n);
	do {
		if (taken > budget->n_max || n > budget->n_max - taken)
			return false;
	} while (!atomic_compare_exchange_weak(&budget->n_taken, &taken, taken + n));
	return true;
}

void
sender_budget_give(struct sender_budget *budget, size_t n)
{
	atomic_fetch_sub(&budget->n_taken, n);
}

bool
sender_budget_is_used_up(const struct sender_budget *budget)
{
	size_t taken = atomic_load(&budget->n_taken);

	return taken > 0 && taken + atomic_load(&budget->n_last) > budget->n_max;
}
