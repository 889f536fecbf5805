/*
 * lane.h - a queue, and threads for what has to wait
 *
 * Purpose    Flushes, lists of all users and password hashes happen in lanes, so that session checks
 *            never wait behind them; hashes have one of their own, so that flushes do not wait
 *            behind them either.  A lane is bounded: at most so many threads, at most so many
 *            waiting, for at most so long.
 * Calling    lane_init(); lane_push(); lane_take_expired() now and then; lane_fini().
 * Ownership  lane_push() that returns true takes the job; run() or lane_take_expired() gives it
 *            back.
 * Threads    Threads are started when they are first needed.
 */
#ifndef GATEWAY_LANE_H
#define GATEWAY_LANE_H

#include <pthread.h>
#include <stdbool.h>

#include "gateway/conn_table.h"
#include "gateway/sender.h"
#include "gateway/trip.h"

/* One request at work, on its connection. */
struct job {
	struct trip trip;
	struct conn *conn;
	struct sender sender; /* of a long answer */
	struct sender_budget *budget;
	size_t n_taken;      /* of budget; given back with the job */
	int64_t pushed_ms;   /* into the lane it is in */
	bool is_counted;     /* against that lane's n_waiting_max */
	int64_t hash_end_ms; /* no hash of it begins after this; 0: it has asked for none */
	struct job *next;
};

struct job *job_new(void); /* NULL without memory */
void job_free(struct job *job);

struct lane_spec {
	const char *name; /* for the log */
	unsigned n_threads_max, n_waiting_max;
	int64_t wait_ms;      /* longer than this no job should wait */
	bool has_no_priority; /* its threads yield to all others: nice(2) */
	void (*run)(void *arg, struct job *job);
	void *arg;
};

struct lane {
	struct lane_spec spec;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;
	struct job *first, **last;
	unsigned n_waiting, n_threads, n_threads_idle;
	unsigned n_counted; /* of n_waiting, those that lane_push() brought */
	bool is_ending;
	pthread_t *threads;
};

/* 0 or -ENOMEM. */
int lane_init(struct lane *lane, const struct lane_spec *spec);

/* Wait for the threads to end what they run; jobs still waiting are run too. */
void lane_fini(struct lane *lane);

/* False: full. */
bool lane_push(struct lane *lane, struct job *job);

/*
 * The same for a job that has waited in another lane: this one is not too full for it, and it takes
 * nobody's place.
 */
bool lane_push_on(struct lane *lane, struct job *job);

/* Jobs that no thread has taken yet. */
unsigned lane_n_waiting(struct lane *lane);

/* The first job, taken out, if it has waited too long now; else NULL. */
struct job *lane_take_expired(struct lane *lane, int64_t now_ms);

#endif
