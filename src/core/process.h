/*
 * process.h - what every process of ours begins with
 *
 * Purpose    Standard input, output and error are open: where one is not, the next file that is
 *            opened would take its number, and log lines or passwords would go there.  A limit
 *            on the size of files is an error of write() (EFBIG), not the end of the process.
 * Calling    First thing in main().
 * Errors     Without /dev/null for a descriptor that is closed the process ends: nobody could be
 *            told.
 */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

void process_begin(void);

#endif
