/*
 * fault.h - the nth call of a function fails, or something happens just before it
 *
 * Calling    fault_set("fsync", 1, 1, EIO): the first fsync() from now on fails; "pread" with
 *            error 0 answers 0 (the end of the file).  fault_before() runs a function before
 *            the call, which then goes on (or fails, if both are set).  A fault or a hook
 *            counts calls of this process only.  fault_clear() ends all.
 *            Linked with $(fault_wraps): the names in local.mk.
 * Threads    One.
 */
#ifndef UNIT_JOURNAL_FAULT_H
#define UNIT_JOURNAL_FAULT_H

/* Calls number first to first + count - 1 fail with that error. */
void fault_set(const char *name, unsigned first, unsigned count, int error);
void fault_before(const char *name, unsigned nth, void (*run)(void));
void fault_clear(void);

/*
 * Around a call: ends all faults and hooks when it has returned, and returns what it did.  The
 * test framework allocates too.
 */
int fault_end(int result);

/* How often a hook has run and a fault has hit, since fault_clear(). */
unsigned fault_hits(void);

/* fstatfs() reports this type of file system; 0: the real one. */
void fault_set_fs(long type);

/* /proc/self/mountinfo has this content; NULL: the real one. */
void fault_set_mounts(const char *text);

#endif
