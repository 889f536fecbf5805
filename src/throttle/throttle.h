/*
 * throttle.h - may this password be looked at now?
 *
 * Purpose    Who guesses is slowed.  Counted are the refused tries of an account from a network,
 *            of a network for all accounts, and of an account from all networks.  Beyond
 *            the first limits each further try waits 1, 2, 4 ... seconds; beyond the last one
 *            tries from networks that never signed in to the account wait a second, never
 *            more, so that nobody keeps a user out of where he has been before.  An account that
 *            is not there is counted as one that is.
 * Calling    throttle_begin() before the password is looked at: the try is counted as refused.
 *            throttle_end() takes that back, where it was not.  So a process that dies between
 *            has counted, and of many at once none gets more tries than there are.
 * Ownership  The attempt is the caller's, one for each request, of zeros at first; in the end
 *            throttle_leave().
 * Errors     Negative errno: it cannot be told (failures.h); refuse the request.
 * Threads    As failures.h.  An attempt belongs to one thread at a time.
 */
#ifndef THROTTLE_THROTTLE_H
#define THROTTLE_THROTTLE_H

#include "core/digest.h"
#include "throttle/failures.h"

struct throttle_limits {
	unsigned tries;         /* of an account from a network */
	unsigned network_tries; /* of a network, in ten minutes */
	unsigned account_tries; /* of an account, in an hour */
	unsigned wait_s;        /* the longest wait */
	bool folds_case;        /* of addresses */
};

struct throttle {
	struct failures failures;
	const struct digest_key *key;
	struct throttle_limits limits;
};

enum {
	THROTTLE_E_WAIT = 1, /* not now */
};

enum throttle_outcome {
	THROTTLE_REFUSED,
	THROTTLE_PASSED,
	THROTTLE_NOT_TRIED, /* there was no verdict */
};

struct throttle_attempt {
	struct throttle *throttle; /* NULL: none has begun */
	enum { THROTTLE_OPEN, THROTTLE_HELD, THROTTLE_DONE } state;
	uint64_t account, network;
	uint64_t source;               /* the network again, or the device */
	int64_t before_ms[FAILURES_N]; /* what it changed, */
	uint32_t n[FAILURES_N];        /* and to what */
	/* After THROTTLE_E_WAIT: how long, and because of what. */
	unsigned wait_s;
	const char *by;
};

/*
 * device: what a device cookie of the account has (device.h), or STR_NULL.  Its tries are counted for
 * the account and the device alone: others cannot make who has it wait.
 *
 * 0: look at the password.  Who asks again for the account of an attempt that is held or has passed
 * goes on with it.
 */
int throttle_begin(struct throttle *throttle, struct str account, struct str remote_addr,
    struct str device, struct throttle_attempt *attempt);

void throttle_end(struct throttle_attempt *attempt, enum throttle_outcome outcome);

/* The request is over, whatever became of it; the attempt is of zeros again. */
void throttle_leave(struct throttle_attempt *attempt, bool has_looked);

/* The halves of keys (failures.h). */
uint64_t throttle_account(const struct throttle *throttle, struct str account);
uint64_t throttle_network(const struct throttle *throttle, struct str remote_addr);

/* How many seconds such an entry keeps others waiting now; 0: none. */
unsigned throttle_wait_s(const struct throttle *throttle, enum failures_kind kind,
    const struct failures_entry *entry, int64_t now_ms);

#endif
