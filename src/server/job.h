/*
 * job.h - one request at work, on its connection
 *
 * Purpose    All that a request occupies, from its bytes to its answer.
 * Calling    job_new(); the request is read into it (receiving.h); job_end() when it is over, and
 *            then it is ready for another one; job_free().
 * Ownership  A job has what its request borrows from: whoever has the job has all of it.
 * Threads    A job belongs to one thread at a time.
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "fcgi/stream.h"
#include "server/sender.h"
#include "server/txn.h"

/* A request longer than this is read in pieces; nearly all are 1 to 2 KiB. */
#define JOB_INPUT_BYTES (32 * 1024)

struct conn;
struct work_queue;

/* What came of it in a queue. */
enum job_result {
	JOB_ANSWERED,
	JOB_MOVES, /* to another queue: job.why */
	JOB_GIVEN_UP,
	JOB_LATE,
	JOB_NO_MEMORY, /* for a long answer */
};

struct job {
	struct txn txn;
	struct conn *conn;
	uint16_t request_id; /* what its records carry */

	struct sender sender;         /* of a long answer */
	struct sender_budget *budget; /* NULL: it has taken nothing ... */
	size_t n_budgeted;            /* ... or this */

	struct work_queue *queue; /* the one it is in */
	int64_t pushed_ms;        /* into it */
	bool is_counted;          /* against its n_waiting_max */
	int64_t hash_end_ms; /* no hash of it begins after this; 0: it has asked for none */
	enum handler_next why;
	enum job_result result;
	_Atomic bool
	    is_answered; /* in its place, while it was in a queue: nobody waits for it */
	struct job *next;

	bool is_streamed; /* libfcgi has read it, and has its variables */
	struct fcgi_stream stream;
	size_t n_in;
	uint8_t in[JOB_INPUT_BYTES]; /* else they are here, and so is its body */
};

struct job *job_new(void); /* NULL without memory */

/* Log it, and forget all of it.  is_sent: did the whole answer leave? */
void job_end(struct job *job, bool is_sent);

/* What stands in its input has been taken elsewhere. */
void job_forget_input(struct job *job);

void job_free(struct job *job);

#endif
