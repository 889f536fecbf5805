/*
 * segment.h - the file itself: made whole, or attached to, or refused
 *
 * Purpose    The file appears under its name complete, by one link(2); whoever comes second
 *            attaches.  Every user holds a shared flock(2), which the kernel drops when he
 *            dies, so that "nobody uses it" can be known and only an unused table is ever
 *            replaced.
 * Errors     As table_open().
 */
#ifndef TABLE_SEGMENT_H
#define TABLE_SEGMENT_H

#include <stdbool.h>

#include "table/mapping.h"

/* Fills table->fd, header, control, readers, salt. */
int tbl_segment_open(
    const struct table_config *config, struct table *table, bool *ret_is_new, struct err *err);
void tbl_segment_close(struct table *table);

#endif
