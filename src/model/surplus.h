/*
 * surplus.h - stored sessions beyond the maximum of their users, met while restoring
 *
 * Purpose    A journal may hold more of a user than the table allows: the maximum was lowered, or
 *            the records were imported.  Restoring takes all, notes whose they are too many, and
 *            then lets the oldest go, in the journal and in the table: a record that stayed
 *            behind would come back as soon as others of that user have gone.
 * Rationale  While reading, the oldest so far need not be the oldest in the end: what one
 *            record adds another one further on may delete.
 * Ownership  surplus_fini() frees all.
 * Errors     Negative errno.
 */
#ifndef MODEL_SURPLUS_H
#define MODEL_SURPLUS_H

#include "model/user_sessions.h"

struct surplus {
	struct table_owner *owners; /* those with too many; one may be there twice */
	size_t n_owners, owners_cap;
	size_t n_ended;
};

#define SURPLUS_NULL ((struct surplus){ .owners = NULL })

int surplus_note(struct surplus *surplus, const struct table_owner *owner);

/*
 * Of all that were noted, the newest stay; the others end, in the journal and then in the table.  If
 * the journal refuses they stay too (0), until their user's next login: what has ended in the table
 * alone would live again.
 */
int surplus_end(struct surplus *surplus, struct user_sessions *sessions, struct table *table);

void surplus_fini(struct surplus *surplus);

#endif
