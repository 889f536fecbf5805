/*
 * recover.h - what a writer looks at before it writes
 *
 * Purpose    The writer before may have died at any instruction, a person may have put another
 *            file in the place, a flush may have failed.  jrn_recover_check() leaves a journal that
 *            can be appended to, or an error.
 * Errors     -EROFS: the journal has failed and could not be replaced yet.  -ESTALE: the lock
 *            file was removed or replaced under us.  Other negative errno.
 */
#ifndef JOURNAL_RECOVER_H
#define JOURNAL_RECOVER_H

#include "journal/internal.h"

/* The lock file still has its name; without it, it keeps nobody out who comes later. */
int jrn_recover_check_lock_file(struct journal *journal);

/* With the append lock held. */
int jrn_recover_check(struct journal *journal);

/* The same without the append lock, from any thread: takes it for the moment. */
int jrn_recover_now(struct journal *journal, int timeout_ms);

#endif
