/*
 * hasher.h - password.h for a program that serves: admitted, and out of the way
 *
 * Purpose    A hash waits for its admission, and takes a processor for tens of milliseconds.  A
 *            thread that serves must do neither: its hasher has the list of the request at hand.
 *            A hash that is not in the list is then noted there and refused with HASHER_LATER;
 *            hasher_run() computes it elsewhere, on a thread of the least priority; the request
 *            is answered again from its beginning, and finds the result in its list.  So whoever
 *            asks for a hash need not know where it runs, and no thread but the one for it ever
 *            runs one.
 * Calling    hasher_verify() is HASHER_LATER, hasher_is_pending(list): hasher_run() on another
 *            thread, then from the beginning.  At the end hasher_list_wipe().  Without a list a
 *            hash runs where it is asked for, once it is admitted: CGI, the operator's command.
 * Ownership  The list is the caller's; it holds copies of passwords, which hasher_list_wipe()
 *            wipes.
 * Errors     As password.h and admission.h; HASHER_LATER: see above, and nothing must have been
 *            changed yet that would be changed twice.
 * Threads    From any thread; a list belongs to one thread at a time.
 */
#ifndef PASSWORD_HASHER_H
#define PASSWORD_HASHER_H

#include <errno.h>

#include "password/admission.h"
#include "password/password.h"

#define HASHER_LATER (-EINPROGRESS)

struct hasher_entry;

/* Of one request.  Of zeros it is ready. */
struct hasher_list {
	struct hasher_entry *first;
	struct hasher_entry *pending; /* noted, not computed yet; NULL: none */
	struct admission *admission;  /* of the pending one; borrowed */
	unsigned n;
	bool has_run; /* a hash has been computed, and was not refused for want of room */
};

/* What to hash with; a copy is as good. */
struct hasher {
	struct admission *admission;
	unsigned cost;
	struct hasher_list *list; /* where hashes are noted; NULL: they run at once */
};

int hasher_hash(
    const struct hasher *hasher, struct str password, char ret_hash[PASSWORD_HASH_BYTES]);

/* password_verify_evenly() */
int hasher_verify(const struct hasher *hasher, const char *stored, struct str password);

bool hasher_is_pending(const struct hasher_list *list);

/* Compute the pending one.  Admitted within wait_ms, or its result is -EBUSY. */
void hasher_run(struct hasher_list *list, unsigned wait_ms);

/* Was a password looked at? */
static inline bool
hasher_has_run(const struct hasher_list *list)
{
	return list->has_run;
}

/* Forget all. */
void hasher_list_wipe(struct hasher_list *list);

#endif
