/*
 * fs_check.h - is this file system fit for a journal?
 *
 * Purpose    Locks and a mapped file are shared by all who use the journal, which works on one
 *            machine only.  Network and cluster file systems are refused by name.
 * Source     statfs(2), /usr/include/linux/magic.h.
 */
#ifndef JOURNAL_FS_CHECK_H
#define JOURNAL_FS_CHECK_H

#include <stdbool.h>

#include "core/err.h"

/* 0, or -EOPNOTSUPP with the reason. */
int jrn_fs_check_check(int dir_fd, const char *dir_path, struct err *err);

/* The part that knows: the name of a file system that is refused, or NULL. */
const char *jrn_fs_check_refused(unsigned long type, const char *fuse_name);

#endif
