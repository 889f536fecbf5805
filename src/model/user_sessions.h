/*
 * user_sessions.h - all login sessions that are kept in the file
 *
 * Purpose    The operations of the original's UserSession on the journal UserSession.jsonl.  A
 *            session check never comes here: the session table is the index (src/table/).
 * Errors     Negative errno: the journal failed, refuse the request (503).
 * Threads    All functions from any thread.
 */
#ifndef MODEL_USER_SESSIONS_H
#define MODEL_USER_SESSIONS_H

#include "journal/journal.h"
#include "model/user_session.h"
#include "table/table.h"

struct user_sessions;

int user_sessions_open(
    struct user_sessions **ret, const struct journal_config *config, struct err *err);
void user_sessions_close(struct user_sessions *sessions); /* accepts NULL */

/* As it was opened. */
const struct journal_config *user_sessions_config(const struct user_sessions *sessions);

/* The journal's own housekeeping: compaction. */
int user_sessions_tick(struct user_sessions *sessions);
void user_sessions_stats(struct user_sessions *sessions, struct journal_stats *ret_stats);

/* On the disk when these return 0; none reads the journal. */
int user_sessions_add(struct user_sessions *sessions, const struct user_session *session);
int user_sessions_add_many(
    struct user_sessions *sessions, const struct base *const *items, size_t n); /* one change */
int user_sessions_remove(struct user_sessions *sessions, const struct digest_tag *tag);
int user_sessions_remove_many(
    struct user_sessions *sessions, const struct digest_tag *tags, size_t n);

/*
 * One change: the records under these keys go, and session (or NULL) comes.  After a failure or a
 * crash all of it has happened, or nothing.
 */
int user_sessions_exchange(struct user_sessions *sessions, const struct str *keys, size_t n,
    const struct user_session *session);

/*
 * Begin a session: in the journal if it is to be kept there (session, else NULL), and in the
 * table.  A user at the maximum loses the oldest for it.  Whatever is stored ends as it does in
 * a logout: first in the journal and on the disk, then in the table.  So a kill at any moment
 * leaves no session that the table had ended and the next boot revives; at worst one that was
 * still good, to the last, is gone after the boot.  max: that maximum, where it is less than the
 * table's; 0: the table's.  -ENOSPC, -ETIMEDOUT and other negative errno: nobody has begun.
 */
int user_sessions_begin(struct user_sessions *sessions, struct table *table,
    const struct user_session *session, const struct table_entry *entry, uint32_t max);

/*
 * End a stored session, in the same order: if the journal refuses, it stays alive everywhere, and
 * the caller tries again; the other order could revive it.  0, TABLE_E_ABSENT, negative errno.
 */
int user_sessions_end(
    struct user_sessions *sessions, struct table *table, const struct digest_tag *tag);

/* One of either kind, as it was found in the table. */
int user_sessions_end_entry(
    struct user_sessions *sessions, struct table *table, const struct table_entry *entry);

/* The table was brought in line with the journal since it was made. */
bool user_sessions_is_restored(const struct digest_key *key, struct table *table);

/*
 * Login sessions in the table, of both kinds: as table_count() and table_each(), without the
 * entry that says that it was brought in line.
 */
uint64_t user_sessions_count(struct table *table);
int user_sessions_each(const struct digest_key *key, struct table *table,
    bool (*fn)(void *arg, const struct table_entry *entry), void *arg);

struct user_sessions_restored {
	uint64_t n;
	uint64_t n_future; /* begun later than now, by the wall clock: as if begun now */
	int64_t newest_ms; /* when the newest record was begun; 0: no record was looked at */
};

#define USER_SESSIONS_RESTORE_LOCK "restore.lock" /* in the run directory */

/*
 * Bring the session table in line with the journal.  A table that is new gets every live
 * session; may_end: of each user the newest up to the table's max_per_owner, and the others are
 * deleted from the journal too.  One that was there before only loses what the journal says is
 * gone.  Safe for several processes at once; only one does the work.
 */
int user_sessions_restore(struct user_sessions *sessions, int run_dir_fd,
    const struct digest_key *key, struct table *table, bool may_end,
    struct user_sessions_restored *ret, struct err *err);

/*
 * Delete from the journal those past their own duration, at most some thousands a call.  Only
 * what the table no longer knows: setting the wall clock must not kill a session.
 */
int user_sessions_purge(
    struct user_sessions *sessions, struct table *table, size_t *ret_n_purged, struct err *err);

/* Every record of the journal, with a handle of its own: no copy stays in this process. */
int user_sessions_read_journal(
    const struct user_sessions *sessions, journal_apply_fn apply, void *arg, struct err *err);

/*
 * End all sessions of a user, of both kinds, that have begun: in the journal and on the disk, then
 * in the table.  And the records of this user that only the journal has go.  One that begins meanwhile is
 * ended in both, or in none, unless it is just between the two: then it lives until a boot.
 * keep: this one stays; NULL: none does.  *ret_n: how many were in the table.
 */
int user_sessions_end_all(struct user_sessions *sessions, struct table *table,
    struct str user_id, const struct digest_tag *keep, uint64_t *ret_n, struct err *err);

/* The same of all users. */
int user_sessions_end_everybody(struct user_sessions *sessions, const struct digest_key *key,
    struct table *table, uint64_t *ret_n, struct err *err);

#endif
