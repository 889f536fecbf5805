/*
 * mend.h - what a writer looks at before it writes
 *
 * Purpose    The writer before may have died at any instruction, a person may have put another
 *            file in the place, a flush may have failed.  mend_check() leaves a journal that
 *            can be appended to, or an error.
 * Errors     -EROFS: the journal has failed and could not be replaced yet.  -ESTALE: the lock
 *            file was removed or replaced under us.  Other negative errno.
 */
#ifndef STORE_MEND_H
#define STORE_MEND_H

#include "store/inner.h"

/* The lock file still has its name; without it, it keeps nobody out who comes later. */
int mend_check_lock_file(struct store *store);

/* With the append lock held. */
int mend_check(struct store *store);

/* The same without the append lock, from any thread: takes it for the moment. */
int mend_now(struct store *store, int timeout_ms);

#endif
