/*
 * change.h - one change of the table, whole or not at all, and the lock for it
 *
 * Purpose    Put, free, move and replace are one operation here: a new copy comes, an old
 *            copy goes, either may be missing.  It is written down in the intent before the
 *            first store.  One robust mutex keeps other writers out.  A thread that gets it from
 *            a dead owner finishes or undoes the intent, in constant time, before the lock is
 *            declared good.  Waiting is bounded on a clock that does not step: a stopped
 *            owner delays writers, never readers, never forever.  The lock is not fair: a
 *            waiter is woken, and may find that another thread was faster.
 * Calling    tbl_change_lock(); any of the others; tbl_change_unlock().
 * Source     pthread_mutexattr_setrobust(3), pthread_mutex_clocklock(3).
 */
#ifndef TABLE_CHANGE_H
#define TABLE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"
#include "table/mapping.h"

#define LOCK_WRITER_MS 2000
#define LOCK_READER_MS 50 /* a look-up that has run out of its lock-free attempts */

/* Make the mutex in a fresh file. */
int tbl_change_lock_init(struct tbl_control *control);

/*
 * 0; -ETIMEDOUT: others had it all the time; negative: it cannot be had, or what a dead owner left
 * cannot be repaired now.
 */
int tbl_change_lock(struct table *table, int timeout_ms);
void tbl_change_unlock(struct table *table);

enum tbl_change_op {
	CHANGE_NONE = 0,
	CHANGE_COPY = 0x434f5059, /* any other value is damage */
};

/*
 * Put *words (not NULL when `to` is a place) at `to`, which holds nothing, and free `from`.
 * Either may be PLACE_NOWHERE.  Both must be places of the view.
 */
void tbl_change_apply(struct table *table, struct tbl_view *view, uint64_t to,
    const struct tbl_entry_words *words, uint64_t from);

/* Publish a descriptor. */
void tbl_change_descriptor(struct table *table, const struct tbl_descriptor *d);

/* The word that counts an owner's entries in one area: entries 32 | changes 32. */
uint64_t tbl_change_owned(const struct tbl_area *area, uint64_t owner_hash);

static inline uint64_t
tbl_change_owned_entries(uint64_t owned)
{
	return owned & UINT32_MAX;
}

#endif
