/*
 * side.h - the ways to keep sessions that are compared, behind one face
 *
 * Purpose    The session table; a bare probe of an open-addressing table, which is about the
 *            least that a look-up can cost; the same behind a mutex; LMDB.  All in files of one
 *            file system in memory.
 * Calling    make() once; fill() in that process; attach() in any process, after fill() or
 *            before; find() as often as wanted; detach().
 */
#ifndef BENCH_TABLE_SIDE_H
#define BENCH_TABLE_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "table/table.h"

struct side {
	const char *name;
	void (*make)(uint64_t n_entries); /* an empty one with room for so many */
	void *(*attach)(void);
	bool (*insert)(void *handle, const struct table_entry *entry);
	void (*filled)(void *handle); /* after the last insert; may be NULL */
	bool (*find)(void *handle, const struct digest_tag *tag, struct table_entry *ret_entry);
	void (*detach)(void *handle);
	uint64_t (*bytes)(void); /* of storage */
};

extern const struct side side_table, side_bare, side_mutex, side_lmdb;

/* Storage that a file of the benchmark's directory occupies. */
uint64_t side_file_bytes(const char *name);

#endif
