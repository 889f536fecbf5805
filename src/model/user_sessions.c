/* user_sessions.c - see user_sessions.h */
#include "model/user_sessions.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_WAIT_MS 2000
#define PER_CHANGE   10000

/* It appends and never reads: the session table has the sessions of now. */
struct user_sessions {
	struct journal_config config;
	struct journal *journal;
	pthread_mutex_t write_mutex; /* one thread appends at a time */
};

int
user_sessions_open(
    struct user_sessions **ret, const struct journal_config *config, struct err *err)
{
	struct user_sessions *sessions = calloc(1, sizeof(*sessions));
	pthread_mutexattr_t attr;
	int r;

	if (sessions == NULL)
		return err_set(err, -ENOMEM, "no memory");
	sessions->config = *config;
	/* Held for microseconds by many threads at once: worth waiting for awake. */
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(&sessions->write_mutex, &attr);
	(void)pthread_mutexattr_destroy(&attr);
	if ((r = journal_open(config, &sessions->journal, err)) != 0) {
		user_sessions_close(sessions);
		return r;
	}
	*ret = sessions;
	return 0;
}

void
user_sessions_close(struct user_sessions *sessions)
{
	if (sessions == NULL)
		return;
	journal_close(sessions->journal);
	(void)pthread_mutex_destroy(&sessions->write_mutex);
	free(sessions);
}

const struct journal_config *
user_sessions_config(const struct user_sessions *sessions)
{
	return &sessions->config;
}

int
user_sessions_tick(struct user_sessions *sessions)
{
	return journal_tick(sessions->journal);
}

void
user_sessions_stats(struct user_sessions *sessions, struct journal_stats *ret_stats)
{
	journal_stats(sessions->journal, ret_stats);
}

/* On the disk when it returns 0. */
static int
append(struct user_sessions *sessions, const struct journal_record *records, size_t n)
{
	uint64_t seq = 0;
	int r;

	(void)pthread_mutex_lock(&sessions->write_mutex);
	if ((r = journal_lock(sessions->journal, LOCK_WAIT_MS)) == 0) {
		r = journal_append(sessions->journal, records, n, &seq);
		journal_unlock(sessions->journal);
	}
	(void)pthread_mutex_unlock(&sessions->write_mutex);
	/* Outside the locks, so that changes that come together share one flush. */
	return r != 0 ? r : journal_sync(sessions->journal, seq);
}

int
user_sessions_exchange(struct user_sessions *sessions, const struct str *keys, size_t n,
    const struct user_session *session)
{
	struct journal_record *records;
	struct buf value;
	int r;

	if (n == 0 && session == NULL)
		return 0;
	if ((records = calloc(n + 1, sizeof(*records))) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		records[i] = (struct journal_record){ JOURNAL_DEL, keys[i], STR_NULL };
	buf_init(&value, JOURNAL_VALUE_MAX_BYTES);
	if (session != NULL) {
		base_write(&session->base, &value);
		records[n++] =
		    (struct journal_record){ JOURNAL_PUT, session->base.key, buf_str(&value) };
	}
	if ((r = buf_error(&value)) == 0)
		r = append(sessions, records, n);
	buf_wipe(&value);
	free(records);
	return r;
}

int
user_sessions_add(struct user_sessions *sessions, const struct user_session *session)
{
	return user_sessions_exchange(sessions, NULL, 0, session);
}

int
user_sessions_add_many(
    struct user_sessions *sessions, const struct base *const *items, size_t n)
{
	struct journal_record *records = calloc(n + 1, sizeof(*records));
	size_t *ends = calloc(n + 1, sizeof(*ends));
	int r = records != NULL && ends != NULL ? 0 : -ENOMEM;
	struct buf values;

	buf_init(&values, n * JOURNAL_VALUE_MAX_BYTES);
	for (size_t i = 0; r == 0 && i < n; i++) {
		base_write(items[i], &values);
		ends[i + 1] = values.n;
		r = buf_error(&values);
	}
	/* Only now: the buffer may have moved. */
	for (size_t i = 0; r == 0 && i < n; i++)
		records[i] = (struct journal_record){ JOURNAL_PUT, items[i]->key,
			str_mem(values.p + ends[i], ends[i + 1] - ends[i]) };
	if (r == 0 && n > 0)
		r = append(sessions, records, n);
	buf_wipe(&values);
	free(ends);
	free(records);
	return r;
}

int
user_sessions_remove(struct user_sessions *sessions, const struct digest_tag *tag)
{
	return user_sessions_remove_many(sessions, tag, 1);
}

/* One change. */
static int
remove_some(struct user_sessions *sessions, const struct digest_tag *tags, size_t n)
{
	char(*texts)[USER_SESSION_KEY_BYTES] = calloc(n, sizeof(*texts));
	struct str *keys = calloc(n, sizeof(*keys));
	int r = texts != NULL && keys != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		user_session_key(&tags[i], texts[i]);
		keys[i] = str_of(texts[i]);
	}
	if (r == 0)
		r = user_sessions_exchange(sessions, keys, n, NULL);
	free(keys);
	free(texts);
	return r;
}

int
user_sessions_remove_many(
    struct user_sessions *sessions, const struct digest_tag *tags, size_t n)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i += PER_CHANGE)
		r = remove_some(sessions, &tags[i], n - i < PER_CHANGE ? n - i : PER_CHANGE);
	return r;
}

int
user_sessions_end(
    struct user_sessions *sessions, struct table *table, const struct digest_tag *tag)
{
	int r = user_sessions_remove(sessions, tag);

	return r != 0 ? r : table_remove(table, tag);
}

int
user_sessions_end_entry(
    struct user_sessions *sessions, struct table *table, const struct table_entry *entry)
{
	return entry->kind == TABLE_KIND_STORED
		   ? user_sessions_end(sessions, table, &entry->tag)
		   : table_remove(table, &entry->tag);
}

int
user_sessions_read_journal(
    const struct user_sessions *sessions, journal_apply_fn apply, void *arg, struct err *err)
{
	const struct journal_config *config = &sessions->config;
	struct journal *journal;
	int r = journal_open(config, &journal, err);

	if (r != 0)
		return r;
	if ((r = journal_catch_up(journal, apply, arg)) < 0)
		(void)err_set(err, r, "cannot read %s/%s.jsonl: %s", config->dir_path,
		    config->name, strerror(-r));
	journal_close(journal);
	return r;
}

/* ------------------------------------------------------------------- a new session */

/*
 * Usually one change of the journal has all of it: those that make room go, the new one comes.
 * Which ones is foreseen without a lock, so another login of the same user may be faster; then
 * the table refuses, and names the others.
 */

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
	return user_sessions_exchange(sessions, keys, victims->n, session);
}

static int
insert(struct user_sessions *sessions, struct table *table, const struct table_entry *entry,
    uint32_t max, struct table_victims *victims)
{
	int r;

	for (unsigned n_races = 0; n_races < RACES_MAX;
	     n_races += victims->n < TABLE_VICTIMS_MAX) {
		if ((r = table_insert_after(table, entry, max, victims)) != TABLE_E_LIMIT)
			return r;
		if ((r = write_down(sessions, victims, NULL)) != 0)
			return r;
	}
	return -ETIMEDOUT;
}

int
user_sessions_begin(struct user_sessions *sessions, struct table *table,
    const struct user_session *session, const struct table_entry *entry, uint32_t max)
{
	struct table_victims victims = { .n = 0 };
	int r;

	if (session != NULL && ((r = table_foresee(table, &entry->owner, max, &victims)) != 0 ||
				   (r = write_down(sessions, &victims, session)) != 0))
		return r;
	r = insert(sessions, table, entry, max, &victims);
	/* Nobody knows its id: if this fails too, the record is of no use to anybody. */
	if (r != 0 && session != NULL)
		(void)user_sessions_remove(sessions, &entry->tag);
	return r;
}
