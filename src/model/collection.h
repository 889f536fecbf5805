/*
 * collection.h - all objects of one model: a journal, and this process's copy of it
 *
 * Purpose    Reading costs one atomic load when nothing changed, whatever the number of
 *            objects; every process sees every change at once; a change is on the disk before
 *            anybody is told.
 * Calling    Reading: collection_get() and friends.
 *            Changing: collection_begin(); look with the _locked functions; save, remove;
 *            collection_commit(), or collection_abort() before the first save or remove.
 * Ownership  Objects that are returned are references of the caller's: base_unref().
 * Errors     Negative errno: the journal failed, refuse the request (503).
 * Threads    All functions from any thread; begin..commit by one thread at a time (others
 *            wait).
 */
#ifndef MODEL_COLLECTION_H
#define MODEL_COLLECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "model/base.h"
#include "journal/journal.h"

enum { COLLECTION_E_ABSENT = 1 };

struct collection;

int collection_open(struct collection **ret, const struct base_model *model,
    const struct journal_config *config, struct err *err);
void collection_close(struct collection *c); /* accepts NULL */

/*
 * From now on alternate keys that differ in the case of A-Z alone are one.  To be called before
 * the first look-up.  Where the journal holds two such objects, each is found by its exact key, and
 * any other writing finds the older one.  -ENOMEM.
 */
int collection_fold_alternate(struct collection *c);

int collection_get(struct collection *c, struct str key, struct base **ret);

/* The same by the 16 bytes of an id that is the key. */
int collection_get_by_uuid(
    struct collection *c, const uint8_t uuid[IDENT_BYTES], struct base **ret);
int collection_find(struct collection *c, struct str alternate_key, struct base **ret);
int collection_count(struct collection *c, uint64_t *ret_n);

/* Every object, in order of creation; fn returns false to stop.  fn must not change the
 * collection. */
int collection_each(struct collection *c, bool (*fn)(void *arg, struct base *base), void *arg);

int collection_begin(struct collection *c);
int collection_get_locked(struct collection *c, struct str key, struct base **ret);
int collection_find_locked(struct collection *c, struct str alternate_key, struct base **ret);
int collection_save_locked(struct collection *c, const struct base *base);

/* Several as one change: after a failure or a crash all of them are there, or none. */
int collection_save_many_locked(
    struct collection *c, const struct base *const *bases, size_t n);
int collection_remove_locked(struct collection *c, struct str key);
void collection_abort(struct collection *c);

/* Ends the change and returns 0 once it is on the disk. */
int collection_commit(struct collection *c);

/* The journal's own housekeeping: compaction. */
int collection_tick(struct collection *c);
void collection_stats(struct collection *c, struct journal_stats *ret_stats);

#endif
