/*
 * fail_random.h - no randomness, on purpose
 *
 * Calling    fail_random_at(1): the next random_fill() of the program fails with -EIO, once.
 *            Link with $(FAIL_RANDOM_WRAP).
 */
#ifndef UNIT_FAIL_RANDOM_H
#define UNIT_FAIL_RANDOM_H

void fail_random_at(unsigned nth);

#endif
