/*
 * work_queue.h - a queue, and threads for what has to wait
 *
 * Purpose    Whoever pushes a job does not wait for it; threads of the queue run the jobs, the first
 *            one first.  A queue is bounded: at most so many threads, at most so many waiting, for
 *            at most so long.
 * Calling    work_queue_init(); work_queue_push(); work_queue_take_expired() now and then;
 *            work_queue_fini().
 * Ownership  work_queue_push() that returns true takes the job; run() or
 *            work_queue_take_expired() gives it back.
 * Threads    Threads are started when they are first needed.
 */
#ifndef SERVER_WORK_QUEUE_H
#define SERVER_WORK_QUEUE_H

#include <pthread.h>
#include <stdbool.h>

#include "server/job.h"

struct work_queue_spec {
	const char *name; /* for the log */
	unsigned n_threads_max, n_waiting_max;
	int64_t wait_ms;      /* longer than this no job should wait */
	bool has_no_priority; /* its threads yield to all others: nice(2) */
	void (*run)(void *arg, struct job *job);
	void *arg;
};

struct work_queue {
	struct work_queue_spec spec;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;
	struct job *first, **last;
	unsigned n_waiting, n_threads, n_threads_idle;
	unsigned n_counted; /* of n_waiting, those that work_queue_push() brought */
	bool is_ending;
	pthread_t *threads;
};

/* 0 or -ENOMEM. */
int work_queue_init(struct work_queue *queue, const struct work_queue_spec *spec);

/* Wait for the threads to end what they run; jobs still waiting are run too. */
void work_queue_fini(struct work_queue *queue);

/* False: full. */
bool work_queue_push(struct work_queue *queue, struct job *job);

/*
 * The same for a job that has waited in another queue: this one is not too full for it, and it takes
 * nobody's place.
 */
bool work_queue_push_on(struct work_queue *queue, struct job *job);

/* Jobs that no thread has taken yet. */
unsigned work_queue_n_waiting(struct work_queue *queue);

/* The first job, taken out, if it has waited too long now; else NULL. */
struct job *work_queue_take_expired(struct work_queue *queue, int64_t now_ms);

#endif
