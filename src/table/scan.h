/*
 * scan.h - walk over all entries, or over one owner's, without holding the lock
 *
 * Purpose    A pass goes over the old area first and then the new one, in the order of the
 *            buckets, so an entry that moves forward meanwhile is met at least once.  When the
 *            areas change, or an entry has gone back to make room (placement.c), the pass
 *            restarts.
 * Calling    tbl_scan_begin(); tbl_scan_step() until is_done.
 */
#ifndef TABLE_SCAN_H
#define TABLE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"
#include "table/mapping.h"

#define SCAN_MAX 64 /* entries of one step: eight buckets full */

struct tbl_scan {
	const uint64_t *owner; /* two words, or NULL for all */
	bool has_lock; /* of the caller: the step need not announce itself as a reader */
	bool is_begun, is_done;
	bool is_restarted; /* set by the step that restarted the walk; its entries come after */
	unsigned region;
	bool is_growing;
	uint64_t n_displaced;
	unsigned area;
	uint64_t bucket;
};

void tbl_scan_begin(struct tbl_scan *scan, const uint64_t owner[2]);

/* The next entries, expired and damaged ones included. */
int tbl_scan_step(struct table *table, struct tbl_scan *scan,
    struct tbl_entry_words ret_entries[SCAN_MAX], unsigned *ret_n);

#endif
