/*
 * pair.h - two handles of one journal, as two processes have them
 *
 * pair_set_up() opens one and two; k1 is there, and two has not read it yet.  a is what one
 * knows, b what two knows.
 */
#ifndef UNIT_JOURNAL_PAIR_H
#define UNIT_JOURNAL_PAIR_H

#include <sys/types.h>

#include "journal/internal.h"
#include "unit/journal/fixture.h"

#define BIG_BYTES ((size_t)200 * 1000)

extern struct fixture f;
extern struct replica *a, *b;
extern struct journal *one, *two;
extern const struct journal_record del_k1, put_k9;

void pair_set_up(void);
void pair_tear_down(void);

/* Lock and catch up. */
void pair_lock(struct journal *journal);

/* One makes the file longer than 1 MiB; all but k1 and the last value of "big" is dead. */
void pair_grow(void);

/* One writes and flushes, two reads the same. */
void pair_assert_works(void);

/* Another process replaces the file by a new generation. */
void pair_replace_file(void);

/* Another process appends put_k9. */
void pair_append_elsewhere(void);

/* A writer dies after four bytes. */
void pair_append_junk(void);

/*
 * Another process, with a handle of its own, does run(); pair_fork() returns when that calls
 * pair_pause(), which waits for pair_resume() or for pair_kill().
 */
pid_t pair_fork(void (*run)(struct journal *journal));
void pair_pause(void);
void pair_resume(void);
void pair_kill(pid_t pid);

/* pair_fork()'s run(): take the append lock, or the sync mutex, and keep it. */
void pair_hold_append(struct journal *journal);
void pair_hold_sync(struct journal *journal);

#endif
