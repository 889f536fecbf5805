/*
 * user_sessions_purge.c - deleting sessions from the journal by what they are: past, or of one
 * user; see user_sessions.h
 *
 * The journal is read from its beginning, and the keys to delete are collected, at most
 * BATCH_MAX at a time: memory does not grow with the number of sessions.
 */
#include "model/user_sessions.h"

#include <errno.h>
#include <stdlib.h>

#include <json-c/linkhash.h>

#include "core/clock.h"

#define BATCH_MAX 10000

struct purge {
	struct table *table; /* or NULL: by user_id */
	struct str user_id;
	int64_t wall_ms;
	struct lh_table *keys; /* to delete: put, meant, and not deleted yet */
};

static bool
is_meant(const struct purge *purge, const struct user_session *session)
{
	struct digest_tag tag = user_session_tag(session);
	struct table_entry entry;

	if (purge->table == NULL)
		return str_eq_z(purge->user_id, session->user_id);
	return user_session_is_past(session, purge->wall_ms) &&
	       table_find(purge->table, &tag, &entry) == TABLE_E_ABSENT;
}

static int
collect(void *arg, const struct journal_record *record)
{
	struct purge *purge = arg;
	struct user_session session;
	char *key;
	int r = 0;

	if (record->op == JOURNAL_RESET)
		return 0;
	if (record->op == JOURNAL_PUT &&
	    (lh_table_length(purge->keys) >= BATCH_MAX ||
		!user_session_read(&session, record->value) || !is_meant(purge, &session)))
		return 0;
	if ((key = str_dup(record->key)) == NULL)
		return -ENOMEM;
	if (record->op == JOURNAL_DEL)
		(void)lh_table_delete(purge->keys, key);
	else if (lh_table_lookup_entry(purge->keys, key) == NULL &&
		 (r = lh_table_insert(purge->keys, key, NULL) == 0 ? 0 : -ENOMEM) == 0)
		return 0; /* the table owns the key now */
	free(key);
	return r;
}

static void
free_key(struct lh_entry *entry)
{
	free(lh_entry_k(entry));
}

static int
drop(struct user_sessions *sessions, struct lh_table *table)
{
	struct str *keys = calloc((size_t)table->count, sizeof(*keys));
	struct lh_entry *entry;
	size_t n = 0;
	int r;

	if (keys == NULL)
		return -ENOMEM;
	for (entry = table->head; entry != NULL; entry = entry->next)
		keys[n++] = str_of(lh_entry_k(entry));
	r = user_sessions_exchange(sessions, keys, n, NULL);
	free(keys);
	return r;
}

/* One batch.  *ret_n is 0 when nothing was left. */
static int
purge_batch(struct user_sessions *sessions, struct purge *purge, size_t *ret_n, struct err *err)
{
	int r;

	if ((purge->keys = lh_kchar_table_new(64, free_key)) == NULL)
		return -ENOMEM;
	r = user_sessions_read_journal(sessions, collect, purge, err);
	*ret_n = (size_t)lh_table_length(purge->keys);
	if (r == 0 && *ret_n > 0)
		r = drop(sessions, purge->keys);
	lh_table_free(purge->keys);
	return r;
}

int
user_sessions_purge(
    struct user_sessions *sessions, struct table *table, size_t *ret_n_purged, struct err *err)
{
	struct purge purge = { .table = table, .wall_ms = clock_wall_ms() };

	return purge_batch(sessions, &purge, ret_n_purged, err);
}

int
user_sessions_remove_user(struct user_sessions *sessions, struct str user_id, struct err *err)
{
	struct purge purge = { .user_id = user_id };
	struct journal_stats stats = { 0 };
	size_t n;
	int r;

	/*
	 * No record at all.  n_live alone would not do: a deletion counts as one less, also where
	 * another process has deleted the same.
	 */
	user_sessions_stats(sessions, &stats);
	if (stats.n_live == 0 && stats.n_dead == 0)
		return 0;
	do
		r = purge_batch(sessions, &purge, &n, err);
	while (r == 0 && n == BATCH_MAX);
	return r;
}
