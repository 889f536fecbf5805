/*
 * examine.h - would this journal be taken as it is?
 *
 * Purpose    For who wants to know before starting, or why reading failed: looks at everything
 *            that opening looks at, beside whoever has the journal open.
 * Errors     Negative errno with the message that opening would give.
 */
#ifndef STORE_EXAMINE_H
#define STORE_EXAMINE_H

#include "store/store.h"

/* See store_examine(). */
int examine_run(const struct store_config *config, struct store_examination *ret_examination,
    struct err *err);

#endif
