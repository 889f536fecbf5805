/*
 * user_sessions_purge.c - ending sessions by what they are: past, of one user, or all; see
 * user_sessions.h
 *
 * What only the journal has is found by reading it from its beginning, and the keys to delete
 * are collected, at most BATCH_MAX at a time: memory does not grow with the number of sessions.
 */
#include "model/user_sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/linkhash.h>

#include "core/buf.h"
#include "core/clock.h"

#define BATCH_MAX 10000

struct purge {
	struct table *table;
	struct str user_id; /* whose; or STR_NULL: those that are past, or everybody's */
	bool is_everybody;
	int64_t wall_ms;
	struct lh_table *keys; /* to delete: put, meant, and not deleted yet */
};

static bool
is_meant(const struct purge *purge, const struct user_session *session)
{
	struct digest_tag tag = user_session_tag(session);
	struct table_entry entry;

	/* A table that gives no answer keeps what is past, and saves nobody's sessions. */
	if (purge->is_everybody || !str_is_null(purge->user_id))
		return (purge->is_everybody || str_eq_z(purge->user_id, session->user_id)) &&
		       table_find(purge->table, &tag, &entry) != 0;
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
	struct purge purge = {
		.table = table, .user_id = STR_NULL, .wall_ms = clock_wall_ms()
	};

	return purge_batch(sessions, &purge, ret_n_purged, err);
}

/* ------------------------------------------------------------------- of one user */

static int
remove_rest(struct user_sessions *sessions, struct table *table, const struct str *user_id,
    struct err *err)
{
	struct purge purge = { .table = table,
		.user_id = user_id != NULL ? *user_id : STR_NULL,
		.is_everybody = user_id == NULL };
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

struct found {
	struct table *table;
	const struct table_owner *owner; /* NULL: everybody's */
	const struct digest_tag *keep;   /* NULL: none stays */
	struct buf stored;               /* their tags */
	uint64_t n_ended;
	int r;
};

/* Those in memory end at once: the table is all there is of them. */
static bool
find_one(void *arg, const struct table_entry *entry)
{
	struct found *found = arg;

	if ((found->owner != NULL &&
		memcmp(&entry->owner, found->owner, sizeof(*found->owner)) != 0) ||
	    (found->keep != NULL && memcmp(&entry->tag, found->keep, sizeof(entry->tag)) == 0))
		return true;
	if (entry->kind == TABLE_KIND_STORED)
		buf_add(&found->stored, &entry->tag, sizeof(entry->tag));
	else if ((found->r = table_remove(found->table, &entry->tag)) == 0)
		found->n_ended++;
	return found->r >= 0 && buf_error(&found->stored) == 0;
}

static int
end_found(struct user_sessions *sessions, struct found *found, int r)
{
	const struct digest_tag *tags;
	size_t n;

	if (r != 0 || found->r < 0 || buf_error(&found->stored) != 0)
		return r != 0 ? r : found->r < 0 ? found->r : buf_error(&found->stored);
	tags = (const void *)found->stored.p;
	n = found->stored.n / sizeof(*tags);
	r = user_sessions_remove_many(sessions, tags, n);
	for (size_t i = 0; r >= 0 && i < n; i++)
		if ((r = table_remove(found->table, &tags[i])) == 0)
			found->n_ended++;
	return r < 0 ? r : 0;
}

int
user_sessions_end_all(struct user_sessions *sessions, struct table *table, struct str user_id,
    const struct digest_tag *keep, uint64_t *ret_n, struct err *err)
{
	struct table_owner owner;
	struct found found = { .table = table, .owner = &owner, .keep = keep };
	int r = 0;

	buf_init(&found.stored, SIZE_MAX);
	if (user_session_pack_owner(user_id, &owner))
		r = end_found(sessions, &found, table_each(table, find_one, &found));
	buf_fini(&found.stored);
	*ret_n = found.n_ended;
	return r != 0 ? r : remove_rest(sessions, table, &user_id, err);
}

int
user_sessions_end_everybody(struct user_sessions *sessions, const struct digest_key *key,
    struct table *table, uint64_t *ret_n, struct err *err)
{
	struct found found = { .table = table };
	int r;

	buf_init(&found.stored, SIZE_MAX);
	r = end_found(sessions, &found, user_sessions_each(key, table, find_one, &found));
	buf_fini(&found.stored);
	*ret_n = found.n_ended;
	return r != 0 ? r : remove_rest(sessions, table, NULL, err);
}
