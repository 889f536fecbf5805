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
#include <stddef.h>
#include <stdlib.h>

#include <json-c/linkhash.h>
#include <sodium.h>

#include "core/random.h"

#define LOCK_WAIT_MS    2000
#define LINE_MAX_BYTES  JOURNAL_VALUE_MAX_BYTES
#define N_FIRST_ENTRIES 64

struct collection {
	const struct base_model *model;
	struct journal *reader, *writer;

	pthread_mutex_t write_mutex; /* begin..commit */
	uint64_t written_seq;        /* of the change under way */

	pthread_mutex_t read_mutex; /* one thread catches up at a time */
	pthread_rwlock_t copy_lock; /* the two tables; entries keep the order of creation */
	struct lh_table *by_key, *by_alternate;
	bool folds_alternate; /* collection_fold_alternate() */
};

/*
 * Addresses are chosen by strangers: without a secret in the hash they could choose ones that
 * all fall on one place.
 */
static unsigned char hash_key[crypto_shorthash_KEYBYTES];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;
static int hash_key_error;

static void
make_hash_key(void)
{
	hash_key_error = random_fill(hash_key, sizeof(hash_key));
}

static unsigned long
hash_str(const void *k)
{
	const struct str *s = k;
	unsigned long h = 0;
	unsigned char out[crypto_shorthash_BYTES];

	(void)crypto_shorthash(out, (const unsigned char *)s->p, s->n, hash_key);
	memcpy(&h, out, sizeof(h));
	return h;
}

static int
equal_str(const void *a, const void *b)
{
	return str_eq(*(const struct str *)a, *(const struct str *)b);
}

/* In the place of a length: the view is of the 16 bytes of an id. */
#define UUID_BYTES SIZE_MAX

/* Of an id as text or as bytes, which is one, or of any other text, which is none. */
static unsigned long
hash_id(const void *k)
{
	const struct str *s = k;
	uint8_t bytes[IDENT_BYTES];

	if (s->n == UUID_BYTES)
		return hash_str(&(struct str){ s->p, IDENT_BYTES });
	return hash_str(
	    ident_parse(*s, bytes) ? &(struct str){ (char *)bytes, IDENT_BYTES } : s);
}

/* a is the key of an object in the table. */
static int
equal_id(const void *a, const void *b)
{
	const struct base *base =
	    (const struct base *)((const char *)a - offsetof(struct base, key));
	const struct str *uuid = b;

	return uuid->n == UUID_BYTES ? memcmp(base->uuid, uuid->p, IDENT_BYTES) == 0
				     : equal_str(a, b);
}

/*
 * The same for all cases of A-Z.  What is longer than any address is told apart by
 * equal_folded().
 */
static unsigned long
hash_folded(const void *k)
{
	const struct str *s = k;
	char text[256];
	struct str folded = { text, s->n < sizeof(text) ? s->n : sizeof(text) };

	for (size_t i = 0; i < folded.n; i++)
		text[i] = s->p[i] >= 'A' && s->p[i] <= 'Z' ? (char)(s->p[i] | 0x20) : s->p[i];
	return hash_str(&folded);
}

static int
equal_folded(const void *a, const void *b)
{
	return str_eq_nocase(*(const struct str *)a, *(const struct str *)b);
}

/* ------------------------------------------------------------------ the copy */

static struct base *
look_up(struct lh_table *table, struct str key)
{
	struct lh_entry *entry = lh_table_lookup_entry(table, &key);

	return entry != NULL ? (struct base *)lh_entry_v(entry) : NULL;
}

static void
forget_alternate(struct collection *c, const struct base *base)
{
	/* Only its own entry: an imported file may hold one address twice. */
	if (!str_is_null(base->alternate_key) &&
	    look_up(c->by_alternate, base->alternate_key) == base)
		(void)lh_table_delete(c->by_alternate, &base->alternate_key);
}

/* The next one with that alternate key, where one went that had it first. */
static int
promote(struct collection *c, struct str alternate_key)
{
	struct lh_entry *entry;

	/* Each object has its own: nobody waits. */
	if (lh_table_length(c->by_alternate) == lh_table_length(c->by_key) ||
	    str_is_null(alternate_key) || look_up(c->by_alternate, alternate_key) != NULL)
		return 0;
	for (entry = c->by_key->head; entry != NULL; entry = entry->next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		if (!str_is_null(base->alternate_key) &&
		    c->by_alternate->equal_fn(&base->alternate_key, &alternate_key))
			return lh_table_insert(c->by_alternate, &base->alternate_key, base);
	}
	return 0;
}

static int
copy_remove(struct collection *c, struct str key)
{
	struct base *base = look_up(c->by_key, key);
	int r;

	if (base == NULL)
		return 0;
	forget_alternate(c, base);
	(void)lh_table_delete(c->by_key, &key);
	r = promote(c, base->alternate_key);
	base_unref(base);
	return r == 0 ? 0 : -ENOMEM;
}

/* Takes over the caller's reference. */
static int
copy_put(struct collection *c, struct base *base)
{
	struct lh_entry *entry = lh_table_lookup_entry(c->by_key, &base->key);
	int r = 0;

	if (entry != NULL) {
		/* In its old place in the order: it was created then. */
		struct base *old = (struct base *)lh_entry_v(entry);

		forget_alternate(c, old);
		entry->k = &base->key;
		entry->v = base;
		base_unref(old);
	} else {
		r = lh_table_insert(c->by_key, &base->key, base);
		if (r != 0)
			base_unref(base);
	}
	if (r == 0 && !str_is_null(base->alternate_key) &&
	    look_up(c->by_alternate, base->alternate_key) == NULL)
		r = lh_table_insert(c->by_alternate, &base->alternate_key, base);
	return r == 0 ? 0 : -ENOMEM;
}

static void
copy_clear(struct collection *c)
{
	struct lh_entry *entry, *next;

	for (entry = c->by_alternate->head; entry != NULL; entry = next) {
		next = entry->next;
		(void)lh_table_delete_entry(c->by_alternate, entry);
	}
	for (entry = c->by_key->head; entry != NULL; entry = next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		next = entry->next;
		(void)lh_table_delete_entry(c->by_key, entry);
		base_unref(base);
	}
}

static int
apply(void *arg, const struct journal_record *record)
{
	struct collection *c = arg;
	struct base *base;

	switch (record->op) {
	case JOURNAL_RESET:
		copy_clear(c);
		return 0;
	case JOURNAL_DEL:
		return copy_remove(c, record->key);
	case JOURNAL_PUT:
		break;
	}
	if ((base = c->model->parse(record->value)) == NULL)
		return -EBADMSG;
	return copy_put(c, base);
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

	(void)pthread_once(&hash_key_once, make_hash_key);
	if (hash_key_error != 0)
		return err_set(err, hash_key_error, "no randomness");
	if ((c = calloc(1, sizeof(*c))) == NULL)
		return err_set(err, -ENOMEM, "no memory");
	c->model = model;
	init_mutex(&c->write_mutex);
	(void)pthread_mutex_init(&c->read_mutex, NULL);
	(void)pthread_rwlock_init(&c->copy_lock, NULL);
	c->by_key = lh_table_new(N_FIRST_ENTRIES, NULL, hash_id, equal_id);
	c->by_alternate = lh_table_new(N_FIRST_ENTRIES, NULL, hash_str, equal_str);
	if (c->by_key == NULL || c->by_alternate == NULL)
		r = err_set(err, -ENOMEM, "no memory");
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
	if (c->by_key != NULL && c->by_alternate != NULL)
		copy_clear(c);
	if (c->by_key != NULL)
		lh_table_free(c->by_key);
	if (c->by_alternate != NULL)
		lh_table_free(c->by_alternate);
	(void)pthread_rwlock_destroy(&c->copy_lock);
	(void)pthread_mutex_destroy(&c->read_mutex);
	(void)pthread_mutex_destroy(&c->write_mutex);
	free(c);
}

/* ------------------------------------------------------------------- reading */

int
collection_get_locked(struct collection *c, struct str key, struct base **ret)
{
	struct base *base;

	(void)pthread_rwlock_rdlock(&c->copy_lock);
	base = look_up(c->by_key, key);
	if (base != NULL)
		*ret = base_ref(base);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return base != NULL ? 0 : COLLECTION_E_ABSENT;
}

/* Of several that are one when folded: the one that is written so. */
static struct base *
look_up_exactly(struct collection *c, struct str alternate_key)
{
	struct lh_entry *entry;

	for (entry = c->by_key->head; entry != NULL; entry = entry->next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		if (str_eq(base->alternate_key, alternate_key))
			return base;
	}
	return NULL;
}

int
collection_find_locked(struct collection *c, struct str alternate_key, struct base **ret)
{
	struct base *base, *exact;

	(void)pthread_rwlock_rdlock(&c->copy_lock);
	base = look_up(c->by_alternate, alternate_key);
	/* Nobody else is written like it, unless two share one entry. */
	if (base != NULL && c->folds_alternate && !str_eq(base->alternate_key, alternate_key) &&
	    lh_table_length(c->by_alternate) != lh_table_length(c->by_key) &&
	    (exact = look_up_exactly(c, alternate_key)) != NULL)
		base = exact;
	if (base != NULL)
		*ret = base_ref(base);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return base != NULL ? 0 : COLLECTION_E_ABSENT;
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
	return collection_get(c, str_mem(uuid, UUID_BYTES), ret);
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
	struct lh_table *table = lh_table_new(N_FIRST_ENTRIES, NULL, hash_folded, equal_folded);

	if (table == NULL)
		return -ENOMEM;
	lh_table_free(c->by_alternate);
	c->by_alternate = table;
	c->folds_alternate = true;
	return 0;
}

int
collection_count(struct collection *c, uint64_t *ret_n)
{
	int r = refresh(c);

	if (r != 0)
		return r;
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	*ret_n = (uint64_t)lh_table_length(c->by_key);
	(void)pthread_rwlock_unlock(&c->copy_lock);
	return 0;
}

int
collection_each(struct collection *c, bool (*fn)(void *arg, struct base *base), void *arg)
{
	struct lh_entry *entry;
	int r = refresh(c);

	if (r != 0)
		return r;
	(void)pthread_rwlock_rdlock(&c->copy_lock);
	for (entry = c->by_key->head; entry != NULL; entry = entry->next)
		if (!fn(arg, (struct base *)lh_entry_v(entry)))
			break;
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
