/*
 * change.h - one change of the table, whole or not at all
 *
 * Purpose    Put, free, move and replace are one operation here: a new copy comes, an old
 *            copy goes, either may be missing.  It is written down in the intent before the
 *            first store, so that whoever gets the lock of a dead writer can finish or undo
 *            it in constant time.
 * Calling    Everything with the lock held.
 */
#ifndef TABLE_CHANGE_H
#define TABLE_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "table/entry.h"
#include "table/mapping.h"

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

/* Finish or undo what a dead writer left.  0, or negative: try again later. */
int tbl_change_recover(struct table *table);

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
