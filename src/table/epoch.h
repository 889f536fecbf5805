/*
 * epoch.h - which threads look things up, so that their storage is not taken away
 *
 * Purpose    A region that holds nothing any more is punched out of the file.  A thread that
 *            still probed it would fault fresh pages in, or die of SIGBUS on a full disk.  So
 *            each thread that looks up without the lock shows the generation it works with
 *            in a cache line of its own, and storage is given back only when every line
 *            shows a later one.  The cost for a look-up is two plain stores.
 * Calling    reader = tbl_epoch_enter(); NULL: work with the lock held instead; tbl_epoch_leave().
 *            Not recursive.
 * Source     membarrier(2): the fence between "I am here" and "what is the descriptor" is paid
 *            by the thread that gives storage back, not by every look-up.
 * Threads    A thread claims its line at its first look-up and keeps it; the line of a dead
 *            thread is found by its id and start time and used again.  More threads than
 *            lines (4096, or 64 on a full disk) work all the same, with the lock.
 */
#ifndef TABLE_EPOCH_H
#define TABLE_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "table/mapping.h"
#include "table/step.h"

#define READER_NOT_ACTIVE 0

/* No descriptor, nor what is left of one when a block of the file is lost: all zeros, all ones. */
#define READER_NO_WORD UINT64_C(0x6e6f20776f726421)

/* What this thread remembers: its line, and where entries were at its last look-up. */
struct tbl_epoch_self {
	uint64_t id; /* of the handle: *table->fork_mark */
	struct tbl_reader *line;
	/* The descriptor, or READER_NO_WORD for nothing yet; and what it names. */
	uint64_t word;
	struct tbl_view view;
	/* The same when it names one area only and membarrier(2) is there, else READER_NO_WORD;
	 * and what the line shows for it. */
	uint64_t word_alone;
	uint64_t active_alone;
	uint64_t refused_id; /* the handle that had no line for us */
	unsigned n_wait;     /* look-ups until we ask it again */
};
extern _Thread_local struct tbl_epoch_self tbl_epoch_self;

/* Called by table_open() and table_close(). */
int tbl_epoch_init(struct table *table);
void tbl_epoch_fini(struct table *table);

/* Find or claim a line; NULL: none to be had. */
struct tbl_reader *tbl_epoch_claim(struct table *table);

/* The mark is wiped in a child of fork(), which must not use its parent's line. */
static inline bool
tbl_epoch_is_mine(const struct table *table)
{
	return tbl_epoch_self.id ==
	       atomic_load_explicit(table->fork_mark, memory_order_relaxed);
}

/* What a line shows for whoever works with this descriptor. */
static inline uint64_t
tbl_epoch_active(uint64_t word)
{
	return 1 + (word >> 32);
}

/*
 * Show the generation of a descriptor at most as new as the current one: the store, and the
 * fence where membarrier(2) cannot provide it.
 */
static inline void
tbl_epoch_show(struct table *table, struct tbl_reader *line, uint64_t word)
{
	uint64_t active = tbl_epoch_active(word);

	TABLE_STEP("reader active");
	if (__builtin_expect(table->has_membarrier, 1)) {
		atomic_store_explicit(&line->active, active, memory_order_relaxed);
		atomic_signal_fence(memory_order_seq_cst);
	} else {
		(void)atomic_exchange(&line->active, active);
	}
}

/* Descriptors loaded from here on are at least as new as what the line shows. */
static inline struct tbl_reader *
tbl_epoch_enter(struct table *table)
{
	struct tbl_reader *line =
	    tbl_epoch_is_mine(table) ? tbl_epoch_self.line : tbl_epoch_claim(table);

	if (line != NULL)
		tbl_epoch_show(table, line, WORD_LOAD(&table->control->descriptor));
	return line;
}

static inline void
tbl_epoch_leave(struct tbl_reader *line)
{
	WORD_STORE(&line->active, READER_NOT_ACTIVE, "reader leave");
}

/* The same for all of entering and looking where entries are now, if nothing has changed since
 * this thread's last time; false: something has, and nothing is done. */
static inline bool
tbl_epoch_enter_again(struct table *table)
{
	struct tbl_reader *line = tbl_epoch_self.line;

	if (__builtin_expect(!tbl_epoch_is_mine(table), 0))
		return false;
	TABLE_STEP("reader active");
	atomic_store_explicit(&line->active, tbl_epoch_self.active_alone, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (__builtin_expect(WORD_LOAD_STEP(&table->control->descriptor, "read descriptor") ==
				 tbl_epoch_self.word_alone,
		1))
		return true;
	tbl_epoch_leave(line);
	return false;
}

/*
 * true: no thread works with a generation before this one any more, nor ever will.  Not
 * from within tbl_epoch_enter() and tbl_epoch_leave().
 */
bool tbl_epoch_all_passed(struct table *table, uint32_t generation);

#endif
