/*
 * reader.h - who is looking things up, so that storage is not taken from under him
 *
 * Purpose    A region that holds nothing any more is punched out of the file.  A thread that
 *            still probed it would fault fresh pages in, or die of SIGBUS on a full disk.  So
 *            each thread that looks up without the lock shows the generation it works with
 *            in a cache line of its own, and storage is given back only when every line
 *            shows a later one.  The cost for a look-up is two plain stores.
 * Calling    reader = reader_enter(); NULL: work with the lock held instead; reader_leave().
 *            Not recursive.
 * Source     membarrier(2): the fence between "I am here" and "what is the descriptor" is paid
 *            by the one who gives storage back, not by every look-up.
 * Threads    A thread claims its line at its first look-up and keeps it; the line of a dead
 *            thread is found by its id and start time and used again.  More threads than
 *            lines (4096, or 64 on a full disk) work all the same, with the lock.
 */
#ifndef SHM_READER_H
#define SHM_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "shm/handle.h"
#include "shm/step.h"

#define READER_NOT_ACTIVE 0

/* No descriptor, nor what is left of one when a block of the file is lost: all zeros, all ones. */
#define READER_NO_WORD UINT64_C(0x6e6f20776f726421)

/* What this thread remembers: its line, and where entries were at its last look-up. */
struct reader_mine {
	uint64_t id; /* of the handle: *table->fork_mark */
	struct reader *line;
	/* The descriptor, or READER_NO_WORD for nothing yet; and what it names. */
	uint64_t word;
	struct view view;
	/* The same when it names one area only and membarrier(2) is there, else READER_NO_WORD;
	 * and what the line shows for it. */
	uint64_t word_alone;
	uint64_t active_alone;
	uint64_t refused_id; /* the handle that had no line for us */
	unsigned n_wait;     /* look-ups until we ask it again */
};
extern _Thread_local struct reader_mine reader_mine;

/* Called by table_open() and table_close(). */
int reader_init(struct table *table);
void reader_fini(struct table *table);

/* Find or claim a line; NULL: none to be had. */
struct reader *reader_claim(struct table *table);

/* The mark is wiped in a child of fork(), which must not use its parent's line. */
static inline bool
reader_is_mine(const struct table *table)
{
	return reader_mine.id == atomic_load_explicit(table->fork_mark, memory_order_relaxed);
}

/* What a line shows for whoever works with this descriptor. */
static inline uint64_t
reader_active(uint64_t word)
{
	return 1 + (word >> 32);
}

/*
 * Show the generation of a descriptor at most as new as the current one: the store, and the
 * fence where membarrier(2) cannot provide it.
 */
static inline void
reader_show(struct table *table, struct reader *line, uint64_t word)
{
	uint64_t active = reader_active(word);

	TABLE_STEP("reader active");
	if (__builtin_expect(table->has_membarrier, 1)) {
		atomic_store_explicit(&line->active, active, memory_order_relaxed);
		atomic_signal_fence(memory_order_seq_cst);
	} else {
		(void)atomic_exchange(&line->active, active);
	}
}

/* Descriptors loaded from here on are at least as new as what the line shows. */
static inline struct reader *
reader_enter(struct table *table)
{
	struct reader *line = reader_is_mine(table) ? reader_mine.line : reader_claim(table);

	if (line != NULL)
		reader_show(table, line, WORD_LOAD(&table->control->descriptor));
	return line;
}

static inline void
reader_leave(struct reader *line)
{
	WORD_STORE(&line->active, READER_NOT_ACTIVE, "reader leave");
}

/* The same for all of entering and looking where entries are now, if nothing has changed since
 * this thread's last time; false: something has, and nothing is done. */
static inline bool
reader_enter_again(struct table *table)
{
	struct reader *line = reader_mine.line;

	if (__builtin_expect(!reader_is_mine(table), 0))
		return false;
	TABLE_STEP("reader active");
	atomic_store_explicit(&line->active, reader_mine.active_alone, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(WORD_LOAD_STEP(&table->control->descriptor, "read descriptor") ==
				 reader_mine.word_alone,
		1))
		return true;
	reader_leave(line);
	return false;
}

/*
 * true: no thread works with a generation before this one any more, nor ever will.  Not
 * from within reader_enter() and reader_leave().
 */
bool reader_all_passed(struct table *table, uint32_t generation);

#endif
