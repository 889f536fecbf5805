/*
 * format.h - the bytes of the shared session table
 *
 * Purpose    What lies where in the file.  doc/session-table.md draws it and argues why the
 *            order of stores is what it is.
 * Format     Exported: any change of size, order or meaning bumps FORMAT_VERSION.  The sizes
 *            and offsets are also hashed into the header (segment.c), so that a forgotten
 *            bump is noticed.
 *
 *   0        struct tbl_header    written once, before the file has a name
 *   4 KiB    struct tbl_control   lock, descriptor, intent, counters
 *   8 KiB    struct tbl_reader    up to READERS_MAX, allocated a page at a time
 *   264 KiB  region 0         buckets of 512 bytes, then a counter for each
 *            region 1         a third more of both, and so on: geometry.c
 *
 * Only one region holds entries, or two while the table grows: then the entries move from the
 * one to the other in the order of their buckets, storage is taken before them and given back
 * behind them (growth.c, epoch.c).  Regions are never used a second time.  All numbers are in
 * the byte order of the machine.  There are no pointers, only region, bucket and slot
 * numbers, and each is checked against the geometry before it is used.
 */
#ifndef TABLE_FORMAT_H
#define TABLE_FORMAT_H

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "core/host.h"

#define FORMAT_MAGIC      "sgtable\n"
#define FORMAT_VERSION    5u
#define FORMAT_ENDIAN     0x01020304u
#define FORMAT_PAGE_BYTES 4096

#define FORMAT_CONTROL_OFFSET FORMAT_PAGE_BYTES
#define FORMAT_READERS_OFFSET (2 * FORMAT_PAGE_BYTES)
#define FORMAT_READERS_MAX    4096
#define FORMAT_REGIONS_OFFSET \
	(FORMAT_READERS_OFFSET + FORMAT_READERS_MAX * (int)sizeof(struct tbl_reader))

static_assert(sizeof(void *) == 8, "a 64-bit machine: words of 64 bits are read in one piece");

/* ------------------------------------------------------------------------- header */

/* The first four fields never move: they must be readable by any other build. */
struct tbl_header {
	char magic[8];
	uint32_t endian;
	uint32_t format;
	uint64_t layout; /* hash of every size and offset below */
	char libc[16];   /* whose pthread_mutex_t this is */
	uint8_t boot_id[HOST_BOOT_ID_BYTES];
	uint64_t pid_ns;  /* the lock stores thread ids */
	uint64_t time_ns; /* the boot clock is read through it */
	uint8_t key_check[16];
	uint64_t salt; /* of owner hashes and entry checks; random, no secret */
	int64_t born_wall_ms, born_boot_ms; /* one instant on both clocks, about */
	uint8_t checksum[16];               /* BLAKE2b of all bytes above */
};
static_assert(sizeof(struct tbl_header) == 128, "exported format");

/* ------------------------------------------------------------------------ control */

/*
 * What a change is about to do, so that a thread that inherits the lock can finish or undo it
 * (change.c).  Valid when op is not zero.
 */
struct tbl_intent {
	_Atomic uint64_t op;                /* enum tbl_change_op; stored last, cleared last */
	_Atomic uint64_t to;                /* place of the new copy, or PLACE_NOWHERE */
	_Atomic uint64_t from;              /* place of the copy that goes, or PLACE_NOWHERE */
	_Atomic uint64_t n_before, n_after; /* control.n_entries */
	struct {
		_Atomic uint64_t bucket; /* place of a bucket, or PLACE_NOWHERE */
		_Atomic uint64_t before, after;
	} owned[2];
	uint64_t reserved[5];
};
static_assert(sizeof(struct tbl_intent) == 128, "exported format");

struct tbl_counters {
	_Atomic uint64_t n_inserts;
	_Atomic uint64_t n_removes;
	_Atomic uint64_t n_expired;
	_Atomic uint64_t n_evicted;    /* the oldest of an owner at the limit */
	_Atomic uint64_t n_full;       /* inserts refused */
	_Atomic uint64_t n_recoveries; /* the lock's owner had died */
	_Atomic uint64_t n_growths;
	_Atomic uint64_t n_damaged; /* entries or words that made no sense, dropped */
};

struct tbl_control {
	/* Robust and shared between processes.  Its page stays mapped until table_close(). */
	pthread_mutex_t lock;
	uint8_t pad0[64 - sizeof(pthread_mutex_t)];

	/* generation 32 | region 8 | cursor 8, sealed.  Read by every look-up. */
	_Atomic uint64_t descriptor;
	uint8_t pad1[56];

	/* The rest changes only with the lock held. */
	struct tbl_intent intent;
	_Atomic uint64_t n_entries;      /* live slots, expired ones not yet swept included */
	_Atomic uint64_t moved;          /* buckets of the old region that are empty for good:
					    region 8 | number 40, sealed (sealed.h) */
	_Atomic uint64_t prepared_bytes; /* of the next region, allocated so far; likewise */
	_Atomic uint64_t punched;        /* all storage between here and the regions' start is
					    given back */
	_Atomic uint64_t clock_hand;     /* next bucket to sweep */
	_Atomic uint64_t n_reader_pages; /* sealed */
	_Atomic int64_t tick_ms;         /* boot clock: the latest table_tick() */
	_Atomic uint64_t n_displaced; /* entries that made room by moving against the order in
					which scan.c goes */
	struct tbl_counters counters;
};
static_assert(sizeof(pthread_mutex_t) <= 64, "lock fits its line");
static_assert(offsetof(struct tbl_control, descriptor) == 64, "exported format");
static_assert(offsetof(struct tbl_control, intent) == 128, "exported format");
static_assert(sizeof(struct tbl_control) == 384, "exported format");

/* ------------------------------------------------------------------------ readers */

/* One thread that looks things up: epoch.c. */
struct tbl_reader {
	_Atomic uint64_t who;    /* start time 42 | thread id 22; 0: free */
	_Atomic uint64_t active; /* 1 + generation it works with; 0: not in the table */
	_Atomic uint64_t handle; /* which table_open() of that process */
	uint64_t reserved[5];
};
static_assert(sizeof(struct tbl_reader) == 64, "a cache line each");

/* ------------------------------------------------------------------------ buckets */

#define BUCKET_SLOTS 8

/* One entry, one cache line.  tag and owner are the caller's 16 bytes each. */
struct tbl_slot {
	_Atomic uint64_t tag[2];
	_Atomic uint64_t owner[2];
	_Atomic uint64_t created; /* created_ms 44 (signed) | idle 18 | remembered 1 | kind 1 */
	_Atomic uint32_t lifetime_s;
	_Atomic uint32_t seen;  /* quarters of a second: entry.h */
	_Atomic uint32_t check; /* of all above but seen: entry.h */
	_Atomic uint32_t meta;  /* version 30 | enum tbl_slot_state 2 */
	/* Of the entries in this bucket whose tags wish for this slot: byte i is the fingerprint of
	 * the one in slot i, or 0. */
	_Atomic uint64_t fingerprints;
};
static_assert(sizeof(struct tbl_slot) == 64, "a cache line");

/* All zero is an empty bucket, so a fresh region needs no initialisation. */
struct tbl_bucket {
	struct tbl_slot slots[BUCKET_SLOTS];
};
static_assert(sizeof(struct tbl_bucket) == 512, "exported format");

enum tbl_slot_state {
	SLOT_EMPTY = 0,
	SLOT_BUSY = 1, /* being written, or its writer died: holds nothing */
	SLOT_LIVE = 2,
};

#endif
