/*
 * limit.h - all entries of one owner: his maximum, and removing them
 *
 * Purpose    There is no index of owners.  Beside each bucket is a count of the entries of the
 *            owners that hash to it, wherever they lie; it is exact or, when owners share it,
 *            too high, and tells nearly always that there is nothing to look for.  When there
 *            is, the whole table is scanned without the lock, and the count, which also tells
 *            whether anything changed meanwhile, says whether the scan counts.
 */
#ifndef SHM_LIMIT_H
#define SHM_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/entry.h"
#include "shm/handle.h"

#define LIMIT_VICTIMS TABLE_VICTIMS_MAX
#define LIMIT_SCANS   4 /* without the lock; then with it */

/* Everything about an owner that a change of his entries changes. */
struct limit_state {
	unsigned region;
	bool is_growing;
	uint64_t owned[2]; /* per area */
};

struct limit {
	const uint64_t *owner; /* two words */
	uint64_t owner_hash;
	struct table_victims *victims; /* NULL: stored entries may go as well */
	bool *is_over;                 /* not NULL: no limit, it is only told */
	bool is_scanned;
	struct limit_state state; /* before the scan */
	uint64_t n_live;          /* not expired */
	unsigned n_oldest;
	struct {
		uint64_t tag[2];
		int64_t created_ms;
		enum table_kind kind;
	} oldest[LIMIT_VICTIMS]; /* in order */
};

enum {
	LIMIT_SCAN_FIRST = 1, /* release the lock, limit_scan(), take it, try again */
	LIMIT_MORE,           /* the same, and some went: each time fewer are left */
	LIMIT_NAMED,          /* none went: limit->victims has the stored ones */
};

void limit_begin(struct limit *limit, const struct table *table, const uint64_t owner[2]);

/*
 * Lock held: make sure that the owner may have one entry more; his oldest ones go.  0 or
 * LIMIT_SCAN_FIRST; LIMIT_MORE; LIMIT_NAMED; -EBADMSG.
 */
int limit_make_room(struct table *table, struct view *view, struct limit *limit);

/* Those of the owner whose end is written down: remove them, before the insert. */
int limit_remove(
    struct table *table, const struct limit *limit, const struct table_victims *victims);

/* table_foresee() */
int limit_foresee(
    struct table *table, const uint64_t owner[2], struct table_victims *ret_victims);

/* Count the owner's live entries and find the oldest. */
int limit_scan(struct table *table, struct limit *limit, int64_t now_ms, bool has_lock);

/* table_remove_owner() */
int limit_remove_all(struct table *table, const uint64_t owner[2], uint64_t *ret_n_removed);

#endif
