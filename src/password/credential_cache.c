/* credential_cache.c - see credential_cache.h */
#include "password/credential_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

#include "core/clock.h"
#include "core/digest.h"
#include "core/random.h"

#define N_PLACES 4096 /* direct mapped: a newcomer takes the place, at worst one more hash */

struct place {
	struct digest_tag tag;
	int64_t until_ms; /* boot clock; 0: empty */
};

struct credential_cache {
	struct digest_key key;
	unsigned keep_s;
	pthread_mutex_t mutex;
	struct place places[N_PLACES];
};

struct credential_cache *
credential_cache_new(unsigned keep_s)
{
	struct credential_cache *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	if (random_fill(&v->key, sizeof(v->key)) != 0) {
		free(v);
		return NULL;
	}
	v->keep_s = keep_s;
	(void)pthread_mutex_init(&v->mutex, NULL);
	return v;
}

void
credential_cache_free(struct credential_cache *v)
{
	if (v == NULL)
		return;
	(void)pthread_mutex_destroy(&v->mutex);
	sodium_memzero(v, sizeof(*v));
	free(v);
}

static struct digest_tag
tag_of(const struct credential_cache *v, struct str email, struct str password,
    const char *stored_hash)
{
	const struct str parts[] = { STR_LIT("verified"), email, password,
		str_of(stored_hash) };

	return digest_tag(&v->key, parts, sizeof(parts) / sizeof(parts[0]));
}

static struct place *
place_of(struct credential_cache *v, const struct digest_tag *tag)
{
	return &v->places[(tag->bytes[0] | (unsigned)tag->bytes[1] << 8) % N_PLACES];
}

bool
credential_cache_has(
    struct credential_cache *v, struct str email, struct str password, const char *stored_hash)
{
	struct digest_tag tag;
	struct place *place;
	bool has;

	if (v->keep_s == 0)
		return false;
	tag = tag_of(v, email, password, stored_hash);
	place = place_of(v, &tag);
	(void)pthread_mutex_lock(&v->mutex);
	has = clock_boot_ms() < place->until_ms &&
	      sodium_memcmp(&place->tag, &tag, sizeof(tag)) == 0;
	(void)pthread_mutex_unlock(&v->mutex);
	return has;
}

void
credential_cache_add(
    struct credential_cache *v, struct str email, struct str password, const char *stored_hash)
{
	struct digest_tag tag;
	struct place *place;

	if (v->keep_s == 0)
		return;
	tag = tag_of(v, email, password, stored_hash);
	place = place_of(v, &tag);
	(void)pthread_mutex_lock(&v->mutex);
	place->tag = tag;
	place->until_ms = clock_boot_ms() + (int64_t)v->keep_s * 1000;
	(void)pthread_mutex_unlock(&v->mutex);
}
