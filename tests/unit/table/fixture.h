/*
 * fixture.h - a table in a directory of its own, entries made to measure, faults on order
 *
 * Calling    fixture_case() makes a test case whose tests find `fx` ready: an empty table.
 */
#ifndef UNIT_TABLE_FIXTURE_H
#define UNIT_TABLE_FIXTURE_H

#include "unit/unit.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "table/entry.h"
#include "table/mapping.h"
#include "table/step.h"
#include "table/table.h"

#define FIXTURE_NOW_MS INT64_C(1000000000)

struct fixture {
	char dir[64];
	char file[80]; /* path of the table's file */
	struct table_config config;
	struct table *table; /* NULL after fixture_close() */
	struct err err;
};
extern struct fixture fx;

/* A test case with a fresh table and frozen clocks around each test. */
TCase *fixture_case(const char *name);

/* The same, tagged: its processes have one thread each, so ThreadSanitizer learns nothing. */
TCase *fixture_one_thread(const char *name);

/* Close and open again, with fx.config as it is now.  The latter must succeed. */
void fixture_close(void);
void fixture_open(void);
/* table_open() into fx.table; what it returned. */
int fixture_try_open(void);

/* Entry number i of owner number `owner`, without lifetime. */
struct table_entry fixture_entry(uint64_t i, uint64_t owner);
struct table_owner fixture_owner(uint64_t owner);

/*
 * A tag that goes to two given buckets of an area with n buckets; differs from others by
 * number, up to 4096.
 */
struct digest_tag fixture_tag_for(
    uint64_t first, uint64_t second, uint64_t n_buckets, unsigned number);

/* Insert entries from..until-1, entry i of owner i; all must succeed. */
void fixture_fill(uint64_t from, uint64_t until);
bool fixture_has(uint64_t i);

/* table_check() finds nothing, and table_count() is n. */
void fixture_check(uint64_t n);
uint64_t fixture_violations(void); /* the first is in fixture_violation */
extern char fixture_violation[200];

/* The view of now. */
struct tbl_view fixture_view(void);

/* Where entry i of owner i is, damaged or not; it must be somewhere. */
struct fixture_place {
	struct tbl_bucket *bucket;
	struct tbl_slot *slot;
	unsigned number; /* of the slot in its bucket */
	unsigned wanted; /* the slot that has its fingerprint */
};
struct fixture_place fixture_place(uint64_t i);

/* control.n_reader_pages */
uint64_t fixture_reader_pages(void);
void fixture_set_reader_pages(uint64_t n);
bool fixture_is_growing(void);

/* The first growth begins with so many entries. */
#define FIXTURE_TO_GROW tbl_geometry_grow_at(8)

/* struct tbl_entry_words without what follows the last word. */
#define FIXTURE_WORDS_BYTES (offsetof(struct tbl_entry_words, check) + sizeof(uint32_t))

/* Live slots, expired ones included. */
unsigned fixture_n_live(const struct tbl_bucket *bucket);
struct table_stats fixture_stats(void);

/* Another thread of this process holds the table's lock from here to there. */
void fixture_hold_lock(void);
void fixture_let_go(void);

/* ------------------------------------------------------------------------- faults */

/*
 * The n-th call of a function from now (1: the next) fails with this error, and those after
 * it, times in all.  The functions: local.mk, at --wrap.
 */
void fault_arm(const char *function, unsigned nth, unsigned times, int error);
void fault_disarm(void);

/*
 * Called before the armed fault strikes; may be NULL.  Error 0: the call does not fail after
 * it.
 */
extern void (*fault_action)(void);

/* Not NULL: read() does not fail but reads this, stat() looks at this file. */
extern const char *fault_text;

/* Not 0: the table's lock is waited for no longer than that, whatever was told. */
extern _Atomic int fault_timeout_ms;
extern _Atomic int fault_told_ms;

/* -------------------------------------------------------------------------- steps */

/* Die of SIGKILL at the n-th step from now; 0: never.  Counts in fixture_n_steps. */
void fixture_die_at(unsigned n);
/* Call fn at the n-th step with this name from now. */
void fixture_call_at(const char *name, unsigned nth, void (*fn)(void));
void fixture_no_steps(void);

#endif
