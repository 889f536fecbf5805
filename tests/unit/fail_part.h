/*
 * fail_part.h - make the journal, the session table or the admission of hashes fail on purpose
 *
 * Calling    fail_part("journal_sync", 1, -EIO): the next journal_sync() returns that instead of
 *            doing anything.  One fault at a time; fail_part_is_done() tells whether it
 *            happened.  Link with $(FAIL_PART_WRAP).
 */
#ifndef UNIT_FAIL_PART_H
#define UNIT_FAIL_PART_H

#include <stdbool.h>

void fail_part(const char *function, unsigned nth, int code);
bool fail_part_is_done(void);

/* Nothing fails and nothing is awaited any more. */
void fail_part_none(void);

/* Something to do just before the next call of that function, once: a race, arranged. */
void fail_part_before(const char *function, void (*fn)(void *arg), void *arg);

#endif
