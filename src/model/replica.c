/* replica.c - see replica.h */
#include "model/replica.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>

#include <sodium.h>

#include "core/random.h"

#define N_FIRST_ENTRIES 64

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

/* ------------------------------------------------------------ open and close */

int
replica_init(struct replica *replica)
{
	(void)pthread_once(&hash_key_once, make_hash_key);
	*replica = (struct replica){ .by_key = NULL };
	if (hash_key_error != 0)
		return hash_key_error;
	replica->by_key = lh_table_new(N_FIRST_ENTRIES, NULL, hash_id, equal_id);
	replica->by_alternate = lh_table_new(N_FIRST_ENTRIES, NULL, hash_str, equal_str);
	return replica->by_key != NULL && replica->by_alternate != NULL ? 0 : -ENOMEM;
}

int
replica_fold_alternate(struct replica *replica)
{
	struct lh_table *table = lh_table_new(N_FIRST_ENTRIES, NULL, hash_folded, equal_folded);

	if (table == NULL)
		return -ENOMEM;
	lh_table_free(replica->by_alternate);
	replica->by_alternate = table;
	replica->folds_alternate = true;
	return 0;
}

void
replica_fini(struct replica *replica)
{
	if (replica->by_key != NULL && replica->by_alternate != NULL)
		replica_clear(replica);
	if (replica->by_key != NULL)
		lh_table_free(replica->by_key);
	if (replica->by_alternate != NULL)
		lh_table_free(replica->by_alternate);
}

/* ------------------------------------------------------------------ changing */

static struct base *
look_up(struct lh_table *table, struct str key)
{
	struct lh_entry *entry = lh_table_lookup_entry(table, &key);

	return entry != NULL ? (struct base *)lh_entry_v(entry) : NULL;
}

static void
forget_alternate(struct replica *replica, const struct base *base)
{
	/* Only its own entry: an imported file may hold one address twice. */
	if (!str_is_null(base->alternate_key) &&
	    look_up(replica->by_alternate, base->alternate_key) == base)
		(void)lh_table_delete(replica->by_alternate, &base->alternate_key);
}

/* The next one with that alternate key, where one went that had it first. */
static int
promote(struct replica *replica, struct str alternate_key)
{
	struct lh_entry *entry;

	/* Each object has its own: nobody waits. */
	if (lh_table_length(replica->by_alternate) == lh_table_length(replica->by_key) ||
	    str_is_null(alternate_key) || look_up(replica->by_alternate, alternate_key) != NULL)
		return 0;
	for (entry = replica->by_key->head; entry != NULL; entry = entry->next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		if (!str_is_null(base->alternate_key) &&
		    replica->by_alternate->equal_fn(&base->alternate_key, &alternate_key))
			return lh_table_insert(
			    replica->by_alternate, &base->alternate_key, base);
	}
	return 0;
}

int
replica_remove(struct replica *replica, struct str key)
{
	struct base *base = look_up(replica->by_key, key);
	int r;

	if (base == NULL)
		return 0;
	forget_alternate(replica, base);
	(void)lh_table_delete(replica->by_key, &key);
	r = promote(replica, base->alternate_key);
	base_unref(base);
	return r == 0 ? 0 : -ENOMEM;
}

int
replica_put(struct replica *replica, struct base *base)
{
	struct lh_entry *entry = lh_table_lookup_entry(replica->by_key, &base->key);
	int r = 0;

	if (entry != NULL) {
		/* In its old place in the order: it was created then. */
		struct base *old = (struct base *)lh_entry_v(entry);

		forget_alternate(replica, old);
		entry->k = &base->key;
		entry->v = base;
		base_unref(old);
	} else {
		r = lh_table_insert(replica->by_key, &base->key, base);
		if (r != 0)
			base_unref(base);
	}
	if (r == 0 && !str_is_null(base->alternate_key) &&
	    look_up(replica->by_alternate, base->alternate_key) == NULL)
		r = lh_table_insert(replica->by_alternate, &base->alternate_key, base);
	return r == 0 ? 0 : -ENOMEM;
}

void
replica_clear(struct replica *replica)
{
	struct lh_entry *entry, *next;

	for (entry = replica->by_alternate->head; entry != NULL; entry = next) {
		next = entry->next;
		(void)lh_table_delete_entry(replica->by_alternate, entry);
	}
	for (entry = replica->by_key->head; entry != NULL; entry = next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		next = entry->next;
		(void)lh_table_delete_entry(replica->by_key, entry);
		base_unref(base);
	}
}

/* ------------------------------------------------------------------- reading */

struct base *
replica_get(const struct replica *replica, struct str key)
{
	return look_up(replica->by_key, key);
}

struct base *
replica_get_by_uuid(const struct replica *replica, const uint8_t uuid[IDENT_BYTES])
{
	return look_up(replica->by_key, str_mem(uuid, UUID_BYTES));
}

/* Of several that are one when folded: the one that is written so. */
static struct base *
look_up_exactly(const struct replica *replica, struct str alternate_key)
{
	struct lh_entry *entry;

	for (entry = replica->by_key->head; entry != NULL; entry = entry->next) {
		struct base *base = (struct base *)lh_entry_v(entry);

		if (str_eq(base->alternate_key, alternate_key))
			return base;
	}
	return NULL;
}

struct base *
replica_find(const struct replica *replica, struct str alternate_key)
{
	struct base *base = look_up(replica->by_alternate, alternate_key), *exact;

	/* Nobody else is written like it, unless two share one entry. */
	if (base != NULL && replica->folds_alternate &&
	    !str_eq(base->alternate_key, alternate_key) &&
	    lh_table_length(replica->by_alternate) != lh_table_length(replica->by_key) &&
	    (exact = look_up_exactly(replica, alternate_key)) != NULL)
		base = exact;
	return base;
}

uint64_t
replica_count(const struct replica *replica)
{
	return (uint64_t)lh_table_length(replica->by_key);
}

void
replica_each(const struct replica *replica, bool (*fn)(void *arg, struct base *base), void *arg)
{
	struct lh_entry *entry;

	for (entry = replica->by_key->head; entry != NULL; entry = entry->next)
		if (!fn(arg, (struct base *)lh_entry_v(entry)))
			break;
}
