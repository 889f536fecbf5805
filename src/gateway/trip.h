/*
 * trip.h - one request and its answer, whatever the transport
 *
 * Purpose    What CGI, FastCGI and memory have in common: the request, its body, the answer and
 *            its bytes; the log line of it.
 * Calling    trip_init() once, then for each request trip_begin(), the body into
 *            body, trip_body_done(), trip_handle() or trip_refuse();
 *            send trip_answer(); trip_end() with what came of it.  trip_fini().
 * Ownership  The trip owns its buffers and keeps them for the next request; the request
 *            borrows from params and body until trip_end().
 * Errors     Negative errno: no memory; then the connection is closed.
 * Threads    An trip belongs to one thread at a time.
 */
#ifndef GATEWAY_TRIP_H
#define GATEWAY_TRIP_H

#include <stdint.h>

#include "gateway/gateway.h"

/* What the socket takes even if the peer reads nothing, so that nobody waits for it. */
#define TRIP_SHORT_BYTES (32 * 1024)

struct trip {
	struct request request;
	struct response response;
	struct buf body; /* of the request */
	struct buf out;  /* the whole CGI answer */
	struct hasher_list hashes;
	char request_id[17]; /* of our own making, when the web server sent none */
	int64_t start_ns;
	bool is_begun;
	bool may_split; /* set by the owner: trip_rest() may hold a part */
	bool is_split;
};

/* Whether trip_end() logs a line for each request.  Default: no. */
void trip_configure(bool is_access_log_on);

void trip_init(struct trip *trip);
void trip_fini(struct trip *trip);

/* Read the variables; from now on log lines of this thread carry the request's id. */
int trip_begin(struct trip *trip, const char *const *params);

/* The body has arrived: borrowed.  Often the trip's own. */
void trip_body_done(struct trip *trip, struct str body, bool is_over_limit);

/* Another thread goes on with it: its log lines carry the request's id now. */
void trip_move_here(const struct trip *trip);
/* ... and those of the thread that gave it away no more. */
void trip_moved_away(void);

/*
 * Have the application answer.  After GATEWAY_ANSWERED there is one, whatever happened:
 * trip_answer().
 */
enum gateway_next trip_handle(
    struct trip *trip, const struct gateway_app *app, struct gateway_permit permit);

/* The permits of a thread that does nothing else, and of one that others wait for. */
#define TRIP_MAY_ALL           ((struct gateway_permit){ true, true, NULL })
#define TRIP_IN_HASTE(trip)    ((struct gateway_permit){ false, false, &(trip)->hashes })
#define TRIP_MAY_WAIT(trip)    ((struct gateway_permit){ true, false, &(trip)->hashes })
#define TRIP_MAY_BE_LONG(trip) ((struct gateway_permit){ true, true, &(trip)->hashes })

/* Answer with an error of the gateway's own; a 503 carries Retry-After. */
void trip_refuse(struct trip *trip, const struct gateway_app *app, int status);

/*
 * The bytes to send: a whole answer, always.  Without memory it is a 500 that needs none: half an
 * answer would pass for a whole one.
 */
struct str trip_answer(const struct trip *trip);

/* What follows them: the body of a long answer, if may_split; else nothing. */
struct str trip_rest(const struct trip *trip);

/* Log it and forget it.  is_sent: did the whole answer leave? */
void trip_end(struct trip *trip, bool is_sent);

#endif
