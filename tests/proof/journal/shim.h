/*
 * shim.h - between the journal and the system: what is called is recorded, or made to fail
 *
 * Purpose    The proofs are linked with -Wl,--wrap=<call> for every call that the journal
 *            could make (local.mk has the list).  A wrapper passes the call on, writes what
 *            it did into the trace if one runs (trace.h), and fails it if the plan says so.
 *            The recorder proves its own completeness: prove_power compares what the trace
 *            rebuilds with what the directory holds.
 * Calling    shim_arm() just before a call into the journal, shim_disarm() right after it.
 * Threads    One plan per process; a plan is for one thread.  Recording is for any number.
 */
#ifndef PROOF_JOURNAL_SHIM_H
#define PROOF_JOURNAL_SHIM_H

#include <stdbool.h>
#include <stdint.h>

enum shim_call {
	SHIM_OPEN = 1 << 0,
	SHIM_READ = 1 << 1,
	SHIM_WRITE = 1 << 2,
	SHIM_FLUSH = 1 << 3,
	SHIM_RENAME = 1 << 4, /* and link */
	SHIM_TRUNCATE = 1 << 5,
	SHIM_UNLINK = 1 << 6,
	SHIM_STAT = 1 << 7,
	SHIM_MAP = 1 << 8,
	SHIM_MEMORY = 1 << 9,
	SHIM_ALLOCATE = 1 << 10, /* fallocate */
	SHIM_LOCK = 1 << 11,     /* fcntl, flock */
	SHIM_CLOSE = 1 << 12,
	SHIM_RANDOM = 1 << 13,
	SHIM_ALL = (1 << 14) - 1,
};

enum shim_how {
	SHIM_FAIL,  /* nothing is done, the error is returned */
	SHIM_SHORT, /* half of a read or write is done and reported; other calls go through */
	SHIM_HALF,  /* half of a write is done, then the error on all that follow */
	SHIM_FAIL_AND_DIE, /* the flush of a file fails, and its process ends before it can tell anybody */
	SHIM_DIE, /* half of a write is done (nothing of other calls), then the process ends */
};

struct shim_plan {
	unsigned calls; /* set of enum shim_call */
	unsigned nth;   /* which of them, from 1; 0: none, only count */
	bool is_sticky; /* and all after it, until shim_disarm() */
	enum shim_how how;
	int error; /* positive errno */
};

#define SHIM_DIED_STATUS 77

void shim_arm(const struct shim_plan *plan);

/* How many matching calls were made since shim_arm(). */
unsigned shim_disarm(void);

/* Did the plan strike since shim_arm()? */
bool shim_has_struck(void);

/* Calls of the test itself, in the middle of a scene, neither count nor fail. */
void shim_pause(bool is_paused);

/* The plan has struck in a child that had it, too. */
void shim_strike_elsewhere(void);

/* Once, just before the next flush, this happens; NULL: it does not. */
void shim_before_next_flush(void (*fn)(void *arg), void *arg);

/* Each flush waits up to this long first, so that others gather behind it. */
void shim_set_flush_delay_us(unsigned most_us);

/* Answer host_boot_id() with this byte repeated, as if the machine had been restarted;
 * 0: the real one. */
void shim_set_boot(uint8_t boot);

/* The boot clock of this process is so much further: what is tried again later is due. */
void shim_advance_clock_ms(int64_t ms);

/*
 * Runs stay small: from floor bytes on, compaction is due after due_ops changes, and must not
 * wait any longer after over_ops.  floor 0: as it is in truth.
 */
void shim_set_compaction(uint64_t floor, uint64_t due_ops, uint64_t over_ops);

#endif
