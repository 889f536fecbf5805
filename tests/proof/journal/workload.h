/*
 * workload.h - processes that log in, log out and compact, and tell the trace about it
 *
 * Threads    Each process is single-threaded.
 */
#ifndef PROOF_JOURNAL_WORKLOAD_H
#define PROOF_JOURNAL_WORKLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "replica.h"
#include "trace.h"

struct workload {
	int dir_fd;
	uint64_t seed;
	unsigned n_processes, n_steps; /* steps of each process */
	unsigned n_keys;
	unsigned deaths_percent; /* steps in which the process dies in the middle of a write */
	unsigned failures_percent; /* steps in which a call of the journal fails */
	/* More than one: all are killed at some moment, and the next ones begin. */
	unsigned n_lives;
	/* They find the lock file taken away, or of another version.  With it goes the memory of
	 * a failed flush, so this is not for runs with failures. */
	bool is_lock_lost;
	unsigned big_percent; /* values of several pages instead of a session's size */
};

/* How long workload_step() waits for the lock; 10000 unless set. */
extern int workload_lock_timeout_ms;

/* Run it with the trace on; false if a process ended otherwise than asked. */
bool workload_run(const struct workload *workload, struct trace *trace);

/*
 * One append from this process, noted in the trace: take the lock, catch up, append, unlock,
 * flush.  0, or what the first refusing call said.
 */
int workload_step(struct journal *journal, struct replica *replica, const struct change *change,
    size_t pad, uint64_t number);

/* A new private directory for scratch files: in memory if is_fast, else on the disk of the
 * build.  Exits with a message if that cannot be. */
struct scratch {
	char path[256];
	int fd;
};
void scratch_make(struct scratch *scratch, bool is_fast);
void scratch_empty(const struct scratch *scratch);
void scratch_remove(struct scratch *scratch);

#endif
