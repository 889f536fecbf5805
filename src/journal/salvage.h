/*
 * salvage.h - what can still be read of a damaged journal
 *
 * Purpose    Only ever at a person's word: it passes over bytes that were acknowledged once.
 * Errors     Negative errno with a message.
 */
#ifndef JOURNAL_SALVAGE_H
#define JOURNAL_SALVAGE_H

#include "journal/journal.h"

/* See journal_salvage(). */
int jrn_salvage_run(
    const struct journal_config *config, struct journal_salvage *ret_report, struct err *err);

#endif
