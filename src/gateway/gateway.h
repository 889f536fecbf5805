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

struct gateway_app {
	/* Answer the request.  Called from many threads at once. */
	void (*handle)(void *arg, const struct request *request, struct response *ret_response);

	/*
	 * Would handle() wait: for a password hash, a flush, a lock?  Or take long?  Then it
	 * runs in the slow lane, so that session checks never wait behind it.  NULL: never.
	 */
	bool (*is_slow)(void *arg, const struct request *request);

	/*
	 * Housekeeping, about once a second from one thread of each worker.  True: what open()
	 * opened is not what it would open now, so all workers should end before new ones
	 * begin.  NULL: none.
	 */
	bool (*tick)(void *arg);

	void *arg;

	/*
	 * Fill the answer the gateway itself must give (503 when the slow lane is full, 501 for
	 * a role that is not ours), with the headers all answers carry.  NULL: a plain one.
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
