/* side_sqlite.c - see side.h: SQLite with a write-ahead log, every commit flushed */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "side.h"

struct sqlite_side {
	sqlite3 *db;
	sqlite3_stmt *insert;
};

static void
check(struct sqlite_side *self, int r, const char *what)
{
	if (r == SQLITE_OK || r == SQLITE_DONE || r == SQLITE_ROW)
		return;
	(void)fprintf(stderr, "journal_bench: SQLite: %s\n", sqlite3_errmsg(self->db));
	errno = EIO;
	side_die(what);
}

static void *
sqlite_side_open(const char *dir)
{
	struct sqlite_side *self = calloc(1, sizeof(*self));
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/sqlite.db", dir);
	if (self == NULL)
		side_die("memory");
	check(self, sqlite3_open(path, &self->db), "open");
	(void)sqlite3_busy_timeout(self->db, 60000);
	check(self,
	    sqlite3_exec(self->db,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, value TEXT)"
		" WITHOUT ROWID",
		NULL, NULL, NULL),
	    "set up");
	check(self,
	    sqlite3_prepare_v2(self->db, "INSERT OR REPLACE INTO session VALUES (?, ?)", -1,
		&self->insert, NULL),
	    "prepare");
	return self;
}

static void
sqlite_side_login(void *arg, uint64_t number)
{
	struct sqlite_side *self = arg;
	char key[SIDE_KEY_BYTES], value[SIDE_VALUE_BYTES];
	size_t n;

	side_session(number, key, value, &n);
	check(self, sqlite3_bind_text(self->insert, 1, key, -1, SQLITE_STATIC), "bind");
	check(self, sqlite3_bind_text(self->insert, 2, value, (int)n, SQLITE_STATIC), "bind");
	check(self, sqlite3_step(self->insert), "insert");
	check(self, sqlite3_reset(self->insert), "reset");
}

static void
sqlite_side_close(void *arg)
{
	struct sqlite_side *self = arg;

	(void)sqlite3_finalize(self->insert);
	(void)sqlite3_close(self->db);
	free(self);
}

static void
sqlite_side_prepare(const char *dir)
{
	sqlite_side_close(sqlite_side_open(dir));
}

const struct side side_sqlite = { "SQLite", sqlite_side_prepare, sqlite_side_open,
	sqlite_side_login, sqlite_side_close };
