/*
 * user_sessions_begin.c - a new session, in the journal and in the table; see user_sessions.h
 *
 * Usually one change of the journal has all of it: those that make room go, the new one comes.
 * Whom that will be is foreseen without a lock, so another login of the same user may be
 * faster; then the table refuses, and names the others.
 */
#include "model/user_sessions.h"

#include <errno.h>

/*
 * A round that names less than it could has lost a race: another login of this user succeeded.
 * More of them than ever hash a password at once.
 */
#define RACES_MAX 64

/* One change: victims go, session (or NULL) comes. */
static int
write_down(struct user_sessions *sessions, const struct table_victims *victims,
    const struct user_session *session)
{
	char texts[TABLE_VICTIMS_MAX][USER_SESSION_KEY_BYTES];
	struct str keys[TABLE_VICTIMS_MAX];

	for (unsigned i = 0; i < victims->n; i++) {
		user_session_key(&victims->tags[i], texts[i]);
		keys[i] = str_of(texts[i]);
	}
	return collection_exchange(user_sessions_collection(sessions), keys, victims->n,
	    session != NULL ? &session->base : NULL);
}

static int
insert(struct user_sessions *sessions, struct table *table, const struct table_entry *entry,
    struct table_victims *victims)
{
	int r;

	for (unsigned n_races = 0; n_races < RACES_MAX;
	     n_races += victims->n < TABLE_VICTIMS_MAX) {
		if ((r = table_insert_after(table, entry, victims)) != TABLE_E_LIMIT)
			return r;
		if ((r = write_down(sessions, victims, NULL)) != 0)
			return r;
	}
	return -ETIMEDOUT;
}

int
user_sessions_begin(struct user_sessions *sessions, struct table *table,
    const struct user_session *session, const struct table_entry *entry)
{
	struct table_victims victims = { .n = 0 };
	int r;

	if (session != NULL && ((r = table_foresee(table, &entry->owner, &victims)) != 0 ||
				   (r = write_down(sessions, &victims, session)) != 0))
		return r;
	r = insert(sessions, table, entry, &victims);
	/* Nobody knows its id: if this fails too, the record is of no use to anybody. */
	if (r != 0 && session != NULL)
		(void)user_sessions_remove(sessions, &entry->tag);
	return r;
}
