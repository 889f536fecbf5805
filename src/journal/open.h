/*
 * open.h - become one of those who have the journal open
 *
 * Purpose    Who comes when nobody has the journal open reads it to its end, whatever the
 *            control block says (the file may have been changed meanwhile), cuts a torn tail,
 *            flushes, and sets up the control block; those who join later only map it.
 * Errors     Negative errno with a message.
 */
#ifndef JOURNAL_OPEN_H
#define JOURNAL_OPEN_H

#include "journal/internal.h"

/* A handle with names and directory, nothing opened. */
int jrn_open_new(
    const struct journal_config *config, struct journal **ret_store, struct err *err);

int jrn_open_begin(struct journal *journal, struct err *err);

/* Keep everybody else out, until jrn_open_free().  -EBUSY: somebody has the journal open. */
int jrn_open_alone(struct journal *journal, struct err *err);

/* After fork(): a lock of our own.  -ESTALE when the lock file is not the same any more. */
int jrn_open_again(struct journal *journal);

/* Was it written with our key?  -EKEYREJECTED. */
int jrn_open_check_key(
    const struct journal *journal, const struct jrn_scan *scan, struct err *err);

void jrn_open_free(struct journal *journal);

#endif
