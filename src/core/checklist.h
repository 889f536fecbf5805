/*
 * checklist.h - what is in order and what is not, told to a person line by line
 *
 * Purpose    Each floor looks at what is its own, and all add to one list.
 * Calling    A struct checklist with `to` set; checklist_add() for each thing looked at.
 * Errors     n_bad is what keeps from starting, n_remarks what does not; writing is not
 *            checked.
 */
#ifndef CORE_CHECKLIST_H
#define CORE_CHECKLIST_H

#include <stdbool.h>
#include <stdio.h>

struct checklist {
	FILE *to; /* borrowed */
	unsigned n, n_bad, n_remarks;
};

/* "ok      what: text" or "not ok  what: text". */
void checklist_add(struct checklist *list, bool is_good, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* "not ok  what: text", for what is wrong although a start takes it. */
void checklist_remark(struct checklist *list, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
