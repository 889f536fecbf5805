/*
 * side_lmdb.c - see side.h: LMDB, as a program would use it for this
 *
 * No flushes (the file is in memory), one read transaction renewed for each look-up, one write
 * transaction for each insert; filling alone takes larger ones, or it would last all day.
 */
#include <lmdb.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/table/side.h"
#include "proof/table/proof.h"

#define NAME        "lmdb"
#define BATCH       1000
#define BYTES_EACH  400 /* of address space */
#define FIXED_BYTES (UINT64_C(64) << 20)

struct lmdb {
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *reading, *writing;
	unsigned n_written;
};

/* What is kept beside the tag. */
struct value {
	struct table_owner owner;
	int64_t created_ms;
	uint32_t lifetime_s;
	uint32_t kind;
};

static uint64_t map_bytes;

static void
must(int r, const char *what)
{
	if (r != 0)
		proof_die("LMDB: %s: %s", what, mdb_strerror(r));
}

static void
lmdb_make(uint64_t n)
{
	(void)unlinkat(proof_dir_fd, NAME, 0);
	(void)unlinkat(proof_dir_fd, NAME "-lock", 0);
	map_bytes = FIXED_BYTES + n * BYTES_EACH;
}

static void *
lmdb_attach(void)
{
	struct lmdb *l = calloc(1, sizeof(*l));
	char path[sizeof(proof_dir) + sizeof(NAME) + 1];
	MDB_txn *txn;

	if (l == NULL)
		proof_die("no memory");
	(void)snprintf(path, sizeof(path), "%s/%s", proof_dir, NAME);
	must(mdb_env_create(&l->env), "create");
	must(mdb_env_set_mapsize(l->env, map_bytes), "map size");
	must(mdb_env_open(l->env, path,
		 MDB_NOSUBDIR | MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NORDAHEAD,
		 0600),
	    "open");
	must(mdb_txn_begin(l->env, NULL, 0, &txn), "begin");
	must(mdb_dbi_open(txn, NULL, 0, &l->dbi), "dbi");
	must(mdb_txn_commit(txn), "commit");
	must(mdb_txn_begin(l->env, NULL, MDB_RDONLY, &l->reading), "begin");
	mdb_txn_reset(l->reading);
	return l;
}

static bool
lmdb_insert(void *handle, const struct table_entry *entry)
{
	struct lmdb *l = handle;
	struct value value = { entry->owner, entry->created_ms, entry->lifetime_s,
		(uint32_t)entry->kind };
	struct digest_tag tag = entry->tag;
	MDB_val k = { sizeof(tag), &tag }, v = { sizeof(value), &value };

	if (l->writing == NULL)
		must(mdb_txn_begin(l->env, NULL, 0, &l->writing), "begin");
	must(mdb_put(l->writing, l->dbi, &k, &v, 0), "put");
	if (++l->n_written % BATCH == 0) {
		must(mdb_txn_commit(l->writing), "commit");
		l->writing = NULL;
	}
	return true;
}

static void
lmdb_filled(void *handle)
{
	struct lmdb *l = handle;

	if (l->writing != NULL)
		must(mdb_txn_commit(l->writing), "commit");
	l->writing = NULL;
}

static bool
lmdb_find(void *handle, const struct digest_tag *tag, struct table_entry *ret)
{
	struct lmdb *l = handle;
	MDB_val k = { sizeof(*tag), (void *)(uintptr_t)tag }, v;
	struct value value;
	int r;

	must(mdb_txn_renew(l->reading), "renew");
	r = mdb_get(l->reading, l->dbi, &k, &v);
	if (r == 0) {
		memcpy(&value, v.mv_data, sizeof(value));
		ret->tag = *tag;
		ret->owner = value.owner;
		ret->created_ms = value.created_ms;
		ret->lifetime_s = value.lifetime_s;
		ret->kind = (enum table_kind)value.kind;
	} else if (r != MDB_NOTFOUND) {
		must(r, "get");
	}
	mdb_txn_reset(l->reading);
	return r == 0;
}

static void
lmdb_detach(void *handle)
{
	struct lmdb *l = handle;

	mdb_txn_abort(l->reading);
	mdb_env_close(l->env);
	free(l);
}

static uint64_t
lmdb_bytes(void)
{
	return side_file_bytes(NAME);
}

const struct side side_lmdb = { "LMDB", lmdb_make, lmdb_attach, lmdb_insert, lmdb_filled,
	lmdb_find, lmdb_detach, lmdb_bytes };
