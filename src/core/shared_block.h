/*
 * shared_block.h - a small block of memory that all processes of a run directory share
 *
 * Purpose    Counters and locks of fixed size: which process comes first makes the block, the
 *            others find it.  The session table has a file of its own with stronger needs.
 * Calling    shared_block_map() after fork or before; the mapping is kept for life (a robust mutex
 *            in it must never be unmapped while others use it).
 * Errors     Negative errno with a message in err.
 */
#ifndef CORE_SHARED_BLOCK_H
#define CORE_SHARED_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct shared_block_spec {
	const char *name;          /* of the file; change it with the layout of the block */
	size_t n_bytes;            /* of the block */
	void (*init)(void *block); /* fills a block of zeros; NULL: zeros are right */
};

/*
 * Map the block.  A new one is made when it is absent or left by another boot; all of its disk space is
 * allocated first, so that touching it cannot fail later.
 */
int shared_block_map(int dir_fd, const char *dir_path, const struct shared_block_spec *spec,
    void **ret_block, struct err *err);

#endif
