/*
 * owner.h - the maximum of entries of one owner
 *
 * Purpose    There is no index of owners.  Beside each bucket is a count of the entries of the
 *            owners that hash to it, wherever they lie; it is exact or, when owners share it,
 *            too high, and tells nearly always that there is nothing to look for.  When there
 *            is, the whole table is scanned without the lock, and the count, which also tells
 *            whether anything changed meanwhile, says whether the scan counts.
 */
#ifndef TABLE_OWNER_H
#define TABLE_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"
#include "table/mapping.h"

#define OWNER_VICTIMS TABLE_VICTIMS_MAX
#define OWNER_SCANS   4 /* without the lock; then with it */

/* Everything about an owner that a change of its entries changes. */
struct tbl_owner_state {
	unsigned region;
	bool is_growing;
	uint64_t owned[2]; /* per area */
};

struct tbl_owner {
	const uint64_t *owner; /* two words */
	uint64_t owner_hash;
	uint64_t max;                  /* 0: none */
	struct table_victims *victims; /* NULL: stored entries may go as well */
	bool *is_over;                 /* not NULL: no limit, it is only told */
	bool is_scanned;
	struct tbl_owner_state state; /* before the scan */
	uint64_t n_live;              /* not expired */
	unsigned n_oldest;
	struct {
		uint64_t tag[2];
		int64_t created_ms;
		enum table_kind kind;
	} oldest[OWNER_VICTIMS]; /* in order */
};

enum {
	OWNER_SCAN_FIRST = 1, /* release the lock, tbl_owner_scan(), take it, try again */
	OWNER_MORE,           /* the same, and some went: each time fewer are left */
	OWNER_NAMED,          /* none went: limit->victims has the stored ones */
};

/* max: of this change, if the table has none or a larger one; 0: the table's. */
void tbl_owner_begin(
    struct tbl_owner *limit, const struct table *table, const uint64_t owner[2], uint32_t max);

/*
 * Lock held: make sure that the owner may have one entry more; its oldest ones go.  0 or
 * OWNER_SCAN_FIRST; OWNER_MORE; OWNER_NAMED; -EBADMSG.
 */
int tbl_owner_make_room(struct table *table, struct tbl_view *view, struct tbl_owner *limit);

/* Those of the owner whose end is written down: remove them, before the insert. */
int tbl_owner_remove(
    struct table *table, const struct tbl_owner *limit, const struct table_victims *victims);

/* table_foresee() */
int tbl_owner_foresee(struct table *table, const uint64_t owner[2], uint32_t max,
    struct table_victims *ret_victims);

/* Count the owner's live entries and find the oldest. */
int tbl_owner_scan(struct table *table, struct tbl_owner *limit, int64_t now_ms, bool has_lock);

#endif
