/*
 * queues.h - the requests that must not be answered at once
 *
 * Purpose    What would wait for a flush, a password hash or a long list goes to a queue
 *            (work_queue.h), and comes back with its answer, or as one that has come too late.
 * Calling    queues_push() by the thread of the loop; then for each event of TOKEN_RESULTS
 *            queues_results(), and queues_next_expired() now and then.
 * Ownership  queues_push() that returns true takes the job; the other two give it back.
 * Threads    The thread of the loop, for all functions.
 */
#ifndef SERVER_QUEUES_H
#define SERVER_QUEUES_H

#include "server/server.h"

/* 0 or negative errno; queues_fini() in both cases. */
int queues_init(struct server *server);

/* When nothing is in them. */
void queues_fini(struct server *server);

/* False: it is full, and the job has the answer that says so. */
bool queues_push(struct server *server, struct job *job, enum handler_next why);

/*
 * Those that have come back, the first one first, by job->next.  Each has its answer, unless
 * job->is_given_up; or it has to go to another queue, and does.
 */
struct job *queues_results(struct server *server);

/* One that has waited too long now, with the answer that says so; NULL: none. */
struct job *queues_next_expired(struct server *server, int64_t now_ms);

/* Answer 503, and say in the log what has run short. */
void queues_refuse(
    struct server *server, struct job *job, const char *problem, const char *what);

#endif
