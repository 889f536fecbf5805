/*
 * table.h - the shared session table
 *
 * Purpose    Who is signed in: a map from the digest of a session id to a user id and a
 *            creation time, in a file that any number of unrelated processes map.  Look-ups
 *            take no lock; a process may be killed at any instruction and leaves nothing that
 *            the others cannot use at once.  It knows digests, not ids, and not what a user is.
 * Calling    table_open(); any operation from any thread; table_close().
 * Ownership  The handle owns the mapping.  Entries are copied out.
 * Units      Times are milliseconds of clock_boot_ms() and may be negative (before boot);
 *            lifetimes are seconds.
 * Errors     Negative errno: unexpected, the request must be refused (503), never "no".
 *            -ETIMEDOUT: the lock was not free in time: its holder is stopped, or other
 *            threads were faster each time (more of them than processors, all changing the
 *            table).  -ENOSPC: full (the configured maximum, or the disk).  TABLE_E_*: listed
 *            at each function.
 * Threads    Everything but open and close from any thread of any process.
 */
#ifndef TABLE_TABLE_H
#define TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/err.h"

#define TABLE_OWNER_BYTES 16

#define TABLE_VICTIMS_MAX 16

enum {
	TABLE_E_ABSENT = 1, /* no live entry with that tag */
	TABLE_E_LIMIT,      /* the owner's stored entries that must go first are named */
};

enum table_kind {
	TABLE_KIND_MEMORY, /* session_auth, session_exp_auth: the table is all there is */
	TABLE_KIND_STORED, /* session_db_auth: the table is the index, the journal the truth */
};

#define TABLE_SEEN_MS 250 /* last_seen_ms is kept in steps of this */

struct table_owner {
	uint8_t bytes[TABLE_OWNER_BYTES]; /* a packed user id */
};

struct table_entry {
	struct digest_tag tag;
	struct table_owner owner;
	int64_t created_ms;  /* boot clock */
	uint32_t lifetime_s; /* 0: never expires */
	uint32_t idle_s;     /* expires when unused for so long; 0: never.  Large ones are kept
				rounded down, those beyond 17 years as that */
	enum table_kind kind;
	bool is_remembered;   /* the caller's */
	int64_t last_seen_ms; /* out only: boot clock of table_touch(); before the first one,
				 created_ms, or the time of table_insert() if that is earlier */
};

struct table_config {
	int dir_fd;             /* the run directory, 0700, ours (file_open_dir) */
	const char *dir_path;   /* its name, for messages */
	const char *name;       /* file name in it */
	uint64_t max_entries;   /* over all users */
	uint32_t max_per_owner; /* oldest of that owner goes out; 0: no limit */
	uint64_t n_expected;    /* entries for which a new file has room, so that it need not
				   grow under them; 0: it begins small */
	uint8_t key_check[16];  /* digest under the key of a fixed text: another key, another
				   table */
	bool replace_stale;     /* a table of another boot, build, key or namespace that no
				   process uses is removed and a new one made; else refused */
};

struct table;

/*
 * Create the file or attach to it, any number of processes at once.  *ret_is_new (may be NULL):
 * this call made the file.  max_entries and max_per_owner belong to the handle, not to the
 * file.  A handle may be used by children of fork() too.  Refused with a reason in err: a
 * directory in /dev/shm (-EPERM), a file that is not a table (-EINVAL) or is open to others
 * (-EPERM), a table of another boot, build, key or namespace (-ESTALE), a damaged or cut one
 * (-EBADMSG).
 */
int table_open(const struct table_config *config, struct table **ret_table, bool *ret_is_new,
    struct err *err);

/* Accepts NULL.  No other thread may be in an operation of this handle. */
void table_close(struct table *table);

/*
 * 0, -ENOSPC, -ETIMEDOUT.  A tag that is there already is replaced.  An owner at max_per_owner
 * loses the oldest entry.  A caller that looked up the owner before must look again afterwards
 * and remove the entry when the owner is gone: a caller that ends all entries of an owner cannot see
 * inserts that have not happened yet.
 */
int table_insert(struct table *table, const struct table_entry *entry);

/* Stored entries of one owner, the oldest, which make room for another one of that owner. */
struct table_victims {
	unsigned n;
	struct digest_tag tags[TABLE_VICTIMS_MAX];
};

/*
 * table_insert() where ends are written down before they happen: entries of TABLE_KIND_MEMORY may
 * make room, stored ones only if they are among *victims, which are removed first in any case.
 * TABLE_E_LIMIT: nothing was inserted, *victims names others; end them where they are stored, and
 * call again.  Each time somebody else has begun a session of this owner meanwhile.  max: of this
 * insert, where it is less than max_per_owner; 0: that.
 */
int table_insert_after(struct table *table, const struct table_entry *entry, uint32_t max,
    struct table_victims *victims);

/*
 * What table_insert_after() would name for this owner now; nearly always nothing, and then that
 * takes no scan.  A forecast: nothing is changed.
 */
int table_foresee(struct table *table, const struct table_owner *owner, uint32_t max,
    struct table_victims *ret_victims);

/* table_insert() without regard to max_per_owner: does the owner have more (or seem to)? */
int table_insert_over(struct table *table, const struct table_entry *entry, bool *ret_is_over);

/*
 * An insert of this tag comes soon: have the processor fetch what that will look at.  Where the
 * table is larger than its caches, tens of them announced together come four times as fast.
 */
void table_prefetch(struct table *table, const struct digest_tag *tag);

/* As it was configured; 0: no limit. */
uint32_t table_max_per_owner(const struct table *table);

/*
 * 0 and the entry, or TABLE_E_ABSENT (unknown, removed, past its lifetime or unused for too
 * long; once it was found so, it is for ever).  *ret_entry may be overwritten in any case.
 */
int table_find(
    struct table *table, const struct digest_tag *tag, struct table_entry *ret_entry);

/*
 * The same for a caller that has just read the clock: reading it again takes longer than the
 * look-up.
 */
int table_find_at(struct table *table, const struct digest_tag *tag, int64_t now_ms,
    struct table_entry *ret_entry);

/*
 * Note that the entry is in use: last_seen_ms := now.  0; TABLE_E_ABSENT: it has ended, and the
 * use came too late.  Takes no lock where table_find() takes none.
 */
int table_touch(struct table *table, const struct digest_tag *tag);

/* 0 removed, TABLE_E_ABSENT.  When it returns no process finds the entry any more. */
int table_remove(struct table *table, const struct digest_tag *tag);

/* Entries, expired ones that are not swept yet included.  Exact when nobody writes. */
uint64_t table_count(struct table *table);

/*
 * What to add to times of the boot clock for people and for files: wall clock minus boot clock.
 * As it was when the table was made, for all processes the same, so that one time is always
 * told alike; a step of the wall clock since then is followed in whole seconds.
 */
int64_t table_wall_offset_ms(const struct table *table);

/*
 * Visit every live entry; fn returns false to stop.  Entries inserted or removed meanwhile
 * may or may not be seen, and one that moves meanwhile, because the table grows or to make
 * room, may be seen twice; no other entry is missed.
 */
int table_each(
    struct table *table, bool (*fn)(void *arg, const struct table_entry *entry), void *arg);

/*
 * Bounded housekeeping, once a second from one process or several: sweep what has expired,
 * grow, give storage back.  -ETIMEDOUT: not all of it now, having waited 50 ms; the next tick
 * goes on.  -ESTALE: the file has been removed under this process, which now shares its table
 * with no process that starts later; it should be restarted.
 */
int table_tick(struct table *table);

/* Of entries that have outlived a limit: */
struct table_expired {
	const struct table_entry *entry; /* of one; NULL: nothing is known of them any more */
	bool is_idle; /* it was unused for too long; else past its lifetime */
	uint64_t n;
};

typedef void table_expired_fn(void *arg, const struct table_expired *expired);

/*
 * Who wants to know of entries that this handle sweeps, whatever it does?  Each is told once, by
 * table_tick() and by table_tell_expired() (before a close), without the lock.  What a killed
 * process has swept and not told yet nobody is told.  Before anything else is done with the handle.
 */
void table_on_expired(struct table *table, table_expired_fn *fn, void *arg);
void table_tell_expired(struct table *table);

struct table_stats {
	uint64_t n_entries; /* as table_count() */
	uint64_t n_slots;   /* places in the region that takes new entries */
	uint64_t n_bytes;   /* of storage that the file occupies now */
	bool is_growing;
	uint64_t n_inserts, n_removes; /* since the file was made, as all below */
	uint64_t n_expired;            /* swept */
	uint64_t n_evicted;            /* oldest of an owner at max_per_owner */
	uint64_t n_full;               /* inserts refused: maximum or disk */
	uint64_t n_recoveries;         /* a process died holding the lock; repaired */
	uint64_t n_growths;
	uint64_t n_damaged; /* entries or words that made no sense, dropped */
};

int table_stats(struct table *table, struct table_stats *ret_stats);

/*
 * The operator's check: every invariant of doc/session-table.md that can be seen from inside.
 * Holds the lock throughout, about half a second per million entries; changes that wait for
 * more than two seconds are refused.  report (may be NULL) gets one line per violation.  0 and
 * *ret_n_violations; -ETIMEDOUT.
 */
int table_check(struct table *table, void (*report)(void *arg, const char *line), void *arg,
    uint64_t *ret_n_violations);

#endif
