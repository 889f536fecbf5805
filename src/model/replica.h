/*
 * replica.h - one process's copy of a journal's objects, by key and by alternate key
 *
 * Purpose    A look-up is one probe of a hash table, by the key as text or as the bytes of an id, or
 *            by the alternate key, exactly or folded.  Objects keep the order of creation.
 * Ownership  The replica owns one reference of each object.  What it returns is borrowed until
 *            the next change.
 * Threads    The caller's lock: readers share it, a change holds it alone.
 */
#ifndef MODEL_REPLICA_H
#define MODEL_REPLICA_H

#include <json-c/linkhash.h>

#include "model/base.h"

struct replica {
	struct lh_table *by_key, *by_alternate;
	bool folds_alternate; /* see collection_fold_alternate() */
};

/* 0, or negative errno; then, too, replica_fini(). */
int replica_init(struct replica *replica);
void replica_fini(struct replica *replica); /* accepts a zeroed struct */

/* While it is empty.  -ENOMEM. */
int replica_fold_alternate(struct replica *replica);

/* Takes over the caller's reference; an object of the same key goes.  -ENOMEM. */
int replica_put(struct replica *replica, struct base *base);
int replica_remove(struct replica *replica, struct str key);
void replica_clear(struct replica *replica);

/* NULL: it is not there. */
struct base *replica_get(const struct replica *replica, struct str key);
struct base *replica_get_by_uuid(
    const struct replica *replica, const uint8_t uuid[IDENT_BYTES]);
struct base *replica_find(const struct replica *replica, struct str alternate_key);

uint64_t replica_count(const struct replica *replica);

/* In the order of creation; fn returns false to stop. */
void replica_each(
    const struct replica *replica, bool (*fn)(void *arg, struct base *base), void *arg);

#endif
