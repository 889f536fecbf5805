/*
 * handler.h - next request in, response out
 *
 * Purpose    The three ways a request reaches the application: FastCGI (libfcgi), plain CGI,
 *            and memory (tests, fuzzing, benchmarks).  The body rule lives here, in one place:
 *            whatever the answer, the body is read to its end under a cap, or the
 *            connection is closed.
 * Calling    A handler fills the response; it never sees a transport.
 */
#ifndef SERVER_HANDLER_H
#define SERVER_HANDLER_H

#include <stdbool.h>

#include "core/err.h"
#include "http/request.h"
#include "http/response.h"
#include "password/hasher.h"
#include "throttle/throttle.h"

/* What handle() came to: an answer, or why it must go on elsewhere. */
enum handler_next {
	HANDLER_ANSWERED,
	HANDLER_WAIT, /* it would wait for a flush or a lock */
	HANDLER_LONG, /* its answer takes long, and much memory */
	HANDLER_HASH, /* a password hash is noted in permit.hashes, for hasher_run() */
};

/* What handle() may do on the thread that calls it. */
struct handler_permit {
	bool may_wait;                    /* false: never HANDLER_WAIT's work */
	bool may_be_long;                 /* false: never HANDLER_LONG's work */
	struct hasher_list *hashes;       /* where it notes a hash; NULL: it may hash itself */
	struct throttle_attempt *attempt; /* lasts as long as the list; NULL: with NULL */
};

struct handler {
	/*
	 * Answer the request, in whatever role (request.role), as far as the permit allows.  Anything but HANDLER_ANSWERED:
	 * nothing has been changed, the response is empty, and handle() is to be called again,
	 * from its beginning, once it may wait or the hash is there.  Called from many threads
	 * at once.
	 */
	enum handler_next (*handle)(void *arg, const struct request *request,
	    struct handler_permit permit, struct response *ret_response);

	unsigned n_hashes_at_once; /* over all processes; 0: it never hashes */
	int64_t hash_wait_ms;      /* how long a request may wait for its hashes */

	/*
	 * Housekeeping, about once a second from one thread of each worker.  True: what is open
	 * is not what a new process would open, so this worker has to end; the supervisor ends
	 * all the others then, before new ones begin.  NULL: none.
	 */
	bool (*tick)(void *arg);

	void *arg;

	/*
	 * Fill the answer the server itself must give (503 when a queue is full), with the
	 * headers all answers carry, and Retry-After on a 503.  The server has logged why.  NULL:
	 * a plain one.
	 */
	void (*refuse)(void *arg, const struct request *request, int status,
	    struct response *ret_response);
};

/* Plain CGI: answer the one request of this process's environment and standard input. */
int cgi_run(const struct handler *app);

/*
 * Memory: params is NULL-terminated "NAME=value"; the formatted CGI answer is appended to
 * ret_answer.
 */
int memory_run(const struct handler *app, const char *const *params, struct str body,
    struct buf *ret_answer);

/* FastCGI: see worker.h (connections, threads) and supervisor.h (processes, signals, sockets).
 */

#endif
