/*
 * stamp.h - the header: which program made this table, and may we use it
 *
 * Purpose    A table means something only to processes that agree on its layout, on thread ids,
 *            on the clock and on the key.  Everything they must agree on is in the header, and
 *            any difference is a refusal that names it.
 */
#ifndef TABLE_STAMP_H
#define TABLE_STAMP_H

#include "table/format.h"
#include "table/table.h"

/* The header that this process writes, or expects to find; salt and birth aside. */
int tbl_stamp_make(
    const struct table_config *config, struct tbl_header *ret_header, struct err *err);

/* Fresh salt, time of birth, checksum. */
int tbl_stamp_finish(struct tbl_header *header, struct err *err);

/*
 * 0: found is a table of ours.  -EINVAL: no table at all.  -ESTALE: another build, boot,
 * namespace or key.  -EBADMSG: damaged.
 */
int tbl_stamp_compare(const struct tbl_header *found, const struct tbl_header *expected,
    const struct table_config *config, struct err *err);

#endif
