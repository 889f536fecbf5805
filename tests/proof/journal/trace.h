/*
 * trace.h - what a run did to its directory, and what it promised to whom
 *
 * Purpose    The journal's processes and the test's own notes ("this is about to be
 *            appended", "this was acknowledged") in one list, in the order in which they
 *            happened, so that disk.h can ask what a power loss would have left after each.
 * Calling    trace_new() before fork(); the wrappers of shim.c call the trace_… functions
 *            of the file system, the workload calls trace_note().
 * Ownership  One shared mapping, given back by trace_free().
 * Threads    Any thread of any process: one lock in the mapping, held across the system
 *            call and its entry, so that the order of the entries is the order of the calls.
 *            Flushes are the exception: they have a beginning and an end.
 */
#ifndef PROOF_JOURNAL_TRACE_H
#define PROOF_JOURNAL_TRACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_EVENTS_MAX 20000
#define TRACE_BYTES_MAX  (24u << 20)
#define TRACE_INODES_MAX 512
#define TRACE_NAME_MAX   48

enum trace_kind {
	TRACE_WRITE,      /* inode, at, bytes */
	TRACE_TRUNCATE,   /* inode, at: the new length */
	TRACE_EXTEND,     /* inode, at: the length that fallocate made it */
	TRACE_CONTENT,    /* inode, bytes: what a mapping made of a file, seen in passing */
	TRACE_NAME,       /* bytes: struct trace_names, a change of the directory */
	TRACE_SYNC_BEGIN, /* inode (TRACE_DIR: the directory), at: number of this flush */
	TRACE_SYNC_END,   /* the same; result: 0 or negative errno */
	TRACE_INTENT,     /* at: number of the change; bytes: struct change */
	TRACE_APPENDED,   /* at: number; result */
	TRACE_ACK,        /* at: number; result: 0 or what journal_sync() said */
};

#define TRACE_DIR  UINT32_MAX
#define TRACE_NONE (UINT32_MAX - 1)

/* Names set to an inode (TRACE_NONE: gone) in one step: a rename changes two. */
struct trace_names {
	uint32_t n;
	struct {
		char name[TRACE_NAME_MAX];
		uint32_t inode;
	} e[2];
};

struct trace_event {
	enum trace_kind kind;
	uint32_t inode;
	uint64_t at;
	int32_t result;
	int32_t pid;
	uint32_t bytes_at, n_bytes;
};

struct trace {
	pthread_mutex_t lock;
	dev_t dev;
	ino_t dir_ino;
	uint32_t n_events, n_bytes, n_inodes;
	uint32_t n_existing; /* events that tell what was there before */
	uint64_t n_syncs;
	bool is_full;
	struct {
		ino_t ino;
		uint32_t id;
		uint32_t n_failures; /* of flushes: each open file is told of each once */
	} inode[TRACE_INODES_MAX];
	struct trace_event event[TRACE_EVENTS_MAX];
	uint8_t bytes[TRACE_BYTES_MAX];
};

/* NULL without memory. */
struct trace *trace_new(void);
void trace_free(struct trace *trace);

/*
 * From now on this process and its children record what happens in the directory behind
 * dir_fd; NULL ends it.  What is there already counts as on the disk: it
 * is recorded as written and flushed.
 */
void trace_start(struct trace *trace, int dir_fd);
void trace_stop(void);
struct trace *trace_current(void);

void trace_lock(struct trace *trace);
void trace_unlock(struct trace *trace);

/* With the lock held. */
void trace_add(struct trace *trace, enum trace_kind kind, uint32_t inode, uint64_t at,
    int result, const void *bytes, size_t n);
/* The number of a file that now has this ino: a new one, even if the ino was used before. */
uint32_t trace_inode_new(struct trace *trace, ino_t ino);
uint32_t trace_inode_known(const struct trace *trace, ino_t ino);

/* Takes the lock itself: the workload's notes. */
void trace_note(enum trace_kind kind, uint64_t number, int result, const void *bytes, size_t n);

/* Takes the lock itself: what the mapped control files of the directory hold now. */
void trace_look_at_mappings(int dir_fd);

static inline const uint8_t *
trace_bytes(const struct trace *trace, const struct trace_event *event)
{
	return trace->bytes + event->bytes_at;
}

#endif
