/*
 * examine.h - would this journal be taken as it is?
 *
 * Purpose    For who wants to know before starting, or why reading failed: looks at everything
 *            that opening looks at, beside whoever has the journal open.
 * Errors     Negative errno with the message that opening would give.
 */
#ifndef JOURNAL_EXAMINE_H
#define JOURNAL_EXAMINE_H

#include "journal/journal.h"

/* See journal_examine(). */
int jrn_examine_run(const struct journal_config *config,
    struct journal_examination *ret_examination, struct err *err);

#endif
