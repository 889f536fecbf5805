/*
 * attach.h - become one of those who have the journal open
 *
 * Purpose    Who comes when nobody has the journal open reads it to its end, whatever the
 *            control block says (the file may have been changed meanwhile), cuts a torn tail,
 *            flushes, and sets up the control block; those who join later only map it.
 * Errors     Negative errno with a message.
 */
#ifndef STORE_ATTACH_H
#define STORE_ATTACH_H

#include "store/inner.h"

/* A handle with names and directory, nothing opened. */
int attach_new(const struct store_config *config, struct store **ret_store, struct err *err);

int attach_begin(struct store *store, struct err *err);

/* Keep everybody else out, until attach_free().  -EBUSY: somebody has the journal open. */
int attach_alone(struct store *store, struct err *err);

/* After fork(): a lock of our own.  -ESTALE when the lock file is not the same any more. */
int attach_again(struct store *store);

/* Was it written with our key?  -EKEYREJECTED. */
int attach_check_key(const struct store *store, const struct scan *scan, struct err *err);

void attach_free(struct store *store);

#endif
