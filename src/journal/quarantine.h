/*
 * quarantine.h - copies of what is about to be cut or replaced
 *
 * Purpose    Nothing that a person might want to look at is thrown away:
 *            User.jsonl.torn-20260131T120000Z, User.jsonl.damaged-20260131T120000Z.
 * Errors     Negative errno with a message.
 */
#ifndef JOURNAL_QUARANTINE_H
#define JOURNAL_QUARANTINE_H

#include <stdint.h>

#include "core/err.h"

#define ASIDE_NAME_BYTES 128

/*
 * Copy [from, end) of fd into a new file "<name>.<what>-<UTC time>" in the directory, flushed.
 * ret_name: what it is called.
 */
int jrn_quarantine_save(int dir_fd, const char *dir_path, const char *name, const char *what,
    int fd, uint64_t from, uint64_t end, char ret_name[ASIDE_NAME_BYTES], struct err *err);

#endif
