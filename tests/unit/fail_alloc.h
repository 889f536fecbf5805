/*
 * fail_alloc.h - make an allocation fail on purpose
 *
 * Purpose    The way out without memory is code like any other: tests walk it.
 * Calling    fail_alloc_at(1): the next malloc(), calloc() or realloc() of the program (not of
 *            shared libraries) returns NULL, once.  Link with $(FAIL_ALLOC_WRAP).
 */
#ifndef UNIT_FAIL_ALLOC_H
#define UNIT_FAIL_ALLOC_H

/* The nth allocation from now on fails, and only that one; 0: none. */
void fail_alloc_at(unsigned nth);

#endif
