/*
 * lane.h - the slow lane: threads for what has to wait
 *
 * Purpose    Password hashes, flushes and long answers to slow readers happen here, so that
 *            session checks never wait behind them.  The lane is bounded: at most so many
 *            threads, at most so many waiting, for at most so long.
 * Calling    lane_init(); lane_push(); lane_expire() now and then; lane_fini().
 * Ownership  lane_push() that returns true takes the job; run() or expired() gets it back.
 * Threads    Threads are started when they are first needed.
 */
#ifndef GATEWAY_LANE_H
#define GATEWAY_LANE_H

#include <pthread.h>
#include <stdbool.h>

#include "gateway/conn_table.h"
#include "gateway/trip.h"

enum job_stage {
	JOB_HANDLE, /* the request has been read */
	JOB_SEND,   /* the answer has been built */
};

/* One request at work, on its connection. */
struct job {
	struct trip trip;
	struct conn *conn;
	enum job_stage stage;
	int64_t pushed_ms;
	struct job *next;
};

struct job *job_new(void); /* NULL without memory */
void job_free(struct job *job);

struct lane {
	void (*run)(void *arg, struct job *job);
	void *arg;
	unsigned n_threads_max, n_waiting_max;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;
	struct job *first, **last;
	unsigned n_waiting, n_threads, n_threads_idle;
	bool is_ending;
	pthread_t *threads;
};

int lane_init(struct lane *lane, unsigned n_threads_max, unsigned n_waiting_max,
    void (*run)(void *arg, struct job *job), void *arg);

/* Wait for the threads to end what they run; jobs still waiting are run too. */
void lane_fini(struct lane *lane);

/* False: full. */
bool lane_push(struct lane *lane, struct job *job);

/* The first job that has waited since before since_ms, taken out, or NULL. */
struct job *lane_take_expired(struct lane *lane, int64_t since_ms);

#endif
