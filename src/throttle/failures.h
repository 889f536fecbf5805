/*
 * failures.h - what was counted for whom lately, in a table that all processes share
 *
 * Purpose    A count and a time for a key of two halves: an account and a network, or one of them.
 *            The keys are keyed digests: no address of a user or a client is here.  The size is
 *            fixed; what is old is forgotten, and where there is no room the oldest goes.
 * Calling    failures_open() once.  failures_begin(), failures_get() and failures_put() for at
 *            most one key of each kind, failures_commit(): all that was put is there, or
 *            nothing of it.
 * Ownership  The handle is the caller's; the table is shared and outlives any process, not a
 *            boot.  The mapping is kept for life.
 * Errors     -ETIMEDOUT: a stopped process holds the lock.  For a second then it is not tried
 *            again, so that who has others to serve loses little time with it.
 * Threads    From any thread of any process, but none of less priority than the others have: it
 *            would let them wait.  A holder that is killed at whatever instruction leaves
 *            nothing half done: the next one finishes the change, or it has not been.
 */
#ifndef THROTTLE_FAILURES_H
#define THROTTLE_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

#define FAILURES_FILE "failures.1" /* in the run directory */

enum failures_kind {
	FAILURES_PAIR, /* of an account from a network */
	FAILURES_NETWORK,
	FAILURES_ACCOUNT,
	FAILURES_PLACE, /* a network from which the account has signed in: no failure */
	FAILURES_N,
};

struct failures_entry {
	uint64_t account, network; /* 0: all of them */
	int64_t at_ms;             /* boot clock: counted last */
	uint32_t since_s;          /* and first */
	uint32_t n;                /* 0: nothing is known */
};

struct failures_shared;

struct failures {
	struct failures_shared *shared;
	_Atomic int64_t shut_until_ms; /* for this process */
};

struct failures_change {
	struct failures *failures;
	int64_t now_ms; /* when it began */
	unsigned n;
	uint32_t places[FAILURES_N];
	struct failures_entry entries[FAILURES_N];
};

int failures_open(
    struct failures *ret, int run_dir_fd, const char *run_dir_path, struct err *err);

/* Lock it.  0, or negative errno. */
int failures_begin(struct failures *failures, struct failures_change *ret_change);

/* What is known of the key, as it was before the change; n 0: nothing. */
struct failures_entry failures_get(const struct failures_change *change,
    enum failures_kind kind, uint64_t account, uint64_t network);

/* n 0: forget it. */
void failures_put(struct failures_change *change, enum failures_kind kind,
    const struct failures_entry *entry);

/* Do what was put, which may be nothing, and unlock. */
void failures_commit(struct failures_change *change);

/*
 * For the operator: all there is, in no order.  fn returns true where the entry is to be forgotten.
 * 0, or negative errno: it was not all.
 */
int failures_each(struct failures *failures,
    bool (*fn)(void *arg, enum failures_kind kind, const struct failures_entry *entry),
    void *arg);

#endif
