/*
 * step.h - a place to stop before every access to the shared file
 *
 * Purpose    Proofs.  Compiled with -DTABLE_HOOKS, table_step_hook is called with a name
 *            before every store to the shared file, every load that the lock-free readers'
 *            argument rests on, and every system call that changes the file, so that a test
 *            can kill, suspend or interleave the real code at each of them.  Otherwise all of
 *            this is nothing.
 * Threads    The hook is a plain pointer: set it before the threads start.
 */
#ifndef TABLE_STEP_H
#define TABLE_STEP_H

#include <stdatomic.h>

#ifdef TABLE_HOOKS
extern void (*table_step_hook)(const char *name);
/* A call, not a condition: the code with hooks has the branches of the program, and no others. */
void table_step(const char *name);
#define TABLE_STEP(name) table_step(name)
#else
#define TABLE_STEP(name) ((void)0)
#endif

/*
 * Words of the file.  Every store is a release and every load an acquire: on x86-64 both are
 * plain moves, on ARM64 one instruction, and no fence is needed anywhere, so that what
 * ThreadSanitizer checks is what runs.
 */
#define WORD_STORE(p, value, name) \
	(TABLE_STEP(name), atomic_store_explicit((p), (value), memory_order_release))
#define WORD_LOAD(p) atomic_load_explicit((p), memory_order_acquire)
#define WORD_LOAD_STEP(p, name) \
	(TABLE_STEP(name), atomic_load_explicit((p), memory_order_acquire))

#endif
