/*
 * collection.c - see collection.h
 *
 * Two handles on the journal: one reads, the other writes.  A look-up that must catch up so
 * waits for other readers of this process at most, never for a writer that waits for the lock
 * of another process.  Lock order: write_mutex, append lock, read_mutex, copy_lock.
 */
#include "model/collection.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "model/replica.h"

#define LOCK_WAIT_MS   2000
#define LINE_MAX_BYTES JOURNAL_VALUE_MAX_BYTES

struct collection {
	const struct base_model *model;
	struct journal *reader, *writer;

	pthread_mutex_t write_mutex; /* begin..commit */
	uint64_t written_seq;        /* of the change under way */

	pthread_mutex_t read_mutex; /* one thread catches up at a time */
	pthread_rwlock_t copy_lock; /* of the copy */
	struct replica copy;
};

static int
apply(void *arg, const struct journal_record *record)
{
	struct collection *c = arg;
	struct base *base;

	switch (record->op) {
	case JOURNAL_RESET:
		replica_clear(&c->copy);
		return 0;
	case JOURNAL_DEL:
		return replica_remove(&c->copy, record->key);
	case JOURNAL_PUT:
		break;
	}
	if ((base = c->model->parse(record->value)) == NULL)
		return -EBADMSG;
	return replica_put(&c->copy, base);
}

static int
catch_up(struct collection *c)
{
	int r;

	(void)pthread_mutex_lock(&c->read_mutex);
	(void)pthread_rwlock_wrlock(&c->copy_lock);
	r = journal_catch_up(c->reader, apply, c);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	(void)pthread_mutex_unlock(&c->read_mutex);
	return r;
}

static int
refresh(struct collection *c)
{
	return journal_is_current(c->reader) ? 0 : catch_up(c);
}

/* ------------------------------------------------------------ open and close */

/* Held for microseconds by many threads at once: worth waiting for awake. */
static void
init_mutex(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	(void)pthread_mutex_init(mutex, &attr);
	(void)pthread_mutexattr_destroy(&attr);
}

int
collection_open(struct collection **ret, const struct base_model *model,
    const struct journal_config *config, struct err *err)
{
	struct collection *c;
	int r;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_set(err, -ENOMEM, "no memory");
	c->model = model;
	init_mutex(&c->write_mutex);
	(void)pthread_mutex_init(&c->read_mutex, NULL);
	(void)pthread_rwlock_init(&c->copy_lock, NULL);
	if ((r = replica_init(&c->copy)) != 0)
		err_set(err, r, r == -ENOMEM ? "no memory" : "no randomness");
	else if ((r = journal_open(config, &c->reader, err)) == 0)
		r = journal_open(config, &c->writer, err);
	if (r != 0) {
		collection_close(c);
		return r;
	}
	*ret = c;
	return 0;
}

void
collection_close(struct collection *c)
{
	if (c == NULL)
		return;
	journal_close(c->reader);
	journal_close(c->writer);
	replica_fini(&c->copy);
	(void)pthread_rwlock_destroy(&c->copy_lock);
	(void)pthread_mutex_destroy(&c->read_mutex);
	(void)pthread_mutex_destroy(&c->write_mutex);
	free(c);
}

/* ------------------------------------------------------------------- reading */

/* A reference of what was found.  Unlocks the copy. */
static int
give(struct collection *c, struct base *base, struct base **ret)
{
	if (base != NULL)
		*ret = base_ref(base);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return base != NULL ? 0 : COLLECTION_E_ABSENT;
}

int
collection_get_locked(struct collection *c, struct str key, struct base **ret)
{
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	return give(c, replica_get(&c->copy, key), ret);
}

int
collection_find_locked(struct collection *c, struct str alternate_key, struct base **ret)
{
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	return give(c, replica_find(&c->copy, alternate_key), ret);
}

int
collection_get(struct collection *c, struct str key, struct base **ret)
{
	int r = refresh(c);

	return r != 0 ? r : collection_get_locked(c, key, ret);
}

int
collection_get_by_uuid(struct collection *c, const uint8_t uuid[IDENT_BYTES], struct base **ret)
{
	int r = refresh(c);

	if (r != 0)
		return r;
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	return give(c, replica_get_by_uuid(&c->copy, uuid), ret);
}

int
collection_find(struct collection *c, struct str alternate_key, struct base **ret)
{
	int r = refresh(c);

	return r != 0 ? r : collection_find_locked(c, alternate_key, ret);
}

int
collection_fold_alternate(struct collection *c)
{
	return replica_fold_alternate(&c->copy);
}

int
collection_count(struct collection *c, uint64_t *ret_n)
{
	int r = refresh(c);

	if (r != 0)
		return r;
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	*ret_n = replica_count(&c->copy);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return 0;
}

int
collection_each(struct collection *c, bool (*fn)(void *arg, struct base *base), void *arg)
{
	int r = refresh(c);

	if (r != 0)
		return r;
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	replica_each(&c->copy, fn, arg);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return 0;
}

/* ------------------------------------------------------------------ changing */

int
collection_begin(struct collection *c)
{
	int r;

	(void)pthread_mutex_lock(&c->write_mutex);
	c->written_seq = 0;
	if ((r = journal_lock(c->writer, LOCK_WAIT_MS)) == 0) {
		/* Nobody else appends now: what this finds stays true until the commit. */
		if ((r = catch_up(c)) == 0)
			return 0;
		journal_unlock(c->writer);
	}
	(void)pthread_mutex_unlock(&c->write_mutex);
	return r;
}

/* Before what an older program would drop. */
static int
require_format(struct collection *c, const struct base *const *bases, size_t n)
{
	unsigned format = 1;

	for (size_t i = 0; c->model->format != NULL && i < n; i++) {
		unsigned needed = c->model->format(bases[i]);

		if (needed > format)
			format = needed;
	}
	return format > 1 ? journal_require_format(c->writer, format) : 0;
}

/* One change: all of them, or none. */
static int
append_puts(struct collection *c, const struct base *const *bases, size_t n)
{
	struct journal_record *records = calloc(n, sizeof(*records));
	struct buf *values = calloc(n, sizeof(*values));
	int r = records != NULL && values != NULL ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		buf_init(&values[i], LINE_MAX_BYTES);
		base_write(bases[i], &values[i]);
		records[i] =
		    (struct journal_record){ JOURNAL_PUT, bases[i]->key, buf_str(&values[i]) };
		r = buf_error(&values[i]);
	}
	if (r == 0)
		r = require_format(c, bases, n);
	if (r == 0)
		r = journal_append(c->writer, records, n, &c->written_seq);
	for (size_t i = 0; values != NULL && i < n; i++)
		buf_wipe(&values[i]);
	free(values);
	free(records);
	return r;
}

int
collection_save_locked(struct collection *c, const struct base *base)
{
	return append_puts(c, &base, 1);
}

int
collection_save_many_locked(struct collection *c, const struct base *const *bases, size_t n)
{
	return n > 0 ? append_puts(c, bases, n) : 0;
}

int
collection_remove_locked(struct collection *c, struct str key)
{
	return journal_append(c->writer, &(struct journal_record){ JOURNAL_DEL, key, STR_NULL },
	    1, &c->written_seq);
}

void
collection_abort(struct collection *c)
{
	journal_unlock(c->writer);
	(void)pthread_mutex_unlock(&c->write_mutex);
}

int
collection_commit(struct collection *c)
{
	uint64_t seq = c->written_seq;

	journal_unlock(c->writer);
	(void)pthread_mutex_unlock(&c->write_mutex);
	/* Outside the locks, so that changes that come together share one flush. */
	return journal_sync(c->writer, seq);
}

int
collection_tick(struct collection *c)
{
	return journal_tick(c->writer);
}

void
collection_stats(struct collection *c, struct journal_stats *ret_stats)
{
	journal_stats(c->reader, ret_stats);
}
