/*
 * txn.h - one request and its answer, whatever the transport
 *
 * Purpose    What CGI, FastCGI and memory have in common: the request, its body, the answer and
 *            its bytes; the log line of it.
 * Calling    txn_init() once, then for each request txn_begin(), the body into
 *            body, txn_body_done(), txn_handle() or txn_refuse();
 *            send txn_answer(); txn_end() with what came of it.  txn_fini().
 * Ownership  The txn owns its buffers and keeps them for the next request; the request
 *            borrows from params and body until txn_end().
 * Errors     Negative errno: no memory; then the connection is closed.
 * Threads    A txn belongs to one thread at a time.
 */
#ifndef SERVER_TXN_H
#define SERVER_TXN_H

#include <stdint.h>

#include "server/handler.h"

/* What the socket takes even if the peer reads nothing, so that nobody waits for it. */
#define TXN_SHORT_BYTES (32 * 1024)

/* Before the answer in memory: the header of a record. */
#define TXN_ROOM_BYTES 8

struct txn {
	struct request request;
	struct response response;
	struct buf body; /* of the request */
	struct buf out;  /* TXN_ROOM_BYTES and the whole CGI answer */
	struct hasher_list hashes;
	struct throttle_attempt attempt;
	char request_id[16]; /* of our own making, when the web server sent none */
	int64_t start_ns;
	bool is_begun;
	bool may_split; /* set by the owner: txn_rest() may hold a part */
	bool is_split;
};

/* Whether txn_end() logs a line for each request.  Default: no. */
void txn_configure(bool is_access_log_on);

void txn_init(struct txn *txn);
void txn_fini(struct txn *txn);

/* Read the variables; from now on log lines of this thread carry the request's id. */
int txn_begin(struct txn *txn, const char *const *params);

/* The same in two steps, for variables that stand elsewhere: where they go; then read them. */
struct cgi_vars *txn_vars(struct txn *txn);
int txn_read(struct txn *txn);

/* The body has arrived: borrowed.  Often the txn's own. */
void txn_body_done(struct txn *txn, struct str body, bool is_over_limit);

/* Another thread goes on with it: its log lines carry the request's id now. */
void txn_move_here(const struct txn *txn);
/* ... and those of the thread that gave it away no more. */
void txn_moved_away(void);

/*
 * Have the application answer.  After HANDLER_ANSWERED there is one, whatever happened:
 * txn_answer().
 */
enum handler_next txn_handle(
    struct txn *txn, const struct handler *app, struct handler_permit permit);

/* The permits of a thread that does nothing else, and of one that others wait for. */
#define TXN_PERMIT(waits, is_long, txn) \
	((struct handler_permit){ (waits), (is_long), &(txn)->hashes, &(txn)->attempt })
#define TXN_MAY_ALL          ((struct handler_permit){ true, true, NULL, NULL })
#define TXN_IN_HASTE(txn)    TXN_PERMIT(false, false, txn)
#define TXN_MAY_WAIT(txn)    TXN_PERMIT(true, false, txn)
#define TXN_MAY_BE_LONG(txn) TXN_PERMIT(true, true, txn)

/* Answer with an error of the server's own; a 503 carries Retry-After. */
void txn_refuse(struct txn *txn, const struct handler *app, int status);

/* The same to another request, which is only read: another thread may be at it. */
void txn_refuse_other(
    struct txn *txn, const struct request *request, const struct handler *app, int status);

/*
 * The bytes to send: a whole answer, always.  Without memory it is a 500 that needs none: half an
 * answer would pass for a whole one.
 */
struct str txn_answer(const struct txn *txn);

/*
 * The same between head, of TXN_ROOM_BYTES, and tail, in one piece.  STR_NULL: there is no memory for
 * that.
 */
struct str txn_framed(struct txn *txn, const uint8_t *head, struct str tail);

/* What follows them: the body of a long answer, if may_split; else nothing. */
struct str txn_rest(const struct txn *txn);

/* Log it and forget it.  is_sent: did the whole answer leave? */
void txn_end(struct txn *txn, bool is_sent);

#endif
