/*
 * fail_call.h - make a system call fail on purpose
 *
 * Purpose    What cannot be provoked with files: EIO, EINTR, short counts, no randomness.
 * Calling    fail_call("fsync", 1, EIO): the first fsync() of the program from now on fails so.
 *            Faults of one name happen one after another, each counted from the one before.
 */
#ifndef UNIT_CORE_FAIL_CALL_H
#define UNIT_CORE_FAIL_CALL_H

/*
 * how > 0: an errno; 0: the call does nothing and returns 0; how < 0: read, write and getrandom
 * handle at most -how bytes, open opens /dev/zero instead.
 */
void fail_call(const char *name, unsigned nth, int how);

/* All faults have happened. */
int fail_call_is_done(void);

/* The last line given to syslog(3), and its priority. */
extern char syslog_text[8192];
extern int syslog_priority;

#endif
