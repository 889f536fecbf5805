/*
 * gateway.h - next request in, response out
 *
 * Purpose    The three ways a request reaches the application: FastCGI (libfcgi), plain CGI,
 *            and memory (tests, fuzzing, benchmarks).  The body rule lives here, in one place:
 *            whatever the answer, the body is read to its end under a cap, or the
 *            connection is closed.
 * Calling    A handler fills the response; it never sees a transport.
 */
#ifndef GATEWAY_GATEWAY_H
#define GATEWAY_GATEWAY_H

#include <stdbool.h>

#include "core/err.h"
#include "http/request.h"
#include "http/response.h"
#include "password/hasher.h"

/* What handle() came to: an answer, or why it must go on elsewhere. */
enum gateway_next {
	GATEWAY_ANSWERED,
	GATEWAY_WAIT, /* it would wait for a flush or a lock */
	GATEWAY_LONG, /* its answer takes long, and much memory */
	GATEWAY_HASH, /* a password hash is noted in permit.hashes, for hasher_run() */
};

/* What handle() may do on the thread that calls it. */
struct gateway_permit {
	bool may_wait;              /* false: never GATEWAY_WAIT's work */
	bool may_be_long;           /* false: never GATEWAY_LONG's work */
	struct hasher_list *hashes; /* where it notes a hash; NULL: it may hash itself */
};

struct gateway_app {
	/*
	 * Answer the request, as far as the permit allows.  Anything but GATEWAY_ANSWERED:
	 * nothing has been changed, the response is empty, and handle() is to be called again,
	 * from its beginning, once it may wait or the hash is there.  Called from many threads
	 * at once.
	 */
	enum gateway_next (*handle)(void *arg, const struct request *request,
	    struct gateway_permit permit, struct response *ret_response);

	unsigned n_hashes_at_once; /* over all processes; 0: it never hashes */
	int64_t hash_wait_ms;      /* how long a request may wait for its hashes */

	/*
	 * Housekeeping, about once a second from one thread of each worker.  True: what open()
	 * opened is not what it would open now, so all workers should end before new ones
	 * begin.  NULL: none.
	 */
	bool (*tick)(void *arg);

	void *arg;

	/*
	 * Fill the answer the gateway itself must give (503 when a lane is full, 501 for a role
	 * that is not ours), with the headers all answers carry, and Retry-After on a 503.  The
	 * gateway has logged why.  NULL: a plain one.
	 */
	void (*refuse)(void *arg, const struct request *request, int status,
	    struct response *ret_response);
};

/* Plain CGI: answer the one request of this process's environment and standard input. */
int gateway_cgi(const struct gateway_app *app);

/*
 * Memory: params is NULL-terminated "NAME=value"; the formatted CGI answer is appended to
 * ret_answer.
 */
int gateway_memory(const struct gateway_app *app, const char *const *params, struct str body,
    struct buf *ret_answer);

/* FastCGI: see worker.h (connections, threads) and supervisor.h (processes, signals, sockets).
 */

#endif
