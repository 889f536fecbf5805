/*
 * process.h - what every process of ours begins with
 *
 * Purpose    Standard input, output and error are open: where one is not, the next file that is
 *            opened would take its number, and log lines or passwords would go there.  A limit
 *            on the size of files is an error of write() (EFBIG), not the end of the process.
 *            libsodium has found out what this processor can do.
 * Calling    process_begin() first in main(); process_raise_limit() in what is to serve.
 * Errors     Without /dev/null for a descriptor that is closed the process ends: nobody could be
 *            told.
 */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

#include "core/err.h"

void process_begin(void);

/*
 * As many descriptors as we may have: connections need them.  With very few not even the files can
 * be opened, and the message would be that of whichever came last: -EMFILE.
 */
int process_raise_limit(struct err *err);

#endif
