/*
 * stamp.h - the header: who made this table, and may we use it
 *
 * Purpose    A table means something only to processes that agree on its layout, on thread ids,
 *            on the clock and on the key.  Everything they must agree on is in the header, and
 *            any difference is a refusal that names it.
 */
#ifndef SHM_STAMP_H
#define SHM_STAMP_H

#include "shm/format.h"
#include "shm/table.h"

/* The header that this process writes, or expects to find; salt and birth aside. */
int stamp_make(const struct table_config *config, struct header *ret_header, struct err *err);

/* Fresh salt, time of birth, checksum. */
int stamp_finish(struct header *header, struct err *err);

/*
 * 0: found is a table of ours.  -EINVAL: no table at all.  -ESTALE: another build, boot,
 * namespace or key.  -EBADMSG: damaged.
 */
int stamp_compare(const struct header *found, const struct header *expected,
    const struct table_config *config, struct err *err);

#endif
