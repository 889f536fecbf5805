/*
 * salvage.h - what can still be read of a damaged journal
 *
 * Purpose    Only ever at a person's word: it passes over bytes that were acknowledged once.
 * Errors     Negative errno with a message.
 */
#ifndef STORE_SALVAGE_H
#define STORE_SALVAGE_H

#include "store/store.h"

/* See store_salvage(). */
int salvage_run(
    const struct store_config *config, struct store_salvage *ret_report, struct err *err);

#endif
