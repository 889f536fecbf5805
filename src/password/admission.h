/*
 * admission.h - how many password hashes may run at once, over all processes
 *
 * Purpose    A hash takes a processor for tens of milliseconds and 16 MiB.  A flood of logins
 *            must not take all processors and all memory: at most n_slots run, the others
 *            wait in the kernel, and who waited too long is told to come again.
 * Calling    admission_open() once; admission_enter() ... hash ... admission_leave().
 * Ownership  The handle is the caller's; the slots are shared and outlive any process.
 * Units      Milliseconds.
 * Errors     -EBUSY: no slot before the deadline.  Other negative errno: unexpected.
 * Threads    From any thread of any process.  A slot is left by the thread that entered;
 *            one whose holder was killed is free again at once (robust mutex).
 */
#ifndef PASSWORD_ADMISSION_H
#define PASSWORD_ADMISSION_H

#include <stdint.h>

#include "core/err.h"

#define ADMISSION_SLOTS_MOST 256
#define ADMISSION_FILE       "hash-slots.1" /* in the run directory */

struct admission_shared;

struct admission {
	struct admission_shared *shared;
	unsigned n_slots;
	unsigned wait_ms;
};

struct admission_ticket {
	unsigned slot;
};

int admission_open(struct admission *admission, int run_dir_fd, const char *run_dir_path,
    unsigned n_slots, unsigned wait_ms, struct err *err);

int admission_enter(struct admission *admission, struct admission_ticket *ret_ticket);
void admission_leave(struct admission *admission, struct admission_ticket ticket);

/* n more (or fewer) wait that have not come to admission_enter() yet: for the count below. */
void admission_note_waiting(const struct admission *admission, int n);

/* For the operator: hashes running and requests waiting, now (about). */
void admission_count(
    const struct admission *admission, unsigned *ret_running, unsigned *ret_waiting);

#endif
